/**
 * F3: this device's own numbers in each stream. They continue where they stand at the server, also after an end of its access and a new
 * grant; another one that writes under its id is found out by them.
 */
import { equalBytes } from '@chartkeep/crypto'
import {
  BatchVerifier,
  decodeHeader,
  envelopeHashOf,
  idText,
  isBareHash,
  textId,
  ZERO_HASH,
  type BatchProof,
  type StreamState,
} from '@chartkeep/protocol'
import { entryTable, readEntry } from './entry-row.ts'
import { outboxOf } from './outbox.ts'
import type { ServerApi } from '../ports/ports.ts'
import { readableStreams } from './readable-streams.ts'
import { exclusive, rowValue, stopOf, TABLE, type VaultMachine } from './vault-state.ts'

/** An envelope of this device: its number and its hash. */
interface OwnPlace {
  seq: number
  previous: Uint8Array
}

export interface DeviceSequence extends OwnPlace {
  /** How many of its envelopes were void, one after the other, at the end of what was answered. */
  voids: number
  /**
   * Only after an end of access: what had been sealed beyond this place when the copy was removed. The server may have taken some of it
   * though its answer never came; where it has, the chain continues there ({@link takeUpDeviceSequences}).
   */
  beyond?: OwnPlace[]
}

export function deviceSequence(machine: VaultMachine, stream: string): DeviceSequence {
  const kept = machine.rows.get(TABLE.deviceSequence, stream) as unknown as DeviceSequence | undefined
  return kept ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
}

/** Where an ended chain stands is not known before the stream was read again: until then nothing is sealed for it. */
export function isUnsettled(machine: VaultMachine, stream: string): boolean {
  return deviceSequence(machine, stream).beyond !== undefined
}

/**
 * Whether this device sealed an envelope of that number before its copy was removed, and so knows the number and no more of it (C10). That the
 * chain of these numbers is its own is told by where it ends ({@link wasCopied}).
 */
export function wasSealedBefore(machine: VaultMachine, stream: string, deviceSeq: number): boolean {
  const { seq, beyond = [] } = deviceSequence(machine, stream)
  const isWaiting = outboxOf(machine).some((item) => item.stream === stream && item.decoded?.deviceSeq === deviceSeq)
  return !isWaiting && deviceSeq <= Math.max(seq, ...beyond.map((place) => place.seq))
}

/**
 * F3: the server's chain of this device is not its own memory: another one writes under its id, for it was copied or restored. Streams
 * that stand still say nothing: what is under this device's id there is not known to be signed by it.
 */
export function wasCopied(machine: VaultMachine): boolean {
  return copiedStreams(machine).length > 0
}

/** Streams in which another one has continued, each with where this device's own memory ends. */
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

/** Envelopes of one stream that are looked at for {@link provesCopy}, the newest first. */
const LOOKED_AT = 128

/**
 * F3: whether an envelope beyond this device's own memory holds under this device's own key. What came without its body is only named by others, and
 * a server can make that up with any writer of the list: its body and signature are asked for.
 */
export async function provesCopy(machine: VaultMachine, server: Pick<ServerApi, 'fetchBodies'>): Promise<boolean> {
  const verifier = new BatchVerifier()
  // What it has sealed and waits, and what a `restart` put beside (S9), is its own.
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
 * Where this device's chain stands at the server when its copy is removed, for a later grant to continue there, and what was sealed beyond. A
 * stream that was not read this time, or only as hashes where this device wrote (C3), says nothing: then what was kept before stands.
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
 * Call when the streams were read: of what was sealed before an end, the last that stands in its stream is where this device continues. Only
 * its own envelopes are found so; any other under its id stays beyond its memory, and that is a copy.
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

/** Of what came as hashes alone (C3): which are voids, by hash text. */
function bareVoids(machine: VaultMachine, id: string): Map<string, boolean> {
  const entries = [...machine.rows.table(entryTable(id)).values()].map(readEntry)
  return new Map(entries.filter(isBareHash).map(({ bodyHash, outcome }) => [idText(bodyHash), outcome === 'void']))
}
