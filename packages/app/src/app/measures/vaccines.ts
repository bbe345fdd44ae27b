/** The vaccines of a chart by kind: doses with their numbers, refusals, and what is due by what records say. Pure. */
import {
  dateSortKey,
  dueState,
  immunizationForm,
  isGiven,
  isJsonObject,
  type LocalNow,
  mayRelyOn,
  seriesDoses,
  type VaccineDue,
  vaccinesDue,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { RecordViews } from '../words/record-view.ts'

/** Days ahead from which a due vaccine is called "due soon". */
const VACCINE_AHEAD_DAYS = 60

/** One line of a vaccine's history. */
export interface VaccineDose {
  record: ChartRecord
  isGiven: boolean
  doseNumber: string
  seriesDoses: string
  lot: string
  performer: string
  /** Why it was not given; '' where it was, or where nobody said. */
  reason: string
}

/** A vaccine, its doses newest first. */
export interface VaccineKind {
  key: string
  name: string
  doses: VaccineDose[]
}

/** By code, else by name; the vaccine given last comes first. */
export function vaccineKinds(records: readonly ChartRecord[], views: RecordViews): VaccineKind[] {
  const kinds = new Map<string, VaccineKind>()
  const newestFirst = records
    .filter((record) => record.type === 'Immunization' && mayRelyOn(record))
    .toSorted((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? 1 : -1))
  for (const record of newestFirst) {
    const { resource } = views.of(record)
    if (!isJsonObject(resource)) continue
    const form = immunizationForm(resource)
    const key = record.code || record.title.toLowerCase()
    const kind = kinds.get(key) ?? { key, name: record.title, doses: [] }
    kind.doses.push({
      record,
      isGiven: isGiven(resource),
      doseNumber: form.doseNumber,
      seriesDoses: seriesDoses(resource),
      lot: form.lotNumber,
      performer: form.performer,
      reason: form.statusReason,
    })
    kinds.set(key, kind)
  }
  return [...kinds.values()]
}

/** What is due in a chart, with the record that says so; later ones too. Days are the reader's. */
export function dueVaccines(
  records: readonly ChartRecord[],
  views: RecordViews,
  { day, zone }: Pick<LocalNow, 'day' | 'zone'>,
): (VaccineDue & { state: ReturnType<typeof dueState>; record: ChartRecord | undefined })[] {
  const sources = records.filter(
    (record) => (record.type === 'Immunization' || record.type === 'ImmunizationRecommendation') && mayRelyOn(record),
  )
  return vaccinesDue(sources.map((record) => ({ id: record.id, resource: views.of(record).resource }))).map((due) => ({
    ...due,
    state: due.isOverdue ? 'overdue' : dueState(due.date, day, VACCINE_AHEAD_DAYS, zone),
    record: sources.find(({ id }) => id === due.id),
  }))
}
