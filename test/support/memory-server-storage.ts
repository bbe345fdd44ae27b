/**
 * The server's storage on a disk that is a map: the simulation's and the tests' second adapter. What was not committed is in no
 * disk, so a server can be dropped as in a crash and opened again over the same disk, or over an older copy of it.
 */
import { idText, textId, type Head } from '@chartkeep/protocol'
import { decodeAccountEntry } from '@chartkeep/protocol/account'
import type { ControlEntry } from '@chartkeep/protocol/control'
import type { Departure } from '@chartkeep/protocol/ended'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import {
  groupCommit,
  packRun,
  type DeviceTail,
  type ServerDay,
  type Storage,
  type StorageReader,
  type StorageWriter,
  type StoredBlob,
  type StoredEmergency,
  type StoredEnvelope,
  type StoredLeaf,
} from '@chartkeep/sync-server/testing'
import { putBackAdmissions, forgetAdmission, memoryAdmissionReader, memoryAdmissionWriter } from './memory-admission.ts'
import { memoryEmergencyReader, memoryEmergencyWriter } from './memory-emergency.ts'
import { memoryLateReader, memoryLateWriter } from './memory-late.ts'
import { memoryAuditReader, memoryAuditWriter } from './memory-audit.ts'
import { memoryRefillReader, memoryRefillWriter } from './memory-refill.ts'

/** Rows by key; values are never changed in place. */
export interface MemoryServerDisk {
  rows: Map<string, unknown>
  /** While set, every commit fails with it: a full or dying disk. */
  refuseWith: Error | null
}

export function createMemoryServerDisk(): MemoryServerDisk {
  return { rows: new Map(), refuseWith: null }
}

/** A copy of the disk as it is now. */
export function copyMemoryServerDisk(disk: MemoryServerDisk): MemoryServerDisk {
  return { rows: new Map(disk.rows), refuseWith: null }
}

type Get = (key: string) => unknown

function key(table: string, ...parts: (Uint8Array | number)[]): string {
  return [table, ...parts.map((part) => (typeof part === 'number' ? part : idText(part)))].join('.')
}

const copy = (value: Uint8Array) => value.slice()

function createReader(read: Get): StorageReader {
  const get = <T>(...parts: Parameters<typeof key>) => (read(key(...parts)) as T | undefined) ?? null
  const envelope = (vault: Uint8Array, stream: Uint8Array, n: number) =>
    get<StoredEnvelope>('envelope', vault, stream, n)
  const ofDoc = (vault: Uint8Array, stream: Uint8Array, doc: Uint8Array) =>
    (get<number[]>('doc', vault, stream, doc) ?? []).map((n) => envelope(vault, stream, n)!)
  function range<T>(table: string, id: Uint8Array, after: number, limit: number): T[] {
    const found: T[] = []
    for (let n = after + 1; found.length < limit; n++) {
      const entry = get<T>(table, id, n)
      if (entry === null) break
      found.push(entry)
    }
    return found
  }

  return {
    ...memoryAdmissionReader(read),
    ...memoryAuditReader(read),
    ...memoryEmergencyReader(read),
    ...memoryLateReader(read),
    ...memoryRefillReader(read),
    departure: (vault, grant, device) => get<Departure>('departure', vault, grant, device),
    departures: (vault, limit) => (get<Departure[]>('departures', vault) ?? []).toReversed().slice(0, limit),
    accountLength: (account) => get<number>('account-length', account) ?? 0,
    accountEntries: (account, after, limit) => range<SignedEntry>('account', account, after, limit),
    accountOfLookup: (lookup) => get<Uint8Array>('lookup', lookup),
    controlLength: (vault) => get<number>('control-length', vault) ?? 0,
    controlEntries: (vault, after, limit) => range<ControlEntry>('control', vault, after, limit),
    vaultsOf: (account) => get<Uint8Array[]>('members', account) ?? [],
    streamHead: (vault, stream) => get<Head>('head', vault, stream),
    envelopeAt: envelope,
    hashAt: (vault, stream, n) => envelope(vault, stream, n)?.h ?? null,
    envelopeByHash: (vault, stream, doc, hash) =>
      ofDoc(vault, stream, doc).find((each) => idText(each.hash) === idText(hash)) ?? null,
    hasEnvelopes: (vault, stream, hashes) => hashes.every((hash) => get('hash', vault, stream, hash) !== null),
    envelopesOfDoc: (vault, stream, doc) =>
      ofDoc(vault, stream, doc).map(({ n, outcome, hash, header, open }) => ({ n, outcome, hash, header, open })),
    currentOf: (vault, stream, doc) =>
      ofDoc(vault, stream, doc).find(({ open, outcome }) => open && outcome === 'current')?.hash ?? null,
    *envelopesAfter(vault, stream, after) {
      for (let n = after + 1; ; n++) {
        const found = envelope(vault, stream, n)
        if (found === null) return
        yield found.open ? found : { ...found, body: null, proof: null }
      }
    },
    *runsAfter(vault, stream, after) {
      for (let n = after + 1; ; n++) {
        const found = envelope(vault, stream, n)
        if (found === null) return
        yield { run: packRun([found]), closed: new Set(found.open || found.outcome === 'void' ? [] : [n]) }
      }
    },
    knownDocs: (vault, stream, docs) =>
      Array.from({ length: docs.length / 16 }, (_, at) => at).filter(
        (at) => get('doc', vault, stream, docs.subarray(16 * at, 16 * at + 16)) !== null,
      ),
    missingBodies(vault, stream, limit) {
      const bare = []
      for (let n = 1; ; n++) {
        const found = envelope(vault, stream, n)
        if (found === null) break
        if (found.body === null && found.outcome !== 'void') bare.push(found)
      }
      const ordered = bare.toSorted((a, b) => Number(b.open) - Number(a.open) || a.n - b.n)
      return ordered.slice(0, limit).map(({ n }) => n)
    },
    deviceTail: (vault, stream, device) => get<DeviceTail>('device', vault, stream, device),
    chunk: (vault, stream, blob, index) => get<Uint8Array>('chunk', vault, stream, blob, index),
    blobOf: (vault, stream, blob) => get<StoredBlob>('blob', vault, stream, blob),
    chunkCount: (vault, stream, blob) => (get<number[]>('chunks', vault, stream, blob) ?? []).length,
    chunksOf: (vault, stream, blob) => get<number[]>('chunks', vault, stream, blob) ?? [],
    unfinishedBlobs: (before, limit) =>
      ((read('blobs') as string[] | undefined) ?? [])
        .map((place) => place.split('.').map((id) => textId(id)!) as [Uint8Array, Uint8Array, Uint8Array])
        .map((place) => ({ place, row: get<StoredBlob>('blob', ...place)! }))
        .filter(({ row }) => !row.isComplete && row.touched < before)
        .toSorted((a, b) => a.row.touched - b.row.touched)
        .slice(0, limit)
        .map(({ place: [vault, stream, blob] }) => ({ vault, stream, blob })),
    bytesOf: (payer) => get<number>('bytes', payer) ?? 0,
    entriesOf: (payer) => get<number>('entries', payer) ?? 0,
    invite: (hash) => get<number>('invite', hash),
    mark: (name) => (read(`mark.${name}`) as string | null | undefined) ?? null,
    serverDays: () => (read('days') as ServerDay[] | undefined) ?? [],
  }
}

