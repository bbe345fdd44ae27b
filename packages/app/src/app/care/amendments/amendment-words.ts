/** The word for the state of a correction request. */
import type { TFunction } from 'i18next'
import type { Mark } from '../../../ui/lists/list-rows.ts'
import type { AmendmentView } from './amendments.ts'

/** `noAnswer`: why nobody can answer it, '' where somebody can. */
export function amendmentMark(state: AmendmentView['state'], noAnswer: string, t: TFunction): Mark {
  if (state === 'open' && noAnswer !== '') return { status: 'attention', word: t('care.noAnswer') }
  switch (state) {
    case 'open':
      return { status: 'info', word: t('amend.open') }
    case 'accepted':
      return { status: 'good', word: t('amend.accepted') }
    case 'declined':
      return { status: 'attention', word: t('amend.declined') }
    case 'withdrawn':
      return { status: 'neutral', word: t('amend.withdrawn') }
  }
}
