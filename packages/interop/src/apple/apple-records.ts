/** What was read from an Apple Health export as FHIR records. Each has a name of its own, so that a later export corrects it. */
import { jsonObject, JsonNumber, type JsonObject } from '@chartkeep/domain'
import type { AppleExport, AppleNight, ApplePressure, AppleSample, AppleSummary, AppleWorkout } from './apple-export.ts'
import { unitOf, wordsOf } from './measures.ts'

export interface AppleRecord {
  resource: JsonObject
  /** Parts of its name, without its type. */
  identity: readonly string[]
  origin: string
}

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'

/** All records. The person of the export is no part of them. */
export function* appleRecords(read: AppleExport): Generator<AppleRecord> {
  for (const pressure of read.pressures) yield pressureRecord(pressure)
  for (const sample of read.samples) yield sampleRecord(sample)
  for (const summary of read.summaries) yield summaryRecord(summary)
  for (const night of read.nights) yield nightRecord(night)
  for (const workout of read.workouts) yield workoutRecord(workout)
}

function observation(
  { title, loinc, category }: { title: string; loinc: string; category: 'vital-signs' | 'activity' },
  rest: { [element: string]: JsonObject | JsonObject[] | string | undefined },
): JsonObject {
  return jsonObject({
    resourceType: 'Observation',
    status: 'final',
    // Also as a vital sign: nobody looks for steps among conditions.
    category: [...new Set([category, 'vital-signs'])].map((code) =>
      jsonObject({ coding: [jsonObject({ system: CATEGORY, code })] }),
    ),
    code: jsonObject({ coding: loinc === '' ? undefined : [jsonObject({ system: LOINC, code: loinc })], text: title }),
    ...rest,
  })
}

function quantity(value: string, unit: string): JsonObject {
  const { unit: words, ucum } = unitOf(unit)
  return jsonObject({
    value: new JsonNumber(value),
    unit: words === '' ? undefined : words,
    ...(ucum === '' ? {} : { system: UCUM, code: ucum }),
  })
}

function device(source: string): JsonObject | undefined {
  return source === '' ? undefined : jsonObject({ display: source })
}

function made(identity: readonly string[], resource: JsonObject): AppleRecord {
  return { resource, identity: ['apple-health', ...identity], origin: JSON.stringify([identity, resource]) }
}

function sampleRecord({ measure, start, value, unit, source }: AppleSample): AppleRecord {
  return made(
    [measure.type, start.at, source, value],
    observation(
      { title: measure.title, loinc: codeOf(measure.type, measure.loinc, unit), category: 'vital-signs' },
      { effectiveDateTime: start.at, device: device(source), valueQuantity: quantity(plainNumber(value), unit) },
    ),
  )
}

/** LOINC tells mass from substance concentration. */
function codeOf(type: string, loinc: string, unit: string): string {
  if (type !== 'BloodGlucose') return loinc
  return unit.startsWith('mmol') ? '15074-8' : unit === 'mg/dL' ? '2339-0' : ''
}

function pressureRecord({ start, systolic, diastolic, source }: ApplePressure): AppleRecord {
  const part = (code: string, text: string, value: string): JsonObject[] =>
    value === ''
      ? []
      : [
          jsonObject({
            code: jsonObject({ coding: [jsonObject({ system: LOINC, code })], text }),
            valueQuantity: quantity(plainNumber(value), 'mmHg'),
          }),
        ]
  return made(
    ['BloodPressure', start.at, source],
    observation(
      { title: 'Blood pressure', loinc: '85354-9', category: 'vital-signs' },
      {
        effectiveDateTime: start.at,
        device: device(source),
        component: [
          ...part('8480-6', 'Systolic blood pressure', systolic),
          ...part('8462-4', 'Diastolic blood pressure', diastolic),
        ],
      },
    ),
  )
}

function summaryRecord({ measure, day, unit, source, count, lowest, highest, sum }: AppleSummary): AppleRecord {
  const digits = measure.digits ?? 1
  const times = measure.isShare === true && highest <= 1 ? 100 : 1
  const shown = (value: number) => quantity((value * times).toFixed(digits), unit)
  const part = (text: string, value: JsonObject) => jsonObject({ code: jsonObject({ text }), valueQuantity: value })
  const spread =
    measure.rule === 'spread' && count > 1
      ? [
          part('Lowest', shown(lowest)),
          part('Highest', shown(highest)),
          part('Number of measurements', jsonObject({ value: new JsonNumber(String(count)) })),
        ]
      : undefined
  return made(
    [measure.type, day],
    observation(
      { title: measure.title, loinc: measure.loinc, category: measure.isVital ? 'vital-signs' : 'activity' },
      {
        meta: SUMMARY,
        effectivePeriod: jsonObject({ start: day, end: day }),
        device: device(source),
        method: jsonObject({ text: 'summarised on this device' }),
        valueQuantity: shown(measure.rule === 'sum' ? sum : sum / count),
        component: spread,
      },
    ),
  )
}

const SUMMARY = { tag: [{ system: 'urn:chartkeep:summary', code: 'summary' }] }

function nightRecord({ day, source, hours }: AppleNight): AppleRecord {
  return made(
    ['SleepAnalysis', day],
    observation(
      { title: 'Sleep', loinc: '93832-4', category: 'activity' },
      {
        meta: SUMMARY,
        effectivePeriod: jsonObject({ start: day, end: day }),
        device: device(source),
        method: jsonObject({ text: 'summarised on this device' }),
        valueQuantity: quantity(hours.toFixed(2), 'h'),
      },
    ),
  )
}

function workoutRecord(workout: AppleWorkout): AppleRecord {
  const { kind, start, end, source, duration, durationUnit, distance, distanceUnit, energy, energyUnit } = workout
  const part = (text: string, value: string, unit: string): JsonObject[] =>
    value === '' || !Number.isFinite(Number(value)) || Number(value) === 0
      ? []
      : [jsonObject({ code: jsonObject({ text }), valueQuantity: quantity(plainNumber(value), unit) })]
  const parts = [...part('Distance', distance, distanceUnit), ...part('Energy', energy, energyUnit)]
  const hasTime = duration !== '' && Number.isFinite(Number(duration))
  return made(
    ['Workout', kind, start.at, source],
    observation(
      { title: `Workout: ${wordsOf(kind).toLowerCase()}`, loinc: '', category: 'activity' },
      {
        effectivePeriod: jsonObject({ start: start.at, end: end?.at }),
        device: device(source),
        valueQuantity: hasTime ? quantity(plainNumber(duration), durationUnit || 'min') : undefined,
        component: parts.length === 0 ? undefined : parts,
      },
    ),
  )
}

/** The digits as they came where FHIR can hold them, else as a decimal. */
function plainNumber(text: string): string {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/u.test(text) ? text : String(Number(text))
}
