/**
 * Disk space that the server reserves for itself (H7): a file of random bytes, so that no file system can compress it.
 * The server deletes the file when a relief write meets a full disk, and writes it again piece by piece once there is
 * room.
 */
import { rmSync, statSync, truncateSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { randomBytes } from '@chartkeep/crypto/server'

const PIECE = 1024 ** 2

export interface Reserve {
  /** Frees the reserved space at once; false if there was none. */
  spend(): boolean
  /** True from {@link spend} until the reserve is complete again. */
  readonly isSpent: boolean
  /** Current size in bytes. */
  size(): number
  /** Starts writing the file if it is missing or has the wrong size and there is room. Returns immediately. */
  tend(): void
  /** Waits for the work that {@link tend} started and leaves no partial file behind. */
  close(): Promise<void>
}

export interface ReserveOptions {
  path: string
  /** Target size in bytes; 0 for no reserve. */
  bytes: number
  /** Whether the disk has room for this many more bytes. Called before each piece. */
  hasRoom: (bytes: number) => boolean
  onSpent?: (bytes: number) => void
  onMade?: () => void
}

export function createReserve({
  path,
  bytes,
  hasRoom,
  onSpent = () => {},
  onMade = () => {},
}: ReserveOptions): Reserve {
  const part = `${path}.part`
  let spent = false
  let making: Promise<void> | null = null
  let closed = false

  /** The disk may refuse any of these calls; `otherwise` is the answer then, and a later call tries again. */
  function unlessRefused<T>(ask: () => T, otherwise: T): T {
    try {
      return ask()
    } catch {
      return otherwise
    }
  }

  const size = () => unlessRefused(() => statSync(path, { throwIfNoEntry: false })?.size ?? 0, 0)

  function shorten(): void {
    if (bytes === 0) rmSync(path, { force: true })
    else truncateSync(path, bytes)
  }

  async function make(): Promise<void> {
    let whole = false
    const file = await open(part, 'w', 0o600)
    try {
      const piece = randomBytes(Math.min(PIECE, bytes))
      for (let left = bytes; left > 0; left -= piece.length) {
        if (closed || !hasRoom(left)) return
        const { bytesWritten } = await file.write(piece, 0, Math.min(piece.length, left))
        if (bytesWritten < Math.min(piece.length, left)) return
      }
      await file.sync()
      whole = true
    } finally {
      await file.close()
      if (!whole) await rm(part, { force: true })
    }
    await rename(part, path)
    spent = false
    onMade()
  }

  return {
    size,
    get isSpent() {
      return spent
    },
    spend() {
      // A partial file gives its space back too.
      unlessRefused(() => rmSync(part, { force: true }), undefined)
      const found = size()
      const isGone = () => {
        rmSync(path, { force: true })
        return true
      }
      if (found === 0 || !unlessRefused(isGone, false)) return false
      spent = true
      onSpent(found)
      return true
    },
    tend() {
      const found = size()
      // The operator lowered the setting.
      if (found > bytes) unlessRefused(shorten, undefined)
      else if (closed || making !== null || bytes === 0 || found === bytes || !hasRoom(bytes)) return
      // If the disk refuses, the next call tries again.
      else
        making = make()
          .catch(() => {})
          .finally(() => {
            making = null
          })
    },
    async close() {
      closed = true
      await making
    },
  }
}
