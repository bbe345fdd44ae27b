/**
 * What one pulled page (or one answer to a push) changes in a vault's rows, gathered and written as one durable entry (Y2).
 * Here stands what happens when others' versions meet unsent or sealed work of this device (Y3): nothing is ever dropped.
 *
 * Long, for it is one state: each case reads what the cases before it in the same page have written and not committed yet, and what a record shows,
 * what waits and what stands beside it change together.
 */
import { equalBytes, type CborValue } from '@chartkeep/crypto'
import {
  decodeHeader,
  encodeMessage,
  envelopeHashOf,
  idText,
  MAX_MERGED,
  type SignedHead,
  type SteppedEntry,
  type StreamEntry,
} from '@chartkeep/protocol'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { entryAt, entryTable, packEntry, readEntry, type EntryRow } from '../vault/entry-row.ts'
import { mergeTexts, sameContent } from '../record/merge-texts.ts'
import { answeredOf, outboxOfRecord, type OutboxItem } from '../vault/outbox.ts'
import type { DeviceSequence } from '../vault/device-sequence.ts'
import { supersededOf, supersededRow } from '../vault/superseded-versions.ts'
import { makeRow, nextClock, recordId } from '../record/record-codec.ts'
import { mayDoHere } from '../vault/practice-rules.ts'
import { recordFiles } from '../record/record-files.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { isVaultOwner, ownRoles } from '../vault/vault-rights.ts'
import { versionNumbers } from '../vault/version-numbers.ts'
import { firstHeld, effectiveVersion } from '../vault/effective-version.ts'
import {
  quarantinedRow,
  predecessorVersionsOf,
  entryKey,
  rowValue,
  streamName,
  TABLE,
  type ConflictRow,
  type HeadRow,
  type VaultMachine,
} from '../vault/vault-state.ts'

/** What a body is sealed under stands before it. */
export function nonceOf({ body }: Pick<StreamEntry, 'body'>): Uint8Array | null {
  return body === null ? null : body.slice(0, 24)
}

export class ReconcileTransaction {
  readonly sync: SyncRow[] = []
  foundFalseAnswer = false
  /** A void under this device's id that it does not remember, and that nothing which it signed has come after (F3). */
  strangeVoid: StreamEntry | null = null
  readonly #machine: VaultMachine
  readonly #records = new Map<string, StoredRecord>()
  readonly #removed = new Set<string>()
  readonly #sent = new Set<string>()
  readonly #unsent = new Set<string>()
  /** Of each table that was asked for, the last row of each key among the first `indexed` of `sync`. */
  readonly #latest = new Map<string, { rows: Map<string, SyncRow>; indexed: number }>()

  constructor(machine: VaultMachine) {
    this.#machine = machine
  }

