/** The stored state of a file from its first sealed chunk until the server has all of it (B1, B3). */

/** A file that waits for its upload (the table `file`). Rows of earlier versions lack `size` and the fields after it. */
export interface UploadRow {
  stream: string
  total: number
  /** `false` until a record names the file: a file that no record names is not uploaded. Absent counts as true. */
  named?: boolean
  /** When the person added it, milliseconds since 1970 by this device's clock. */
  since?: number
  /**
   * Set until a record names the file: its key, the hash of the whole file at the start, and the person's name for it. `done`: every chunk
   * is stored. Rows of earlier versions lack name and type.
   */
  sealing?: {
    key: Uint8Array
    size: number
    sha256: Uint8Array
    name?: string
    contentType?: string
    done?: boolean
  } | null
}

/** Sealed, and named by a record: the device uploads it. */
export function isReady({ named, sealing }: UploadRow): boolean {
  return named !== false && !sealing
}

/** Completely sealed, waiting for a record to name it. */
export function isSealed({ sealing }: UploadRow): boolean {
  return !sealing || sealing.done === true
}
