/**
 * Records of somebody whose app was changed, and of a file that was made to do harm: texts as long as an envelope holds, made so that a pattern looks
 * at them again from each of their characters (minutes for one record), names that every JavaScript object has, and elements of another shape.
 */
import {
  chartProjection,
  convertUnit,
  describe as describeResource,
  importIdentities,
  jsonObject,
  noneStated,
  parseJsonOrNull,
  placeIdentity,
  stringifyJson,
  typedValueElement,
  workItems,
} from '@chartkeep/domain'
import { describe, expect, test } from 'vitest'
import { entryOf, LIN, messageBy } from '../../support/care-records.ts'

/** Characters: an envelope holds four times as many (S8). */
const LONG = 250_000

describe('Y2: one record holds up no other: a text is read once, however it is made', { timeout: 10_000 }, () => {
  test.each(['AllergyIntolerance', 'Condition', 'MedicationStatement', 'Procedure', 'Immunization'])(
    'spaces in the name of a %s',
    (type) => {
      const words = jsonObject({ text: `${' '.repeat(LONG)}x` })
      const resource = jsonObject({
        resourceType: type,
        code: words,
        medicationCodeableConcept: words,
        vaccineCode: words,
      })
      expect(noneStated(resource)).toBeNull()
    },
  )

  test('signs of a fragment in the address of a resource', () => {
    const url = `https://elsewhere.example/${'?'.repeat(LONG)}`
    expect(
      placeIdentity(
        jsonObject({ resourceType: 'Patient', id: '1', meta: jsonObject({ source: '#'.repeat(LONG) + '\n' }) }),
      ),
    ).not.toBe('')
    expect(placeIdentity(jsonObject({ resourceType: 'Patient', id: '1' }), `${url}\n`)).not.toBe('')
  })

  test('braces in a unit', () => {
    expect(convertUnit(1, '{'.repeat(LONG), 'mmol/L', null, () => null)).toBeNull()
  })

  test('dashes and colons in a value', () => {
    for (const mark of ['-', ':']) {
      const text = `${mark.repeat(LONG)} ${mark}`
      expect(typedValueElement(text, '', '')).toEqual({ valueString: text })
    }
  })
})

test('a statement that there is none is known with what SNOMED CT and sentences end with', () => {
  for (const text of ['No known allergies', 'no known allergies.', ' No known allergy  (situation)'])
    expect(noneStated(jsonObject({ resourceType: 'AllergyIntolerance', code: jsonObject({ text }) }))).toBe(
      'none-known',
    )
})

test('a resource of a type that every object has has the identities of any other', () => {
  for (const type of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const resource = parseJsonOrNull(
      `{"resourceType":"${type}","id":"1","identifier":[{"system":"urn:clinic","value":"7"}]}`,
    )
    expect(importIdentities(resource)).toHaveLength(2)
    expect(describeResource(resource).type).toBe(type)
  }
})

test('Y2: one message whose type is an object leaves the work list of a practice whole', () => {
  const odd = entryOf(parseJsonOrNull('{"resourceType":{"a":1}}') as never, { side: 'patient' })
  const asked = messageBy('patient', { sent: '2026-11-20T08:00:00Z', text: 'May I come?' })
  const record = {
    id: asked.id,
    resource: stringifyJson(asked.resource),
    revision: '1',
    type: 'Communication',
    collection: 'messages',
    status: 'active',
    title: '',
    savedAt: asked.savedAt,
    importSource: '',
    by: asked.author.account,
  }
  const now = Date.parse('2026-11-23T08:00:00Z')
  const care = chartProjection([record as never], {
    readable: ['messages'],
    account: 'account-clinic',
    reader: { now, zone: 'UTC' },
  })
  const chart = { id: asked.chart, name: 'Mei Chen', care, until: null, assigned: null }
  const kinds = (practice: Parameters<typeof workItems>[0]) =>
    workItems(practice, [chart as never], { now, zone: 'UTC' }).map(({ kind }) => kind)
  expect(kinds([odd, messageBy(LIN, { sent: '2026-11-19T08:00:00Z' })])).toEqual(kinds([]))
  expect(kinds([])).toHaveLength(1)
})
