/** C16: what hides in a file comes out, and what the file says of itself is told. */
import { describe as group, expect, test } from 'vitest'
import { describe, stringAt } from '@chartkeep/domain'
import { readForImport, sourceOf } from '@chartkeep/interop'

async function read(text: string | Uint8Array, name = 'file.json') {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return (await readForImport(sourceOf(bytes), name))!
}
const types = ({ items }: Awaited<ReturnType<typeof read>>) => items.map(({ resourceType }) => resourceType)

const MEI = '{"resourceType":"Patient","id":"p1","name":[{"family":"Chen","given":["Mei"]}],"birthDate":"1980-05-12"}'
const observation = (id: string, more = '') =>
  `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"Potassium"},"valueQuantity":{"value":4.10,"unit":"mmol/L"}${more}}`
const bundle = (members: string, ...entries: string[]) =>
  `{"resourceType":"Bundle",${members},"entry":[${entries.join()}]}`
const entry = (resource: string, more = '') => `{"resource":${resource}${more}}`

group('Parameters', () => {
  test('what an operation answered with is read: a resource, a Bundle, and both inside parts', async () => {
    const all = await read(
      `{"resourceType":"Parameters","parameter":[{"name":"return","resource":${bundle('"type":"collection"', entry(MEI), entry(observation('o1')))}},
        {"name":"more","part":[{"name":"x","valueString":"y"},{"name":"z","part":[{"name":"deep","resource":${observation('o2')}}]}]}]}`,
    )
    expect(types(all)).toEqual(['Patient', 'Observation', 'Observation'])
    expect(all.refusals).toEqual([])
  })

  test('in a Bundle and in a line too; Parameters without any resource stay one record', async () => {
    const inside = `{"resourceType":"Parameters","parameter":[{"name":"r","resource":${MEI}}]}`
    expect(types(await read(bundle('"type":"batch-response"', entry(inside))))).toEqual(['Patient'])
    expect(types(await read(`${inside}\n${observation('o')}\n`, 'a.ndjson'))).toEqual(['Patient', 'Observation'])
    expect(types(await read('{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"b"}]}'))).toEqual([
      'Parameters',
    ])
  })
})

group('nested Bundles', () => {
  const nested = (depth: number): string =>
    depth === 0 ? MEI : bundle('"type":"collection"', entry(nested(depth - 1)))
  test('are opened, and one that is too deep is refused in its place', async () => {
    expect(types(await read(nested(4)))).toEqual(['Patient'])
    const { items, refusals } = await read(bundle('"type":"collection"', entry(observation('o')), entry(nested(5))))
    expect(items).toHaveLength(1)
    expect(refusals).toMatchObject([{ reason: 'too-deep', place: 2 }])
  })
})

