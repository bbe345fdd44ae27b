import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  allergyForm,
  auditEntry,
  canonicalJson,
  appointmentForm,
  changedAllergy,
  changedAppointment,
  changedCondition,
  changedDocument,
  changedDose,
  changedFamilyMember,
  changedImmunization,
  changedMedication,
  changedObservation,
  changedPatient,
  changedProcedure,
  checkResource,
  conditionForm,
  describe,
  differingFields,
  dosagesOf,
  documentForm,
  doseForm,
  EMPTY_ALLERGY,
  EMPTY_DOCUMENT,
  EMPTY_IMMUNIZATION,
  EMPTY_MEDICATION,
  EMPTY_OBSERVATION,
  EMPTY_PATIENT,
  enteredInError,
  errorReason,
  familyForm,
  immunizationForm,
  listAnswer,
  medicationForm,
  newAllergy,
  newAuditEvent,
  newDocument,
  newDocumentVersion,
  provenBy,
  replacedBy,
  superseded,
  withoutProof,
  withProof,
  newImmunization,
  newMedication,
  newNoneStated,
  noneStated,
  newObservation,
  newPatient,
  observationForm,
  parseJsonOrNull,
  patientForm,
  procedureForm,
  stringAt,
  stringifyJson,
  typedNumber,
  typedValueElement,
  valueView,
  VITAL_SIGNS,
  type AuditEntry,
  type JsonObject,
} from '@chartkeep/domain'
import { readFile, samplePaths, SAMPLES } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

const ME = 'Patient/me'
const READER = { now: Date.parse('2026-11-21T08:00:00Z'), zone: 'UTC' }
const read = (text: string) => parseJsonOrNull(text) as JsonObject

/** Each kind of record: its form, read and written. */
const KINDS: { [type: string]: (resource: JsonObject) => JsonObject } = {
  AllergyIntolerance: (resource) => changedAllergy(resource, allergyForm(resource)),
  Immunization: (resource) => changedImmunization(resource, immunizationForm(resource)),
  MedicationStatement: (resource) => changedMedication(resource, medicationForm(resource)),
  Observation: (resource) => changedObservation(resource, observationForm(resource)),
  Patient: (resource) => changedPatient(resource, patientForm(resource)),
  DocumentReference: (resource) => changedDocument(resource, documentForm(resource)),
  Condition: (resource) => changedCondition(resource, conditionForm(resource)),
  Procedure: (resource) => changedProcedure(resource, procedureForm(resource)),
  FamilyMemberHistory: (resource) => changedFamilyMember(resource, familyForm(resource)),
  MedicationAdministration: (resource) => changedDose(resource, doseForm(resource)),
  Appointment: (resource) => changedAppointment(resource, appointmentForm(resource)),
}

test('a form that is opened and saved without a change leaves the record as it is, for every real record', async () => {
  let tried = 0
  for (const path of samplePaths()) {
    for (const { resource, resourceType, text } of (await readFile(`${SAMPLES}/${path}`)).items) {
      const again = KINDS[resourceType]?.(resource)
      if (again === undefined) continue
      tried += 1
      expect(stringifyJson(again), `${path} ${resourceType}`).toBe(stringifyJson(read(text)))
    }
  }
  expect(tried).toBeGreaterThan(1000)
})

const words = fc.stringMatching(/^[a-z][a-z ]{0,10}[a-z]$/)
const maybe = fc.oneof(fc.constant(''), words)
const date = fc.constantFrom('', '1997', '1997-03', '1997-03-09')
const code = fc.option(fc.record({ system: fc.constant('urn:codes'), code: words, display: words }))
const digits = fc.constantFrom('5', '5.40', '0.10', '120')

