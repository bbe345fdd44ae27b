/** Adds an envelope to a stream (S1, S2, S4), whether a device pushes it or returns it after a loss (S9). */
import { nextStreamHash, streamStart, type Header, type Outcome } from '@chartkeep/protocol/streams'
import type { StorageWriter } from '../storage/storage.ts'

/** Body and proof as stored; null for a `void`, and while no device has returned them. */
export interface Sealed {
  header: Uint8Array
  body: Uint8Array | null
  proof: Uint8Array | null
}

export interface Accepted {
  header: Header
  hash: Uint8Array
  bodyHash: Uint8Array
  outcome: Outcome
  /** The record's current envelope before this one. */
  current: Uint8Array | null
  /** How many `void` envelopes of its device come directly before it. */
  voids: number
}

/** Stores the envelope as the next entry of its stream; returns its position. */
export function storeEnvelope(
  tx: StorageWriter,
  vault: Uint8Array,
  sealed: Sealed,
  { header, hash, bodyHash, outcome, current, voids }: Accepted,
): { n: number; h: Uint8Array } {
  const { stream } = header
  const head = tx.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }
  const n = head.n + 1
  const h = nextStreamHash(head.h, n, outcome, hash)
  // S4: envelopes that this one supersedes or merges are no longer pulled with their bodies.
  const merged = outcome === 'current' ? header.merged.flatMap((each) => conflictOf(tx, header, each) ?? []) : []
  const before = outcome === 'current' && current !== null ? numberOf(tx, header, current) : null
  const closes = before === null ? merged : [before, ...merged]
  const isVoid = outcome === 'void'
  const { body, proof } = isVoid ? { body: null, proof: null } : sealed
  const envelope = { n, outcome, hash, h, bodyHash, header: sealed.header, body, proof, open: !isVoid }
  const tail = { seq: header.deviceSeq, previous: hash, voids: isVoid ? voids + 1 : 0 }
  tx.addEnvelopes(vault, stream, [{ envelope, doc: header.doc, closes }], { id: header.device, tail })
  return { n, h }
}

/**
 * The number of a conflict. `merged` closes only conflicts of the same record, as every reader counts them
 * (stream-state.ts); null for anything else.
 */
function conflictOf(tx: StorageWriter, { vault, stream, doc }: Header, hash: Uint8Array): number | null {
  const found = tx.envelopeByHash(vault, stream, doc, hash)
  return found?.outcome === 'conflict' ? found.n : null
}

function numberOf(tx: StorageWriter, { vault, stream, doc }: Header, hash: Uint8Array): number | null {
  return tx.envelopeByHash(vault, stream, doc, hash)?.n ?? null
}
