/** Signatures over the exact text of versions (N1 to N4), as the app makes and shows them. */
import type { SignatureMeaning } from '@chartkeep/domain'

export interface SignInput {
  /** The record's id in this chart, and the version that the person has read. */
  record: string
  revision: string
  meaning: SignatureMeaning
  /** BCP 47 tag of the language in which it was read. */
  language?: string
  /** At most 2,000 characters; signed with the rest. */
  comment?: string
}

/** `changed`: another version is current, which the person has not read. */
export type SignOutcome = { type: 'signed'; id: string } | { type: 'changed' } | { type: 'no-right' } | { type: 'full' }

/** Why a signature does not hold. `form`: it cannot be read. The others are those of packages/protocol. */
export type BrokenWhy = 'form' | 'version' | 'text' | 'head' | 'device-not-live' | 'signer' | 'role' | 'name' | 'order'

export interface SignatureView {
  /** Id of the record that holds the signature. */
  id: string
  /** The account that wrote the signature record; anyone who may sign in the list can add a false one. */
  by: string
  /** `doc` and revision of what was signed. */
  record: string
  revision: string
  /** Whether the signed version is current. */
  ofCurrent: boolean
  meaning: SignatureMeaning
  language: string
  comment: string
  /** By the signer's clock, milliseconds since 1970. */
  at: number
  /**
   * The signer, as the account log proves it; empty if the signature does not hold or has to wait. `member`: id within the practice, '' for
   * a person who signs as themselves.
   */
  who: { account: string; member: string; name: string; roles: readonly string[]; me: boolean }
  /** `waiting`: for the signer's account log, or for the text of an earlier version, which comes with {@link Chart.history}. */
  state: { type: 'holds' } | { type: 'waiting'; for: 'account' | 'text' } | { type: 'broken'; why: BrokenWhy }
}
