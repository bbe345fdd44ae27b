/** Files of records: storing, reading and sending them. */

export interface FileRef {
  type: 'file'
  blob: string
  /** For `content.attachment.url` of the DocumentReference, unchanged; it contains the key that opens the file. */
  url: string
  name: string
  contentType: string
  size: number
  /** base64url SHA-256 of the file's bytes. */
  sha256: string
  /** A record of the same list already holds this file; it was not stored twice. */
  known: boolean
}

/** Why a file was not stored. `cancelled`: the chunks sealed so far are used when the same file is added again. */
export type FileRefusal =
  { type: 'too-large'; limitBytes: number } | { type: 'unreadable' } | { type: 'full' } | { type: 'cancelled' }

/** Progress in bytes, and the signal to stop. */
export interface FileWatch {
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined
}

/**
 * Why a file could not be read. `not-here`: it is at the server, which does not answer. `not-sent`: the device that added it has not sent
 * all of it yet. `damaged`: it is not what was saved. Received chunks stay, sealed, and the next attempt continues there.
 */
export type FileProblem = { type: 'not-here' } | { type: 'not-sent' } | { type: 'damaged' } | { type: 'cancelled' }

/** Where a file is now. */
export interface FileState {
  /** `part`: partly on this device. */
  place: 'here' | 'part' | 'server'
  doneBytes: number
  /** It stays on this device; otherwise it is fetched when opened. */
  isKept: boolean
  /** Added here, and not yet at the server. */
  isWaiting: boolean
}

/**
 * A file that was not sealed completely; choosing the same file again continues. `since`: milliseconds since 1970, by this device's clock.
 */
export interface UnfinishedFile {
  id: string
  name: string
  contentType: string
  size: number
  /** Its bytes that are sealed on this device. */
  doneBytes: number
  since: number
}

/** A file in transfer; `file` is its `id` in {@link Chart.files}. */
export interface FileTransfer {
  file: string
  way: 'send' | 'fetch'
  doneBytes: number
  allBytes: number
}
