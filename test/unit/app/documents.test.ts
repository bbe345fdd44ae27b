/** Documents of a chart, without a page: which are versions of one another, who names whom, kinds of files, and where pages are. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseJsonOrNull } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { expect, test } from 'vitest'
import { documentVersions } from '@chartkeep/app/src/app/chart/document-versions.ts'
import { referencedRecords, referenceOf } from '@chartkeep/app/src/app/words/record-reference.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { contentTypeOf, kindOf, kindOfBytes, showable } from '@chartkeep/app/src/ui/viewer/file-kind.ts'
import { endingOf } from '@chartkeep/app/src/platform/file-ending.ts'
import { contentOf } from '@chartkeep/app/src/ui/viewer/file-content.ts'
import { textsOf } from '@chartkeep/app/src/ui/viewer/file-texts.ts'
import { pageAt, pagesBetween, pageTops, typedPage, zoomed } from '@chartkeep/app/src/ui/viewer/page-places.ts'
import { chartRecord } from '../../support/chart-record.ts'
import { dicomBytes, HOSTILE_CCDA, packedPdf, pdfOf, pngOf } from '../../support/document-files.ts'

const OWNER = 'mei'
let saved = 0
function record(id: string, resource: object, status: ChartRecord['status'] = 'active', account = OWNER): ChartRecord {
  const text = JSON.stringify(resource)
  const type = String((parseJsonOrNull(text) as { resourceType?: string }).resourceType)
  const author = { account, device: account, member: '', name: account, me: account === OWNER }
  const byOwner = account === OWNER
  return chartRecord(id, { revision: id, type, status, resource: text, savedAt: ++saved, author, byOwner })
}
const document = (
  id: string,
  replaced: string[] = [],
  status: ChartRecord['status'] = 'active',
  own?: string,
  account?: string,
) =>
  record(
    id,
    {
      resourceType: 'DocumentReference',
      ...(own === undefined ? {} : { id: own }),
      relatesTo: replaced.map((reference) => ({ code: 'replaces', target: { reference } })),
    },
    status,
    account,
  )

test('B3: versions of a document are found through every step, newest first, by record and by resource id', () => {
  const chain = [
    document('a', [], 'active', 'from-clinic'),
    document('b', ['DocumentReference/from-clinic']),
    document('c', ['DocumentReference/b']),
    document('other'),
  ]
  const versions = documentVersions(chain, new RecordViews())
  for (const id of ['a', 'b', 'c']) expect(versions.of(id).map((each) => each.id)).toEqual(['c', 'b', 'a'])
  expect([...versions.older].toSorted()).toEqual(['a', 'b'])
  expect(versions.of('other').map(({ id }) => id)).toEqual(['other'])
})

test('B3: two next versions of one document are both newest; one entered in error replaces nothing; a ring ends', () => {
  const views = new RecordViews()
  const forked = documentVersions(
    [document('a'), document('b', ['DocumentReference/a']), document('c', ['DocumentReference/a'])],
    views,
  )
  expect([...forked.older]).toEqual(['a'])
  expect(forked.of('b').map(({ id }) => id)).toEqual(['c', 'b', 'a'])
  const undone = documentVersions([document('d'), document('e', ['DocumentReference/d'], 'error')], views)
  expect([...undone.older]).toEqual([])
  const ring = documentVersions([document('f', ['DocumentReference/g']), document('g', ['DocumentReference/f'])], views)
  expect(ring.of('f')).toHaveLength(2)
})

test('C9: a document of somebody with whom the chart is shared takes the place of none but their own, and of no name', () => {
  const views = new RecordViews()
  const by = (account: string, id: string, replaced: string[], own?: string) =>
    document(
      id,
      replaced.map((one) => `DocumentReference/${one}`),
      'active',
      own,
      account,
    )
  const versions = documentVersions(
    [
      by(OWNER, 'own', []),
      by('clinic', 'letter', []),
      by('other', 'forged', ['own', 'letter']),
      by('clinic', 'letter-2', ['letter']),
      by(OWNER, 'own-of-clinic', ['letter-2']),
    ],
    views,
  )
  expect([...versions.older].toSorted()).toEqual(['letter', 'letter-2'])
  expect(versions.of('own').map(({ id }) => id)).toEqual(['own'])
  // A name that another took as well still leads to what an owner wrote.
  const twice = [by(OWNER, 'a', [], 'scan'), by('other', 'b', [], 'scan'), by(OWNER, 'c', ['scan'])]
  expect([...documentVersions(twice, views).older]).toEqual(['a'])
})

test('a reference leads to one record: by its own id or its resource’s; a name that two carry leads nowhere', () => {
  const views = new RecordViews()
  const uuid = '6f1d8b3c-0d9b-4d6f-9e2c-1a2b3c4d5e6f'
  const records = [
    record('r1', { resourceType: 'Immunization', id: 'i' }),
    record('r2', { resourceType: 'Condition', id: 'i' }),
    record('r3', { resourceType: 'Condition', id: uuid }),
    record('r4', { resourceType: 'Observation', id: 'twice' }),
    record('r5', { resourceType: 'Observation', id: 'twice' }),
    record('r6', { resourceType: 'Observation' }),
  ]
  const found = (reference: string) => referencedRecords([reference], records, views).get(reference)?.id
  expect(records.slice(0, 3).map((each) => found(referenceOf(each, views)))).toEqual(['r1', 'r2', 'r3'])
  expect([found('Observation/r6'), found(`urn:uuid:${uuid}`), found('https://a.example/fhir/Condition/i')]).toEqual([
    'r6',
    'r3',
    'r2',
  ])
  expect([found('Observation/twice'), found('Observation/none'), found('#i'), found('')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a file is what its bytes say, then its type, then its ending; what could run in a page is text, what cannot be shown is said', () => {
  expect([kindOfBytes(pdfOf(1)), kindOfBytes(pngOf(2, 2)), kindOfBytes(dicomBytes())]).toEqual([
    'pdf',
    'picture',
    'dicom',
  ])
  expect(kindOfBytes(new TextEncoder().encode('{"a":1}'))).toBeNull()
  const kind = (name: string, contentType: string) => kindOf({ name, contentType })
  expect([
    kind('a.pdf', 'application/octet-stream'),
    kind('a', 'IMAGE/JPEG; q=1'),
    kind('a.svg', 'image/svg+xml'),
    kind('a', 'application/fhir+json'),
    kind('a', 'application/hl7-sdwg+xml'),
    kind('a.dcm', ''),
    kind('a.html', 'text/html'),
    kind('a.zip', 'application/zip'),
    kind('constructor', ''),
  ]).toEqual(['pdf', 'picture', 'text', 'json', 'xml', 'dicom', 'text', 'archive', 'other'])
  expect(contentTypeOf({ name: 'Scan.DCM', type: '' })).toBe('application/dicom')
  expect(contentTypeOf({ name: 'x', type: '' })).toBe('application/octet-stream')
  expect(contentTypeOf({ name: 'x.csv', type: 'text/csv;charset=utf-8' })).toBe('text/csv')
  const may = (contentType: string, size: number) => showable({ name: '', contentType, size })
  expect([
    may('application/pdf', 1),
    may('application/pdf', 2 ** 30),
    may('application/dicom', 1),
    may('video/mp4', 1),
  ]).toEqual(['yes', 'large', 'no', 'no'])
})

test('pages under one another: tops, the page in view, those to be drawn, a typed number, and sizes within bounds', () => {
  const tops = pageTops(
    Array.from({ length: 100 }, () => ({ width: 600, height: 800 })),
    1.5,
    12,
  )
  expect([tops.length, tops[1], tops.at(-1)]).toEqual([101, 1212, 121_200])
  expect([pageAt(tops, -5), pageAt(tops, 1211), pageAt(tops, 1212), pageAt(tops, 9_999_999)]).toEqual([1, 1, 2, 100])
  expect(pagesBetween(tops, 0, 700)).toEqual([1, 2])
  expect(pagesBetween(tops, 12_120, 13_000)).toEqual([10, 11, 12])
  expect(pagesBetween(tops, 121_000, 122_000)).toEqual([99, 100])
  expect(['57', ' 100 ', '0', '101', '-1', '1.5', 'x', ''].map((text) => typedPage(text, 100))).toEqual([
    57,
    100,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
  expect(zoomed(zoomed(1, 1), -1)).toBe(1)
  expect([zoomed(4, 1), zoomed(0.25, -1)]).toEqual([4, 0.25])
})

test('Search: the words inside a file come with their place: sections of a C-CDA, narratives of a FHIR file, a text; of others none', async () => {
  const partsOf = async (name: string, contentType: string, text: string) => {
    const parts = []
    for await (const part of textsOf(new TextEncoder().encode(text), name, contentType)) parts.push(part)
    return parts
  }
  const ccda = await partsOf('Visit.xml', 'text/xml', HOSTILE_CCDA)
  expect(ccda.map(({ section }) => section)).toEqual(['Allergies', 'Plan', 'Codes only'])
  expect(ccda[0]?.text).toContain('Hives & swelling in 1997')
  expect(JSON.stringify(ccda)).not.toContain('taken over')
  const div = (words: string) => ({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><b>${words}</b></div>`,
  })
  const bundle = {
    resourceType: 'Bundle',
    entry: [
      { resource: { resourceType: 'Condition', text: div('Asthma since 1990'), code: { text: 'not a narrative' } } },
      { resource: { resourceType: 'Composition', section: [{ title: 'Advice', text: div('Rest &amp; tea') }] } },
    ],
  }
  expect(await partsOf('a.json', 'application/json', JSON.stringify(bundle))).toEqual([
    { page: 0, section: '', text: 'Asthma since 1990' },
    { page: 0, section: 'Advice', text: 'Rest & tea' },
  ])
  expect(await partsOf('note.txt', 'text/plain', 'First line\n\n second')).toEqual([
    { page: 0, section: '', text: 'First line second' },
  ])
  expect(await partsOf('scan.dcm', 'application/dicom', 'patient name')).toEqual([])
  expect(await partsOf('empty.json', 'application/json', '{"resourceType":"Bundle"}')).toEqual([])
})

test('JSON of more objects than a device can hold is shown as the text that it is', () => {
  const bytes = (count: number) =>
    new TextEncoder().encode(`{"resourceType":"Basic","extension":[${'{},'.repeat(count)}{}]}`)
  expect(contentOf(bytes(1000), 'a.json', '').type).toBe('fhir')
  expect(contentOf(bytes(1_000_000), 'a.json', '').type).toBe('text')
})

test('a file that is handed out keeps its ending, but none that a system would run, and gets none from a word that every object has', () => {
  const ending = (name: string, contentType = '') => endingOf({ name, contentType })
  expect([
    ending('report.pdf'),
    ending('chart.json.gz'),
    ending('picture.svg'),
    ending('scan', 'application/pdf'),
  ]).toEqual(['.pdf', '.json.gz', '.svg', '.pdf'])
  expect([ending('report.pdf.exe', 'application/pdf'), ending('a.SCR'), ending('mail of example.com')]).toEqual([
    '.pdf',
    '.bin',
    '.bin',
  ])
  for (const name of ['x.lnk', 'x.hta', 'x.js', 'x.bat', 'x.url', 'x.command', 'x.desktop', 'x.exe.gz'])
    expect(ending(name)).toBe('.bin')
  for (const word of ['constructor', 'toString', '__proto__']) expect(ending('x', word)).toBe('')
  // None of a name but its ending, whatever is in it.
  expect([
    ending('../../etc/passwd'),
    ending('CON'),
    ending(`${'a'.repeat(10_000)}.txt`),
    ending('a.t\u202ext'),
  ]).toEqual(['', '', '.txt', ''])
})

test(
  'B3: a page of a PDF that unpacks to more than its worker may hold ends there, and any other is read',
  { timeout: 60_000 },
  async () => {
    const root = resolve(import.meta.dirname, '../../..')
    const read = async (pdf: Buffer, mostMB: number) => {
      const program = resolve(root, 'test/support/packed-pdf.ts')
      const given = [program, pdf.toString('base64'), String(mostMB)]
      const { stdout } = await promisify(execFile)(resolve(root, 'node_modules/.bin/node'), given)
      return Number(stdout)
    }
    expect(await read(packedPdf(1), 32)).toBe(1)
    const bomb = packedPdf(64)
    expect(bomb.length).toBeLessThan(10_000)
    expect(await read(bomb, 32)).toBe(0)
    // Nothing else ends it.
    expect(await read(bomb, 512)).toBe(1)
  },
)
