/**
 * An `export.xml` of Apple Health of any size, made of nothing but a seed: a watch that measures the heart every four
 * minutes, steps of a phone and of the watch over the same hours, nights, weights, blood pressures alone and again inside
 * their Correlation, workouts, and kinds that an import does not take. It says what an import must find.
 */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'

export interface MadeExport {
  bytes: number
  days: number
  weights: number
  pressures: number
  workouts: number
  audio: number
}

const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(2016, 0, 1)

/** Writes days until the file has as many bytes; the last day is whole. */
export async function writeAppleExport(path: string, wantedBytes: number, seed = 34): Promise<MadeExport> {
  const out = createWriteStream(path)
  const made: MadeExport = { bytes: 0, days: 0, weights: 0, pressures: 0, workouts: 0, audio: 0 }
  const write = async (text: string) => {
    made.bytes += Buffer.byteLength(text)
    if (!out.write(text)) await once(out, 'drain')
  }
  await write(
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>\n<!ATTLIST HealthData locale CDATA #REQUIRED>\n]>\n<HealthData locale="en_US">\n <ExportDate value="2026-10-04 09:00:00 +0800"/>\n <Me HKCharacteristicTypeIdentifierDateOfBirth="1980-05-12" HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexFemale"/>\n',
  )
  let state = seed
  const next = (below: number) => (state = (state * 1103515245 + 12345) % 2147483648) % below
  while (made.bytes < wantedBytes) {
    const day = new Date(FIRST_DAY + (made.days % 3900) * DAY_MS).toISOString().slice(0, 10)
    await write(dayText(day, made, next))
    made.days += 1
  }
  await write('</HealthData>\n')
  out.end()
  await once(out, 'finish')
  return made
}

function dayText(day: string, made: MadeExport, next: (below: number) => number): string {
  const lines: string[] = []
  const record = (type: string, source: string, unit: string, time: string, value: string, end = time) =>
    ` <Record type="HK${type}" sourceName="${source}" sourceVersion="11.2" device="&lt;&lt;HKDevice: 0x2&gt;, name:${source}&gt;" ${unit === '' ? '' : `unit="${unit}" `}creationDate="${day} ${time} +0800" startDate="${day} ${time} +0800" endDate="${day} ${end} +0800" value="${value}"/>`
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`
  for (let minutes = 0; minutes < 1440; minutes += 4)
    lines.push(record('QuantityTypeIdentifierHeartRate', 'Watch', 'count/min', clock(minutes), String(50 + next(80))))
  for (let hour = 7; hour < 22; hour++) {
    for (const source of ['Watch', 'Phone'])
      lines.push(
        record(
          'QuantityTypeIdentifierStepCount',
          source,
          'count',
          clock(hour * 60),
          String(next(900)),
          clock(hour * 60 + 59),
        ),
      )
    lines.push(
      record(
        'QuantityTypeIdentifierEnvironmentalAudioExposure',
        'Watch',
        'dBASPL',
        clock(hour * 60),
        String(40 + next(40)),
      ),
    )
    made.audio += 1
  }
  lines.push(
    record(
      'CategoryTypeIdentifierSleepAnalysis',
      'Watch',
      '',
      clock(0),
      'HKCategoryValueSleepAnalysisAsleepCore',
      clock(390),
    ),
  )
  // Once in the time that days go round: a record is named by its start.
  if (made.days < 3900) {
    lines.push(record('QuantityTypeIdentifierBodyMass', 'Scale', 'kg', clock(420), (60 + next(80) / 10).toFixed(1)))
    made.weights += 1
    const parts = [
      record('QuantityTypeIdentifierBloodPressureSystolic', 'Cuff', 'mmHg', clock(425), String(110 + next(30))),
      record('QuantityTypeIdentifierBloodPressureDiastolic', 'Cuff', 'mmHg', clock(425), String(65 + next(20))),
    ]
    lines.push(
      ...parts,
      ` <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" startDate="${day} ${clock(425)} +0800">`,
    )
    lines.push(...parts, ' </Correlation>')
    made.pressures += 1
    lines.push(
      ` <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30.5" durationUnit="min" totalDistance="5.1" totalDistanceUnit="km" sourceName="Watch" startDate="${day} ${clock(1080)} +0800" endDate="${day} ${clock(1110)} +0800"/>`,
    )
    made.workouts += 1
  }
  return `${lines.join('\n')}\n`
}
