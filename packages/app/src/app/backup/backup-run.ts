/** Makes a backup: gathered, sealed and written piece by piece, then read back whole and compared with what was written (K11). */
import {
  type BackupLock,
  BackupFault,
  type BackupSummary,
  createBackupLock,
  openBackup,
  sealBackup,
} from '@chartkeep/interop/backup'
import type { BackupCounts, Session } from '@chartkeep/sync'
import type { FileSink, Platform } from '../../platform/platform.ts'

export interface BackupProgress {
  step: 'writing' | 'checking'
  /** 0 to 100. */
  percent: number
}

/** `unchecked`: what was written does not read back as it was written. `full`: no room where it goes. `not-picked`: the person closed the dialogue. */
export type BackupOutcome =
  | { type: 'done'; bytes: number; counts: BackupCounts }
  | { type: 'not-picked' }
  | { type: 'stopped' }
  | { type: 'unchecked' }
  | { type: 'full' }
  | { type: 'failed'; why: string }

/** The proposed name says nothing about anybody. @param withTime - for a folder that may get two on one day */
export function backupName(now: Date, { withTime = false } = {}): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(two).join('-')
  return `backup-${day}${withTime ? `-${two(now.getHours())}${two(now.getMinutes())}` : ''}.chartkeep`
}

interface Watch {
  signal: AbortSignal
  onProgress: (progress: BackupProgress) => void
}

/** Call right after the person's click: the shell may ask for a place. */
export async function makeBackup(
  { session, platform, passphrase }: { session: Session; platform: Platform; passphrase: string },
  watch: Watch,
): Promise<BackupOutcome> {
  const name = backupName(new Date())
  const picked = await platform.openSink(name)
  if (picked === 'cancelled') return { type: 'not-picked' }
  const sink = picked ?? blobSink()
  const lock = await createBackupLock(passphrase)
  try {
    const outcome = await writeBackup({ session, sink, lock }, watch)
    if (outcome.type === 'done' && picked === null) await platform.saveFile(name, await sink.read!())
    return outcome
  } finally {
    lock.key.fill(0)
  }
}

/** Writes a backup to a place that is open, and reads it back. Nothing stays there of one that was not finished. */
export async function writeBackup(
  { session, sink, lock }: { session: Session; sink: FileSink; lock: BackupLock },
  { signal, onProgress }: Watch,
): Promise<BackupOutcome> {
  let isClosed = false
  try {
    const { kit, planned, items, counts } = await session.backup(signal)
    const sealed = sealBackup({ lock, kit, planned, items: counted(items, planned), signal })
    const written = await writeAll(sealed, (piece) => sink.write(piece))
    await sink.close()
    isClosed = true
    const file = await sink.read?.()
    if (file && !(await readsBack(file, written))) return { type: 'unchecked' }
    return { type: 'done', bytes: written.fileBytes, counts }
  } catch (error) {
    if (!isClosed) await sink.abort().catch(() => {})
    if (signal.aborted) return { type: 'stopped' }
    if (error instanceof Error && error.name === 'QuotaExceededError') return { type: 'full' }
    return { type: 'failed', why: error instanceof Error ? error.name : 'unknown' }
  }

  async function* counted(all: AsyncIterable<Uint8Array>, planned: number): AsyncGenerator<Uint8Array> {
    let done = 0
    for await (const item of all) {
      yield item
      onProgress({ step: 'writing', percent: Math.min(99, Math.floor((100 * ++done) / planned)) })
    }
  }

  async function readsBack(file: Blob, written: BackupSummary): Promise<boolean> {
    const onBytes = (bytes: number) =>
      onProgress({ step: 'checking', percent: Math.floor((100 * bytes) / written.fileBytes) })
    // By the lock, as the passphrase will open it: a wrap that does not open would be found here.
    const opened = await openBackup(file, { lock }, { signal, onProgress: onBytes })
    if (opened.type !== 'opened') return false
    try {
      for (;;) {
        const next = await opened.items.next()
        if (next.done !== true) continue
        const { items, fileBytes, fingerprint } = next.value
        return (
          items === written.items &&
          fileBytes === written.fileBytes &&
          fingerprint.every((byte, at) => byte === written.fingerprint[at])
        )
      }
    } catch (error) {
      if (error instanceof BackupFault) return false
      throw error
    }
  }
}

/** Where there is no dialogue: each piece is the browser's at once, which may hold it outside of the page's memory. */
function blobSink(): FileSink {
  const pieces: Blob[] = []
  return {
    write: async (piece) => void pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>])),
    close: async () => {},
    abort: async () => void pieces.splice(0),
    read: async () => new Blob(pieces),
  }
}

async function writeAll(
  sealed: AsyncGenerator<Uint8Array, BackupSummary>,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<BackupSummary> {
  for (;;) {
    const next = await sealed.next()
    if (next.done === true) return next.value
    await write(next.value)
  }
}
