/**
 * Decides which log entries are relief (H7): entries that revoke access, let a person leave, or deliver the key that
 * this needs. Neither quotas (S8) nor the disk floor stop them.
 */
import type { AccountEntryBody } from '@chartkeep/protocol/account'
import type { ControlBody } from '@chartkeep/protocol/control'
import type { WriteKind } from './disk-room.ts'

const ACCOUNT_RELIEF: ReadonlySet<AccountEntryBody['type']> = new Set([
  'device-removed',
  'member-removed',
  'member-changed',
  'kit-replaced',
  'box-key',
])

/** A post is relief if every entry in it is. */
export function kindOf(bodies: readonly (ControlBody | AccountEntryBody)[]): WriteKind {
  return bodies.every(isRelief) ? 'relief' : 'growth'
}

function isRelief(body: ControlBody | AccountEntryBody): boolean {
  if (!('vault' in body)) return ACCOUNT_RELIEF.has(body.type)
  return body.type === 'cut' || body.type === 'epoch' || body.cut !== null
}
