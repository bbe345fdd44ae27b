/**
 * Space that the server keeps for itself (H7): a file of random bytes, so that no file system can store it in less. It is removed when
 * relief meets a full disk, and made again, piece by piece, once there is room.
 */
import { rmSync, statSync, truncateSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { randomBytes } from '@chartkeep/crypto/server'

const PIECE = 1024 ** 2

export interface Reserve {
  /** Gives the space back; false where there was none. Takes effect at once. */
  spend(): boolean
  /** True from {@link spend} until it is there again. */
  readonly isSpent: boolean
  /** Bytes that it takes now. */
  size(): number
  /** Makes the file where it is missing or has another size, and there is room. Returns at once. */
  tend(): void
  /** Waits for what {@link tend} began, and leaves nothing half-made behind. */
  close(): Promise<void>
}

export interface ReserveOptions {
  path: string
  /** Size in bytes; 0 for none. */
  bytes: number
  /** Whether there is room for so many bytes more. Asked before each piece. */
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

  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0

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
      // What is under way gives its space back as well.
      rmSync(part, { force: true })
      const found = size()
      if (found === 0) return false
      rmSync(path, { force: true })
      spent = true
      onSpent(found)
      return true
    },
    tend() {
      const found = size()
      // After the setting was lowered.
      if (found > bytes) shorten()
      else if (closed || making !== null || bytes === 0 || found === bytes || !hasRoom(bytes)) return
      // A disk that refuses it is asked again later.
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
