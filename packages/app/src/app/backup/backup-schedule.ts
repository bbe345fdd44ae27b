/**
 * Backups that make themselves: what this account keeps of them on this device, in its sealed settings. The passphrase of the backup is not
 * kept; its lock is, which opens only backups that were made with it (K11, decision 0050).
 */
import { backupLockText, type BackupLock, parseBackupLock } from '@chartkeep/interop/backup'
import type { Session } from '@chartkeep/sync'
import { DAY_MS, lastBackup } from './backup-state.ts'

/** Days between backups. */
export const INTERVALS = ['1', '7', '30'] as const
export type Interval = (typeof INTERVALS)[number]

/** So many backups stay in the folder; older ones of this schedule are removed once a newer one was read back whole. */
export const KEPT_BACKUPS = 3

/** Why the last attempt gave no backup. */
export type ScheduleTrouble = 'asks' | 'gone' | 'unchecked' | 'full' | 'failed'

export interface Schedule {
  interval: Interval
  /** Under which the folder's handle is kept. */
  folder: string
  lock: BackupLock
  /** Names of the files that it wrote, oldest first. */
  files: readonly string[]
  /** The file that is being written, and not yet read back; of an earlier run where that ended with the app. */
  writing: string | null
  /** The last attempt, where it gave no backup. */
  trouble: { at: number; why: ScheduleTrouble } | null
}

const SCHEDULE = 'backup.schedule'
/** After an attempt that gave no backup. */
const AGAIN_MS = 60 * 60_000

/** Null where there is none, or what is kept is none of this version. */
export function scheduleOf(session: Session): Schedule | null {
  try {
    const kept = JSON.parse(session.setting(SCHEDULE) ?? 'null') as KeptSchedule | null
    const lock = kept === null ? null : parseBackupLock(kept.lock)
    return kept === null || lock === null ? null : { ...kept, lock }
  } catch {
    return null
  }
}

export function keepSchedule(session: Session, { lock, ...rest }: Schedule): Promise<void> {
  const kept: KeptSchedule = { ...rest, lock: backupLockText(lock) }
  return session.setSetting(SCHEDULE, JSON.stringify(kept))
}

/** Whether both are of one beginning: the same folder, and backups that the same passphrase opens. */
export function isSameSchedule(a: Schedule, b: Schedule): boolean {
  return a.folder === b.folder && backupLockText(a.lock) === backupLockText(b.lock)
}

export function endSchedule(session: Session): Promise<void> {
  return session.setSetting(SCHEDULE, null)
}

/** When the next backup is to be made, in milliseconds since 1970; in the past when it is due. */
export function nextBackupAt(session: Session, { interval, files, trouble }: Schedule): number {
  const last = files.length === 0 ? null : lastBackup(session)
  const planned = last === null ? 0 : last.at + Number(interval) * DAY_MS
  return Math.max(planned, trouble === null ? 0 : trouble.at + AGAIN_MS)
}

interface KeptSchedule extends Omit<Schedule, 'lock'> {
  lock: string
}
