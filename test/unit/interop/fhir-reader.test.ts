import { gzipSync } from 'node:zlib'
import { describe as group, expect, test } from 'vitest'
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { canonicalJson, parseJsonOrNull, stringAt } from '@chartkeep/domain'
import { readFhir, sourceOf, type ImportEvent, type ByteSource } from '@chartkeep/interop'
import { FLETCHER, LAWERENCE, readAll, readFile, readText, SAMPLES, sampleText } from '../../support/fhir-samples.ts'

const UUID = 'fe0562b5-f517-4951-8366-32fdab088930'
const bundle = (type: string, ...entries: string[]) =>
  `{"resourceType":"Bundle","type":"${type}","entry":[${entries.join()}]}`
const entry = (resource: string, fullUrl = '') =>
  `{${fullUrl === '' ? '' : `"fullUrl":"${fullUrl}",`}"resource":${resource}}`
const reasons = (all: { refusals: { reason: string; place: number }[] }) =>
  all.refusals.map(({ reason, place }) => [place, reason])

test('a resource comes with its text, its identity, the hash of its canonical text, its collection and its person', async () => {
  const text =
    '{"resourceType":"Observation","id":"1","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"subject":{"reference":"Patient/7"},"valueQuantity":{"value":1.10}}'
  const { items } = await readText(bundle('collection', entry(text, `urn:uuid:${UUID}`)))
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({
    index: 0,
    text,
    resourceType: 'Observation',
    fullUrl: `urn:uuid:${UUID}`,
    identity: `["Observation","uuid","${UUID}"]`,
    canonicalHash: bytesToBase64Url(sha256(utf8ToBytes(canonicalJson(parseJsonOrNull(text)!)))),
    collection: 'labs',
    patientReference: 'Patient/7',
  })
})

test.each([
  'collection',
  'transaction',
  'batch',
  'document',
  'searchset',
  'history',
  'message',
  'transaction-response',
  'batch-response',
])('a Bundle of type %s is read', async (type) => {
  const all = await readText(
    bundle(type, entry('{"resourceType":"Patient","id":"1"}'), entry('{"resourceType":"Basic","id":"1"}')),
  )
  expect(all.items.map(({ resourceType }) => resourceType)).toEqual(['Patient', 'Basic'])
  expect(all).toMatchObject({ outcome: 'read', refusals: [] })
})

test('a file in UTF-16 with its mark, as programs of Windows write it, is read as the same in UTF-8: whole, packed, in lines, in small pieces', async () => {
  const utf16 = (text: string) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))
  const turned = (bytes: Uint8Array) => new Uint8Array(Buffer.from(bytes).swap16())
  const patient = (id: string) => `{"resourceType":"Patient","id":"${id}","name":[{"text":"陳美 😀"}]}`
  const text = bundle('collection', entry(patient('1')), entry(patient('2')))
  const { items: expected } = await readText(text)
  const pieces: ByteSource = {
    stream: async function* () {
      for (const byte of utf16(text)) yield Uint8Array.of(byte)
    } as unknown as ByteSource['stream'],
    size: utf16(text).length,
  }
  for (const source of [
    sourceOf(utf16(text)),
    sourceOf(turned(utf16(text))),
    sourceOf(new Uint8Array(gzipSync(utf16(text)))),
    pieces,
  ]) {
    const all = await readAll(source, 'export.json')
    expect(all).toMatchObject({ outcome: 'read', refusals: [] })
    expect(all.items).toEqual(expected)
  }
  const lines = await readAll(sourceOf(utf16(`${patient('1')}\r\n${patient('2')}\r\n`)), 'export.ndjson')
  expect(lines.items.map(({ text: one }) => one)).toEqual([patient('1'), patient('2')])
})

test('a single resource, a list of resources and a Bundle in a Bundle are read', async () => {
  expect((await readText('{"resourceType":"Patient"}')).items).toHaveLength(1)
  expect((await readText('[{"resourceType":"Patient","id":"1"},{"resourceType":"Basic"}]')).items).toHaveLength(2)
  const inner = bundle(
    'document',
    entry('{"resourceType":"Composition","id":"1"}'),
    entry('{"resourceType":"Patient","id":"1"}'),
  )
  expect(
    (await readText(bundle('searchset', entry(inner), entry('{"resourceType":"Basic"}')))).items.map(
      ({ resourceType }) => resourceType,
    ),
  ).toEqual(['Composition', 'Patient', 'Basic'])
})

test('an empty Bundle is FHIR with nothing in it', async () => {
  expect(await readText('{"resourceType":"Bundle","type":"searchset"}')).toMatchObject({
    outcome: 'refused',
    items: [],
    refusals: [{ scope: 'file', reason: 'no-records' }],
  })
})

