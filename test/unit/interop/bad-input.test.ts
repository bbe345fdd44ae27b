import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { constants, createGzip, gzipSync } from 'node:zlib'
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import { fhirVersionOf, sourceOf, type ByteSource, type RefusalReason } from '@chartkeep/interop'
import { parseJsonOrNull } from '@chartkeep/domain'
import { FLETCHER, readAll, readFile, readText, SAMPLES, sampleText } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

const MB = 1024 * 1024
const ROOT = resolve(import.meta.dirname, '../../..')

/** A file that is refused as a whole: one reason, no resource. */
async function reasonFor(source: ByteSource, name = 'file.json'): Promise<RefusalReason> {
  const all = await readAll(source, name)
  expect(all).toMatchObject({ items: [], outcome: 'refused', refusals: [{ scope: 'file' }] })
  expect(all.refusals).toHaveLength(1)
  return all.refusals[0]!.reason
}

const bytesOf = (text: string) => sourceOf(new TextEncoder().encode(text))

test.each<[string, string, RefusalReason]>([
  ['an empty file', '', 'empty'],
  ['white space', ' \n\t', 'empty'],
  ['a text', 'Dear doctor,', 'not-json'],
  ['a number', '42', 'not-json'],
  ['JSON that is not FHIR', '{"name":"x","items":[1,2]}', 'not-fhir'],
  ['a list of no resources', '[1,{"a":2}]', 'not-fhir'],
  ['an empty object', '{}', 'not-fhir'],
  ['a resource type that is no word', '{"resourceType":"patient!"}', 'not-fhir'],
  ['a resource type that is no text', '{"resourceType":5}', 'not-fhir'],
  ['C-CDA or FHIR in XML', '<?xml version="1.0"?><ClinicalDocument/>', 'xml'],
  ['JavaScript', '{resourceType:"Patient"}', 'not-json'],
  ['two documents', '{"resourceType":"Patient"} {"resourceType":"Patient"}', 'syntax'],
  ['brackets that do not match', '{"resourceType":"Bundle","entry":[}', 'syntax'],
  ['two entry lists', '{"resourceType":"Bundle","entry":[],"entry":[]}', 'duplicate-key'],
])('a file with %s is refused with its reason', async (_, text, reason) => {
  expect(await reasonFor(bytesOf(text))).toBe(reason)
})

test('a PDF, a zip archive and text in another encoding are told apart', async () => {
  expect(await reasonFor(bytesOf('%PDF-1.7\n'))).toBe('pdf')
  expect(await reasonFor(sourceOf(Uint8Array.of(0x50, 0x4b, 3, 4, 0xff)))).toBe('zip')
  // Marked as UTF-16, and half a character at the end, or half a pair.
  expect(await reasonFor(sourceOf(Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x22)))).toBe('not-text')
  expect(await reasonFor(sourceOf(Uint8Array.of(0xfe, 0xff, 0, 0x7b, 0xd8, 0x3d)))).toBe('not-text')
  // Not marked: nobody could tell.
  expect(await reasonFor(sourceOf(new Uint8Array(Buffer.from('{"resourceType":"Patient"}', 'utf16le'))))).toBe(
    'not-json',
  )
  expect(await reasonFor(sourceOf(new Uint8Array(Buffer.from('{"resourceType":"Patient","x":"é"}', 'latin1'))))).toBe(
    'not-text',
  )
})

group('a truncated file gives no resource at all', () => {
  const whole = sampleText(FLETCHER)

  test.each([1, 2, 30, 1000, 50_000, 100_000])('cut after %i characters', async (length) => {
    expect(await reasonFor(bytesOf(whole.slice(0, length)))).toBe('truncated')
  })

  test('cut anywhere', async () => {
    const small = sampleText('ips-connectathon/connectathon_archive__HK_IPS_Sample1.json').trimEnd()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: small.length - 1 }), async (length) => {
        expect(await reasonFor(bytesOf(small.slice(0, length)))).toBe('truncated')
      }),
      seeded(200),
    )
  })

  test('cut in the packed file', async () => {
    const packed = gzipSync(whole)
    for (const length of [10, 100, packed.length >> 1, packed.length - 1]) {
      expect(await reasonFor(sourceOf(packed.subarray(0, length)))).toBe('damaged-archive')
    }
  })
})

