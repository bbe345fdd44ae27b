/**
 * Which entries of the logs are relief (H7): they take access away, let a person out, or bring the key that this needs. No quota stops
 * them (S8), and no floor of the disk.
 */
import type { AccountEntryBody, ControlBody } from '@chartkeep/protocol'
import type { WriteKind } from './disk-room.ts'

const ACCOUNT_RELIEF: ReadonlySet<AccountEntryBody['type']> = new Set([
  'device-removed',
  'member-removed',
  'member-changed',
  'kit-replaced',
  'box-key',
])

/** Relief where every entry of a post is. */
export function kindOf(bodies: readonly (ControlBody | AccountEntryBody)[]): WriteKind {
  return bodies.every(isRelief) ? 'relief' : 'growth'
}

function isRelief(body: ControlBody | AccountEntryBody): boolean {
  if (!('vault' in body)) return ACCOUNT_RELIEF.has(body.type)
  return body.type === 'cut' || body.type === 'epoch' || body.cut !== null
}
