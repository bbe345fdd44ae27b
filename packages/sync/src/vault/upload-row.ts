/** What a vault remembers of a file from its first sealed chunk until the server has all of it (B1, B3). */

/** A file that waits to be uploaded (the table `file`). Rows of before have neither `size` nor what follows. */
export interface UploadRow {
  stream: string
  total: number
  /** `false` until a record names the file: nothing goes out that nobody would ever ask for. Absent counts as named. */
  named?: boolean
  /** When it was begun here, milliseconds since 1970 by this device's clock. */
  since?: number
  /**
   * Until a record names the file: the key, the hash of the whole file that it was begun for, and what the person called it. `done`: every
   * chunk is kept. Rows of before lack name and type.
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

/** Sealed, and named by a record: it goes out. */
export function isReady({ named, sealing }: UploadRow): boolean {
  return named !== false && !sealing
}

/** Sealed as a whole, and waits for a record that names it. */
export function isSealed({ sealing }: UploadRow): boolean {
  return !sealing || sealing.done === true
}
