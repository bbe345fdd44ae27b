/** A person's decision between versions (Y3): what was picked is taken, nothing else is mixed in, and what reads alike is told apart. */
import { isJsonObject, parseJsonOrNull, stringifyJson, type JsonObject } from '@chartkeep/domain'
import { combined, toldApart } from '@chartkeep/app/src/features/resolve/combine.ts'
import { expect, test } from 'vitest'

const read = (text: string): JsonObject => {
  const value = parseJsonOrNull(text)
  if (!isJsonObject(value)) throw new Error('no object')
  return value
}
const VERSIONS = [
  '{"resourceType":"Observation","id":"a","valueQuantity":{"value":1.10},"note":[{"text":"A"}]}',
  '{"resourceType":"Observation","id":"a","valueString":"none","note":[{"text":"B"}]}',
  '{"resourceType":"Observation","id":"a","valueQuantity":{"value":3},"status":"final"}',
].map(read)

test('Y3: of three versions each field comes from the one that was picked, a choice of types as one field', () => {
  const picks = { 'value[x]': 1, note: 0, status: 2 }
  expect(stringifyJson(combined(VERSIONS, picks))).toBe(
    '{"resourceType":"Observation","id":"a","note":[{"text":"A"}],"valueString":"none","status":"final"}',
  )
})

test('Y3: a field that the picked version does not have is left out, and the digits stay', () => {
  const picks = { 'value[x]': 0, note: 2, status: 0 }
  expect(stringifyJson(combined(VERSIONS, picks))).toBe(
    '{"resourceType":"Observation","id":"a","valueQuantity":{"value":1.10}}',
  )
})

test('Y3: versions that differ and read alike are told apart', () => {
  expect(toldApart(['5 mg', '5 mg', '5 mg'])).toEqual(['5 mg', '5 mg *', '5 mg **'])
  expect(toldApart(['5 mg', '6 mg', '5 mg'])).toEqual(['5 mg', '6 mg', '5 mg'])
})