test('what a form holds is what the record shows in that form again', () => {
  const reaction = fc.record({
    manifestation: words,
    severity: fc.constantFrom('' as const, 'mild' as const, 'severe' as const),
    date,
  })
  const allergy = fc.record({
    substance: words,
    code,
    type: fc.constantFrom('' as const, 'allergy' as const),
    category: fc.constantFrom('' as const, 'food' as const, 'medication' as const),
    criticality: fc.constantFrom('' as const, 'low' as const, 'high' as const),
    clinicalStatus: fc.constantFrom('active' as const, 'resolved' as const),
    onset: date,
    recorded: date,
    reactions: fc.array(reaction, { maxLength: 3 }),
    note: maybe,
  })
  const immunization = fc.record({
    vaccine: words,
    code,
    status: fc.constant('not-done' as const),
    statusReason: maybe,
    date,
    doseNumber: fc.constantFrom('', '2', 'booster'),
    lotNumber: maybe,
    performer: maybe,
    site: maybe,
    nextDue: date,
    note: maybe,
  })
  const medication = fc.record({
    name: words,
    code,
    dose: fc.constantFrom('', '500 mg', '0.50 mL', '2', 'half a tablet'),
    frequency: maybe,
    times: fc.subarray(['07:30', '20:00']),
    days: fc.subarray(['mon' as const, 'thu' as const]),
    everyDays: fc.constantFrom('', '2'),
    route: maybe,
    instructions: maybe,
    asNeeded: fc.boolean(),
    status: fc.constantFrom('active' as const, 'stopped' as const),
    start: date,
    end: fc.constantFrom('', '2001'),
    reason: maybe,
    supplyUntil: date,
    note: maybe,
  })
  const observation = fc.record({
    kind: fc.constantFrom('laboratory' as const, 'vital-signs' as const),
    test: words,
    code,
    valueKind: fc.constant('typed' as const),
    value: fc.oneof(digits, fc.constantFrom('<5', '>=0.50', '3-5')),
    unit: fc.constantFrom('', 'mg/dL'),
    unitCode: fc.constant(''),
    systolic: fc.constant(''),
    diastolic: fc.constant(''),
    rangeLow: fc.oneof(fc.constant(''), digits),
    rangeHigh: fc.oneof(fc.constant(''), digits),
    rangeText: maybe,
    interpretation: fc.constantFrom('', 'H'),
    status: fc.constantFrom('final' as const, 'amended' as const),
    date,
    performer: maybe,
    note: maybe,
  })
  const patient = fc.record({
    name: words,
    birthDate: date,
    gender: fc.constantFrom('' as const, 'female' as const),
    sexAtBirth: fc.constantFrom('' as const, 'F' as const),
    bloodType: fc.constantFrom('', 'O+'),
    phone: maybe,
    email: maybe,
    language: fc.constantFrom('', 'zh-TW'),
    clinic: maybe,
    recordNumbers: fc.uniqueArray(fc.record({ assigner: words, value: words }), {
      maxLength: 2,
      selector: ({ assigner }) => assigner,
    }),
    contacts: fc.uniqueArray(fc.record({ name: words, relationship: words, phone: maybe }), {
      maxLength: 2,
      selector: ({ name }) => name,
    }),
    active: fc.boolean(),
  })
  const file = fc.record({
    title: words,
    contentType: fc.constant('application/pdf'),
    sizeBytes: fc.nat(),
    url: words,
    sha256: maybe,
  })
  const document = fc.record({
    title: words,
    type: maybe,
    category: maybe,
    tags: fc.uniqueArray(words, { maxLength: 3 }),
    author: maybe,
    date: fc.constantFrom('', '2026-11-21T08:00:00Z', '1997', '1997-03-09'),
    files: fc.array(file, { minLength: 1, maxLength: 2 }),
  })
  const stays = (resource: JsonObject) =>
    canonicalJson(KINDS[String(resource['resourceType'])]!(resource)) === canonicalJson(resource)
  fc.assert(
    fc.property(allergy, immunization, medication, observation, patient, document, (a, i, m, o, p, d) => {
      expect(allergyForm(newAllergy(a, ME))).toEqual(a)
      expect(immunizationForm(newImmunization(i, ME))).toEqual(i)
      expect(medicationForm(newMedication(m, ME))).toEqual(m)
      expect(observationForm(newObservation(o, ME))).toEqual(o)
      expect(patientForm(newPatient(p))).toEqual(p)
      expect(documentForm(newDocument(d, ME))).toEqual(d)
      for (const resource of [
        newAllergy(a, ME),
        newImmunization(i, ME),
        newMedication(m, ME),
        newObservation(o, ME),
        newPatient(p),
        newDocument(d, ME),
      ]) {
        expect(stays(resource)).toBe(true)
        expect(stringifyJson(read(stringifyJson(resource)))).toBe(stringifyJson(resource))
        if (resource['resourceType'] !== 'Immunization') expect(checkResource(resource)).toEqual([])
      }
    }),
    seeded(300),
  )
})