test('a packed file with a changed byte is refused', async () => {
  const packed = gzipSync(sampleText('us-core/imm-1.json'))
  packed[packed.length - 6]! ^= 1
  expect(await reasonFor(sourceOf(packed))).toBe('damaged-archive')
})

test('a file that cannot be read any more says so', async () => {
  const source: ByteSource = {
    async *stream() {
      yield new TextEncoder().encode('{"resourceType":"Patient"')
      throw new Error('the card was taken out')
    },
  }
  expect(await reasonFor(source)).toBe('unreadable')
  expect(await reasonFor(source, 'a.ndjson')).toBe('unreadable')
})

group('the version of FHIR is told by what a resource shows', () => {
  test.each([
    ['{"resourceType":"Conformance","fhirVersion":"1.0.2"}', 'dstu2'],
    ['{"resourceType":"Observation","category":{"coding":[{"code":"laboratory"}]}}', 'dstu2'],
    ['{"resourceType":"AllergyIntolerance","substance":{"text":"Nuts"},"status":"confirmed"}', 'dstu2'],
    ['{"resourceType":"Encounter","class":"inpatient"}', 'dstu2'],
    ['{"resourceType":"Immunization","wasNotGiven":false,"date":"2013-01-10"}', 'dstu2'],
    ['{"resourceType":"Procedure","notPerformed":true}', 'dstu2'],
    ['{"resourceType":"CapabilityStatement","fhirVersion":"3.0.1"}', 'stu3'],
    ['{"resourceType":"AllergyIntolerance","clinicalStatus":"active"}', 'stu3'],
    ['{"resourceType":"Immunization","notGiven":false,"date":"2013-01-10"}', 'stu3'],
    ['{"resourceType":"MedicationStatement","taken":"n"}', 'stu3'],
    ['{"resourceType":"Observation","meta":{"profile":["http://hl7.org/fhir/STU3/vitalsigns"]}}', 'stu3'],
  ])('%s is read as R4 from %s', async (text, version) => {
    const { items, refusals } = await readText(text)
    expect(refusals).toEqual([])
    expect(items.map(({ readAs }) => readAs?.version)).toEqual([version])
  })

  test('an STU3 Bundle of a real system is read, each of its records as R4', async () => {
    const all = await readFile(`${SAMPLES}/ips-connectathon/connectathon_archive__NL_Drimpy_01.json`)
    expect(all.refusals).toEqual([])
    expect(new Set(all.items.map(({ readAs }) => readAs?.version))).toEqual(new Set(['stu3']))
  })

  test('one old resource in an R4 Bundle is read by its own version', async () => {
    const all = await readText(`{"resourceType":"Bundle","entry":[
      {"resource":{"resourceType":"Condition","id":"1","clinicalStatus":{"coding":[{"code":"active"}]}}},
      {"resource":{"resourceType":"MedicationOrder","id":"2"}}]}`)
    expect(all.items.map(({ resourceType, readAs }) => [resourceType, readAs?.version])).toEqual([
      ['Condition', undefined],
      ['MedicationRequest', 'dstu2'],
    ])
  })

  test('no R4 resource of the samples is taken for an older one', async () => {
    for (const path of ['hl7-r4-examples/Bundle-101.json', 'ips/Bundle-bundle-ips-all-sections.json', FLETCHER]) {
      const all = await readFile(`${SAMPLES}/${path}`)
      expect(all.refusals.filter(({ reason }) => reason.startsWith('fhir-'))).toEqual([])
      for (const { resource } of all.items) expect(['r4', 'unknown']).toContain(fhirVersionOf(resource))
    }
    expect(fhirVersionOf(parseJsonOrNull('{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}'))).toBe('r4')
    for (const value of [null, 1, [], {}, { resourceType: 'constructor' }]) expect(fhirVersionOf(value)).toBe('unknown')
  })
})

