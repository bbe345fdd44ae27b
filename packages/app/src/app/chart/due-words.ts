/** A vaccine that is due, in words: when, which dose, and who says so. Never that somebody is protected. */
import type { dueState, VaccineDue } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { Mark } from '../../ui/list-rows.ts'

/** "due Mar 2027, dose 2 of 3, as recommended to you". */
export function dueWords(
  due: VaccineDue & { state: ReturnType<typeof dueState> },
  t: TFunction,
  language: Language,
): string {
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

/** "dose 2 of 3"; '' where the record gives no number. */
export function doseNumberWords(n: string, all: string, t: TFunction): string {
  if (n === '') return ''
  return all === '' ? t('due.doseOf', { n }) : t('due.doseOfSeries', { n, all })
}

/** The mark of a due date; later ones have none. */
export function dueMark(state: ReturnType<typeof dueState>, t: TFunction): Mark | undefined {
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
