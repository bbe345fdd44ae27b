/** What a share that is being made holds, from step to step. */
import type { RightWord } from '@chartkeep/sync'
import type { Preset } from './scopes.ts'

/** One hour in milliseconds. */
export const HOUR = 3_600_000

/** Chosen so far. */
export interface Draft {
  preset: Preset
  collections: string[]
  rights: RightWord[]
  /** `now`: nothing that is in the chart today. */
  from: 'all' | 'now'
  /** Local time to the minute, as the field holds it. */
  until: string
  purpose: string
}
