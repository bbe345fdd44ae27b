/** What comes up in a chart: appointments of the next days, vaccines that are due, medicines that run out. Pure; a screen puts it into words. */
import { dateSortKey, dueState, supplyEnd, type SupplyEnd } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { medicinesInUse } from '../../app/chart/doses.ts'
import type { RecordViews } from '../../app/chart/record-view.ts'
import { dueVaccines } from '../../app/chart/vaccines.ts'
import { today } from '../../ui/date-entry.ts'

/** Days ahead for which each is shown: time enough to see to it. */
const AHEAD = { appointments: 14, supplies: 14 }
/** A supply that ended longer ago is history: people forget to write down that they have a new one. */
const SUPPLY_PAST_DAYS = 30

type State = ReturnType<typeof dueState>

/** What comes up, each list with the next first. */
export interface Coming {
  appointments: ChartRecord[]
  vaccines: ReturnType<typeof dueVaccines>
  supplies: (SupplyEnd & { state: State; record: ChartRecord })[]
}

/** `now` by this device's clock; days are local. */
export function comingUp(records: readonly ChartRecord[], views: RecordViews, now: Date): Coming {
  const day = today(now)
  const valid = records.filter(({ status }) => status !== 'error')
  const ofType = (...types: string[]) => valid.filter(({ type }) => types.includes(type))
  const source = (record: ChartRecord) => ({ id: record.id, resource: views.of(record).resource })
  const last = new Date(now.getFullYear(), now.getMonth(), now.getDate() + AHEAD.appointments + 1).toISOString()
  const first = new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString()
  const appointments = ofType('Appointment')
    .filter(({ status, date }) => {
      const key = dateSortKey(date)
      return (status === 'active' || status === 'draft') && key >= first && key < last
    })
    .toSorted(earliestFirst)
  const vaccines = dueVaccines(valid, views, day).filter(({ state }) => state !== 'later')
  const active = medicinesInUse(valid, views)
  const used = new Set(active.map(({ title }) => title))
  const dispensed = ofType('MedicationDispense').filter(({ title }) => used.has(title))
  const supplies = lastOfEach(
    [...active, ...dispensed].flatMap((record) => {
      const end = supplyEnd(source(record))
      return end === null ? [] : [{ ...end, record }]
    }),
  ).flatMap((end) => {
    const state = dueState(end.date, day, AHEAD.supplies)
    const isLongOver = dueState(end.date, daysBefore(now, SUPPLY_PAST_DAYS), 0) === 'overdue'
    return state === 'later' || isLongOver ? [] : [{ ...end, state }]
  })
  return { appointments, vaccines, supplies }
}

function daysBefore(now: Date, days: number): string {
  return today(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days))
}

/** Of several supplies of one medicine the one that lasts longest, in the order in which they end. */
function lastOfEach<End extends { date: string; record: ChartRecord }>(ends: readonly End[]): End[] {
  const found = new Map<string, End>()
  for (const end of ends) {
    const known = found.get(end.record.title)
    if (!known || dateSortKey(end.date) > dateSortKey(known.date)) found.set(end.record.title, end)
  }
  return [...found.values()].toSorted((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? -1 : 1))
}

function earliestFirst(a: ChartRecord, b: ChartRecord): number {
  return dateSortKey(a.date) < dateSortKey(b.date) ? -1 : 1
}
