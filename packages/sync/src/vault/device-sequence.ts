/**
 * F3: the sequence numbers that this device has used in each stream. They continue from the server's state, also when access ended and a
 * new grant began. Numbers that this device did not use reveal a copy of the device that writes under the same id.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, textId, ZERO_HASH } from '@chartkeep/protocol'
import {
  BatchVerifier,
  decodeHeader,
  envelopeHashOf,
  isBareHash,
  type BatchProof,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { entryTable, readEntry } from './entry-row.ts'
import { outboxOf } from './outbox.ts'
import type { ServerApi } from '../ports/ports.ts'
import { readableStreams } from './readable-streams.ts'
import { exclusive, rowValue, stopOf, TABLE, type VaultMachine } from './vault-state.ts'

/** A position in this device's own chain: the sequence number of an envelope and its hash. */
interface OwnPlace {
  seq: number
  previous: Uint8Array
}

export interface DeviceSequence extends OwnPlace {
  /** How many of its last answered envelopes were void, in a row. */
  voids: number
  /**
   * Set only after access ended: the envelopes that were sealed past this position when the copy was removed. The server may have accepted
   * some of them although the device never got the answer; if so, the chain continues there ({@link takeUpDeviceSequences}).
   */
  beyond?: OwnPlace[]
}

export function deviceSequence(machine: VaultMachine, stream: string): DeviceSequence {
  const kept = machine.rows.get(TABLE.deviceSequence, stream) as unknown as DeviceSequence | undefined
  return kept ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
}

/**
 * After access ended, the end of the chain is unknown until the stream has been read again; until then nothing is sealed for the stream.
 */
export function isUnsettled(machine: VaultMachine, stream: string): boolean {
  return deviceSequence(machine, stream).beyond !== undefined
}

/**
 * Whether this device sealed an envelope with that number before its copy was removed. It remembers only the number (C10); {@link
 * wasCopied} checks by the end of the chain that the chain is its own.
 */
export function wasSealedBefore(machine: VaultMachine, stream: string, deviceSeq: number): boolean {
  const { seq, beyond = [] } = deviceSequence(machine, stream)
  const isWaiting = outboxOf(machine).some((item) => item.stream === stream && item.decoded?.deviceSeq === deviceSeq)
  return !isWaiting && deviceSeq <= Math.max(seq, ...beyond.map((place) => place.seq))
}

/**
 * F3: whether the server's chain for this device differs from the device's own memory. Then another installation writes under its id,
 * because the device was copied or restored. Stopped streams are ignored: their envelopes are not known to be signed by this device.
 */
export function wasCopied(machine: VaultMachine): boolean {
  return copiedStreams(machine).length > 0
}

/** Streams in which a copy of this device has written, each with the end of this device's own memory. */
function copiedStreams(machine: VaultMachine): { id: string; memory: OwnPlace }[] {
  const device = idText(machine.device.id)
  const outbox = outboxOf(machine)
  return [...machine.streams].flatMap(([id, state]) => {
    const there = state.devices.get(device)
    if (there === undefined || stopOf(machine, id) !== null || isUnsettled(machine, id)) return []
    const first = outbox.find((item) => item.stream === id)
    const header = first?.decoded ?? null
    const own = deviceSequence(machine, id)
    const [seq, previous] = header === null ? [own.seq, own.previous] : [header.deviceSeq - 1, header.devicePrevious]
    const isBeyond = there.seq > seq || (there.seq === seq && idText(there.previous) !== idText(previous))
    return isBeyond ? [{ id, memory: { seq, previous } }] : []
  })
}

/** The most envelopes of one stream that {@link provesCopy} examines, the newest first. */
const LOOKED_AT = 128

/**
 * F3: whether an envelope outside this device's memory carries a valid signature of this device's key. A header without its body proves
 * nothing, because a server can invent it for any writer in the list; the body and signature are fetched.
 */