function createWriter(
  read: Get,
  set: (key: string, value: unknown) => void,
  keys: () => Iterable<string>,
): Omit<StorageWriter, 'afterCommit' | 'transaction'> {
  const reader = createReader(read)
  function add(name: string, value: unknown): void {
    if ((read(name) ?? null) !== null) throw new Error(`${name} is there already`)
    set(name, value)
  }
  const addEnvelopes: StorageWriter['addEnvelopes'] = (vault, stream, next, device) => {
    for (const { envelope, doc, closes } of next) {
      if (envelope.n !== (reader.streamHead(vault, stream)?.n ?? 0) + 1)
        throw new Error('an entry does not follow its stream')
      for (const n of closes) {
        const closed = reader.envelopeAt(vault, stream, n)
        if (closed !== null) set(key('envelope', vault, stream, closed.n), { ...closed, open: false })
      }
      add(key('envelope', vault, stream, envelope.n), envelope)
      set(key('hash', vault, stream, envelope.hash), envelope.n)
      const numbers = reader.envelopesOfDoc(vault, stream, doc).map(({ n }) => n)
      set(key('doc', vault, stream, doc), [...numbers, envelope.n])
      set(key('head', vault, stream), { n: envelope.n, h: envelope.h })
    }
    set(key('device', vault, stream, device.id), device.tail)
  }
  return {
    ...reader,
    ...memoryAdmissionWriter(read, set),
    ...memoryAuditWriter(read, set),
    ...memoryEmergencyWriter(read, set),
    ...memoryLateWriter(read, set),
    ...memoryRefillWriter(read, set),
    addDeparture(vault, grant, device, departure) {
      add(key('departure', vault, grant, device), departure)
      set(key('departures', vault), [...((read(key('departures', vault)) as Departure[] | undefined) ?? []), departure])
    },
    addAccountEntry(account, n, entry) {
      add(key('account', account, n), entry)
      set(key('account-length', account), n)
    },
    addLookup: (lookup, account) => add(key('lookup', lookup), copy(account)),
    addControlEntry(vault, n, entry) {
      add(key('control', vault, n), entry)
      set(key('control-length', vault), n)
    },
    addMember(account, vault) {
      const known = reader.vaultsOf(account)
      if (!known.some((each) => idText(each) === idText(vault))) set(key('members', account), [...known, copy(vault)])
    },
    addEnvelopes,
    addRuns(vault, stream, runs, docs, device) {
      const entries = runs.flatMap((run) => Array.from({ length: run.count }, (_, at) => run.entryOf(run.first + at)))
      const next = entries.map((entry, at) => ({
        envelope: { ...entry, open: true },
        doc: docs.slice(16 * at, 16 * at + 16),
        closes: [],
      }))
      addEnvelopes(vault, stream, next, device)
    },
    addBody(vault, stream, n, body, proof) {
      const known = reader.envelopeAt(vault, stream, n)
      if (known === null || known.body !== null || known.outcome === 'void') return
      set(key('envelope', vault, stream, n), { ...known, body, proof })
    },
    setBlob(vault, stream, blob, row) {
      const names = (read('blobs') as string[] | undefined) ?? []
      const name = [vault, stream, blob].map(idText).join('.')
      if (!names.includes(name)) set('blobs', [...names, name])
      set(key('blob', vault, stream, blob), row)
    },
    addChunk(vault, stream, blob, index, chunk) {
      add(key('chunk', vault, stream, blob, index), copy(chunk))
      const known = reader.chunksOf(vault, stream, blob)
      set(
        key('chunks', vault, stream, blob),
        [...known, index].toSorted((a, b) => a - b),
      )
    },
    dropBlob(vault, stream, blob) {
      const name = [vault, stream, blob].map(idText).join('.')
      for (const index of reader.chunksOf(vault, stream, blob)) set(key('chunk', vault, stream, blob, index), null)
      for (const table of ['chunks', 'blob']) set(key(table, vault, stream, blob), null)
      set(
        'blobs',
        (read('blobs') as string[]).filter((each) => each !== name),
      )
    },
    addBytes: (payer, count) => set(key('bytes', payer), reader.bytesOf(payer) + count),
    addEntries: (payer, count) => set(key('entries', payer), reader.entriesOf(payer) + count),
    dropAccount(account) {
      const [first] = reader.accountEntries(account, 0, 1)
      const body = first === undefined ? null : decodeAccountEntry(first.body)
      if (body?.type === 'genesis' && body.recovery.lookup !== null) set(key('lookup', body.recovery.lookup), null)
      for (let n = 1; n <= reader.accountLength(account); n++) set(key('account', account, n), null)
      forgetAdmission(read, set, account)
      for (const table of ['account-length', 'bytes', 'entries']) set(key(table, account), null)
    },
    addInvite: (hash, expires) => add(key('invite', hash), expires),
    dropInvite: (hash) => set(key('invite', hash), null),
    setMark: (name, value) => set(`mark.${name}`, value),
    putBackTimes(to, by) {
      const moved = (at: number) => (at > to ? at - by : at)
      for (const name of keys()) {
        const value = read(name) ?? null
        if (value === null) continue
        if (name.startsWith('audit.leaf.'))
          set(name, { ...(value as StoredLeaf), time: moved((value as StoredLeaf).time) })
        if (name.startsWith('blob.'))
          set(name, { ...(value as StoredBlob), touched: moved((value as StoredBlob).touched) })
        if (name.startsWith('grant-end.')) set(name, moved(value as number))
      }
      putBackAdmissions(read, set, moved)
      const openings = (read('emergencies') as StoredEmergency[] | undefined) ?? []
      set(
        'emergencies',
        openings.map((each) => (each.from > to ? { ...each, until: each.until - by } : each)),
      )
    },
    setServerDay(day) {
      const others = reader.serverDays().filter((each) => each.day !== day.day)
      set(
        'days',
        [...others, day].toSorted((a, b) => a.day - b.day),
      )
    },
    spendNonce(nonce, until, now) {
      const kept = ((read('nonces') as [string, number][] | undefined) ?? []).filter(([, end]) => end >= now)
      const isNew = kept.every(([known]) => known !== idText(nonce))
      set('nonces', isNew ? [...kept, [idText(nonce), until]] : kept)
      return isNew
    },
  }
}

export function memoryServerStorage(disk: MemoryServerDisk = createMemoryServerDisk()): Storage {
  /** What the open transaction wrote, and what the job in it wrote. */
  let transaction = new Map<string, unknown>()
  let job = new Map<string, unknown>()
  // A row that was dropped is null, so that it hides the older one.
  const read: Get = (name) =>
    job.has(name) ? job.get(name) : transaction.has(name) ? transaction.get(name) : disk.rows.get(name)
  const queue = groupCommit({
    begin() {
      transaction = new Map()
      return createWriter(
        read,
        (name, value) => void job.set(name, value),
        () => new Set([...disk.rows.keys(), ...transaction.keys(), ...job.keys()]),
      )
    },
    mark() {
      job = new Map()
      return {
        undo: () => void (job = new Map()),
        keep() {
          for (const [name, value] of job) transaction.set(name, value)
          job = new Map()
        },
      }
    },
    commit() {
      if (disk.refuseWith) throw disk.refuseWith
      for (const [name, value] of transaction) disk.rows.set(name, value)
      transaction = new Map()
    },
    rollback: () => void (transaction = new Map()),
    close() {},
  })
  return { read: createReader((name) => disk.rows.get(name)), ...queue }
}
