/** Requests to correct a record (T6): an answer counts from whose record it is, and from nobody else who may write in the list. */
import { amendmentsOf } from '@chartkeep/app/src/app/care/amendments/amendments.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { jsonObject, newAmendment, newAmendmentAnswer, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { expect, test } from 'vitest'
import { chartRecord } from '../../support/chart-record.ts'

const person = jsonObject({ display: 'Mei' })
const request = newAmendment(
  { list: 'labs', id: 'hba1c', revision: '1', type: 'Observation' },
  { wrong: 'I had not fasted.', should: 'Not fasting', at: '2026-11-01T10:00:00Z', person },
)!

const by = (account: string) => ({
  author: { account, device: account, member: '', name: account, me: account === 'mei' },
  byOwner: account === 'mei',
})
const task = (id: string, resource: string, account: string) =>
  chartRecord(id, { type: 'Task', resource, ...by(account) })

function answer(id: string, account: string, reason: string, at: string): ChartRecord {
  const resource = newAmendmentAnswer(
    { id: 'request', resource: request, list: 'labs' },
    { type: 'declined', reason },
    { by: { id: 'member', name: account }, at, person },
  )!
  return task(id, stringifyJson(resource), account)
}

const result = chartRecord('hba1c', by('clinic'))
const asked = task('request', stringifyJson(request), 'mei')
const ours = answer('ours', 'clinic', 'The sample was fasting.', '2026-11-02T10:00:00Z')
const theirs = answer('theirs', 'other', 'Nonsense.', '2026-11-03T10:00:00Z')

test('T6: another person who may write in the list does not answer for the practice', () => {
  const [open] = amendmentsOf([result, asked, theirs], new RecordViews())
  expect(open).toMatchObject({ state: 'open', answers: [] })
  const [answered] = amendmentsOf([result, asked, theirs, ours], new RecordViews())
  expect(answered!.state).toBe('declined')
  expect(answered!.answers.map(({ reason }) => reason)).toEqual(['The sample was fasting.'])
})

test('T6: an answer that is in the practice’s own vault as well is one answer', () => {
  const [view] = amendmentsOf([result, asked, ours], new RecordViews(), [ours, theirs])
  expect(view!.answers.map(({ reason }) => reason)).toEqual(['The sample was fasting.'])
})

test('T6: nobody makes a record theirs by giving one of another list its id, and nobody but who owns the chart asks', () => {
  const forged = chartRecord('hba1c', { ...by('other'), collection: 'vitals', doc: 'hba1c' })
  const [view] = amendmentsOf([result, forged, asked, theirs, ours], new RecordViews())
  expect(view!.answers.map(({ reason }) => reason)).toEqual(['The sample was fasting.'])
  expect(amendmentsOf([result, { ...asked, ...by('other') }], new RecordViews())).toEqual([])
})

test('C12, T6: a member answers in no colleague’s name: the member at the device that signed did; a copy that another member published changes nothing', () => {
  const nurse = { ...ours, author: { ...ours.author, member: 'nurse', name: 'Nurse Ng' } }
  const byOf = (...records: Parameters<typeof amendmentsOf>) =>
    amendmentsOf(...records)[0]!.answers.map((each) => each.by)
  expect(byOf([result, asked, nurse], new RecordViews())).toEqual([{ id: 'nurse', name: 'Nurse Ng' }])
  const own = { ...ours, author: { ...ours.author, member: 'member' } }
  expect(byOf([result, asked, nurse], new RecordViews(), [own])).toEqual([{ id: 'member', name: 'clinic' }])
})

test('C11, T6: an answer that an owner took in late is of whoever wrote it', () => {
  const late = { ...ours, ...by('mei'), byOwner: false, late: { account: 'clinic', name: 'Green Clinic' } }
  const [view] = amendmentsOf([result, asked, late], new RecordViews())
  expect(view!.answers).toHaveLength(1)
})
