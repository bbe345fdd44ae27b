/**
 * Buffers the reads and writes of one push, to ask little of the storage (S3). Heads, device tails and quotas are read
 * once, kept here while they change, and written once by `flush`. Envelopes are written in runs, those of new records
 * as they lie in the push. Knows no protocol rule.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { ByteMap, byteKey } from '../storage/byte-keys.ts'
import type { DeviceTail, NextEnvelope, RecordEntry, StorageWriter } from '../storage/storage.ts'

export interface WriteStage {
  /** The writer to push through. It sees staged heads, tails, records and quotas; flush before any other read. */
  tx: StorageWriter
  /** {@link StorageWriter.knownDocs}, including staged records. */
  knownDocs(vault: Uint8Array, stream: Uint8Array, docs: Uint8Array): number[]
  /** {@link StorageWriter.addRuns}, after what is staged. */
  addRuns: StorageWriter['addRuns']
  /** Writes everything staged. */
  flush(): void
}

interface Place {
  vault: Uint8Array
  stream: Uint8Array
  head: ReturnType<StorageWriter['streamHead']>
  tails: ByteMap<{ tail: DeviceTail | null }>
  records: Map<string, StagedRecord>
  /** The values of h that were asked for, by number. */
  hashes: Map<number, Uint8Array | null>
  next: NextEnvelope[]
  /** The device that wrote the staged entries. */
  device: { id: Uint8Array; tail: DeviceTail } | null
}

/**
 * The envelopes of a record, read once and then appended to; otherwise a push with many envelopes of one record would
 * read all of them for each.
 */
interface StagedRecord {
  entries: RecordEntry[]
  byHash: Map<string, RecordEntry>
  byNumber: Map<number, RecordEntry>
  current: RecordEntry | null
}

interface Usage {
  payer: Uint8Array
  bytes: number
  entries: number
  newBytes: number
  newEntries: number
}

export function stageWrites(storage: StorageWriter): WriteStage {
  const vaults = new ByteMap<ByteMap<Place>>()
  const usage = new ByteMap<Usage>()

  function placeOf(vault: Uint8Array, stream: Uint8Array): Place {
    const streams = vaults.getOr(vault, () => new ByteMap())
    return streams.getOr(stream, () => ({
      vault,
      stream,
      head: storage.streamHead(vault, stream),
      tails: new ByteMap(),
      records: new Map(),
      hashes: new Map(),
      next: [],
      device: null,
    }))
  }

  function recordOf(place: Place, doc: Uint8Array): StagedRecord {
    const name = byteKey(doc)
    let known = place.records.get(name)
    if (known === undefined) {
      known = { entries: [], byHash: new Map(), byNumber: new Map(), current: null }
      for (const entry of storage.envelopesOfDoc(place.vault, place.stream, doc)) addTo(known, { ...entry })
      place.records.set(name, known)
    }
    return known
  }

  function addTo(record: StagedRecord, entry: RecordEntry): void {
    record.entries.push(entry)
    record.byHash.set(byteKey(entry.hash), entry)
    record.byNumber.set(entry.n, entry)
    if (entry.open && entry.outcome === 'current') record.current = entry
  }

  const tailOf = (place: Place, device: Uint8Array) =>
    place.tails.getOr(device, () => ({ tail: storage.deviceTail(place.vault, place.stream, device) }))

  const usageOf = (payer: Uint8Array) =>
    usage.getOr(payer, () => ({
      payer,
      bytes: storage.bytesOf(payer),
      entries: storage.entriesOf(payer),
      newBytes: 0,
      newEntries: 0,
    }))

  function flushPlace(place: Place): void {
    if (place.next.length > 0) storage.addEnvelopes(place.vault, place.stream, place.next, place.device!)
    place.next = []
  }

  /** The staged envelope number `n`; the numbers of a run are consecutive. */
  const stagedAt = ({ next }: Place, n: number) => next[n - (next[0]?.envelope.n ?? 0)]?.envelope

  const tx: StorageWriter = {
    ...storage,
    streamHead: (vault, stream) => placeOf(vault, stream).head,
    deviceTail: (vault, stream, device) => tailOf(placeOf(vault, stream), device).tail,
    envelopesOfDoc: (vault, stream, doc) => recordOf(placeOf(vault, stream), doc).entries,
    currentOf: (vault, stream, doc) => recordOf(placeOf(vault, stream), doc).current?.hash ?? null,
    envelopeByHash(vault, stream, doc, hash) {
      const place = placeOf(vault, stream)
      const found = recordOf(place, doc).byHash.get(byteKey(hash))
      return found === undefined ? null : (stagedAt(place, found.n) ?? storage.envelopeAt(vault, stream, found.n))
    },
    hashAt(vault, stream, n) {
      const place = placeOf(vault, stream)
      const staged = stagedAt(place, n)
      if (staged !== undefined) return staged.h
      const { hashes } = place
      if (!hashes.has(n)) hashes.set(n, storage.hashAt(vault, stream, n))
      return hashes.get(n)!
    },
    addEnvelopes(vault, stream, next, device) {
      const place = placeOf(vault, stream)
      if (place.device !== null && !equalBytes(place.device.id, device.id)) flushPlace(place)
      for (const each of next) {
        const { envelope, doc, closes } = each
        const record = recordOf(place, doc)
        for (const n of closes) {
          const closed = record.byNumber.get(n)
          if (closed !== undefined) closed.open = false
          if (closed === record.current) record.current = null
        }
        const { n, outcome, hash, header, open } = envelope
        addTo(record, { n, outcome, hash, header, open })
        place.head = { n: envelope.n, h: envelope.h }
        place.next.push(each)
      }
      tailOf(place, device.id).tail = device.tail
      place.device = device
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
    knownDocs(vault, stream, docs) {
      flushPlace(placeOf(vault, stream))
      return storage.knownDocs(vault, stream, docs)
    },
    addRuns(vault, stream, runs, docs, device) {
      const place = placeOf(vault, stream)
      flushPlace(place)
      storage.addRuns(vault, stream, runs, docs, device)
      const { last } = runs.at(-1)!
      place.head = { n: last, h: runs.at(-1)!.hOf(last) }
      tailOf(place, device.id).tail = device.tail
      // The cache may hold them as records without envelopes, and their numbers as absent.
      place.records.clear()
      place.hashes.clear()
    },
    flush() {
      for (const streams of vaults.values()) for (const place of streams.values()) flushPlace(place)
      for (const { payer, newBytes, newEntries } of usage.values()) {
        if (newBytes > 0) storage.addBytes(payer, newBytes)
        if (newEntries > 0) storage.addEntries(payer, newEntries)
      }
      vaults.clear()
      usage.clear()
    },
  }
}
