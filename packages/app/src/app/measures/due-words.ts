/** A vaccine that is due, in words: when, which dose, and who says so. Never that somebody is protected. */
import type { dueState, VaccineDue } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { Mark } from '../../ui/lists/list-rows.ts'
import type { LinkRow } from '../../ui/lists/row-links.tsx'
import type { dueVaccines } from './vaccines.ts'

/** "due Mar 2027, dose 2 of 3, as recommended to you". */
function dueWords(due: VaccineDue & { state: ReturnType<typeof dueState> }, t: TFunction, language: Language): string {
  const date = formatDateOnly(due.date, language)
  return [
    due.date === ''
      ? t('due.noDate')
      : due.state === 'overdue'
        ? t('due.overdueSince', { date })
        : t('due.on', { date }),
    doseNumberWords(due.doseNumber, due.seriesDoses, t),
    due.from === 'dose' ? t('due.fromDose') : t('due.fromRecommendation'),
  ]
    .filter(Boolean)
    .join(t('share.comma'))
}

/** What is due as a short list shows it; it leads to its record, where it has one. */
export function dueRow(
  due: ReturnType<typeof dueVaccines>[number],
  hrefOf: (record: ChartRecord) => string,
  t: TFunction,
  language: Language,
): LinkRow {
  return {
    id: `${due.id} ${due.vaccine}`,
    href: due.record ? hrefOf(due.record) : '',
    title: due.vaccine,
    value: dueWords(due, t, language),
    flag: dueMark(due.state, t),
    date: '',
  }
}

/** "dose 2 of 3"; '' where the record gives no number. */
export function doseNumberWords(n: string, all: string, t: TFunction): string {
  if (n === '') return ''
  return all === '' ? t('due.doseOf', { n }) : t('due.doseOfSeries', { n, all })
}

/** The mark of a due date; later ones have none. */
function dueMark(state: ReturnType<typeof dueState>, t: TFunction): Mark | undefined {
  switch (state) {
    case 'overdue':
      return { status: 'attention', word: t('due.overdue') }
    case 'due':
      return { status: 'attention', word: t('due.due') }
    case 'soon':
      return { status: 'info', word: t('due.soon') }
    case 'later':
      return undefined
  }
}
