/** "None known" and "not asked" as a summary says them of an empty section: read back from our own file, and as others write it. */
import { isJsonObject, type JsonObject, listAnswer, type NoneType, stringAt, stringifyJson } from '@chartkeep/domain'
import { type FhirItem, ipsDocument, type IpsEmptyReason, withStatedEmpty } from '@chartkeep/interop'
import { findPatients } from '@chartkeep/interop/people'
import { expect, test } from 'vitest'
import { readText } from '../../support/fhir-samples.ts'

let count = 0

/** Our own summary, of which the three sections that every one has are empty for these reasons. */
function summary(allergies: IpsEmptyReason, medications: IpsEmptyReason, problems: IpsEmptyReason): string {
  const section = (name: 'allergies' | 'medications' | 'problems', empty: IpsEmptyReason) => ({
    name,
    title: name,
    lines: ['in words'],
    records: [],
    empty,
  })
  return stringifyJson(
    ipsDocument({
      title: 'Summary',
      language: 'en',
      person: { name: 'Mei Chen', birthDate: '1992-03-04', gender: 'female', numbers: [], death: null, contacts: [] },
      sections: [
        section('allergies', allergies),
        section('medications', medications),
        section('problems', problems),
        { name: 'vitals', title: 'vitals', lines: ['none'], records: [], empty: 'nilknown' },
      ],
      others: [],
      now: Date.parse('2026-11-20T08:00:00Z'),
      zone: 'Asia/Taipei',
      newId: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    }),
  )
}

async function answers(text: string): Promise<{ stated: FhirItem[]; of: (type: NoneType) => string }> {
  const { items } = await readText(text)
  const all = withStatedEmpty(items)
  expect(all.slice(0, items.length)).toEqual(items)
  const resources = all.map(({ resource }) => resource).filter(isJsonObject)
  return {
    stated: all.slice(items.length),
    of: (type) => listAnswer(type, resources, { now: Date.now(), zone: 'UTC' }),
  }
}

test('IPS: what our own summary says of an empty section comes back: none known, not asked; withheld says nothing about the person', async () => {
  const text = summary('nilknown', 'notasked', 'withheld')
  const { stated, of } = await answers(text)
  expect(of('AllergyIntolerance')).toBe('none-known')
  expect(of('MedicationStatement')).toBe('not-asked')
  expect(of('Condition')).toBe('nothing')
  expect(stated.map(({ resourceType, collection }) => [resourceType, collection])).toEqual([
    ['AllergyIntolerance', 'allergies'],
    ['MedicationStatement', 'medications'],
  ])
  // On the day of the summary, and of nobody but its person.
  expect(stringAt(stated[0]!.resource, 'recordedDate')).toBe('2026-11-20T08:00:00.000Z')
  const { items } = await readText(text)
  const all = withStatedEmpty(items)
  const people = findPatients(all)
  expect(people.patients).toHaveLength(1)
  for (const one of all.slice(items.length)) expect(people.belongsTo(one, people.patients[0]!)).toBe('yes')
  // Read again, it is the same record.
  expect((await answers(text)).stated.map(({ identity }) => identity)).toEqual(stated.map(({ identity }) => identity))
  expect(new Set(all.map(({ index }) => index)).size).toBe(items.length + 2)
})

test('IPS: a section that has an entry, an unknown reason or another subject than the three states nothing', async () => {
  const composition = (section: object): JsonObject => ({
    resourceType: 'Composition',
    id: 'c',
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '60591-5' }] },
    subject: { reference: 'Patient/1' },
    date: '2026-11-20',
    title: 'x',
    section: [section as JsonObject],
  })
  const coded = (code: string) => ({ coding: [{ code }] })
  const nothing = [
    { code: coded('48765-2'), emptyReason: coded('nilknown'), entry: [{ reference: 'AllergyIntolerance/1' }] },
    { code: coded('48765-2'), emptyReason: coded('unavailable') },
    { code: coded('8716-3'), emptyReason: coded('nilknown') },
    { code: coded('48765-2') },
  ]
  for (const section of nothing) expect((await answers(stringifyJson(composition(section)))).stated).toEqual([])
  // As Epic writes it: the reason with its system and words.
  const reason = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'nilknown' }] }
  const { of } = await answers(stringifyJson(composition({ code: coded('11450-4'), emptyReason: reason })))
  expect(of('Condition')).toBe('none-known')
})
