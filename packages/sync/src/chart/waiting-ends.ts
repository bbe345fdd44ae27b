/** H8: shares of an owner's chart that have ended by one clock and not by both, and those that a person may end all the same. */
import { DAY_MS, idText } from '@chartkeep/protocol'
import { isOwner } from '@chartkeep/protocol/control'
import { beaconRows } from '../audit/beacons.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'
import { intentsOf } from '../consent/pending-intents.ts'

export interface WaitingEnd {
  grant: string
  /** The grantee's name, as the owner gave it. */
  grantee: string
  /** Milliseconds since 1970. */
  until: number
  /** This device's clock and that of another device of an owner are a day past it, the server's time is not, and nobody stops it yet. */
  isOverdue: boolean
}

/** Empty for a grantee. */
export function waitingEnds(machine: VaultMachine): WaitingEnd[] {
  const { clock, clocks, control, keys } = machine
  if (control === null || !isVaultOwner(machine)) return []
  // What a grantee's device says ends nobody's access.
  const owners = beaconRows(machine).filter(({ account }) => isOwner(control, account))
  const stopping = new Set(
    intentsOf(machine).flatMap(({ intent }) => (intent.kind === 'stop' ? [idText(intent.grant)] : [])),
  )
  const witnessed = Math.max(0, ...owners.map(({ time }) => time))
  return [...control.grants.values()]
    .filter(({ cut, notAfter }) => cut === null && notAfter <= clocks.later && notAfter > clocks.due)
    .map(({ id, notAfter }) => ({
      grant: idText(id),
      grantee: keys.labels.get(idText(id))?.grantee ?? '',
      until: notAfter,
      isOverdue:
        clocks.server < notAfter && Math.min(clock.now(), witnessed) >= notAfter + DAY_MS && !stopping.has(idText(id)),
    }))
}
