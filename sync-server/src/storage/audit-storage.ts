/**
 * The part of the storage port that keeps a vault's audit tree (A2, A3): leaves in order, hashes of complete subtrees,
 * cosigned heads.
 */

/**
 * One leaf. `stream` is null for the access log; `n` then counts access entries. `sealed` is null for an envelope's
 * leaf and for a pruned access entry.
 */
export interface StoredLeaf {
  index: number
  stream: Uint8Array | null
  n: number
  sealed: Uint8Array | null
  /** Milliseconds since 1970. */
  time: number
}

/** An access entry that is still stored: its leaf, its number, and when it was written. */
export type SealedLeaf = Pick<StoredLeaf, 'index' | 'n' | 'time'>

/** Leaves from `first` up to but not including `next`. */
export interface FetchedLeaves {
  first: number
  next: number
}

/** The current size of a vault's tree and the head of its access log. */
export interface AuditHead {
  /** Number of leaves. */
  size: number
  /** Number and leaf hash of the newest access entry; 0 and zeros if there is none. */
  accessN: number
  accessLeaf: Uint8Array
}

/** The newest checkpoint that a device cosigned, with its signature line. */
export interface StoredCosignature {
  account: Uint8Array
  device: Uint8Array
  size: number
  checkpoint: string
}

export interface AuditReader {
  /** Null if the vault has no tree yet. */
  auditHead(vault: Uint8Array): AuditHead | null
  /** Hash of a complete subtree; null if it is not stored. */
  auditNode(vault: Uint8Array, level: number, index: number): Uint8Array | null
  /** Up to `limit` leaves from `first`, in order. */
  auditLeaves(vault: Uint8Array, first: number, limit: number): StoredLeaf[]
  /** The oldest access entries that are still stored, in order, without their sealed bytes. */
  oldestSealed(vault: Uint8Array, limit: number): SealedLeaf[]
  cosignatures(vault: Uint8Array): StoredCosignature[]
  /** The range of leaves that each owner's device fetched last. */
  auditFetched(vault: Uint8Array): ({ device: Uint8Array } & FetchedLeaves)[]
}

export interface AuditWriter {
  addAuditLeaf(
    vault: Uint8Array,
    leaf: StoredLeaf,
    nodes: readonly { level: number; index: number; hash: Uint8Array }[],
  ): void
  setAuditHead(vault: Uint8Array, head: AuditHead): void
  /** Deletes the sealed access entries up to leaf `index`; their hashes remain forever. */
  dropSealed(vault: Uint8Array, index: number): void
  setAuditFetched(vault: Uint8Array, device: Uint8Array, fetched: FetchedLeaves): void
  setCosignature(vault: Uint8Array, cosignature: StoredCosignature): void
}
