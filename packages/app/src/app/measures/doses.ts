/** The doses of a chart as their plan needs them: local days and times of this device, and which medicine each one is of. */
import {
  datePrecision,
  dayAfter,
  dayIn,
  doseAnswer,
  doseForm,
  isJsonObject,
  type JsonObject,
  type LocalNow,
  mayRelyOn,
  momentOf,
  noneStated,
  type RecordedDose,
  zonedDay,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { deviceZone } from '../../i18n/dates.ts'
import { ownDeathOf } from '../words/chart-patient.ts'
import { onlyOne, referenceOf } from '../words/record-reference.ts'
import type { RecordViews } from '../words/record-view.ts'

/** A medicine with what was written down of it. */
export interface MedicineDoses {
  record: ChartRecord
  resource: JsonObject
  /** `MedicationStatement/<id>`: what doses name. */
  reference: string
  doses: RecordedDose[]
}

/** This device's local day and time, and the zone that it is in. */
export function localNow(now: Date): LocalNow {
  const zone = deviceZone()
  return { ...zonedDay(now.getTime(), zone), zone }
}

/** Whether the record is of a type for medicines, and no dose; it may still state that there is none. */
export function isMedicine({ type }: Pick<ChartRecord, 'type'>): boolean {
  return type === 'MedicationStatement' || type === 'MedicationRequest'
}

/** Medicines to be taken: not what is on hold, has ended or is to come, and no statement that there is none. Nobody who has died takes any. */
export function medicinesInUse(records: readonly ChartRecord[], views: RecordViews, now: Date): ChartRecord[] {
  if (ownDeathOf(records, now) !== null) return []
  return records.filter((record) => {
    if (!isMedicine(record) || record.status !== 'active' || !views.isCurrent(record, now)) return false
    const { resource, descriptor } = views.of(record)
    return descriptor.statusCode !== 'on-hold' && noneStated(resource) === null
  })
}

/**
 * The medicines with their doses of the last `days` days. A dose belongs to the medicine that it names, else to the only one of the same name;
 * only doses of these days are read. Of two medicines that bear one name the owner's is meant.
 */
export function medicinesWithDoses(
  medicines: readonly ChartRecord[],
  records: readonly ChartRecord[],
  views: RecordViews,
  days: number,
  now: Date,
): MedicineDoses[] {
  const found = medicines.flatMap((record): MedicineDoses[] => {
    const { resource } = views.of(record)
    return isJsonObject(resource) ? [{ record, resource, reference: referenceOf(record, views), doses: [] }] : []
  })
  // A day more: a dose may answer the evening before.
  const { day, zone } = localNow(now)
  const first = dayAfter(day, -days - 1)
  for (const record of records) {
    if (record.type !== 'MedicationAdministration' || !mayRelyOn(record) || dayIn(record.date, zone) < first) continue
    const { resource } = views.of(record)
    if (!isJsonObject(resource)) continue
    const { of, medicine } = doseForm(resource)
    const named = found.filter((candidate) =>
      of === '' ? candidate.record.title.toLowerCase() === medicine.toLowerCase() : candidate.reference === of,
    )
    const dose = recordedDose(record, resource)
    const { byOwner } = record
    const own = onlyOne(named.map((each) => ({ byOwner: each.record.byOwner, doses: each.doses })))
    const meant = of === '' && named.length > 1 ? null : own
    if (meant !== null && dose !== null) meant.doses.push(byOwner ? dose : { ...dose, isOthers: true })
  }
  return found
}

/** Null for a dose that says neither taken nor skipped, and for one without a day. */
export function recordedDose(record: Pick<ChartRecord, 'id'>, resource: JsonObject): RecordedDose | null {
  const answer = doseAnswer(resource)
  const form = doseForm(resource)
  const at = localMoment(form.at) ?? localMoment(form.planned)
  if (answer === '' || at === null) return null
  const planned = localMoment(form.planned)
  return {
    id: record.id,
    day: at.day,
    time: at.time,
    plannedDay: planned?.day ?? '',
    plannedTime: planned?.time ?? '',
    answer,
  }
}

/** A FHIR day or time as this device's day and time of day; null where no day is known. */
function localMoment(date: string): { day: string; time: string } | null {
  const moment = momentOf(date)
  if (!Number.isNaN(moment)) return zonedDay(moment, deviceZone())
  return datePrecision(date) === 'day' ? { day: date, time: '' } : null
}
