/** The allergies that a digest names, in words: over every screen of a chart, and in the list of patients. */
import type { CareDigest } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import type { Mark } from '../../ui/list-rows.ts'

/** Not shared, not read yet, not asked, none known and none known of one kind are five different things. */
export function allergyMarks(care: CareDigest | null, t: TFunction): Mark[] {
  if (care === null) return [{ status: 'neutral', word: t('clinic.allergiesUnread') }]
  const { answer, shown, more } = care.allergies
  switch (answer) {
    case 'hidden':
      return [{ status: 'attention', word: t('clinic.allergiesHidden') }]
    case 'none-known':
      return [{ status: 'neutral', word: t('none.allergies.none-known') }]
    case 'none-of-kind':
      return [{ status: 'attention', word: t('none.ofKind') }]
    case 'not-asked':
      return [{ status: 'attention', word: t('none.allergies.not-asked') }]
    case 'nothing':
      return [{ status: 'attention', word: t('clinic.allergiesNothing') }]
    case 'past-only':
      return [{ status: 'neutral', word: t('clinic.allergiesPast') }]
    case 'some':
      return [
        ...shown.map(({ title, isHigh }): Mark =>
          isHigh
            ? { status: 'danger', word: t('clinic.allergyHigh', { what: title }) }
            : { status: 'attention', word: t('clinic.allergy', { what: title }) },
        ),
        ...(more > 0 ? [{ status: 'attention' as const, word: t('clinic.allergiesMore', { count: more }) }] : []),
      ]
  }
}
