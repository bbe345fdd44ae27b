/**
 * What a stream's entries say, recomputed by every reader (S1, S2, S4): the chain, the outcome of each entry, each record's current
 * envelope and open conflicts, each device's sequence. The reader trusts nothing that the server says about an entry.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { nextStreamHash, Outcome, outcomeOf, streamStart } from './chain.ts'
import { BatchProof, BODY_OVERHEAD, envelopeHashOf } from './envelope.ts'
import { decodeHeader, type Header } from './header.ts'
import { idText, ZERO_HASH, type Head } from './ids.ts'
import { HASH_LENGTH, MAX_ENVELOPE_BYTES } from './limits.ts'
import { bytes, nullable, record, uint, type TypeOf } from './shape.ts'

/** One entry of a stream as a pull brings it. Body and proof come for current and open conflict envelopes, else null (S4). */
export const StreamEntry = record({
  n: uint(),
  outcome: Outcome,
  header: bytes({ max: 1024 }),
  bodyHash: bytes(HASH_LENGTH),
  body: nullable(bytes({ max: MAX_ENVELOPE_BYTES + BODY_OVERHEAD })),
  proof: nullable(BatchProof),
})
export type StreamEntry = TypeOf<typeof StreamEntry>

export interface RecordChain {
  current: { hash: Uint8Array; n: number; account: Uint8Array; deleted: boolean } | null
  /** Conflict envelopes that no later current envelope of the record names in `merged`; by hash text. */
  conflicts: Map<string, { hash: Uint8Array; n: number; account: Uint8Array }>
}

export interface StreamState {
  vault: Uint8Array
  stream: Uint8Array
  n: number
  h: Uint8Array
  /** hashes[n] is h_n; hashes[0] the start. */
  hashes: Uint8Array[]
  records: Map<string, RecordChain>
  /** Author and number by envelope hash. */
  envelopes: Map<string, { n: number; account: Uint8Array }>
  devices: Map<string, { seq: number; previous: Uint8Array; voids: number }>
  /** Entries that came without a body and that nothing verified names yet: hash text -> what they name themselves. */
  bare: Map<string, { n: number; names: Uint8Array[] }>
  /** Hashes named by verified envelopes before their own entry was covered. */
  named: Set<string>
}

export function emptyStream(vault: Uint8Array, stream: Uint8Array): StreamState {
  const h = streamStart(vault, stream)
  return {
    vault,
    stream,
    n: 0,
    h,
    hashes: [h],
    records: new Map(),
    envelopes: new Map(),
    devices: new Map(),
    bare: new Map(),
    named: new Set(),
  }
}

export function streamHead(state: StreamState): Head {
  return { n: state.n, h: state.h }
}

export function hasStreamHead(state: StreamState, head: Head): boolean {
  const known = state.hashes[head.n]
  return known !== undefined && equalBytes(known, head.h)
}

/** Why an entry cannot stand where the server put it: the stream stops and the evidence is kept (F1). */
export type StreamFault = 'malformed' | 'number' | 'place' | 'outcome' | 'sequence' | 'voids' | 'void-with-body'

export interface SteppedEntry {
  header: Header
  hash: Uint8Array
  n: number
  outcome: Outcome
  h: Uint8Array
}

/**
 * Checks one entry against the state and adds it (the state is changed only when the answer is a stepped entry).
 * Signature, right and seal are not judged here: see admit.ts.
 */
export function stepStream(
  state: StreamState,
  entry: Omit<StreamEntry, 'body' | 'proof'>,
): SteppedEntry | { type: 'fault'; fault: StreamFault } {
  const fault = (name: StreamFault) => ({ type: 'fault', fault: name }) as const
  if (entry.n !== state.n + 1) return fault('number')
  const header = decodeHeader(entry.header)
  if (header === null) return fault('malformed')
  if (!equalBytes(header.vault, state.vault) || !equalBytes(header.stream, state.stream)) return fault('place')
  const hash = envelopeHashOf(entry.header, entry.bodyHash)
  const hashText = idText(hash)
  if (state.envelopes.has(hashText)) return fault('sequence')

  const deviceText = idText(header.device)
  const device = state.devices.get(deviceText) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
  if (header.deviceSeq !== device.seq + 1 || !equalBytes(header.devicePrevious, device.previous))
    return fault('sequence')
  if (entry.outcome !== 'void' && header.voids !== device.voids) return fault('voids')

  const docText = idText(header.doc)
  const record = state.records.get(docText) ?? { current: null, conflicts: new Map() }
  if (entry.outcome !== 'void' && outcomeOf(header.parent, record.current?.hash ?? null) !== entry.outcome)
    return fault('outcome')

  const h = nextStreamHash(state.h, entry.n, entry.outcome, hash)
  state.n = entry.n
  state.h = h
  state.hashes.push(h)
  state.envelopes.set(hashText, { n: entry.n, account: header.account })
  state.devices.set(deviceText, {
    seq: header.deviceSeq,
    previous: hash,
    voids: entry.outcome === 'void' ? device.voids + 1 : 0,
  })
  if (entry.outcome === 'current') {
    record.current = { hash, n: entry.n, account: header.account, deleted: header.deleted }
    for (const merged of header.merged) record.conflicts.delete(idText(merged))
  } else if (entry.outcome === 'conflict') {
    record.conflicts.set(hashText, { hash, n: entry.n, account: header.account })
  }
  state.records.set(docText, record)
  return { header, hash, n: entry.n, outcome: entry.outcome, h }
}

/** S4: notes that an entry came without a body; it must be named by something verified before the head is believed. */
export function noteBare(state: StreamState, stepped: SteppedEntry): void {
  const hash = idText(stepped.hash)
  const names = [stepped.header.parent, ...stepped.header.merged]
  if (state.named.delete(hash)) cover(state, names)
  else state.bare.set(hash, { n: stepped.n, names })
}

/** S4: notes what an envelope with a verified signature names: those entries are covered, and what they name in turn. */
export function noteVerified(state: StreamState, header: Header): void {
  cover(state, [header.parent, ...header.merged])
}

function cover(state: StreamState, names: Uint8Array[]): void {
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const text = idText(name)
    const bare = state.bare.get(text)
    if (bare === undefined) continue
    state.bare.delete(text)
    open.push(...bare.names)
  }
}

/** S4: numbers of bare entries that nothing verified reaches. Not empty at the announced head means `withheld`. */
export function uncovered(state: StreamState): number[] {
  return [...state.bare.values()].map(({ n }) => n).toSorted((a, b) => a - b)
}
