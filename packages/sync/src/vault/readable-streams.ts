/** The streams that a device pulls: those that its account may read now, by the verified control log and the server's signed time (C6). */
import { READ } from '@chartkeep/protocol'
import { isVaultOwner, ownGrants, rightsByStream } from './vault-rights.ts'
import { TABLE, type VaultMachine } from './vault-state.ts'

export function readableStreams(machine: VaultMachine): string[] {
  const stopped = machine.rows.table(TABLE.stopped)
  const open = isVaultOwner(machine) ? null : streamsWithin(machine)
  return [...rightsByStream(machine)]
    .filter(([id, bits]) => (bits & READ) !== 0 && !stopped.has(id) && open?.has(id) !== false)
    .map(([id]) => id)
}

function streamsWithin(machine: VaultMachine): Set<string> {
  const now = machine.clocks.server
  const open = ownGrants(machine).filter(
    (grant) => grant.cut === null && (now === 0 || (grant.notBefore <= now && now < grant.notAfter)),
  )
  return new Set(open.flatMap(({ streams }) => [...streams].flatMap(([id, { rights }]) => (rights & READ ? [id] : []))))
}
