/** Why a single write was not saved, in words; '' if it was. Forms keep the typed text and have words of their own. */
import type { WriteOutcome } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

export function saveError(type: WriteOutcome['type'], t: TFunction): string {
  switch (type) {
    case 'saved':
      return ''
    case 'full':
      return t('store.fullNow')
    case 'no-right':
      return t('add.none')
  }
}
