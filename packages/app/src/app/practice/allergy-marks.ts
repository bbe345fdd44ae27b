/** The allergies that a digest names, in words: over every screen of a chart, and in the list of patients. */
import type { ChartProjection } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatDateOnly } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import type { Mark } from '../../ui/lists/list-rows.ts'
import { joined, scopeWords } from '../words/none-stated.ts'

/** Not shared, not read yet, not asked, none known and none known of one kind are five different things. */
export function allergyMarks(care: ChartProjection | null, t: TFunction): Mark[] {
  if (care === null) return [{ status: 'neutral', word: t('clinic.allergiesUnread') }]
  const { answer, shown, more } = care.allergies
  switch (answer) {
    case 'hidden':
      return [{ status: 'attention', word: t('clinic.allergiesHidden') }]
    case 'none-known':
      return [{ status: 'neutral', word: statedWords(care, answer, t) }]
    case 'none-of-kind':
      return [{ status: 'attention', word: t('none.ofKind', { what: statedWords(care, answer, t) }) }]
    case 'not-asked':
      return [{ status: 'attention', word: t('none.allergies.not-asked') }]
    case 'nothing':
      return [{ status: 'attention', word: t('clinic.allergiesNothing') }]
    case 'unclear':
      return [{ status: 'attention', word: t('clinic.allergiesUnclear') }]
    case 'past-only':
      return [{ status: 'neutral', word: t('clinic.allergiesPast') }]
    case 'some':
      return [
        ...shown.map((allergy) => allergyMark(allergy, t)),
        ...(care.looks ?? []).map(({ medicine, allergy }): Mark => ({
          status: 'danger',
          word: t('clinic.look', { medicine, what: allergy }),
        })),
        ...(more > 0 ? [{ status: 'attention' as const, word: t('clinic.allergiesMore', { count: more }) }] : []),
      ]
  }
}

function allergyMark(
  { title: what, isHigh, isSevere = false }: ChartProjection['allergies']['shown'][number],
  t: TFunction,
): Mark {
  if (isSevere || isHigh) return { status: 'danger', word: t('clinic.allergySevere', { what }) }
  return { status: 'attention', word: t('clinic.allergy', { what }) }
}

/** The statements that give the answer, each with its day. */
function statedWords(care: ChartProjection, wanted: 'none-known' | 'none-of-kind', t: TFunction): string {
  const found = care.allergies.stated?.filter(({ answer }) => answer === wanted) ?? []
  const words = (wanted === 'none-known' ? found.slice(0, 1) : found).map(({ scopes, title, date }) => {
    const what = wanted === 'none-known' ? t('none.allergies.none-known') : scopeWords(scopes, t) || title
    return date === '' ? what : t('none.statedOn', { what, date: formatDateOnly(date, currentLanguage()) })
  })
  if (words.length > 0) return joined(words, t)
  return wanted === 'none-known' ? t('none.allergies.none-known') : t('none.oneKind')
}
