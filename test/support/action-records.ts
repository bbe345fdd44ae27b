/** For each action of the table of roles that a record shows (C14): records that show it, as the app writes them. */
import {
  aboutPerson,
  type CareMember,
  type Collection,
  chartReference,
  closedVisit,
  EMPTY_NOTE,
  EMPTY_PLAN,
  jsonObject,
  type JsonObject,
  memberReference,
  newAddendum,
  newAmendmentAnswer,
  newAssignment,
  newBooking,
  newDecline,
  newMark,
  newMessage,
  newNote,
  newPlan,
  newReview,
  newSignRequest,
  newVisit,
  type PracticeAction,
  practicePatient,
  releasedReview,
} from '@chartkeep/domain'

/** 16 bytes of zeros, as a record is named. */
export const NOBODY = 'AAAAAAAAAAAAAAAAAAAAAA'
const AT = '2026-11-22T08:00:00Z'

export interface ActionRecord {
  action: PracticeAction | null
  list: Collection
  resource: JsonObject
}

/** A visit that is open. */
export function openVisit(person: JsonObject): JsonObject {
  const form = { number: '', department: '', attending: null, start: AT, end: '', reason: 'Cough' }
  return newVisit({ ...form, kind: 'AMB' }, person)
}

/** A plan that somebody drafts. */
export function draftPlan(person: JsonObject, by: CareMember): JsonObject {
  const form = { ...EMPTY_PLAN, title: 'Walk', goals: ['Every day'] }
  return newPlan(form, { person, author: by, at: AT })
}

/** What `by` writes about the person of a chart. */
export function actionRecords(chart: string, by: CareMember): ActionRecord[] {
  const about = chartReference(chart, 'Mei')
  const person = jsonObject({ ...about, identifier: { ...about.identifier } })
  const me = memberReference(by.id, by.name)
  const place = { person, by, at: AT, message: '', due: '' }
  const task = newReview({ id: NOBODY, type: 'Observation', person }, { by, reviewer: null, at: AT, due: '' })
  const request = { id: NOBODY, resource: jsonObject({ resourceType: 'Task' }), list: 'notes' as const }
  const note = newNote({ ...EMPTY_NOTE, title: 'Visit' }, { person, visit: '', author: by, at: AT }, 'final')
  const words = { subject: 'Blood pressure', text: 'Thank you', files: [], from: me, to: [], sent: AT, shownUntil: '' }
  const marked = { thread: 't', messages: [NOBODY], from: me, about, sent: AT }
  const time = { member: by, what: 'Check', start: AT, minutes: 20, place: '', instruction: '', answers: '' }
  const plan = draftPlan(person, by)
  return [
    {
      action: 'confirm-identity',
      list: 'profile',
      resource: practicePatient(null, {
        chart,
        number: '1042',
        practice: 'Green Clinic',
        name: 'Mei',
        birthDate: '1992-03-04',
        gender: '',
        assigned: null,
      }),
    },
    { action: null, list: 'profile', resource: jsonObject({ resourceType: 'Patient', name: [{ text: 'Mei' }] }) },
    { action: 'write-note', list: 'notes', resource: note },
    {
      action: 'write-note',
      list: 'notes',
      resource: newAddendum({ doc: NOBODY, resource: note }, 'More', { author: by, at: AT }),
    },
    {
      action: 'write-note',
      list: 'notes',
      resource: newSignRequest({
        ...place,
        note: NOBODY,
        revision: NOBODY,
        signer: by,
        role: 'physician',
        meaning: 'author',
      }),
    },
    { action: 'write-note', list: 'encounters', resource: openVisit(person) },
    { action: 'lock-visit', list: 'encounters', resource: closedVisit(openVisit(person), [], by, AT) },
    { action: null, list: 'labs', resource: task },
    { action: 'release-result', list: 'labs', resource: releasedReview(task, { revision: NOBODY, by, at: AT }) },
    { action: null, list: 'plans', resource: plan },
    { action: 'approve-plan', list: 'plans', resource: jsonObject({ ...plan, status: 'active' }) },
    {
      action: 'write-message',
      list: 'messages',
      resource: aboutPerson(newMessage({ ...words, thread: 't', about }), person),
    },
    { action: 'write-message', list: 'messages', resource: newMark('settled', marked) },
    { action: 'book', list: 'appointments', resource: newBooking({ ...time, about, created: AT }) },
    {
      action: 'book',
      list: 'appointments',
      resource: newDecline({ request: NOBODY, about, member: by, reason: 'Full' }),
    },
    {
      action: 'assign-work',
      list: 'messages',
      resource: newAssignment({
        focus: { thread: 't' },
        list: 'messages',
        about,
        owner: by,
        by,
        at: AT,
        due: '',
        comment: '',
      }),
    },
    {
      action: 'answer-amendment',
      list: 'notes',
      resource: newAmendmentAnswer(request, { type: 'declined', reason: 'It is right' }, { by, at: AT, person })!,
    },
  ]
}
