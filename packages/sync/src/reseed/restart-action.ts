/** A holder declares that a server continues with what it has (S9): no device has the rest, or it will not come back. */
import { restartEntry } from '../consent/control-writer.ts'
import type { ServerApi } from '../ports/ports.ts'
import type { ReseedApi } from '../ports/reseed-api.ts'
import { authorOf, postEntry } from '../consent/control-action.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** Posts an entry that names the server's current position of each stream. Entries beyond it are sent again by their authors. */
export function restartVault(machine: VaultMachine, server: ServerApi & ReseedApi): ReturnType<typeof postEntry> {
  return postEntry(machine, server, async () => {
    const asked = await server.reseed(machine.vault, { done: false, beacons: [] })
    if (asked.type !== 'ok' || machine.control === null) return { type: 'stale', why: 'refill' }
    const streams = asked.value.streams.map(({ stream, n, h }) => ({ stream, n, h }))
    return restartEntry(machine.control, { streams }, authorOf(machine))
  })
}
