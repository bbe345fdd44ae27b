/** What comes up in a chart: appointments of the next days, vaccines that are due, medicines that run out. Pure; a screen puts it into words. */
import { dateSortKey, dayAfter, dayIn, dueState, mayRelyOn, supplyEnd, type SupplyEnd } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { ownDeathOf } from '../../app/words/chart-patient.ts'
import { localNow, medicinesInUse } from '../../app/measures/doses.ts'
import type { RecordViews } from '../../app/words/record-view.ts'
import { dueVaccines } from '../../app/measures/vaccines.ts'

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
  if (ownDeathOf(records, now) !== null) return { appointments: [], vaccines: [], supplies: [] }
  const { day, zone } = localNow(now)
  const valid = records.filter(mayRelyOn)
  const ofType = (...types: string[]) => valid.filter(({ type }) => types.includes(type))
  const source = (record: ChartRecord) => ({ id: record.id, resource: views.of(record).resource })
  const last = dayAfter(day, AHEAD.appointments)
  const appointments = ofType('Appointment')
    .filter(({ status, date }) => {
      const on = dayIn(date, zone)
      // A month that is not over may still bring it.
      return (status === 'active' || status === 'draft') && on >= day.slice(0, on.length) && on !== '' && on <= last
    })
    .toSorted(earliestFirst)
  const vaccines = dueVaccines(valid, views, { day, zone }).filter(({ state }) => state !== 'later')
  const active = medicinesWithSupply(valid, views, now)
  const used = new Set(active.map(({ title }) => title))
  const dispensed = ofType('MedicationDispense').filter(({ title }) => used.has(title))
  const supplies = lastOfEach(
    [...active, ...dispensed].flatMap((record) => {
      const end = supplyEnd(source(record), zone)
      return end === null ? [] : [{ ...end, record }]
    }),
  ).flatMap((end) => {
    const state = dueState(end.date, day, AHEAD.supplies, zone)
    const isLongOver = dueState(end.date, dayAfter(day, -SUPPLY_PAST_DAYS), 0, zone) === 'overdue'
    return state === 'later' || isLongOver ? [] : [{ ...end, state }]
  })
  return { appointments, vaccines, supplies }
}

/** Medicines in use, and prescriptions that nothing but the end of their time has ended: whoever still takes them needs another one. */
function medicinesWithSupply(records: readonly ChartRecord[], views: RecordViews, now: Date): ChartRecord[] {
  const { zone } = localNow(now)
  const ranOut = records.filter((record) => {
    if (record.type !== 'MedicationRequest' || record.status !== 'active') return false
    const validity = views.validity(record, now)
    const end = supplyEnd({ id: record.id, resource: views.of(record).resource }, zone)
    return validity.state === 'ended' && end?.kind === 'prescription' && dayIn(validity.date, zone) === end.date
  })
  return [...medicinesInUse(records, views, now), ...ranOut]
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