group('one field changed in a form changes one field of the record', () => {
  const imported = read(
    '{"resourceType":"AllergyIntolerance","id":"x","meta":{"source":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active","display":"Active"}]},"category":["food","biologic"],"criticality":"low","code":{"coding":[{"code":"a"},{"code":"b"}],"text":"Nuts"},"patient":{"reference":"urn:uuid:1"},"reaction":[{"manifestation":[{"text":"Hives"},{"text":"Wheeze"}],"severity":"mild","exposureRoute":{"text":"oral"}},{"manifestation":[{"text":"Rash"}]}],"_criticality":{"id":"c"},"unknown":1.10}',
  )

  test('criticality: all else stays, digits and unknown elements too', () => {
    const after = changedAllergy(imported, { ...allergyForm(imported), criticality: 'high' })
    expect(differingFields(imported, after)).toEqual(['criticality'])
    expect(stringifyJson(after)).toContain('"unknown":1.10')
    expect(stringifyJson(after)).not.toContain('_criticality')
  })

  test('the severity of one reaction: its other details and the other reaction stay', () => {
    const form = allergyForm(imported)
    const after = changedAllergy(imported, {
      ...form,
      reactions: form.reactions.map((reaction, index) =>
        index === 0 ? { ...reaction, severity: 'severe' } : reaction,
      ),
    })
    expect(stringifyJson(after['reaction']!)).toBe(
      '[{"manifestation":[{"text":"Hives"},{"text":"Wheeze"}],"severity":"severe","exposureRoute":{"text":"oral"}},{"manifestation":[{"text":"Rash"}]}]',
    )
  })

  test('a reaction taken out is taken out, and the other keeps its own details', () => {
    const form = allergyForm(imported)
    const after = changedAllergy(imported, { ...form, reactions: form.reactions.slice(1) })
    expect(stringifyJson(after['reaction']!)).toBe('[{"manifestation":[{"text":"Rash"}]}]')
  })

  test('a result: the unit corrected, the digits stay', () => {
    const result = newObservation({ ...EMPTY_OBSERVATION, test: 'LDL', value: '2.90', unit: 'mg/dL' }, ME)
    const after = changedObservation(result, { ...observationForm(result), unit: 'mmol/L' })
    expect(valueView(after).text).toBe('2.90 mmol/L')
    expect(differingFields(result, after)).toEqual(['value[x]'])
  })

  test('a result that turns from number to words leaves no second value', () => {
    const result = newObservation({ ...EMPTY_OBSERVATION, test: 'ANA', value: '1:80' }, ME)
    const after = changedObservation(result, { ...observationForm(result), value: 'negative' })
    expect(Object.keys(after).filter((key) => key.startsWith('value'))).toEqual(['valueString'])
    expect(checkResource(after)).toEqual([])
  })
})

test.each([
  ['5.40', 'mmol/L', '{"valueQuantity":{"value":5.40,"unit":"mmol/L"}}'],
  ['5,40', '', '{"valueQuantity":{"value":5.40}}'],
  ['<5', 'ng/mL', '{"valueQuantity":{"value":5,"comparator":"<","unit":"ng/mL"}}'],
  ['≤ 0,5', '', '{"valueQuantity":{"value":0.5,"comparator":"<="}}'],
  ['3-5', '/HPF', '{"valueRange":{"low":{"value":3,"unit":"/HPF"},"high":{"value":5,"unit":"/HPF"}}}'],
  ['1:80', '', '{"valueRatio":{"numerator":{"value":1},"denominator":{"value":80}}}'],
  ['positive', '', '{"valueString":"positive"}'],
  ['1,234', 'mg', '{"valueString":"1,234 mg"}'],
  ['+++', '', '{"valueString":"+++"}'],
  ['05', '', '{"valueString":"05"}'],
  ['１２．５', '', '{"valueQuantity":{"value":12.5}}'],
  ['.5', '', '{"valueQuantity":{"value":0.5}}'],
  ['−2.5', '', '{"valueQuantity":{"value":-2.5}}'],
  ['＜5', '', '{"valueQuantity":{"value":5,"comparator":"<"}}'],
  ['≦5', '', '{"valueQuantity":{"value":5,"comparator":"<="}}'],
  ['1.2E+2', '', '{"valueQuantity":{"value":1.2e2}}'],
  ['-2.5', '', '{"valueQuantity":{"value":-2.5}}'],
  ['  ', '', '{}'],
])('%j %j is written as %s', (value, unit, expected) => {
  expect(stringifyJson(typedValueElement(value, unit, ''))).toBe(expected)
})