export async function provesCopy(machine: VaultMachine, server: Pick<ServerApi, 'fetchBodies'>): Promise<boolean> {
  const verifier = new BatchVerifier()
  // Sealed envelopes that wait, and envelopes that a `restart` dropped (S9), are this device's own.
  const sealed = new Set([
    ...outboxOf(machine).map(({ hash }) => idText(hash)),
    ...[...machine.rows.table(TABLE.lost).keys()].map((key) => key.slice(key.lastIndexOf('.') + 1)),
  ])
  for (const { id, memory } of copiedStreams(machine)) {
    const beyond = [...machine.rows.table(entryTable(id))]
      .flatMap(([key, value]) => {
        const entry = readEntry(value)
        const header = isBareHash(entry) || entry.outcome === 'void' ? null : decodeHeader(entry.header)
        if (header === null || !equalBytes(header.device, machine.device.id)) return []
        const hash = envelopeHashOf(entry.header, entry.bodyHash)
        const isKnown = header.deviceSeq === memory.seq && equalBytes(hash, memory.previous)
        if (header.deviceSeq < memory.seq || isKnown || sealed.has(idText(hash))) return []
        return [{ n: Number(key), header, hash, proof: entry.proof }]
      })
      .toSorted((a, b) => b.n - a.n)
      .slice(0, LOOKED_AT)
    const bare = beyond.filter(({ proof }) => proof === null).map(({ n }) => n)
    const fetched = await proofsOf(machine, server, id, bare)
    for (const { n, header, hash, proof } of beyond) {
      const shown = proof ?? fetched.get(n) ?? null
      if (shown !== null && (await verifier.verify(hash, header, shown, machine.device.signing.publicKey))) return true
    }
  }
  return false
}

async function proofsOf(
  machine: VaultMachine,
  server: Pick<ServerApi, 'fetchBodies'>,
  stream: string,
  numbers: number[],
): Promise<Map<number, BatchProof>> {
  if (numbers.length === 0) return new Map()
  const answer = await server.fetchBodies(
    machine.vault,
    textId(stream)!,
    numbers.toSorted((a, b) => a - b),
  )
  const entries = answer.type === 'ok' ? answer.value.entries : []
  return new Map(entries.flatMap(({ n, proof }) => (proof === null ? [] : [[n, proof] as const])))
}

/**
 * The end of this device's chain at the server when its copy is removed, for a later grant to continue from, and the envelopes sealed past
 * it. If the stream was not read this time, or came only as hashes where this device wrote (C3), the stored position is kept.
 */
export function sequenceAtEnd(machine: VaultMachine, id: string, state: StreamState): DeviceSequence | null {
  const kept = machine.rows.get(TABLE.deviceSequence, id) as unknown as DeviceSequence | undefined
  const sealed = outboxOf(machine).flatMap(({ stream, decoded, hash }) => (stream === id ? [{ ...decoded, hash }] : []))
  const seen = state.devices.get(idText(machine.device.id))
  const [first] = sealed
  const before = first && { seq: first.deviceSeq - 1, previous: first.devicePrevious, voids: first.voids }
  const at = seen !== undefined && seen.voids >= 0 ? seen : (before ?? kept)
  if (at === undefined) return null
  const { seq, previous, voids } = at
  const places = [...(kept?.beyond ?? []), ...sealed.map((each) => ({ seq: each.deviceSeq, previous: each.hash }))]
  const beyond = places.filter((each) => each.seq > seq)
  if (beyond.length > 0) return { seq, previous, voids, beyond }
  return seq === 0 ? null : { seq, previous, voids }
}

/**
 * Call after the streams were read. Of the envelopes sealed before access ended, the last one found in its stream is where this device
 * continues. Only its own envelopes count; any other envelope under its id stays outside its memory and so reveals a copy.
 */
export async function takeUpDeviceSequences(machine: VaultMachine): Promise<void> {
  const unsettled = () => [...machine.rows.table(TABLE.deviceSequence).keys()].filter((id) => isUnsettled(machine, id))
  if (unsettled().length === 0) return
  await exclusive(machine, async () => {
    const readable = readableStreams(machine).filter((id) => stopOf(machine, id) === null)
    const sync = unsettled().flatMap((id) => {
      const state = machine.streams.get(id)
      if (state === undefined || !readable.includes(id)) return []
      return [{ table: TABLE.deviceSequence, key: id, value: rowValue(settled(machine, id, state)) }]
    })
    if (sync.length > 0) await machine.rows.commit({ sync, durability: 'strict' })
  })
}

function settled(machine: VaultMachine, id: string, state: StreamState): DeviceSequence {
  const { beyond = [], ...own } = deviceSequence(machine, id)
  const bare = bareVoids(machine, id)
  let at: DeviceSequence = own
  for (const { seq, previous } of beyond.toSorted((a, b) => a.seq - b.seq)) {
    const hash = idText(previous)
    const isVoid = state.envelopes.get(hash)?.isVoid ?? bare.get(hash)
    if (isVoid !== undefined) at = { seq, previous, voids: isVoid ? at.voids + 1 : 0 }
  }
  return at
}

/** Whether each entry that came as a bare hash (C3) is void; by hash text. */
function bareVoids(machine: VaultMachine, id: string): Map<string, boolean> {
  const entries = [...machine.rows.table(entryTable(id)).values()].map(readEntry)
  return new Map(entries.filter(isBareHash).map(({ bodyHash, outcome }) => [idText(bodyHash), outcome === 'void']))
}
