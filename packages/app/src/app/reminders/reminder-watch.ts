/**
 * Watches over the charts of an open session: what is due now, what comes, and when it is time to ring. It reads each own chart once, and again when
 * it changes. A locked or closed app watches nothing; no browser can ring then.
 */
import { remindersOf, type Reminder, rungBetween } from '@chartkeep/domain'
import type { Chart, Session } from '@chartkeep/sync'
import { auditTime, BehaviorSubject, firstValueFrom, Subject, Subscription } from 'rxjs'
import { type ChartHappening, happeningsOf } from './happenings.ts'
import { RecordViews } from '../chart/record-view.ts'
import { reminderChoices, reminderDeeds } from './reminder-state.ts'

const LOOK_MS = 20_000
/** Days and months pass; doses of another day come into view. */
const READ_AGAIN_MS = 10 * 60_000
const SETTLE_MS = 3_000
const AHEAD_MS = 7 * 86_400_000

/** A reminder and the chart that it is of. */
export type ChartReminder = Reminder<ChartHappening & { chart: string }>

interface Watched {
  happenings: (ChartHappening & { chart: string })[]
  readAt: number
  changes: Subscription
}

/** The watch of a session; the same at each asking. */
export function remindersIn(session: Session): ReminderWatch {
  const known = watches.get(session)
  if (known) return known
  const made = new ReminderWatch(session)
  watches.set(session, made)
  return made
}

const watches = new WeakMap<Session, ReminderWatch>()

export class ReminderWatch {
  /** Due, put off and to come within a week, of all own charts; null before the first look. */
  readonly reminders$ = new BehaviorSubject<ChartReminder[] | null>(null)
  /** What rings in this moment. */
  readonly rang$ = new Subject<ChartReminder[]>()
  readonly #session: Session
  readonly #watched = new Map<string, Watched>()
  #subscription: Subscription | null = null
  #lookedAt = Date.now()

  constructor(session: Session) {
    this.#session = session
  }

  /** Begins to watch; call the answer to stop. */
  start(): () => void {
    const subscription = this.#session.charts$.subscribe((charts) => {
      const own = charts.filter(({ relation, state }) => relation === 'own' && state === 'open').map(({ slot }) => slot)
      for (const [slot, { changes }] of this.#watched) {
        if (own.includes(slot)) continue
        changes.unsubscribe()
        this.#watched.delete(slot)
      }
      for (const slot of own) {
        if (!this.#watched.has(slot)) this.#watch(slot)
      }
      if (own.length === 0) this.look()
    })
    this.#subscription = subscription
    const look = () => this.look()
    const timer = setInterval(look, LOOK_MS)
    // Timers of a page that is not seen are slow, and stand still while the device sleeps.
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
      subscription.unsubscribe()
      for (const { changes } of this.#watched.values()) changes.unsubscribe()
      this.#watched.clear()
    }
  }

  /** Looks at the clock, at what was chosen and at what was done. */
  look(): void {
    const now = Date.now()
    for (const [slot, { readAt }] of this.#watched)
      if (readAt > 0 && now - readAt > READ_AGAIN_MS) void this.#read(slot)
    const happenings = [...this.#watched.values()].flatMap((watched) => watched.happenings)
    const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions()
    const clock = { now, until: now + AHEAD_MS, zone }
    const reminders = remindersOf(happenings, reminderChoices(this.#session), reminderDeeds(this.#session), clock)
    this.reminders$.next(reminders)
    const rung = rungBetween(reminders, this.#lookedAt, now)
    this.#lookedAt = now
    if (rung.length > 0) this.rang$.next(rung)
  }

  #watch(slot: string): void {
    this.#watched.set(slot, { happenings: [], readAt: 0, changes: new Subscription() })
    void this.#read(slot)
  }

  async #read(slot: string): Promise<void> {
    // A chart that does not open says why on its own screen; there is nothing to remind of.
    const chart = await this.#session.watchChart(slot).catch((): null => null)
    const watched = this.#watched.get(slot)
    if (chart === null || watched === undefined || this.#subscription?.closed) return
    const release = chart.hold()
    try {
      await this.#take(chart, slot, watched)
    } finally {
      release()
    }
  }

  async #take(chart: Chart, slot: string, watched: Watched): Promise<void> {
    watched.changes.unsubscribe()
    watched.changes = chart.written$.pipe(auditTime(SETTLE_MS)).subscribe(() => void this.#read(slot))
    const records = await firstValueFrom(chart.all$)
    const grants = await firstValueFrom(chart.grants$)
    // By the clock of `look`, which asks whether this was long ago.
    const now = Date.now()
    watched.readAt = now
    watched.happenings = happeningsOf(records, grants, new RecordViews(), new Date(now)).map((each) => ({
      ...each,
      chart: slot,
    }))
    this.look()
  }
}
