/** A gateway that cannot report: how long it answers. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/device-world.ts'
import { createGatewayWorld, potassium, type GatewayWorld } from '../../support/gateway-world.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await createGatewayWorld()
}, 120_000)
afterAll(() => world.close())

test('W27: with its server gone the gateway answers for the days that the person chose, then not, and again once it has reported', async () => {
  await world.chart.save({ collection: 'labs', resource: potassium('4.10') })
  const { key } = await world.program('Reader', 'read', { labs: ['read'] })
  await world.settle()
  await until(world.session.sync$, ({ state }) => state === 'confirmed')
  const read = async () => {
    const answer = await world.ask(key, '/fhir/Observation')
    return answer.status === 200 ? 200 : answer.json().issue[0].details.coding[0].code
  }
  await world.world.server.stop()
  expect(await read()).toBe(200)
  world.clock.offset = 6 * 24 * 60 * 60_000
  expect(await read()).toBe(200)
  world.clock.offset = 8 * 24 * 60 * 60_000
  expect(await read()).toBe('not-reported')
  // The gateway's device goes by its own clock, which has not moved.
  world.clock.offset = 0
  await world.world.server.start()
  await until(
    world.session.charts$,
    (all) => all.some(({ relation, waiting }) => relation === 'shared' && waiting === 0),
    60_000,
  )
  await world.session.syncNow()
  await until(world.session.sync$, ({ state }) => state === 'confirmed')
  expect(await read()).toBe(200)
}, 120_000)
