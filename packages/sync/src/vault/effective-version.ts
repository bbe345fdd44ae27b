import { idText } from '@chartkeep/protocol'
import type { EntryNode, StreamState } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import type { ConflictRow } from './vault-state.ts'

/** Open conflicts of a record whose current version was refused, in the order of their numbers. */
export interface EffectiveVersion {
  /** Written on top of the effective version: the first of them does not compete with it. */
  over: EntryNode[]
  beside: EntryNode[]
}

/**
 * C9: the effective version of a record whose current version at the server is quarantined. It is derived from the entries alone, so that
 * every device gets the same result (Y1, Y4). Null if the current version is not quarantined.
 */
export function effectiveVersion(
  state: StreamState | undefined,
  doc: string,
  isQuarantined: (n: number) => boolean,
): EffectiveVersion | null {
  const chain = state?.records.get(doc)
  if (state === undefined || !chain?.current || !isQuarantined(chain.current.n)) return null
  const lastThatCounts = (hash: string | null): string | null => {
    let node = hash === null ? undefined : state.envelopes.get(hash)
    while (node !== undefined && (node.isVoid || isQuarantined(node.n)))
      node = node.parent === null ? undefined : state.envelopes.get(node.parent)
    return node?.hash ?? null
  }
  const before = lastThatCounts(idText(chain.current.hash))
  const open = [...chain.conflicts.keys()]
    .flatMap((hash) => state.envelopes.get(hash) ?? [])
    .filter(({ n }) => !isQuarantined(n))
    .toSorted((a, b) => a.n - b.n)
  const isOver = ({ parent }: EntryNode) => lastThatCounts(parent) === before
  return { over: open.filter(isOver), beside: open.filter((node) => !isOver(node)) }
}

/** The first conflict whose text this device has; `conflictOf` finds it by hash. */
export function firstHeld(
  nodes: readonly EntryNode[],
  conflictOf: (hash: string) => ConflictRow | null,
): { row: StoredRecord; deleted: boolean } | null {
  for (const { hash, deleted } of nodes) {
    const conflict = conflictOf(hash)
    if (conflict !== null) return { row: conflict.row, deleted }
  }
  return null
}
