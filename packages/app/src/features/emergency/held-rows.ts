/** Who allowed it as rows of a list, found by name and by birth date as people write it. Texts are worked out when they are asked for. */
import type { HeldChart } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { personSearchText } from '../../app/practice/person-search.ts'
import { formatDate, formatDay, formatMoment } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { HOUR } from '../../ui/fields/date-entry.ts'
import type { ListRow } from '../../ui/lists/list-rows.ts'

interface Words {
  t: TFunction
  language: Language
  now: Date
  /** Where a chart that is open begins: a practice's screen or a person's. */
  first: 'chart' | 'overview'
}

/** What is open on this device stands first, whatever the sort. */
export function heldRows(held: readonly HeldChart[], words: Words): ListRow[] {
  return held.map((each) => new HeldRow(each, words))
}

class HeldRow implements ListRow {
  readonly id: string
  readonly title: string
  readonly type = 'Patient'
  readonly range = ''
  readonly marks = []
  readonly dateKey: string
  readonly rank: 0 | 1
  readonly #held: HeldChart
  readonly #words: Words
  #search: string | null = null

  constructor(held: HeldChart, words: Words) {
    this.#held = held
    this.#words = words
    this.id = held.id
    this.title = held.name
    this.dateKey = String(held.until).padStart(16, '0')
    this.rank = held.state === 'open' ? 0 : 1
  }

  get href(): string {
    const { id, slot } = this.#held
    return slot === null ? addressOf('patients', 'emergency', id) : addressOf(this.#words.first, slot)
  }

  get value(): string {
    const { t, language } = this.#words
    const { birthDate } = this.#held
    return birthDate === '' ? t('clinic.noBirthDate') : formatDate(birthDate, language)
  }

  get date(): string {
    const { t, language } = this.#words
    return t('emerg.rowUntil', { day: formatDay(new Date(this.#held.until), language) })
  }

  get by(): string {
    const { t } = this.#words
    return t('emerg.rowHours', { hours: t('emerg.hours', { count: Math.round(this.#held.durationMs / HOUR) }) })
  }

  get state(): ListRow['state'] {
    const { t, language, now } = this.#words
    const { state, openUntil, isUntold, isClockAhead } = this.#held
    if (openUntil === null) return undefined
    const time = formatMoment(new Date(openUntil), language, now)
    if (state === 'open') return { status: 'danger', word: t('emerg.openUntil', { time }) }
    if (isUntold) return { status: 'attention', word: t('emerg.endedUntold', { time }) }
    if (isClockAhead) return { status: 'attention', word: t('emerg.clockLocked') }
    return { status: 'neutral', word: t('emerg.endedAt', { time }) }
  }

  get search(): string {
    const { name, birthDate } = this.#held
    this.#search ??= personSearchText(name, [], birthDate, this.#words.language)
    return this.#search
  }
}
