/** The places of a practice's session, and the menu of a patient's chart: which there are, for whom, and where they lead. */
import type { PracticeAction } from '@chartkeep/domain'
import type { Practice } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { addressOf, type ScreenWord } from '../place/addresses.ts'
import { mayDo, type ShownSummary } from '../context/app-context.tsx'
import type { SlotBook } from '../place/slots.ts'

/** In the order of the side bar. */
const PRACTICE_PLACES = ['work', 'patients', 'calendar', 'messages', 'results', 'sign', 'practice'] as const
export type PracticePlace = (typeof PRACTICE_PLACES)[number]

/** Who has which place; null: every member. An auditor keeps the audit log and nothing else. */
const FOR: Record<PracticePlace, readonly PracticeAction[] | null> = {
  work: ['assign-work'],
  patients: ['confirm-identity'],
  calendar: ['book'],
  messages: ['write-message'],
  results: ['release-result', 'write-note'],
  sign: ['sign-note', 'write-note'],
  practice: null,
}

export function placesOf(practice: Practice): PracticePlace[] {
  return PRACTICE_PLACES.filter((place) => FOR[place]?.some((action) => practice.may(action)) ?? true)
}

/** The actions that give a member the place. */
export function actionsOfPlace(place: PracticePlace): readonly PracticeAction[] {
  return FOR[place] ?? []
}

/** Where a member begins. */
export function firstPlaceOf(practice: Practice): ScreenWord {
  return placesOf(practice)[0] ?? 'practice'
}

export interface MenuEntry {
  key: string
  label: string
  href: string
}

/** One of the seven tabs of a chart, with the screens that belong to it; it leads to the first of them. `covers`: screens without a link of their own. */
export interface ChartPart extends MenuEntry {
  inside: readonly MenuEntry[]
  covers: readonly string[]
}

/** What can be opened in a chart. A list that is not shared has no entry, and a tab without one is left out. */
export function chartMenu(chart: ShownSummary, slots: SlotBook, t: TFunction): ChartPart[] {
  const { slot } = chart
  // Records that were only in the chart are not here, and no list claims to be empty.
  const isFile = chart.file !== undefined
  const list = (collection: 'medications' | 'labs', label: string): MenuEntry[] =>
    !isFile && mayDo(chart, collection, 'read')
      ? [
          {
            key: `list:${collection}`,
            label,
            href: addressOf('list', slot, slots.slotOf({ type: 'list', collection })),
          },
        ]
      : []
  const place = (word: ScreenWord, label: string): MenuEntry => ({ key: word, label, href: addressOf(word, slot) })
  const part = (label: string, inside: readonly MenuEntry[], covers: readonly string[] = []): ChartPart[] =>
    inside[0] === undefined ? [] : [{ ...inside[0], label, inside, covers }]
  return [
    ...part(t('clinic.summary'), [place('chart', t('clinic.summary'))]),
    ...part(t('screen.results'), [...list('labs', t('collection.labs')), place('results', t('clinic.ourResults'))]),
    ...part(t('collection.medications'), list('medications', t('collection.medications'))),
    ...part(t('clinic.visitsAndNotes'), [
      place('visit', t('clinic.visits')),
      place('note', t('clinic.notes')),
      place('calendar', t('clinic.appointments')),
    ]),
    ...part(t('screen.plans'), [place('plans', t('screen.plans'))]),
    ...part(t('screen.messages'), [place('messages', t('screen.messages'))]),
    ...part(
      t('clinic.allRecords'),
      [
        ...(isFile ? [] : [place('overview', t('clinic.allLists'))]),
        place('timeline', t('screen.timeline')),
        place('search', t('screen.search')),
        ...(isFile ? [] : [place('who', t('screen.who'))]),
      ],
      ['list', 'record', 'history', 'form', 'resolve', 'docs'],
    ),
  ]
}

/** The tab that a screen belongs to; the last one has every list without a tab of its own. */
export function partOf(menu: readonly ChartPart[], place: string): ChartPart | undefined {
  const word = place.split(':')[0] ?? ''
  return (
    menu.find(({ inside }) => inside.some(({ key }) => key === place)) ??
    menu.find(({ covers }) => covers.includes(word))
  )
}
