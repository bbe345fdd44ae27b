/** FHIR REST of a gateway: who sees what, what is noted, digits, refusals, writes. A real server, two accounts, grants by the person's device. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/device-world.ts'
import { createGatewayWorld, potassium, weight, type GatewayWorld } from '../../support/gateway-world.ts'

let world: GatewayWorld
let labs: Awaited<ReturnType<GatewayWorld['program']>>
let vitals: Awaited<ReturnType<GatewayWorld['program']>>

beforeAll(async () => {
  world = await createGatewayWorld()
  for (const value of ['4.10', '4.20', '1e1', '5.0'])
    await world.chart.save({ collection: 'labs', resource: potassium(value) })
  await world.chart.save({ collection: 'vitals', resource: weight('72.50') })
  labs = await world.program('Lab viewer', 'read', { labs: ['read'] })
  vitals = await world.program('Scales', 'write', { vitals: ['read', 'append', 'amend'] })
  await world.settle()
  await until(world.session.sync$, ({ state }) => state === 'confirmed')
}, 120_000)
afterAll(() => world.close())

const ids = (bundle: { entry?: { resource: { id: string } }[] }) =>
  (bundle.entry ?? []).map(({ resource }) => resource.id)
const programLines = async () => {
  await world.settle()
  const lines = await until(world.chart.audit$, () => true)
  return lines.filter(({ program }) => program !== null)
}

test('W1: each of two programs of one gateway reads the lists of its own grant, by every kind of read', async () => {
  const all = (await world.ask(labs.key, '/fhir/Observation')).json()
  expect(all.total).toBe(4)
  const [weightId] = ids((await world.ask(vitals.key, '/fhir/Observation')).json())
  expect(ids((await world.ask(vitals.key, '/fhir/Observation')).json())).toHaveLength(1)
  expect((await world.ask(vitals.key, `/fhir/Observation/${weightId}`)).status).toBe(200)
  const refused = await world.ask(labs.key, `/fhir/Observation/${weightId}`)
  const missing = await world.ask(labs.key, `/fhir/Observation/${'0'.repeat(32)}`)
  // C6: what is not there and what is not theirs are told alike.
  expect([refused.status, refused.text]).toEqual([404, missing.text])
  expect((await world.ask(labs.key, `/fhir/Observation/${weightId}/_history`)).status).toBe(404)
  expect((await world.ask(labs.key, `/fhir/Observation?_id=${weightId}`)).json().total).toBe(0)
  const patient = (await world.ask(labs.key, '/fhir/Patient')).json()
  expect(patient.total).toBe(0)
})

test('every number of an answer has the digits that are stored, in a read, a page, a version and a subset', async () => {
  const answers = [
    await world.ask(labs.key, '/fhir/Observation?_sort=_lastUpdated'),
    await world.ask(labs.key, '/fhir/Observation?_elements=valueQuantity'),
    await world.ask(
      labs.key,
      `/fhir/Observation/${ids((await world.ask(labs.key, '/fhir/Observation')).json())[0]}/_history`,
    ),
  ]
  for (const value of ['4.10', '4.20', '1e1', '5.0'])
    for (const { text } of answers.slice(0, 2)) expect(text).toContain(`"value":${value},`)
  expect(answers[2]!.text).toMatch(/"value":(?:4\.10|4\.20|1e1|5\.0),/u)
})

test('searches compare as FHIR says, and a parameter that is not known is refused or named', async () => {
  const count = async (query: string) => (await world.ask(labs.key, `/fhir/Observation?${query}`)).json().total
  expect(await count('code=2823-3')).toBe(4)
  expect(await count('code=http://loinc.org|2823-3&date=ge2026-11')).toBe(4)
  expect(await count('code=http://snomed.info/sct|2823-3')).toBe(0)
  expect(await count('value-quantity=4.1')).toBe(1)
  expect(await count('value-quantity=gt4.15||mmol/L')).toBe(3)
  expect(await count('value-quantity=10')).toBe(1)
  expect(await count('date=lt2026-11-01')).toBe(0)
  expect(await count('date=2026')).toBe(4)
  expect(await count('code:not=2823-3')).toBe(0)
  expect(await count('status:missing=true')).toBe(0)
  expect((await world.ask(labs.key, '/fhir/Observation?colour=red')).json().issue[0].details.coding[0].code).toBe(
    'unknown-parameter',
  )
  const lenient = await world.ask(labs.key, '/fhir/Observation?colour=red', { headers: { prefer: 'handling=lenient' } })
  expect(lenient.json().entry.at(-1).search.mode).toBe('outcome')
  for (const bad of [
    'date=2026-02-30',
    'date=0000',
    'value-quantity=much',
    'code:above=1',
    '_sort=nothing',
    '_include=*',
  ])
    expect([bad, (await world.ask(labs.key, `/fhir/Observation?${bad}`)).status]).toEqual([bad, 400])
})

test('pages are fixed when the search runs, and belong to the program that asked', async () => {
  const first = (await world.ask(labs.key, '/fhir/Observation?_count=3')).json()
  const next = first.link
    .find(({ relation }: { relation: string }) => relation === 'next')
    .url.replace('http://127.0.0.1:8790', '')
  const other = await world.ask(vitals.key, next)
  expect([other.status, other.json().issue[0].details.coding[0].code]).toEqual([400, 'bad-page'])
  const second = (await world.ask(labs.key, next)).json()
  expect(new Set([...ids(first), ...ids(second)]).size).toBe(4)
  expect(ids(second)).toHaveLength(1)
})

test('W2, W20, W21, W22, W23, W26: the log has a line before the answer, and at the end of the window every record read, by program and list', async () => {
  const before = (await programLines()).length
  const reader = await world.program('Counter', 'read', { labs: ['read'], vitals: ['read'] })
  const bundle = (await world.ask(reader.key, '/fhir/Observation?category=laboratory')).json()
  const opening = (await programLines()).filter(({ program }) => program!.name === 'Counter')
  expect(opening.map(({ action }) => action)).toEqual(['program-reading'])
  expect(opening[0]!.program!.lists.map(({ collection }) => collection).toSorted()).toEqual(['labs', 'vitals'])
  await world.ask(reader.key, `/fhir/Observation/${ids(bundle)[0]}`)
  await world.ask(reader.key, `/fhir/Observation/${'0'.repeat(32)}`)
  world.clock.offset += 3 * 60_000
  await world.gateway.gate.windows.tick()
  const lines = (await programLines()).filter(({ program }) => program!.name === 'Counter')
  const closing = lines.find(({ action }) => action === 'program-read')!
  const read = closing.program!.lists.find(({ collection }) => collection === 'labs')!
  const docs = ids(bundle).map((hex) => Buffer.from(hex, 'hex').toString('base64url'))
  expect([...read.docs].toSorted()).toEqual(docs.toSorted())
  expect(closing.program!.complete).toBe(true)
  // One search with its page, a read and a read of nothing.
  expect(read.requests).toBeGreaterThanOrEqual(3)
  expect(closing.program!.lists.find(({ collection }) => collection === 'vitals')!.docs).toEqual([])
  expect(closing.author.account).toBe(world.session.account)
  expect((await programLines()).length).toBeGreaterThan(before)
}, 60_000)

test('W24: after a crash the next start tells what was kept of an open window, as not complete', async () => {
  const reader = await world.program('Crasher', 'read', { labs: ['read'] })
  const bundle = (await world.ask(reader.key, '/fhir/Observation')).json()
  world.clock.offset += 6_000
  await world.gateway.gate.windows.tick()
  await world.crash()
  const lines = (await programLines()).filter(({ program }) => program!.name === 'Crasher')
  const closing = lines.find(({ action }) => action === 'program-read')!
  expect(closing.program!.complete).toBe(false)
  expect(closing.program!.lists[0]!.docs).toHaveLength(ids(bundle).length)
}, 60_000)

test('W3, W25: a program that writes adds and changes its own records with a line for each, and never those of another', async () => {
  const created = await world.ask(vitals.key, '/fhir/Observation', { method: 'POST', body: weight('73.10') })
  expect(created.status).toBe(201)
  expect(created.text).toContain('"value":73.10')
  const own = created.json()
  const changed = weight('73.20').replace('{', `{"id":"${own.id}",`)
  const put = (etag: string | null, of = own.id, body = changed) =>
    world.ask(vitals.key, `/fhir/Observation/${of}`, {
      method: 'PUT',
      body,
      headers: etag === null ? {} : { 'if-match': etag },
    })
  expect((await put(null)).status).toBe(428)
  expect((await put(`W/"${'0'.repeat(32)}"`)).status).toBe(412)
  const updated = await put(String(created.headers['etag']))
  expect([updated.status, updated.text.includes('"value":73.20')]).toEqual([200, true])
  const history = (await world.ask(vitals.key, `/fhir/Observation/${own.id}/_history`)).json()
  expect(history.total).toBe(2)

  const all = (await world.ask(vitals.key, '/fhir/Observation')).json()
  const theirs = all.entry.find(({ resource }: { resource: { id: string } }) => resource.id !== own.id).resource
  const body = weight('1.0').replace('{', `{"id":"${theirs.id}",`)
  const refused = await put(`W/"${theirs.meta.versionId}"`, theirs.id, body)
  expect([refused.status, refused.json().issue[0].details.coding[0].code]).toEqual([403, 'not-your-record'])

  expect((await world.ask(labs.key, '/fhir/Observation', { method: 'POST', body: potassium('4.0') })).status).toBe(403)
  // A list that the grant does not give.
  expect((await world.ask(vitals.key, '/fhir/Observation', { method: 'POST', body: potassium('4.0') })).status).toBe(
    403,
  )
  const removed = await world.ask(vitals.key, `/fhir/Observation/${own.id}`, { method: 'DELETE' })
  expect(removed.status).toBe(204)

  await world.settle()
  const saved = await until(world.chart.list$('vitals'), (records) => records.length === 2)
  const byProgram = saved.find(({ author }) => author.account === world.session.account)!
  expect(byProgram.status).toBe('error')
  const lines = (await programLines()).filter(
    ({ program, action }) => program!.name === 'Scales' && action !== 'program-reading' && action !== 'program-read',
  )
  expect(lines.map(({ action }) => action).toSorted()).toEqual(['changed', 'created', 'marked-error'])
}, 60_000)

test('bad bodies are refused by place and never by content', async () => {
  const post = (body: string, type = 'Observation') => world.ask(vitals.key, `/fhir/${type}`, { method: 'POST', body })
  const codeOf = async (body: string, type?: string) => {
    const { status, json, text } = await post(body, type)
    expect(text).not.toContain('secret-word')
    return [status, json().issue[0].details.coding[0].code]
  }
  expect(await codeOf('{"resourceType":"Observation","status":"secret-word"')).toEqual([400, 'bad-json'])
  expect(await codeOf('{"resourceType":"Observation","status":"secret-word","status":"final"}')).toEqual([
    400,
    'duplicate-key',
  ])
  expect(await codeOf(`${'['.repeat(70)}${']'.repeat(70)}`)).toEqual([400, 'too-deep'])
  expect(await codeOf('[]')).toEqual([422, 'bad-structure'])
  expect(await codeOf('{"resourceType":"Patient"}')).toEqual([422, 'wrong-type'])
  expect(await codeOf('{"resourceType":"Observation","secretElement":"secret-word"}')).toEqual([422, 'bad-structure'])
  expect(await codeOf('{"resourceType":"Observation","status":7}')).toEqual([422, 'bad-structure'])
  expect(await codeOf(weight('1').replace('"text":"Body weight"', '"text":"chartkeep-file:secret-word"'))).toEqual([
    422,
    'bad-structure',
  ])
  expect(
    await codeOf(
      weight('1').replace('{', '{"extension":[{"url":"urn:chartkeep:extension:author","valueString":"x"}],'),
    ),
  ).toEqual([422, 'bad-structure'])
  expect(await codeOf('{"resourceType":"Provenance"}', 'Provenance')).toEqual([403, 'propose-only'])
  expect(
    (
      await world.ask(vitals.key, '/fhir/Observation', {
        method: 'POST',
        body: '<a/>',
        headers: { 'content-type': 'application/fhir+xml' },
      })
    ).status,
  ).toBe(415)
  expect(
    (await world.ask(vitals.key, '/fhir/Observation', { headers: { accept: 'application/fhir+xml' } })).status,
  ).toBe(406)
})

test('W7, W10: another host name, a page of a stranger, no token, a wrong one and one in the address are refused', async () => {
  const status = async (key: string | null, url: string, headers: Record<string, string> = {}) =>
    (await world.ask(key, url, { headers })).status
  expect(await status(labs.key, '/fhir/Observation', { host: 'evil.example' })).toBe(403)
  expect(await status(labs.key, '/fhir/Observation', { origin: 'http://evil.example' })).toBe(403)
  expect(await status(null, '/fhir/metadata', { origin: 'http://anybody.example' })).toBe(200)
  expect(await status(null, '/fhir/Observation')).toBe(401)
  expect(await status(`ck_key_${'A'.repeat(43)}`, '/fhir/Observation')).toBe(401)
  expect(await status(null, `/fhir/Observation?access_token=${labs.key}`)).toBe(401)
  const rows = world.session.shelf('gateway').entries('')
  expect(rows.length).toBeGreaterThan(3)
  expect(JSON.stringify(rows)).not.toContain(labs.key)
})

test('W4, W12: after a cut the program gets nothing more, by no page that it holds, and the other program continues', async () => {
  const first = (await world.ask(labs.key, '/fhir/Observation?_count=1')).json()
  const next = first.link
    .find(({ relation }: { relation: string }) => relation === 'next')
    .url.replace('http://127.0.0.1:8790', '')
  await world.chart.revoke(labs.grant)
  await world.session.syncNow()
  for (const url of ['/fhir/Observation', next, '/fhir/Patient', `/fhir/Observation/${ids(first)[0]}`]) {
    const { status, json, text } = await world.ask(labs.key, url)
    expect([url, status, json().issue[0].details.coding[0].code]).toEqual([url, 403, 'grant-ended'])
    expect(text).not.toContain('valueQuantity')
  }
  expect((await world.ask(vitals.key, '/fhir/Observation')).status).toBe(200)
}, 60_000)