  /** One durable entry, or none where nothing has changed; memory follows it. */
  async commit(durability: 'strict' | 'relaxed' = 'relaxed'): Promise<void> {
    if (this.sync.length + this.#records.size + this.#removed.size > 0)
      await this.#machine.rows.commit({
        records: [...this.#records.values()],
        remove: [...this.#removed],
        sync: this.sync,
        durability,
      })
    for (const id of this.#sent) this.#machine.unsent.delete(id)
    for (const id of this.#unsent) this.#machine.unsent.add(id)
  }

  /** F1: the last head that the server signed for a stream; an older one never takes its place. */
  signedHead(stream: string, head: SignedHead): void {
    const known = this.#get(TABLE.signedHead, stream) as SignedHead | null
    if (known !== null && known.n > head.n) return
    // The same word of the server at a later time is no other one: nothing is written for it.
    if (known === null || known.n < head.n || !equalBytes(known.h, head.h))
      this.sync.push({ table: TABLE.signedHead, key: stream, value: rowValue(head) })
    const reached = this.#machine.streams.get(stream)?.n ?? 0
    // S9: what is read can be given back up to a head that is reached; the newest may be pages ahead.
    if (head.n > reached && known !== null && known.n <= reached)
      this.sync.push({ table: TABLE.reachedHead, key: stream, value: rowValue(known) })
    else if (head.n <= reached && this.#get(TABLE.reachedHead, stream) !== null)
      this.sync.push({ table: TABLE.reachedHead, key: stream, value: null })
  }

  /** S3: an answer said that an envelope stands at a number, and now another one does: it is sent again. */
  dropFalseAnswers(stream: string, reached: number): void {
    for (const { key, ack, stored } of answeredOf(this.#machine, stream)) {
      if (ack === null || ack.n > reached) continue
      if (this.#get(TABLE.outbox, key) === null) continue
      this.sync.push({ table: TABLE.outbox, key, value: rowValue({ ...stored, ack: null }) })
      this.foundFalseAnswer = true
    }
  }

  /** `nonce`: what the body was sealed under, where one came. */
  entry(
    stream: string,
    stepped: SteppedEntry,
    { outcome, header, bodyHash, proof }: Omit<StreamEntry, 'body'>,
    nonce: Uint8Array | null,
  ): void {
    const value = packEntry({ outcome, header, bodyHash, proof, nonce: outcome === 'void' ? null : nonce })
    this.sync.push({ table: entryTable(stream), key: String(stepped.n), value })
  }

  /** The entry of an envelope of this device: as a rule the outbox holds its row already, and the disk needs no second one. */
  ownEntry(stream: string, { n, outcome }: SteppedEntry, own: OutboxItem): void {
    const row = { table: entryTable(stream), key: String(n) }
    this.#countVoids(stream, outcome === 'void')
    if (outcome === 'current')
      this.sync.push({ ...row, value: own.stored.entry, from: { table: TABLE.outbox, key: own.key, field: 'entry' } })
    else
      this.sync.push({
        ...row,
        value: packEntry({ ...own.entry, outcome, ...(outcome === 'void' ? { nonce: null } : {}) }),
      })
  }

  /** S2: how many of this device's envelopes are void, one after the other, for the next one to say. */
  #countVoids(stream: string, isVoid: boolean): void {
    const chain = this.#get(TABLE.deviceSequence, stream) as DeviceSequence | null
    if (chain === null || (!isVoid && chain.voids === 0)) return
    const voids = isVoid ? chain.voids + 1 : 0
    this.sync.push({ table: TABLE.deviceSequence, key: stream, value: rowValue({ ...chain, voids }) })
  }

  /** C3: an entry of before this reader's start, known by its hash alone. */
  bareHash(stream: string, { n, outcome, bodyHash }: Pick<StreamEntry, 'n' | 'outcome' | 'bodyHash'>): void {
    const value = packEntry({ outcome, header: new Uint8Array(), bodyHash, proof: null, nonce: null })
    this.sync.push({ table: entryTable(stream), key: String(n), value })
  }

  #row(id: string): StoredRecord | null {
    return this.#records.get(id) ?? (this.#removed.has(id) ? null : this.#machine.rows.read(id))
  }

  #isUnsent(id: string): boolean {
    return this.#unsent.has(id) || (this.#machine.unsent.has(id) && !this.#sent.has(id))
  }

  /** As this change leaves it. */
  #get(table: string, key: string): unknown {
    let latest = this.#latest.get(table)
    if (latest === undefined) this.#latest.set(table, (latest = { rows: new Map(), indexed: 0 }))
    for (; latest.indexed < this.sync.length; latest.indexed++) {
      const row = this.sync[latest.indexed]!
      if (row.table === table) latest.rows.set(row.key, row)
    }
    const changed = latest.rows.get(key)
    return changed === undefined ? (this.#machine.rows.get(table, key) ?? null) : changed.value
  }

  #setHead(stepped: SteppedEntry): void {
    const { header } = stepped
    const id = recordId(idText(header.stream), idText(header.doc))
    const head: HeadRow = { hash: stepped.hash, revision: idText(header.revision), n: stepped.n, epoch: header.epoch }
    this.sync.push({ table: TABLE.head, key: id, value: rowValue(head) })
    this.superseded(stepped)
  }

  /** The conflicts that a current entry took in are settled; their content stays reachable as past versions. */
  superseded(stepped: SteppedEntry): void {
    const { stream, doc } = stepped.header
    const id = recordId(idText(stream), idText(doc))
    for (const merged of stepped.header.merged.map(idText)) {
      const conflict = this.#get(TABLE.conflict, merged) as ConflictRow | null
      if (conflict === null || conflict.id !== id) continue
      this.sync.push(this.#past(conflict.row), { table: TABLE.conflict, key: merged, value: null })
    }
  }

  /** Another device's current version. */
  current(stepped: SteppedEntry, row: StoredRecord): void {
    const { id } = row
    const mine = this.#row(id)
    this.#setHead(stepped)
    if (mine !== null && this.#isUnsent(id) && mine.revision !== row.revision) {
      this.#meet(id, mine, row, idText(stepped.hash), stepped.header.deleted)
      return
    }
    if (mine !== null && mine.revision !== row.revision) this.sync.push(this.#past(mine))
    this.#put(id, row, stepped.header.deleted)
    this.#showEffective(id)
  }

  #past(row: StoredRecord): SyncRow {
    return supersededRow(row, (key) => this.#get(TABLE.supersededVersions, key) as StoredRecord | null)
  }

  #put(id: string, row: StoredRecord, deleted: boolean): void {
    this.#sent.add(id)
    this.#unsent.delete(id)
    // No version of this device is about to take conflicts in any more.
    for (const table of [TABLE.merging, TABLE.remoteCurrent])
      if (this.#get(table, id) !== null) this.sync.push({ table, key: id, value: null })
    if (deleted) {
      this.#records.delete(id)
      this.#removed.add(id)
    } else {
      this.#removed.delete(id)
      this.#records.set(id, row)
    }
  }

  /** An unsent edit meets a newer version: equal content adopts it, undisputed fields merge, else the edit goes out as it is and becomes a conflict. */
  #meet(id: string, mine: StoredRecord, theirs: StoredRecord, theirHash: string, deleted: boolean): void {
    const isSealed = this.#sealed(id)
    // Over a sealed one it continues waiting: that one may lose, and would merge as if nothing had been written over it.
    if (!deleted && !isSealed && sameContent(mine.resource, theirs.resource)) {
      this.#put(id, theirs, false)
      this.sync.push({ table: TABLE.base, key: id, value: null })
      this.#dropUploads(mine, theirs)
      return
    }
    if (!deleted && this.#follows(id, theirs)) {
      this.#goOnFrom(id, mine, theirs, theirHash)
      return
    }
    if (!deleted && !isSealed && this.#isSentAgain(mine, null)) {
      this.#put(id, theirs, false)
      return
    }
    if (!isSealed && this.#wasSent(mine)) {
      this.#put(id, theirs, deleted)
      return
    }
    // An earlier edit is sealed and unanswered: its answer decides, see ownConflict.
    if (isSealed) {
      this.sync.push({ table: TABLE.remoteCurrent, key: id, value: rowValue(theirs) })
      return
    }
    const base = this.#get(TABLE.base, id)
    const merged = deleted ? null : this.#merged(typeof base === 'string' ? base : null, mine, theirs)
    if (merged === null) {
      this.sync.push({ table: TABLE.remoteCurrent, key: id, value: rowValue(theirs) })
      return
    }
    this.sync.push(
      { table: TABLE.base, key: id, value: theirs.resource },
      this.#past(theirs),
      // What was in dispute before has been written over.
      { table: TABLE.remoteCurrent, key: id, value: null },
    )
    this.#records.set(id, this.#newVersion(mine, merged, theirHash))
    this.#unsent.add(id)
  }

  /** B1: files of a version that nobody will see; theirs has its own. */
  #dropUploads(mine: StoredRecord, theirs: StoredRecord): void {
    for (const { content } of mine.resource === theirs.resource ? [] : recordFiles(mine.resource)) {
      if (content.type !== 'sealed' || theirs.resource.includes(content.address.blob)) continue
      if (this.#get(TABLE.file, content.address.blob) !== null)
        this.sync.push({ table: TABLE.file, key: content.address.blob, value: null })
    }
  }

  #sealed(id: string): boolean {
    const answered = new Set(
      this.sync.filter((row) => row.table === TABLE.outbox && row.value === null).map((row) => row.key),
    )
    return outboxOfRecord(this.#machine, id).some(({ key }) => !answered.has(key))
  }

  #newVersion(row: StoredRecord, resource: string, parent: string): StoredRecord {
    const machine = this.#machine
    machine.lastClock = nextClock(machine.clock.now(), machine.lastClock, idText(machine.device.id))
    return makeRow({
      stream: row.stream,
      doc: row.doc,
      name: streamName(machine, row.stream),
      revision: idText(machine.randomBytes(16)),
      parent,
      clock: machine.lastClock,
      account: idText(machine.account),
      device: idText(machine.device.id),
      resource,
      importHash: row.importHash,
      importSource: row.importSource,
    })
  }

  /** A version of another device that lost the compare-and-set: shown beside the current one until a version names it. */
  conflict(stepped: SteppedEntry, row: StoredRecord, base: string): void {
    if (this.#wasEffective(row)) return
    const mine = row.account === idText(this.#machine.account)
    const value: ConflictRow = { id: row.id, n: stepped.n, row, base, mine }
    this.sync.push({ table: TABLE.conflict, key: idText(stepped.hash), value: rowValue(value) })
    this.#showEffective(row.id)
    this.#giveWay(row)
  }

  /** An entry that does not count, with its reason. `gone`: the version that it is here, shown no longer. */
  quarantine({ header, n }: Pick<SteppedEntry, 'header' | 'n'>, reason: string, entry: StreamEntry, gone = ''): void {
    const stream = idText(header.stream)
    const value = rowValue(quarantinedRow(this.#machine, reason, encodeMessage(entry)))
    this.sync.push({ table: TABLE.quarantine, key: entryKey(stream, n), value })
    this.#showEffective(recordId(stream, idText(header.doc)), gone)
  }

  /** C4, C9: the same for an entry that was here before, and counted. The head is the last version before it that does and that this device has. */
  retract({ header, hash, n }: Pick<SteppedEntry, 'header' | 'hash' | 'n'>, reason: string, entry: EntryRow): void {
    const [stream, doc, branch] = [idText(header.stream), idText(header.doc), idText(hash)]
    if (this.#isQuarantined(stream, n)) return
    const key = entryKey(stream, n)
    if (this.#get(TABLE.waiting, key) !== null) this.sync.push({ table: TABLE.waiting, key, value: null })
    if (this.#get(TABLE.conflict, branch) !== null) this.sync.push({ table: TABLE.conflict, key: branch, value: null })
    const id = recordId(stream, doc)
    const head = this.#get(TABLE.head, id) as HeadRow | null
    if (head?.revision === idText(header.revision))
      this.sync.push({ table: TABLE.head, key: id, value: rowValue(this.#headBefore(stream, doc, n)) })
    const { outcome, header: encoded, bodyHash, proof } = entry
    const shown = { n, outcome, header: encoded, bodyHash, body: null, proof }
    this.quarantine({ header, n }, reason, shown, idText(header.revision))
  }

  #headBefore(stream: string, doc: string, n: number): HeadRow | null {
    for (let before = n - 1; before > 0; before--) {
      const entry = entryAt(this.#machine, stream, before)
      const header = entry?.outcome === 'current' ? decodeHeader(entry.header) : null
      if (entry === undefined || header === null || idText(header.doc) !== doc) continue
      const revision = idText(header.revision)
      if (this.#pastOf(recordId(stream, doc), revision) === null || this.#isQuarantined(stream, before)) continue
      return { hash: envelopeHashOf(entry.header, entry.bodyHash), revision, n: before, epoch: header.epoch }
    }
    return null
  }

  /**
   * C9: what a record shows where the version that the server calls current was quarantined: one that was written over what stands, else what
   * stands, else what there is. `gone`: a version that counts no longer.
   */
  #showEffective(id: string, gone = ''): void {
    const [stream = '', doc = ''] = id.split('.')
    const shown = this.#row(id)
    if (shown !== null && this.#isUnsent(id)) return
    const isGone = shown?.revision === gone
    const standing = effectiveVersion(this.#machine.streams.get(stream), doc, (n) => this.#isQuarantined(stream, n))
    if (standing === null && !isGone) return
    const conflictOf = (hash: string) => this.#get(TABLE.conflict, hash) as ConflictRow | null
    const over = firstHeld(standing?.over ?? [], conflictOf)
    const before = over === null ? this.#headRow(id) : null
    const beside = firstHeld(standing?.beside ?? [], conflictOf)
    if (over !== null) this.#show(id, over.row, over.deleted)
    else if (before !== null) this.#show(id, before, false)
    else if (shown !== null && !isGone) return
    else if (beside !== null) this.#show(id, beside.row, beside.deleted)
    else if (shown !== null) this.#put(id, shown, true)
  }

  #show(id: string, row: StoredRecord, deleted: boolean): void {
    const shown = this.#row(id)
    if (shown?.revision === row.revision) return
    if (shown !== null) this.sync.push(this.#past(shown))
    this.#put(id, row, deleted)
  }

  /** The last version that stands at the server and counts, where this device has it. */
  #headRow(id: string): StoredRecord | null {
    const head = this.#get(TABLE.head, id) as HeadRow | null
    const places =
      head === null ? [] : [this.#row(id), this.#pastOf(id, head.revision), this.#get(TABLE.remoteCurrent, id)]
    return (places as (StoredRecord | null)[]).find((row) => row?.revision === head?.revision) ?? null
  }

  /** A version of this very record. */
  #pastOf(id: string, revision: string): StoredRecord | null {
    const past = this.#get(TABLE.supersededVersions, revision) as StoredRecord | null
    return past?.id === id ? past : supersededOf(this.#machine, id, revision)
  }

  #isQuarantined(stream: string, n: number): boolean {
    return this.#get(TABLE.quarantine, entryKey(stream, n)) !== null
  }

  /** F3: a copy of this device has sent this version, which is unsent here: it stands beside another, or did. */
  #wasSent({ id, revision }: StoredRecord): boolean {
    const isMine = (value: unknown) => {
      const beside = value as unknown as ConflictRow
      return beside.id === id && beside.row.revision === revision
    }
    const here = this.sync.some(({ table, value }) => table === TABLE.conflict && value !== null && isMine(value))
    return (
      this.#pastOf(id, revision) !== null || here || [...this.#machine.rows.table(TABLE.conflict).values()].some(isMine)
    )
  }

  /** F3: a copy of this device has sent the very version that is unsent here. It is at the server, so what stands there stands here too. */
  #giveWay({ id, revision }: StoredRecord): void {
    const head = this.#get(TABLE.head, id) as HeadRow | null
    const remote = this.#get(TABLE.remoteCurrent, id) as StoredRecord | null
    if (this.#row(id)?.revision !== revision || !this.#isUnsent(id) || remote === null) return
    if (remote.revision === head?.revision) this.#put(id, remote, false)
  }

  /**
   * N5: two devices of a practice published the same version; there is nothing to choose between. Told by what the server holds as current: a
   * version under this name by the same account, whose body a device that came later need not have, or else one with the same text.
   */
  #wasEffective({ id, doc, stream, account, revision, resource }: StoredRecord): boolean {
    const now = this.#row(id)
    const known = now?.revision === revision ? now : this.#pastOf(id, revision)
    const head = this.#get(TABLE.head, id) as HeadRow | null
    const same = known?.resource ?? this.#get(TABLE.base, id)
    if (same === resource && head?.revision === revision) return true
    const state = this.#machine.streams.get(stream)
    const numbers = state === undefined ? [] : versionNumbers(state, (n) => this.#entry(stream, n), { doc, revision })
    return numbers.some((n) => {
      const header = decodeHeader(this.#entry(stream, n)!.header)!
      return (same === resource || idText(header.account) === account) && !this.#isQuarantined(stream, n)
    })
  }

  #entry(stream: string, n: number): EntryRow | null {
    const value = this.#get(entryTable(stream), String(n)) as CborValue | null
    return value === null ? null : readEntry(value)
  }

  ownCurrent(stepped: SteppedEntry, own: OutboxItem): void {
    this.#setHead(stepped)
    const row = this.#row(own.id)
    if (row === null || row.revision === own.revision) {
      this.#sent.add(own.id)
      this.#unsent.delete(own.id)
    }
    if (row !== null && stepped.header.deleted && row.revision === own.revision) this.#put(own.id, row, true)
  }

  /** Y3: this device's version lost. Where no field is disputed it merges at once; else both stand until a person decides. */
  ownConflict(stepped: SteppedEntry, own: OutboxItem): void {
    const hash = idText(stepped.hash)
    const row = this.#row(own.id)
    const follows = row !== null && row.parent === hash
    // A later edit of another version of the record: it goes its own way, and the lost one stands beside it.
    if (!follows && row?.revision !== own.revision && this.#isUnsent(own.id)) {
      this.conflict(stepped, own.row, own.base)
      return
    }
    const current = this.#machine.streams.get(own.stream)?.records.get(idText(stepped.header.doc))?.current ?? null
    const theirs = this.#theirs(own, current === null ? null : idText(current.hash))
    if (theirs !== null && current !== null && isSameVersion(theirs, own.row)) {
      this.#goOnFrom(own.id, follows ? row : theirs, theirs, idText(current.hash))
      return
    }
    if (theirs !== null && !follows && this.#isSentAgain(own.row, stepped.n)) {
      this.conflict(stepped, own.row, own.base)
      this.#put(own.id, theirs, false)
      return
    }
    if (theirs !== null && current !== null && this.#follows(own.id, theirs)) {
      this.conflict(stepped, own.row, own.base)
      const taken = this.#takenIn(own.id, [hash, ...stepped.header.merged.map(idText)])
      this.#goOnFrom(own.id, follows ? row : own.row, theirs, idText(current.hash))
      this.sync.push({ table: TABLE.merging, key: own.id, value: taken })
      return
    }
    const latest = follows ? row : own.row
    const merged = theirs === null ? null : this.#merged(own.base === '' ? null : own.base, latest, theirs)
    this.sync.push({ table: TABLE.remoteCurrent, key: own.id, value: null })
    // Kept also where a merge takes it in at once: that one may lose in its turn, and then this conflict is open again.
    this.conflict(stepped, own.row, own.base)
    if (theirs !== null && merged !== null && current !== null) {
      const taken = this.#takenIn(own.id, [hash, ...stepped.header.merged.map(idText)])
      this.sync.push({ table: TABLE.merging, key: own.id, value: taken })
      this.#mergeOver(own.id, latest, theirs, merged, idText(current.hash))
      return
    }
    // What stands has not come with a body: a later edit stays unsent and meets the next version that does.
    if (theirs === null) return
    // A later edit on top of the lost one is not in the envelope: it goes out beside it, as a version of its own.
    if (follows) this.sync.push({ table: TABLE.siblingVersions, key: latest.revision, value: rowValue(latest) })
    this.#put(own.id, theirs, false)
  }

  /** N5: whether what stands at the server is a version that this device's own one was written over. */
  #follows(id: string, theirs: StoredRecord): boolean {
    const past = this.#pastOf(id, theirs.revision)
    return past !== null && isSameVersion(past, theirs)
  }

  /**
   * N5: a version of a practice that was in the stream before and was only sent once more, to take conflicts in, gives way to whatever came
   * meanwhile. `n`: of the envelope that is being judged, null where none was sealed yet.
   */
  #isSentAgain(mine: StoredRecord, n: number | null): boolean {
    const past = this.#pastOf(mine.id, mine.revision)
    if (ownRoles(this.#machine) === null || past === null || !isSameVersion(past, mine)) return false
    return [...this.#machine.rows.table(entryTable(mine.stream))].some(([key, value]) => {
      const entry = Number(key) === n ? null : readEntry(value)
      const header = entry === null || entry.outcome === 'void' ? null : decodeHeader(entry.header)
      return header !== null && idText(header.doc) === mine.doc && idText(header.revision) === mine.revision
    })
  }

  /** N5: what this device lost to is the very version that it sent; a later edit continues from there. */
  #goOnFrom(id: string, latest: StoredRecord, theirs: StoredRecord, hash: string): void {
    this.#put(id, theirs, false)
    if (latest === theirs) return
    this.sync.push({ table: TABLE.base, key: id, value: theirs.resource })
    this.sync.push(this.#past(theirs))
    this.#records.set(id, { ...latest, parent: hash })
    this.#sent.delete(id)
    this.#unsent.add(id)
  }

  /** {@link mergeTexts}, where the member at this device may write what comes of it (C14); else a person decides. */
  #merged(base: string | null, mine: StoredRecord, theirs: StoredRecord): string | null {
    // N5: what a practice has in a patient's chart are copies: of two the practice's own vault says which one holds.
    if (ownRoles(this.#machine) !== null && !isVaultOwner(this.#machine)) return null
    const merged = mergeTexts(base, mine.resource, theirs.resource)
    return merged !== null && mayDoHere(this.#machine, theirs, merged) ? merged : null
  }

  /** The next version of a record: `merged` over `theirs`, which stands at the server under `parent`. */
  #mergeOver(id: string, mine: StoredRecord, theirs: StoredRecord, merged: string, parent: string): void {
    this.sync.push({ table: TABLE.base, key: id, value: theirs.resource }, this.#past(mine), this.#past(theirs))
    this.#records.set(id, this.#newVersion(mine, merged, parent))
    this.#sent.delete(id)
    this.#unsent.add(id)
  }

  #before(row: StoredRecord): void {
    this.sync.push({ table: TABLE.predecessorVersions, key: row.revision, value: rowValue(row) })
  }

  /** Hashes that the next version of a record takes in: what an earlier version of this device named and did not settle goes with it. */
  #takenIn(id: string, more: string[]): string[] {
    const before = (this.#get(TABLE.merging, id) as string[] | null) ?? []
    return [...new Set([...more, ...before])].slice(0, MAX_MERGED)
  }

  /** The version that stands at the server, as this device knows it: its row, or what an earlier page of this change quarantined. */
  #theirs(own: OutboxItem, currentHash: string | null): StoredRecord | null {
    const head = this.#get(TABLE.head, own.id) as HeadRow | null
    if (head === null || currentHash === null || idText(head.hash) !== currentHash) return null
    const row = this.#row(own.id)
    if (row !== null && row.revision === head.revision) return row
    const remote = this.#get(TABLE.remoteCurrent, own.id) as StoredRecord | null
    return remote !== null && remote.revision === head.revision ? remote : null
  }

  /** The server took the envelope under an older epoch as void: the record is unsent again and will be sealed again. */
  ownVoid(stepped: SteppedEntry, own: OutboxItem): void {
    const row = this.#row(own.id)
    const follows = row?.parent === idText(stepped.hash)
    const head = this.#get(TABLE.head, own.id) as HeadRow | null
    if (row === null || (!follows && row.revision !== own.revision)) {
      // Another's version stands in its place, or a later edit of that one: they merge, or it goes out beside it.
      const base = own.base === '' ? null : own.base
      const stands = row !== null && head !== null && row.revision === head.revision
      const merged = stands ? this.#merged(base, own.row, row) : null
      if (!stands || merged === null) {
        this.sync.push({ table: TABLE.siblingVersions, key: own.row.revision, value: rowValue(own.row) })
        return
      }
      this.#mergeOver(own.id, own.row, row, merged, idText(head.hash))
    } else {
      if (follows) {
        this.#records.set(own.id, { ...row, parent: own.row.parent })
        this.sync.push({ table: TABLE.base, key: own.id, value: own.base === '' ? null : own.base })
        for (const each of predecessorVersionsOf(this.#machine, own.id))
          if (each.parent === idText(stepped.hash)) this.#before({ ...each, parent: own.row.parent })
      }
      if (own.keep) this.#before(own.row)
      this.#sent.delete(own.id)
      this.#unsent.add(own.id)
    }
    const taken = this.#takenIn(own.id, stepped.header.merged.map(idText))
    if (taken.length > 0) this.sync.push({ table: TABLE.merging, key: own.id, value: taken })
  }
}

/** One durable entry; when it fails, memory goes back to what the rows say. */
export async function commitOrReload(machine: VaultMachine, change: ReconcileTransaction): Promise<void> {
  try {
    await change.commit()
  } catch (error) {
    await reloadVault(machine)
    throw error
  }
}

function isSameVersion(a: StoredRecord, b: StoredRecord): boolean {
  return a.revision === b.revision && a.resource === b.resource
}
