import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  canonicalJson,
  isJsonObject,
  JsonNumber,
  jsonObject,
  parseJson,
  parseJsonObject,
  parseJsonOrNull,
  prettyJson,
  stringifyJson,
  type JsonErrorReason,
  type JsonValue,
} from '@chartkeep/domain'
import { samplePaths, sampleText } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

/** The text without white space outside strings, and with every string escaped in JavaScript's one way. */
function bare(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (token) =>
    token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : '',
  )
}

const jsonValue = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc
      .stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/)
      .map((text) => new JsonNumber(text)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')), tie('value'), {
        maxKeys: 4,
      })
      .map((members) => jsonObject(members)),
  ),
})).value

test('what is read and written again is the same text, digit by digit, for every file of the sample', () => {
  for (const path of samplePaths()) {
    for (const text of path.includes('.ndjson') ? sampleText(path).split('\n').filter(Boolean) : [sampleText(path)]) {
      const result = parseJson(text)
      expect(result.type, path).toBe('value')
      if (result.type === 'value')
        expect(stringifyJson(result.value) === bare(text.replace(/^\ufeff/, '')), path).toBe(true)
    }
  }
})

test('any value written and read is the same value, in all three ways of writing', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      for (const write of [stringifyJson, prettyJson]) {
        const read = parseJson(write(value))
        expect(read.type === 'value' && stringifyJson(read.value)).toBe(stringifyJson(value))
      }
      expect(canonicalJson(parseJsonOrNull(canonicalJson(value))!)).toBe(canonicalJson(value))
    }),
    seeded(500),
  )
})

test('any text is either read as JSON.parse reads it or refused, and never throws', () => {
  const nearJson = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'tru',
      'true',
      'null',
      ' ',
      '\\',
      '"',
      '\t',
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        nearJson.map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        const result = parseJson(text)
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expect(result.type).toBe('error')
          return
        }
        if (result.type === 'error') expect(result.reason).toBe('duplicate-key')
        else expect(JSON.parse(stringifyJson(result.value))).toEqual(expected)
      },
    ),
    seeded(3000),
  )
})

test('numbers keep every digit that they came with', () => {
  for (const text of ['1.10', '0.0', '-0', '1e5', '1E+05', '12345678901234567890.123456789012345678901', '100.00']) {
    const value = parseJsonOrNull(text)
    expect(value).toBeInstanceOf(JsonNumber)
    expect(stringifyJson(value)).toBe(text)
  }
  expect(new JsonNumber('1.10').valueOf()).toBe(1.1)
  expect(() => new JsonNumber('01')).toThrow(RangeError)
})

test.each<[string, JsonErrorReason, number]>([
  ['', 'empty', 0],
  ['  \n ', 'empty', 4],
  ['{"a":1', 'truncated', 6],
  ['{"a":"x', 'truncated', 7],
  ['["a', 'truncated', 3],
  ['{"a":tr', 'truncated', 7],
  ['{"a" 1}', 'syntax', 5],
  ['{a:1}', 'syntax', 1],
  ['[1,]', 'syntax', 3],
  ['{"a":1,}', 'syntax', 7],
  ['[01]', 'syntax', 2],
  ['[1.]', 'syntax', 2],
  ['[+1]', 'syntax', 1],
  ['[NaN]', 'syntax', 1],
  ['["a\nb"]', 'syntax', 1],
  ['["\\x"]', 'syntax', 1],
  ['{"a":1,"a":2}', 'duplicate-key', 7],
  ['{"a":1,"\\u0061":2}', 'duplicate-key', 7],
  ['{"__proto__":1,"__proto__":2}', 'duplicate-key', 15],
  ['1 2', 'trailing', 2],
  ['{} x', 'trailing', 3],
])('%j is refused as %s at %i', (text, reason, offset) => {
  expect(parseJson(text)).toMatchObject({ type: 'error', reason, offset })
})

test('a refusal tells line and column and no content', () => {
  const result = parseJson('{\n  "name": "Secret",\n  "name": "Other"\n}')
  expect(result).toEqual({ type: 'error', reason: 'duplicate-key', offset: 24, line: 3, column: 3 })
})

group('hostile JSON', () => {
  test('nesting is read to 64 levels and refused from 65 on', () => {
    expect(parseJson('['.repeat(64) + ']'.repeat(64)).type).toBe('value')
    expect(parseJson('['.repeat(65) + ']'.repeat(65))).toMatchObject({ reason: 'too-deep', offset: 64 })
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    expect(parseJson(nested(64)).type).toBe('value')
    expect(parseJson(nested(65))).toMatchObject({ reason: 'too-deep', offset: 64 * 5 })
    expect(parseJson('{"a":'.repeat(1_000_000))).toMatchObject({ reason: 'too-deep' })
    expect(parseJson('[[1]]', { maxDepth: 1 })).toMatchObject({ reason: 'too-deep' })
  })

  test('prototype keys are plain members and change no other object', () => {
    const value = parseJsonOrNull('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    expect(isJsonObject(value) && Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(stringifyJson(value)).toBe('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
  })

  test('a long run of backslashes or quotes takes linear time', () => {
    const start = performance.now()
    expect(parseJson(`"${'\\\\'.repeat(1_000_000)}"`).type).toBe('value')
    expect(parseJson(`"${'\\"'.repeat(1_000_000)}"`).type).toBe('value')
    expect(parseJson(`"${'\\'.repeat(1_000_001)}`)).toMatchObject({ reason: 'truncated' })
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

test('the canonical text ignores order of keys, layout and escapes, and nothing else', () => {
  const canonical = (text: string) => canonicalJson(parseJsonOrNull(text)!)
  expect(canonical('{ "b": 1.10, "a": "\\u00e9" }')).toBe('{"a":"é","b":1.10}')
  expect(canonical('{"a":1.1}')).not.toBe(canonical('{"a":1.10}'))
  expect(canonical('[1,2]')).not.toBe(canonical('[2,1]'))
})

test('a JavaScript number is a mistake of the caller and throws', () => {
  expect(() => stringifyJson(1 as unknown as JsonValue)).toThrow(TypeError)
})

test('what is to be an object is one, or nothing', () => {
  expect(parseJsonObject('{"a":"b"}')).toEqual(jsonObject({ a: 'b' }))
  for (const text of ['["a"]', '1', '"a"', 'null', '{', '']) expect(parseJsonObject(text), text).toBeNull()
})
