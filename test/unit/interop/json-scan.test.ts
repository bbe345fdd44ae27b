import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readText } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

test('each resource keeps the very text that it has in the file', async () => {
  const patient = '{ "resourceType" : "Patient",\n\t"id":"1", "x": [1.10, "}]\\"", {}] }'
  const { items } = await readText(
    `{"resourceType":"Bundle","type":"collection","entry":[ {"fullUrl":"urn:uuid:a","resource":${patient}} ]}`,
  )
  expect(items.map(({ text }) => text)).toEqual([patient])
})

test('a Bundle with any white space, any order of members and any other members gives the same resources', async () => {
  const space = fc.constantFrom('', ' ', '\n  ', '\t', '\r\n')
  const other = fc.constantFrom(
    '"meta":{"tag":[{"code":"}]["}]}',
    '"total":3',
    '"link":[{"url":"\\u0022"}]',
    '"note":null',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(99), { minLength: 1, maxLength: 6 }),
      fc.array(other, { maxLength: 3 }),
      space,
      fc.boolean(),
      async (ids, others, gap, entriesFirst) => {
        const entry = `"entry"${gap}:${gap}[${gap}${ids.map((id, index) => `{${gap}"resource"${gap}:{"id":"${id}-${index}",${gap}"resourceType":"Basic"}${gap}}`).join(`${gap},${gap}`)}${gap}]`
        const head = ['"resourceType":"Bundle"', '"type":"collection"', ...new Set(others)]
        const text = `${gap}{${gap}${(entriesFirst ? [entry, ...head] : [...head, entry]).join(`${gap},${gap}`)}${gap}}${gap}`
        const { items, refusals } = await readText(text)
        expect(refusals).toEqual([])
        expect(items.map((item) => item.resource['id'])).toEqual(ids.map((id, index) => `${id}-${index}`))
      },
    ),
    seeded(200),
  )
})
