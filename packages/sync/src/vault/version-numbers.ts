/**
 * Where a version of a record stands in its stream as `current`, by its name. Made where a conflict first asks (N5), and grown with the stream, so
 * that many conflicts do not look through it once each; gone with the state of the stream.
 */
import { decodeHeader, idText, type StreamState } from '@chartkeep/protocol'
import type { EntryRow } from './entry-row.ts'

interface Known {
  upTo: number
  numbers: Map<string, number[]>
}

const knownByState = new WeakMap<StreamState, Known>()

/** Numbers of the entries of `doc` that are `current` under this revision, in order. `entryOf`: null for one that is not here. */
export function versionNumbers(
  state: StreamState,
  entryOf: (n: number) => EntryRow | null,
  { doc, revision }: { doc: string; revision: string },
): readonly number[] {
  let known = knownByState.get(state)
  if (known === undefined) knownByState.set(state, (known = { upTo: 0, numbers: new Map() }))
  while (known.upTo < state.n) {
    const n = ++known.upTo
    const entry = entryOf(n)
    const header = entry?.outcome === 'current' ? decodeHeader(entry.header) : null
    if (header === null) continue
    const name = nameOf(idText(header.doc), idText(header.revision))
    known.numbers.set(name, [...(known.numbers.get(name) ?? []), n])
  }
  return known.numbers.get(nameOf(doc, revision)) ?? []
}

function nameOf(doc: string, revision: string): string {
  return `${doc} ${revision}`
}
