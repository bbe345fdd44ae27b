/** N10: which records are kept by law, and which versions take one of them out of view. */
import {
  changeAction,
  closedVisit,
  enteredInError,
  hidesKept,
  isSignatureRecord,
  jsonObject,
  keptByLaw,
  movedAway,
  newSignatureRecord,
  restored,
  trashed,
  typeOf,
  type JsonObject,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { draftPlan, NOBODY, openVisit } from '../../support/action-records.ts'

const AT = '2026-11-22T08:00:00Z'
const ME = { id: NOBODY, name: 'Dr. Ho' }
const PERSON = jsonObject({ display: 'Mei' })
const signature = newSignatureRecord({
  record: NOBODY,
  revision: NOBODY,
  type: 'Composition',
  meaning: 'author',
  at: 0,
  who: { identifier: { system: 'urn:chartkeep:member', value: 'x' } },
  data: 'AAAA',
})
const plain = (resourceType: string, more: object = {}) => jsonObject({ resourceType, ...more })

/** By whom each is kept: nobody, a practice, everybody. */
const RECORDS: [by: 'nobody' | 'practice' | 'everybody', list: string, resource: JsonObject][] = [
  ['practice', 'notes', plain('Composition', { status: 'final' })],
  ['practice', 'notes', plain('Provenance', { recorded: AT })],
  ['everybody', 'notes', signature],
  ['practice', 'encounters', openVisit(PERSON)],
  ['practice', 'encounters', closedVisit(openVisit(PERSON), [], ME, AT)],
  ['practice', 'plans', draftPlan(PERSON, ME)],
  ['practice', 'medications', plain('MedicationRequest', { status: 'active' })],
  ['practice', 'other', plain('ServiceRequest', { status: 'active' })],
  ['practice', 'labs', plain('DiagnosticReport', { status: 'final' })],
  ['practice', 'labs', plain('Observation', { status: 'final', category: [{ coding: [{ code: 'laboratory' }] }] })],
  ['nobody', 'vitals', plain('Observation', { status: 'final', category: [{ coding: [{ code: 'vital-signs' }] }] })],
  ['nobody', 'allergies', plain('AllergyIntolerance')],
  ['nobody', 'documents', plain('DocumentReference', { status: 'current' })],
  ['nobody', 'medications', plain('MedicationStatement', { status: 'active' })],
  ['nobody', 'profile', plain('Patient')],
]

function lawful(list: string, resource: JsonObject, byPractice: boolean) {
  return { type: typeOf(resource), list, byPractice, isSignature: isSignatureRecord(resource) }
}

test.each(RECORDS)('N10: %s keeps in %s what this record is', (by, list, resource) => {
  for (const byPractice of [true, false]) {
    const record = lawful(list, resource, byPractice)
    const isKept = by === 'everybody' || (by === 'practice' && byPractice)
    expect(keptByLaw(record)).toBe(isKept)
    expect(hidesKept(record, resource, false), 'as it is').toBe(false)
    expect(hidesKept(record, trashed(resource, AT), false), 'in the trash').toBe(isKept)
    expect(hidesKept(record, restored(trashed(resource, AT)), false), 'taken out again').toBe(false)
    const marker = movedAway(resource)
    if (marker !== null) expect(hidesKept(record, marker, false), 'moved').toBe(isKept || record.type === 'Provenance')
    const wrong = enteredInError(resource, '')
    if (wrong !== resource) {
      expect(hidesKept(record, wrong, false), 'an error without a reason').toBe(isKept)
      expect(hidesKept(record, wrong, true), 'an error that its source names').toBe(false)
      expect(hidesKept(record, enteredInError(resource, 'Another patient'), false), 'with a reason').toBe(false)
    }
  }
})

test('N10: a reason made of spaces is none', () => {
  const note = plain('Composition', { status: 'final' })
  expect(hidesKept(lawful('notes', note, true), enteredInError(note, '  '), false)).toBe(true)
})

test('A1: the audit log names what a new version did to the record', () => {
  const pill = plain('MedicationStatement', { status: 'active' })
  const away = trashed(pill, AT)
  const wrong = enteredInError(pill, 'Typed twice')
  expect(changeAction(pill, { ...pill, status: 'stopped' })).toBe('changed')
  expect(changeAction(pill, away)).toBe('trashed')
  expect(changeAction(away, restored(away))).toBe('restored')
  expect(changeAction(away, trashed(wrong, AT))).toBe('changed')
  expect(changeAction(pill, wrong)).toBe('marked-error')
  expect(changeAction(wrong, wrong)).toBe('changed')
  // A diagnosis that was ruled out is no error.
  const refuted = plain('Condition', { verificationStatus: { coding: [{ code: 'refuted' }] } })
  expect(changeAction(plain('Condition'), refuted)).toBe('changed')
  expect(changeAction(plain('Condition'), enteredInError(plain('Condition'), ''))).toBe('marked-error')
})
