/** Archives: what is opened, what is refused by name, and that files read together answer each other. */
import { describe as group, expect, test } from 'vitest'
import { openFile, readFiles, readForImport, sourceOf, type ByteSource } from '@chartkeep/interop'
import { madeZip, type ZipPart } from '../../support/made-zip.ts'

const PATIENT =
  '{"resourceType":"Patient","id":"p1","name":[{"text":"Rosa Lin"}],"birthDate":"1980-05-12","identifier":[{"system":"urn:oid:1.2.3","value":"77"}]}'
const condition = (id: string, text: string) =>
  `{"resourceType":"Condition","id":"${id}","subject":{"reference":"Patient/p1"},"code":{"text":"${text}"}}`
const NDJSON = `${condition('c1', 'Asthma')}\n${condition('c2', 'Eczema')}\n`

const zipOf = (...parts: ZipPart[]) => sourceOf(madeZip(parts))
const read = async (source: ByteSource) => (await readForImport(source, 'a.zip'))!
const reasons = async (source: ByteSource) => {
  const { fileRefusal, refusals } = await read(source)
  return [fileRefusal, ...refusals].flatMap((each) => (each === null ? [] : [`${each.file}: ${each.reason}`]))
}

group('a zip', () => {
  test('its files are read as one import, and a person in one of them answers the records of another', async () => {
    const { kind, items, people, refusals, fileRefusal, inside } = await read(
      zipOf(
        { name: 'out/Condition.ndjson', content: NDJSON },
        { name: 'out/Patient.ndjson', content: PATIENT, isPacked: false },
      ),
    )
    expect([kind, fileRefusal, refusals]).toEqual(['zip', null, []])
    expect(items.map(({ resourceType }) => resourceType)).toEqual(['Condition', 'Condition', 'Patient'])
    expect(people.patients.map(({ name, birthDate, count }) => [name, birthDate, count])).toEqual([
      ['Rosa Lin', '1980-05-12', 3],
    ])
    expect(inside).toEqual([
      { path: 'out/Condition.ndjson', kind: 'fhir-ndjson' },
      { path: 'out/Patient.ndjson', kind: 'fhir-json' },
    ])
  })

  test('a zip in a zip is opened, and a third one in it is refused by its path', async () => {
    const inner = madeZip([{ name: 'Patient.json', content: PATIENT }])
    const second = madeZip([
      { name: 'inner.zip', content: inner },
      { name: 'c.json', content: condition('c1', 'Asthma') },
    ])
    const { items, refusals } = await read(zipOf({ name: 'second.zip', content: second }))
    expect(items.map(({ resourceType }) => resourceType)).toEqual(['Condition'])
    expect(refusals.map(({ reason, file }) => [reason, file])).toEqual([['too-deep', 'second.zip/inner.zip']])
  })

  test('what systems and archivers add is counted and no file of the import; any other file has its reason', async () => {
    const { items, passedBy, refusals } = await read(
      zipOf(
        { name: '__MACOSX/._p.json', content: 'x' },
        { name: '.DS_Store', content: 'x' },
        { name: 'README.txt', content: 'Unpack this.' },
        { name: 'cda.xsl', content: '<xsl/>' },
        { name: 'letter.pdf', content: '%PDF-1.4 …' },
        { name: 'p.json', content: PATIENT },
      ),
    )
    expect([items.length, passedBy]).toEqual([1, 4])
    expect(refusals.map(({ scope, reason, file }) => [scope, reason, file])).toEqual([['file', 'pdf', 'letter.pdf']])
  })

  test('names are names and never places: one that climbs out of its folder is read like any other', async () => {
    const { items, inside } = await read(zipOf({ name: '../../etc/p.json', content: PATIENT }))
    expect([items.length, inside[0]?.path]).toEqual([1, '../../etc/p.json'])
  })

  test('the same record in two files is one; another record by a number that a laboratory shares is its own', async () => {
    const result = (id: string, value: number) =>
      `{"resourceType":"Observation","id":"${id}","status":"final","identifier":[{"system":"urn:oid:9","value":"A1"}],"code":{"text":"Glucose"},"valueInteger":${value}}`
    const { items, refusals, counts } = await read(
      zipOf(
        { name: 'a.ndjson', content: `${result('1', 5)}\n` },
        { name: 'b.ndjson', content: `${result('1', 5)}\n` },
        { name: 'c.ndjson', content: `${result('2', 6)}\n` },
      ),
    )
    expect(items.map(({ resource }) => resource['id'])).toEqual(['1', '2'])
    expect(new Set(items.map(({ identity }) => identity)).size).toBe(2)
    expect(refusals.map(({ reason }) => reason)).toEqual(['duplicate'])
    expect(counts).toEqual({ found: 3, taken: 2, skipped: 0, refused: 1, resources: 2 })
  })
})

