/** Results of a practice: reports of several values, comments, their release as a task next to them, and the order in which they are looked at. */
import { expect, test } from 'vitest'
import {
  aboutPerson,
  changedLabReport,
  chartOf,
  chartReference,
  checkResource,
  collectionOf,
  type Collection,
  commentsOf,
  compareResults,
  EMPTY_LAB_REPORT,
  EMPTY_OBSERVATION,
  type Flag,
  jsonObject,
  type JsonObject,
  keptBackReview,
  type LabReportForm,
  labReportForm,
  newLabReport,
  newObservation,
  newReview,
  observationForm,
  type OrderedResult,
  parseJsonOrNull,
  reassigned,
  releasedReview,
  releaseState,
  reportedValues,
  type ResultReview,
  reviewOf,
  stringAt,
  stringifyJson,
  waitsForRelease,
  withComment,
} from '@chartkeep/domain'

const LIN = { id: 'bGlu', name: 'Lin Wei' }
const WU = { id: 'd3U', name: 'Nurse Wu' }
const MEI = parseJsonOrNull(JSON.stringify(chartReference('Y2hhcnQ', 'Mei'))) as JsonObject
const AT = '2026-11-22T08:00:00Z'
const value = newObservation({ ...EMPTY_OBSERVATION, test: 'LDL', value: '3.9', unit: 'mmol/L', note: 'Fasting' }, '')
const REPORT: LabReportForm = {
  name: 'Lipid panel',
  date: '2026-11-21',
  lab: 'Green Lab',
  status: 'final',
  values: [
    { id: 'bGRs', title: 'LDL' },
    { id: 'aGRs', title: 'HDL' },
  ],
}

test('a report keeps its form, names its values in order, and is in the lab results', () => {
  const report = newLabReport(REPORT, MEI)
  expect(labReportForm(report)).toEqual(REPORT)
  expect(checkResource(report)).toEqual([])
  expect(collectionOf(report)).toBe('labs')
  expect(reportedValues(report)).toEqual(['bGRs', 'aGRs'])
  expect(checkResource(newLabReport(EMPTY_LAB_REPORT, MEI)).map(({ path }) => path)).toEqual(['code', 'result'])
  const foreign = jsonObject({ ...report, specimen: [jsonObject({ display: 'Serum' })] })
  const corrected = changedLabReport(foreign, { ...REPORT, status: 'corrected' })
  expect(stringifyJson(corrected)).toBe(stringifyJson(foreign).replace('"final"', '"corrected"'))
})

test('a record of a practice is about the chart that it names, whatever it said before', () => {
  const about = aboutPerson(value, MEI)
  expect(chartOf(about)).toBe('Y2hhcnQ')
  expect(checkResource(about)).toEqual([])
})

test.each([
  ['a value', value],
  ['a report', newLabReport(REPORT, MEI)],
])('a comment on %s has its author, replaces only their own, and stays apart from the form’s notes', (_, result) => {
  const once = withComment(result, { text: 'Better. Same dose.', by: LIN, at: AT })
  const twice = withComment(once, { text: 'Call me.', by: WU, at: AT })
  const changed = withComment(twice, { text: 'Much better.', by: LIN, at: AT })
  expect(checkResource(changed)).toEqual([])
  expect(commentsOf(changed).map(({ text, by }) => [text, by.name])).toEqual([
    ['Call me.', 'Nurse Wu'],
    ['Much better.', 'Lin Wei'],
  ])
  const without = withComment(withComment(changed, { text: ' ', by: LIN, at: AT }), { text: '', by: WU, at: AT })
  expect(stringifyJson(without)).toBe(stringifyJson(result))
  expect(commentsOf(result)).toEqual([])
})

test('the note of a result’s form is never a clinician’s comment', () => {
  const commented = withComment(newObservation({ ...EMPTY_OBSERVATION, test: 'LDL' }, ''), {
    text: 'Better',
    by: LIN,
    at: AT,
  })
  expect(observationForm(commented).note).toBe('')
  expect(observationForm(withComment(value, { text: 'Better', by: LIN, at: AT })).note).toBe('Fasting')
})

