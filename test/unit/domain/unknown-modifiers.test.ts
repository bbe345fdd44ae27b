/** What changes or turns round a resource and is not read here: never shown as if it were not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import {
  carriesUnknownModifier,
  describe,
  isGiven,
  isJsonObject,
  type JsonObject,
  listAnswer,
  mayRelyOn,
  parseJsonOrNull,
  vaccinesDue,
} from '@chartkeep/domain'

const read = (resource: object) => {
  const parsed = parseJsonOrNull(JSON.stringify(resource))
  if (!isJsonObject(parsed)) throw new Error('an object')
  return parsed
}
const READER = { now: Date.parse('2026-11-21T08:00:00Z'), zone: 'UTC' }
const statusOf = (resource: object) => describe(read(resource)).status
const UNKNOWN = [{ url: 'https://elsewhere.example/not-the-patient', valueBoolean: true }]
const allergy = (more: object = {}) => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: { coding: [{ code: 'active' }] },
  code: { text: 'Nuts' },
  ...more,
})

group('a record is unclear, and nothing relies on it', () => {
  test.each<[string, object]>([
    ['an extension that modifies it', allergy({ modifierExtension: UNKNOWN })],
    ['one on a part of it', allergy({ reaction: [{ manifestation: [{ text: 'x' }], modifierExtension: UNKNOWN }] })],
    ['one without a URL', allergy({ modifierExtension: [{}] })],
    ['one that is no list', allergy({ modifierExtension: UNKNOWN[0] })],
    ['rules that were agreed elsewhere', allergy({ implicitRules: 'https://elsewhere.example/rules' })],
    [
      'one on what it contains',
      { ...allergy(), contained: [{ resourceType: 'Medication', modifierExtension: UNKNOWN }] },
    ],
    [
      'one on a dose',
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        dosageInstruction: [{ text: '1', modifierExtension: UNKNOWN }],
      },
    ],
    [
      'a step of a plan that is not to be done',
      {
        resourceType: 'CarePlan',
        status: 'active',
        activity: [{ detail: { doNotPerform: true, description: 'Salt' } }],
      },
    ],
    [
      'a dose of a vaccine that does not count',
      { resourceType: 'Immunization', status: 'completed', isSubpotent: true },
    ],
    ['an item that left a list', { resourceType: 'List', status: 'current', entry: [{ deleted: true }] }],
    [
      'a modifier of a record that is over',
      allergy({ clinicalStatus: { coding: [{ code: 'resolved' }] }, implicitRules: 'x' }),
    ],
  ])('%s', (_, resource) => {
    expect(carriesUnknownModifier(read(resource))).toBe(true)
    expect(statusOf(resource)).toBe('unclear')
    expect(mayRelyOn(describe(read(resource)))).toBe(false)
  })

  test.each<[string, object, string]>([
    ['nothing of the kind', allergy(), 'active'],
    ['an empty list of them', allergy({ modifierExtension: [] }), 'active'],
    ['an ordinary extension', allergy({ extension: UNKNOWN }), 'active'],
    ['a flag that is false', { resourceType: 'Immunization', status: 'completed', isSubpotent: false }, 'active'],
    [
      'an order that is not to be done',
      { resourceType: 'MedicationRequest', status: 'active', doNotPerform: true },
      'not-done',
    ],
    [
      'an error, whatever else is in it',
      allergy({ verificationStatus: { coding: [{ code: 'entered-in-error' }] }, implicitRules: 'x' }),
      'error',
    ],
    ['a refuted allergy', allergy({ verificationStatus: { coding: [{ code: 'refuted' }] } }), 'error'],
    ['a vaccine that was not given', { resourceType: 'Immunization', status: 'not-done' }, 'not-done'],
    ['a medicine that is not taken', { resourceType: 'MedicationStatement', status: 'not-taken' }, 'not-done'],
  ])('%s is read as ever', (_, resource, status) => {
    expect(carriesUnknownModifier(read({ ...resource, verificationStatus: undefined, implicitRules: undefined }))).toBe(
      false,
    )
    expect(statusOf(resource)).toBe(status)
  })
})

test('a list with an unclear entry is neither empty nor "none known"', () => {
  const unclear = read(allergy({ modifierExtension: UNKNOWN }))
  const none = read(allergy({ code: { text: 'No known allergies' } }))
  expect(listAnswer('AllergyIntolerance', [unclear], READER)).toBe('unclear')
  expect(listAnswer('AllergyIntolerance', [unclear, none], READER)).toBe('unclear')
  expect(listAnswer('AllergyIntolerance', [unclear, read(allergy())], READER)).toBe('some')
})

test('a vaccine under an unknown condition counts as none that was given, and asks for none', () => {
  const dose = read({
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: { text: 'Tetanus' },
    extension: [{ url: 'urn:chartkeep:extension:next-dose-due', valueDate: '2030-01-01' }],
  })
  const unclear = read({ ...dose, modifierExtension: UNKNOWN })
  expect([isGiven(dose), isGiven(unclear)]).toEqual([true, false])
  expect(vaccinesDue([{ id: 'a', resource: dose }])).toHaveLength(1)
  expect(vaccinesDue([{ id: 'a', resource: unclear }])).toEqual([])
})

const EXAMPLES = new URL('../../fixtures/fhir/hl7-r4-examples/', import.meta.url)
const examples = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, JsonObject] => [
    name,
    read(JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as object),
  ])

test.each(examples)(
  '%s of HL7 is read as ever, and never once a modifier is put into any of its parts',
  (_, example) => {
    expect(carriesUnknownModifier(example)).toBe(false)
    const places = partsOf(example)
    expect(places.length).toBeGreaterThan(0)
    for (const part of places) {
      part['modifierExtension'] = UNKNOWN as never
      expect(carriesUnknownModifier(example)).toBe(true)
      delete part['modifierExtension']
    }
  },
)

/** Every object of the resource, itself among them. */
function partsOf(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(partsOf)
  return isJsonObject(value) ? [value, ...Object.values(value).flatMap(partsOf)] : []
}
