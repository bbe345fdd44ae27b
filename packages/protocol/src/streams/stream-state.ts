/**
 * What a stream's entries say, recomputed by every reader (S1, S2, S4): the chain, the outcome of each entry, each record's current
 * envelope and open conflicts, each device's sequence. The reader trusts nothing that the server says about an entry.
 */
import { base64UrlToBytes, equalBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { nextStreamHash, Outcome, outcomeOf, streamStart } from './chain.ts'
import { BatchProof, BODY_OVERHEAD, envelopeHashOf } from './envelope.ts'
import { decodeHeader, type Header } from './header.ts'
import { idText, ZERO_HASH, type Head } from '../base/ids.ts'
import { HASH_LENGTH, MAX_ENVELOPE_BYTES } from '../base/limits.ts'
import { bytes, nullable, record, uint, type TypeOf } from '../base/shape.ts'

/**
 * One entry of a stream as a pull brings it. Body and proof come for current and open conflict envelopes, else null (S4). Up to the start of
 * a reader's grant it comes as its hash alone (C3): the header empty, the envelope hash in the place of `bodyHash`.
 */
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
  /** Hash text of the first entry that is not void: whose record it is. */
  founder: string | null
  current: { hash: Uint8Array; n: number; account: Uint8Array; deleted: boolean } | null
  /** Conflict envelopes that no later current envelope of the record names in `merged`; by hash text. */
  conflicts: Map<string, { hash: Uint8Array; n: number; account: Uint8Array }>
}

/** What later envelopes are judged by: who wrote an entry, to what, and by which right (admit.ts). */
export interface EntryNode {
  n: number
  /** Text of its envelope hash. */
  hash: string
  account: Uint8Array
  device: Uint8Array
  /** Id text of its record. */
  doc: string
  /** Hash text of the envelope that it replaces, null for the first of a record. */
  parent: string | null
  /** It names envelopes in `merged`. */
  merges: boolean
  deleted: boolean
  /** Positions in the control log and in its author's account log that it names. */
  controlN: number
  accountN: number
  isVoid: boolean
}

export interface StreamState {
  vault: Uint8Array
  stream: Uint8Array
  n: number
  h: Uint8Array
  /** hashes[n] is h_n; hashes[0] the start. */
  hashes: Uint8Array[]
  records: Map<string, RecordChain>
  /** By envelope hash. */
  envelopes: Map<string, EntryNode>
  /** `voids` is -1 while it is unknown: the device's last envelopes may be voids from before this reader's start. */
  devices: Map<string, { seq: number; previous: Uint8Array; voids: number }>
  /** C3: up to this number entries may come as bare hashes; 0 for a reader of all history. */
  start: number
  /** Hashes of those that did. */
  before: Set<string>
  /** Entries that came without a body, by hash text, with what they name; dropped once they are covered and can never be open again. */
  bare: Map<string, { n: number; doc: string; names: string[]; covered: boolean }>
}

export function emptyStream(vault: Uint8Array, stream: Uint8Array, start = 0): StreamState {
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
    start,
    before: new Set(),
  }
}

export function streamHead(state: StreamState): Head {
  return { n: state.n, h: state.h }
}

export function hasStreamHead(state: StreamState, head: Head): boolean {
  const known = state.hashes[head.n]
  return known !== undefined && equalBytes(known, head.h)
}

/** Why an entry does not fit where the server put it: the stream stops and the evidence is kept (F1). */
export type StreamFault =
  'malformed' | 'number' | 'place' | 'outcome' | 'sequence' | 'voids' | 'void-with-body' | 'body'

/** Whether an entry comes as its hash alone. */
export function isBareHash(entry: Pick<StreamEntry, 'header'>): boolean {
  return entry.header.length === 0
}

/** An entry as a reader gets it that may not read it (C3). */
export function bareEntry(n: number, outcome: Outcome, envelopeHash: Uint8Array): StreamEntry {
  return { n, outcome, header: new Uint8Array(), bodyHash: envelopeHash, body: null, proof: null }
}

export interface SteppedEntry {
  header: Header
  hash: Uint8Array
  n: number
  outcome: Outcome
  h: Uint8Array
}

/** An entry with or without what S4 leaves out. Pass the body where there is one: its hash is checked here. */
export type EntryFacts = Omit<StreamEntry, 'body' | 'proof'> & { body?: StreamEntry['body'] }

/**
 * What its reader has computed of an entry already, of the bytes that it has: the hash of the body, that of header and body hash (E4), and of an
 * entry that it has sealed itself the header.
 */
export interface KnownEntry {
  bodyHash: Uint8Array
  hash: Uint8Array
  decoded?: Header
}

