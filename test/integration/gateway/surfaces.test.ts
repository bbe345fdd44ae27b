/** GraphQL and live queries of a gateway against its REST: the same records, the same log, the same end. Over real http. */
import { buildClientSchema, getIntrospectionQuery, validateSchema } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGateway, type Gateway } from '@chartkeep/gateway/src/app.ts'
import { until } from '../../support/device-world.ts'
import { createGatewayWorld, potassium, weight, type Body, type GatewayWorld } from '../../support/gateway-world.ts'

let world: GatewayWorld
let reader: Awaited<ReturnType<GatewayWorld['program']>>
let listening: Gateway
let address = ''

beforeAll(async () => {
  world = await createGatewayWorld()
  for (const value of ['4.10', '4.20']) await world.chart.save({ collection: 'labs', resource: potassium(value) })
  await world.chart.save({ collection: 'vitals', resource: weight('72.50') })
  reader = await world.program('Viewer', 'read', { labs: ['read'] })
  await world.settle()
  let hosts: string[] = []
  listening = await createGateway({
    session: world.session,
    shelf: world.session.shelf('gateway'),
    clock: { now: () => Date.now(), steady: () => performance.now() },
    hosts: () => hosts,
  })
  address = await listening.app.listen({ host: '127.0.0.1', port: 0 })
  hosts = [new URL(address).host]
}, 120_000)
afterAll(async () => {
  await listening.stop()
  await world.close()
})

const graphql = async (query: string, variables: object = {}) => {
  const answer = await world.ask(reader.key, '/graphql', {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: { 'content-type': 'application/json' },
  })
  return { status: answer.status, ...answer.json() } as { status: number; data?: Body; errors?: Body[] }
}

/** A stream of events; `next` waits for the next one. */
async function openLive(query: string, key = reader.key) {
  const ending = new AbortController()
  const response = await fetch(`${address}/live?${query}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: ending.signal,
  })
  const events: { event: string; data: Body }[] = []
  const waiting = new Set<() => void>()
  let isOver = false
  const reading = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of response.body!) {
      text += decoder.decode(part, { stream: true })
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        const [, event = ''] = /^event: (\w+)$/mu.exec(text.slice(0, at)) ?? []
        const [, data = 'null'] = /^data: (.*)$/mu.exec(text.slice(0, at)) ?? []
        text = text.slice(at + 2)
        if (event !== '') events.push({ event, data: JSON.parse(data) })
        for (const look of waiting) look()
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      isOver = true
      for (const look of waiting) look()
    })
  const have = (count: number) =>
    new Promise<typeof events>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${events.length} events: ${JSON.stringify(events)}`)), 20_000)
      const look = () => {
        if (events.length < count && !isOver) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(events)
      }
      waiting.add(look)
      look()
    })
  return { status: response.status, events, have, ended: reading, close: () => ending.abort() }
}

test('GraphQL: a list has the records of the search, references lead on, and json keeps the digits', async () => {
  const { data, errors } = await graphql(
    '{ ObservationList(code: "2823-3", _sort: "_lastUpdated") { id effectiveDateTime valueQuantity { value unit } meta { versionId } json } }',
  )
  expect(errors).toBeUndefined()
  const bundle = (await world.ask(reader.key, '/fhir/Observation?code=2823-3&_sort=_lastUpdated')).json()
  expect(data.ObservationList.map(({ id }: { id: string }) => id)).toEqual(
    bundle.entry.map(({ resource }: { resource: { id: string } }) => resource.id),
  )
  const texts = data.ObservationList.map(({ json }: { json: string }) => json).join()
  for (const value of ['4.10', '4.20']) expect(texts).toContain(`"value":${value},`)
  expect(data.ObservationList[0].meta.versionId).toMatch(/^[0-9a-f]{32}$/u)
  const id = data.ObservationList[0].id
  expect((await graphql(`{ Observation(id: "${id}") { code { text } } }`)).data.Observation.code.text).toBe('Potassium')
})

test('W1: GraphQL and live give the same records as REST, and never one of another list', async () => {
  const rest = (await world.ask(reader.key, '/fhir/Observation')).json()
  const ids = rest.entry.map(({ resource }: { resource: { id: string } }) => resource.id).toSorted()
  const { data } = await graphql('{ ObservationList { id } }')
  expect(data.ObservationList.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids)
  const live = await openLive('type=Observation&initial=true')
  const events = await live.have(1 + ids.length)
  expect(events[0]).toEqual({ event: 'ready', data: { count: ids.length } })
  expect(
    events
      .slice(1)
      .map(({ data: { id } }) => id)
      .toSorted(),
  ).toEqual(ids)
  live.close()
})

