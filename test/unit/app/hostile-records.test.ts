/**
 * Records of somebody whose app was changed, in which every element in turn says what no honest one does: what screens and files are made of is
 * worked out all the same, for one record that throws takes the screen of all others with it (Y2).
 */
import { readFileSync } from 'node:fs'
import { cardItems } from '@chartkeep/app/src/features/card/card-items.ts'
import { spanText, wantedText } from '@chartkeep/app/src/features/calendar/appointment-words.ts'
import { amendmentsOf } from '@chartkeep/app/src/app/care/amendments/amendments.ts'
import { plansOf } from '@chartkeep/app/src/app/care/plans/plan-views.ts'
import { resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import { documentVersions } from '@chartkeep/app/src/app/chart/document-versions.ts'
import { dueVaccines, vaccineKinds } from '@chartkeep/app/src/app/measures/vaccines.ts'
import { factsOf } from '@chartkeep/app/src/app/words/record-facts.ts'
import { RecordViews, rowsOf } from '@chartkeep/app/src/app/words/record-view.ts'
import { timelineItems, timelineYears } from '@chartkeep/app/src/app/measures/timeline.ts'
import { trendPoints, trendsOf } from '@chartkeep/app/src/app/measures/trends.ts'
import { calendarEntries, upcomingEventsOf } from '@chartkeep/app/src/app/reminders/upcoming-events.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import {
  availabilityOf,
  bookingsOf,
  chartProjection,
  CareReader,
  describe,
  exceptionOf,
  freeTimes,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJsonOrNull,
  supplyEnd,
  threadsOf,
  typeOf,
  workItems,
} from '@chartkeep/domain'
import { calendarFile } from '@chartkeep/interop'
import type { ChartRecord } from '@chartkeep/sync'
import { expect, test } from 'vitest'
import { chartRecord } from '../../support/chart-record.ts'

const NOW = new Date(2026, 10, 21, 12)
const FIXTURES = new URL('../../fixtures/fhir/', import.meta.url)

/** What an element is made to say. Numbers as JSON writes them, for they may have more digits than a number holds. */
const SAID = [
  '1e300',
  '-1',
  '99999999999999999999999',
  '"x"',
  '"9999-12-31"',
  '"0000-00-00"',
  '"2026-02-31T25:61:61Z"',
  '"+275760-09-13T00:00:00Z"',
  '[]',
  '{}',
  '[[{}]]',
  'null',
]

/** Elements that are left as they are: what tells the type, and what is looked at as a name alone. */
const LEFT = new Set<string | number>([
  'resourceType',
  'text',
  'meta',
  'contained',
  'system',
  'display',
  'reference',
  'url',
])

/** Of types that no committed example has. */
const WRITTEN = [
  '{"resourceType":"MedicationDispense","status":"completed","medicationCodeableConcept":{"text":"a"},"whenHandedOver":"2026-11-01","daysSupply":{"value":30}}',
  '{"resourceType":"MedicationAdministration","status":"completed","medicationCodeableConcept":{"text":"a"},"effectiveDateTime":"2026-11-21T08:00:00Z"}',
  '{"resourceType":"MedicationStatement","id":"a","status":"active","medicationCodeableConcept":{"text":"a"},"effectivePeriod":{"start":"2026-01-01","end":"2027-01-01"},"dosage":[{"timing":{"repeat":{"boundsDuration":{"value":9,"code":"d"},"boundsPeriod":{"start":"2026-01-01","end":"2027-01-01"},"frequency":1,"period":2,"periodUnit":"d","dayOfWeek":["mon"],"timeOfDay":["08:00:00"]}},"doseAndRate":[{"doseQuantity":{"value":1,"unit":"mg"}}]}]}',
  '{"resourceType":"Appointment","status":"booked","start":"2026-12-01T09:00:00Z","end":"2026-12-01T10:00:00Z","minutesDuration":30,"participant":[{"actor":{"identifier":{"system":"urn:chartkeep:member","value":"m"},"display":"Lin"},"status":"accepted"}]}',
  '{"resourceType":"Appointment","status":"booked","start":"2026-12-01T09:00:00Z","minutesDuration":30,"participant":[]}',
  '{"resourceType":"Appointment","status":"proposed","created":"2026-11-20","requestedPeriod":[{"start":"2026-12-01","end":"2026-12-02"}],"participant":[]}',
  '{"resourceType":"Schedule","actor":[{"identifier":{"system":"urn:chartkeep:member","value":"m"}}],"planningHorizon":{"start":"2026-01-01","end":"2027-01-01"}}',
  '{"resourceType":"Slot","status":"busy","start":"2026-12-01T09:00:00Z","end":"2026-12-01T10:00:00Z"}',
  '{"resourceType":"Communication","status":"completed","sent":"2026-11-20T08:00:00Z","topic":{"text":"t"},"payload":[{"contentString":"w"},{"contentAttachment":{"title":"f","size":3,"hash":"AAAA"}}],"inResponseTo":[{"identifier":{"system":"urn:chartkeep:record","value":"r"}}]}',
  '{"resourceType":"ImmunizationRecommendation","date":"2026-01-01","recommendation":[{"vaccineCode":[{"text":"Tetanus"}],"forecastStatus":{"coding":[{"code":"due"}]},"dateCriterion":[{"code":{"coding":[{"code":"30980-7"}]},"value":"2026-12-01"}],"doseNumberPositiveInt":2}]}',
  '{"resourceType":"CarePlan","status":"active","title":"p","activity":[{"detail":{"status":"in-progress","description":"d","scheduledString":"s"}}],"contained":[{"resourceType":"Goal","id":"g","description":{"text":"g"}}]}',
  '{"resourceType":"Task","status":"requested","intent":"order","authoredOn":"2026-11-20T08:00:00Z","code":{"coding":[{"system":"urn:chartkeep:task","code":"work"}]},"focus":{"identifier":{"system":"urn:chartkeep:record","value":"r"},"type":"Appointment"},"restriction":{"period":{"end":"2026-12-01"}}}',
]

