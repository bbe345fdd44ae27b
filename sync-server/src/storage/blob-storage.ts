/**
 * Sealed files in the server's storage (B4): the part of the port, and its rows in the SQLite file. A written chunk
 * never changes.
 */

/** A blob whose upload has begun. */
export interface StoredBlob {
  /** The account that uploads the blob. */
  account: Uint8Array
  total: number
  /** Total size of its sealed chunks in bytes. */
  size: number
  /**
   * The uploader's signed statement; null for a blob from before uploads were signed, whose chunk hashes are not known
   * either.
   */
  signed: { hashes: Uint8Array; body: Uint8Array; signature: Uint8Array } | null
  /** The payer of `size` bytes (S8); null if each chunk was charged separately. */
  payer: Uint8Array | null
  /** When the upload was started or last resumed, in milliseconds since 1970. */
  touched: number
  isComplete: boolean
}

export interface BlobPlace {
  vault: Uint8Array
  stream: Uint8Array
  blob: Uint8Array
}

export interface BlobReader {
  /** Null if no upload of this blob was started. */
  blobOf(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): StoredBlob | null
  /** The bytes of a chunk; null if the server does not have it. */
  chunk(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array, index: number): Uint8Array | null
  chunkCount(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): number
  /** Indexes of the chunks that the server has, in order. */
  chunksOf(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): number[]
  /** Incomplete blobs last touched before `before`, oldest first. */
  unfinishedBlobs(before: number, limit: number): BlobPlace[]
}

export interface BlobWriter {
  /** Creates a blob's row or replaces it; its chunks remain. */
  setBlob(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array, row: StoredBlob): void
  /** Adds a chunk to a blob that has a row. */
  addChunk(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array, index: number, bytes: Uint8Array): void
  /** Removes a blob and its chunks. */
  dropBlob(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): void
}

type Value = Uint8Array | number | null
/** Runs a statement that is prepared once, keyed by its text. */
export interface BlobStatements {
  all(sql: string, ...values: Exclude<Value, null>[]): Record<string, unknown>[]
  run(sql: string, ...values: Value[]): unknown
}

/** A schema step (sqlite-schema.ts); never changes. */
export const BLOB_TABLE = `
CREATE TABLE blobs (
  vault BLOB NOT NULL, stream BLOB NOT NULL, blob BLOB NOT NULL, account BLOB NOT NULL,
  total INTEGER NOT NULL, size INTEGER NOT NULL, hashes BLOB, body BLOB, signature BLOB,
  payer BLOB, touched INTEGER NOT NULL, complete INTEGER NOT NULL,
  PRIMARY KEY (vault, stream, blob)
) STRICT;
CREATE INDEX blobs_unfinished ON blobs (touched) WHERE complete = 0;
-- Chunks of before: paid for one by one, hashes unknown.
INSERT INTO blobs (vault, stream, blob, account, total, size, touched, complete)
  SELECT vault, stream, blob, account, total, sum(length(bytes)), 0, count(*) = total FROM chunks GROUP BY vault, stream, blob;
`

const PLACE = 'vault = ? AND stream = ? AND blob = ?'

export function createBlobReader({ all }: Pick<BlobStatements, 'all'>): BlobReader {
  const bytes = (value: unknown) => value as Uint8Array
  return {
    blobOf(vault, stream, blob) {
      const [row] = all(`SELECT * FROM blobs WHERE ${PLACE}`, vault, stream, blob)
      if (row === undefined) return null
      const isSigned = row['hashes'] !== null
      return {
        account: bytes(row['account']),
        total: Number(row['total']),
        size: Number(row['size']),
        signed: isSigned
          ? { hashes: bytes(row['hashes']), body: bytes(row['body']), signature: bytes(row['signature']) }
          : null,
        payer: (row['payer'] ?? null) as Uint8Array | null,
        touched: Number(row['touched']),
        isComplete: row['complete'] === 1,
      }
    },
    chunk(vault, stream, blob, index) {
      const [row] = all(`SELECT bytes FROM chunks WHERE ${PLACE} AND position = ?`, vault, stream, blob, index)
      return row === undefined ? null : bytes(row['bytes'])
    },
    chunkCount: (vault, stream, blob) =>
      Number(all(`SELECT count(*) AS count FROM chunks WHERE ${PLACE}`, vault, stream, blob)[0]!['count']),
    chunksOf: (vault, stream, blob) =>
      all(`SELECT position FROM chunks WHERE ${PLACE} ORDER BY position`, vault, stream, blob).map((row) =>
        Number(row['position']),
      ),
    unfinishedBlobs: (before, limit) =>
      all(
        'SELECT vault, stream, blob FROM blobs WHERE complete = 0 AND touched < ? ORDER BY touched LIMIT +?',
        before,
        limit,
      ).map((row) => ({ vault: bytes(row['vault']), stream: bytes(row['stream']), blob: bytes(row['blob']) })),
  }
}

export function createBlobWriter({ run }: Pick<BlobStatements, 'run'>): BlobWriter {
  return {
    setBlob(vault, stream, blob, { account, total, size, signed, payer, touched, isComplete }) {
      run(
        'INSERT OR REPLACE INTO blobs (vault, stream, blob, account, total, size, hashes, body, signature, payer, touched, complete) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        vault,
        stream,
        blob,
        account,
        total,
        size,
        signed?.hashes ?? null,
        signed?.body ?? null,
        signed?.signature ?? null,
        payer,
        touched,
        isComplete ? 1 : 0,
      )
    },
    addChunk(vault, stream, blob, index, bytes) {
      run(
        'INSERT INTO chunks (vault, stream, blob, position, account, total, bytes) ' +
          `SELECT vault, stream, blob, ?, account, total, ? FROM blobs WHERE ${PLACE}`,
        index,
        bytes,
        vault,
        stream,
        blob,
      )
    },
    dropBlob(vault, stream, blob) {
      for (const table of ['chunks', 'blobs']) run(`DELETE FROM ${table} WHERE ${PLACE}`, vault, stream, blob)
    },
  }
}