test('NDJSON is told by its name or by its first line, with empty lines, carriage returns and no last line feed', async () => {
  const text =
    '{"resourceType":"Patient","id":"1"}\r\n\n  {"resourceType":"Basic","id":"2"}\n{"resourceType":"Basic","id":"3"}'
  for (const name of ['Patient.ndjson', 'x.jsonl', 'export.txt', '']) {
    expect(
      (await readText(text, name)).items.map((item) => item.resource['id']),
      name,
    ).toEqual(['1', '2', '3'])
  }
})

test('a pretty document and a document on one line are not taken for NDJSON', async () => {
  const one = bundle('collection', entry('{"resourceType":"Patient","id":"1"}'))
  for (const text of [one, `${one}\n`, `\ufeff\n${one.replaceAll(',', ',\n')}\n\n`, '{\n"resourceType":"Patient"}']) {
    expect((await readText(text)).items, text).toHaveLength(1)
  }
})

test('gzip is told by its bytes, whatever the name', async () => {
  const packed = gzipSync('{"resourceType":"Patient"}')
  for (const name of ['a.gz', 'a.json', '']) expect((await readAll(sourceOf(packed), name)).items).toHaveLength(1)
  expect(
    (await readAll(sourceOf(gzipSync('{"resourceType":"Patient"}\n{"resourceType":"Basic"}\n')), 'a.ndjson.gz')).items,
  ).toHaveLength(2)
})

test('a source may come in pieces of any size, as a stream or as an iterable', async () => {
  const bytes = utf8ToBytes('{"resourceType":"Patient","name":[{"text":"陳 美"}]}\n{"resourceType":"Basic"}\n')
  for (const data of [bytes, new Uint8Array(gzipSync(bytes))]) {
    const iterable: ByteSource = {
      async *stream() {
        for (const byte of data) yield Uint8Array.of(byte)
      },
    }
    expect((await readAll(iterable)).items).toHaveLength(2)
    expect((await readAll(new Blob([new Uint8Array(data)]))).items[0]?.text).toContain('陳 美')
  }
})

test('a stream that cannot be iterated is read by its reader, as in browsers that lack it', async () => {
  const bytes = utf8ToBytes('{"resourceType":"Patient"}')
  const source: ByteSource = {
    stream() {
      const stream = new Blob([new Uint8Array(bytes)]).stream()
      return { getReader: () => stream.getReader() } as unknown as ReadableStream<Uint8Array>
    },
  }
  expect((await readAll(source)).items).toHaveLength(1)
})

group('one bad resource never stops the rest, and is listed with its place and reason', () => {
  const good = (id: string) => entry(`{"resourceType":"Patient","id":"${id}"}`)

  test('in a Bundle', async () => {
    const deep = `${'['.repeat(100)}${']'.repeat(100)}`
    const all = await readText(
      bundle(
        'collection',
        good('1'),
        entry(`{"resourceType":"Basic","x":${deep}}`),
        entry('{"resourceType":"Basic","id":"a","id":"b"}'),
        entry('{"resourceType":"Basic","meta":{"a":1,"a":2}}'),
        entry('{"resourceType":"Basic","x":01}'),
        entry('{"resourceType":"basic"}'),
        entry('{"type":"nothing"}'),
        '{"request":{"method":"DELETE","url":"Patient/1"}}',
        'null',
        entry('"text"'),
        '{"fullUrl":"a","fullUrl":"b","resource":{"resourceType":"Basic"}}',
        good('2'),
      ),
    )
    expect(all.items.map((item) => item.resource['id'])).toEqual(['1', '2'])
    expect(reasons(all)).toEqual([
      [2, 'too-deep'],
      [3, 'duplicate-key'],
      [4, 'duplicate-key'],
      [5, 'syntax'],
      [6, 'not-fhir'],
      [7, 'not-fhir'],
      [8, 'deleted'],
      [9, 'no-resource'],
      [10, 'no-resource'],
      [11, 'duplicate-key'],
    ])
    expect(all.refusals.every(({ scope }) => scope === 'resource')).toBe(true)
  })

  test('in NDJSON', async () => {
    const bytes = [
      utf8ToBytes('{"resourceType":"Patient","id":"1"}\n{"resourceType":\nnonsense\n'),
      Uint8Array.of(0xff, 0xfe, 0x0a),
      utf8ToBytes('{"a":1}\n{"resourceType":"Patient","id":"2"}\n{"resourceType":"Patient","id":"3"'),
    ]
    const all = await readAll(new Blob(bytes.map((part) => new Uint8Array(part))), 'a.ndjson')
    expect(all.items.map((item) => item.resource['id'])).toEqual(['1', '2'])
    expect(reasons(all)).toEqual([
      [2, 'truncated'],
      [3, 'not-json'],
      [4, 'not-text'],
      [5, 'not-fhir'],
      [7, 'truncated'],
    ])
  })

  test('a resource that would not fit into one sealed envelope is listed with its size and the limit', async () => {
    const big = entry(`{"resourceType":"Basic","x":"${'A'.repeat(800 * 1024)}"}`)
    const all = await readText(bundle('collection', big, good('1')))
    expect(all.items).toHaveLength(1)
    expect(all.refusals[0]).toMatchObject({
      reason: 'resource-too-large',
      limitBytes: 768 * 1024,
      sizeBytes: 800 * 1024 + 31,
      atLeast: false,
    })
  })
})

