/**
 * C10: the end of a grant on the grantee's device. Unsubmitted work is kept sealed; plaintext, keys and everything that was read are
 * removed. Work that was submitted (submit-after-revocation.ts) has its receipt and is not kept. The purge is local: this device never
 * deletes the patient's records at the server. The entry that purges also holds the signed departure.
 */
import { encodeMessage, idText } from '@chartkeep/protocol'
import type { ControlEntry } from '@chartkeep/protocol/control'
import type { SyncRow } from '@chartkeep/store'
import { ROLES_NOTED } from '../vault/control-parts.ts'
import { signDepartures } from './departures.ts'
import { entryTable } from '../vault/entry-row.ts'
import { outboxOf } from '../vault/outbox.ts'
import { sequenceAtEnd } from '../vault/device-sequence.ts'
import { sealUndelivered } from '../edit/vault-seal.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Tables that hold plaintext, or that only an open chart needs. */
const PURGED = [
  TABLE.head,
  TABLE.outbox,
  TABLE.deviceSequence,
  TABLE.base,
  TABLE.conflict,
  TABLE.merging,
  TABLE.siblingVersions,
  TABLE.predecessorVersions,
  TABLE.remoteCurrent,
  TABLE.supersededVersions,
  TABLE.waiting,
  TABLE.quarantine,
  TABLE.file,
  TABLE.kept,
  TABLE.signedHead,
  TABLE.emergency,
]

/** Seals unsent work and purges the rest; resolves to the number of undelivered envelopes. Afterwards the rows hold no keys. */
export function purgeRevokedVault(machine: VaultMachine): Promise<number> {
  return exclusive(machine, async () => {
    while ((await sealUndelivered(machine)) > 0);
    const departures = await signDepartures(machine)
    const sync: SyncRow[] = PURGED.flatMap((table) => removed(machine, table))
    for (const [id, state] of machine.streams) {
      sync.push(...removed(machine, entryTable(id)))
      const own = sequenceAtEnd(machine, id, state)
      if (own !== null) sync.push({ table: TABLE.deviceSequence, key: id, value: rowValue(own) })
    }
    for (const [grant, departure] of departures)
      sync.push({ table: TABLE.departure, key: grant, value: rowValue(departure) })
    for (const { stream, header, body, proof, hash } of outboxOf(machine)) {
      if (machine.rows.get(TABLE.handed, idText(hash)) !== undefined) continue
      sync.push({ table: TABLE.undelivered, key: idText(hash), value: rowValue({ stream, header, body, proof, hash }) })
    }
    for (const [index, entry] of machine.controlEntries.entries())
      sync.push({ table: TABLE.control, key: String(index + 1), value: encodeMessage(withoutWraps(entry)) })
    // C12: if the role comes back, its wraps are read again.
    sync.push({ table: TABLE.meta, key: ROLES_NOTED, value: null })
    const remove = machine.rows.all().map(({ id }) => id)
    await machine.rows.commit({ remove, sync, erase: true })
    await reloadVault(machine)
    return machine.rows.table(TABLE.undelivered).size
  })
}

function removed(machine: VaultMachine, table: string): SyncRow[] {
  return [...machine.rows.table(table).keys()].map((key) => ({ table, key, value: null }))
}

/** The entry as the server shows it to an account without its keys: it still hashes into the chain. */
function withoutWraps(entry: ControlEntry): ControlEntry {
  return { ...entry, parts: entry.parts.map((part) => ({ ...part, wrap: null })) }
}
