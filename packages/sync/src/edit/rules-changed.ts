/**
 * Applies new rules of this program to records that an earlier program accepted: a version that removes a legally retained record from view
 * (N10) is quarantined. Runs once for each vault and version of the rules.
 */
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import { entryAt } from '../vault/entry-row.ts'
import { hidesKeptRecord } from '../vault/practice-rules.ts'
import { ReconcileTransaction } from './reconcile-transaction.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { exclusive, headOf, rulesOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'

const RULES = 'rules'

/** Judges the shown versions by this program's rules if another version of the rules judged them last. One durable entry. */
export async function applyRules(machine: VaultMachine): Promise<void> {
  const version = rulesOf(machine)
  if (machine.rows.get(TABLE.meta, RULES) === version) return
  await exclusive(machine, async () => {
    const change = new ReconcileTransaction(machine)
    for (const row of machine.rows.all()) {
      const head = headOf(machine, row.id)
      if (head?.revision !== row.revision || !hidesKeptRecord(machine, row, row.parent)) continue
      const entry = entryAt(machine, row.stream, head.n)
      const header = entry === undefined ? null : decodeHeader(entry.header)
      if (entry === undefined || header === null) continue
      change.retract({ header, hash: envelopeHashOf(entry.header, entry.bodyHash), n: head.n }, 'deed', entry)
    }
    const isChanged = change.sync.length > 0
    change.sync.push({ table: TABLE.meta, key: RULES, value: version })
    await change.commit(isChanged ? 'strict' : 'relaxed')
    if (isChanged) await reloadVault(machine)
  })
}