group('identities within one file', () => {
  const person = (id: string, ...identifiers: string[]) =>
    entry(`{"resourceType":"Patient","id":"${id}","identifier":[${identifiers.join()}]}`)
  const number = (system: string, value: string) => `{"system":"${system}","value":"${value}"}`
  const identities = async (...entries: string[]) =>
    (await readText(bundle('collection', ...entries))).items.map(({ identity }) => JSON.parse(identity) as string[])

  test('an identifier that two resources carry names neither; the next best is taken', async () => {
    expect(
      await identities(person('1', number('urn:a', '7'), number('urn:b', '1')), person('2', number('urn:a', '7'))),
    ).toEqual([
      ['Patient', 'identifier', 'urn:b', '1'],
      ['Patient', 'id', '', '2'],
    ])
  })

  test('the order of the file does not change identities', async () => {
    const entries = [
      person('1', number('urn:a', '7'), number('urn:b', '1')),
      person('2', number('urn:a', '7')),
      person('3', number('urn:c', '1')),
    ]
    const one = await identities(...entries)
    const other = await identities(...entries.toReversed())
    expect(new Set(other.map(String))).toEqual(new Set(one.map(String)))
  })

  test('a shared identifier is found in NDJSON too, wherever the second line is', async () => {
    const line = (id: string) => `{"resourceType":"Patient","id":"${id}","identifier":[${number('urn:a', '7')}]}`
    const text = `${line('1')}\n${'{"resourceType":"Basic"}\n'}${line('2')}\n`
    expect((await readText(text)).items.map(({ identity }) => identity)).toEqual(
      expect.arrayContaining(['["Patient","id","","1"]', '["Patient","id","","2"]']),
    )
  })

  test('an identifier carried twice by the same resource is still its own', async () => {
    const copy = person('1', number('urn:a', '7'))
    const all = await readText(bundle('collection', copy, copy))
    expect(all.items.map(({ identity }) => identity)).toEqual(['["Patient","identifier","urn:a","7"]'])
    expect(reasons(all)).toEqual([[2, 'duplicate']])
  })

  test('two resources under one id: the first is kept, the other is listed, nothing is overwritten', async () => {
    const all = await readText(
      bundle(
        'collection',
        entry('{"resourceType":"Patient","id":"1","gender":"male"}'),
        entry('{"resourceType":"Patient","id":"1","gender":"female"}'),
      ),
    )
    expect(all.items.map((item) => item.resource['gender'])).toEqual(['male'])
    expect(reasons(all)).toEqual([[2, 'duplicate-id']])
  })

  test('of several versions of one resource the latest is read and the others are listed', async () => {
    const version = (number_: string, updated: string) =>
      entry(`{"resourceType":"Patient","id":"1","meta":{"versionId":"${number_}","lastUpdated":"${updated}"}}`)
    for (const type of ['history', 'collection']) {
      const all = await readText(
        bundle(
          type,
          version('9', '2020-01-01T00:00:00Z'),
          version('10', '2021-01-01T00:00:00Z'),
          version('1', '2019-01-01T00:00:00Z'),
        ),
      )
      expect(all.items.map(({ text }) => text)).toEqual([expect.stringContaining('"10"')])
      expect(reasons(all)).toEqual([
        [1, 'older-version'],
        [3, 'older-version'],
      ])
    }
  })

  test('what a history says was deleted is not read in an older version, and is where it was written again', async () => {
    const url = 'http://a.example/fhir/AllergyIntolerance/1'
    const version = (updated: string, text: string) =>
      entry(
        `{"resourceType":"AllergyIntolerance","id":"1","meta":{"lastUpdated":"${updated}"},"code":{"text":"${text}"}}`,
        url,
      )
    const deleted = `{"fullUrl":"${url}","request":{"method":"DELETE","url":"AllergyIntolerance/1"},"response":{"status":"204","lastModified":"2022-01-01T00:00:00Z"}}`
    const read = async (...entries: string[]) => {
      const all = await readText(bundle('history', ...entries))
      return [all.items.map(({ resource }) => stringAt(resource, 'code', 'text')), reasons(all)]
    }
    const old = version('2021-01-01T00:00:00Z', 'Nuts')
    const again = version('2023-01-01T00:00:00Z', 'Eggs')
    expect(await read(deleted, old)).toEqual([
      [],
      [
        [1, 'deleted'],
        [2, 'older-version'],
      ],
    ])
    expect(await read(old, deleted)).toEqual([
      [],
      [
        [1, 'older-version'],
        [2, 'deleted'],
      ],
    ])
    expect(await read(again, deleted, old)).toEqual([
      ['Eggs'],
      [
        [2, 'deleted'],
        [3, 'older-version'],
      ],
    ])
    expect(await read(deleted, again)).toEqual([['Eggs'], [[1, 'deleted']]])
  })

  test('resources without any name go by their content', async () => {
    const all = await readText(
      bundle(
        'collection',
        entry('{"resourceType":"Basic","x":1}', 'resource:0'),
        entry('{"resourceType":"Basic","x":2}', 'resource:1'),
        entry('{"resourceType":"Basic","x":1}', 'resource:2'),
      ),
    )
    expect(all.items.map(({ identity }) => (JSON.parse(identity) as string[])[1])).toEqual(['content', 'content'])
    expect(reasons(all)).toEqual([[3, 'duplicate']])
  })
})

