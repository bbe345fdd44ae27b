/** Which results belong to one trend, in which units it can be shown, and that what is converted keeps its original. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  describe,
  EMPTY_OBSERVATION,
  newObservation,
  objectsAt,
  type ObservationForm,
  parseJsonOrNull,
  stringifyJson,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { RecordViews, type Wording } from '@chartkeep/app/src/app/words/record-view.ts'
import { sparkOf } from '@chartkeep/app/src/app/measures/spark.ts'
import { trendKey, trendPoints, trendsOf, unitChoices, unitOf } from '@chartkeep/app/src/app/measures/trends.ts'
import { loadConverter, SAME_UNIT } from '@chartkeep/app/src/app/measures/unit-converter.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { joins, placePoints, seriesOf } from '@chartkeep/app/src/ui/plots/plot-geometry.ts'
import { chartRecord } from '../../support/chart-record.ts'

const convert = await loadConverter()
const { t } = startLanguages('en')
const LOINC = 'http://loinc.org'
const FEVER = join(import.meta.dirname, '../../fixtures/numbers/fever-celsius.json')
const wording = (): Wording => ({ t, language: 'en', views: new RecordViews(), hrefOf: () => '' })

function result(id: string, form: Partial<ObservationForm>): ChartRecord {
  const resource = newObservation({ ...EMPTY_OBSERVATION, test: 'Glucose', date: '2026-01-01', ...form }, 'Patient/1')
  return recordOf(id, stringifyJson(resource))
}

function recordOf(id: string, resource: string): ChartRecord {
  const { type, title, date, status, code, collection } = describe(parseJsonOrNull(resource))
  return chartRecord(id, {
    collection,
    type,
    title,
    date,
    status,
    resource,
    code: code ? `${code.system}|${code.code}` : '',
  })
}

const mass = { code: { system: LOINC, code: '2345-7', display: 'Glucose' }, unit: 'mg/dL', unitCode: 'mg/dL' }
const moles = { code: { system: LOINC, code: '14749-6', display: 'Glucose' }, unit: 'mmol/L', unitCode: 'mmol/L' }

test('Trends: one test by its code, by its analyte in another unit, or by the same words', () => {
  const trends = trendsOf([
    result('a', { ...mass, value: '126', date: '2026-01-01' }),
    result('b', { ...moles, value: '6.1', date: '2026-03-01' }),
    result('c', { test: 'ANA', value: '1:80', date: '2026-02-01' }),
    result('d', { test: 'ana ', value: '1:160', date: '2026-02-02' }),
    result('newest', { ...mass, value: '1', status: 'unknown', date: '2026-04-01' }),
  ])
  expect(trends.map(({ records }) => records.map(({ id }) => id))).toEqual([
    ['newest', 'b', 'a'],
    ['d', 'c'],
  ])
  expect(trendKey({ code: `${LOINC}|3141-9`, title: 'Body weight Measured' })).toBe(
    trendKey({ code: `${LOINC}|29463-7`, title: 'Body weight' }),
  )
})

test('Trends: results in two units are in one, with what was reported next to it; limits keep their sign', () => {
  const [trend] = trendsOf([
    result('a', { ...mass, value: '126', rangeLow: '70', rangeHigh: '99' }),
    result('b', { ...moles, value: '<2.0', date: '2026-03-01' }),
  ])
  const words = wording()
  const units = unitChoices(trend!, words, convert)
  expect(units).toEqual([
    { code: 'mmol/L', print: 'mmol/L' },
    { code: 'mg/dL', print: 'mg/dL' },
  ])
  const { points, others } = trendPoints(trend!, units[0]!, words, convert)
  expect(others).toBe(0)
  expect(points.map(({ text, original }) => [text, original])).toEqual([
    ['<2.0 mmol/L', undefined],
    ['7.0 mmol/L', '126 mg/dL'],
  ])
  expect(points[1]?.range).toEqual({ low: 3.9, high: 5.5, text: '3.9–5.5 mmol/L', original: '70–99 mg/dL' })
  expect(points[1]?.flag).toBe('above')
  expect(joins(placePoints(points))).toEqual([])
})

test('Trends: without the library, and for units that do not fit, results are counted and left out, never joined', () => {
  const [trend] = trendsOf([
    result('a', { ...mass, value: '126' }),
    result('b', { ...moles, value: '6.1', date: '2026-03-01' }),
    result('c', { ...mass, value: '7', unit: 'drops', unitCode: '', date: '2026-02-01' }),
  ])
  const words = wording()
  expect(trendPoints(trend!, { code: 'mmol/L', print: 'mmol/L' }, words, SAME_UNIT)).toMatchObject({ others: 2 })
  const { points, others } = trendPoints(trend!, { code: 'mmol/L', print: 'mmol/L' }, words, convert)
  expect([points.length, others]).toEqual([2, 1])
  expect(unitOf({ unit: 'µmol/L', unitCode: '' })).toEqual({ code: 'umol/L', print: 'µmol/L' })
})

test('Trends: blood pressure has two lines, each joined with itself, and one row for each measurement', () => {
  const pressure = VITAL_SIGNS.find(({ key }) => key === 'blood-pressure')!
  const of = (id: string, date: string, systolic: string, diastolic: string) =>
    result(id, { kind: 'vital-signs', test: 'Blood pressure', code: pressure.code, systolic, diastolic, date })
  const [trend] = trendsOf([of('a', '2026-01-01', '120', '80'), of('b', '2026-02-01', '131', '85')])
  const { points } = trendPoints(trend!, null, wording(), SAME_UNIT)
  expect(points.map(({ series, value, whole }) => [series, value, whole])).toEqual([
    ['Upper number', 131, '131/85 mmHg'],
    ['Lower number', 85, '131/85 mmHg'],
    ['Upper number', 120, '120/80 mmHg'],
    ['Lower number', 80, '120/80 mmHg'],
  ])
  const series = seriesOf(placePoints(points))
  expect(series.map(({ placed }) => joins(placed).map(([from, to]) => [from.point.value, to.point.value]))).toEqual([
    [[120, 131]],
    [[80, 85]],
  ])
  expect(sparkOf(trend!, wording(), SAME_UNIT).map(({ value }) => value)).toEqual([120, 131])
})

test('Trends: a small line takes the last plain numbers in the unit of the newest', () => {
  const [trend] = trendsOf([
    ...Array.from({ length: 15 }, (_, index) =>
      result(`m${index}`, { ...mass, value: '180', date: `2025-01-${String(index + 1).padStart(2, '0')}` }),
    ),
    result('limit', { ...mass, value: '<40', date: '2025-02-01' }),
    result('new', { ...moles, value: '6.1', date: '2026-03-01' }),
  ])
  const spark = sparkOf(trend!, wording(), convert)
  expect(spark).toHaveLength(11)
  expect(spark.at(-1)?.value).toBe(6.1)
  expect(spark[0]?.value).toBeCloseTo(9.99, 2)
})

test('A1: fever in degrees Fahrenheit keeps its tenths, and each number that was converted is with the reported one', () => {
  const found = objectsAt(parseJsonOrNull(readFileSync(FEVER, 'utf8')), 'entry', 'resource')
  const [trend] = trendsOf(found.map((resource, index) => recordOf(`t${index}`, stringifyJson(resource))))
  const fahrenheit = { code: '[degF]', print: '°F' }
  expect(unitChoices(trend!, wording(), convert)).toContainEqual(fahrenheit)
  const { points, others } = trendPoints(trend!, fahrenheit, wording(), convert)
  expect(others).toBe(0)
  expect(points.map(({ text, original }) => [text, original])).toEqual([
    ['98.6 °F', '37 °C'],
    ['104.0 °F', '40 °C'],
    ['102.2 °F', '39 °C'],
  ])
})

test('A1: blood pressure in kilopascal is brought to the unit of the others or left out, never drawn on their axis as it is', () => {
  const part = (code: string, value: number, unit: string, ucum: string) => ({
    code: { coding: [{ system: LOINC, code }] },
    valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: ucum },
  })
  const of = (id: string, date: string, upper: number, lower: number, unit: string, ucum: string) =>
    recordOf(
      id,
      JSON.stringify({
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: LOINC, code: '85354-9' }], text: 'Blood pressure' },
        category: [{ coding: [{ code: 'vital-signs' }] }],
        effectiveDateTime: date,
        component: [part('8480-6', upper, unit, ucum), part('8462-4', lower, unit, ucum)],
      }),
    )
  const [trend] = trendsOf([
    of('a', '2026-01-01', 120, 80, 'mmHg', 'mm[Hg]'),
    of('b', '2026-02-01', 18.7, 12, 'kPa', 'kPa'),
  ])
  expect(unitChoices(trend!, wording(), convert).map(({ code }) => code)).toEqual(['kPa', 'mm[Hg]'])
  const mercury = { code: 'mm[Hg]', print: 'mmHg' }
  const { points } = trendPoints(trend!, mercury, wording(), convert)
  expect(points.map(({ text, whole, original }) => [text, whole, original])).toEqual([
    ['140 mmHg', '140/90 mmHg', '18.7/12 kPa'],
    ['90 mmHg', '140/90 mmHg', '18.7/12 kPa'],
    ['120 mmHg', '120/80 mmHg', undefined],
    ['80 mmHg', '120/80 mmHg', undefined],
  ])
  expect(trendPoints(trend!, mercury, wording(), SAME_UNIT)).toMatchObject({
    others: 1,
    points: [{ id: 'a' }, { id: 'a' }],
  })
})