group('contained', () => {
  const report = (contained: string, more = '') =>
    `{"resourceType":"DiagnosticReport","id":"r1","status":"final","code":{"text":"Panel"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-05","contained":[${contained}],"result":[{"reference":"#k"}]${more}}`

  test('results of a report are laboratory records with its person and day, and the report keeps them', async () => {
    const specimen = '{"resourceType":"Specimen","id":"s","type":{"text":"Blood"}}'
    const all = await read(
      bundle(
        '"type":"collection"',
        entry(MEI),
        entry(report(`${observation('k', ',"specimen":{"reference":"#s"}')},${specimen}`)),
      ),
    )
    expect(types(all)).toEqual(['Patient', 'DiagnosticReport', 'Observation'])
    const result = all.items[2]!
    expect(describe(result.resource)).toMatchObject({
      collection: 'labs',
      title: 'Potassium',
      date: '2026-01-05',
      value: { text: '4.10 mmol/L' },
    })
    expect(stringAt(result.resource, 'contained', 'type', 'text')).toBe('Blood')
    expect(all.people.belongsTo(result, all.people.patients[0]!)).toBe('yes')
    expect(stringAt(all.items[1]!.resource, 'contained', 'code', 'text')).toBe('Potassium')
    const again = await read(
      bundle(
        '"type":"collection"',
        entry(MEI),
        entry(report(`${observation('k', ',"specimen":{"reference":"#s"}')},${specimen}`)),
      ),
    )
    expect(again.items.map(({ identity, canonicalHash }) => [identity, canonicalHash])).toEqual(
      all.items.map(({ identity, canonicalHash }) => [identity, canonicalHash]),
    )
  })

  test('results that the file holds by themselves too come in once', async () => {
    const numbered = observation('k', ',"identifier":[{"system":"urn:lab","value":"7"}]')
    const all = await read(bundle('"type":"collection"', entry(numbered), entry(report(numbered))))
    expect(types(all)).toEqual(['Observation', 'DiagnosticReport'])
  })

  test('a result keeps its own person, time and category', async () => {
    const own = observation(
      'k',
      ',"subject":{"reference":"Patient/p9"},"effectiveDateTime":"2025-12-31","category":[{"coding":[{"code":"vital-signs"}]}]',
    )
    const { items } = await read(report(own))
    expect(describe(items[1]!.resource)).toMatchObject({ collection: 'vitals', date: '2025-12-31' })
    expect(items[1]!.patientReference).toBe('Patient/p9')
  })

  test('ten thousand results that refer to one large part do not copy it ten thousand times', async () => {
    const part = `{"resourceType":"Practitioner","id":"d","name":[{"text":"${'x'.repeat(50_000)}"}]}`
    const many = Array.from(
      { length: 5000 },
      (_, at) => `{"resourceType":"Observation","id":"o${at}","performer":[{"reference":"#d"}]}`,
    )
    const { items } = await read(report([part, ...many].join()))
    expect(items).toHaveLength(5001)
    expect(items.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(20_000_000)
  })

  test.each([
    ['of the same name and birth date', '"name":[{"text":"Mei Chen"}],"birthDate":"1980-05-12"', 1],
    ['of the same name alone', '"name":[{"text":"CHEN, Mei"}]', 1],
    ['that says nothing of itself', '"active":true', 1],
    ['of the same name born another day', '"name":[{"text":"Mei Chen"}],"birthDate":"2012-01-01"', 2],
    ['of another name', '"name":[{"text":"Rosa Lin"}],"birthDate":"1980-05-12"', 2],
  ])('a Patient inside a record %s: %#', async (_, person, count) => {
    const inside = `{"resourceType":"Observation","id":"o","contained":[{"resourceType":"Patient","id":"me",${person}}],"subject":{"reference":"#me"},"code":{"text":"Weight"}}`
    const { people, items } = await read(bundle('"type":"collection"', entry(MEI), entry(inside)))
    expect(people.patients).toHaveLength(count)
    expect(people.patients[0]).toMatchObject({ name: 'Mei Chen', count: count === 1 ? 2 : 1 })
    expect(people.belongsTo(items[1]!, people.patients[0]!)).toBe(count === 1 ? 'yes' : 'other')
  })

  test('a reference with the name of the patient is the patient; one that two people could be stays by itself', async () => {
    const named =
      '{"resourceType":"Condition","id":"c","code":{"text":"Cough"},"subject":{"reference":"Patient/unknown","display":"Mei Chen"}}'
    expect((await read(bundle('"type":"collection"', entry(MEI), entry(named)))).people.patients).toHaveLength(1)
    const twin = MEI.replace('"p1"', '"p2"').replace('1980', '1975')
    expect(
      (await read(bundle('"type":"collection"', entry(MEI), entry(twin), entry(named)))).people.patients,
    ).toHaveLength(3)
  })
})

group('what a file says of itself', () => {
  const page = (members: string, ...ids: string[]) =>
    bundle(`"type":"searchset"${members}`, ...ids.map((id) => entry(observation(id), ',"search":{"mode":"match"}')))
  const next = ',"link":[{"relation":"self","url":"http://a"},{"relation":"next","url":"http://a?page=2"}]'

  test('a search that is cut off: 3 of 240', async () => {
    const { notices } = await read(page(`,"total":240${next}`, 'a', 'b', 'c'))
    expect(notices).toEqual([{ kind: 'more-pages', here: 3, total: 240 }])
  })

  test('by its next link alone', async () => {
    expect((await read(page(next, 'a'))).notices).toEqual([{ kind: 'more-pages', here: 1, total: null }])
  })

  test('what is included next to the results does not count for them, and a whole search says nothing', async () => {
    const included = entry(MEI, ',"search":{"mode":"include"}')
    const whole = (total: number) => bundle(`"type":"searchset","total":${total}`, entry(observation('a')), included)
    expect((await read(whole(1))).notices).toEqual([])
    expect((await read(whole(2))).notices).toEqual([{ kind: 'more-pages', here: 1, total: 2 }])
  })

  test('all pages in one file are whole; without the last one they are not', async () => {
    const pages = [page(`,"total":3${next}`, 'a', 'b'), page(',"total":3', 'c')]
    expect((await read(`[${pages.join()}]`)).notices).toEqual([])
    expect((await read(pages.join('\n'), 'a.ndjson')).notices).toEqual([])
    expect((await read(`[${[pages[0], pages[0]!.replaceAll('"total":3', '"total":9')].join()}]`)).notices).toHaveLength(
      2,
    )
  })

  test('what the server told is no record: alone, in a search, and as the answer to an entry', async () => {
    const outcome =
      '{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"suppressed","diagnostics":"42 results are hidden"}]}'
    const told = [{ kind: 'outcome', severity: 'warning', text: '42 results are hidden' }]
    const searched = await read(
      bundle('"type":"searchset","total":1', entry(observation('a')), entry(outcome, ',"search":{"mode":"outcome"}')),
    )
    expect(types(searched)).toEqual(['Observation'])
    expect(searched.notices).toEqual(told)
    const answered = await read(
      bundle('"type":"batch-response"', entry(MEI), `{"response":{"status":"200","outcome":${outcome}}}`),
    )
    expect(answered).toMatchObject({ notices: told, refusals: [] })
    expect(await read(outcome)).toMatchObject({ items: [], notices: told, fileRefusal: { reason: 'no-records' } })
  })

  test('a Bundle with nothing in it says so', async () => {
    for (const empty of ['{"resourceType":"Bundle","type":"searchset","total":0}', bundle('"type":"collection"'), '[]'])
      expect((await read(empty)).fileRefusal, empty).not.toBeNull()
  })
})

group('histories', () => {
  const version = (number: number, extra = '') =>
    entry(
      MEI.replace(
        '"id":"p1"',
        `"id":"p1","meta":{"versionId":"${number}","lastUpdated":"2026-01-0${number}T00:00:00Z"}${extra}`,
      ),
      ',"fullUrl":"http://a.example/Patient/p1"',
    )
  const deletion =
    '{"fullUrl":"http://a.example/Patient/p1","request":{"method":"DELETE","url":"Patient/p1"},"response":{"lastModified":"2026-01-09T00:00:00Z"}}'

  test('only the newest version is read, in whatever order', async () => {
    for (const order of [
      [1, 3, 2],
      [3, 2, 1],
      [1, 2, 3],
    ]) {
      const { items, refusals } = await read(bundle('"type":"history"', ...order.map((each) => version(each))))
      expect(items.map(({ resource }) => stringAt(resource, 'meta', 'versionId'))).toEqual(['3'])
      expect(refusals.map(({ reason }) => reason)).toEqual(['older-version', 'older-version'])
    }
  })

  test('what was deleted stays deleted, and is named so', async () => {
    const { items, refusals } = await read(
      bundle('"type":"history"', deletion, version(2), version(1), entry(observation('o'))),
    )
    expect(items.map(({ resourceType }) => resourceType)).toEqual(['Observation'])
    expect(refusals.map(({ reason }) => reason)).toEqual(['deleted', 'older-version', 'older-version'])
  })
})

test('NDJSON with a byte order mark, blank lines, and carriage returns is read, and blank lines are nothing', async () => {
  const text = `\ufeff\r\n\r\n${MEI}\r\n\r\n   \n\ufeff${observation('a')}\n\n`
  for (const name of ['a.ndjson', 'a.json']) {
    const all = await read(text, name)
    expect([types(all), all.refusals], name).toEqual([['Patient', 'Observation'], []])
  }
})
