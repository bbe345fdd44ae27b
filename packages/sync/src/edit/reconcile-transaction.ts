/**
 * Collects all row changes of one pulled page, or of one answer to a push, and writes them as one durable entry (Y2). It decides what
 * happens when versions of other devices meet unsent or sealed work of this device (Y3): no version is ever dropped.
 *
 * The file is long because the state cannot be split: each case reads the uncommitted changes of earlier cases in the same page, and the
 * shown version, the unsent version and the conflicts of a record change together.
 */
import { equalBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { encodeMessage, idText, MAX_MERGED } from '@chartkeep/protocol'
import {
  decodeHeader,
  envelopeHashOf,
  type SignedHead,
  type SteppedEntry,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
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

/** The nonce that sealed a body; it precedes the ciphertext. */
export function nonceOf({ body }: Pick<StreamEntry, 'body'>): Uint8Array | null {
  return body === null ? null : body.slice(0, 24)
}

export class ReconcileTransaction {
  readonly sync: SyncRow[] = []
  foundFalseAnswer = false
  /** A void entry under this device's id that the device does not remember and that no later signed envelope of its own covers (F3). */
  strangeVoid: StreamEntry | null = null
  readonly #machine: VaultMachine
  readonly #records = new Map<string, StoredRecord>()
  readonly #removed = new Set<string>()
  readonly #sent = new Set<string>()
  readonly #unsent = new Set<string>()
  /** By table: the last row of each key among the first `indexed` rows of `sync`. */
  readonly #latest = new Map<string, { rows: Map<string, SyncRow>; indexed: number }>()

  constructor(machine: VaultMachine) {
    this.#machine = machine
  }

  /** Writes one durable entry, or none if nothing changed; then updates memory. */
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

  /** F1: the last head that the server signed for a stream; an older head never replaces it. */
  signedHead(stream: string, head: SignedHead): void {
    const known = this.#get(TABLE.signedHead, stream) as SignedHead | null
    if (known !== null && known.n > head.n) return
    // The same head with a later time is not written again.
    if (known === null || known.n < head.n || !equalBytes(known.h, head.h))
      this.sync.push({ table: TABLE.signedHead, key: stream, value: rowValue(head) })
    const reached = this.#machine.streams.get(stream)?.n ?? 0
    // S9: a device can give entries back to the server up to a signed head that it has reached; the newest signed head may be pages ahead.
    if (head.n > reached && known !== null && known.n <= reached)
      this.sync.push({ table: TABLE.reachedHead, key: stream, value: rowValue(known) })
    else if (head.n <= reached && this.#get(TABLE.reachedHead, stream) !== null)
      this.sync.push({ table: TABLE.reachedHead, key: stream, value: null })
  }

  /** S3: the server answered that an envelope has a number, but another entry has that number now: the envelope is sent again. */
  dropFalseAnswers(stream: string, reached: number): void {
    for (const { key, ack, stored } of answeredOf(this.#machine, stream)) {
      if (ack === null || ack.n > reached) continue
      if (this.#get(TABLE.outbox, key) === null) continue
      this.sync.push({ table: TABLE.outbox, key, value: rowValue({ ...stored, ack: null }) })
      this.foundFalseAnswer = true
    }
  }

  /** `nonce`: the nonce of the body, if the entry came with one. */
  entry(
    stream: string,
    stepped: SteppedEntry,
    { outcome, header, bodyHash, proof }: Omit<StreamEntry, 'body'>,
    nonce: Uint8Array | null,
  ): void {
    const value = packEntry({ outcome, header, bodyHash, proof, nonce: outcome === 'void' ? null : nonce })
    this.sync.push({ table: entryTable(stream), key: String(stepped.n), value })
  }

  /** The entry of this device's own envelope: the outbox usually holds its row already, so the row is moved instead of written again. */
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

  /** S2: how many of this device's last envelopes are void in a row; its next envelope states the count. */
  #countVoids(stream: string, isVoid: boolean): void {
    const chain = this.#get(TABLE.deviceSequence, stream) as DeviceSequence | null
    if (chain === null || (!isVoid && chain.voids === 0)) return
    const voids = isVoid ? chain.voids + 1 : 0
    this.sync.push({ table: TABLE.deviceSequence, key: stream, value: rowValue({ ...chain, voids }) })
  }

  /** C3: an entry from before this reader's start, known only by its hash. */
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

  /** A row as this transaction leaves it. */
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

  /** The conflicts that a current version took in are settled; their content stays available among the superseded versions. */
  superseded(stepped: SteppedEntry): void {
    const { stream, doc } = stepped.header
    const id = recordId(idText(stream), idText(doc))
    for (const merged of stepped.header.merged.map(idText)) {
      const conflict = this.#get(TABLE.conflict, merged) as ConflictRow | null
      if (conflict === null || conflict.id !== id) continue
      this.sync.push(this.#past(conflict.row), { table: TABLE.conflict, key: merged, value: null })
    }
  }

  /** The server's current version, written by another device. */
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
    // This device has no version left that would take conflicts in.
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

  /**
   * An unsent edit meets a newer version of another device. Equal content: the newer version is adopted. No disputed field: both are
   * merged. Otherwise the edit is sent unchanged and becomes a conflict.
   */
  #meet(id: string, mine: StoredRecord, theirs: StoredRecord, theirHash: string, deleted: boolean): void {
    const isSealed = this.#sealed(id)
    // An edit on top of a sealed version keeps waiting: the sealed version may lose, and adopting now would merge as if the edit did not
    // exist.
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
    // An earlier edit is sealed and unanswered; its answer decides (see ownConflict).
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
      // The merge has settled the earlier dispute.
      { table: TABLE.remoteCurrent, key: id, value: null },
    )
    this.#records.set(id, this.#newVersion(mine, merged, theirHash))
    this.#unsent.add(id)
  }

  /** B1: removes uploads of a version that nobody will see; the adopted version has its own files. */
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

  /**
   * A version of another device that lost the compare-and-set. It is shown next to the current version until a later version takes it in.
   */
  conflict(stepped: SteppedEntry, row: StoredRecord, base: string): void {
    if (this.#wasEffective(row)) return
    const mine = row.account === idText(this.#machine.account)
    const value: ConflictRow = { id: row.id, n: stepped.n, row, base, mine }
    this.sync.push({ table: TABLE.conflict, key: idText(stepped.hash), value: rowValue(value) })
    this.#showEffective(row.id)
    this.#giveWay(row)
  }

  /** Quarantines an entry with its reason. `gone`: the revision of that entry on this device, which is no longer shown. */
  quarantine({ header, n }: Pick<SteppedEntry, 'header' | 'n'>, reason: string, entry: StreamEntry, gone = ''): void {
    const stream = idText(header.stream)
    const value = rowValue(quarantinedRow(this.#machine, reason, encodeMessage(entry)))
    this.sync.push({ table: TABLE.quarantine, key: entryKey(stream, n), value })
    this.#showEffective(recordId(stream, idText(header.doc)), gone)
  }

  /**
   * C4, C9: quarantines an entry that was accepted earlier. The head becomes the last earlier version that is accepted and whose text this
   * device has.
   */
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
   * C9: shows the effective version of a record whose current version is quarantined: a conflict written on top of the last accepted
   * version, else that version, else another conflict. `gone`: a revision that is no longer accepted.
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

  /** The row of the last accepted version at the server, if this device has its text. */
  #headRow(id: string): StoredRecord | null {
    const head = this.#get(TABLE.head, id) as HeadRow | null
    const places =
      head === null ? [] : [this.#row(id), this.#pastOf(id, head.revision), this.#get(TABLE.remoteCurrent, id)]
    return (places as (StoredRecord | null)[]).find((row) => row?.revision === head?.revision) ?? null
  }

  /** A superseded version of this record. */
  #pastOf(id: string, revision: string): StoredRecord | null {
    const past = this.#get(TABLE.supersededVersions, revision) as StoredRecord | null
    return past?.id === id ? past : supersededOf(this.#machine, id, revision)
  }

  #isQuarantined(stream: string, n: number): boolean {
    return this.#get(TABLE.quarantine, entryKey(stream, n)) !== null
  }

  /** F3: whether a copy of this device has sent the version that is unsent here, so that it is or was a conflict. */
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

  /**
   * F3: a copy of this device has sent the version that is unsent here. The server has it, so this device shows the server's current
   * version.
   */
  #giveWay({ id, revision }: StoredRecord): void {
    const head = this.#get(TABLE.head, id) as HeadRow | null
    const remote = this.#get(TABLE.remoteCurrent, id) as StoredRecord | null
    if (this.#row(id)?.revision !== revision || !this.#isUnsent(id) || remote === null) return
    if (remote.revision === head?.revision) this.#put(id, remote, false)
  }

  /**
   * N5: whether two devices of a practice published the same version, so that there is nothing to choose. It is the same if the server
   * holds a current version of this revision by the same account (a device enrolled later need not have its body) or one with the same
   * text.
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

  /** Y3: this device's version lost. It is merged at once if no field is disputed; otherwise both versions stay until a person decides. */
  ownConflict(stepped: SteppedEntry, own: OutboxItem): void {
    const hash = idText(stepped.hash)
    const row = this.#row(own.id)
    const follows = row !== null && row.parent === hash
    // A later edit is based on another version of the record: it is sent separately, and the lost version becomes a conflict.
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
    // The conflict is recorded even if a merge takes it in at once: the merged version may lose too, and then this conflict is open again.
    this.conflict(stepped, own.row, own.base)
    if (theirs !== null && merged !== null && current !== null) {
      const taken = this.#takenIn(own.id, [hash, ...stepped.header.merged.map(idText)])
      this.sync.push({ table: TABLE.merging, key: own.id, value: taken })
      this.#mergeOver(own.id, latest, theirs, merged, idText(current.hash))
      return
    }
    // The server's current version came without a body: the later edit stays unsent and meets the next version that has one.
    if (theirs === null) return
    // A later edit on top of the lost version is not in the lost envelope: it is sent as a sibling version.
    if (follows) this.sync.push({ table: TABLE.siblingVersions, key: latest.revision, value: rowValue(latest) })
    this.#put(own.id, theirs, false)
  }

  /** N5: whether the server's current version is a version that this device's own version replaced. */
  #follows(id: string, theirs: StoredRecord): boolean {
    const past = this.#pastOf(id, theirs.revision)
    return past !== null && isSameVersion(past, theirs)
  }

  /**
   * N5: whether this version of a practice was in the stream before and was sent again only to take conflicts in. It then gives way to any
   * newer version. `n`: the number of the envelope under judgement, null if none was sealed yet.
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

  /** N5: this device lost to the very version that it sent; a later edit continues from there. */
  #goOnFrom(id: string, latest: StoredRecord, theirs: StoredRecord, hash: string): void {
    this.#put(id, theirs, false)
    if (latest === theirs) return
    this.sync.push({ table: TABLE.base, key: id, value: theirs.resource })
    this.sync.push(this.#past(theirs))
    this.#records.set(id, { ...latest, parent: hash })
    this.#sent.delete(id)
    this.#unsent.add(id)
  }

  /** The result of {@link mergeTexts}, if the current member may write it (C14); otherwise null, and a person decides. */
  #merged(base: string | null, mine: StoredRecord, theirs: StoredRecord): string | null {
    // N5: a practice's records in a patient's chart are copies. If two differ, the practice's own vault decides.
    if (ownRoles(this.#machine) !== null && !isVaultOwner(this.#machine)) return null
    const merged = mergeTexts(base, mine.resource, theirs.resource)
    return merged !== null && mayDoHere(this.#machine, theirs, merged) ? merged : null
  }

  /** Writes the next version of a record: `merged` on top of `theirs`, the server's version with the hash `parent`. */
  #mergeOver(id: string, mine: StoredRecord, theirs: StoredRecord, merged: string, parent: string): void {
    this.sync.push({ table: TABLE.base, key: id, value: theirs.resource }, this.#past(mine), this.#past(theirs))
    this.#records.set(id, this.#newVersion(mine, merged, parent))
    this.#sent.delete(id)
    this.#unsent.add(id)
  }

  #before(row: StoredRecord): void {
    this.sync.push({ table: TABLE.predecessorVersions, key: row.revision, value: rowValue(row) })
  }

  /**
   * Hashes of the conflicts that the next version takes in, including those that an earlier version of this device named without settling
   * them.
   */
  #takenIn(id: string, more: string[]): string[] {
    const before = (this.#get(TABLE.merging, id) as string[] | null) ?? []
    return [...new Set([...more, ...before])].slice(0, MAX_MERGED)
  }

  /** The server's current version as this device knows it: the record's row, or the version stored as remote current. */
  #theirs(own: OutboxItem, currentHash: string | null): StoredRecord | null {
    const head = this.#get(TABLE.head, own.id) as HeadRow | null
    if (head === null || currentHash === null || idText(head.hash) !== currentHash) return null
    const row = this.#row(own.id)
    if (row !== null && row.revision === head.revision) return row
    const remote = this.#get(TABLE.remoteCurrent, own.id) as StoredRecord | null
    return remote !== null && remote.revision === head.revision ? remote : null
  }

  /** The server answered `void` because of an older epoch: the record is unsent again and will be sealed again. */
  ownVoid(stepped: SteppedEntry, own: OutboxItem): void {
    const row = this.#row(own.id)
    const follows = row?.parent === idText(stepped.hash)
    const head = this.#get(TABLE.head, own.id) as HeadRow | null
    if (row === null || (!follows && row.revision !== own.revision)) {
      // Another device's version, or a later edit of it, is shown: the two are merged, or this one is sent as a sibling version.
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

/** Commits one durable entry; on failure memory is rebuilt from the rows. */
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
