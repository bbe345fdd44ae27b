/** Sharing a chart: with whom, which lists, and until when. api-owners.ts has the owners. */
import type { CareRole, PracticeRole } from '@chartkeep/domain'
import type { GrantProgram } from './api-program.ts'

export type RightWord = 'read' | 'append' | 'amend' | 'sign'

/** The person or practice that a chart is shared with, read from a sharing code and verified against the server's account log. */
export interface Grantee {
  account: string
  name: string
  /** Compared by both people: six words in each language, and 20 digits for mixed languages. */
  words: { en: string[]; zh: string[] }
  digits: string
  /** The code itself. */
  code: string
  /** C12: whether it is a practice, by its account log; practices receive grants by role. */
  practice: boolean
}

/** What is shared, with whom. */
export interface ShareInput {
  grantee: Grantee
  /** C12: one role of a practice; without it, each role that cares for patients receives the lists that the table of roles allows. */
  role?: CareRole
  /** Further grantees in the same action, for example a care team. Each receives what its kind allows: only practices may sign. */
  team?: { grantee: Grantee; role?: CareRole }[]
  scopes: { collection: string; rights: RightWord[] }[]
  /** `now`: only what is written from then on (C3). */
  from?: 'all' | 'now'
  until: number
  purpose: string
  shown: { name: string; birthDate: string }
  /** The program, if the grantee is a gateway: for one account, with all history, for at most 400 days, and without `sign`. */
  program?: GrantProgram
}

export type CodeRefusal =
  | { type: 'bad-code' }
  | { type: 'own-code' }
  | { type: 'offline' }
  | { type: 'not-found' }
  /** H9: the account is not at the server yet; the server reserves a place for it. */
  | { type: 'expected' }
  | { type: 'changed' }

export interface GrantView {
  id: string
  account: string
  name: string
  /** C12: the role of a practice that holds the grant; null for a person. */
  role: PracticeRole | null
  scopes: { collection: string; rights: RightWord[] }[]
  from: number
  until: number
  purpose: string
  /** `pending`: an intent kept while offline. `stopping`: a stop kept while offline. */
  state: 'pending' | 'active' | 'stopping' | 'revoked' | 'expired'
  since: number
  endedAt: number | null
  /** C3: it began with only what was written after it. */
  fromNow: boolean
  /** C10: devices that reported that they removed their copy, and when by their own clock. Nobody can force or prove it. */
  departed: { device: string; at: number }[]
  /** The program of the grant; null for a person and a practice. */
  program: GrantProgram | null
}

export type ShareOutcome =
  { type: 'in-force'; grant: string } | { type: 'pending' } | { type: 'refused'; error: string }

/** One grant by which this account reads a shared chart. */
export interface OwnGrant {
  id: string
  scopes: { collection: string; rights: RightWord[] }[]
  /** Milliseconds since 1970. */
  from: number
  until: number
  /** `ended`: a verified cut. `locked`: past its end by this device's own clock or by the server's. */
  state: 'open' | 'ended' | 'locked'
  purpose: string
  /** Null for a grant to a person. */
  program: GrantProgram | null
}
