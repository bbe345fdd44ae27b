/** One backup into the folder that the person chose, and the removal of the oldest once it was read back whole. */
import type { Session } from '@chartkeep/sync'
import { Subject } from 'rxjs'
import {
  endSchedule,
  isSameSchedule,
  KEPT_BACKUPS,
  keepSchedule,
  type Schedule,
  scheduleOf,
  type ScheduleTrouble,
} from './backup-schedule.ts'
import { keepLastBackup } from './backup-state.ts'
import { keptFolder, type KeptFolder } from '../../platform/kept-folder.ts'
import { backupName, type BackupProgress, writeBackup } from './backup-run.ts'

export type ScheduledOutcome = 'done' | 'stopped' | ScheduleTrouble

interface Watch {
  signal: AbortSignal
  onProgress: (progress: BackupProgress) => void
}

/** Emits when a run has ended, whatever came of it. */
export const runsEnded$ = new Subject<void>()

interface Run {
  /** Aborted by whoever began it, and where the schedule is replaced. */
  control: AbortController
  outcome: Promise<ScheduledOutcome>
}

const running = new WeakMap<Session, Run>()
/** Runs and changes of the schedule one after another: what one ends with the next one begins with. */
const lanes = new WeakMap<Session, Promise<unknown>>()

function inTurn<T>(session: Session, work: () => Promise<T>): Promise<T> {
  const before = lanes.get(session) ?? Promise.resolve()
  const next = before.then(work, work)
  lanes.set(session, next)
  return next
}

/** Another schedule from now on, or none. The backup that is under way is stopped first: it ends with the schedule that it began with. */
export function replaceSchedule(session: Session, schedule: Schedule | null): Promise<void> {
  running.get(session)?.control.abort()
  return inTurn(session, () => (schedule === null ? endSchedule(session) : keepSchedule(session, schedule)))
}

/**
 * `stopped`: by `signal`. What went wrong is kept with the schedule and tried again later; what is in the folder stays then. While one is
 * being made, a second call waits for that one.
 *
 * @param now - milliseconds since 1970
 * @param folderOf - the folder that was kept under an id; null for none
 */
export function runSchedule(
  session: Session,
  now: number,
  watch: Watch,
  folderOf: (id: string) => Promise<KeptFolder | null> = keptFolder,
): Promise<ScheduledOutcome> {
  const under = running.get(session)
  if (under !== undefined && !under.control.signal.aborted) return under.outcome
  const control = new AbortController()
  const { signal } = control
  const stop = () => control.abort()
  if (watch.signal.aborted) stop()
  watch.signal.addEventListener('abort', stop)
  const outcome = inTurn(session, () => runNow(session, now, { ...watch, signal }, folderOf)).finally(() => {
    watch.signal.removeEventListener('abort', stop)
    if (running.get(session)?.control === control) running.delete(session)
    runsEnded$.next()
  })
  running.set(session, { control, outcome })
  return outcome
}

async function runNow(
  session: Session,
  now: number,
  watch: Watch,
  folderOf: (id: string) => Promise<KeptFolder | null>,
): Promise<ScheduledOutcome> {
  const schedule = scheduleOf(session)
  if (schedule === null || watch.signal.aborted) return 'stopped'
  // What was said of backups meanwhile, by another window too, is not taken back.
  const keep = async (change: Partial<Pick<Schedule, 'files' | 'writing' | 'trouble'>>) => {
    const kept = scheduleOf(session)
    if (kept !== null && isSameSchedule(kept, schedule)) await keepSchedule(session, { ...kept, ...change })
  }
  const failed = async (why: ScheduleTrouble) => {
    await keep({ writing: null, trouble: { at: now, why } })
    return why
  }
  const folder = await folderOf(schedule.folder).catch(() => null)
  const access = folder === null ? 'gone' : await folder.access()
  if (folder === null || access !== 'open') return failed(access === 'asks' ? 'asks' : 'gone')
  // Left by a run that ended with the app; nobody has read it back.
  if (schedule.writing !== null) await folder.remove(schedule.writing).catch(() => {})
  const name = backupName(new Date(now), { withTime: true })
  await keep({ writing: name })
  const sink = await folder.create(name).catch(() => null)
  if (sink === null) return failed('gone')
  const outcome = await writeBackup({ session, sink, lock: schedule.lock }, watch)
  if (outcome.type === 'stopped' || outcome.type === 'not-picked') return 'stopped'
  if (outcome.type !== 'done') {
    // Read back and not whole: it must not be taken for a backup.
    if (outcome.type === 'unchecked') await folder.remove(name).catch(() => {})
    return failed(outcome.type)
  }
  const { charts, records, files } = outcome.counts
  await keepLastBackup(session, { at: now, bytes: outcome.bytes, charts, records, files })
  const kept = await withoutOldest(folder, schedule, name)
  await keep({ writing: null, files: kept, trouble: null })
  return 'done'
}

/** Only files that this schedule wrote are ever removed; one that cannot be removed now is tried again the next time. */
async function withoutOldest(folder: KeptFolder, { files }: Schedule, newest: string): Promise<string[]> {
  const there: string[] = []
  // Another folder may have been chosen since.
  for (const name of files) if (name !== newest && (await folder.has(name))) there.push(name)
  const excess = there.length + 1 - KEPT_BACKUPS
  for (const name of there.slice(0, Math.max(0, excess)))
    await folder.remove(name).then(
      () => void there.splice(there.indexOf(name), 1),
      () => {},
    )
  return [...there, newest]
}
