/** What a grant for emergencies (C13) may be: to whom, how long, and with which rights. */
import { equalBytes } from '@chartkeep/crypto/encoding'
import type { PartOpen } from './control-entry.ts'
import { MAX_EMERGENCY_MS, MIN_EMERGENCY_MS } from '../base/limits.ts'
import type { Role } from '../account/practice-entry.ts'
import { APPEND, READ } from '../base/rights.ts'

/** Roles of a practice that a grant for emergencies can be given to. */
export const OPENING_ROLES: readonly Role[] = ['physician', 'nurse']

/**
 * Whether the `open` half is valid for an emergency grant: for a person, or for a role that treats; from the start of history; with the right to
 * read, and in `audit`, the grant's own audit log, to write as well.
 */
export function isEmergencyGrant(open: PartOpen, audit: Uint8Array): boolean {
  const { emergency, role, streams } = open
  if (emergency === undefined || emergency.duration < MIN_EMERGENCY_MS || emergency.duration > MAX_EMERGENCY_MS)
    return false
  if (role !== undefined && !OPENING_ROLES.includes(role)) return false
  const isOwn = (stream: Uint8Array) => equalBytes(stream, audit)
  return (
    streams.length > 1 &&
    streams.some(({ stream }) => isOwn(stream)) &&
    streams.every(({ stream, rights, from }) => from === 0 && rights === (isOwn(stream) ? READ | APPEND : READ))
  )
}
