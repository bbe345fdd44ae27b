/** C14: which action of the table a record shows, by its text alone. */
import {
  cancelledVisit,
  closedVisit,
  collectionOf,
  deedOf,
  deedOfChange,
  jsonObject,
  keptBackReview,
  mayAssignIn,
  mayShowDeed,
  newReview,
  PRACTICE_DEEDS,
  reassigned,
  releasedReview,
  typeOf,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { deedRecords, draftPlan, NOBODY, openVisit } from '../../support/deed-records.ts'

const ME = { id: NOBODY, name: 'Dr. Ho' }
const PERSON = jsonObject({ display: 'Mei' })
const AT = '2026-11-22T08:00:00Z'

test('C14: each record that the app writes shows its action, in its own list, and none shows another', () => {
  const records = deedRecords('chart', ME)
  for (const { deed, list, resource } of records) {
    expect(deedOf(resource), JSON.stringify(resource)).toBe(deed)
    expect(mayShowDeed(typeOf(resource)), 'readers ask by the type first').toBe(true)
    expect(collectionOf(resource)).toBe(list)
  }
  // What no record shows: members are in the account log, the audit log in its keys, emergencies in their request, signatures in what they state.
  const shown = new Set(records.map(({ deed }) => deed))
  const elsewhere = ['administer-members', 'sign-note', 'co-sign-note', 'emergency-access', 'read-audit']
  expect(PRACTICE_DEEDS.filter((deed) => !shown.has(deed))).toEqual(elsewhere)
})

test('C14: a visit, a release and a plan show the action by where they are', () => {
  const visit = openVisit(PERSON)
  const closed = closedVisit(visit, [], ME, AT)
  expect(deedOf(cancelledVisit(visit, 'Did not come', ME, AT))).toBe('write-note')
  expect(deedOf(jsonObject({ ...visit, status: 'entered-in-error' }))).toBe('write-note')
  // Who may not close a visit opens none again, and changes nothing in it.
  expect(deedOfChange(visit, closed)).toBe('lock-visit')
  expect(deedOfChange(closed, visit)).toBe('lock-visit')
  expect(deedOfChange(null, visit)).toBe('write-note')

  const task = newReview({ id: 'r', type: 'Observation', person: PERSON }, { by: ME, reviewer: null, at: AT, due: '' })
  const released = releasedReview(task, { revision: 'v', by: ME, at: AT })
  expect(deedOf(keptBackReview(task, 'Wrong patient'))).toBe('release-result')
  expect(deedOf(reassigned(released, { reviewer: ME, due: '' }))).toBeNull()

  const plan = draftPlan(PERSON, ME)
  for (const status of ['active', 'on-hold', 'completed', 'revoked'])
    expect(deedOf(jsonObject({ ...plan, status })), status).toBe('approve-plan')
})

test('C14: what is no record of care shows none, whatever it is', () => {
  for (const each of [null, 1, 'Composition', [], {}, { resourceType: 'Task' }, { resourceType: 'Observation' }])
    expect(deedOf(each)).toBeNull()
})

test('C14: work is handed over as far as the role writes the list that it belongs to', () => {
  expect(mayAssignIn(['scribe'], 'messages')).toBe(true)
  expect(mayAssignIn(['scribe'], 'labs')).toBe(false)
  expect(mayAssignIn(['nurse'], 'labs')).toBe(true)
  expect(mayAssignIn(['nurse'], 'plans')).toBe(false)
  expect(mayAssignIn(['auditor'], 'messages')).toBe(false)
})
