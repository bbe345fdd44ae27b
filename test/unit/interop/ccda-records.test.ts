/** C-CDA as records: what each statement becomes, and that a negation, a plan and "not known" stay what they are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe as group, expect, test } from 'vitest'
import { dayPlan, describe, dosagesOf } from '@chartkeep/domain'
import { readForImport, sourceOf } from '@chartkeep/interop'
import { SAMPLES } from '../../support/fhir-samples.ts'

const read = async (text: string) => (await readForImport(sourceOf(new TextEncoder().encode(text)), 'a.xml'))!

const document = (
  code: string,
  entries: string,
  text = '',
) => `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="77"/><patient><name><family>Lin</family><given>Rosa</given></name>
  <administrativeGenderCode code="F"/><birthTime value="19800512"/></patient></patientRole></recordTarget>
  <component><structuredBody><component><section><code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><title>T</title><text>${text}</text>${entries}</section></component></structuredBody></component></ClinicalDocument>`

const medicine = (
  head: string,
  name = '<code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/>',
) =>
  `<entry><substanceAdministration classCode="SBADM" ${head}><statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><low value="20150301"/></effectiveTime>
  <consumable><manufacturedProduct><manufacturedMaterial>${name}</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>`

const result = (value: string) =>
  `<entry><observation classCode="OBS" moodCode="EVN"><code code="2345-7" codeSystem="2.16.840.1.113883.6.1" displayName="Glucose"/><statusCode code="completed"/>
  <effectiveTime value="201503"/>${value}</observation></entry>`

const problem = (head: string, act = 'active') =>
  `<entry><act classCode="ACT" moodCode="EVN"><statusCode code="${act}"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" ${head}>
  <code code="55607006"/><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/></observation></entryRelationship></act></entry>`

async function only(text: string) {
  const { items, skipped } = await read(text)
  const records = items.filter(({ resourceType }) => resourceType !== 'Patient')
  return { resource: records[0]!.resource, of: describe(records[0]!.resource), count: records.length, skipped }
}

test('the person of the document is the person of each record, in the order in which names are said', async () => {
  const { people, kind } = await read(document('11450-4', problem('')))
  expect(kind).toBe('ccda')
  expect(people.patients.map(({ name, birthDate, gender, count }) => [name, birthDate, gender, count])).toEqual([
    ['Rosa Lin', '1980-05-12', 'female', 2],
  ])
})

group('negations, plans and what is not known', () => {
  test('a vaccine that was not given is not done, and a planned one is no vaccination', async () => {
    expect((await only(document('11369-6', medicine('moodCode="EVN" negationInd="true"')))).of).toMatchObject({
      collection: 'immunizations',
      status: 'not-done',
    })
    const planned = await only(document('11369-6', medicine('moodCode="INT"')))
    expect(planned.resource).toMatchObject({ resourceType: 'ServiceRequest', intent: 'plan' })
  })

  test('a planned medicine is a plan and never taken; one not taken says so', async () => {
    expect((await only(document('10160-0', medicine('moodCode="INT"')))).resource).toMatchObject({
      resourceType: 'MedicationRequest',
      intent: 'plan',
    })
    expect((await only(document('10160-0', medicine('moodCode="EVN" negationInd="true"')))).resource).toMatchObject({
      resourceType: 'MedicationStatement',
      status: 'not-taken',
    })
  })

  test('a negated problem is refuted; without a name it states that none is known', async () => {
    expect((await only(document('11450-4', problem('negationInd="true"')))).of.statusCode).toBe('refuted')
    const none = problem('negationInd="true"').replace('code="195967001"', 'code="55607006"')
    expect((await only(document('11450-4', none))).of).toMatchObject({ collection: 'conditions' })
    expect((await only(document('11450-4', none))).resource['verificationStatus']).not.toMatchObject({
      coding: [{ code: 'refuted' }],
    })
  })

  test('a nullFlavor is not known and never a negative', async () => {
    const { resource } = await only(document('30954-2', result('<value xsi:type="PQ" nullFlavor="UNK"/>')))
    expect(resource).toMatchObject({ dataAbsentReason: { coding: [{ code: 'unknown' }] } })
    const { items, skipped } = await read(
      document('10160-0', medicine('moodCode="EVN" nullFlavor="NI"', '<code nullFlavor="NI"/>')),
    )
    expect(items.map(({ resourceType }) => resourceType)).toEqual(['Patient'])
    expect(skipped.map(({ what, reason }) => [what, reason])).toEqual([['T', 'no-content']])
  })

  test('a negated finding is listed and not shown as a finding', async () => {
    const negated = result('<value xsi:type="PQ" value="5" unit="mg/dL"/>').replace(
      'moodCode="EVN"',
      'moodCode="EVN" negationInd="true"',
    )
    const { items, skipped } = await read(document('30954-2', negated))
    expect([items.length, skipped.length]).toEqual([1, 1])
  })
})

group('values', () => {
  test.each([
    ['<value xsi:type="PQ" value="92.50" unit="mg/dL"/>', '92.50 mg/dL'],
    ['<value xsi:type="IVL_PQ"><high value="5" unit="mg/dL" inclusive="false"/></value>', '<5 mg/dL'],
    ['<value xsi:type="ST">negative</value>', 'negative'],
    ['<value xsi:type="CD" code="260385009" codeSystem="2.16.840.1.113883.6.96" displayName="Negative"/>', 'Negative'],
    ['<value xsi:type="INT" value="7"/>', '7'],
  ])('%s is %s, on the day that it was measured', async (value, shown) => {
    const { of } = await only(document('30954-2', result(value)))
    expect(of).toMatchObject({ collection: 'labs', title: 'Glucose', date: '2015-03', value: { text: shown } })
  })
})

test('what only the text has is listed by its section, and what no record can hold too', async () => {
  const { skipped, counts } = await read(document('48765-2', '', 'Penicillin: rash'))
  expect(skipped).toMatchObject([{ what: 'T', reason: 'only-as-text' }])
  expect(counts).toMatchObject({ found: 1, taken: 0, skipped: 1 })
  expect((await read(document('48768-6', medicine('moodCode="EVN"')))).skipped).toMatchObject([{ reason: 'no-place' }])
})

test('HL7’s example document: every statement is a record or is listed, and a second import brings nothing', async () => {
  const bytes = readFileSync(join(SAMPLES, '../ccda/hl7-ccd.xml'))
  const first = (await readForImport(sourceOf(bytes), 'ccd.xml'))!
  const second = (await readForImport(sourceOf(bytes), 'ccd.xml'))!
  const { found, taken, skipped } = first.counts
  expect([first.fileRefusal, found]).toEqual([null, taken + skipped])
  expect(taken).toBeGreaterThan(10)
  expect(second.items.map(({ identity, canonicalHash }) => [identity, canonicalHash])).toEqual(
    first.items.map(({ identity, canonicalHash }) => [identity, canonicalHash]),
  )
  const pressures = first.items.filter(({ resource }) => JSON.stringify(resource).includes('85354-9'))
  expect(describe(pressures[0]?.resource).collection).toBe('vitals')
})

group('what qualifies an allergy or a problem', () => {
  const qualifier = (code: string, value: string) =>
    `<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><code code="${code}"/><value xsi:type="CD" code="${value}" codeSystem="2.16.840.1.113883.6.96" displayName="D"/></observation></entryRelationship>`
  const statement = (name: string, more = '') =>
    `<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="ASSERTION"/><value xsi:type="CD" code="419199007"/>
    <participant typeCode="CSM"><participantRole><playingEntity><code code="70618" codeSystem="2.16.840.1.113883.6.88" displayName="${name}"/></playingEntity></participantRole></participant>${more}</observation></entryRelationship>`
  const concern = (inner: string) =>
    `<entry><act classCode="ACT" moodCode="EVN"><statusCode code="active"/>${inner}</act></entry>`
  const reaction = (more = '') =>
    `<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><code code="ASSERTION"/><value xsi:type="CD" code="422587007" codeSystem="2.16.840.1.113883.6.96" displayName="Nausea"/>${more}</observation></entryRelationship>`
  const allergies = async (inner: string) => {
    const { items, skipped } = await read(document('48765-2', concern(inner)))
    return {
      skipped: skipped.length,
      found: items
        .filter(({ resourceType }) => resourceType === 'AllergyIntolerance')
        .map(({ resource }) => resource as { reaction?: { severity?: string }[]; criticality?: string }),
    }
  }

  test.each([
    ['255604002', 'mild'],
    ['371923003', 'moderate'],
    ['6736007', 'moderate'],
    ['371924009', 'severe'],
    ['24484000', 'severe'],
    ['442452003', 'severe'],
    ['399166001', 'severe'],
  ])('severity %s of a reaction reads as %s', async (code, severity) => {
    const { found } = await allergies(statement('Penicillin', reaction(qualifier('SEV', code))))
    expect(found.map((each) => each.reaction)).toMatchObject([[{ severity }]])
  })

  test('a severity that hangs on the concern belongs to its single statement', async () => {
    const { found, skipped } = await allergies(statement('Penicillin', reaction()) + qualifier('SEV', '371924009'))
    expect(found.map((each) => each.reaction)).toMatchObject([[{ severity: 'severe' }]])
    expect(skipped).toBe(0)
  })

  test('where the concern has two statements its severity is listed as not taken', async () => {
    const { found, skipped } = await allergies(
      statement('Penicillin', reaction()) + statement('Codeine', reaction()) + qualifier('SEV', '24484000'),
    )
    expect(found.flatMap((each) => each.reaction ?? []).map((each) => each.severity)).toEqual([undefined, undefined])
    expect(skipped).toBe(1)
  })

  test('a severity with no reaction is kept', async () => {
    const { found } = await allergies(statement('Penicillin', qualifier('SEV', '24484000')))
    expect(found[0]?.reaction).toMatchObject([{ severity: 'severe' }])
  })

  test('a severity of the allergy that is worse than its reaction is not hidden by the reaction', async () => {
    const { found } = await allergies(
      statement('Penicillin', reaction(qualifier('SEV', '255604002')) + qualifier('SEV', '24484000')),
    )
    expect(found[0]?.reaction?.map((each) => each.severity)).toEqual(['mild', 'severe'])
  })

  test('an allergy without any severity has none', async () => {
    const { found } = await allergies(statement('Penicillin') + '')
    expect(found).toMatchObject([{}])
    expect(found[0]?.reaction).toBeUndefined()
  })

  test('the criticality of the concern is the criticality of its statement', async () => {
    expect((await allergies(statement('Penicillin') + qualifier('82606-5', 'CRITH'))).found[0]?.criticality).toBe(
      'high',
    )
  })

  test('a problem keeps its severity as it was coded', async () => {
    const { items } = await read(
      document(
        '11450-4',
        concern(
          statement('x', qualifier('SEV', '371924009')).replace(
            '419199007"',
            '195967001" displayName="Asthma" codeSystem="2.16.840.1.113883.6.96"',
          ),
        ),
      ),
    )
    expect(items.find(({ resourceType }) => resourceType === 'Condition')?.resource).toMatchObject({
      severity: { coding: [{ system: 'http://snomed.info/sct', code: '371924009' }] },
    })
  })
})

group('how a medicine is taken', () => {
  const sig = async (inner: string) => {
    const entry = `<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><statusCode code="active"/>
      <effectiveTime xsi:type="IVL_TS"><low value="20150301"/></effectiveTime>${inner}
      <consumable><manufacturedProduct><manufacturedMaterial><code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>`
    const { resource } = await only(document('10160-0', entry))
    return { resource, view: dosagesOf(resource)[0] }
  }
  const every = (inside: string) => `<effectiveTime xsi:type="PIVL_TS" operator="A"><period ${inside}</effectiveTime>`
  const precondition = (value: string) =>
    `<precondition typeCode="PRCN"><criterion><code code="ASSERTION"/>${value}</criterion></precondition>`

  test('a precondition is "as needed" with its reason, and plans no dose of a day', async () => {
    const { view, resource } = await sig(
      every('value="6" unit="h"/>') +
        precondition(
          '<value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="Wheezing"/>',
        ),
    )
    expect(view).toMatchObject({ asNeeded: true, reason: 'Wheezing', times: { period: '6', unit: 'h' } })
    expect(dayPlan(resource, '2015-03-05', 'UTC')).toEqual({ kind: 'open', asNeeded: true })
  })

  test('a precondition that does not say for what is "as needed" all the same', async () => {
    expect((await sig(precondition('<value xsi:type="CD" nullFlavor="NI"/>'))).view).toMatchObject({
      asNeeded: true,
      reason: '',
    })
  })

  test.each([
    ['HS', ['HS']],
    ['ACM', ['ACM']],
    ['XYZ', undefined],
  ])('the event %s is a time of FHIR or none', async (event, when) => {
    expect(
      (await sig(`<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="${event}"/></effectiveTime>`)).view?.when,
    ).toEqual(when)
  })

  test('a period between two lengths keeps both', async () => {
    expect(
      (await sig(every('><low value="4" unit="h"/><high value="6" unit="h"/></period>'))).view?.times,
    ).toMatchObject({
      period: '4',
      periodMax: '6',
      unit: 'h',
    })
  })

  test('a dose range, a rate and the most in a day are kept, and a dose without a unit takes the one it is given in', async () => {
    const { view } = await sig(
      '<doseQuantity><low value="1"/><high value="2"/></doseQuantity><rateQuantity value="90" unit="mL/min"/><maxDoseQuantity><numerator value="8"/><denominator value="1" unit="d"/></maxDoseQuantity><administrationUnitCode code="C42998" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="tablet"/>',
    )
    expect(view).toMatchObject({ dose: '1–2 tablet', rate: '90 mL/min', most: '8 / 1 d' })
  })

  test('an instruction does not hide the dose; a free text sig is the whole dosage', async () => {
    const act = (head: string, text: string) =>
      `<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">${head}<text>${text}</text></act></entryRelationship>`
    const { view } = await sig(
      `<doseQuantity value="1" unit="mg"/>${act('<templateId root="2.16.840.1.113883.10.20.22.4.20"/><code code="409073007"/>', 'Take with food')}`,
    )
    expect(view).toMatchObject({ text: '', dose: '1 mg', instructions: ['Take with food'] })
    expect((await sig(act('<code code="76662-6"/>', 'One each morning'))).view).toMatchObject({
      text: 'One each morning',
    })
  })
})

group('what hangs on a statement', () => {
  const related = (type: string, inner: string) => `<entryRelationship typeCode="${type}">${inner}</entryRelationship>`

  test('a comment is a note, with its author', async () => {
    const comment = related(
      'SUBJ',
      '<act classCode="ACT" moodCode="EVN"><code code="48767-8"/><text>Sample was hemolyzed</text><author><time value="20150302"/><assignedAuthor><assignedPerson><name><given>Ana</given><family>Diaz</family></name></assignedPerson></assignedAuthor></author></act>',
    )
    const { resource } = await only(
      document('30954-2', result(`<value xsi:type="PQ" value="90" unit="mg/dL"/>${comment}`)),
    )
    expect(resource).toMatchObject({
      note: [{ text: 'Sample was hemolyzed', authorString: 'Ana Diaz', time: '2015-03-02' }],
    })
  })

  test('an indication is the reason of a medicine', async () => {
    const why = related(
      'RSON',
      '<observation classCode="OBS" moodCode="EVN"><code code="404684003"/><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96" displayName="Pneumonia"/></observation>',
    )
    const entry = medicine('moodCode="EVN"').replace('</substanceAdministration>', `${why}</substanceAdministration>`)
    expect((await only(document('10160-0', entry))).resource).toMatchObject({ reasonCode: [{ text: 'Pneumonia' }] })
  })

  test('the age at onset stands in for a day that nobody gave', async () => {
    const age = related(
      'SUBJ',
      '<observation classCode="OBS" moodCode="EVN"><code code="445518008"/><value xsi:type="PQ" value="57" unit="a"/></observation>',
    )
    const entry = problem('').replace(
      '</observation></entryRelationship></act>',
      `${age}</observation></entryRelationship></act>`,
    )
    expect((await only(document('11450-4', entry))).resource['onsetAge']).toMatchObject({ unit: 'a' })
  })

  test('a relative has sex, death and the ages of what they had; a negated finding is listed', async () => {
    const finding = (negated: string, code: string) =>
      `<component><observation classCode="OBS" moodCode="EVN" ${negated}><value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96" displayName="F${code}"/>${related(
        'SUBJ',
        '<observation classCode="OBS" moodCode="EVN"><code code="445518008"/><value xsi:type="PQ" value="57" unit="a"/></observation>',
      )}</observation></component>`
    const entry = `<entry><organizer classCode="CLUSTER" moodCode="EVN"><subject><relatedSubject classCode="PRS"><code code="FTH" codeSystem="2.16.840.1.113883.5.111" displayName="Father"/>
      <subject><administrativeGenderCode code="M"/><birthTime value="1910"/><deceasedInd value="true"/></subject></relatedSubject></subject>${finding('', '22298006')}${finding('negationInd="true"', '44054006')}</organizer></entry>`
    const { resource, skipped } = await only(document('10157-6', entry))
    expect(resource).toMatchObject({
      sex: { coding: [{ code: 'male' }] },
      bornDate: '1910',
      deceasedBoolean: true,
      condition: [{ code: { text: 'F22298006' }, onsetAge: { unit: 'a' } }],
    })
    expect((resource['condition'] as unknown[]).length).toBe(1)
    expect(skipped.length).toBe(1)
  })
})
