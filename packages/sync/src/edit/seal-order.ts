/** What is sealed next: in which order, and what becomes of versions that were written over one which goes out by itself (vault-seal.ts). */
import { equalBytes } from '@chartkeep/crypto'
import { idText, type Header, type StreamState } from '@chartkeep/protocol'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { predecessorVersionsOf, rowValue, siblingVersionsOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Unsent records that are looked at together, so that a push can be of one stream. */
const WINDOW = 2048

/** A version to seal. `side`: it stands beside the record; `before`: it goes before the record's own row, which was written over it. */
export interface NextRow {
  row: StoredRecord
  as: 'shown' | 'side' | 'before'
}

/** What goes before a record's row, or that row where nothing does, or it is what is to be kept itself. */
function nextOf(machine: VaultMachine, row: StoredRecord): NextRow {
  const [first] = predecessorVersionsOf(machine, row.id)
  return first === undefined || first.revision === row.revision ? { row, as: 'shown' } : { row: first, as: 'before' }
}

/**
 * Rows to seal next, read as they are asked for: unsent records, the longest unsent first, those of one stream after one another, for each
 * stream of a push costs a signed head; then versions that stand beside a record.
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
  // What was written over these is at the server, or has given way.
  for (const row of predecessorVersionsOf(machine)) if (!machine.unsent.has(row.id)) yield { row, as: 'before' }
}

/** What was written over a version that is to be sealed before it: unsent, and on the same parent as that one. */
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

/** Whether another version stands where this one is to be written: it will be a conflict, which the next version takes in. */
export function isOvertaken({ records }: StreamState, { doc, parent }: Header): boolean {
  const current = records.get(idText(doc))?.current ?? null
  return current !== null && !equalBytes(current.hash, parent)
}

/** Has what was written over a version follow its envelope; those that the next entry writes join `over`. */
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
