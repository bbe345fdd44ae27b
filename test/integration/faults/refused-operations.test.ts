/** P6, H7: a disk that refuses every operation for a while. A real server process survives, refuses requests and loses nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { READ } from '@chartkeep/protocol'
import { groupCommit } from '@chartkeep/sync-server/testing'
import { afterEach, expect, test } from 'vitest'
import { addCut, addGrant, createAccount, createVault, createWriter, sealDrafts } from '../../support/author.ts'
import { connectDevice, followFrame, openSocket } from '../../support/http-device.ts'
import { freePort, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-refused-'))
const refusing = join(folder, 'refusing')
const preload = pathToFileURL(join(import.meta.dirname, '../../support/failing-sqlite.mjs')).href
let server: ServerProcess | null = null
afterEach(async () => {
  await server?.stop('SIGKILL')
  server = null
  rmSync(folder, { recursive: true, force: true })
})

test('P6, S3, C6: a disk that refuses every read, write and question ends no server, not even what it does by itself; afterwards it works again and nothing is lost', async () => {
  const env = { NODE_OPTIONS: `--import=${preload}`, FAILING_SQLITE: refusing }
  server = await startServerProcess(join(folder, 'data'), await freePort(), env)
  const owner = await connectDevice(server.address, await createAccount())
  const doctor = await connectDevice(server.address, await createAccount())
  const vault = await createVault(owner.account, 1)
  const [stream] = vault.streams
  const grant = await addGrant(vault, doctor.account, {
    streams: [{ stream: stream!, rights: READ }],
    notAfter: Date.now() + 3_600_000,
  })
  await owner.postControl(vault.id, vault.entries)
  const follower = await openSocket(server.address, followFrame(doctor.token))
  await follower.until('ready')
  const writer = createWriter(vault, owner.account, stream!)
  const first = await sealDrafts(writer, [{}])
  await owner.push(vault.id, first)

  const waiting = await sealDrafts(writer, [{}])
  const newcomer = await createAccount()
  writeFileSync(refusing, '')
  const asked = await Promise.allSettled([
    owner.push(vault.id, waiting),
    doctor.pull(vault.id, { streams: [{ stream: stream!, after: 0 }], budget: 1 << 20 }),
    connectDevice(server.address, newcomer),
  ])
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  // The server looks at its clock every ten seconds and at its disk more often, whether anybody asks or not.
  const end = Date.now() + 12_000
  while (Date.now() < end) {
    expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
    expect((await fetch(`${server.address}/readyz`)).status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  rmSync(refusing)

  await expect
    .poll(async () => (await fetch(`${server!.address}/readyz`)).status, { timeout: 15_000, interval: 200 })
    .toBe(200)
  // S2: the same bytes again.
  expect((await owner.push(vault.id, waiting)).results).toHaveLength(1)
  const { streams } = await doctor.pull(vault.id, { streams: [{ stream: stream!, after: 0 }], budget: 1 << 20 })
  expect(streams[0]!.entries.map(({ n }) => n)).toEqual([1, 2])
  await addCut(vault, grant)
  await owner.postControl(vault.id, vault.entries.slice(-1))
  expect(await follower.closed).toBe(4403)
  await expect(doctor.pull(vault.id, { streams: [{ stream: stream!, after: 0 }], budget: 1 })).rejects.toThrow(/404/)
}, 60_000)

test('C6, S3: what follows a commit is done for each of its jobs, also where it fails for one before', async () => {
  const told: string[] = []
  const mark = () => ({ undo: () => {}, keep: () => {} })
  const transactions = { begin: () => ({}) as never, commit: () => {}, rollback: () => {}, mark, close: () => {} }
  const { write } = groupCommit(transactions)
  const job = (name: string, run: () => void) =>
    write((tx) => {
      tx.afterCommit(run)
      tx.afterCommit(() => told.push(name))
      return name
    })
  const fail = () => {
    throw new Error('the disk does not answer')
  }
  expect(await Promise.all([job('a push', fail), job('a cut', () => {})])).toEqual(['a push', 'a cut'])
  expect(told).toEqual(['a push', 'a cut'])
  expect(await job('the next one', () => {})).toBe('the next one')
})