const asked = newReview(
  { id: 'bGRs', type: 'Observation', person: MEI },
  { by: WU, reviewer: LIN, at: AT, due: '2026-11-23' },
)

test('E6: the release of a result is a task in the list of the result, so that who may not read the one does not read the other', () => {
  expect(collectionOf(asked)).toBe('labs')
  expect(checkResource(asked)).toEqual([])
  const task = (list: string) =>
    collectionOf({
      resourceType: 'Task',
      code: { coding: [{ system: 'urn:chartkeep:task', code: 'amend-request' }] },
      extension: [{ url: 'urn:chartkeep:extension:list', valueCode: list }],
    })
  const lists: Collection[] = ['allergies', 'notes', 'other']
  expect(lists.map(task)).toEqual(lists)
  expect([task('audit'), task('labs-private'), task('constructor')]).toEqual(['plans', 'plans', 'plans'])
  // A task of another system is where it always was.
  const foreign = { resourceType: 'Task', extension: [{ url: 'urn:chartkeep:extension:list', valueCode: 'labs' }] }
  expect(collectionOf({ ...foreign, focus: { reference: 'Composition/1' } })).toBe('notes')
  expect(collectionOf(foreign)).toBe('plans')
})

test('T1: a review says who is to look, until when, and after the release who released which version', () => {
  expect(reviewOf(asked)).toMatchObject({
    result: 'bGRs',
    state: 'waiting',
    reviewer: LIN,
    due: '2026-11-23',
    revision: '',
  })
  const given = reassigned(asked, { reviewer: WU, due: '' })
  expect(reviewOf(given)).toMatchObject({ state: 'waiting', reviewer: WU, due: '' })
  const released = releasedReview(given, { revision: 'cjE', by: LIN, at: AT })
  expect(checkResource(released)).toEqual([])
  expect(reviewOf(released)).toMatchObject({
    state: 'released',
    revision: 'cjE',
    releasedBy: 'Lin Wei',
    releasedAt: AT,
  })
  const again = releasedReview(released, { revision: 'cjI', by: LIN, at: AT })
  expect(reviewOf(again)?.revision).toBe('cjI')
  expect(keptBackReview(asked, '  ')).toBeNull()
  expect(reviewOf(keptBackReview(asked, 'Wrong patient'))).toMatchObject({
    state: 'kept-back',
    reason: 'Wrong patient',
  })
  expect(reviewOf(value)).toBeNull()
})

const review = (more: Partial<ResultReview>): ResultReview => ({ ...reviewOf(asked)!, ...more })

test.each([
  ['new', null],
  ['new', review({ reviewer: null })],
  ['review', review({})],
  ['released', review({ state: 'released', revision: 'now' })],
  ['corrected', review({ state: 'released', revision: 'before' })],
  ['corrected', review({ state: 'waiting', revision: 'before' })],
  ['kept-back', review({ state: 'kept-back' })],
] as const)('T1, T2: a result is %s by its task alone', (state, task) => {
  expect(releaseState({ revision: 'now', review: task })).toBe(state)
  expect(waitsForRelease({ revision: 'now', review: task })).toBe(['new', 'review', 'corrected'].includes(state))
})

test('critical results that wait come first, then what waits, then the rest, the newest first', () => {
  const one = (date: string, flag: Flag, task: ResultReview | null): OrderedResult => ({
    revision: 'now',
    date,
    flag,
    review: task,
  })
  const done = review({ state: 'released', revision: 'now' })
  const sorted = [
    one('2026-11-20', 'high', null),
    one('2026-11-22', 'critical-high', done),
    one('2026-11-01', 'critical-low', review({})),
    one('2026-11-21', 'normal', null),
    one('2026-11-02', 'critical-abnormal', null),
  ].toSorted(compareResults)
  expect(sorted.map(({ date }) => stringAt({ date }, 'date').slice(8))).toEqual(['02', '01', '21', '20', '22'])
})
