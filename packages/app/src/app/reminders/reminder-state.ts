/** What a person chose and did with reminders, sealed in this account's settings on this device; doses, visits and vaccines themselves are records. */
import {
  DEFAULT_REMINDERS,
  recentActions,
  REMINDER_KINDS,
  type ReminderChoices,
  type ReminderActions,
  type ReminderKind,
} from '@chartkeep/domain'
import type { Session } from '@chartkeep/sync'

const CHOICES = 'reminders.choices'
const ACTIONS = 'reminders.deeds'
const RINGS = 'reminders.ring'

/** Kinds in the order of the screen. */
export const KINDS = Object.keys(REMINDER_KINDS) as ReminderKind[]

export function reminderChoices(session: Session): ReminderChoices {
  const kept = read(session, CHOICES) as Partial<ReminderChoices> | null
  const before = { ...DEFAULT_REMINDERS.before, ...kept?.before }
  return { before, quiet: { ...DEFAULT_REMINDERS.quiet, ...kept?.quiet } }
}

export function keepReminderChoices(session: Session, choices: ReminderChoices): Promise<void> {
  return session.setSetting(CHOICES, JSON.stringify(choices))
}

export function reminderActions(session: Session): ReminderActions {
  const kept = read(session, ACTIONS) as Partial<ReminderActions> | null
  return { later: kept?.later ?? {}, done: kept?.done ?? {} }
}

/** The last action of each session: the next one builds on what it has written. */
const written = new WeakMap<Session, Promise<void>>()

/** `later`: until when it is put off, null for done. */
export function keepReminderAction(session: Session, key: string, later: number | null, now: number): Promise<void> {
  const keep = () => {
    const actions = reminderActions(session)
    const next =
      later === null
        ? { ...actions, done: { ...actions.done, [key]: now } }
        : { ...actions, later: { ...actions.later, [key]: later } }
    return session.setSetting(ACTIONS, JSON.stringify(recentActions(next, now)))
  }
  const next = (written.get(session) ?? Promise.resolve()).then(keep, keep)
  written.set(session, next)
  return next
}

/** Whether this person wants this device to ring. */
export function wantsRinging(session: Session): boolean {
  return session.setting(RINGS) === 'yes'
}

export function keepRinging(session: Session, rings: boolean): Promise<void> {
  return session.setSetting(RINGS, rings ? 'yes' : null)
}

function read(session: Session, key: string): unknown {
  try {
    return JSON.parse(session.setting(key) ?? 'null')
  } catch {
    return null
  }
}
