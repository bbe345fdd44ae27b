/**
 * What comes due: the next dose of a vaccine as records name it, and the end of a medicine's supply. Nothing is worked out from a schedule of ours:
 * what a record or a recommendation says is told with where it comes from, and a later dose of the same vaccine ends it.
 */
import { immunizationForm } from '../builders/immunization.ts'
import { SUPPLY_UNTIL } from '../builders/medication.ts'
import { dateSortKey, datePrecision } from '../dates/dates.ts'
import { dayAfter } from '../medicines/dose-plan.ts'
import { conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt, typeOf } from '../elements/elements.ts'
import { isJsonObject, type JsonObject } from '../elements/json.ts'
import { mayRelyOn, statusOf } from '../records/record-status.ts'
import { dayIn } from '../dates/zoned-time.ts'

/** A record with its id. */
export interface DueSource {
  id: string
  resource: unknown
}

/** A vaccine that is due. `from`: a dose that names its next one, or a recommendation that somebody sent. */
export interface VaccineDue {
  id: string
  vaccine: string
  /** FHIR partial date; '' where only the state is known. */
  date: string
  from: 'dose' | 'recommendation'
  /** The source calls it overdue by itself. */
  isOverdue: boolean
  /** "2" or "2 of 3" as parts; '' where not said. */
  doseNumber: string
  seriesDoses: string
}

/** LOINC codes of the dates of a forecast: due, overdue, earliest (https://hl7.org/fhir/R4/valueset-immunization-recommendation-date-criterion.html). */
const DATE_DUE = ['30980-7', 'due']
const DATE_OVERDUE = ['59778-1', 'overdue']
const DATE_EARLIEST = ['30981-5', 'earliest']

/** States of a forecast that ask for nothing: complete, immune, contraindicated. */
const ASKS_NOTHING = new Set(['complete', 'immune', 'contraindicated', 'nothing'])

/** Vaccines due by what records say, earliest first; one line for each vaccine, the newest source. */
export function vaccinesDue(records: readonly DueSource[]): VaccineDue[] {
  const given = records.flatMap((record) => {
    const { resource } = record
    return typeOf(resource) === 'Immunization' && isJsonObject(resource) && isGiven(resource)
      ? [{ ...record, resource }]
      : []
  })
  const found = new Map<string, { due: VaccineDue; key: string }>()
  const put = (name: string, due: VaccineDue, key: string) => {
    const known = found.get(name)
    if (!known || known.key < key) found.set(name, { due, key })
  }
  for (const { id, resource } of given) {
    const form = immunizationForm(resource)
    if (datePrecision(form.nextDue) === null || isGivenAfter(resource, dateSortKey(form.date), given)) continue
    put(
      form.vaccine,
      {
        id,
        vaccine: form.vaccine,
        date: form.nextDue,
        from: 'dose',
        isOverdue: false,
        doseNumber: '',
        seriesDoses: '',
      },
      dateSortKey(form.date),
    )
  }
  for (const { id, resource } of records) {
    if (typeOf(resource) !== 'ImmunizationRecommendation' || !mayRelyOn(statusOf('', resource))) continue
    const key = dateSortKey(stringAt(resource, 'date'))
    for (const entry of objectsAt(resource, 'recommendation')) {
      const state = stringsAt(entry, 'forecastStatus', 'coding', 'code')[0] ?? ''
      if (ASKS_NOTHING.has(state) || isGivenAfter(entry, key, given)) continue
      const date = dateOf(entry, DATE_DUE) || dateOf(entry, DATE_EARLIEST)
      const vaccine = conceptText(entry, 'vaccineCode') || conceptText(entry, 'targetDisease')
      if (vaccine === '' || (date === '' && state !== 'due' && state !== 'overdue')) continue
      const overdue = dateOf(entry, DATE_OVERDUE)
      put(
        vaccine,
        {
          id,
          vaccine,
          date: date || overdue,
          from: 'recommendation',
          isOverdue: state === 'overdue',
          doseNumber: numberTextAt(entry, 'doseNumberPositiveInt') || stringAt(entry, 'doseNumberString'),
          seriesDoses: numberTextAt(entry, 'seriesDosesPositiveInt') || stringAt(entry, 'seriesDosesString'),
        },
        key,
      )
    }
  }
  return [...found.values()]
    .map(({ due }) => due)
    .toSorted((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? -1 : 1))
}

/** Whether the Immunization says that a dose was given. */
export function isGiven(resource: JsonObject): boolean {
  const state = statusOf('Immunization', resource)
  return state.status !== 'not-done' && mayRelyOn(state)
}

/** A later dose of the same vaccine: by code, or by the same words. */
function isGivenAfter(what: JsonObject, key: string, given: readonly { resource: JsonObject }[]): boolean {
  const codes = new Set(stringsAt(what, 'vaccineCode', 'coding', 'code'))
  const words = conceptText(what, 'vaccineCode').toLowerCase()
  return given.some(({ resource }) => {
    const isSame =
      stringsAt(resource, 'vaccineCode', 'coding', 'code').some((code) => codes.has(code)) ||
      (words !== '' && conceptText(resource, 'vaccineCode').toLowerCase() === words)
    return isSame && dateSortKey(immunizationForm(resource).date) > key
  })
}

function dateOf(entry: JsonObject, codes: readonly string[]): string {
  const found = objectsAt(entry, 'dateCriterion').find((criterion) =>
    stringsAt(criterion, 'code', 'coding', 'code').some((code) => codes.includes(code)),
  )
  const date = stringAt(found, 'value')
  return datePrecision(date) === null ? '' : date
}

/** The supply of a medicine as records tell it. `prescription`: until when it may be dispensed. */
export interface SupplyEnd {
  id: string
  date: string
  kind: 'supply' | 'prescription'
}

/**
 * Until when a medicine lasts for a reader in the zone: what a person wrote, what was handed out, or what the prescription covers; null where nothing
 * says so.
 */
export function supplyEnd({ id, resource }: DueSource, zone: string): SupplyEnd | null {
  const typed = objectsAt(resource, 'extension').find((extension) => extension['url'] === SUPPLY_UNTIL)
  const written = stringAt(typed, 'valueDate')
  if (datePrecision(written) !== null) return { id, date: written, kind: 'supply' }
  if (typeOf(resource) === 'MedicationDispense') {
    const date = daysLater(
      dayIn(stringAt(resource, 'whenHandedOver'), zone),
      numberTextAt(resource, 'daysSupply', 'value'),
    )
    return date === '' ? null : { id, date, kind: 'supply' }
  }
  if (typeOf(resource) !== 'MedicationRequest') return null
  const request = objectAt(resource, 'dispenseRequest')
  const until = dayIn(stringAt(request, 'validityPeriod', 'end'), zone)
  return until === '' ? null : { id, date: until, kind: 'prescription' }
}

function daysLater(day: string, days: string): string {
  if (datePrecision(day) !== 'day' || !/^\d+$/u.test(days)) return ''
  return dayAfter(day, Number(days))
}

/** How a due date compares with the day of a reader in the zone: `2026` and `2026-03` are overdue when their year or month has ended. */
export function dueState(
  date: string,
  day: string,
  soonDays: number,
  zone: string,
): 'overdue' | 'due' | 'soon' | 'later' {
  const due = dayIn(date, zone)
  if (due === '') return 'due'
  if (due < day.slice(0, due.length)) return 'overdue'
  if (due === day.slice(0, due.length)) return 'due'
  return due <= dayAfter(day, soonDays).slice(0, due.length) ? 'soon' : 'later'
}
