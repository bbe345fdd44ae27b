/** What a conflict is called: how many versions of which record, in the words of the screen. */
import type { TFunction } from 'i18next'

/** `count`: at least two. */
export function versionsTitle(count: number, what: string, t: TFunction): string {
  return count > 2 ? t('conflict.titleMany', { n: count, what }) : t('conflict.title', { what })
}
