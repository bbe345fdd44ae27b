/** The results of a practice as its list shows them: the value before is next to the value of the same patient and of nobody else's. */
import { expect, test } from 'vitest'
import { previousResults, resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import type { ChartKeep } from '@chartkeep/app/src/app/context/charts-in-session.tsx'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { SlotBook } from '@chartkeep/app/src/app/place/slots.ts'
import { resultRows } from '@chartkeep/app/src/features/results/result-words.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import {
  aboutPerson,
  chartOf,
  describe,
  EMPTY_OBSERVATION,
  jsonObject,
  newObservation,
  parseJsonOrNull,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { chartRecord } from '../../support/chart-record.ts'

const { t } = startLanguages('en')
const views = new RecordViews()
const CHART = 'urn:chartkeep:chart'

function result(id: string, { chart, date, value }: { chart: string; date: string; value: string }): ChartRecord {
  const form = { ...EMPTY_OBSERVATION, test: 'HbA1c', date, value, unit: '%' }
  const person = jsonObject({ identifier: jsonObject({ system: CHART, value: chart }), display: chart })
  const resource = stringifyJson(aboutPerson(newObservation(form, ''), person))
  const { type, title, status, collection, ...more } = describe(parseJsonOrNull(resource))
  return chartRecord(id, { doc: id, collection, type, title, status, date: more.date, resource, code: '' })
}

const chartIdOf = (record: ChartRecord) => chartOf(views.of(record).resource)
const records = [
  result('mei-now', { chart: 'mei', date: '2026-10-01', value: '6.9' }),
  result('mei-old', { chart: 'mei', date: '2026-01-01', value: '7.1' }),
  result('mei-first', { chart: 'mei', date: '2025-01-01', value: '7.7' }),
  result('bo-between', { chart: 'bo', date: '2026-09-30', value: '11.2' }),
]

test('C12: two charts never mix: the value before is of the same patient, in the list of all results too', () => {
  const previous = previousResults(records, chartIdOf)
  const [now, , first, other] = records
  expect(previous(now!)?.id).toBe('mei-old')
  expect(previous(first!)).toBeNull()
  expect(previous(other!)).toBeNull()

  const keep = { views, slots: new SlotBook() } as Pick<ChartKeep, 'views' | 'slots'> as ChartKeep
  const words = { t, language: 'en' as const, keep, charts: [], vaultSlot: 'vault', withPatient: true, previous }
  const shown = new Map(resultRows(resultsOf(records, views), words).map(({ id, value }) => [id, value]))
  expect(shown.get('mei-now')).toContain('7.1')
  for (const value of shown.values()) if (!value.startsWith('11.2')) expect(value).not.toContain('11.2')
  expect(shown.get('bo-between')).not.toMatch(/6\.9|7\.\d/u)
})

test('C12: 10,000 results of 300 patients find the value before each at once', () => {
  let looked = 0
  const many = Array.from({ length: 10_000 }, (_, at) => ({
    ...records[0]!,
    id: `r${at}`,
    doc: `r${at}`,
    date: `20${String(10 + (at % 17))}-01-${String(1 + (at % 28)).padStart(2, '0')}`,
  }))
  const previous = previousResults(many, ({ doc }) => {
    looked++
    return String(Number(doc.slice(1)) % 300)
  })
  for (const record of many) previous(record)
  // Once for each in the index and once for each that asks; looking through all for each would be 100 million.
  expect(looked).toBe(2 * many.length)
})
