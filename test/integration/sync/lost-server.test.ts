/** A server that lost its disk (S9), and what devices give back to it: a real device, a real server process with its key and nothing else. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSession } from '../../support/fault-world.ts'
import { startHttpFaults } from '../../support/http-faults.ts'
import { createNodeDevice } from '../../support/node-device.ts'
import { freePort, startServerProcess } from '../../support/server-process.ts'

test('S9, P6: where the network fails while a device gives its account log back, the next pass begins again, and the chart comes back', async () => {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-lost-'))
  const gateway = await startHttpFaults()
  const port = await freePort()
  gateway.target = port
  const address = `http://127.0.0.1:${gateway.port}`
  const start = () => startServerProcess(data, port, { CHARTKEEP_ORIGIN: address })
  let server = await start()
  const nodes = [createNodeDevice('Laptop'), createNodeDevice('Phone')] as const
  const own = await openSession(nodes[0], address)
  const resource = '{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"pollen"}}'
  await own.chart.save({ collection: 'allergies', resource })
  await own.confirmed()

  await server.stop('SIGKILL')
  for (const file of readdirSync(data)) if (file.includes('.sqlite')) rmSync(join(data, file))
  server = await start()
  // It says that it lost its data, and nothing after that gets through.
  gateway.set((index) => (index === 0 ? null : 'request lost'))
  expect((await own.sync()).state).toBe('offline')
  gateway.set(null)
  let { state } = await own.sync()
  for (let passes = 0; passes < 3 && state !== 'confirmed'; passes++) ({ state } = await own.sync())
  expect(state).toBe('confirmed')
  expect(await own.readElsewhere(nodes[1])).toEqual([resource])

  await own.session.lock()
  for (const node of nodes) node.remove()
  await server.stop('SIGKILL')
  await gateway.close()
  rmSync(data, { recursive: true })
})