test.each([
  [
    'finding',
    'NEG',
    '"valueCodeableConcept":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"NEG","display":"Negative"}]}',
  ],
  ['integer', '3', '"valueInteger":3'],
  ['date', '2026-11', '"valueDateTime":"2026-11"'],
  ['date', '2026-11-21T08:00:00+08:00', '"valueDateTime":"2026-11-21T08:00:00+08:00"'],
  [
    'absent',
    'not-performed',
    '"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-performed"}]}',
  ],
  ['typed', '1:80', '"valueRatio":{"numerator":{"value":1},"denominator":{"value":80}}'],
] as const)(
  'a value of the kind %s, %j, is written as FHIR has it, shows again, and gives way to another kind whole',
  (valueKind, value, written) => {
    const resource = newObservation({ ...EMPTY_OBSERVATION, test: 'Test', valueKind, value }, ME)
    expect(checkResource(resource)).toEqual([])
    expect(stringifyJson(resource)).toContain(written)
    expect(observationForm(resource)).toMatchObject({ valueKind, value })
    expect(changedObservation(resource, { ...observationForm(resource), note: 'x' })).toMatchObject({
      note: [{ text: 'x' }],
    })
    const after = changedObservation(resource, {
      ...observationForm(resource),
      valueKind: 'typed',
      value: '<5',
      unit: 'mg/L',
    })
    expect(checkResource(after)).toEqual([])
    expect(valueView(after).text).toBe('<5 mg/L')
  },
)

test('a value of a kind that forms do not write stays as it is until it is typed again', () => {
  const record = read(
    '{"resourceType":"Observation","status":"final","category":[{"text":"x"}],"code":{"text":"Fasting"},"subject":{},"valueBoolean":true}',
  )
  expect(observationForm(record)).toMatchObject({ valueKind: 'other' })
  expect(differingFields(record, changedObservation(record, { ...observationForm(record), note: 'x' }))).toEqual([
    'note',
  ])
})

test('a number that may be read in two ways is not read at all', () => {
  expect(typedNumber('1,234')).toBeNull()
  expect(typedNumber('1.234')?.text).toBe('1.234')
  expect(typedNumber('1,5')?.text).toBe('1.5')
})

test('the schedule of a medicine: times and days, told without words where it has none, and its other bounds stay', () => {
  const form = { ...EMPTY_MEDICATION, name: 'Metformin', dose: '500 mg', times: ['08:00', '20:00'] }
  const resource = newMedication(form, ME)
  expect(checkResource(resource)).toEqual([])
  expect(stringifyJson(resource['dosage']!)).toBe(
    '[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d","timeOfDay":["08:00:00","20:00:00"]}},"doseAndRate":[{"doseQuantity":{"value":500,"unit":"mg"}}]}]',
  )
  const bounded = read(
    '{"resourceType":"MedicationStatement","status":"active","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"A"},"dosage":[{"text":"one with breakfast","timing":{"repeat":{"boundsPeriod":{"start":"2020"},"frequency":1,"period":1,"periodUnit":"d","when":["CM"]}}}]}',
  )
  expect(changedMedication(bounded, { ...medicationForm(bounded), note: 'x' })['dosage']).toEqual(bounded['dosage'])
  const after = changedMedication(bounded, { ...medicationForm(bounded), times: ['08:00'] })
  expect(stringifyJson(after['dosage']!)).toContain(
    '"repeat":{"boundsPeriod":{"start":"2020"},"frequency":1,"period":1,"periodUnit":"d","timeOfDay":["08:00:00"]}',
  )
})

