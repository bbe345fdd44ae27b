/** The order in which a practice looks at its results: critical ones first, then those that wait for their release, then the rest; the newest first. */
import type { Flag } from '../values/reference-range.ts'
import type { ResultReview } from './result-review.ts'
import { compareDates } from '../dates/dates.ts'

/** A result as the order needs it. */
export interface OrderedResult {
  revision: string
  date: string
  /** The flag of its worst value. */
  flag: Flag
  review: ResultReview | null
}

/**
 * The state of the release of the current version: `new` without any task, `corrected` where an earlier version was released and this one
 * was not, `review` where somebody is to look at it first.
 */
export type ReleaseState = 'new' | 'review' | 'corrected' | 'released' | 'kept-back'

/** The state of the release of a result. */
export function releaseState({ revision, review }: Pick<OrderedResult, 'revision' | 'review'>): ReleaseState {
  if (review === null) return 'new'
  if (review.state === 'kept-back') return 'kept-back'
  if (review.revision !== '' && review.revision !== revision) return 'corrected'
  if (review.state === 'released') return 'released'
  return review.reviewer === null ? 'new' : 'review'
}

/** Whether the flag calls for somebody at once. */
export function isCritical(flag: Flag): boolean {
  return flag === 'critical-high' || flag === 'critical-low' || flag === 'critical-abnormal'
}

/** Whether it waits for its release. */
export function waitsForRelease(result: Pick<OrderedResult, 'revision' | 'review'>): boolean {
  return ['new', 'review', 'corrected'].includes(releaseState(result))
}

/** For `sort`: what is critical and not released, what is not released, the rest; in each the newest first. */
export function compareResults(a: OrderedResult, b: OrderedResult): number {
  return rank(a) - rank(b) || compareDates(b.date, a.date)
}

function rank(result: OrderedResult): number {
  if (!waitsForRelease(result)) return 2
  return isCritical(result.flag) ? 0 : 1
}
