/** Adds leaves to a vault's audit tree inside a write transaction (A3): envelopes of append-only streams, and sealed access entries. */
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { accessLogText, envelopeLeafData, nodesAfter } from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import { sha256 } from '@chartkeep/crypto/server'
import type { AuditHead } from '../storage/audit-storage.ts'
import type { StorageWriter } from '../storage/storage.ts'

const LEAF = Uint8Array.of(0)
const PAGE = 1000

export interface NewLeaf {
  stream: Uint8Array | null
  n: number
  sealed: Uint8Array | null
  time: number
  /** What is hashed (RFC 6962: SHA-256(0x00 || data)). */
  data: Uint8Array
}

/** The tree of one vault within one job; its size and head are written once, at the end of the job. */
export class AuditLeaves {
  readonly #tx: StorageWriter
  readonly #vault: Uint8Array
  /** Nodes that this job has written, by level and position; most of them are needed for the next leaf. */
  readonly #written = new Map<string, Uint8Array>()
  #head: AuditHead

  private constructor(tx: StorageWriter, vault: Uint8Array, head: AuditHead) {
    this.#tx = tx
    this.#vault = vault
    this.#head = head
  }

  /** Opens the tree to which `add` appends; the first time it adds what the vault's audit logs already hold. */
  static within(
    tx: StorageWriter,
    control: ControlState,
    time: number,
    add: (leaves: AuditLeaves, isNew: boolean) => void = () => {},
  ): void {
    const { vault } = control
    const known = tx.auditHead(vault)
    const leaves = new AuditLeaves(tx, vault, known ?? { size: 0, accessN: 0, accessLeaf: ZERO_HASH })
    if (known === null) for (const envelope of auditEnvelopes(tx, control)) leaves.addEnvelope(envelope, time)
    add(leaves, known === null)
    leaves.#writeHead()
  }

  /** S9: after a reseed, adds every entry of the audit logs that has no leaf. */
  static complete(tx: StorageWriter, control: ControlState, time: number): void {
    const head = tx.auditHead(control.vault)
    if (head === null) return
    const places = new Set<string>()
    for (let first = 0; first < head.size; first += PAGE)
      for (const { stream, n } of tx.auditLeaves(control.vault, first, PAGE))
        if (stream !== null) places.add(`${idText(stream)}.${n}`)
    const leaves = new AuditLeaves(tx, control.vault, head)
    for (const envelope of auditEnvelopes(tx, control))
      if (!places.has(`${idText(envelope.stream)}.${envelope.n}`)) leaves.addEnvelope(envelope, time)
    leaves.#writeHead()
  }

  get head(): AuditHead {
    return this.#head
  }

  addEnvelope({ stream, n, hash }: { stream: Uint8Array; n: number; hash: Uint8Array }, time: number): void {
    this.#add({ stream, n, sealed: null, time, data: envelopeLeafData(stream, n, hash) })
  }

  /** `seal` receives the entry's number and the previous leaf; it returns the leaf's data and the bytes to store. */
  addAccess(time: number, seal: (n: number, prev: Uint8Array) => { data: Uint8Array; sealed: Uint8Array }): void {
    const n = this.#head.accessN + 1
    const { data, sealed } = seal(n, this.#head.accessLeaf)
    this.#add({ stream: null, n, sealed, time, data })
  }

  #add({ data, ...leaf }: NewLeaf): void {
    const hash = sha256(LEAF, data)
    const index = this.#head.size
    const nodes = nodesAfter(
      index,
      hash,
      (level, at) => this.#written.get(`${level}.${at}`) ?? this.#tx.auditNode(this.#vault, level, at),
    )
    for (const node of nodes) this.#written.set(`${node.level}.${node.index}`, node.hash)
    this.#tx.addAuditLeaf(this.#vault, { index, ...leaf }, nodes)
    const isAccess = leaf.stream === null
    this.#head = { ...this.#head, size: index + 1, ...(isAccess ? { accessN: leaf.n, accessLeaf: hash } : {}) }
  }

  #writeHead(): void {
    if (this.#written.size > 0) this.#tx.setAuditHead(this.#vault, this.#head)
  }
}

/** Whether an envelope of this stream is a leaf. */
export function isAuditStream(control: ControlState, stream: Uint8Array): boolean {
  return control.streams.get(idText(stream))?.appendOnly === true && idText(stream) !== accessLogText(control.vault)
}

function* auditEnvelopes(tx: StorageWriter, control: ControlState) {
  for (const id of [...control.streams.keys()].toSorted()) {
    const stream = control.streams.get(id)!.id
    if (!isAuditStream(control, stream)) continue
    for (const { n, hash, outcome } of tx.envelopesAfter(control.vault, stream, 0))
      if (outcome !== 'void') yield { stream, n, hash }
  }
}
