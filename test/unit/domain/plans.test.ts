/** Treatment plans: written and read back as FHIR, every action from every state, and what the patient's record says of opened versions. */
import { expect, test } from 'vitest'
import {
  alsoOpened,
  asksAcknowledgement,
  changedPlan,
  checkResource,
  chartReference,
  collectionOf,
  EMPTY_PLAN,
  jsonObject,
  type JsonObject,
  mergeRecords,
  newPlan,
  newPlanOpened,
  objectAt,
  objectsAt,
  parseJsonOrNull,
  PLAN_ACTIONS,
  planAfter,
  type PlanAction,
  planActions,
  type PlanForm,
  planForm,
  planOpenedOf,
  resultsOpened,
  resultsOpenedOf,
  planRefusal,
  type PlanState,
  planState,
  planVersion,
  reasonOf,
  referencedMember,
  stringAt,
  stringifyJson,
} from '@chartkeep/domain'

const LIN = { id: 'bGlu', name: 'Lin Wei' }
const MEI = parseJsonOrNull(JSON.stringify(chartReference('Y2hhcnQ', 'Mei'))) as JsonObject
const AT = '2026-11-22T08:00:00Z'
const FORM: PlanForm = {
  title: 'Diabetes',
  summary: 'Bring HbA1c under 7.',
  start: '2026-11-22',
  end: '2027',
  goals: ['HbA1c under 7.0 %', 'Walk every day'],
  steps: [
    { what: 'Metformin 500 mg', when: 'twice a day', state: 'in-progress' },
    { what: 'Eye examination', when: 'by March', state: 'not-started' },
  ],
  details: 'Call when sugar is over 300.',
}
const draft = (form = FORM) => newPlan(form, { person: MEI, author: LIN, at: AT })
const inState = (status: PlanState) => jsonObject({ ...draft(), status })
const APPROVED = { mayApprove: true, isApproved: true }

test('T3: a plan keeps all of its form, with goals inside, is FHIR as we write it, and belongs to the plans', () => {
  const plan = draft()
  expect(planForm(plan)).toEqual(FORM)
  expect(checkResource(plan)).toEqual([])
  expect(collectionOf(plan)).toBe('plans')
  expect(objectsAt(plan, 'goal').map((goal) => goal['reference'])).toEqual(['#goal-1', '#goal-2'])
  expect([planState(plan), planVersion(plan), referencedMember(objectAt(plan, 'author'))]).toEqual(['draft', 1, LIN])
  expect(checkResource(draft(EMPTY_PLAN)).map(({ path }) => path)).toEqual(['title'])
})

test('what another system wrote into a plan stays through a change, and an unchanged form changes nothing', () => {
  const foreign = jsonObject({
    ...draft(),
    category: [jsonObject({ text: 'Chronic care' })],
    contained: [...objectsAt(draft(), 'contained'), jsonObject({ resourceType: 'Practitioner', id: 'p1' })],
  })
  expect(stringifyJson(changedPlan(foreign, planForm(foreign), false))).toBe(stringifyJson(foreign))
  const changed = changedPlan(foreign, { ...FORM, goals: ['Walk every day'] }, false)
  expect(planForm(changed).goals).toEqual(['Walk every day'])
  expect(stringAt(changed, 'category', 'text')).toBe('Chronic care')
  expect(objectsAt(changed, 'contained').map((inner) => inner['resourceType'])).toEqual(['Practitioner', 'Goal'])
})

test('a draft stays the same version while it is written; a change of an approved one begins the next', () => {
  const edited = changedPlan(draft(), { ...FORM, title: 'Diabetes type 2' }, false)
  expect(planVersion(edited)).toBe(1)
  expect(planVersion(changedPlan(edited, { ...FORM, details: '' }, true))).toBe(2)
  expect(planVersion(jsonObject({ resourceType: 'CarePlan', meta: jsonObject({ versionId: 'x9' }) }))).toBe(1)
})

const OPEN: Record<PlanState, PlanAction[]> = {
  draft: ['edit', 'revoke'],
  active: ['edit', 'hold', 'complete', 'revoke'],
  'on-hold': ['edit', 'resume', 'complete', 'revoke'],
  completed: [],
  revoked: [],
  unknown: [],
}
test.each(Object.entries(OPEN))(
  'T3: every action from %s is open or refused as the table of states says',
  (state, open) => {
    const plan = inState(state as PlanState)
    expect(planActions(plan, APPROVED)).toEqual(open)
    for (const action of PLAN_ACTIONS.filter((one) => one !== 'edit')) {
      const after = planAfter(plan, action, { ...APPROVED, reason: 'as agreed' })
      if (!open.includes(action)) expect(after.type).toBe('refused')
      else if (after.type === 'plan') expect(planState(after.plan)).not.toBe(state)
      else expect.unreachable(after.why)
    }
  },
)

