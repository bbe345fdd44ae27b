/** C14: which action of the table a record shows, by its text alone. */
import {
  cancelledVisit,
  closedVisit,
  collectionOf,
  actionOf,
  actionOfChange,
  jsonObject,
  keptBackReview,
  mayAssignIn,
  mayShowAction,
  newReview,
  PRACTICE_ACTIONS,
  reassigned,
  releasedReview,
  typeOf,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { actionRecords, draftPlan, NOBODY, openVisit } from '../../support/action-records.ts'

const ME = { id: NOBODY, name: 'Dr. Ho' }
const PERSON = jsonObject({ display: 'Mei' })
const AT = '2026-11-22T08:00:00Z'

test('C14: each record that the app writes shows its action, in its own list, and none shows another', () => {
  const records = actionRecords('chart', ME)
  for (const { action, list, resource } of records) {
    expect(actionOf(resource), JSON.stringify(resource)).toBe(action)
    expect(mayShowAction(typeOf(resource)), 'readers ask by the type first').toBe(true)
    expect(collectionOf(resource)).toBe(list)
  }
  // What no record shows: members are in the account log, the audit log in its keys, emergencies in their request, signatures in what they state.
  const shown = new Set(records.map(({ action }) => action))
  const elsewhere = ['administer-members', 'sign-note', 'co-sign-note', 'emergency-access', 'read-audit']
  expect(PRACTICE_ACTIONS.filter((action) => !shown.has(action))).toEqual(elsewhere)
})

test('C14: a visit, a release and a plan show the action by where they are', () => {
  const visit = openVisit(PERSON)
  const closed = closedVisit(visit, [], ME, AT)
  expect(actionOf(cancelledVisit(visit, 'Did not come', ME, AT))).toBe('write-note')
  expect(actionOf(jsonObject({ ...visit, status: 'entered-in-error' }))).toBe('write-note')
  // Who may not close a visit opens none again, and changes nothing in it.
  expect(actionOfChange(visit, closed)).toBe('lock-visit')
  expect(actionOfChange(closed, visit)).toBe('lock-visit')
  expect(actionOfChange(null, visit)).toBe('write-note')

  const task = newReview({ id: 'r', type: 'Observation', person: PERSON }, { by: ME, reviewer: null, at: AT, due: '' })
  const released = releasedReview(task, { revision: 'v', by: ME, at: AT })
  expect(actionOf(keptBackReview(task, 'Wrong patient'))).toBe('release-result')
  expect(actionOf(reassigned(released, { reviewer: ME, due: '' }))).toBeNull()

  const plan = draftPlan(PERSON, ME)
  for (const status of ['active', 'on-hold', 'completed', 'revoked'])
    expect(actionOf(jsonObject({ ...plan, status })), status).toBe('approve-plan')
})

test('C14: what is no record of care shows none, whatever it is', () => {
  for (const each of [null, 1, 'Composition', [], {}, { resourceType: 'Task' }, { resourceType: 'Observation' }])
    expect(actionOf(each)).toBeNull()
})

test('C14: work is handed over as far as the role writes the list that it belongs to', () => {
  expect(mayAssignIn(['scribe'], 'messages')).toBe(true)
  expect(mayAssignIn(['scribe'], 'labs')).toBe(false)
  expect(mayAssignIn(['nurse'], 'labs')).toBe(true)
  expect(mayAssignIn(['nurse'], 'plans')).toBe(false)
  expect(mayAssignIn(['auditor'], 'messages')).toBe(false)
})
