/** The part of the storage port that keeps the audit tree of a vault (A2, A3): leaves in order, hashes of complete subtrees, cosigned heads. */

/** One leaf. `stream` null: of the access log, then `n` counts its entries. `sealed` null: an envelope's, or no longer kept. */
export interface StoredLeaf {
  index: number
  stream: Uint8Array | null
  n: number
  sealed: Uint8Array | null
  /** Milliseconds since 1970. */
  time: number
}

/** Where the tree and the access log of a vault stand. */
export interface AuditHead {
  /** Leaves of the tree. */
  size: number
  /** Number and leaf hash of the newest access entry; 0 and zeros for none. */
  accessN: number
  accessLeaf: Uint8Array
}

/** The newest checkpoint that a device cosigned, with its line. */
export interface StoredCosignature {
  account: Uint8Array
  device: Uint8Array
  size: number
  checkpoint: string
}

export interface AuditReader {
  /** Null while the vault has no tree. */
  auditHead(vault: Uint8Array): AuditHead | null
  /** Hash of a complete subtree; null when it is not stored. */
  auditNode(vault: Uint8Array, level: number, index: number): Uint8Array | null
  /** Leaves from `first` on, in order. */
  auditLeaves(vault: Uint8Array, first: number, limit: number): StoredLeaf[]
  cosignatures(vault: Uint8Array): StoredCosignature[]
}

export interface AuditWriter {
  addAuditLeaf(
    vault: Uint8Array,
    leaf: StoredLeaf,
    nodes: readonly { level: number; index: number; hash: Uint8Array }[],
  ): void
  setAuditHead(vault: Uint8Array, head: AuditHead): void
  /**
   * Forgets what was sealed in leaves older than `time` or before leaf `index`; their hashes stay for ever. One before `index` that says a
   * later time than the leaf there, because a clock was put back, may stay until its own time.
   */
  dropSealed(vault: Uint8Array, before: { time: number; index: number }): void
  setCosignature(vault: Uint8Array, cosignature: StoredCosignature): void
}
