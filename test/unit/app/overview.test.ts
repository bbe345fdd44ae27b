/** What the overview picks: results out of range, what is new, what comes up, and how a dose of a record is read. */
import { expect, test } from 'vitest'
import {
  describe,
  EMPTY_DOSE,
  EMPTY_IMMUNIZATION,
  type Flag,
  isFactRecord,
  newDose,
  newImmunization,
  newSignatureRecord,
  parseJsonOrNull,
  type SignatureMeaning,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { medicinesInUse, recordedDose } from '@chartkeep/app/src/app/measures/doses.ts'
import { lookMarks, looksAmong } from '@chartkeep/app/src/app/chart/medicine-looks.ts'
import { emptyMark, noneState, statedWords } from '@chartkeep/app/src/app/words/none-stated.ts'
import { authorName, dangerMark, flagOf, RecordViews, rowsOf } from '@chartkeep/app/src/app/words/record-view.ts'
import { filtersOf } from '@chartkeep/app/src/features/records/list/list-filters.ts'
import type { ListRow } from '@chartkeep/app/src/ui/lists/list-rows.ts'
import { comingUp } from '@chartkeep/app/src/features/overview/coming.ts'
import { dueVaccines, vaccineKinds } from '@chartkeep/app/src/app/measures/vaccines.ts'
import { deathOf, deathWords, ownDeathOf } from '@chartkeep/app/src/app/words/chart-patient.ts'
import { importantOf, recordsIn } from '@chartkeep/app/src/app/glance/important.ts'
import { isNewResult, picked, testsOf } from '@chartkeep/app/src/app/glance/results.ts'
import { sharedOf } from '@chartkeep/app/src/app/people/shared-records.tsx'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { chartRecord } from '../../support/chart-record.ts'

const NOW = new Date(2026, 10, 21, 12, 0)

const record = (id: string, change: Partial<ChartRecord> = {}) => chartRecord(id, { savedAt: NOW.getTime(), ...change })

test('Overview: of each test the newest result, those out of range first, old ones no longer', () => {
  const records = [
    record('old', { code: 'a', date: '2026-01-01' }),
    record('new', { code: 'a', date: '2026-11-01' }),
    record('wrong', { code: 'a', date: '2026-11-20', status: 'error' }),
    record('high', { code: 'b', date: '2026-02-01' }),
    record('long ago', { code: 'c', date: '2020-02-01' }),
    record('vital', { code: 'd', collection: 'vitals' }),
  ]
  const newest = testsOf(records).flatMap(({ records: [first] }) => (first ? [first] : []))
  expect(newest.map(({ id }) => id)).toEqual(['new', 'high', 'long ago'])
  const flags: Record<string, Flag> = { high: 'high', 'long ago': 'critical-high' }
  const { outside, others } = picked(newest, ({ id }) => flags[id] ?? 'none')
  expect(outside.map(({ id }) => id)).toEqual(['high'])
  expect(others.map(({ id }) => id)).toEqual(['new', 'long ago'])
})

test('Overview: new is what others wrote lately about a recent sample, not what an old file brought', () => {
  const other = { account: 'x', device: '', member: '', name: 'Dr Lin', me: false }
  expect(isNewResult(record('a', { author: other }), NOW)).toBe(true)
  expect(isNewResult(record('a', { importSource: 'file' }), NOW)).toBe(true)
  expect(isNewResult(record('a'), NOW)).toBe(false)
  expect(isNewResult(record('a', { author: other, date: '2020-01-01' }), NOW)).toBe(false)
  expect(isNewResult(record('a', { author: other, savedAt: NOW.getTime() - 15 * 86_400_000 }), NOW)).toBe(false)
})

test('Overview: appointments of the next days, vaccines due, supplies that end; cancelled, later and long past ones not', () => {
  const appointment = (id: string, date: string, status: ChartRecord['status'] = 'active') =>
    record(id, { type: 'Appointment', collection: 'appointments', date, status })
  const tetanus = newImmunization(
    { ...EMPTY_IMMUNIZATION, vaccine: 'Tetanus', date: '2016', nextDue: '2026-10' },
    'Patient/1',
  )
  const supply = (id: string, until: string, title = id) =>
    record(id, {
      type: 'MedicationStatement',
      collection: 'medications',
      title,
      resource: `{"resourceType":"MedicationStatement","extension":[{"url":"urn:chartkeep:extension:supply-until","valueDate":"${until}"}]}`,
    })
  const coming = comingUp(
    [
      appointment('later today', new Date(2026, 10, 21, 18).toISOString()),
      appointment('this morning', new Date(2026, 10, 21, 8).toISOString()),
      appointment('yesterday', new Date(2026, 10, 20, 18).toISOString()),
      appointment('in two weeks', new Date(2026, 11, 5, 9).toISOString()),
      appointment('in three weeks', new Date(2026, 11, 12, 9).toISOString()),
      appointment('cancelled', new Date(2026, 10, 22, 9).toISOString(), 'past'),
      record('t', { type: 'Immunization', collection: 'immunizations', resource: stringifyJson(tetanus) }),
      supply('ends', '2026-11-30'),
      supply('ended', '2026-11-10'),
      supply('long ended', '2026-09-10'),
      supply('lasts', '2027-05-01'),
      supply('old box', '2026-11-22', 'Metformin'),
      supply('new box', '2027-02-22', 'Metformin'),
    ],
    new RecordViews(),
    NOW,
  )
  expect(coming.appointments.map(({ id }) => id)).toEqual(['this morning', 'later today', 'in two weeks'])
  expect(coming.vaccines.map(({ vaccine, state }) => [vaccine, state])).toEqual([['Tetanus', 'overdue']])
  expect(coming.supplies.map(({ record: { id }, state }) => [id, state])).toEqual([
    ['ended', 'overdue'],
    ['ends', 'soon'],
  ])
})

test('Overview: a dose is read in local days; one without a day or an answer is none', () => {
  const at = new Date(2026, 10, 21, 0, 30).toISOString()
  const planned = new Date(2026, 10, 20, 20, 0).toISOString()
  const of = (change: Partial<typeof EMPTY_DOSE>) =>
    recordedDose(
      { id: 'd' },
      newDose({ ...EMPTY_DOSE, medicine: 'A', answer: 'late', at, planned, ...change }, 'Patient/1'),
    )
  expect(of({})).toEqual({
    id: 'd',
    day: '2026-11-21',
    time: '00:30',
    plannedDay: '2026-11-20',
    plannedTime: '20:00',
    answer: 'late',
  })
  expect(of({ at: '2026-11-21', planned: '' })).toMatchObject({ day: '2026-11-21', time: '', plannedDay: '' })
  expect(of({ at: '2026-11', planned: '' })).toBeNull()
  expect(of({ answer: '' })).toBeNull()
})

test('Overview: a list with past entries only says so, and neither "not asked" nor "nothing recorded"', () => {
  const allergy = (id: string, state: string) =>
    record(id, {
      type: 'AllergyIntolerance',
      collection: 'allergies',
      status: state === 'active' ? 'active' : 'past',
      resource: `{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"${state}"}]},"code":{"text":"${id}"}}`,
    })
  const { t } = startLanguages('en')
  const wordOf = (records: ChartRecord[]) => {
    const views = new RecordViews()
    return emptyMark('allergies', noneState('allergies', records, views), views, t, 'en').word
  }
  expect(wordOf([allergy('Penicillin', 'resolved'), allergy('Egg', 'inactive')])).toBe('None now; 2 in the past')
  expect(wordOf([])).toBe('None recorded')
})

test('Overview: a statement of a file that there is none is no allergy, no medicine and no condition, and carries no risk', () => {
  const { t } = startLanguages('en')
  const views = new RecordViews()
  const stated = (collection: string, resource: object) => {
    const text = JSON.stringify(resource)
    const { type, title, status } = describe(parseJsonOrNull(text))
    return record(title, { collection, type, title, status, resource: text })
  }
  const active = { clinicalStatus: { coding: [{ code: 'active' }] } }
  const none = (code: string, display: string) => ({ coding: [{ system: 'http://snomed.info/sct', code, display }] })
  const records = [
    stated('allergies', { resourceType: 'AllergyIntolerance', ...active, code: none('716186003', 'No known allergy') }),
    stated('medications', {
      resourceType: 'MedicationStatement',
      status: 'active',
      medicationCodeableConcept: none('787481004', 'No known medications'),
    }),
    stated('conditions', { resourceType: 'Condition', ...active, code: none('160245001', 'No current problems') }),
  ]
  for (const list of ['allergies', 'medications', 'conditions'] as const) {
    expect(importantOf(records, list, views)).toEqual([])
    expect(noneState(list, recordsIn(records, list), views).answer).toBe('none-known')
  }
  expect(flagOf(views.of(records[0]!).descriptor, t, records[0])).toBeUndefined()
  expect(medicinesInUse(records, views, NOW)).toEqual([])
  const penicillin = stated('allergies', {
    resourceType: 'AllergyIntolerance',
    ...active,
    code: { text: 'Penicillin' },
  })
  expect(importantOf([...records, penicillin], 'allergies', views)).toEqual([penicillin])
  expect(flagOf(views.of(penicillin).descriptor, t, penicillin)?.word).toBe('Severity not given')
})

test('Overview: a condition and a medicine whose state a file does not say are there, and not "nothing recorded"', () => {
  const views = new RecordViews()
  const of = (collection: string, resource: object) => {
    const text = JSON.stringify(resource)
    const { type, title, status } = describe(parseJsonOrNull(text))
    return record(title, { collection, type, title, status, resource: text })
  }
  const ear = of('conditions', { resourceType: 'Condition', code: { text: 'Burnt ear' } })
  const over = of('conditions', {
    resourceType: 'Condition',
    code: { text: 'Fever' },
    clinicalStatus: { coding: [{ code: 'resolved' }] },
  })
  const pill = of('medications', {
    resourceType: 'MedicationStatement',
    status: 'unknown',
    medicationCodeableConcept: { text: 'Aspirin' },
  })
  expect(importantOf([ear, over], 'conditions', views)).toEqual([ear])
  expect(importantOf([pill], 'medications', views)).toEqual([pill])
})

test('Lists: a stopped medicine, one on hold and a resolved allergy say so next to their dose, and doses are asked of none', () => {
  const views = new RecordViews()
  const wording = { t: startLanguages('en').t, language: 'en' as const, views, hrefOf: () => '' }
  const made = (id: string, collection: string, resource: object) => {
    const text = JSON.stringify(resource)
    const { type, status } = describe(parseJsonOrNull(text))
    return record(id, { collection, type, title: id, status, resource: text })
  }
  const medicine = (status: string, more: object = { dosage: [{ text: '1 tablet daily' }] }) =>
    made(status, 'medications', {
      resourceType: 'MedicationStatement',
      status,
      medicationCodeableConcept: { text: status },
      ...more,
    })
  const shown = (one: ChartRecord) => rowsOf([one], wording).map(({ value, state }) => [value, state?.word])[0]
  expect(shown(medicine('active'))).toEqual(['1 tablet daily', undefined])
  expect(shown(medicine('stopped'))).toEqual(['1 tablet daily', 'Stopped'])
  expect(shown(medicine('on-hold'))).toEqual(['1 tablet daily', 'On hold'])
  expect(shown(medicine('intended'))).toEqual(['1 tablet daily', 'Planned'])
  expect(shown(medicine('not-taken'))).toEqual(['1 tablet daily', 'Not taken'])
  // Where there is no dose the state is the value, and is there once.
  expect(shown(medicine('completed', {}))).toEqual(['Completed', undefined])
  const resolved = { coding: [{ code: 'resolved' }] }
  const milk = { resourceType: 'AllergyIntolerance', clinicalStatus: resolved, code: { text: 'Milk' } }
  expect(shown(made('Milk', 'allergies', { ...milk, reaction: [{ manifestation: [{ text: 'Rash' }] }] }))).toEqual([
    'Rash',
    'Resolved',
  ])
  const all = ['active', 'stopped', 'on-hold', 'intended', 'not-taken'].map((status) => medicine(status))
  expect(medicinesInUse(all, views, NOW).map(({ id }) => id)).toEqual(['active'])
})

test('Ended is ended: what is over by its dates is in no overview, is past in lists, and says so next to its status', () => {
  const views = new RecordViews()
  const { t } = startLanguages('en')
  const made = (id: string, collection: string, resource: object) => {
    const text = JSON.stringify(resource)
    const { type, status } = describe(parseJsonOrNull(text))
    return record(id, { collection, type, title: id, status, resource: text })
  }
  const medicine = (id: string, more: object) =>
    made(id, 'medications', { resourceType: 'MedicationStatement', status: 'active', ...more })
  const condition = (id: string, more: object) =>
    made(id, 'conditions', {
      resourceType: 'Condition',
      clinicalStatus: { coding: [{ code: 'active' }] },
      code: { text: id },
      ...more,
    })
  const over = medicine('Over', { effectivePeriod: { end: '2024-05-03' } })
  const later = medicine('Later', { effectivePeriod: { start: '2999-05-03' } })
  const now = medicine('Now', { effectivePeriod: { start: '2024' } })
  const abated = condition('Otitis', { abatementDateTime: '2020-03' })
  const child = condition('Asthma', { abatementString: 'in childhood' })
  const current = condition('Gout', {})
  expect(importantOf([over, later, now], 'medications', views)).toEqual([now])
  expect(importantOf([abated, child, current], 'conditions', views)).toEqual([current])
  expect(medicinesInUse([over, later, now], views, NOW)).toEqual([now])
  const wording = { t, language: 'en' as const, views, hrefOf: () => '' }
  const rows = rowsOf([over, later, now, abated, child, current], wording)
  expect(rows.map(({ rank, state }) => [rank, state?.word])).toEqual([
    [1, 'Ended 3 May 2024'],
    [1, 'Starts 3 May 2999'],
    [0, undefined],
    [1, 'Ended Mar 2020'],
    [1, 'Ended'],
    [0, undefined],
  ])
  const empty = (list: 'medications' | 'conditions', ...records: ChartRecord[]) => {
    return emptyMark(list, noneState(list, records, views), views, t, 'en').word
  }
  expect(empty('medications', over)).toBe('None now; 1 in the past')
  expect(empty('conditions', abated, child)).toBe('None now; 2 in the past')
  expect(empty('medications', later)).toBe('None now. What’s recorded starts later')
})

test('Overview: a prescription that ran out lately is told, and is no the current medicine', () => {
  const order = (end: string) =>
    record('o', {
      type: 'MedicationRequest',
      collection: 'medications',
      resource: JSON.stringify({
        resourceType: 'MedicationRequest',
        status: 'active',
        dispenseRequest: { validityPeriod: { end } },
      }),
    })
  const told = (end: string) => {
    const views = new RecordViews()
    const { supplies } = comingUp([order(end)], views, NOW)
    return [medicinesInUse([order(end)], views, NOW).length, ...supplies.map(({ state }) => state)]
  }
  expect(told('2026-11-30')).toEqual([1, 'soon'])
  expect(told('2026-11-10')).toEqual([0, 'overdue'])
  expect(told('2026-01-10')).toEqual([0])
})

test('Died: what an owner wrote of it counts for doses and reminders, and what was typed goes before a file', () => {
  const person = (id: string, more: object, change: Partial<ChartRecord> = {}) =>
    record(id, {
      type: 'Patient',
      collection: 'profile',
      resource: JSON.stringify({ resourceType: 'Patient', ...more }),
      ...change,
    })
  const file = person('file', { deceasedDateTime: '2024-05-03' }, { importSource: 'x' })
  expect(deathOf([file, person('typed', {})], NOW)).toEqual({ date: '2024-05-03' })
  expect(deathOf([file, person('typed', { deceasedBoolean: false })], NOW)).toBeNull()
  expect(deathOf([person('typed', {})], NOW)).toBeNull()
  const theirs = person('theirs', { deceasedBoolean: true }, { byOwner: false })
  expect(deathOf([theirs], NOW)).toEqual({ date: '' })
  expect(ownDeathOf([theirs], NOW)).toBeNull()
  const t = startLanguages('en').t
  expect(deathWords({ date: '2024-05-03' }, t, 'en')).toBe('Died 3 May 2024')
  expect(deathWords({ date: '' }, startLanguages('zh-Hant-TW').t, 'zh-Hant-TW')).toBe('已過世')
})

test('Results: what the source says of a value is shown, also where it is no matter of a range', () => {
  const { t } = startLanguages('en')
  const flag = (interpretation: object, more: object = {}) => {
    const text = JSON.stringify({ resourceType: 'Observation', interpretation: [interpretation], ...more })
    return flagOf(describe(parseJsonOrNull(text)), t)
  }
  const coded = (code: string) => ({ coding: [{ code }] })
  expect(flag(coded('R'))).toEqual({ status: 'neutral', word: 'Resistant' })
  expect(flag(coded('NEG'), { valueQuantity: { value: 0.07 } })).toEqual({ status: 'neutral', word: 'Negative' })
  expect(flag({ text: 'Slightly hemolyzed' })).toEqual({ status: 'neutral', word: 'Slightly hemolyzed' })
  expect(flag({ text: 'High' })).toEqual({ status: 'attention', word: 'Above range' })
  expect(flag({ text: 'assigned '.repeat(10) })).toBeUndefined()
  expect(flag(coded('N'))).toBeUndefined()
  // It is no mark of the filter for what is out of range.
  const outside = filtersOf('labs', t).find(({ id }) => id === 'abnormal')!
  const row = (found: ReturnType<typeof flag>) => ({ flag: found }) as ListRow
  expect([coded('R'), coded('H'), coded('N')].map((one) => outside.test(row(flag(one))))).toEqual([false, true, false])
})

test('Vaccines: by kind, newest first, with dose numbers; a refused one is there with its reason and is not counted as given', () => {
  const vaccine = (id: string, form: Partial<typeof EMPTY_IMMUNIZATION>) =>
    record(id, {
      type: 'Immunization',
      collection: 'immunizations',
      title: form.vaccine ?? '',
      date: form.date ?? '',
      resource: stringifyJson(newImmunization({ ...EMPTY_IMMUNIZATION, ...form }, 'Patient/1')),
    })
  const records = [
    vaccine('1', { vaccine: 'Hepatitis B', date: '2001', doseNumber: '1', lotNumber: 'A1' }),
    vaccine('2', { vaccine: 'hepatitis b', date: '2002-01', doseNumber: '2', nextDue: '2030' }),
    vaccine('3', { vaccine: 'Influenza', date: '2025-10-01', status: 'not-done', statusReason: 'Refused' }),
  ]
  const kinds = vaccineKinds(records, new RecordViews())
  expect(kinds.map(({ name, doses }) => [name, doses.map(({ record: { id }, isGiven }) => [id, isGiven])])).toEqual([
    ['Influenza', [['3', false]]],
    [
      'hepatitis b',
      [
        ['2', true],
        ['1', true],
      ],
    ],
  ])
  expect(kinds[0]?.doses[0]?.reason).toBe('Refused')
  expect(kinds[1]?.doses[1]).toMatchObject({ doseNumber: '1', lot: 'A1' })
  expect(dueVaccines(records, new RecordViews(), { day: '2026-11-21', zone: 'UTC' })).toMatchObject([
    { date: '2030', state: 'later' },
  ])
})

test('Overview: a statement that there is none is told with its kind and its day, alone and next to an allergy', () => {
  const views = new RecordViews()
  const allergy = (id: string, code: object, more: object = {}) => {
    const text = JSON.stringify({ resourceType: 'AllergyIntolerance', code, recordedDate: '2026-11-21', ...more })
    const { type, title, status, date } = describe(parseJsonOrNull(text))
    return record(id, { collection: 'allergies', type, title, status, date, resource: text })
  }
  const wordOf = (records: ChartRecord[], language: 'en' | 'zh-Hant-TW') => {
    const { t } = startLanguages(language)
    return emptyMark('allergies', noneState('allergies', records, views), views, t, language).word
  }
  const none = allergy('a', { text: '無已知過敏' })
  const noDrug = allergy('b', { text: 'NKDA' })
  expect(wordOf([none], 'en')).toBe('No known allergies (stated on 21 Nov 2026)')
  expect(wordOf([none], 'zh-Hant-TW')).toMatch(/^無已知過敏（.*11月21日註明）$/u)
  expect(wordOf([noDrug], 'en')).toBe('No known drug allergies (stated on 21 Nov 2026). Nothing else recorded')
  const nuts = allergy('c', { text: 'Nuts' })
  const state = noneState('allergies', [none, noDrug, nuts], views)
  expect(importantOf([none, noDrug, nuts], 'allergies', views)).toEqual([nuts])
  expect(state).toMatchObject({ answer: 'some', outdated: [none], stated: [none, noDrug] })
  const { t } = startLanguages('en')
  expect(statedWords('allergies', noDrug, views, t, 'en')).toBe('No known drug allergies (stated on 21 Nov 2026)')
})

test('Overview: an allergy with a severe past reaction is marked in red and as severe, whatever its risk says', () => {
  const en = startLanguages('en').t
  const markOf = (more: object, t = en) => dangerMark(parseJsonOrNull(JSON.stringify(more)), t)
  const reaction = (severity?: string, text = 'Hives') => [{ manifestation: [{ text }], severity }]
  expect(markOf({ reaction: reaction('severe') })).toEqual({ status: 'danger', word: 'Severe' })
  expect(markOf({ reaction: reaction('severe'), criticality: 'low' })).toMatchObject({ status: 'danger' })
  expect(markOf({ reaction: reaction(undefined, 'Anaphylaxis') }).word).toBe('Severe')
  expect(markOf({ reaction: reaction('severe'), criticality: 'high' }).word).toBe('Severe')
  expect(markOf({ reaction: reaction('moderate'), criticality: 'low' })).toEqual({
    status: 'attention',
    word: 'Moderate',
  })
  expect(markOf({ reaction: reaction('mild') })).toEqual({ status: 'neutral', word: 'Mild' })
  expect(markOf({})).toEqual({ status: 'attention', word: 'Severity not given' })
  expect(markOf({ reaction: reaction('severe') }, startLanguages('zh-Hant-TW').t).word).toBe('重度')
})

test('N4: a signature is no row and counts for none; another system’s provenance is a row, and of a type without a state none is missing', () => {
  const by = { identifier: { system: 'urn:chartkeep:member', value: 'm-ng' }, display: 'Ng Bo' }
  const signature = (meaning: SignatureMeaning) =>
    stringifyJson(
      newSignatureRecord({
        record: 'n1',
        revision: 'r1',
        type: 'Composition',
        meaning,
        at: 0,
        who: by,
        data: 'AA==',
      }),
    )
  const foreign = JSON.stringify({
    resourceType: 'Provenance',
    target: [{ reference: 'Observation/1' }],
    recorded: '2020-01-01T00:00:00Z',
    agent: [{ type: { text: 'Author' }, who: { display: 'Dr. Ho' } }],
  })
  const made = (id: string, text: string) => {
    const { type, title, status, collection } = describe(parseJsonOrNull(text))
    return record(id, { collection, type, title, status, resource: text })
  }
  const wording = { t: startLanguages('en').t, language: 'en' as const, views: new RecordViews(), hrefOf: () => '' }
  const [reviewed, imported] = [made('s', signature('review')), made('p', foreign)]
  expect([reviewed, imported].map((each) => isFactRecord(each))).toEqual([false, true])
  expect(sharedOf([reviewed, imported], ['notes'])).toEqual([imported])
  const rows = rowsOf([reviewed, imported], wording)
  expect(rows.map(({ title, value }) => [title, value])).toEqual([
    ['Signature: reviewed', ''],
    ['Dr. Ho', ''],
  ])
})

test('Overview: what carries an unknown condition is marked in its list, and is in no current list, dose or note of what is due', () => {
  const { t } = startLanguages('en')
  const views = new RecordViews()
  const wording = { t, language: 'en' as const, views, hrefOf: () => '' }
  const unclear = (collection: string, resource: object) => {
    const text = JSON.stringify({ ...resource, modifierExtension: [{ url: 'https://elsewhere.example/x' }] })
    const { type, title, status, date } = describe(parseJsonOrNull(text))
    return record(title, { collection, type, title, status, date, resource: text })
  }
  const active = { clinicalStatus: { coding: [{ code: 'active' }] } }
  const nuts = unclear('allergies', { resourceType: 'AllergyIntolerance', ...active, code: { text: 'Nuts' } })
  const cough = unclear('conditions', { resourceType: 'Condition', ...active, code: { text: 'Cough' } })
  const pill = unclear('medications', {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Aspirin' },
  })
  const visit = unclear('appointments', {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-11-22T08:00:00Z',
  })
  const all = [nuts, cough, pill, visit]
  for (const row of rowsOf(all, wording)) {
    expect(row.state).toEqual({
      status: 'attention',
      word: 'Has a condition that this app doesn’t know. See the original',
    })
    expect(row.rank).toBe(1)
  }
  for (const list of ['allergies', 'medications', 'conditions'] as const) {
    expect(importantOf(all, list, views)).toEqual([])
    const state = noneState(list, recordsIn(all, list), views)
    expect(emptyMark(list, state, views, t, 'en')).toEqual({
      status: 'attention',
      word: '1 entry has a condition that this app doesn’t know. See the original',
    })
  }
  expect(medicinesInUse(all, views, NOW)).toEqual([])
  expect(comingUp(all, views, new Date('2026-11-21T08:00:00Z')).appointments).toEqual([])
  const refuted = unclear('allergies', { resourceType: 'AllergyIntolerance', code: { text: 'Egg' } })
  const text = JSON.stringify({
    resourceType: 'AllergyIntolerance',
    code: { text: 'Egg' },
    verificationStatus: { coding: [{ code: 'refuted' }] },
  })
  expect(rowsOf([{ ...refuted, status: 'error', resource: text, revision: 'r' }], wording)[0]!.state?.word).toBe(
    'Ruled out',
  )
})

test('Overview: a medicine that looks like an allergy, or like another medicine, is told to the person and to the clinic in their words', () => {
  const views = new RecordViews()
  const made = (id: string, collection: string, resource: object) => {
    const text = JSON.stringify(resource)
    const { type, title, status } = describe(parseJsonOrNull(text))
    return record(id, { collection, type, title, status, resource: text })
  }
  const pill = (id: string, name: string) =>
    made(id, 'medications', {
      resourceType: 'MedicationStatement',
      status: 'active',
      medicationCodeableConcept: { text: name },
    })
  const allergy = made('a', 'allergies', { resourceType: 'AllergyIntolerance', code: { text: 'Penicillin' } })
  const [amoxicillin, augmentin] = [pill('b', 'Amoxicillin 500 mg'), pill('c', 'Augmentin')]
  const looks = looksAmong([allergy, amoxicillin, augmentin], views)
  const found = looks.of({ id: 'b', title: 'Amoxicillin 500 mg', resource: views.of(amoxicillin).resource })
  const { t } = startLanguages('en')
  expect(lookMarks(found, true, t)).toEqual([
    { status: 'danger', word: 'You recorded an allergy to penicillin. Ask before you take this.' },
    { status: 'attention', word: 'You already take this ingredient: Augmentin' },
  ])
  expect(lookMarks(found, false, t).map(({ word }) => word)).toEqual([
    'This record has an allergy to penicillin.',
    'Another current medicine has this ingredient: Augmentin',
  ])
  const zh = startLanguages('zh-Hant-TW').t
  expect(lookMarks(found, true, zh)[0]!.word).toBe('您記錄過對penicillin過敏。用藥前請先詢問。')
  const wording = { t, language: 'en' as const, views, hrefOf: () => '', looksOf: () => lookMarks(found, true, t) }
  expect(rowsOf([amoxicillin], wording)[0]!.titleMarks).toEqual(lookMarks(found, true, t))
})

test('Words: what is said of medicines never sounds as if they had been checked, or were safe', () => {
  for (const language of ['en', 'zh-Hant-TW'] as const) {
    const { t } = startLanguages(language)
    const looks = { allergies: ['x'], same: ['y'] }
    for (const { word } of [...lookMarks(looks, true, t), ...lookMarks(looks, false, t)])
      expect(word).not.toMatch(/safe|check|no interaction|安全|檢查|核對|無交互/iu)
  }
})

test('C11, C12: a record is by whoever wrote it: of what an owner took in late not the owner, and nobody without a name is left blank', () => {
  const { t } = startLanguages('en')
  const nameless = { account: 'x', device: 'd', member: '', name: '', me: false }
  expect(authorName(record('own'), t)).toBe('You')
  expect(authorName(record('late', { late: { account: 'n', name: 'Nurse Wu' } }), t)).toBe('Nurse Wu')
  expect(authorName(record('someone', { author: nameless }), t)).toBe('Someone')
})
