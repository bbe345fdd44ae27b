/** Makes a backup: gathered, sealed and written piece by piece, then read back whole and compared with what was written (K11). */
import { BackupFault, openBackup, sealBackup, type BackupSummary } from '@chartkeep/interop'
import type { BackupCounts, Session } from '@chartkeep/sync'
import type { Platform } from '../../platform.ts'

export interface BackupProgress {
  step: 'writing' | 'checking'
  /** 0 to 100. */
  percent: number
}

/** `unchecked`: what was written does not read back as it was written. `not-picked`: the person closed the dialogue. */
export type BackupOutcome =
  | { type: 'done'; bytes: number; counts: BackupCounts }
  | { type: 'not-picked' }
  | { type: 'stopped' }
  | { type: 'unchecked' }
  | { type: 'failed'; why: string }

/** The proposed name says nothing about anybody. */
function fileName(now: Date): string {
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0'))
  return `backup-${day.join('-')}.chartkeep`
}

/** Call right after the person's click: the shell may ask for a place. */
export async function makeBackup(
  { session, platform, passphrase }: { session: Session; platform: Platform; passphrase: string },
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: BackupProgress) => void },
): Promise<BackupOutcome> {
  const name = fileName(new Date())
  const sink = await platform.openSink(name)
  if (sink === 'cancelled') return { type: 'not-picked' }
  // Without a dialogue: each piece is the browser's at once, which may hold it outside of the page's memory.
  const pieces: Blob[] = []
  const write = sink
    ? (piece: Uint8Array) => sink.write(piece)
    : async (piece: Uint8Array) => void pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>]))
  let isClosed = false
  try {
    const { kit, planned, items, counts } = await session.backup(signal)
    const written = await writeAll(sealBackup({ passphrase, kit, planned, items: counted(items), signal }), write)
    if (sink) {
      await sink.close()
      isClosed = true
    }
    const file = sink ? await sink.read?.() : new Blob(pieces)
    if (file && !(await readsBack(file, written))) return { type: 'unchecked' }
    if (!sink) await platform.saveFile(name, file!)
    return { type: 'done', bytes: written.fileBytes, counts }

    async function* counted(all: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      let done = 0
      for await (const item of all) {
        yield item
        onProgress({ step: 'writing', percent: Math.min(99, Math.floor((100 * ++done) / planned)) })
      }
    }
  } catch (error) {
    if (!isClosed) await sink?.abort().catch(() => {})
    if (signal.aborted) return { type: 'stopped' }
    return { type: 'failed', why: error instanceof Error ? error.name : 'unknown' }
  }

  async function readsBack(file: Blob, written: BackupSummary): Promise<boolean> {
    const onBytes = (bytes: number) =>
      onProgress({ step: 'checking', percent: Math.floor((100 * bytes) / written.fileBytes) })
    // By the passphrase, as it will be opened: a wrap that does not open would be found here.
    const opened = await openBackup(file, { passphrase }, { signal, onProgress: onBytes })
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
