/** The results that a practice reports, from the records of its own vault: reports with their values, single values, and the release of each. Pure. */
import {
  chartOf,
  dateSortKey,
  type Flag,
  type JsonValue,
  objectAt,
  releaseState,
  type ReleaseState,
  reportedValues,
  reviewOf,
  type ResultReview,
  stringAt,
  worstFlag,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { RecordViews } from '../../words/record-view.ts'
import { trendKey } from '../../measures/trends.ts'

export interface PracticeResult {
  /** The report, or the value that stands for itself. */
  record: ChartRecord
  resource: JsonValue
  isReport: boolean
  /** A report's values, in its order; for a single value, the value itself. */
  values: ChartRecord[]
  /** Id of the patient's chart, and the name that the result gives them. */
  chart: string
  patient: string
  /** The task of its release; null where nobody has looked at it yet. */
  task: ChartRecord | null
  review: ResultReview | null
  state: ReleaseState
  /** The flag of the worst value. */
  flag: Flag
}

/** All of them, in no order; what was entered in error is left out. */
export function resultsOf(records: readonly ChartRecord[], views: RecordViews): PracticeResult[] {
  const byDoc = new Map(records.map((record) => [record.doc, record]))
  const reviews = reviewsOf(records, views)
  const reports = records.filter(({ type, status }) => type === 'DiagnosticReport' && status !== 'error')
  const valuesOf = (report: ChartRecord) => reportedValues(views.of(report).resource)
  const reported = new Set(reports.flatMap(valuesOf))
  const single = records.filter(
    ({ type, status, doc }) => type === 'Observation' && status !== 'error' && !reported.has(doc),
  )
  return [...reports, ...single].map((record) => {
    const { resource } = views.of(record)
    const isReport = record.type === 'DiagnosticReport'
    const values = isReport ? valuesOf(record).flatMap((doc) => byDoc.get(doc) ?? []) : [record]
    const { task, review } = reviews.get(record.doc) ?? { task: null, review: null }
    return {
      record,
      resource,
      isReport,
      values,
      chart: chartOf(resource),
      patient: stringAt(objectAt(resource, 'subject'), 'display'),
      task,
      review,
      state: releaseState({ revision: record.revision, review }),
      flag: worstFlag(values.map((value) => views.of(value).descriptor.value?.flag ?? 'none')),
    }
  })
}

/** Of two tasks about one result (made while apart) the one that was changed last counts; both stay. */
function reviewsOf(
  records: readonly ChartRecord[],
  views: RecordViews,
): Map<string, { task: ChartRecord; review: ResultReview }> {
  const found = new Map<string, { task: ChartRecord; review: ResultReview }>()
  const tasks = records.filter(({ type, status }) => type === 'Task' && status !== 'error')
  for (const task of tasks.toSorted((a, b) => a.savedAt - b.savedAt)) {
    const review = reviewOf(views.of(task).resource)
    if (review !== null) found.set(review.result, { task, review })
  }
  return found
}

/**
 * Finds the newest earlier result of the same test, for the column "before"; null if there is none. `chartIdOf` returns the patient's
 * chart: a practice's list has the results of all patients, and results of two patients must never be compared.
 */
export function previousResults(
  records: readonly ChartRecord[],
  chartIdOf: (record: ChartRecord) => string,
): (value: ChartRecord) => ChartRecord | null {
  const keyOf = (record: ChartRecord) => `${chartIdOf(record)} ${trendKey(record)}`
  const dated = records
    .filter(({ type, status }) => type === 'Observation' && status !== 'error')
    .map((record) => ({ record, at: dateSortKey(record.date) }))
    .toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  const newestByTest = Map.groupBy(dated, ({ record }) => keyOf(record))
  return (value) => {
    const at = dateSortKey(value.date)
    const same = newestByTest.get(keyOf(value)) ?? []
    return same.find((other) => other.at < at && other.record.doc !== value.doc)?.record ?? null
  }
}
