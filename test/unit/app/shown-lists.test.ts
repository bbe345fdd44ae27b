/** C17, decision 0098: social history and surveys have a list of their own, and are shared with the conditions next to which they are shown. */
import {
  collectionLabel,
  LISTED_COLLECTIONS,
  recordListLabel,
  scopeLabel,
  scopeTotal,
  SHOWN_LISTS,
  storedOf,
} from '@chartkeep/app/src/app/words/collection-label.ts'
import { filtersOf } from '@chartkeep/app/src/features/records/list/list-filters.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { collectionOf, findingKind, shownList, shownStream, storedList } from '@chartkeep/domain'
import { expect, test } from 'vitest'

const [en, zh] = LANGUAGES.map((language) => startLanguages(language).getFixedT(language))

const category = (code: string) => [{ coding: [{ code }] }]
const observation = (code: string) => ({ resourceType: 'Observation', status: 'final', category: category(code) })

test('C17: an Observation that is no laboratory result and no vital sign is in the list of its own, and never among the conditions', () => {
  for (const code of ['social-history', 'survey', 'exam', 'imaging', 'unheard-of']) {
    const collection = collectionOf(observation(code))
    expect([collection, shownList({ type: 'Observation', collection })], code).toEqual(['conditions', 'social'])
  }
  for (const type of ['Condition', 'Procedure', 'FamilyMemberHistory'])
    expect(shownList({ type, collection: 'conditions' })).toBe('conditions')
  expect(shownList({ type: 'Observation', collection: 'labs' })).toBe('labs')
  expect(shownList({ type: 'Observation', collection: 'conditions-private' })).toBe('social')
  expect(shownStream({ type: 'Observation', collection: 'conditions-private' })).toBe('social-private')
  expect(shownStream({ type: 'Condition', collection: 'conditions-private' })).toBe('conditions-private')
  expect(['social-history', 'survey', 'exam'].map((code) => findingKind(observation(code)))).toEqual([
    'social',
    'survey',
    'finding',
  ])
})

test('C17: the list is after the conditions, with their rights; who shares them is told what goes with them', () => {
  expect(SHOWN_LISTS.filter((list) => list !== 'social')).toEqual(LISTED_COLLECTIONS)
  expect(SHOWN_LISTS[SHOWN_LISTS.indexOf('conditions') + 1]).toBe('social')
  expect([storedList('social'), storedOf('social'), storedOf('labs')]).toEqual(['conditions', 'conditions', 'labs'])
  expect(scopeTotal({ conditions: 2, social: 3, labs: 7 }, 'conditions')).toBe(5)
  expect(scopeTotal({ conditions: 2, social: 3, labs: 7 }, 'labs')).toBe(7)
  expect(collectionLabel('social', en!)).toBe('Social history and surveys')
  expect(recordListLabel({ type: 'Observation', collection: 'conditions-private' }, en!)).toBe(
    'Social history and surveys (Private)',
  )
  expect(scopeLabel('conditions', en!)).toBe('Conditions (with social history and surveys)')
  expect(scopeLabel('labs', en!)).toBe('Lab results')
  expect([collectionLabel('social', zh!), scopeLabel('conditions', zh!)]).toEqual([
    '生活史與問卷',
    '健康問題（含生活史與問卷）',
  ])
})

test('C17: its chips tell social history, surveys and other findings apart', () => {
  const chips = filtersOf('social', en!, new Map([['a', 'social']]))
  expect(chips.map(({ label }) => label)).toEqual([
    'Social history',
    'Surveys',
    'Other findings',
    'Marked as a mistake',
  ])
  expect(chips.filter(({ test: passes }) => passes({ id: 'a', rank: 0 } as never)).map(({ id }) => id)).toEqual([
    'social',
  ])
})