group('hostile files', () => {
  test('nesting of a million levels is refused quickly, in a document, in a resource and in NDJSON', async () => {
    const deep = '['.repeat(1_000_000)
    const start = performance.now()
    expect(await reasonFor(bytesOf(deep))).toBe('too-deep')
    expect(await reasonFor(bytesOf(`{"resourceType":"Patient","x":${deep}`))).toBe('too-deep')
    expect(
      (await readText(`{"resourceType":"Patient","x":${deep}\n{"resourceType":"Patient"}\n`, 'a.ndjson')).items,
    ).toHaveLength(1)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('a resource of 65 levels is listed, and its neighbours are read', async () => {
    const entry = (depth: number) =>
      `{"resource":{"resourceType":"Basic","id":"${depth}","x":${'['.repeat(depth)}${']'.repeat(depth)}}}`
    const all = await readText(
      `{"resourceType":"Bundle","entry":[${entry(63)},${entry(64)},${entry(5000)},${entry(1)}]}`,
    )
    expect(all.items.map((item) => item.resource['id'])).toEqual(['63', '1'])
    expect(all.refusals.map(({ reason }) => reason)).toEqual(['too-deep', 'too-deep'])
  })

  test('prototype keys are plain data and change nothing else', async () => {
    const all = await readText(
      '{"resourceType":"Bundle","__proto__":{"polluted":1},"entry":[{"__proto__":{"resource":{}},"resource":{"resourceType":"Patient","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}]}',
    )
    expect(all.items).toHaveLength(1)
    expect(Object.keys(all.items[0]!.resource)).toContain('__proto__')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect((await readText('{"resourceType":"__proto__"}')).refusals[0]).toMatchObject({ reason: 'not-fhir' })
    expect((await readText('{"resourceType":"constructor"}')).refusals[0]).toMatchObject({ reason: 'not-fhir' })
  })

  test('Bundles inside Bundles are opened four deep, and what lies deeper is refused by name', async () => {
    let text = '{"resourceType":"Patient"}'
    for (let depth = 0; depth < 8; depth += 1) text = `{"resourceType":"Bundle","entry":[{"resource":${text}}]}`
    const { items, refusals } = await readText(text)
    expect(items).toEqual([])
    expect(refusals.map(({ scope, reason }) => [scope, reason])).toEqual([['resource', 'too-deep']])
  })

  test('any bytes at all end in an event and never throw', async () => {
    const pieces = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          ',',
          ':',
          '\\',
          '\n',
          '"resourceType"',
          '"Bundle"',
          '"Patient"',
          '"entry"',
          '"resource"',
          '1',
          'null',
          ' ',
        ),
        { maxLength: 40 },
      )
      .map((parts) => new TextEncoder().encode(parts.join('')))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array(), pieces),
        fc.constantFrom('a.json', 'a.ndjson', ''),
        async (bytes, name) => {
          const all = await readAll(sourceOf(bytes), name)
          expect(all.outcome).toBe(all.items.length > 0 ? 'read' : 'refused')
        },
      ),
      seeded(2000),
    )
  })

  test('a real file with one changed character is read or refused, and no resource is changed unseen', async () => {
    const text = sampleText('hl7-r4-examples/Bundle-101.json')
    const whole = new Set((await readText(text)).items.map(({ text: resource }) => resource))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.constantFrom('{', '}', '"', ',', 'x', '\\'),
        async (at, character) => {
          const all = await readText(text.slice(0, at) + character + text.slice(at + 1))
          const strange = all.items.filter((item) => !whole.has(item.text))
          expect(strange.length).toBeLessThanOrEqual(1)
          for (const item of strange) expect(JSON.parse(item.text)).toBeTypeOf('object')
        },
      ),
      seeded(200),
    )
  })
})

