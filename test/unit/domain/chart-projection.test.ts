/** What a practice keeps at hand of a chart, by the chart's records alone. */
import { expect, test } from 'vitest'
import {
  chartProjection,
  chartReference,
  describe,
  type ProjectionSource,
  memberReference,
  newCancellation,
  newMark,
  newMessage,
  newRequest,
  practiceReference,
  recordReference,
  versionReference,
} from '@chartkeep/domain'

/** The account of the practice that keeps the digest. */
const CLINIC = 'clinic'
const READER = { now: Date.parse('2026-11-21T08:00:00Z'), zone: 'UTC' }

function record(id: string, resource: object, more: Partial<ProjectionSource> = {}): ProjectionSource {
  const { collection, type, title, status } = describe(resource)
  const text = JSON.stringify(resource)
  const rest = { revision: 'r1', resource: text, savedAt: 1000, by: 'patient' as const, importSource: '' }
  return { id, collection, type, title, status, ...rest, ...more }
}

const allergy = (what: string, criticality: string) => ({
  resourceType: 'AllergyIntolerance',
  code: { text: what },
  criticality,
  clinicalStatus: { coding: [{ code: 'active' }] },
})

test('C12: the digest names the person by what was written by hand, then by what a file says', () => {
  const person = (name: string, number: string) => ({
    resourceType: 'Patient',
    name: [{ text: name }],
    birthDate: number === '' ? undefined : '1992-03-04',
    gender: 'female',
    identifier: number === '' ? [] : [{ type: { coding: [{ code: 'MR' }] }, value: number }],
  })
  const digest = chartProjection(
    [
      record('a', person('Mei C.', '1042'), { importSource: 'file.json', savedAt: 1 }),
      record('b', person('Chen Mei', ''), { savedAt: 9 }),
    ],
    { readable: ['profile'], account: CLINIC, reader: READER },
  )
  expect(digest).toMatchObject({
    name: 'Chen Mei',
    birthDate: '1992-03-04',
    gender: 'female',
    numbers: ['1042'],
    lastActivity: 9,
  })
})

test('C9: the digest names the person by what the patient wrote, before what others did', () => {
  const person = (name: string) => ({ resourceType: 'Patient', name: [{ text: name }] })
  const others = record('a', person('Somebody Else'), { by: 'others', savedAt: 1 })
  const ours = record('b', person('As we have it'), { by: 'us', savedAt: 2 })
  const theirs = record('c', person('Chen Mei'), { importSource: 'file.json', savedAt: 9 })
  const told = (records: ProjectionSource[]) =>
    chartProjection(records, { readable: ['profile'], account: CLINIC, reader: READER }).name
  expect(told([others, ours, theirs])).toBe('Chen Mei')
})

test('C9: a record number that another person wrote into the chart finds nobody, and a record of theirs dates nothing that waits', () => {
  const person = (value: string) => ({
    resourceType: 'Patient',
    identifier: [{ type: { coding: [{ code: 'MR' }] }, value }],
  })
  const asked = newRequest({
    about: chartReference('chart', 'Mei'),
    practice: null,
    what: 'Cough',
    wanted: [],
    note: '',
    moves: '',
    created: '2026-11-22T08:00:00Z',
  })
  const { numbers, waits } = chartProjection(
    [
      record('a', person('1042'), { by: 'patient' }),
      record('b', person('77'), { by: 'us' }),
      record('c', person('forged'), { by: 'others' }),
      record('asked', asked, { by: 'patient', savedAt: 5 }),
      record('asked', { resourceType: 'Observation' }, { by: 'others', savedAt: 9e12, collection: 'labs' }),
    ],
    { readable: ['profile'], account: CLINIC, reader: READER },
  )
  expect(numbers).toEqual(['1042', '77'])
  expect(waits).toMatchObject([{ kind: 'booking', record: 'asked', since: 5 }])
})

test('C12: allergies of high risk are first; not shared, not asked, none known and nothing recorded are told apart', () => {
  const of = (records: ProjectionSource[], readable = ['allergies']) =>
    chartProjection(records, { readable, account: CLINIC, reader: READER }).allergies
  expect(of([], ['labs']).answer).toBe('hidden')
  expect(of([]).answer).toBe('nothing')
  const many = ['Nuts', 'Latex', 'Dust'].map((what, at) => record(`${at}`, allergy(what, 'low')))
  const penicillin = record('p', allergy('Penicillin', 'high'))
  const wrong = record('w', {
    ...allergy('Wool', 'high'),
    verificationStatus: { coding: [{ code: 'entered-in-error' }] },
  })
  expect(of([...many, penicillin, wrong])).toMatchObject({
    answer: 'some',
    shown: [{ title: 'Penicillin', isHigh: true }, { title: 'Nuts' }, { title: 'Latex' }],
    more: 1,
  })
  const stated = (code: string) =>
    record('n', {
      resourceType: 'AllergyIntolerance',
      clinicalStatus: { coding: [{ code: 'active' }] },
      code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code }] },
    })
  expect(of([stated('notasked')]).answer).toBe('not-asked')
  expect(of([stated('nilknown')]).answer).toBe('none-known')
})

