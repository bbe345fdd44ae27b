/** Conditions, procedures, relatives, doses and appointments from forms: FHIR R4 as its invariants want it, and back. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type AppointmentForm,
  appointmentForm,
  canonicalJson,
  changedAppointment,
  changedCondition,
  changedDose,
  changedFamilyMember,
  changedProcedure,
  checkResource,
  type ConditionForm,
  conditionForm,
  contradictsEnd,
  describe,
  differingFields,
  doseAnswer,
  type DoseForm,
  doseForm,
  doseOf,
  EMPTY_APPOINTMENT,
  EMPTY_CONDITION,
  EMPTY_DOSE,
  EMPTY_FAMILY,
  EMPTY_PROCEDURE,
  enteredInError,
  type FamilyForm,
  familyForm,
  isDateTime,
  type JsonObject,
  needsTime,
  newAppointment,
  newCondition,
  newDose,
  newFamilyMember,
  newProcedure,
  parseJsonOrNull,
  type ProcedureForm,
  procedureForm,
  mergeRecords,
  restored,
  TRASH_DAYS,
  trashDaysLeft,
  trashed,
  trashedAt,
  RELATIVES,
  type Relative,
  stringAt,
  stringifyJson,
  changedRelatedPerson,
  EMPTY_RELATED_PERSON,
  newRelatedPerson,
  relatedPersonForm,
} from '@chartkeep/domain'
import { seeded } from '../../support/seeded.ts'

const ME = 'Patient/me'
const read = (text: string) => parseJsonOrNull(text) as JsonObject

const words = fc.stringMatching(/^[a-z][a-z ]{0,10}[a-z]$/)
const maybe = fc.oneof(fc.constant(''), words)
const date = fc.constantFrom('', '1997', '1997-03', '1997-03-09')
const time = fc.constantFrom('2026-11-21T08:00:00+08:00', '2026-03-01T23:45:00Z')
const code = fc.option(fc.record({ system: fc.constant('urn:codes'), code: words, display: words }))

const condition: fc.Arbitrary<ConditionForm> = fc
  .record({
    name: words,
    code,
    clinicalStatus: fc.constantFrom('active' as const, 'relapse' as const, 'remission' as const, 'resolved' as const),
    verification: fc.constantFrom('' as const, 'confirmed' as const, 'provisional' as const),
    severity: fc.constantFrom('', 'mild', 'severe'),
    bodySite: maybe,
    onset: date,
    end: date,
    recorded: fc.constantFrom('', '2026-11-21T08:00:00Z'),
    asserter: maybe,
    note: maybe,
  })
  .filter((form) => !contradictsEnd(form))
const procedure: fc.Arbitrary<ProcedureForm> = fc
  .record({
    name: words,
    code,
    status: fc.constantFrom('completed' as const, 'not-done' as const, 'preparation' as const, 'unknown' as const),
    statusReason: maybe,
    date,
    end: fc.constantFrom('', '2001'),
    performer: maybe,
    place: maybe,
    reason: maybe,
    bodySite: maybe,
    outcome: maybe,
    note: maybe,
  })
  .map((form) => ({ ...form, statusReason: form.status === 'not-done' ? form.statusReason : '' }))
const relative: fc.Arbitrary<FamilyForm> = fc
  .record({
    relationship: fc.oneof(fc.constantFrom(...(Object.keys(RELATIVES) as Relative[])), words),
    name: maybe,
    born: date,
    deceased: fc.constantFrom('' as const, 'yes' as const, 'no' as const),
    deathAge: fc.constantFrom('', '80'),
    isUnknown: fc.boolean(),
    conditions: fc.uniqueArray(fc.record({ name: words, age: fc.constantFrom('', '45') }), {
      maxLength: 3,
      selector: ({ name }) => name,
    }),
    date: fc.constantFrom('', '2026-11-21'),
    note: maybe,
  })
  .map((form) => ({ ...form, deathAge: form.deceased === 'yes' ? form.deathAge : '' }))
const dose: fc.Arbitrary<DoseForm> = fc.record({
  medicine: words,
  code,
  answer: fc.constantFrom('taken' as const, 'late' as const, 'skipped' as const),
  at: time,
  planned: fc.oneof(fc.constant(''), time),
  dose: fc.constantFrom('', '500 mg', '0.50 mL', 'half a tablet'),
  reason: maybe,
  note: maybe,
  of: fc.constantFrom('', 'MedicationStatement/a', 'MedicationRequest/b'),
})
const appointment: fc.Arbitrary<AppointmentForm> = fc
  .record({
    what: words,
    withWhom: maybe,
    place: maybe,
    start: fc.oneof(time, fc.constantFrom('2026', '2026-12-03', '')),
    minutes: fc.constantFrom('15', '90'),
    status: fc.constantFrom('booked' as const, 'proposed' as const, 'cancelled' as const, 'fulfilled' as const),
    reason: maybe,
    cancelReason: maybe,
    instruction: maybe,
    note: maybe,
  })
  .map((form) => ({
    ...form,
    status: form.start.includes('T') || !needsTime(form.status) ? form.status : ('proposed' as const),
    minutes: form.start.includes('T') ? form.minutes : '',
  }))
  .map((form) => ({ ...form, cancelReason: form.status === 'cancelled' ? form.cancelReason : '' }))

interface Kind<Form> {
  form: fc.Arbitrary<Form>
  make(form: Form, patient: string): JsonObject
  read(resource: JsonObject): Form
  change(previous: JsonObject, form: Form): JsonObject
  collection: string
}

function keeps<Form>(name: string, { form, make, read: shown, change, collection }: Kind<Form>) {
  test(`${name}: what a form holds passes the schema, shows in that form again, and is not changed by saving it`, () => {
    fc.assert(
      fc.property(form, (values) => {
        const resource = make(values, ME)
        expect(checkResource(resource)).toEqual([])
        expect(shown(resource)).toEqual(values)
        expect(canonicalJson(change(resource, values))).toBe(canonicalJson(resource))
        expect(stringifyJson(read(stringifyJson(resource)))).toBe(stringifyJson(resource))
        expect(describe(resource)).toMatchObject({ collection })
        const wrong = enteredInError(resource, 'another person')
        expect(describe(wrong).status).toBe('error')
      }),
      seeded(100),
    )
  })

  test(`${name}: any form over any record gives what the form says, and elements that it does not know stay`, () => {
    fc.assert(
      fc.property(form, form, (before, after) => {
        const imported = read(stringifyJson(make(before, ME)).replace(/\}$/u, ',"unknown":1.10,"_x":{"id":"y"}}'))
        const changed = change(imported, after)
        expect(shown(changed)).toEqual(after)
        expect(checkResource(changed)).toEqual([])
        expect(stringifyJson(changed)).toContain('"unknown":1.10,"_x":{"id":"y"}')
      }),
      seeded(100),
    )
  })
}

keeps('Condition', {
  form: condition,
  make: newCondition,
  read: conditionForm,
  change: changedCondition,
  collection: 'conditions',
})
keeps('Procedure', {
  form: procedure,
  make: newProcedure,
  read: procedureForm,
  change: changedProcedure,
  collection: 'conditions',
})
keeps('Family history', {
  form: relative,
  make: newFamilyMember,
  read: familyForm,
  change: changedFamilyMember,
  collection: 'conditions',
})
keeps('Dose', { form: dose, make: newDose, read: doseForm, change: changedDose, collection: 'medications' })
keeps('Appointment', {
  form: appointment,
  make: newAppointment,
  read: appointmentForm,
  change: changedAppointment,
  collection: 'appointments',
})

test.each([
  ['a condition', newCondition(EMPTY_CONDITION, ME), ['code required']],
  ['a procedure', newProcedure(EMPTY_PROCEDURE, ME), ['code required']],
  ['a relative', newFamilyMember(EMPTY_FAMILY, ME), ['relationship required']],
  ['a dose', newDose(EMPTY_DOSE, ME), ['medicationCodeableConcept required', 'effectiveDateTime required']],
  ['an appointment', newAppointment(EMPTY_APPOINTMENT, ME), []],
])('an empty form of %s says what is missing', (_, resource, errors) => {
  expect(checkResource(resource).map(({ path, key }) => `${path} ${key}`)).toEqual(errors)
})

test('Condition: a state that nobody chose is active, or past where there is an end; running and ended contradict', () => {
  const status = (form: Partial<ConditionForm>) =>
    stringAt(newCondition({ ...EMPTY_CONDITION, name: 'Asthma', ...form }, ME), 'clinicalStatus', 'coding', 'code')
  expect(status({})).toBe('active')
  expect(status({ end: '2001' })).toBe('inactive')
  const both = { ...EMPTY_CONDITION, name: 'Asthma', clinicalStatus: 'active' as const, end: '2001' }
  expect(contradictsEnd(both)).toBe(true)
  expect(checkResource(newCondition(both, ME))).toEqual([{ path: 'clinicalStatus', key: 'con-4' }])
  const error = enteredInError(newCondition({ ...EMPTY_CONDITION, name: 'Asthma', end: '2001' }, ME), '')
  expect(checkResource(error)).toEqual([])
})

test('Condition: an onset that is no date (an age, words) is left alone by a form that does not change it', () => {
  const record = read(
    '{"resourceType":"Condition","code":{"text":"Asthma"},"subject":{"reference":"Patient/1"},"onsetAge":{"value":6,"unit":"a"}}',
  )
  expect(conditionForm(record).onset).toBe('')
  const after = changedCondition(record, { ...conditionForm(record), note: 'as a child' })
  expect(differingFields(record, after)).toEqual(['note'])
  const dated = changedCondition(record, { ...conditionForm(record), onset: '1990' })
  expect(differingFields(record, dated)).toEqual(['onset[x]'])
  expect('onsetAge' in dated).toBe(false)
})

test('Family history: an illness that is still shown keeps its other details', () => {
  const record = read(
    '{"resourceType":"FamilyMemberHistory","status":"completed","patient":{"reference":"Patient/1"},"relationship":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"MTH"}]},"condition":[{"code":{"text":"Gout"}},{"code":{"text":"Stroke"},"outcome":{"text":"recovered"},"onsetAge":{"value":8,"code":"mo"}}]}',
  )
  const form = familyForm(record)
  expect(form.conditions[1]).toEqual({ name: 'Stroke', age: '' })
  const after = changedFamilyMember(record, { ...form, conditions: form.conditions.slice(1) })
  expect(stringifyJson(after['condition']!)).toBe(
    '[{"code":{"text":"Stroke"},"outcome":{"text":"recovered"},"onsetAge":{"value":8,"code":"mo"}}]',
  )
  expect(stringAt(after, 'status')).toBe('completed')
})

test('Dose: it begins with the medicine, its code and its counted dose; a dose in words is not made a dose that was taken', () => {
  const medicine = (dosage: string) =>
    read(
      `{"resourceType":"MedicationRequest","medicationCodeableConcept":{"coding":[{"system":"urn:x","code":"1"}],"text":"Metformin"}${dosage}}`,
    )
  const counted = medicine(',"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":500,"unit":"mg"}}]}]')
  expect(doseOf(counted, 'MedicationRequest/1')).toMatchObject({ medicine: 'Metformin', dose: '500 mg', answer: '' })
  expect(doseOf(medicine(',"dosageInstruction":[{"text":"as told"}]'), 'x').dose).toBe('')
  const taken = newDose({ ...doseOf(counted, 'MedicationRequest/1'), answer: 'taken', at: '2026-11-21T08:00:00Z' }, ME)
  expect(checkResource(taken)).toEqual([])
  expect(stringAt(taken, 'request', 'reference')).toBe('MedicationRequest/1')
  expect(doseAnswer(taken)).toBe('taken')
  expect(doseAnswer(changedDose(taken, { ...doseForm(taken), answer: 'late' }))).toBe('late')
  expect(doseAnswer(enteredInError(taken, ''))).toBe('')
})

test('Appointment: the end follows from the length in the zone of the start; a day without a time is only asked for', () => {
  const form = { ...EMPTY_APPOINTMENT, what: 'Check', start: '2026-12-31T23:45:00+08:00', minutes: '30' }
  const booked = newAppointment(form, ME)
  expect(checkResource(booked)).toEqual([])
  expect([stringAt(booked, 'status'), stringAt(booked, 'end')]).toEqual(['booked', '2027-01-01T00:15:00+08:00'])
  expect(isDateTime(stringAt(booked, 'end'))).toBe(true)
  const asked = newAppointment({ ...form, start: '2026-12' }, ME)
  expect(checkResource(asked)).toEqual([])
  expect([stringAt(asked, 'status'), stringAt(asked, 'requestedPeriod', 'start')]).toEqual(['proposed', '2026-12'])
  expect(checkResource(newAppointment({ ...form, start: '2026-12', status: 'booked' }, ME))).toEqual([
    { path: 'start', key: 'app-3' },
  ])
})

test('Trash: a record goes there with its time, comes back as it was, and stays there when it is corrected elsewhere meanwhile', () => {
  const records = [
    newCondition({ ...EMPTY_CONDITION, name: 'Asthma' }, ME),
    read(
      '{"resourceType":"Basic","meta":{"source":"s","tag":[{"system":"urn:chartkeep:tag","code":"knee"}]},"x":1.10}',
    ),
  ]
  for (const record of records) {
    const away = trashed(record, '2026-11-21T08:00:00Z')
    expect(trashedAt(away)).toBe('2026-11-21T08:00:00Z')
    expect(describe(away).status).toBe('trash')
    expect(describe(away).collection).toBe(describe(record).collection)
    expect(trashed(away, '2027-01-01T00:00:00Z')).toBe(away)
    expect(stringifyJson(restored(away))).toBe(stringifyJson(record))
    expect(trashedAt(record)).toBe('')
  }
  const [asthma] = records as [JsonObject]
  const corrected = changedCondition(asthma, { ...conditionForm(asthma), note: 'as a child' })
  const merged = mergeRecords(asthma, trashed(asthma, '2026-11-21T08:00:00Z'), corrected)
  expect(merged.type).toBe('merged')
  if (merged.type !== 'merged') return
  expect(trashedAt(merged.resource)).toBe('2026-11-21T08:00:00Z')
  expect(conditionForm(restored(merged.resource)).note).toBe('as a child')
})

test('Trash: it offers a record for 30 days, counted from the first time that it went there', () => {
  const at = Date.UTC(2026, 10, 21, 8)
  const days = (number: number) => trashDaysLeft('2026-11-21T08:00:00Z', at + number * 86_400_000)
  expect([days(0), days(0.5), days(29.5), days(30), days(400)]).toEqual([TRASH_DAYS, TRASH_DAYS, 1, 0, 0])
  expect(trashDaysLeft('', at)).toBe(0)
  const twice = read(
    '{"meta":{"tag":[{"system":"urn:chartkeep:state","code":"trash","display":"2026-11-22T08:00:00Z"},{"system":"urn:chartkeep:state","code":"trash","display":"2026-11-21T08:00:00Z"}]}}',
  )
  expect(trashedAt(twice)).toBe('2026-11-21T08:00:00Z')
  expect(trashedAt(restored(twice))).toBe('')
  expect(trashedAt(read('{"meta":{"tag":[{"system":"urn:chartkeep:state","code":"trash","display":"soon"}]}}'))).toBe(
    '',
  )
})

test('Forms: somebody close to the person is corrected where they are, and all that the form does not know stays', () => {
  const imported = read(
    `{"resourceType":"RelatedPerson","patient":{"reference":"Patient/me"},"relationship":[{"coding":[{"code":"MTH"}],"text":"Mother"}],
    "name":[{"use":"official","family":"Chen","given":["Li"]},{"use":"maiden","family":"Wu"}],
    "telecom":[{"system":"phone","value":"1"},{"system":"fax","value":"2"}],"address":[{"city":"Taipei"}]}`,
  )
  const form = relatedPersonForm(imported)
  expect(form).toEqual({
    ...EMPTY_RELATED_PERSON,
    name: 'Li Chen',
    relationship: 'Mother',
    phone: '1',
  })
  expect(changedRelatedPerson(imported, form)).toEqual(imported)
  const changed = changedRelatedPerson(imported, { ...form, phone: '0912', email: 'a@b.c', active: 'no' })
  expect(relatedPersonForm(changed)).toEqual({ ...form, phone: '0912', email: 'a@b.c', active: 'no' })
  expect(changed['name']).toEqual(imported['name'])
  expect(changed['address']).toEqual(imported['address'])
  expect(stringifyJson(changed['telecom']!)).toBe(
    '[{"system":"phone","value":"0912"},{"system":"email","value":"a@b.c"},{"system":"fax","value":"2"}]',
  )
  expect(checkResource(newRelatedPerson({ ...form, birthDate: '1950-03' }, ME))).toEqual([])
})