test('a medicine of a file that is edited keeps the words and the timing that no field shows', () => {
  const file = (dosage: string) =>
    read(
      `{"resourceType":"MedicationStatement","status":"active","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"A"},"dosage":[${dosage}]}`,
    )
  const edited = (resource: JsonObject, change: object) =>
    stringifyJson(changedMedication(resource, { ...medicationForm(resource), ...change })['dosage']!)
  const quantity = '"doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"}}]'
  const sentence = file(`{"text":"20 mg every evening, not while dizzy",${quantity},"route":{"text":"oral"}}`)
  expect(medicationForm(sentence).dose).toBe('20 mg every evening, not while dizzy')
  expect(edited(sentence, { instructions: 'with water' })).toBe(
    `[{"text":"20 mg every evening, not while dizzy",${quantity},"route":{"text":"oral"},"patientInstruction":"with water"}]`,
  )
  expect(edited(sentence, { route: 'by mouth' })).toContain('"text":"20 mg every evening, not while dizzy, by mouth"')
  // How often is in the timing alone: no text may hide it.
  const timed = file(`{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},${quantity}}`)
  expect(edited(timed, { dose: '40 mg' })).toBe(
    '[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":40,"unit":"mg"}}]}]',
  )
})

test('a medicine of once a week or once a month stays so when a time of day is written to it', () => {
  const file = (repeat: string) =>
    read(
      `{"resourceType":"MedicationStatement","status":"active","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"A"},"dosage":[{"timing":{"repeat":{${repeat}}}}]}`,
    )
  const timed = (repeat: string, change: object = {}) => {
    const resource = file(repeat)
    const after = changedMedication(resource, { ...medicationForm(resource), times: ['08:00'], ...change })
    return stringifyJson(after['dosage']!).slice('[{"timing":{"repeat":'.length, -'}}]'.length)
  }
  const weekly = '"frequency":1,"period":1,"periodUnit":"wk"'
  expect(medicationForm(file(weekly)).everyDays).toBe('7')
  expect(timed(weekly)).toBe('{"frequency":1,"period":7,"periodUnit":"d","timeOfDay":["08:00:00"]}')
  // What no field can say stays as it is.
  const monthly = '"frequency":1,"period":1,"periodUnit":"mo"'
  expect(timed(monthly)).toBe(`{${monthly},"timeOfDay":["08:00:00"]}`)
  const thrice = '"frequency":3,"period":1,"periodUnit":"wk"'
  expect(timed(thrice)).toBe(`{${thrice},"timeOfDay":["08:00:00"]}`)
  // Days that are chosen say it again.
  expect(timed(thrice, { days: ['mon', 'thu'] })).toContain(
    '"frequency":1,"period":1,"periodUnit":"d","dayOfWeek":["mon","thu"]',
  )
})

test('a dose in words is told next to its schedule', () => {
  const resource = newMedication({ ...EMPTY_MEDICATION, name: 'A', dose: 'two puffs', times: ['08:00'] }, ME)
  expect(dosagesOf(resource)).toMatchObject([{ text: '', dose: 'two puffs', timesOfDay: ['08:00'] }])
})

test('blood pressure is written as two components with their codes and read as one value', () => {
  const [pressure] = VITAL_SIGNS
  const resource = newObservation(
    {
      ...EMPTY_OBSERVATION,
      kind: 'vital-signs',
      test: 'Blood pressure',
      code: pressure!.code,
      systolic: '120',
      diastolic: '80',
      date: '2026-11-21',
    },
    ME,
  )
  expect(checkResource(resource)).toEqual([])
  expect(describe(resource)).toMatchObject({ collection: 'vitals', detail: '120/80 mmHg', code: { code: '85354-9' } })
  expect(observationForm(resource)).toMatchObject({ systolic: '120', diastolic: '80', value: '' })
})

test('every vital sign that forms offer is a vital sign with a LOINC code and units', () => {
  for (const {
    code: { code: loinc, display },
    units,
  } of VITAL_SIGNS) {
    expect(loinc).toMatch(/^\d+-\d$/)
    const resource = newObservation(
      {
        ...EMPTY_OBSERVATION,
        kind: 'vital-signs',
        test: display,
        value: '1',
        unit: units[0]!.unit,
        unitCode: units[0]!.unitCode,
      },
      ME,
    )
    expect(describe(resource).collection).toBe('vitals')
    expect(checkResource(resource)).toEqual([])
  }
})

