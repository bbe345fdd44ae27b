/** The order in which versions are sealed, and the rewriting of later versions whose predecessor is sealed separately (vault-seal.ts). */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import type { Header, StreamState } from '@chartkeep/protocol/streams'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { predecessorVersionsOf, rowValue, siblingVersionsOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** How many unsent records are grouped by stream at a time, so that a push can be of one stream. */
const WINDOW = 2048

/**
 * A version to seal. `shown`: the record's row; `side`: a sibling version; `before`: a predecessor that is sent before the record's row.
 */
export interface NextRow {
  row: StoredRecord
  as: 'shown' | 'side' | 'before'
}

/** The first predecessor of a record's row, or the row itself if it has none or is itself the version to keep. */
function nextOf(machine: VaultMachine, row: StoredRecord): NextRow {
  const [first] = predecessorVersionsOf(machine, row.id)
  return first === undefined || first.revision === row.revision ? { row, as: 'shown' } : { row: first, as: 'before' }
}

/**
 * Rows to seal, read lazily: unsent records, the oldest first, grouped by stream, because each stream of a push costs a signed head; then
 * sibling versions.
 */
export function* nextRows(machine: VaultMachine): Iterable<NextRow> {
  let window = new Map<string, string[]>()
  let left = machine.unsent.size
  let looked = 0
  for (const id of machine.unsent) {
    const stream = id.slice(0, id.indexOf('.'))
    const ids = window.get(stream)
    if (ids === undefined) window.set(stream, [id])
    else ids.push(id)
    left--
    if (++looked < WINDOW && left > 0) continue
    for (const each of [...window.values()].flat()) {
      const row = machine.rows.read(each)
      if (row !== null) yield nextOf(machine, row)
    }
    window = new Map()
    looked = 0
  }
  for (const row of siblingVersionsOf(machine)) yield { row, as: 'side' }
  // The later version of these is at the server already or was replaced.
  for (const row of predecessorVersionsOf(machine)) if (!machine.unsent.has(row.id)) yield { row, as: 'before' }
}

/** Unsent versions that replaced a predecessor which is sealed first; they have the same parent. */
export interface LaterVersions {
  shown: StoredRecord | null
  predecessors: StoredRecord[]
}

export function laterVersions(machine: VaultMachine, { id, parent, revision }: StoredRecord): LaterVersions {
  const shown = machine.unsent.has(id) ? machine.rows.read(id) : null
  const predecessors = predecessorVersionsOf(machine, id).filter(
    (each) => each.revision !== revision && each.parent === parent,
  )
  return { shown: shown?.parent === parent ? shown : null, predecessors }
}

/** Whether another version replaced the parent of this one: it will become a conflict that the next version takes in. */
export function isOvertaken({ records }: StreamState, { doc, parent }: Header): boolean {
  const current = records.get(idText(doc))?.current ?? null
  return current !== null && !equalBytes(current.hash, parent)
}

/** Makes later versions follow the envelope of their predecessor; rows that the next durable entry writes are added to `over`. */
export function follow(
  { shown, predecessors }: LaterVersions,
  row: StoredRecord,
  parent: string,
  over: StoredRecord[],
): SyncRow[] {
  if (shown === null) return []
  over.push({ ...shown, parent })
  return [
    { table: TABLE.base, key: row.id, value: row.resource },
    ...predecessors.map((each) => ({
      table: TABLE.predecessorVersions,
      key: each.revision,
      value: rowValue({ ...each, parent }),
    })),
  ]
}
