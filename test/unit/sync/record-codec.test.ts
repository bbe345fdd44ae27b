/** The plaintext of an envelope (E2): verbatim, rebuilt byte for byte, and never taken when it could not be. */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import type { StoredRecord } from '@chartkeep/store'
import { acceptClock, clockTime, makeRow, nextClock, readPlaintext, rowToPlaintext } from '@chartkeep/sync/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const INPUT = {
  stream: 'AAAAAAAAAAAAAAAAAAAAAA',
  doc: 'BBBBBBBBBBBBBBBBBBBBBA',
  name: 'labs',
  revision: 'CCCCCCCCCCCCCCCCCCCCCA',
  parent: '',
  clock: '001780315200000.0000.AbC-_9',
  account: 'DDDDDDDDDDDDDDDDDDDDDA',
  device: 'EEEEEEEEEEEEEEEEEEEEEA',
  importHash: 'hash',
  importSource: 'file "a",\\"resource\\":{}.json',
  resource: '{"resourceType":"Observation","valueQuantity":{"value":1.10}}',
}
const VAULT = 'FFFFFFFFFFFFFFFFFFFFFA'

function textOf(row: StoredRecord): string {
  return new TextDecoder().decode(rowToPlaintext(VAULT, row))
}

test('E2, S9: what is read back from a plaintext gives the same bytes again, whatever the texts are', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(word, word, word, (importSource, importHash, inner) => {
      const resource = `{ "resourceType" : "Basic",\t"x":${JSON.stringify(inner)},"resource":{"n":1.10e-02} }`
      const row = makeRow({ ...INPUT, importHash, importSource, resource })
      const plaintext = rowToPlaintext(VAULT, row)
      const read = readPlaintext(plaintext)
      expect(read).toMatchObject({ vault: VAULT, resource, importHash, importSource, clock: INPUT.clock })
      const again = makeRow({ ...INPUT, ...read!, name: 'labs' })
      expect(rowToPlaintext(read!.vault, again)).toEqual(plaintext)
    }),
    seeded(500),
  )
})

test('E2: numbers travel as the text they came in', () => {
  for (const number of ['1.10', '1e2', '-0', '0.1000000000000000055511151231257827', '12345678901234567890']) {
    const resource = `{"resourceType":"Observation","valueQuantity":{"value":${number}}}`
    expect(readPlaintext(rowToPlaintext(VAULT, makeRow({ ...INPUT, resource })))?.resource).toBe(resource)
  }
})

const sound = () => textOf(makeRow(INPUT))
const hostile: [string, () => string][] = [
  ['nothing', () => ''],
  ['no object', () => 'null,"resource":{}}'],
  ['no resource', () => sound().replace('"resource":', '"res":')],
  ['something after its end', () => `${sound()} `],
  ['another version', () => sound().replace('"v":1', '"v":2')],
  ['a version as text', () => sound().replace('"v":1', '"v":"1"')],
  ['a missing field', () => sound().replace('"importHash":"hash",', '')],
  ['a field more', () => sound().replace('"v":1', '"v":1,"x":1')],
  ['a field twice', () => sound().replace('"v":1', '"v":1,"v":1')],
  [
    'fields in another order',
    () => sound().replace('"v":1,"vault":"FFFFFFFFFFFFFFFFFFFFFA"', '"vault":"FFFFFFFFFFFFFFFFFFFFFA","v":1'),
  ],
  ['white space in the head', () => sound().replace('"v":1', '"v": 1')],
  ['a number for a text', () => sound().replace('"importHash":"hash"', '"importHash":1')],
  ['an escaped letter in the head', () => sound().replace('"hash"', '"h\\u0061sh"')],
  ['a prototype', () => sound().replace('"v":1', '"__proto__":{"v":1}')],
  ['a clock of words', () => sound().replace(INPUT.clock, 'tomorrow')],
  ['a clock beyond all numbers', () => sound().replace(INPUT.clock, '9e99.0000.AbC-_9')],
  ['a clock with a sign', () => sound().replace(INPUT.clock, '-01780315200000.0000.AbC-_9')],
  ['a byte order mark', () => `\uFEFF${sound()}`],
]

test.each(hostile)('E2, E6: a plaintext with %s is not read', (_, text) => {
  expect(readPlaintext(utf8ToBytes(sound()))).not.toBeNull()
  expect(text()).not.toBe(sound())
  expect(readPlaintext(utf8ToBytes(text()))).toBeNull()
})

test('E2, E6: bytes that are no UTF-8 are not read', () => {
  const bytes = utf8ToBytes(sound())
  bytes[bytes.length - 5] = 0xff
  expect(readPlaintext(bytes)).toBeNull()
})

test('E6: a row can be made of any JSON, and of no JSON', () => {
  for (const resource of [
    '{}',
    '[]',
    'null',
    '1',
    '"x"',
    'not json',
    '{"resourceType":7}',
    '{"resourceType":"__proto__"}',
  ])
    expect(makeRow({ ...INPUT, resource })).toMatchObject({ id: `${INPUT.stream}.${INPUT.doc}`, resource })
})

test('Y3: clocks of one device only grow, whatever its own clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_000, max: 4_000_000_000_000 }), { maxLength: 40 }), (times) => {
      let last = ''
      for (const now of times) {
        const next = nextClock(now, last, 'AbC-_9xyz')
        expect(next > last).toBe(true)
        expect(next).toMatch(/^\d{15}\.\d{4}\.[\w-]{6}$/)
        last = next
      }
    }),
    seeded(500),
  )
})

test('Y3: a clock that stands still counts on past its four digits and still sorts as text', () => {
  let last = ''
  for (let i = 0; i < 10_050; i++) {
    const next = nextClock(1_780_315_200_000, last, 'AbC-_9')
    expect(next > last).toBe(true)
    last = next
  }
})

test("Y3: a clock from elsewhere moves this device's own by five minutes at most", () => {
  const now = 1_780_315_200_000
  const clock = (ms: number) => nextClock(ms, '', 'AbC-_9')
  const own = clock(now)
  expect(acceptClock(clock(now + 300_000), own, now)).toBe(clock(now + 300_000))
  expect(acceptClock(clock(now + 300_001), own, now)).toBe(own)
  expect(acceptClock(clock(now + 10 * 365 * 86_400_000), own, now)).toBe(own)
  expect(acceptClock(clock(now - 1), own, now)).toBe(own)
  expect(clockTime(own)).toBe(now)
  expect(clockTime('')).toBe(0)
})