test('reading the same file twice gives the same identities and hashes, and its name is no part of them', async () => {
  for (const path of [FLETCHER, LAWERENCE]) {
    const once = await readFile(`${SAMPLES}/${path}`)
    const again = await readText(sampleText(path), 'renamed.json')
    const names = (all: typeof once) => all.items.map(({ identity, canonicalHash }) => `${identity} ${canonicalHash}`)
    expect(names(again)).toEqual(names(once))
    expect(new Set(once.items.map(({ identity }) => identity)).size).toBe(once.items.length)
  }
})

test('the two charts that the app shows are read whole: 1,111 and 1,379 resources', async () => {
  for (const [path, count] of [
    [FLETCHER, 1111],
    [LAWERENCE, 1379],
  ] as const) {
    const all = await readFile(`${SAMPLES}/${path}`)
    expect([all.items.length, all.refusals.length]).toEqual([count, 0])
  }
})

group('progress, patients and cancel', () => {
  const many = Array.from(
    { length: 20_000 },
    (_, id) => `{"resourceType":"Basic","id":"${id}","pad":"${'x'.repeat(100)}"}`,
  ).join('\n')

  test('progress counts the bytes of the file in both passes and ends at the whole', async () => {
    const events: ImportEvent[] = []
    const bytes = utf8ToBytes(many)
    const source = {
      size: bytes.length,
      async *stream() {
        for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
      },
    }
    for await (const event of readFhir(source, 'a.ndjson')) if (event.type === 'progress') events.push(event)
    // Once through for the names, once for the records.
    const read = events.map((event) => (event.type === 'progress' ? event.bytesRead : 0))
    expect(read.filter((bytesRead, at) => bytesRead < (read[at - 1] ?? 0))).toHaveLength(1)
    expect(read.length).toBeGreaterThan(5)
    expect(events.at(-1)).toEqual({ type: 'progress', bytesRead: source.size, totalBytes: source.size })
  })

  test('cancel ends the reading soon, says so, and closes the source', async () => {
    const controller = new AbortController()
    let closed = 0
    const source: ByteSource = {
      async *stream() {
        try {
          for (const line of many.split('\n')) yield utf8ToBytes(`${line}\n`)
        } finally {
          closed += 1
        }
      },
    }
    let resources = 0
    let last: ImportEvent | undefined
    for await (const event of readFhir(source, 'a.ndjson', { signal: controller.signal })) {
      if (event.type === 'resource') resources += 1
      if (resources === 100) controller.abort()
      last = event
    }
    expect(last).toMatchObject({ type: 'done', outcome: 'cancelled' })
    expect(resources).toBeLessThan(200)
    expect(closed).toBe(2)
  })

  test('cancelled before it begins, nothing is read', async () => {
    const all = await readText(many, 'a.ndjson', { signal: AbortSignal.abort() })
    expect(all).toEqual({ items: [], refusals: [], outcome: 'cancelled' })
  })

  test('a reader who walks away closes the source', async () => {
    let closed = 0
    const source: ByteSource = {
      async *stream() {
        try {
          for (const line of many.split('\n')) yield utf8ToBytes(`${line}\n`)
        } finally {
          closed += 1
        }
      },
    }
    for await (const event of readFhir(source, 'a.ndjson')) if (event.type === 'resource') break
    expect(closed).toBe(2)
  })
})
