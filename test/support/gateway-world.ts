/** A person, a gateway and its programs over a real server: two accounts in this process, grants by the person's own device, requests by inject. */
import { createGateway, type Gateway } from '@chartkeep/gateway/src/app.ts'
import type { Client } from '@chartkeep/gateway/src/access/tokens.ts'
import type { Chart, GrantView, RightWord, Session } from '@chartkeep/sync'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from './device-world.ts'
import type { NodeDevice } from './node-device.ts'

type Program = NonNullable<GrantView['program']>

const DAY_MS = 24 * 60 * 60_000
export const HOST = '127.0.0.1:8790'

/** A body of JSON that a test looks into. */
export type Body = ReturnType<typeof JSON.parse>

export interface Answer {
  status: number
  text: string
  headers: Record<string, unknown>
  /** The body as JSON. */
  json(): Body
}

export interface GatewayWorld {
  world: DeviceWorld
  owner: Session
  chart: Chart
  session: Session
  device: NodeDevice
  gateway: Gateway
  /** Milliseconds that the gateway's clock is ahead, for windows and tokens. */
  clock: { offset: number }
  /** A new program with a grant from the owner and a key; `lists` with their rights. */
  program(
    name: string,
    mode: Program['mode'],
    lists: Record<string, RightWord[]>,
    until?: number,
  ): Promise<{ key: string; client: Client; grant: string }>
  ask(
    key: string | null,
    url: string,
    more?: { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>
  /** Both sides are in step: what the owner wrote is at the gateway, and the other way round. */
  settle(): Promise<void>
  /** Ends the gateway as a crash would, for its windows, and starts it again on the same account. */
  crash(): Promise<void>
  close(): Promise<void>
}

const id = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')

export async function createGatewayWorld(): Promise<GatewayWorld> {
  const world = await createDeviceWorld()
  const { session: owner } = await world.account('Mei Lin')
  const device = world.device('Gateway')
  const { session } = await world.account('Home computer', device)
  await owner.syncNow()
  await session.syncNow()
  const chart = await openFirst(owner)
  chart.hold()
  const grantee = await owner.readSharingCode((await session.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const clock = { offset: 0 }
  const start = () =>
    createGateway({
      session,
      shelf: session.shelf('gateway'),
      clock: { now: () => Date.now() + clock.offset, steady: () => performance.now() + clock.offset },
      hosts: () => [HOST],
    })
  const made: GatewayWorld = {
    world,
    owner,
    chart,
    session,
    device,
    gateway: await start(),
    clock,
    async program(name, mode, lists, end = Date.now() + 90 * DAY_MS) {
      const { gateway } = made
      const client: Client = { id: id(), name, kind: 'integration' }
      await gateway.gate.tokens.addClient(client)
      const outcome = await chart.share({
        grantee,
        scopes: Object.entries(lists).map(([collection, rights]) => ({ collection, rights })),
        until: end,
        purpose: 'test',
        shown: { name: 'Mei Lin', birthDate: '1980-02-01' },
        program: { client: client.id, name, kind: 'integration', mode, silence: 7, request: id() },
      })
      if (outcome.type !== 'in-force') throw new Error(JSON.stringify(outcome))
      await session.syncNow()
      const charts = await until(session.charts$, (all) => all.some(({ relation }) => relation === 'shared'))
      const shared = charts.find(({ relation }) => relation === 'shared')!
      const key = await gateway.gate.tokens.issue({
        client: client.id,
        kind: 'key',
        chart: shared.id,
        until: 0,
        scope: null,
      })
      return { key, client, grant: outcome.grant }
    },
    async ask(key, url, { method = 'GET', body, headers = {} } = {}) {
      const reply = await made.gateway.app.inject({
        method,
        url,
        headers: {
          host: HOST,
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
          ...headers,
        },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: reply.statusCode, text: reply.body, headers: reply.headers, json: () => JSON.parse(reply.body) }
    },
    async settle() {
      for (const each of [owner, session, owner, session]) await each.syncNow()
    },
    async crash() {
      // Timers and open windows go with the process; what the shelf keeps stays.
      const { gateway } = made
      gateway.gate.windows.forget()
      await gateway.stop()
      made.gateway = await start()
    },
    async close() {
      await made.gateway.stop()
      await world.close()
    },
  }
  return made
}

export const potassium = (value: string, more = '') =>
  `{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}],"text":"Potassium"},"subject":{"reference":"Patient/self"},"effectiveDateTime":"2026-11-01","valueQuantity":{"value":${value},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}${more}}`

export const weight = (value: string) =>
  `{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Body weight"},"effectiveDateTime":"2026-11-02","valueQuantity":{"value":${value},"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}`
