/**
 * Envelopes and streams for protocol tests: a writer as a device keeps it, a server that numbers honestly, and a reader that does what
 * the rules ask of every reader, up to the seal.
 */
import { pad, sealBody, sign } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  admit,
  continuedAuthor,
  controlHead,
  type AccountLookup,
  type ControlState,
  type Verdict,
} from '@chartkeep/protocol/control'
import {
  BatchVerifier,
  emptyStream,
  encodeHeader,
  envelopeHashOf,
  hasStreamHead,
  noteBare,
  noteVerified,
  outcomeOf,
  signBatch,
  stepStream,
  streamHead,
  uncovered,
  type BatchProof,
  type Header,
  type Outcome,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { accepted, type Device, type Person } from './protocol-people.ts'
import type { Vault } from './protocol-vault.ts'

export interface Sealed {
  header: Header
  headerBytes: Uint8Array
  body: Uint8Array
  hash: Uint8Array
  proof: BatchProof
}

/** A device that writes into one stream of a vault. */
export interface Writer {
  vault: Vault
  stream: Uint8Array
  person: Person
  device: Device
  seq: number
  previous: Uint8Array
  voids: number
}

export function createWriter(vault: Vault, stream: Uint8Array, person: Person, device = person.device): Writer {
  return { vault, stream, person, device, seq: 0, previous: ZERO_HASH, voids: 0 }
}

/** Seals and signs the next envelope of a writer; `fields` may say anything that an honest device would not. */
export async function write(
  writer: Writer,
  fields: Partial<Header> = {},
  state: StreamState = emptyStream(writer.vault.id, writer.stream),
  text = '{}',
): Promise<Sealed> {
  const { vault, stream, person, device } = writer
  const { random } = person
  const padded = pad(utf8ToBytes(text))
  const header: Header = {
    vault: vault.id,
    stream,
    doc: random(16),
    revision: random(16),
    parent: ZERO_HASH,
    merged: [],
    epoch: vault.state.streams.get(idText(stream))?.epoch ?? 1,
    account: person.state.account,
    device: device.id,
    deviceSeq: writer.seq + 1,
    devicePrevious: writer.previous,
    control: controlHead(vault.state),
    accountLog: accountHead(person.state),
    streamHead: streamHead(state),
    voids: writer.voids,
    deleted: false,
    paddedLength: padded.length,
    ...fields,
  }
  const headerBytes = encodeHeader(header)
  const key = vault.keys.get(idText(stream))?.[header.epoch - 1] ?? new Uint8Array(32)
  const body = sealBody(key, headerBytes, padded, random(24))
  const hash = envelopeHashOf(headerBytes, sha256(body))
  const [proof] = await signBatch([hash], header, (message) => sign(device.signing, message))
  writer.seq = header.deviceSeq
  writer.previous = hash
  writer.voids = 0
  return { header, headerBytes, body, hash, proof: proof! }
}

/** A server's memory of one stream: what it numbered, with all bodies. */
export interface ServedStream {
  state: StreamState
  stored: { sealed: Sealed; outcome: Outcome }[]
}

export function serve(vault: Vault, stream: Uint8Array): ServedStream {
  return { state: emptyStream(vault.id, stream), stored: [] }
}

/** Numbers an envelope; by S2, or with an outcome that the test chooses. */
export function store(served: ServedStream, sealed: Sealed, outcome?: Outcome): StreamEntry {
  const { header } = sealed
  const current = served.state.records.get(idText(header.doc))?.current?.hash ?? null
  const chosen = outcome ?? outcomeOf(header.parent, current)
  const entry = toEntry(sealed, served.state.n + 1, chosen)
  accepted(stepStream(served.state, entry))
  served.stored.push({ sealed, outcome: chosen })
  return entry
}

export function toEntry(sealed: Sealed, n: number, outcome: Outcome, bare = outcome === 'void'): StreamEntry {
  const { headerBytes, body, proof } = sealed
  return {
    n,
    outcome,
    header: headerBytes,
    bodyHash: sha256(body),
    body: bare ? null : body,
    proof: bare ? null : proof,
  }
}

/** What an honest pull answers: bodies of current and open conflict envelopes only (S4). */
export function pull(served: ServedStream): StreamEntry[] {
  const { state, stored } = served
  return stored.map(({ sealed, outcome }, index) => {
    const chain = state.records.get(idText(sealed.header.doc))
    const hash = idText(sealed.hash)
    const isOpen =
      chain !== undefined &&
      (chain.conflicts.has(hash) || (chain.current !== null && idText(chain.current.hash) === hash))
    return toEntry(sealed, index + 1, outcome, outcome === 'void' || !isOpen)
  })
}

export interface ReadOutcome {
  state: StreamState
  verdicts: (Verdict | null)[]
  fault: string | null
  withheld: number[]
}

/** A reader that starts from nothing. Verdict null: the entry came without a body. */
export async function read(
  control: ControlState,
  stream: Uint8Array,
  entries: readonly StreamEntry[],
  accounts: AccountLookup,
): Promise<ReadOutcome> {
  const state = emptyStream(control.vault, stream)
  const verifier = new BatchVerifier()
  const verdicts: (Verdict | null)[] = []
  for (const entry of entries) {
    const stepped = stepStream(state, entry)
    if ('type' in stepped) return { state, verdicts, fault: stepped.fault, withheld: uncovered(state) }
    const { header, n, hash } = stepped
    if (entry.body === null || entry.proof === null) {
      noteBare(state, stepped)
      verdicts.push(null)
      continue
    }
    const verdict = await admit(header, hash, entry.proof, n, {
      control,
      author: accounts(header.account),
      hasStreamHead: (head) => head.n < n && hasStreamHead(state, head),
      parentAuthor: continuedAuthor(control, state, header, n, accounts),
      verifier,
    })
    if (verdict.type === 'admitted') noteVerified(state, header)
    verdicts.push(verdict)
  }
  return { state, verdicts, fault: null, withheld: uncovered(state) }
}
