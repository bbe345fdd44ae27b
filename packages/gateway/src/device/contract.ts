/** Types of the contract of sync that a gateway uses, by the members that answer them. */
import type { AuditLine, Chart, Session } from '@chartkeep/sync'

/** One grant by which the gateway's account reads a chart. */
export type OwnGrant = ReturnType<Chart['ownGrantsNow']>[number]
/** The program that a grant is for. */
export type GrantProgram = NonNullable<OwnGrant['program']>
export type ProgramNote = NonNullable<AuditLine['program']>
/** Sealed rows of the gateway's account. */
export type Shelf = ReturnType<Session['shelf']>

/** Milliseconds since 1970, and a clock that never runs back, in milliseconds. */
export interface Clock {
  now(): number
  steady(): number
}
