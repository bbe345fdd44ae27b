/** Sharing a chart: who it is shared with, what of it, and until when. Further owners: owner-api.ts. */

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
}

export type CodeRefusal =
  { type: 'bad-code' } | { type: 'own-code' } | { type: 'offline' } | { type: 'not-found' } | { type: 'changed' }

export interface GrantView {
  id: string
  account: string
  name: string
  scopes: { collection: string; rights: RightWord[] }[]
  from: number
  until: number
  purpose: string
  /** `pending`: a wish kept while offline. `stopping`: a stop kept while offline. */
  state: 'pending' | 'active' | 'stopping' | 'revoked' | 'expired'
  since: number
  endedAt: number | null
  /** C3: it began only with what was written after it. */
  fromNow: boolean
  /** C10: devices that reported that they removed their copy, and when by their own clock. Nobody can force or prove it. */
  departed: { device: string; at: number }[]
}

export type ShareOutcome =
  { type: 'in-force'; grant: string } | { type: 'pending' } | { type: 'refused'; error: string }
