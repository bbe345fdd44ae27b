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
  total?: number
}

/** The places that can be opened in a chart. Lists that are not shared are left out. */
export function chartMenu(
  chart: ShownSummary,
  slots: SlotBook,
  totals: Readonly<Record<string, number>> | undefined,
  t: TFunction,
): MenuEntry[] {
  const { slot } = chart
  const list = (collection: 'conditions' | 'medications' | 'allergies' | 'labs', label: string): MenuEntry[] =>
    mayDo(chart, collection, 'read')
      ? [
          {
            key: `list:${collection}`,
            label,
            href: addressOf('list', slot, slots.slotOf({ type: 'list', collection })),
            ...(totals === undefined ? {} : { total: totals[collection] ?? 0 }),
          },
        ]
      : []
  const place = (word: ScreenWord, label: string): MenuEntry => ({ key: word, label, href: addressOf(word, slot) })
  // Records that were only in the chart are not here, and no list claims to be empty.
  if (chart.file !== undefined)
    return [
      place('chart', t('clinic.summary')),
      place('timeline', t('screen.timeline')),
      place('visit', t('clinic.visits')),
      place('note', t('clinic.notes')),
      place('results', t('clinic.ourResults')),
      place('plans', t('screen.plans')),
      place('messages', t('screen.messages')),
      place('calendar', t('clinic.appointments')),
      place('search', t('frame.search')),
    ]
  return [
    place('chart', t('clinic.summary')),
    place('timeline', t('screen.timeline')),
    ...list('conditions', t('clinic.problems')),
    ...list('medications', t('collection.medications')),
    ...list('allergies', t('collection.allergies')),
    ...list('labs', t('collection.labs')),
    place('visit', t('clinic.visits')),
    place('note', t('clinic.notes')),
    place('results', t('clinic.ourResults')),
    place('plans', t('screen.plans')),
    place('messages', t('screen.messages')),
    place('calendar', t('clinic.appointments')),
    place('overview', t('clinic.allLists')),
    place('search', t('frame.search')),
    place('who', t('screen.who')),
  ]
}