group('sizes', () => {
  const zeros = (size: number): ByteSource => ({
    size,
    async *stream() {
      yield new TextEncoder().encode('{"resourceType":"Binary","data":"')
      for (let left = size - 33; left > 0; left -= MB) yield new Uint8Array(Math.min(left, MB)).fill(0x41)
    },
  })

  test('one JSON document over 64 MB is refused with its size and the limit', async () => {
    const { refusals, items } = await readAll(zeros(70 * MB), 'big.json')
    expect(items).toEqual([])
    expect(refusals).toEqual([
      {
        type: 'refused',
        scope: 'file',
        reason: 'too-large',
        resourceType: '',
        place: 0,
        file: '',
        sizeBytes: 70 * MB,
        limitBytes: 64 * MB,
        detail: '',
        atLeast: false,
      },
    ])
  })

  test('without a known size it is refused as soon as the limit is passed', async () => {
    let taken = 0
    const endless: ByteSource = {
      async *stream() {
        taken = 0
        for (;;) {
          taken += MB
          yield new Uint8Array(MB).fill(0x20)
        }
      },
    }
    const { refusals } = await readAll(endless, 'big.json', { limits: { documentBytes: 4 * MB } })
    expect(refusals).toMatchObject([{ reason: 'too-large', limitBytes: 4 * MB, atLeast: true }])
    expect(taken).toBeLessThan(8 * MB)
  })

  test('a small archive that unpacks to more than the limit is refused before it is unpacked whole', async () => {
    const bomb: Buffer[] = []
    // As small as by the usual strategy, in a third of the time.
    const quickly = createGzip({ strategy: constants.Z_RLE })
    for await (const part of Readable.from(zeros(1024 * MB).stream() as AsyncIterable<Uint8Array>).pipe(quickly))
      bomb.push(part as Buffer)
    const packed = Buffer.concat(bomb)
    expect(packed.length).toBeLessThan(2 * MB)
    const { refusals } = await readAll(sourceOf(packed), 'bomb.json.gz')
    expect(refusals).toMatchObject([{ reason: 'too-large', limitBytes: 64 * MB, atLeast: true }])
    expect(refusals[0]!.sizeBytes).toBeLessThan(80 * MB)
  })

  test('one line over the limit is listed with its size, and the other lines are read', async () => {
    const text = `{"resourceType":"Patient","id":"1"}\n{"resourceType":"Basic","x":"${'y'.repeat(5000)}"}\n{"resourceType":"Patient","id":"2"}\n`
    const all = await readText(text, 'a.ndjson', { limits: { documentBytes: 1000 } })
    expect(all.items.map((item) => item.resource['id'])).toEqual(['1', '2'])
    expect(all.refusals).toMatchObject([
      { scope: 'resource', reason: 'too-large', place: 2, sizeBytes: 5031, limitBytes: 1000 },
    ])
  })

  test('lines of nothing are passed over, and the others keep their numbers', async () => {
    const text = `\n\r\n  \n{"resourceType":"Patient","id":"1"}\n\n\t\nno JSON\n \n`
    const all = await readText(text, 'a.ndjson')
    expect(all.items.map((item) => item.resource['id'])).toEqual(['1'])
    expect(all.refusals).toMatchObject([{ scope: 'resource', reason: 'not-json', place: 7 }])
  })

  /** `times` MB of `content` again and again, packed: a thousandth of it. */
  const packedAgain = async (content: string, times: number) => {
    const piece = Buffer.from(content.repeat(Math.ceil(MB / content.length)))
    const parts: Buffer[] = []
    for await (const part of Readable.from(Array.from({ length: times }, () => piece)).pipe(createGzip({ level: 1 })))
      parts.push(part as Buffer)
    return sourceOf(Buffer.concat(parts))
  }

  test.each([
    ['one line without an end', 'x', 'bomb.ndjson.gz'],
    ['line ends alone', '\n', 'bomb.ndjson.gz'],
    ['line ends alone, of a kind that nobody told', '\n', 'bomb.gz'],
    ['white space', ' ', 'bomb.ndjson.gz'],
    ['one record again and again', `{"resourceType":"Patient","x":"${'y'.repeat(4000)}"}\n`, 'bomb.ndjson.gz'],
  ])(
    'lines that unpack to more than a device can hold are refused before a record is read: %s',
    async (_, content, name) => {
      const source = await packedAgain(content, 10)
      const { items, refusals } = await readAll(source, name, { limits: { fileBytes: 4 * MB, documentBytes: 2 * MB } })
      expect(items).toEqual([])
      expect(refusals).toMatchObject([{ scope: 'file', reason: 'too-large', atLeast: true }])
      expect(refusals[0]!.sizeBytes).toBeLessThan(8 * MB)
    },
  )

  test.each([
    ['a Bundle', (n: number) => `{"resourceType":"Bundle","type":"collection","entry":[${'0,'.repeat(n)}0]}`, 'a.json'],
    ['a list', (n: number) => `[${'0,'.repeat(n)}0]`, 'a.json'],
    ['lines', (n: number) => '0\n'.repeat(n + 1), 'a.ndjson'],
    ['an object', (n: number) => `{${Array.from({ length: n }, (_, at) => `"${at}":0`).join()}}`, 'a.json'],
  ])('%s of more entries than a device can hold is refused whole', async (_, make, name) => {
    expect(await reasonFor(bytesOf(make(500_000)), name)).toBe('too-many')
  })

  test('Bundles in Bundles and in lines have so many entries together as one file may have, and the first ones are read', async () => {
    const inner = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"1"}},${'0,'.repeat(9)}0]}`
    const outer = `{"resourceType":"Bundle","type":"collection","entry":[${`{"resource":${inner}},`.repeat(9)}0]}`
    for (const [text, name] of [
      [outer, 'a.json'],
      [`${inner}\n`.repeat(9), 'a.ndjson'],
    ] as const) {
      const { items, refusals } = await readText(text, name, { limits: { entries: 20 } })
      expect(items).toHaveLength(1)
      expect(refusals.map(({ reason }) => reason)).toContain('too-many')
      expect(items.length + refusals.length).toBeLessThan(40)
    }
  })

  const withFile = (literal: string, rest = '') =>
    `{"resourceType":"Media","id":"m","status":"completed",${rest}"content":{"contentType":"image/png","data":"${literal}"}}`
  const file = Buffer.from(new Uint8Array(3 * MB).fill(7)).toString('base64')

  test('B1: a record of 4 MB is read when what is large in it is a file', async () => {
    const { items, refusals } = await readText(withFile(file))
    expect(refusals).toEqual([])
    expect(items).toMatchObject([{ resourceType: 'Media', text: withFile(file) }])
  })

  test('B1: it is refused with its size when the file is no base64 that can be restored as it was', async () => {
    const text = withFile(`${file.slice(0, -4)}*AAA`)
    expect((await readText(text)).refusals).toMatchObject([
      { reason: 'bad-base64', sizeBytes: text.length, limitBytes: 768 * 1024 },
    ])
  })

  test('B1: it is refused with the size of the rest when the rest is too large', async () => {
    const note = `"note":[{"text":"${'ä'.repeat(500_000)}"}],`
    const { refusals } = await readText(withFile(file, note))
    expect(refusals).toMatchObject([{ reason: 'resource-too-large', limitBytes: 768 * 1024 }])
    expect(refusals[0]!.sizeBytes).toBeGreaterThan(1_000_000)
    expect(refusals[0]!.sizeBytes).toBeLessThan(1_001_000)
  })

  const inSmallHeap = async (heapMB: number, program: string, ...args: string[]): Promise<unknown> => {
    const node = resolve(ROOT, 'node_modules/.bin/node')
    const { stdout } = await promisify(execFile)(
      node,
      [`--max-old-space-size=${heapMB}`, resolve(ROOT, 'test/support', program), ...args],
      { maxBuffer: MB },
    )
    return JSON.parse(stdout) as unknown
  }

  test(
    'a record of millions of small elements is refused by its size in a heap that its tree would burst',
    { timeout: 60_000 },
    async () => {
      expect(await inSmallHeap(300, 'dense-record.ts', '15000000')).toEqual({
        reason: 'resource-too-large',
        resourceType: 'Basic',
        sizeBytes: 15_000_000,
        next: ['Patient'],
      })
    },
  )

  const importLarge = async (...args: string[]) =>
    (await inSmallHeap(64, 'large-ndjson.ts', ...args)) as {
      outcome: string
      bytes: number
      refused: number
      progress: number
      counts: { resources: number }
    }

  test(
    '200 MB of NDJSON are imported line by line in a heap of 64 MB, and the bad lines are listed',
    { timeout: 300_000 },
    async () => {
      const done = await importLarge('200')
      expect(done.outcome).toBe('read')
      expect(done.bytes).toBeGreaterThan(200 * MB)
      expect(done.refused).toBe(Math.floor((done.counts.resources + done.refused) / 1000))
      expect(done.counts.resources).toBeGreaterThan(39_000)
      expect(done.progress).toBeGreaterThan(200)
    },
  )

  test('a small packed file of 400,000 lines is left on the way when it is cancelled, before its resources', async () => {
    const bytes = new Uint8Array(gzipSync(Buffer.from('0\n'.repeat(400_000))))
    const controller = new AbortController()
    let opened = 0
    const source: ByteSource = {
      async *stream() {
        opened += 1
        yield bytes
        // The whole file is taken, and its lines are still to come.
        setTimeout(() => controller.abort())
      },
    }
    expect((await readAll(source, 'a.ndjson', { signal: controller.signal })).outcome).toBe('cancelled')
    expect(opened).toBe(1)
  })

  test('200 MB of NDJSON can be cancelled on the way', { timeout: 300_000 }, async () => {
    const done = await importLarge('200', '5000')
    expect(done.outcome).toBe('cancelled')
    expect(done.counts.resources).toBe(5000)
    expect(done.bytes).toBeLessThan(60 * MB)
  })
})
