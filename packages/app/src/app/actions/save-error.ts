/** What stood in the way of a deed that is one write, in words; '' when it was kept. For forms, which keep what was typed, see their own words. */
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