group('no known allergies', () => {
  const none = newNoneStated('AllergyIntolerance', 'none-known', ME, '2026-11-21')
  const notAsked = newNoneStated('AllergyIntolerance', 'not-asked', ME, '2026-11-21')
  const allergy = newAllergy({ ...EMPTY_ALLERGY, substance: 'Nuts' }, ME)
  const past = newAllergy({ ...EMPTY_ALLERGY, substance: 'Milk', clinicalStatus: 'resolved' }, ME)
  const ofKind = read(
    '{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"code":"429625007"}]}}',
  )

  test.each<[string, JsonObject[], string]>([
    ['nothing recorded', [], 'nothing'],
    ['that nobody asked', [notAsked], 'not-asked'],
    ['that nobody asked, and later the statement', [notAsked, none], 'none-known'],
    ['an allergy after nobody had asked', [notAsked, allergy], 'some'],
    ['the statement', [none], 'none-known'],
    ['an allergy', [allergy], 'some'],
    ['an allergy beside the statement', [none, allergy], 'some'],
    ['a past allergy', [past], 'past-only'],
    ['a past allergy and the statement', [past, none], 'none-known'],
    ['an allergy entered in error', [enteredInError(allergy, '')], 'nothing'],
    ['the statement entered in error', [enteredInError(none, '')], 'nothing'],
    [
      'the statement that nobody asked',
      [
        read(
          '{"resourceType":"AllergyIntolerance","code":{"coding":[{"code":"no-allergy-info"}]},"clinicalStatus":{"coding":[{"code":"active"}]}}',
        ),
      ],
      'not-asked',
    ],
    ['that none is known of one kind', [ofKind], 'none-of-kind'],
    ['that none is known of one kind, and of none at all', [ofKind, none], 'none-known'],
    ['an allergy beside the statement of one kind', [ofKind, allergy], 'some'],
  ])('%s', (_, resources, answer) => {
    expect(listAnswer('AllergyIntolerance', resources, READER)).toBe(answer)
  })

  test.each(['AllergyIntolerance', 'MedicationStatement', 'Condition'] as const)(
    '%s: the statement is a record without any licensed code, and counts as no thing',
    (type) => {
      for (const answer of ['none-known', 'not-asked'] as const) {
        const statement = newNoneStated(type, answer, ME, '2026-11-21')
        expect(noneStated(statement)).toBe(answer)
        expect(listAnswer(type, [statement], READER)).toBe(answer)
        expect(stringifyJson(statement)).not.toContain('snomed')
        expect(describe(statement)).toMatchObject({ date: '2026-11-21' })
      }
    },
  )
})

test('entered in error keeps the record and its reason, and fits the rules of its type', () => {
  for (const resource of [
    newAllergy({ ...EMPTY_ALLERGY, substance: 'Nuts' }, ME),
    newMedication({ ...EMPTY_MEDICATION, name: 'A' }, ME),
    newImmunization({ ...EMPTY_IMMUNIZATION, vaccine: 'MMR', date: '1999' }, ME),
    newObservation({ ...EMPTY_OBSERVATION, test: 'LDL', value: '1' }, ME),
    newDocument({ ...EMPTY_DOCUMENT, files: [{ title: '', contentType: '', sizeBytes: 0, url: 'a', sha256: '' }] }, ME),
  ]) {
    const after = enteredInError(resource, 'typed into the wrong chart')
    expect(describe(after).status).toBe('error')
    expect(errorReason(after)).toBe('typed into the wrong chart')
    expect(checkResource(after)).toEqual([])
  }
  const goal = enteredInError(read('{"resourceType":"Goal","lifecycleStatus":"active"}'), '')
  expect(stringifyJson(goal)).toBe('{"resourceType":"Goal","lifecycleStatus":"entered-in-error"}')
  const person = newPatient({ ...EMPTY_PATIENT, name: 'Mei' })
  expect(enteredInError(person, 'x')).toBe(person)
})

const file = { title: 'b', contentType: 'text/plain', sizeBytes: 1, url: 'u', sha256: '' }

