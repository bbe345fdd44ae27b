/** `npm run convert` as the process that people start: files in, JSON out, exit code. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const COMMAND = resolve(import.meta.dirname, '../../../packages/interop/command/main.ts')
const SAMPLES = resolve(import.meta.dirname, '../../fixtures/fhir')

const ENV = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../../.tsbuild/node-compile-cache'),
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-convert-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function convert(...args: string[]): { code: number | null; out: string; told: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...ENV, TMPDIR: folder, HOME: folder },
    maxBuffer: 64 * 1024 * 1024,
  })
  return { code: status, out: stdout, told: stderr }
}

interface Entry {
  file: string
  outcome: string
  kind?: string
  fault?: string
  version?: string
  persons?: { name: string; birthDate: string; records: number }[]
  records?: Record<string, unknown>[]
  refused?: { scope: string; reason: string; words: string; type: string; place: number }[]
}
const entriesOf = (out: string) => (JSON.parse(out) as { files: Entry[] }).files

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return name
}

const PERSON = '{"resourceType":"Patient","id":"p1","name":[{"text":"Rosa Lin"}],"birthDate":"1980-05-12"}'
const glucose = (value: string, more = '') =>
  `{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"Glucose"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-05","valueQuantity":{"value":${value},"unit":"mg/dL"}${more}}`
const bundle = (...resources: string[]) =>
  `{"resourceType":"Bundle","type":"collection","entry":[${resources.map((each) => `{"resource":${each}}`).join()}]}`

test('a file comes out as the records that an import would write, with its person and what is refused', () => {
  const { code, out, told } = convert(file('one.json', bundle(PERSON, glucose('92.50'), '{"status":"final"}')))
  expect(told).toBe('')
  expect(code).toBe(0)
  const [entry] = entriesOf(out)
  expect(entry).toMatchObject({
    file: 'one.json',
    outcome: 'read',
    kind: 'fhir-json',
    persons: [{ name: 'Rosa Lin', birthDate: '1980-05-12', records: 2 }],
    refused: [{ scope: 'resource', reason: 'not-fhir', place: 3 }],
  })
  expect(entry!.records![1]).toEqual({
    list: 'labs',
    type: 'Observation',
    title: 'Glucose',
    date: '2026-01-05',
    status: 'active',
    statusCode: 'final',
    value: '92.50 mg/dL',
    flag: 'none',
    persons: [0],
    warnings: [],
  })
})

test('a value is marked by its range as the app marks it', () => {
  const range = ',"referenceRange":[{"text":"70-99"}]'
  const { out } = convert(
    file('marked.json', bundle(PERSON, ...['126', '85', '60'].map((value) => glucose(value, range)))),
  )
  expect(
    entriesOf(out)[0]!
      .records!.slice(1)
      .map(({ flag }) => flag),
  ).toEqual(['high', 'normal', 'low'])
})

test('--fhir writes one Bundle of the records of all files, each once and with its digits', () => {
  const first = file('a.json', bundle(PERSON, glucose('92.50')))
  const second = file('b.json', bundle(PERSON, glucose('7.0')))
  const { code, out } = convert('--fhir', first, second)
  expect(code).toBe(0)
  expect(out).toContain('92.50')
  const read = JSON.parse(out) as { type: string; entry: { resource: { resourceType: string } }[] }
  expect(read.type).toBe('collection')
  expect(read.entry.map(({ resource }) => resource.resourceType)).toEqual(['Patient', 'Observation', 'Observation'])
  expect(entriesOf(convert(file('again.json', out)).out)[0]!.records).toHaveLength(3)
})

test('what cannot be read has an entry with its reason, the others are read, and the exit code says so', () => {
  file('huge.json', '{"resourceType":"Bundle","entry":[')
  truncateSync(join(folder, 'huge.json'), 65 * 1024 * 1024)
  mkdirSync(join(folder, 'inside/deeper'), { recursive: true })
  file('inside/b.json', PERSON)
  file('inside/deeper/a.ndjson.gz', gzipSync(`${PERSON}\n\n${glucose('7.0')}\n`))
  const { code, out } = convert(
    'missing.json',
    '/dev/null',
    file('empty.json', ''),
    'huge.json',
    file(
      'binary.bin',
      Uint8Array.from({ length: 300 }, (_, at) => (at * 37) % 256),
    ),
    file('broken.json', bundle(PERSON).slice(0, -10)),
    file('scan.pdf', '%PDF-1.7\n'),
    file('ccd.xml', '<?xml version="1.0"?>\n<!-- <a> -->\n<ClinicalDocument xmlns="urn:hl7-org:v3"/>'),
    'inside',
  )
  expect(code).toBe(1)
  const entries = entriesOf(out)
  expect(
    entries.map(({ file: name, outcome, kind, fault, refused }) => [
      name,
      outcome,
      kind ?? fault,
      refused?.map(({ reason }) => reason).join(),
    ]),
  ).toEqual([
    ['missing.json', 'refused', 'There is no such file.', undefined],
    ['/dev/null', 'refused', 'This is no ordinary file.', undefined],
    ['empty.json', 'refused', 'empty', 'empty'],
    ['huge.json', 'refused', 'unknown', 'too-large'],
    ['binary.bin', 'refused', 'unknown', 'not-text'],
    ['broken.json', 'refused', 'fhir-json', 'truncated'],
    ['scan.pdf', 'refused', 'pdf', 'pdf'],
    ['ccd.xml', 'refused', 'ccda', 'no-records'],
    [join('inside', 'b.json'), 'read', 'fhir-json', ''],
    [join('inside', 'deeper', 'a.ndjson.gz'), 'read', 'fhir-ndjson', ''],
  ])
  for (const { words } of entries.flatMap(({ refused }) => refused ?? [])) expect(words).toMatch(/^The .*\.$/u)
  const asBundle = convert('--fhir', 'broken.json', 'one.json')
  expect(asBundle.code).toBe(1)
  expect(asBundle.told).toContain('broken.json: The text ends too early.')
})

test('none of what was read goes to standard error or to the disk', () => {
  const before = readdirSync(folder, { recursive: true })
  const { told } = convert('--fhir', 'one.json', 'broken.json')
  expect(told).not.toContain('Rosa')
  expect(readdirSync(folder, { recursive: true })).toEqual(before)
})

test('an empty or wrong command line shows how it is used, with exit code 2', () => {
  for (const args of [[], ['--unknown', 'one.json']]) {
    const { code, out, told } = convert(...args)
    expect([code, out]).toEqual([2, ''])
    expect(told).toContain('npm run convert -- ')
  }
  expect(convert('--help')).toMatchObject({ code: 0, told: '' })
})

test('npm finds the command: a sample file of a hospital system converts, from wherever npm was called', () => {
  const { convert: script } = (
    JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
  ).scripts
  expect(script).toBe('node scripts/run.mjs packages/interop/command/main.ts')
  const { status, stdout } = spawnSync(
    process.execPath,
    [COMMAND, 'us-core/imm-1.json', 'us-core/observation-serum-potassium.json'],
    {
      encoding: 'utf8',
      env: { ...ENV, INIT_CWD: SAMPLES },
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  expect(status).toBe(0)
  expect(entriesOf(stdout).every(({ records }) => records!.length > 0)).toBe(true)
})

test('--counts gives a line for each path, and a second import of each file brings nothing', () => {
  mkdirSync(join(folder, 'counted/inside'), { recursive: true })
  file('counted/a.json', bundle(PERSON, glucose('7.0'), '{"status":"final"}'))
  file('counted/inside/b.ndjson', `${PERSON}\n${PERSON}\n`)
  file('counted/c.pdf', '%PDF-1.7\n')
  const { code, out } = convert('--counts', 'counted', 'one.json')
  expect(code).toBe(0)
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  expect(lines.slice(1)).toEqual([
    ['counted', '3', '2', '3', '2', '0', '0', '0', 'fhir-json 1, pdf 1, fhir-ndjson 1'],
    ['one.json', '1', '1', '2', '1', '0', '0', '0', 'fhir-json 1'],
  ])
  expect(convert('--counts', 'missing.json').code).toBe(1)
})
