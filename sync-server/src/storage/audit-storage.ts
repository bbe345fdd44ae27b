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

/** An access entry that is still sealed: its leaf, its number, and when it was written. */
export type SealedLeaf = Pick<StoredLeaf, 'index' | 'n' | 'time'>

/** Leaves from `first` to before `next`. */
export interface FetchedLeaves {
  first: number
  next: number
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
  /** The oldest access entries that are still sealed, in order, without what is sealed. */
  oldestSealed(vault: Uint8Array, limit: number): SealedLeaf[]
  cosignatures(vault: Uint8Array): StoredCosignature[]
  /** What each device of the owners fetched last of the tree. */
  auditFetched(vault: Uint8Array): ({ device: Uint8Array } & FetchedLeaves)[]
}

export interface AuditWriter {
  addAuditLeaf(
    vault: Uint8Array,
    leaf: StoredLeaf,
    nodes: readonly { level: number; index: number; hash: Uint8Array }[],
  ): void
  setAuditHead(vault: Uint8Array, head: AuditHead): void
  /** Forgets what was sealed in the access entries up to leaf `index`; their hashes stay for ever. */
  dropSealed(vault: Uint8Array, index: number): void
  setAuditFetched(vault: Uint8Array, device: Uint8Array, fetched: FetchedLeaves): void
  setCosignature(vault: Uint8Array, cosignature: StoredCosignature): void
}
