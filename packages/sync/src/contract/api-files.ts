/** Files of records: keeping, reading and sending them. */

export interface FileRef {
  type: 'file'
  blob: string
  /** Goes into `content.attachment.url` of the DocumentReference, as it is; it holds what opens the file. */
  url: string
  name: string
  contentType: string
  size: number
  /** base64url SHA-256 of the file's bytes. */
  sha256: string
  /** A record of the same list holds this very file already; nothing was kept twice. */
  known: boolean
}

/** Why a file was not kept. `cancelled`: what is sealed by then serves the next try with the same file. */
export type FileRefusal =
  { type: 'too-large'; limitBytes: number } | { type: 'unreadable' } | { type: 'full' } | { type: 'cancelled' }

/** Progress in bytes, and the way to stop. */
export interface FileWatch {
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined
}

/**
 * Why a file did not come. `not-here`: it is at the server, which does not answer. `not-sent`: the device that added it has not sent all of
 * it yet. `damaged`: it is not what was saved. What came before stays, sealed, and the next try continues there.
 */
export type FileProblem = { type: 'not-here' } | { type: 'not-sent' } | { type: 'damaged' } | { type: 'cancelled' }

/** Where a file is now. */
export interface FileState {
  /** `part`: some of it is on this device already. */
  place: 'here' | 'part' | 'server'
  doneBytes: number
  /** It stays on this device; else it is fetched when it is opened. */
  isKept: boolean
  /** Added here, and not yet at the server. */
  isWaiting: boolean
}

/** A file whose keeping was cut short; choosing the same file again continues. `since`: milliseconds since 1970, by this device's clock. */
export interface UnfinishedFile {
  id: string
  name: string
  contentType: string
  size: number
  /** Bytes of it that are sealed on this device. */
  doneBytes: number
  since: number
}

/** A file on its way; `file` is its `id` in {@link Chart.files}. */
export interface FileTransfer {
  file: string
  way: 'send' | 'fetch'
  doneBytes: number
  allBytes: number
}