test('C12: a request waits until a record of the practice points to it, a plan until its very version is acknowledged', () => {
  const ours = { by: 'us' as const }
  const subject = chartReference('chart')
  const asked = record('ask', { resourceType: 'Appointment', status: 'proposed', description: 'Cough' }, { savedAt: 5 })
  const wrote = record('msg', { resourceType: 'Communication', status: 'completed', subject }, { savedAt: 3 })
  const focus = versionReference('plan', 'v1', 'CarePlan')
  const amend = record('task', { resourceType: 'Task', status: 'requested', for: subject, focus }, { savedAt: 4 })
  const plan = record(
    'plan',
    { resourceType: 'CarePlan', status: 'active', title: 'Walk' },
    { ...ours, revision: 'v2', savedAt: 1 },
  )
  const told = (records: ProjectionSource[]) =>
    chartProjection(records, { readable: [], account: CLINIC, reader: READER }).waits.map(
      ({ kind, record: id }) => `${kind} ${id}`,
    )
  expect(told([asked, wrote, amend, plan])).toEqual(['plan plan', 'message msg', 'amendment task', 'booking ask'])

  const answer = record(
    'x',
    {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2026-12-01T09:00:00Z',
      supportingInformation: [recordReference('ask', 'Appointment')],
    },
    ours,
  )
  const settled = newMark('settled', {
    thread: 'msg',
    messages: ['msg'],
    from: memberReference('lin', 'Dr Lin'),
    about: subject,
    sent: '2026-11-22T08:00:00Z',
  })
  const reply = record('y', settled, ours)
  const acknowledged = (revision: string) =>
    record('z', { resourceType: 'Provenance', target: [versionReference('plan', revision, 'CarePlan')] })
  expect(told([asked, wrote, amend, plan, answer, reply, acknowledged('v1')])).toEqual(['plan plan', 'amendment task'])
  expect(told([asked, wrote, plan, answer, reply, acknowledged('v2')])).toEqual([])
  const cancelled = newCancellation({ booking: 'x', about: subject, reason: 'Ill' })
  expect(told([asked, answer, record('c', cancelled, { savedAt: 7 })])).toEqual(['cancelled x'])
  // Another person's answer is none of ours, and what was taken back asks for nothing.
  expect(told([asked, { ...answer, by: 'patient' }])).toEqual(['booking ask'])
  expect(told([record('e', { resourceType: 'Communication', status: 'entered-in-error' })])).toEqual([])
  // The chart is shared with another practice too: what it writes, and what is asked of it, waits for nobody here.
  const others = { by: 'others' as const }
  const [report, theirMessage] = [
    record('r', { resourceType: 'CarePlan', status: 'active' }, others),
    { ...wrote, ...others },
  ]
  const askedOfThem = { resourceType: 'Task', status: 'requested', focus: versionReference('r', 'r1', 'CarePlan') }
  expect(told([report, theirMessage, record('t', askedOfThem), { ...asked, ...others }])).toEqual([])
  expect(
    told([
      plan,
      record('s', { resourceType: 'Provenance', target: [versionReference('plan', 'v2', 'CarePlan')] }, others),
    ]),
  ).toEqual(['plan plan'])
})

/** Each of two practices waits for what is to it, and for what is to nobody by name. */
function expectOwnAndOpen(records: Parameters<typeof chartProjection>[0]): void {
  const told = (account: string) =>
    chartProjection(records, { readable: [], account, reader: READER })
      .waits.map((wait) => wait.record)
      .toSorted()
  expect(told(CLINIC)).toEqual(['open', 'ours'])
  expect(told('other-clinic')).toEqual(['open', 'theirs'])
}

test('M7, M8: a message to another practice waits for nobody here, one to nobody by name for each who reads it', () => {
  const about = chartReference('chart', 'Mei')
  const message = (id: string, practice: string | null) =>
    record(
      id,
      newMessage({
        thread: id,
        subject: 'Cough',
        text: 'Since Monday',
        files: [],
        from: about,
        to: practice === null ? [] : [practiceReference(practice, 'A practice')],
        about,
        sent: '2026-11-22T08:00:00Z',
        shownUntil: '',
      }),
    )
  expectOwnAndOpen([message('ours', CLINIC), message('theirs', 'other-clinic'), message('open', null)])
})

test('M4, M7: a request that names another practice waits for nobody here, one that names none for everybody who has the chart', () => {
  const request = (id: string, practice: string | null) =>
    record(
      id,
      newRequest({
        about: chartReference('chart', 'Mei'),
        practice: practice === null ? null : practiceReference(practice, 'A practice'),
        what: 'Cough',
        wanted: [{ start: '2026-12-01', end: '' }],
        note: '',
        moves: '',
        created: '2026-11-22T08:00:00Z',
      }),
    )
  expectOwnAndOpen([request('ours', CLINIC), request('theirs', 'other-clinic'), request('open', null)])
})

test('C12: the digest names severe allergies first, statements with their kind, and medicines that look like an allergy', () => {
  const severe = { ...allergy('Nuts', 'low'), reaction: [{ manifestation: [{ text: 'Hives' }], severity: 'severe' }] }
  const pill = {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Amoxicillin' },
  }
  const noFood = { ...allergy('No known food allergies', ''), recordedDate: '2026-11-21' }
  const records = [
    record('a', allergy('Penicillin', '')),
    record('b', severe),
    record('c', pill),
    record('d', noFood),
    record('e', { ...allergy('Egg', 'high'), implicitRules: 'https://elsewhere.example/x' }),
  ]
  const { allergies, looks } = chartProjection(records, {
    readable: ['allergies', 'medications'],
    account: CLINIC,
    reader: READER,
  })
  expect(allergies).toEqual({
    answer: 'some',
    shown: [
      { title: 'Nuts', isHigh: true, isSevere: true },
      { title: 'Penicillin', isHigh: false, isSevere: false },
    ],
    more: 0,
    stated: [{ answer: 'none-of-kind', title: 'No known food allergies', scopes: ['food'], date: '2026-11-21' }],
  })
  expect(looks).toEqual([{ medicine: 'Amoxicillin', allergy: 'penicillin' }])
  expect(chartProjection(records, { readable: ['allergies'], account: CLINIC, reader: READER }).looks).toBeUndefined()
})
