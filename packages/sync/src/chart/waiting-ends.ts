/** H8: shares of an owner's chart that have ended by one clock but not by both, and those that a person may stop all the same. */
import { DAY_MS, idText } from '@chartkeep/protocol'
import { isOwner } from '@chartkeep/protocol/control'
import { beaconRows } from '../audit/beacons.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'
import { intentsOf } from '../consent/pending-intents.ts'

export interface WaitingEnd {
  grant: string
  /** The owner's name for the grantee. */
  grantee: string
  /** Milliseconds since 1970. */
  until: number
  /** This device's clock and that of another owner's device are a day past the end, the server's time is not, and no stop is pending. */
  isOverdue: boolean
}

/** Empty for a grantee. */
export function waitingEnds(machine: VaultMachine): WaitingEnd[] {
  const { clock, clocks, control, keys } = machine
  if (control === null || !isVaultOwner(machine)) return []
  // A beacon of a grantee's device ends nobody's access.
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
