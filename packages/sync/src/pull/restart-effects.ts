/**
 * The effect of a holder's `restart` (S9): a stream that this device had read further goes back to the named position. Nothing is lost:
 * this account's later versions become unsent again, and versions of others are kept until their authors push them again.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { encodeMessage, idText, ZERO_HASH, type Head } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf, streamStart } from '@chartkeep/protocol/streams'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { entryAt, entryTable, type EntryRow } from '../vault/entry-row.ts'
import { outboxOf } from '../vault/outbox.ts'
import { keptVersion, supersededOf } from '../vault/superseded-versions.ts'
import { rebuildEntry } from './rebuild-entry.ts'
import { recordId } from '../record/record-codec.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { entryKey, rowValue, TABLE, type HeadRow, type VaultMachine } from '../vault/vault-state.ts'

/** Applies restarts from control position `first` on. Call inside {@link exclusive}. Resolves to whether any stream went back. */
export async function restartStreams(machine: VaultMachine, first: number): Promise<boolean> {
  let changed = false
  for (const { at, streams } of machine.control?.restarts ?? []) {
    if (at < first) continue
    for (const { stream, n, h } of streams) {
      if (await goBack(machine, idText(stream), { n, h })) changed = true
    }
  }
  return changed
}

async function goBack(machine: VaultMachine, id: string, to: Head): Promise<boolean> {
  const state = machine.streams.get(id)
  if (state === undefined || state.n < to.n) return false
  const known = to.n === 0 ? streamStart(machine.vault, state.stream) : state.hashes[to.n]
  // A different history up to that position is a fork, and stays one.
  if (known === undefined || !equalBytes(known, to.h)) return false
  const change = new StepBack(machine, id, to.n)
  change.collect(state.n)
  await machine.rows.commit(change.rows())
  machine.held.delete(id)
  await reloadVault(machine)
  return true
}

interface Beyond {
  n: number
  doc: string
  hash: Uint8Array
}

class StepBack {
  readonly #machine: VaultMachine
  readonly #stream: string
  readonly #to: number
  readonly #sync: SyncRow[] = []
  readonly #records = new Map<string, StoredRecord>()
  readonly #remove = new Set<string>()

  constructor(machine: VaultMachine, stream: string, to: number) {
    this.#machine = machine
    this.#stream = stream
    this.#to = to
  }

  rows() {
    return { records: [...this.#records.values()], remove: [...this.#remove], sync: this.#sync }
  }

  collect(last: number): void {
    const machine = this.#machine
    const beyond: Beyond[] = []
    for (let n = this.#to + 1; n <= last; n++) {
      const entry = this.#entry(n)
      const header = entry === undefined ? null : decodeHeader(entry.header)
      if (entry !== undefined && header === null) this.#drop(entryTable(this.#stream), String(n))
      if (entry === undefined || header === null) continue
      const hash = envelopeHashOf(entry.header, entry.bodyHash)
      beyond.push({ n, doc: idText(header.doc), hash })
      const key = entryKey(this.#stream, n)
      if (entry.outcome !== 'void') {
        const kept = rebuildEntry(machine, this.#stream, n)
        this.#drop(TABLE.lost, `${key}.${idText(hash)}`, kept === null ? null : encodeMessage(kept))
      }
      this.#drop(entryTable(this.#stream), String(n))
      for (const table of [TABLE.waiting, TABLE.quarantine, TABLE.auditLeaf])
        if (machine.rows.get(table, key) !== undefined) this.#drop(table, key)
      if (machine.rows.get(TABLE.conflict, idText(hash)) !== undefined) this.#drop(TABLE.conflict, idText(hash))
    }
    for (const table of [TABLE.signedHead, TABLE.reachedHead, TABLE.stopped]) this.#drop(table, this.#stream)
    const docs = new Set(beyond.map(({ doc }) => doc))
    for (const item of outboxOf(machine)) {
      if (item.stream !== this.#stream) continue
      // The envelope builds on an entry that no longer exists; it is sealed again from its row.
      this.#drop(TABLE.outbox, item.key)
      docs.add(item.id.slice(item.stream.length + 1))
    }
    for (const doc of docs) this.#stepBack(doc, beyond)
    this.#deviceSequence()
  }

  #entry(n: number): EntryRow | undefined {
    return entryAt(this.#machine, this.#stream, n)
  }

  #drop(table: string, key: string, value: SyncRow['value'] = null): void {
    this.#sync.push({ table, key, value })
  }

  /** One record: its head becomes the last version up to the position; this account's newest later version becomes unsent. */
  #stepBack(doc: string, beyond: readonly Beyond[]): void {
    const machine = this.#machine
    const id = recordId(this.#stream, doc)
    const head = this.#headUpTo(doc)
    this.#drop(TABLE.head, id, head === null ? null : rowValue(head))
    for (const table of [TABLE.remoteCurrent, TABLE.merging])
      if (machine.rows.get(table, id) !== undefined) this.#drop(table, id)
    const shown = machine.rows.read(id)
    if (shown === null || (head !== null && shown.revision === head.revision)) return
    const past = head === null ? null : supersededOf(machine, id, head.revision)
    if (shown.account === idText(machine.account)) {
      this.#records.set(id, { ...shown, parent: head === null ? '' : idText(head.hash) })
      this.#drop(TABLE.base, id, past === null ? null : past.resource)
      return
    }
    // Another author's version: its author sends it again. Its text stays among the superseded versions.
    if (beyond.some((each) => each.doc === doc)) this.#sync.push(keptVersion(machine, shown))
    if (past === null) this.#remove.add(id)
    else this.#records.set(id, past)
  }

  #headUpTo(doc: string): HeadRow | null {
    for (let n = this.#to; n > 0; n--) {
      const entry = this.#entry(n)
      const header = entry?.outcome === 'current' ? decodeHeader(entry.header) : null
      if (entry === undefined || header === null || idText(header.doc) !== doc) continue
      const hash = envelopeHashOf(entry.header, entry.bodyHash)
      return { hash, revision: idText(header.revision), n, epoch: header.epoch }
    }
    return null
  }

  /** This device's sequence continues after its last remaining envelope. */
  #deviceSequence(): void {
    const device = idText(this.#machine.device.id)
    let own = { seq: 0, previous: ZERO_HASH, voids: 0 }
    for (let n = 1; n <= this.#to; n++) {
      const entry = this.#entry(n)
      const header = entry === undefined ? null : decodeHeader(entry.header)
      if (entry === undefined || header === null || idText(header.device) !== device) continue
      const previous = envelopeHashOf(entry.header, entry.bodyHash)
      own = { seq: header.deviceSeq, previous, voids: entry.outcome === 'void' ? own.voids + 1 : 0 }
    }
    this.#drop(TABLE.deviceSequence, this.#stream, own.seq === 0 ? null : rowValue(own))
  }
}
