/** Why something was not published, in words: what is safe, and what to do. */
import type { PublishOutcome } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

/** Every way in which saving and publishing may fail. */
export type PublishProblem = Exclude<PublishOutcome['type'], 'published'>

export function publishProblem(problem: PublishProblem, t: TFunction): string {
  switch (problem) {
    case 'no-right':
      return t('publish.noRight')
    case 'ended':
      return t('publish.ended')
    case 'newer':
      return t('publish.newer')
    case 'files':
      return t('publish.files')
    case 'full':
      return t('store.full')
    case 'unknown':
      return t('publish.unknown')
  }
}