/**
 * Checks one entry against the state and adds it (the state is changed only when the answer is a stepped entry).
 * Signature, right and seal are not judged here: see admit.ts.
 * @param known - of this very entry, which has a body or was sealed by its reader; never what the server says
 */
export function stepStream(
  state: StreamState,
  entry: EntryFacts,
  known: KnownEntry | null = null,
): SteppedEntry | { type: 'fault'; fault: StreamFault } {
  const fault = (name: StreamFault) => ({ type: 'fault', fault: name }) as const
  if (entry.n !== state.n + 1) return fault('number')
  const header = known?.decoded ?? decodeHeader(entry.header)
  if (header === null) return fault('malformed')
  if (!equalBytes(header.vault, state.vault) || !equalBytes(header.stream, state.stream)) return fault('place')
  if (hasBody(entry)) {
    if (entry.outcome === 'void') return fault('void-with-body')
    // The signature covers SHA-256(body): whoever reads the stream can seal another body under the same header.
    if (known === null ? !bodyMatches(entry) : !equalBytes(known.bodyHash, entry.bodyHash)) return fault('body')
  }
  const isKnown = known !== null && (hasBody(entry) || known.decoded !== undefined)
  const hash = isKnown ? known.hash : envelopeHashOf(entry.header, entry.bodyHash)
  const hashText = idText(hash)
  if (state.envelopes.has(hashText)) return fault('sequence')

  if (state.before.has(hashText)) return fault('sequence')

  const deviceText = idText(header.device)
  const device = state.devices.get(deviceText) ?? firstSeen(state, header)
  if (header.deviceSeq !== device.seq + 1 || !equalBytes(header.devicePrevious, device.previous))
    return fault('sequence')
  if (entry.outcome !== 'void' && header.voids !== device.voids && device.voids >= 0) return fault('voids')

  const docText = idText(header.doc)
  const chain = state.records.get(docText) ?? { founder: null, current: null, conflicts: new Map() }
  if (entry.outcome !== 'void' && !outcomesOf(state, chain, header).includes(entry.outcome)) return fault('outcome')

  const h = nextStreamHash(state.h, entry.n, entry.outcome, hash)
  state.n = entry.n
  state.h = h
  state.hashes.push(h)
  state.envelopes.set(hashText, entryNode(header, hashText, entry.n, entry.outcome))
  state.devices.set(deviceText, {
    seq: header.deviceSeq,
    previous: hash,
    voids: entry.outcome === 'void' ? (device.voids < 0 ? -1 : device.voids + 1) : 0,
  })
  if (entry.outcome !== 'void') {
    chain.founder ??= hashText
    state.records.set(docText, chain)
  }
  if (entry.outcome === 'current') {
    chain.current = { hash, n: entry.n, account: header.account, deleted: header.deleted }
    for (const merged of header.merged) chain.conflicts.delete(idText(merged))
  } else if (entry.outcome === 'conflict') {
    chain.conflicts.set(hashText, { hash, n: entry.n, account: header.account })
  }
  return { header, hash, n: entry.n, outcome: entry.outcome, h }
}

/** C3: a device that wrote before this reader's start continues at one of the bare hashes; every other device begins. */
function firstSeen(state: StreamState, header: Header): { seq: number; previous: Uint8Array; voids: number } {
  if (!state.before.has(idText(header.devicePrevious))) return { seq: 0, previous: ZERO_HASH, voids: 0 }
  return { seq: header.deviceSeq - 1, previous: header.devicePrevious, voids: -1 }
}

/** The outcomes that an envelope may have here. Of a record that may have begun before the reader's start only the server knows which (C3). */
function outcomesOf(state: StreamState, chain: RecordChain, header: Header): Outcome[] {
  if (chain.current !== null || state.before.size === 0) return [outcomeOf(header.parent, chain.current?.hash ?? null)]
  const isNew = equalBytes(header.parent, ZERO_HASH)
  return isNew || state.before.has(idText(header.parent)) ? ['current', 'conflict'] : ['conflict']
}

/**
 * C3: adds an entry that comes as its hash alone, which may be only up to the reader's start; null when it is added. That the chain leads to the
 * (n, h) that an owner signed is for the caller to see.
 */
export function stepBare(state: StreamState, entry: EntryFacts): StreamFault | null {
  if (entry.n !== state.n + 1) return 'number'
  if (entry.n > state.start || !isBareHash(entry) || (entry.body ?? null) !== null) return 'malformed'
  const hash = idText(entry.bodyHash)
  if (state.before.has(hash) || state.envelopes.has(hash)) return 'sequence'
  state.h = nextStreamHash(state.h, entry.n, entry.outcome, entry.bodyHash)
  state.n = entry.n
  state.hashes.push(state.h)
  state.before.add(hash)
  return null
}