function examples(): JsonValue[] {
  const read = (path: string) => parseJsonOrNull(readFileSync(new URL(path, FIXTURES), 'utf8'))
  const single = [
    'hl7-r4-examples/MedicationStatement-example002.json',
    'hl7-r4-examples/AllergyIntolerance-example.json',
    'hl7-r4-examples/Immunization-notGiven.json',
    'hl7-r4-examples/Observation-blood-pressure-dar.json',
    'us-core/familymemberhistory-example.json',
    'us-core/observation-serum-potassium.json',
  ].map(read)
  const bundle = read('ips/IPS-bundle-01.json') as { entry: { resource: JsonObject }[] }
  const written = WRITTEN.map(parseJsonOrNull)
  // One of each type.
  const byType = new Map(
    [...bundle.entry.map(({ resource }) => resource), ...single].map((each) => [typeOf(each), each]),
  )
  return [...written, ...byType.values()].filter((value) => value !== null)
}

/** The text of a resource, with one element said otherwise, for each element and each saying. */
function* bent(resource: JsonValue): Generator<string> {
  const paths = (value: JsonValue): (string | number)[][] => {
    if (typeof value !== 'object' || value === null) return [[]]
    const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
    return [[], ...inner.flatMap(([key, each]) => paths(each as JsonValue).map((path) => [key, ...path]))]
  }
  const MARK = '"said otherwise"'
  for (const path of paths(resource)) {
    if (path.length === 0 || path.some((key) => LEFT.has(key))) continue
    const copy = structuredClone(resource) as never
    let at: Record<string | number, unknown> = copy
    for (const key of path.slice(0, -1)) at = at[key] as typeof at
    at[path.at(-1)!] = 'said otherwise'
    const text = JSON.stringify(copy)
    for (const said of SAID) yield text.replace(MARK, said)
  }
}

function recordOf(text: string): ChartRecord {
  const resource = parseJsonOrNull(text)
  const { collection, type, title, date, status, code } = describe(resource)
  const found = { collection, type, title, date, status, code: code === null ? '' : `${code.system}|${code.code}` }
  return chartRecord('bent', { ...found, resource: text, byOwner: false, revision: text })
}

/** Everything that is made of records where a screen or a file is. */
function readAll(record: ChartRecord, t: ReturnType<typeof startLanguages>['t']): void {
  const views = new RecordViews()
  const { resource } = views.of(record)
  const wording = { t, language: 'en' as const, views, hrefOf: () => '' }
  const all = [record]
  for (const row of rowsOf(all, wording))
    JSON.stringify([row.title, row.value, row.range, row.state, row.date, row.dateKey, row.by, row.marks, row.search])
  factsOf(resource, t, 'en')
  cardItems({ records: all, views, mayRead: () => true, now: NOW }, 'Mei')
  timelineYears(timelineItems(all))
  for (const trend of trendsOf(all)) trendPoints(trend, null, wording, () => null)
  vaccineKinds(all, views)
  dueVaccines(all, views, { day: '2026-11-21', zone: 'UTC' })
  if (isJsonObject(resource)) supplyEnd({ id: 'bent', resource }, 'UTC')
  documentVersions(all, views)
  amendmentsOf(all, views)
  plansOf(all, [], views, () => false)
  resultsOf(all, views)
  upcomingEventsOf(all, [], views, NOW)
  calendarFile(calendarEntries(all, views, { doses: 0, appointments: 60, vaccines: 60 }, NOW), {
    title: 'Care',
    now: NOW.getTime(),
  })
  const source = { ...record, id: 'bent', by: 'us' as const }
  for (const by of ['us', 'patient', 'others'] as const)
    chartProjection([{ ...source, by }], {
      readable: ['allergies'],
      account: 'us',
      reader: { now: NOW.getTime(), zone: 'UTC' },
    })
  for (const isPractice of [true, false]) {
    const entries = new CareReader('chart', () => isPractice).entries(all)
    threadsOf(entries, 'us')
    workItems(entries, [], { now: NOW.getTime(), zone: 'UTC' })
    const { bookings, requests } = bookingsOf(entries)
    for (const { start, end } of bookings) {
      expect(spanText(start, end)).not.toContain('NaN')
      expect(new Date(end).toISOString()).not.toBe('')
    }
    for (const { wanted } of requests) wanted.map(wantedText)
    for (const entry of entries) {
      const hours = availabilityOf(entry.id, entry.resource)
      const exception = exceptionOf(entry.id, entry.resource)
      if (hours) freeTimes(hours, exception ? [exception] : [], bookings, { day: '2026-12-01', minutes: 30 })
    }
  }
}

test(
  'Y2: whatever an element of somebody’s record says, no screen and no file falls over it',
  { timeout: 60_000 },
  () => {
    const { t } = startLanguages('en')
    const faults = new Set<string>()
    let count = 0
    for (const resource of examples())
      for (const text of bent(resource)) {
        count += 1
        try {
          readAll(recordOf(text), t)
        } catch (error) {
          const place = (error as Error).stack?.split('\n').find((line) => line.includes('/packages/')) ?? ''
          faults.add(`${String(error)}${place} of ${text.slice(0, 40)}`)
        }
      }
    expect([...faults]).toEqual([])
    expect(count).toBeGreaterThan(3000)
  },
)
