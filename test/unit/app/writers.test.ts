/** What others who may write in a chart can say of somebody's record: nothing that takes it out of sight, approves it or breaks it (C9, N2). */
import { releasedResults } from '@chartkeep/app/src/app/practice/unread.ts'
import { filesThere } from '@chartkeep/app/src/app/care/results/release-files.ts'
import { plansOf } from '@chartkeep/app/src/app/care/plans/plan-views.ts'
import { releaserOf } from '@chartkeep/app/src/app/care/results/use-releasers.ts'
import { breaks } from '@chartkeep/app/src/app/practice/writers.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import {
  EMPTY_DOCUMENT,
  EMPTY_PLAN,
  jsonObject,
  newDocument,
  newPlan,
  newPlanOpened,
  stringifyJson,
  withProof,
} from '@chartkeep/domain'
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { expect, test } from 'vitest'
import { chartRecord } from '../../support/chart-record.ts'

const person = jsonObject({ display: 'Mei' })
const at = '2026-11-20T08:00:00Z'
const by = (account: string): Partial<ChartRecord> => ({
  author: { account, device: account, member: '', name: `${account} name`, me: account === 'mei' },
  byOwner: account === 'mei',
})

function signature(account: string, change: Partial<SignatureView> = {}): SignatureView {
  return {
    id: account,
    by: account,
    record: 'plan',
    revision: '1',
    ofCurrent: true,
    meaning: 'approve',
    language: '',
    comment: '',
    at: 0,
    who: { account, member: '', name: `Member of ${account}`, roles: [], me: false },
    state: { type: 'holds' },
    ...change,
  }
}
const broken = (writer: string) => signature(writer, { state: { type: 'broken', why: 'form' } })

const resource = newPlan(
  { ...EMPTY_PLAN, title: 'Diabetes', goals: ['HbA1c'] },
  { person, author: { id: 'lin', name: 'Lin' }, at },
)
const plan = chartRecord('plan', {
  collection: 'plans',
  type: 'CarePlan',
  resource: stringifyJson({ ...resource, status: 'active' }),
  ...by('clinic'),
})
const viewOf = (records: ChartRecord[], signatures: SignatureView[]) =>
  plansOf(records, signatures, new RecordViews(), (account) => account === 'mei')[0]!

test('T3, N2: who wrote a plan approves it, and a signature that another person brought breaks none of it', () => {
  expect(viewOf([plan], [signature('other')])).toMatchObject({ approval: null, asks: false })
  expect(viewOf([plan], [signature('other'), signature('clinic'), broken('other')])).toMatchObject({
    approval: { who: { account: 'clinic' } },
    asks: true,
    broken: null,
  })
  expect(viewOf([plan], [signature('clinic'), broken('clinic')]).broken).not.toBeNull()
  // For what an owner took in late, whose it was.
  const late = { ...plan, ...by('mei'), byOwner: false, late: { account: 'clinic', name: '' } }
  expect(viewOf([late], [signature('clinic')]).approval).not.toBeNull()
  expect([breaks(broken('clinic'), late), breaks(broken('mei'), late)]).toEqual([true, false])
})

test('T5: that a plan was opened is said by whoever owns the chart', () => {
  const opened = (account: string) =>
    chartRecord(account, {
      type: 'Task',
      resource: stringifyJson(newPlanOpened('plan', { revision: '1', at }, person)),
      ...by(account),
    })
  expect(viewOf([plan, opened('other')], []).opened).toEqual([])
  expect(viewOf([plan, opened('mei')], []).opened).toHaveLength(1)
})

test('T1: who put a result here releases it, and no report of another person takes it from what is new', () => {
  // The words as they are put together.
  const t = ((_: string, words: { name?: string } = {}) => words.name ?? ', ') as unknown as TFunction
  const value = chartRecord('value', by('clinic'))
  const review = (account: string) => signature(account, { record: 'value', meaning: 'review' })
  expect(releaserOf(value, [review('other'), broken('other')], t)).toMatchObject({
    words: expect.not.stringContaining('Member of other'),
    isBroken: false,
  })
  expect(releaserOf(value, [review('clinic')], t).words).toContain('Member of clinic')

  const report = (account: string) => chartRecord(`report of ${account}`, { type: 'DiagnosticReport', ...by(account) })
  const news = (...records: ChartRecord[]) =>
    releasedResults(records, new Set(['mei']), () => ['value']).map(({ doc }) => doc)
  expect(news(value, report('other'))).toContain('value')
  expect(news(value, report('clinic'))).toEqual(['report of clinic'])
})

test('T1, B3: a document of another person that says it holds the file of a result keeps no file from the patient', () => {
  const sha256 = 'k'.repeat(43)
  const value = chartRecord('value', by('clinic'))
  const file = { title: 'scan', contentType: 'application/pdf', sizeBytes: 3, url: 'x', sha256 }
  const proof = withProof(
    newDocument({ ...EMPTY_DOCUMENT, title: 'scan', files: [file] }, ''),
    'Observation/value',
    'v',
  )
  const document = (account: string) =>
    chartRecord(account, { type: 'DocumentReference', resource: stringifyJson(proof), ...by(account) })
  expect([...filesThere(value, [document('other'), document('mei')])]).toEqual([])
  expect([...filesThere(value, [document('clinic')])]).toEqual([sha256])
})