/** What later envelopes are judged by, of entry `n`. The server builds it from its rows, one record at a time. */
export function entryNode(header: Header, hash: string, n: number, outcome: Outcome): EntryNode {
  return {
    n,
    hash,
    account: header.account,
    device: header.device,
    doc: idText(header.doc),
    parent: equalBytes(header.parent, ZERO_HASH) ? null : idText(header.parent),
    merges: header.merged.length > 0,
    deleted: header.deleted,
    controlN: header.control.n,
    accountN: header.accountLog.n,
    isVoid: outcome === 'void',
  }
}

/**
 * The effective parent of `parent`: the hash of an envelope as text, empty for none. An envelope that the server has since taken as void (C5) is
 * replaced by its own effective parent, because nobody may name a void as a parent. The same holds for envelopes that `isAside` excludes by their
 * numbers.
 */
export function standingParent(
  { envelopes }: StreamState,
  parent: string,
  isAside: (n: number) => boolean = () => false,
): Uint8Array {
  let hash = parent
  for (let node = envelopes.get(hash); node !== undefined; node = envelopes.get(hash)) {
    if (!node.isVoid && !isAside(node.n)) break
    hash = node.parent ?? ''
  }
  return hash === '' ? ZERO_HASH : base64UrlToBytes(hash)!
}

function hasBody(entry: EntryFacts): entry is EntryFacts & { body: Uint8Array } {
  return entry.body !== undefined && entry.body !== null
}

function bodyMatches(entry: EntryFacts & { body: Uint8Array }): boolean {
  return equalBytes(sha256(entry.body), entry.bodyHash)
}

/**
 * S4: an entry of a run that was read before, now fetched with its body (history, or a bare one that nothing names). Returns it when it is exactly
 * the entry at its number and its body has the chained hash; null otherwise.
 */
export function matchFetched(state: StreamState, entry: StreamEntry): SteppedEntry | null {
  const previous = state.hashes[entry.n - 1]
  const known = state.hashes[entry.n]
  const header = decodeHeader(entry.header)
  if (previous === undefined || known === undefined || header === null || !hasBody(entry) || !bodyMatches(entry))
    return null
  const hash = envelopeHashOf(entry.header, entry.bodyHash)
  const h = nextStreamHash(previous, entry.n, entry.outcome, hash)
  return equalBytes(h, known) ? { header, hash, n: entry.n, outcome: entry.outcome, h } : null
}

/** S4: notes that an entry came without a body. A void never has one: what makes it lawful is the count of its device's next envelope. */
export function noteBare(state: StreamState, stepped: SteppedEntry): void {
  if (stepped.outcome === 'void') return
  const { header, n } = stepped
  const names = [header.parent, ...header.merged].map(idText)
  state.bare.set(idText(stepped.hash), { n, doc: idText(header.doc), names, covered: false })
}

/** S4: notes that the body of a bare entry was fetched ({@link matchFetched}) and its signature verified. */
export function noteFetched(state: StreamState, stepped: SteppedEntry): void {
  state.bare.delete(idText(stepped.hash))
  noteVerified(state, stepped.header)
}

/**
 * S4: notes what an envelope with a verified signature names: those entries are covered, and what they name in turn. A name reaches
 * within its record only; call it for no void, whose signature nobody shows.
 */
export function noteVerified(state: StreamState, header: Header): void {
  const doc = idText(header.doc)
  const open = [header.parent, ...header.merged].map(idText)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const bare = state.bare.get(name)
    if (bare === undefined || bare.covered || bare.doc !== doc) continue
    bare.covered = true
    open.push(...bare.names)
    if (!isOpen(state, name, doc)) state.bare.delete(name)
  }
}

/** True for a record's current envelope and its open conflicts: they come with a body, whatever names them. */
function isOpen(state: StreamState, hashText: string, doc: string): boolean {
  const chain = state.records.get(doc)
  if (chain === undefined) return false
  return chain.conflicts.has(hashText) || (chain.current !== null && idText(chain.current.hash) === hashText)
}

/**
 * S4: numbers of entries that came without a body and may not: current ones, open conflicts, and superseded ones that nothing verified
 * reaches. Not empty at the announced head: fetch them, and if they do not come, this is `withheld`.
 */
export function uncovered(state: StreamState): number[] {
  return [...state.bare]
    .filter(([hash, { covered, doc }]) => !covered || isOpen(state, hash, doc))
    .map(([, { n }]) => n)
    .toSorted((a, b) => a - b)
}
