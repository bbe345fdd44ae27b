/** What this account remembers of its backups on this device, in its sealed settings: when the last one was checked, when to be asked again. */
import type { Session } from '@chartkeep/sync'

/** The last backup that was read back whole. */
export interface LastBackup {
  /** Milliseconds since 1970. */
  at: number
  bytes: number
  charts: number
  records: number
  files: number
}

/** Days between reminders; `0`: never. */
export const REMINDERS = ['7', '30', '0'] as const
export type Reminder = (typeof REMINDERS)[number]

const LAST = 'backup.last'
const EVERY = 'backup.every'
/** Since when there is something to back up; and until when the person wants to hear nothing. */
const SINCE = 'backup.since'
const LATER = 'backup.later'
export const DAY_MS = 24 * 60 * 60_000
/** How long "not now" lasts. */
const LATER_DAYS = 3

export function lastBackup(session: Session): LastBackup | null {
  try {
    return JSON.parse(session.setting(LAST) ?? 'null') as LastBackup | null
  } catch {
    return null
  }
}

export function keepLastBackup(session: Session, last: LastBackup): Promise<void> {
  return session.setSetting(LAST, JSON.stringify(last))
}

export function reminderOf(session: Session): Reminder {
  const kept = session.setting(EVERY)
  return REMINDERS.find((each) => each === kept) ?? '30'
}

export function keepReminder(session: Session, reminder: Reminder): Promise<void> {
  return session.setSetting(EVERY, reminder)
}

export function remindLater(session: Session, now: number): Promise<void> {
  return session.setSetting(LATER, String(now + LATER_DAYS * DAY_MS))
}

/** From when the days count where there was no backup yet. */
export async function beginToCount(session: Session, now: number): Promise<void> {
  if (session.setting(SINCE) === null) await session.setSetting(SINCE, String(now))
}

/** Days since the last backup, or since there was something to back up, where a reminder is due; else null. */
export function dueDays(session: Session, now: number): { days: number; isFirst: boolean } | null {
  const every = Number(reminderOf(session))
  const last = lastBackup(session)
  const since = last?.at ?? Number(session.setting(SINCE) ?? now)
  const isDue = every > 0 && now - since >= every * DAY_MS && now >= Number(session.setting(LATER) ?? 0)
  return isDue ? { days: Math.floor((now - since) / DAY_MS), isFirst: last === null } : null
}
