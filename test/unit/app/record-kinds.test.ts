/** The list of record kinds: what each object says of its kind fits the types of the domain and has words in both languages. */
import {
  kindOf,
  kindOfRecord,
  type KindName,
  OFFERED_KINDS,
  RECORD_KINDS,
  SUMMARY_SECTIONS,
} from '@chartkeep/app/src/record-kinds/index.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { ALL_TYPES, collectionOf, privateName, type Collection } from '@chartkeep/domain'
import { expect, test } from 'vitest'

const NAMES = Object.keys(RECORD_KINDS) as KindName[]
const sections = Object.values(SUMMARY_SECTIONS)

test.each(LANGUAGES)('every kind and every section is named in %s', (language) => {
  const t = startLanguages(language).getFixedT(language)
  const named = NAMES.flatMap((name) => {
    const { words, filter } = kindOf(name)
    return [...(kindOf(name).isOffered ? [words.add(t)] : []), words.thing(t), ...(filter ? [filter.label(t)] : [])]
  })
  for (const word of [...named, ...sections.map(({ title }) => title(t))])
    expect(word).not.toMatch(/^$|^[a-z]+\.[a-z]/iu)
})

test.each(ALL_TYPES.filter(({ form }) => form !== null).map((one) => [one.type, one] as const))(
  'a record that the form of %s makes is corrected by the kind that adds to its list',
  (type, { form }) => {
    const made = form?.make(form.empty as never, 'Patient/1')
    // An Observation goes where its test puts it.
    const lists: readonly Collection[] = type === 'Observation' ? ['labs', 'vitals'] : [collectionOf(made)]
    for (const list of lists)
      for (const collection of [list, privateName(list)]) {
        const kind = kindOfRecord({ type, collection })
        expect(kind === null ? null : kindOf(kind).list, collection).toBe(list)
      }
  },
)

test('records of no form are corrected where they came from', () => {
  expect(kindOfRecord({ type: 'MedicationRequest', collection: 'medications' })).toBeNull()
  expect(kindOfRecord({ type: 'Observation', collection: 'conditions' })).toBeNull()
})

test('every section of a kind is in the summary, under the name of its kind, and fills a section of an IPS that there is', () => {
  for (const name of NAMES) {
    const { section } = kindOf(name)
    if (section !== null) expect(SUMMARY_SECTIONS).toHaveProperty(name, section)
  }
  const places = ALL_TYPES.flatMap(({ ips }) => ips?.sections ?? []).map(({ name }) => name)
  const filled = sections.map(({ ips }) => ips).filter((ips) => ips !== null)
  expect([...new Set(places)].toSorted()).toEqual(filled.toSorted())
})

test('(+) offers what people add by hand, the most asked for first', () => {
  expect(OFFERED_KINDS.slice(0, 3)).toEqual(['doses', 'allergies', 'medications'])
  for (const name of ['profile', 'related', 'documents']) expect(OFFERED_KINDS).not.toContain(name)
})
