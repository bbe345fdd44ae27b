/** Medicines that a file names in a resource of their own are named where they are taken. */
import { describe, parseJsonOrNull, stringAt } from '@chartkeep/domain'
import { withMedicineNames } from '@chartkeep/interop'
import { expect, test } from 'vitest'
import { readFile, readText, SAMPLES } from '../../support/fhir-samples.ts'

const titlesOf = (items: readonly { text: string; resourceType: string }[]) =>
  items
    .filter(({ resourceType }) => /^Medication(?:Statement|Request|Administration)$/.test(resourceType))
    .map(({ text }) => describe(parseJsonOrNull(text)).title)

test('a medicine that a summary keeps in a resource of its own is named by that resource, and not by its narrative', async () => {
  const { items } = await readFile(`${SAMPLES}/ips/IPS-bundle-01.json`)
  const named = withMedicineNames(items)
  expect(titlesOf(named)).toEqual([
    'Product containing anastrozole (medicinal product)',
    'Black Cohosh Extract herbal supplement',
  ])
  // Everything else stays, and so does what tells whether the file was imported before.
  expect(named.map(({ identity, canonicalHash }) => [identity, canonicalHash])).toEqual(
    items.map(({ identity, canonicalHash }) => [identity, canonicalHash]),
  )
  expect(named.filter((item, at) => item !== items[at])).toHaveLength(2)
})

test('by what is in it where it has no code; words that are next to a reference stay, and a reference that leads nowhere gets none', async () => {
  const order = (id: string, reference: object) => ({
    resource: {
      resourceType: 'MedicationRequest',
      id,
      status: 'active',
      category: [{ text: 'Outpatient' }],
      medicationReference: reference,
    },
  })
  const { items } = await readText(
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        order('1', { reference: 'Medication/m' }),
        order('2', { reference: 'Medication/m', display: 'As the clinic calls it' }),
        order('3', { reference: 'Medication/elsewhere' }),
        {
          resource: {
            resourceType: 'Medication',
            id: 'm',
            ingredient: [
              { itemCodeableConcept: { text: 'Amoxicillin' } },
              { itemCodeableConcept: { coding: [{ display: 'Clavulanic acid' }] } },
            ],
          },
        },
      ],
    }),
  )
  const named = withMedicineNames(items)
  // Where nobody can name it, its category does not.
  expect(titlesOf(named)).toEqual(['Amoxicillin / Clavulanic acid', 'As the clinic calls it', ''])
  expect(stringAt(named[0]!.resource, 'medicationReference', 'reference')).toBe('Medication/m')
})