test('T3: only who may approve plans takes one out of its draft; who may write it may throw a draft away', () => {
  const nurse = { mayApprove: false, isApproved: false }
  expect(planAfter(draft(), 'approve', { ...nurse, reason: '' })).toEqual({ type: 'refused', why: 'no-right' })
  for (const action of ['hold', 'complete', 'revoke'] as const)
    expect(planRefusal(inState('active'), action, { ...nurse, isApproved: true })).toBe('no-right')
  const thrown = planAfter(draft(), 'revoke', { ...nurse, reason: '' })
  expect(thrown.type === 'plan' && planState(thrown.plan)).toBe('revoked')
})

test('T3: a plan without a title, or with neither goal nor step, is not approved', () => {
  const moment = { mayApprove: true, isApproved: false, reason: '' }
  expect(planAfter(draft({ ...FORM, title: '' }), 'approve', moment)).toEqual({ type: 'refused', why: 'incomplete' })
  const bare = { ...FORM, goals: [], steps: [{ what: ' ', when: 'daily', state: 'not-started' as const }] }
  expect(planAfter(draft(bare), 'approve', moment)).toEqual({ type: 'refused', why: 'incomplete' })
})

test('T3: a changed version waits for its approval before anything else is done with the plan; approving it changes no byte', () => {
  const changed = changedPlan(inState('active'), { ...FORM, details: 'Call when over 250.' }, true)
  const moment = { mayApprove: true, isApproved: false }
  expect(planActions(changed, moment)).toEqual(['edit', 'approve'])
  expect(planRefusal(changed, 'hold', moment)).toBe('changed')
  expect(planAfter(changed, 'approve', { ...moment, reason: '' })).toEqual({ type: 'plan', plan: changed })
  expect(planRefusal(changed, 'approve', { ...moment, isApproved: true })).toBe('state')
})

test('T3: on hold and revoked need a reason, which the version carries; completed and resumed do not', () => {
  for (const action of ['hold', 'revoke'] as const) {
    expect(planAfter(inState('active'), action, { ...APPROVED, reason: ' ' })).toEqual({
      type: 'refused',
      why: 'reason',
    })
    const after = planAfter(inState('active'), action, { ...APPROVED, reason: 'Operation first' })
    expect(after.type === 'plan' && [reasonOf(after.plan), planVersion(after.plan)]).toEqual(['Operation first', 2])
  }
  expect(planAfter(inState('on-hold'), 'resume', { ...APPROVED, reason: '' }).type).toBe('plan')
  expect(planAfter(inState('active'), 'complete', { ...APPROVED, reason: '' }).type).toBe('plan')
})

test.each([
  ['draft', false],
  ['active', true],
  ['on-hold', true],
  ['revoked', true],
  ['completed', false],
  ['unknown', false],
] as const)('T4: the patient of a plan that is %s is asked to confirm it: %s', (state, asked) => {
  expect(asksAcknowledgement(jsonObject({ ...draft(), status: state }), { now: 0, zone: 'UTC' })).toBe(asked)
})

test('T3, Y3: two changes of a plan beyond its draft never merge by themselves; of a draft they do where they touch other things', () => {
  for (const status of ['draft', 'active'] as const) {
    const base = inState(status)
    const mine = changedPlan(base, { ...FORM, details: 'Mine' }, true)
    const theirs = changedPlan(base, { ...FORM, title: 'Theirs' }, true)
    expect(mergeRecords(base, mine, theirs).type).toBe(status === 'draft' ? 'merged' : 'conflict')
  }
})

test('T5: the patient’s record of opened versions keeps the first time of each, next to the plans', () => {
  const first = newPlanOpened('cGxhbg', { revision: 'cjE', at: AT }, MEI)
  expect(checkResource(first)).toEqual([])
  expect(collectionOf(first)).toBe('plans')
  const later = { revision: 'cjI', at: '2026-11-23T08:00:00Z' }
  const both = alsoOpened(first, later)
  expect(alsoOpened(both, { revision: 'cjE', at: '2027-01-01T00:00:00Z' })).toBe(both)
  expect(planOpenedOf(both)).toEqual({ plan: 'cGxhbg', versions: [{ revision: 'cjE', at: AT }, later] })
  expect(planOpenedOf(draft())).toBeNull()
})

test('T1: what was opened of results is one record of a device in the list of results, and forgets what is long ago', () => {
  const place = { about: chartReference('chart-mei'), since: '2026-10-01T00:00:00Z' }
  const old = { revision: 'cjA', at: '2026-09-01T00:00:00Z' }
  const first = resultsOpened(null, [old, { revision: 'cjE', at: AT }], place)
  expect(checkResource(first)).toEqual([])
  expect(collectionOf(first)).toBe('labs')
  expect(resultsOpenedOf(first)).toEqual(['cjA', 'cjE'])
  const next = resultsOpened(
    first,
    [
      { revision: 'cjE', at: AT },
      { revision: 'cjI', at: AT },
    ],
    place,
  )
  expect(resultsOpenedOf(next)).toEqual(['cjE', 'cjI'])
  expect(resultsOpenedOf(newPlanOpened('cGxhbg', { revision: 'cjE', at: AT }, MEI))).toBeNull()
})
