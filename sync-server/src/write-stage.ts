/**
 * What one push reads and writes, with as little asked of the storage as can be (S3): heads, device tails and quotas are read once, kept
 * here while they change, and written once by `flush`; envelopes go in by runs. Knows no rule of the protocol.
 */
import { idText } from '@chartkeep/protocol'
import type { DeviceTail, NextEnvelope, StorageWriter, StoredEnvelope } from './storage.ts'

export interface WriteStage {
  /** The writer to push through. Of what is staged it sees heads, tails, records and quotas; flush before anything else is asked. */
  tx: StorageWriter
  /** Writes everything that is staged. */
  flush(): void
}

type Kept = Omit<StoredEnvelope, 'body' | 'proof'>

interface Place {
  vault: Uint8Array
  stream: Uint8Array
  head: ReturnType<StorageWriter['streamHead']>
  tails: Map<string, DeviceTail | null>
  records: Map<string, Kept[]>
  /** h by number, as far as it was asked for. */
  entries: Map<number, StoredEnvelope | null>
  next: NextEnvelope[]
  /** Who wrote what is staged. */
  device: { id: Uint8Array; tail: DeviceTail } | null
}

export function stageWrites(storage: StorageWriter): WriteStage {
  const places = new Map<string, Place>()
  const usage = new Map<
    string,
    { payer: Uint8Array; bytes: number; entries: number; newBytes: number; newEntries: number }
  >()

  function placeOf(vault: Uint8Array, stream: Uint8Array): Place {
    const name = `${idText(vault)}.${idText(stream)}`
    let place = places.get(name)
    if (place === undefined) {
      const head = storage.streamHead(vault, stream)
      const fresh = { tails: new Map(), records: new Map(), entries: new Map(), next: [], device: null }
      places.set(name, (place = { vault, stream, head, ...fresh }))
    }
    return place
  }

  function recordOf(place: Place, doc: Uint8Array): Kept[] {
    const name = idText(doc)
    let known = place.records.get(name)
    if (known === undefined) {
      known = storage.envelopesOfDoc(place.vault, place.stream, doc)
      place.records.set(name, known)
    }
    return known
  }

  function usageOf(payer: Uint8Array) {
    const name = idText(payer)
    let known = usage.get(name)
    if (known === undefined) {
      known = { payer, bytes: storage.bytesOf(payer), entries: storage.entriesOf(payer), newBytes: 0, newEntries: 0 }
      usage.set(name, known)
    }
    return known
  }

  function flushPlace(place: Place): void {
    if (place.next.length > 0) storage.addEnvelopes(place.vault, place.stream, place.next, place.device!)
    place.next = []
  }

  const tx: StorageWriter = {
    ...storage,
    streamHead: (vault, stream) => placeOf(vault, stream).head,
    deviceTail(vault, stream, device) {
      const { tails } = placeOf(vault, stream)
      const name = idText(device)
      if (!tails.has(name)) tails.set(name, storage.deviceTail(vault, stream, device))
      return tails.get(name)!
    },
    envelopesOfDoc: (vault, stream, doc) => recordOf(placeOf(vault, stream), doc),
    currentOf(vault, stream, doc) {
      const current = recordOf(placeOf(vault, stream), doc).find(({ open, outcome }) => open && outcome === 'current')
      return current?.hash ?? null
    },
    envelopeByHash(vault, stream, hash) {
      const text = idText(hash)
      const staged = placeOf(vault, stream).next.find(({ envelope }) => idText(envelope.hash) === text)
      return staged?.envelope ?? storage.envelopeByHash(vault, stream, hash)
    },
    envelopeAt(vault, stream, n) {
      const { entries, next } = placeOf(vault, stream)
      const staged = next.find(({ envelope }) => envelope.n === n)
      if (staged !== undefined) return staged.envelope
      if (!entries.has(n)) entries.set(n, storage.envelopeAt(vault, stream, n))
      return entries.get(n)!
    },
    addEnvelope(vault, stream, envelope, device, closes) {
      const place = placeOf(vault, stream)
      if (place.device !== null && idText(place.device.id) !== idText(device.id)) flushPlace(place)
      const record = recordOf(place, envelope.doc)
      const closed = new Set(closes.map(idText))
      const before = record.map((each) => (closed.has(idText(each.hash)) ? { ...each, open: false } : each))
      place.records.set(idText(envelope.doc), [...before, envelope])
      place.head = { n: envelope.n, h: envelope.h }
      place.tails.set(idText(device.id), device.tail)
      place.device = device
      place.next.push({ envelope, closes })
    },
    bytesOf: (payer) => usageOf(payer).bytes,
    entriesOf: (payer) => usageOf(payer).entries,
    addBytes(payer, count) {
      const known = usageOf(payer)
      known.bytes += count
      known.newBytes += count
    },
    addEntries(payer, count) {
      const known = usageOf(payer)
      known.entries += count
      known.newEntries += count
    },
  }

  return {
    tx,
    flush() {
      for (const place of places.values()) flushPlace(place)
      for (const { payer, newBytes, newEntries } of usage.values()) {
        if (newBytes > 0) storage.addBytes(payer, newBytes)
        if (newEntries > 0) storage.addEntries(payer, newEntries)
      }
      places.clear()
      usage.clear()
    },
  }
}