test('a new version of a document names the one that it replaces, and keeps what that one says of itself', () => {
  const before = read(
    '{"resourceType":"DocumentReference","id":"x","meta":{"versionId":"3","tag":[{"system":"urn:chartkeep:tag","code":"knee"},{"system":"other","code":"o"}]},"masterIdentifier":{"value":"m"},"status":"current","description":"Letter","type":{"coding":[{"code":"11488-4"}],"text":"Note"},"date":"2025-01-01T00:00:00Z","context":{"period":{"start":"2024"},"related":[{"reference":"Condition/c"}]},"content":[{"attachment":{"url":"a"}}]}',
  )
  const next = newDocumentVersion(before, { files: [file], date: '2026-11-21T08:00:00Z' }, 'DocumentReference/x')
  expect(stringifyJson(next['relatesTo']!)).toBe('[{"code":"replaces","target":{"reference":"DocumentReference/x"}}]')
  expect(replacedBy(next)).toEqual(['DocumentReference/x'])
  expect(documentForm(next)).toMatchObject({
    title: 'Letter',
    type: 'Note',
    tags: ['knee'],
    date: '2026-11-21T08:00:00Z',
    files: [file],
  })
  expect(provenBy(next)).toEqual([{ reference: 'Condition/c', display: '' }])
  expect([next['id'], next['masterIdentifier'], next['status']]).toEqual([undefined, undefined, 'current'])
  expect(stringAt(next, 'type', 'coding', 'code')).toBe('11488-4')
  expect(checkResource(next)).toEqual([])
  expect(describe(superseded(before)).status).toBe('past')
})

test('a document names the records that it proves, each once, and takes them back without a trace', () => {
  const plain = newDocument({ ...EMPTY_DOCUMENT, date: '2026-11', files: [file] }, ME)
  const one = withProof(plain, 'Immunization/i', 'MMR')
  const again = withProof(withProof(one, 'Condition/c', ''), 'Immunization/i', 'MMR 2')
  expect(provenBy(again)).toEqual([
    { reference: 'Condition/c', display: '' },
    { reference: 'Immunization/i', display: 'MMR 2' },
  ])
  expect(checkResource(again)).toEqual([])
  expect(describe(again).date).toBe('2026-11')
  expect(withoutProof(again, ['Condition/c', 'Immunization/i'])).toEqual(plain)
  const bare = newDocument({ ...EMPTY_DOCUMENT, files: [file] }, ME)
  expect(withoutProof(withProof(bare, 'Condition/c', ''), ['Condition/c'])).toEqual(bare)
})

test('search finds a record by the words that a person put on it, and not by the tags of others', () => {
  const text = describe(
    read(
      '{"resourceType":"DocumentReference","meta":{"tag":[{"system":"urn:chartkeep:tag","code":"Insurance"},{"system":"o","code":"elsewhere"}]}}',
    ),
  ).text
  expect([text.includes('insurance'), text.includes('elsewhere')]).toEqual([true, false])
})

group('audit events', () => {
  const entry: AuditEntry = {
    action: 'shared',
    account: 'acc',
    device: 'dev',
    name: 'Mei',
    collection: 'labs',
    records: [],
    subject: 'Dr Lin',
    count: 214,
    at: Date.UTC(2026, 10, 21, 8),
  }

  test.each([
    'opened',
    'read',
    'created',
    'changed',
    'shared',
    'revoked',
    'imported',
    'exported',
    'printed',
    'resolved',
    'signed',
    'deleted',
    'emergency',
    'failed-unlock',
    'something-newer',
  ])('A1: %s is written and read back', (action) => {
    const event = newAuditEvent({ ...entry, action })
    expect(auditEntry(event)).toEqual({ ...entry, action })
    expect(checkResource(event)).toEqual([])
    expect(describe(event)).toMatchObject({ collection: 'audit', date: '2026-11-21T08:00:00Z' })
  })

  test('A1: at most 100 records are named, and the count tells how many there were', () => {
    const records = Array.from({ length: 250 }, (_, index) => `r${index}`)
    const back = auditEntry(newAuditEvent({ ...entry, records, count: 250 }))
    expect([back.records.length, back.count]).toEqual([100, 250])
  })

  test('A1: an event of another system is read as far as it goes', () => {
    expect(
      auditEntry(
        read(
          '{"resourceType":"AuditEvent","action":"C","recorded":"2020-01-01T00:00:00Z","agent":[{"name":"robot"},{"requestor":true,"who":{"display":"Dr A"}}],"entity":[{"name":"chart"}]}',
        ),
      ),
    ).toMatchObject({ action: 'created', name: 'Dr A', subject: 'chart', at: Date.UTC(2020, 0, 1) })
    expect(auditEntry(read('{}'))).toMatchObject({ action: 'read', at: 0, count: 0 })
  })
})