test('a query that asks for too much is refused before it runs', async () => {
  const deep = '{ ObservationList { subject { resource { ... on Patient { generalPractitioner { display } } } } } }'
  expect((await graphql(deep)).errors).toBeUndefined()
  const aliases = `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: ObservationList(_count: 1) { id }`).join(' ')} }`
  const costly =
    '{ ObservationList(_count: 500) { id status issued code { text } subject { reference } encounter { reference } valueQuantity { value unit system code } performer { reference display type } category { text } interpretation { text } note { text } } }'
  const partOf = (depth: number): string =>
    depth === 0 ? 'name' : `partOf { resource { ... on Organization { ${partOf(depth - 1)} } } }`
  const nested = `{ OrganizationList(_count: 1) { ${partOf(7)} } }`
  for (const query of [aliases, costly, nested]) {
    const answer = await world.ask(reader.key, '/graphql', {
      method: 'POST',
      body: JSON.stringify({ query }),
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.json().issue?.[0].details.coding[0].code]).toEqual([400, 'too-costly'])
  }
  const loop = await graphql(
    'query { ObservationList { ...a } } fragment a on Observation { subject { resource { ... on Observation { ...a } } } }',
  )
  expect(loop.status).toBe(400)
  expect((await graphql(`{ ${'id '.repeat(2_100)} }`)).status).toBe(400)
})

test('the schema describes itself, and is one that clients accept', async () => {
  const { data } = await graphql(getIntrospectionQuery())
  const schema = buildClientSchema(data)
  expect(validateSchema(schema)).toEqual([])
  expect(schema.getQueryType()!.getFields()['ImmunizationList']).toBeDefined()
})

test('W30, W32, W35: a live query follows what the person writes: enter, update and leave, with the digits, and each is in the log', async () => {
  const live = await openLive('type=Observation&status=final')
  const [ready] = await live.have(1)
  expect(ready!.event).toBe('ready')
  const saved = await world.chart.save({ collection: 'labs', resource: potassium('5.30') })
  if (saved.type !== 'saved') throw new Error(saved.type)
  await world.settle()
  await live.have(2)
  await world.chart.save({ collection: 'labs', id: saved.record.id, resource: potassium('5.40') })
  await world.settle()
  await live.have(3)
  await world.chart.save({
    collection: 'labs',
    id: saved.record.id,
    resource: potassium('5.40').replace('"final"', '"cancelled"'),
  })
  // Another list, which this program may not read: no event.
  await world.chart.save({ collection: 'vitals', resource: weight('80') })
  await world.settle()
  const events = await live.have(4)
  const id = Buffer.from(saved.record.doc, 'base64url').toString('hex')
  expect(events.slice(1).map(({ data }) => [data.op, data.id, data.resource?.valueQuantity.value])).toEqual([
    ['enter', id, 5.3],
    ['update', id, 5.4],
    ['leave', id, undefined],
  ])
  const found = (await world.ask(reader.key, '/fhir/Observation?status=final')).json()
  expect(found.total).toBe(2)
  live.close()
  await listening.gate.windows.stop()
  await world.settle()
  const lines = await until(world.chart.audit$, () => true)
  const read = lines.filter(({ action, program }) => action === 'program-read' && program?.name === 'Viewer')
  expect(read.flatMap(({ program }) => program!.lists.flatMap(({ docs }) => docs))).toContain(saved.record.doc)
}, 60_000)

test('W4, W34: a cut ends an open stream with its reason, and no part of the chart comes after it', async () => {
  const other = await world.program('Listener', 'read', { labs: ['read'] })
  const live = await openLive('type=Observation', other.key)
  await live.have(1)
  await world.chart.revoke(other.grant)
  await world.session.syncNow()
  await world.chart.save({ collection: 'labs', resource: potassium('6.66') })
  await world.settle()
  await live.ended
  expect(live.events.at(-1)).toEqual({ event: 'end', data: { reason: 'revoked' } })
  expect(JSON.stringify(live.events)).not.toContain('6.66')
  const { status } = await fetch(`${address}/live?type=Observation`, {
    headers: { authorization: `Bearer ${other.key}` },
  })
  expect(status).toBe(403)
}, 60_000)