group('an archive that cannot be opened', () => {
  const whole = madeZip([{ name: 'p.json', content: PATIENT }])

  test('says so when it is cut anywhere, and never throws', async () => {
    for (let end = 4; end < whole.length; end += 7) {
      const said = await reasons(sourceOf(whole.subarray(0, end)))
      expect(said, `cut at ${end}`).toEqual([': damaged-archive'])
    }
  })

  test('says so when its content is not what its directory says', async () => {
    expect(await reasons(zipOf({ name: 'p.json', content: PATIENT, lies: { crc: 1 } }))).toEqual([
      ': no-records',
      'p.json: damaged-archive',
    ])
    expect(await reasons(zipOf({ name: 'p.json', content: PATIENT, lies: { size: 10 } }))).toEqual([
      ': no-records',
      'p.json: damaged-archive',
    ])
    expect(await reasons(zipOf({ name: 'p.json', content: PATIENT, isPacked: false, lies: { size: 10 } }))).toEqual([
      ': no-records',
      'p.json: damaged-archive',
    ])
  })

  test('names a password, and reads what is not locked next to it', async () => {
    expect(await reasons(zipOf({ name: 'p.json', content: PATIENT, lies: { flags: 1 } }))).toEqual([': encrypted'])
    const { items, refusals } = await read(
      zipOf({ name: 'a.json', content: PATIENT, lies: { flags: 1 } }, { name: 'b.json', content: PATIENT }),
    )
    expect([items.length, refusals.map(({ reason, file }) => [reason, file])]).toEqual([1, [['encrypted', 'a.json']]])
  })

  test('is refused where entries share bytes, are too many, or unpack to far too much', async () => {
    const shared = zipOf(
      { name: 'a.json', content: PATIENT },
      { name: 'b.json', content: PATIENT, lies: { offset: 0 } },
    )
    expect(await reasons(shared)).toEqual([': overlapping'])
    const many = Array.from({ length: 10_001 }, (_, at) => ({ name: `${at}`, content: '', isPacked: false }))
    expect(await reasons(zipOf(...many))).toEqual([': too-many-files'])
    const bomb = zipOf({ name: 'a.json', content: new Uint8Array(11 * 1024 * 1024) })
    expect(await reasons(bomb)).toEqual([': no-records', 'a.json: too-large'])
  })
})

group('files that were chosen together', () => {
  const chosen = (...files: [string, string][]) =>
    files.map(([name, text]) => ({ name, source: sourceOf(new TextEncoder().encode(text)) }))

  test('answer each other, and each has its own records', async () => {
    const [conditions, patient] = (await readFiles(chosen(['Condition.ndjson', NDJSON], ['Patient.ndjson', PATIENT])))!
    expect([conditions!.items.length, patient!.items.length]).toEqual([2, 1])
    expect(conditions!.people.peopleOf(conditions!.items[0]!)).toEqual([conditions!.people.patients[0]!.key])
    expect(conditions!.people.patients.map(({ name }) => name)).toEqual(['Rosa Lin'])
  })

  test('a person of two files is one; two people of one name and id in two files stay two', async () => {
    const other = PATIENT.replace('Rosa Lin', 'Ana Cruz').replace('1980-05-12', '1991-01-01').replace('"77"', '"78"')
    const about = (name: string) =>
      `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${name}},{"resource":${condition('c1', 'Asthma')}}]}`
    const twice = (await readFiles(
      chosen(
        ['a.json', about(PATIENT)],
        ['b.json', about(PATIENT.replace('"p1"', '"p9"').replace('Patient/p1', 'Patient/p9'))],
      ),
    ))!
    expect(twice[0]!.people.patients.map(({ name }) => name)).toEqual(['Rosa Lin'])
    const two = (await readFiles(chosen(['a.json', about(PATIENT)], ['b.json', about(other)])))!
    const namesOf = (at: number) => {
      const { items, people } = two[at]!
      const keys = new Set(items.flatMap((item) => people.peopleOf(item)))
      return people.patients.filter(({ key }) => keys.has(key)).map(({ name }) => name)
    }
    expect([namesOf(0), namesOf(1)]).toEqual([['Rosa Lin'], ['Ana Cruz']])
  })

  test('one that cannot be read costs no other', async () => {
    const reads = (await readFiles(chosen(['a.txt', 'hello'], ['p.json', PATIENT], ['b.json', '{"a":'])))!
    expect(reads.map(({ items, fileRefusal }) => [items.length, fileRefusal?.reason ?? null])).toEqual([
      [0, 'not-json'],
      [1, null],
      [0, 'truncated'],
    ])
  })

  test('an archive is opened as its files with their kinds', async () => {
    const opened = await openFile(zipOf({ name: 'x/p.json', content: PATIENT }), 'a.zip')
    expect(opened.files.map(({ name, path, kind }) => [name, path, kind])).toEqual([
      ['p.json', 'x/p.json', 'fhir-json'],
    ])
  })
})
