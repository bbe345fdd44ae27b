/** The index in memory: which records are found, in which order, and that it follows changes. */
import { SearchIndex, type SearchEntry } from '@chartkeep/app/src/app/search/search-index.ts'
import { queryWords, searchTokens } from '@chartkeep/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const entry = (id: string, given: Partial<SearchEntry> = {}): SearchEntry => ({
  id,
  title: 'Glucose',
  text: '',
  also: [],
  date: '2020-01-01',
  kind: 'labs',
  isError: false,
  ...given,
})

function indexOf(...entries: SearchEntry[]): SearchIndex {
  const index = new SearchIndex()
  for (const each of entries) index.put(each)
  return index
}

const idsFor = (index: SearchIndex, query: string, options: Parameters<SearchIndex['find']>[1] = {}) =>
  index.find(query, { most: 100, ...options }).hits.map(({ id }) => id)

test('Search: the title counts more than the text, then the newest day; what was entered in error is last', () => {
  const index = indexOf(
    entry('old', { date: '2019-05-05' }),
    entry('text', { title: 'Panel', text: 'glucose', date: '2026-01-01' }),
    entry('year', { date: '2020' }),
    entry('day', { date: '2020-12-31' }),
    entry('error', { date: '2026-06-06', isError: true }),
    entry('undated', { date: '' }),
  )
  expect(idsFor(index, 'gluc')).toEqual(['year', 'day', 'old', 'undated', 'text', 'error'])
})

test('Search: words that come later, as of a file, find the record; with its change they go, and for a record that is gone nothing is kept', () => {
  const index = indexOf(entry('letter', { title: 'Letter', kind: 'documents' }), entry('other'))
  index.add('letter', 'Discharged with warfarin 5 mg')
  index.add('letter', 'Page two: warfarin again, and 糖尿病')
  index.add('nobody', 'warfarin')
  expect(idsFor(index, 'warf')).toEqual(['letter'])
  expect(idsFor(index, '糖尿 letter')).toEqual(['letter'])
  index.put(entry('letter', { title: 'Letter', kind: 'documents' }))
  expect(idsFor(index, 'warfarin')).toEqual([])
})

test('Search: every word must be there, as the beginning of one; longer ones also inside another', () => {
  const index = indexOf(
    entry('penicillin', { title: 'Penicillin V', text: 'rash 250 mg' }),
    entry('amoxicillin', { title: 'Amoxicillin', text: 'rash 500 mg' }),
  )
  expect(idsFor(index, 'cillin rash').sort()).toEqual(['amoxicillin', 'penicillin'])
  expect(idsFor(index, 'rash 25')).toEqual(['penicillin'])
  expect(idsFor(index, '50')).toEqual(['amoxicillin'])
  expect(idsFor(index, 'rash nothing')).toEqual([])
  expect(idsFor(index, '')).toEqual([])
})

test('Search: Chinese is found by one character, by two, and by words that cross', () => {
  const index = indexOf(
    entry('pressure', { title: '血壓', also: ['vital sign'] }),
    entry('sugar', { title: '空腹血糖', text: '醫師：林怡君' }),
  )
  expect(idsFor(index, '血').sort()).toEqual(['pressure', 'sugar'])
  expect(idsFor(index, '糖')).toEqual(['sugar'])
  expect(idsFor(index, '林怡君 血糖')).toEqual(['sugar'])
  expect(idsFor(index, 'vital')).toEqual(['pressure'])
  expect(idsFor(index, '血林')).toEqual([])
})

test('Search: a kind and a year narrow the hits, and the numbers next to them say what the other choice would give', () => {
  const index = indexOf(
    entry('a', { date: '2020-01-01' }),
    entry('b', { date: '2021-01-01' }),
    entry('c', { date: '2021-02-01', kind: 'notes' }),
  )
  const found = index.find('glucose', { kind: 'labs', year: '2021' })
  expect(found.hits.map(({ id }) => id)).toEqual(['b'])
  expect(found.total).toBe(1)
  expect([...found.kinds]).toEqual([
    ['labs', 1],
    ['notes', 1],
  ])
  expect([...found.years]).toEqual([
    ['2020', 1],
    ['2021', 1],
  ])
})

test('Search: of each kind the best few are given, and all are counted', () => {
  const index = indexOf(
    ...Array.from({ length: 30 }, (_, day) =>
      entry(`lab ${day}`, { date: `2020-01-${String(day + 1).padStart(2, '0')}` }),
    ),
    entry('note', { kind: 'notes', date: '1990' }),
  )
  const found = index.find('glucose', { most: 3 })
  expect(found.hits.map(({ id }) => id)).toEqual(['lab 29', 'lab 28', 'lab 27', 'note'])
  expect([found.total, found.kinds.get('labs')]).toEqual([31, 30])
})

test('Search: a changed record is found by its new words only, a removed one by none', () => {
  const index = indexOf(entry('a'), entry('b'))
  index.put(entry('a', { title: 'Sodium' }))
  index.remove('b')
  index.remove('never there')
  expect(idsFor(index, 'glucose')).toEqual([])
  expect(idsFor(index, 'sod')).toEqual(['a'])
  expect(index.size).toBe(1)
})

test('Search: it finds what a look at every record would find, whatever is put, changed and removed', () => {
  const words = ['glucose', 'glycated', 'Glu', '血糖', '血壓', '壓', '1.10', '110', '2020-03', 'ucos', 'é', 'o-o']
  const text = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((parts) => parts.join(' '))
  const action = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), title: text, text, isGone: fc.boolean() })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), text, (actions, query) => {
      const index = new SearchIndex()
      const kept = new Map<string, string[]>()
      for (const { id, isGone, ...rest } of actions) {
        if (isGone) index.remove(id)
        else index.put(entry(id, { ...rest, date: '' }))
        if (isGone) kept.delete(id)
        else kept.set(id, searchTokens(`${rest.title} ${rest.text}`))
      }
      const asked = queryWords(query)
      const expected = [...kept].filter(([, tokens]) =>
        asked.every((word) =>
          tokens.some((token) => token.startsWith(word) || (/^[a-z]{3,}$/u.test(word) && token.includes(word))),
        ),
      )
      expect(idsFor(index, query).sort()).toEqual(asked.length === 0 ? [] : expected.map(([id]) => id).sort())
    }),
    seeded(400),
  )
})
