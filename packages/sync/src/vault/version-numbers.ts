/**
 * The numbers under which a version of a record is `current` in its stream, by revision. Built when a conflict first needs it (N5) and
 * extended with the stream, so that many conflicts do not each search the stream; dropped with the stream's state.
 */
import { idText } from '@chartkeep/protocol'
import { decodeHeader, type StreamState } from '@chartkeep/protocol/streams'
import type { EntryRow } from './entry-row.ts'

interface Known {
  upTo: number
  numbers: Map<string, number[]>
}

const knownByState = new WeakMap<StreamState, Known>()

/** Numbers of the `current` entries of `doc` under this revision, in order. `entryOf`: null for an entry that this device does not have. */
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
