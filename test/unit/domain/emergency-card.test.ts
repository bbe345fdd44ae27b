/** The owner's choice for the emergency card: a Basic that says what is shown and none of the facts themselves. */
import {
  changedEmergencyCard,
  checkResource,
  collectionOf,
  describe,
  emergencyCardChoice,
  isCardOld,
  jsonObject,
  newEmergencyCard,
  parseJsonOrNull,
  stringifyJson,
  type JsonObject,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'

const choice = {
  shows: ['record abc', 'name', 'contact Mum', 'name'],
  language: 'both',
  checked: '2026-05-21T10:00:00.000Z',
} as const

test('A choice is written as FHIR, read back the same, and kept with what others put there', () => {
  const made = newEmergencyCard({ ...choice, shows: [...choice.shows] }, '2026-05-21')
  expect(checkResource(made)).toEqual([])
  const read = parseJsonOrNull(stringifyJson(made)) as JsonObject
  expect(emergencyCardChoice(read)).toEqual({ ...choice, shows: ['contact Mum', 'name', 'record abc'] })
  expect(describe(read)).toMatchObject({ collection: 'profile', title: 'Emergency card', date: '2026-05-21' })
  const other = jsonObject({ url: 'urn:other', valueString: 'x' })
  const changed = changedEmergencyCard(jsonObject({ ...read, extension: [other, ...(read['extension'] as [])] }), {
    shows: [],
    language: 'en',
    checked: '',
  })
  expect((changed['extension'] as JsonObject[]).map(({ url }) => url)).toEqual([
    'urn:other',
    'urn:chartkeep:emergency-card',
  ])
  expect(emergencyCardChoice(changed)).toEqual({ shows: [], language: 'en', checked: '' })
})

test('E6: only this Basic belongs to the profile, by system and code', () => {
  const basic = (system: string, code: string) => ({ resourceType: 'Basic', code: { coding: [{ system, code }] } })
  expect(collectionOf(basic('urn:chartkeep:basic', 'emergency-card'))).toBe('profile')
  expect(collectionOf(basic('urn:chartkeep:basic', 'another'))).toBe('other')
  expect(collectionOf(basic('http://example.org', 'emergency-card'))).toBe('other')
  expect(collectionOf({ resourceType: 'Basic', code: { text: 'emergency-card' } })).toBe('other')
  expect(emergencyCardChoice(basic('http://example.org', 'emergency-card'))).toBeNull()
})

test('A card is old from the same day six months later on; one that was never made is not', () => {
  const at = (text: string) => isCardOld(choice, new Date(text))
  expect(at('2026-11-21T09:59:00.000Z')).toBe(false)
  expect(at('2026-11-21T10:00:00.000Z')).toBe(true)
  expect(isCardOld({ checked: '' }, new Date())).toBe(false)
  expect(
    emergencyCardChoice(
      changedEmergencyCard(newEmergencyCard({ ...choice, shows: [], checked: 'soon' }, '2026'), {
        ...choice,
        shows: [],
        checked: 'soon',
      }),
    )?.checked,
  ).toBe('')
})
