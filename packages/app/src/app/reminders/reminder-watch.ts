/**
 * Watches over the charts of an open session: what is due now, what comes, and when it is time to ring. It reads each own chart once, and after that
 * what changes in it. A locked or closed app watches nothing; no browser can ring then.
 */
import { remindersOf, type Reminder, rungBetween } from '@chartkeep/domain'
import type { Chart, ChartRecord, Session } from '@chartkeep/sync'
import { auditTime, BehaviorSubject, buffer, firstValueFrom, Subject, Subscription } from 'rxjs'
import { type UpcomingChartEvent, upcomingEventsOf, isReminding } from './upcoming-events.ts'
import { deviceZone } from '../../i18n/dates.ts'
import { RecordViews } from '../words/record-view.ts'
import { reminderChoices, reminderActions } from './reminder-state.ts'

const LOOK_MS = 20_000
/** Days and months pass; doses of another day come into view. */
const READ_AGAIN_MS = 10 * 60_000
const SETTLE_MS = 3_000
const AHEAD_MS = 7 * 86_400_000

/** A reminder and the chart that it is of. */
export type ChartReminder = Reminder<UpcomingChartEvent & { chart: string }>

interface Watched {
  /** What was read of it; null before that. Another object once the chart was closed and opened again. */
  chart: Chart | null
  /** Those of its records that may be reminded of. */
  records: Map<string, ChartRecord>
  views: RecordViews
  upcomingEvents: (UpcomingChartEvent & { chart: string })[]
  readAt: number
  changes: Subscription
}

/** The watch of a session; the same at each asking. */
export function remindersIn(session: Session): ReminderWatch {
  const known = watches.get(session)
  if (known) return known
  const made = new ReminderWatch(session, { now: () => Date.now() })
  watches.set(session, made)
  return made
}

const watches = new WeakMap<Session, ReminderWatch>()

class ReminderWatch {
  /** Due, put off and to come within a week, of all own charts; null before the first look. */
  readonly reminders$ = new BehaviorSubject<ChartReminder[] | null>(null)
  /** What rings in this moment. */
  readonly rang$ = new Subject<ChartReminder[]>()
  readonly #session: Session
  readonly #watched = new Map<string, Watched>()
  #subscription: Subscription | null = null
  readonly #clock: { now(): number }
  #lookedAt: number

  /** `clock`: milliseconds since 1970, asked for every time that is compared here. */
  constructor(session: Session, clock: { now(): number }) {
    this.#session = session
    this.#clock = clock
    this.#lookedAt = clock.now()
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
    const now = this.#clock.now()
    for (const [slot, { readAt }] of this.#watched)
      if (readAt > 0 && now - readAt > READ_AGAIN_MS) void this.#read(slot)
    const upcomingEvents = [...this.#watched.values()].flatMap((watched) => watched.upcomingEvents)
    const zone = deviceZone()
    const clock = { now, until: now + AHEAD_MS, zone }
    const reminders = remindersOf(upcomingEvents, reminderChoices(this.#session), reminderActions(this.#session), clock)
    this.reminders$.next(reminders)
    const rung = rungBetween(reminders, this.#lookedAt, now)
    this.#lookedAt = now
    if (rung.length > 0) this.rang$.next(rung)
  }

  #watch(slot: string): void {
    this.#watched.set(slot, {
      chart: null,
      records: new Map(),
      views: new RecordViews(),
      upcomingEvents: [],
      readAt: 0,
      changes: new Subscription(),
    })
    void this.#read(slot)
  }

  async #read(slot: string): Promise<void> {
    // A chart that does not open says why on its own screen; there is nothing to remind of.
    const chart = await this.#session.watchChart(slot).catch((): null => null)
    const watched = this.#watched.get(slot)
    if (chart === null || watched === undefined || this.#subscription?.closed) return
    const release = chart.hold()
    try {
      if (watched.chart !== chart) await this.#readAll(chart, slot, watched)
      await this.#tell(chart, slot, watched)
    } finally {
      release()
    }
  }

  async #readAll(chart: Chart, slot: string, watched: Watched): Promise<void> {
    watched.changes.unsubscribe()
    // Followed before it is read: what is written meanwhile is read again.
    const settled$ = chart.written$.pipe(auditTime(SETTLE_MS))
    watched.changes = chart.written$
      .pipe(buffer(settled$))
      .subscribe((ids) => void this.#readAgain(chart, ids.flat(), slot, watched))
    const records = await firstValueFrom(chart.all$)
    watched.records = new Map(records.filter(isReminding).map((record) => [record.id, record]))
    watched.chart = chart
  }

  async #readAgain(chart: Chart, ids: readonly string[], slot: string, watched: Watched): Promise<void> {
    if (!chart.isOpen()) return
    for (const id of ids) {
      const record = chart.recordNow(id)
      if (record !== null && isReminding(record)) watched.records.set(id, record)
      else watched.records.delete(id)
    }
    await this.#tell(chart, slot, watched)
  }

  async #tell(chart: Chart, slot: string, watched: Watched): Promise<void> {
    const grants = await firstValueFrom(chart.grants$)
    const now = this.#clock.now()
    watched.readAt = now
    const upcomingEvents = upcomingEventsOf([...watched.records.values()], grants, watched.views, new Date(now))
    watched.upcomingEvents = upcomingEvents.map((each) => ({ ...each, chart: slot }))
    this.look()
  }
}
