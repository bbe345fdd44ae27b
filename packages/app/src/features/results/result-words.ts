/** Rows and words for the results of a practice. */
import { compareDates, compareResults, dateSortKey, type Flag, isCritical } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { isAtHand, type Patient } from '../../app/practice/patients.ts'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'
import type { ChartKeep } from '../../app/context/charts-in-session.tsx'
import { flagOf, titleOf } from '../../app/words/record-view.ts'
import { formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { ListFilter, ListRow, Mark } from '../../ui/lists/list-rows.ts'

export interface ResultRow extends ListRow {
  result: PracticeResult
}

export interface RowWords {
  t: TFunction
  language: Language
  keep: ChartKeep
  charts: readonly Patient[]
  /** The practice's own vault in the list of charts: where a result is shown whose chart is over. */
  vaultSlot: string
  /** The patient stands in the row, in the list of all. */
  withPatient: boolean
  /** The result before of the same test of the same patient. */
  previous: (value: ChartRecord) => ChartRecord | null
}

/** Where a result is shown: in the patient's chart as long as there is one, else in the practice's own. */
function resultHref({ chart, record }: PracticeResult, { charts, keep, vaultSlot }: RowWords): string {
  const open = charts.find((one) => one.id === chart && isAtHand(one))
  return addressOf('results', open?.slot ?? vaultSlot, keep.slots.slotOf({ type: 'record', id: record.id }))
}

/** In the order in which they are looked at. */
export function resultRows(results: readonly PracticeResult[], words: RowWords): ResultRow[] {
  return results.toSorted((a, b) => compareResults(ordered(a), ordered(b))).map((result) => rowOf(result, words))
}

function ordered({ record, flag, review }: PracticeResult) {
  return { revision: record.revision, date: record.date, flag, review }
}

function rowOf(result: PracticeResult, words: RowWords): ResultRow {
  const { t, language, withPatient } = words
  const { record, patient } = result
  const value = valueText(result, words)
  const title = titleOf(record, t)
  const isWaiting = ['new', 'review', 'corrected'].includes(result.state)
  return {
    id: record.id,
    href: resultHref(result, words),
    type: record.type,
    title: withPatient ? t('release.ofPatient', { what: title, name: patient }) : title,
    value,
    flag: worstMark(result, words),
    range: '',
    date: formatDateOnly(record.date, language),
    dateKey: dateSortKey(record.date),
    by: stateWord(result, t),
    marks: record.waiting ? [{ status: 'info', word: t('state.waiting') }] : [],
    rank: isWaiting ? 0 : 1,
    search: `${record.text} ${title} ${patient} ${record.date}`.toLowerCase(),
    result,
  }
}

/** The value with the one before beside it; of a report each value that is out of its range, or how many there are. */
function valueText(result: PracticeResult, { t, keep, previous }: RowWords): string {
  if (!result.isReport) {
    const shown = keep.views.of(result.record).descriptor.value?.shown ?? ''
    const before = previous(result.record)
    const old = before === null ? '' : (keep.views.of(before).descriptor.value?.shown ?? '')
    return old === '' ? shown : t('release.withPrevious', { value: shown, before: old })
  }
  const outside = result.values.filter((value) => isOutside(keep.views.of(value).descriptor.value?.flag ?? 'none'))
  if (outside.length === 0) return t('release.values', { count: result.values.length })
  return outside
    .map((value) => `${titleOf(value, t)} ${keep.views.of(value).descriptor.value?.shown ?? ''}`)
    .join(t('share.comma'))
}

function worstMark(result: PracticeResult, { t, keep }: RowWords): Mark | undefined {
  const worst = result.values.find((value) => keep.views.of(value).descriptor.value?.flag === result.flag)
  return worst ? flagOf(keep.views.of(worst).descriptor, t) : undefined
}

function isOutside(flag: Flag): boolean {
  return !['normal', 'none', 'other'].includes(flag)
}

/** Where its release is, in words. */
export function stateWord({ state, review }: PracticeResult, t: TFunction): string {
  switch (state) {
    case 'new':
      return t('release.state.new')
    case 'review':
      return t('release.state.review', { name: review?.reviewer?.name || t('audit.someone') })
    case 'corrected':
      return t('release.state.corrected')
    case 'released':
      return t('release.state.released', { name: review?.releasedBy || t('audit.someone') })
    case 'kept-back':
      return t('release.state.keptBack')
  }
}

/** Chips above the list: what waits, what is mine to review. */
export function resultFilters(me: string, t: TFunction): ListFilter[] {
  const of = (row: ListRow) => (row as ResultRow).result
  return [
    { id: 'waits', label: t('release.filter.waits'), test: (row) => row.rank === 0 },
    {
      id: 'mine',
      label: t('release.filter.mine'),
      test: (row) => of(row).state === 'review' && of(row).review?.reviewer?.id === me,
    },
    { id: 'critical', label: t('release.filter.critical'), test: (row) => isCritical(of(row).flag) },
    {
      id: 'kept',
      label: t('release.filter.kept'),
      test: (row) => of(row).state === 'kept-back',
      hides: true,
    },
  ]
}

/** Results that nobody may overlook: critical and not released, the oldest first. */
export function criticalRows(rows: readonly ResultRow[]): ResultRow[] {
  return rows
    .filter(({ result, rank }) => rank === 0 && isCritical(result.flag))
    .toSorted((a, b) => compareDates(a.result.record.date, b.result.record.date))
}
