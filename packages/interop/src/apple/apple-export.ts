/**
 * `export.xml` of Apple Health, read in one pass at bounded memory: what is kept grows with days and single measurements
 * and not with the samples of a watch, of which five years have three million.
 *
 * Rules, which the report shows: measurements that a person makes (weight, blood pressure, glucose…) are records; what a
 * device measures all the time is one summary a day, of months where it is older than 24 months. Steps and the like are
 * those of the one source with the most on that day, for phone and watch count the same steps. Days are those of the offset
 * that is written with the sample.
 */
import { XmlTags } from '../xml/xml-tags.ts'
import { MEASURES, type Measure } from './measures.ts'

export interface AppleMoment {
  /** FHIR dateTime with its offset. */
  at: string
  /** Local day of that offset. */
  day: string
}

/** One measurement as it was made. */
export interface AppleSample {
  measure: Measure
  start: AppleMoment
  value: string
  unit: string
  source: string
}

export interface ApplePressure {
  start: AppleMoment
  systolic: string
  diastolic: string
  source: string
}

/** A day or a month of one measure. Numbers are in the unit of the export. */
export interface AppleSummary {
  measure: Measure
  /** `2026-09-01` or `2024-03`. */
  day: string
  unit: string
  source: string
  count: number
  lowest: number
  highest: number
  sum: number
}

/** The night that ended on this day, noon to noon. */
export interface AppleNight {
  day: string
  source: string
  /** Hours asleep, spans that overlap counted once. */
  hours: number
}

export interface AppleWorkout {
  kind: string
  start: AppleMoment
  end: AppleMoment | null
  duration: string
  durationUnit: string
  distance: string
  distanceUnit: string
  energy: string
  energyUnit: string
  source: string
}

export interface ApplePerson {
  birthDate: string
  gender: '' | 'female' | 'male' | 'other'
}

export interface AppleExport {
  exportedOn: string
  person: ApplePerson | null
  samples: AppleSample[]
  pressures: ApplePressure[]
  summaries: AppleSummary[]
  nights: AppleNight[]
  workouts: AppleWorkout[]
  /** Paths of clinical records that the export names. */
  clinical: string[]
  /** How many elements of each kind were counted and not taken. */
  left: Map<string, number>
  /** Elements of kinds that are taken whose time or value cannot be read. */
  unreadable: number
  /** The root was that of an export, and the text had an end. */
  isWhole: boolean
}

const PREFIX = /^HK(?:Quantity|Category|Correlation|Data)TypeIdentifier/u
const SUMMARY_MONTHS = 24
const MOST_SAMPLES = 400_000
const MOST_TEXTS = 10_000

/** Takes the text piece by piece; {@link finish} gives what it holds. */
export class AppleReader {
  readonly #tags: XmlTags
  readonly #samples = new Map<string, AppleSample>()
  readonly #pressures = new Map<string, ApplePressure>()
  /** By measure and day, then by source. */
  readonly #days = new Map<string, Map<string, AppleSummary>>()
  readonly #sleep = new Map<string, Map<string, [number, number][]>>()
  readonly #workouts = new Map<string, AppleWorkout>()
  readonly #clinical: string[] = []
  readonly #left = new Map<string, number>()
  #workout: AppleWorkout | null = null
  #lastDay = ''
  readonly #texts = new Map<string, string>()
  #person: ApplePerson | null = null
  #exportedOn = ''
  #unreadable = 0
  #hasRoot = false
  #isClosed = false

  constructor() {
    this.#tags = new XmlTags({
      start: (name, attribute) => this.#start(name, attribute),
      end: (name) => this.#end(name),
    })
  }

  push(piece: string): void {
    this.#tags.push(piece)
  }

  /** Samples that are held: for a limit. */
  get isTooMuch(): boolean {
    return this.#samples.size > MOST_SAMPLES
  }

  finish(): AppleExport {
    const isWhole = this.#tags.finish() && this.#hasRoot && this.#isClosed
    const summaries = condensed(this.#days, this.#exportedOn)
    return {
      exportedOn: this.#exportedOn,
      person: this.#person,
      samples: [...this.#samples.values()],
      pressures: [...this.#pressures.values()],
      summaries,
      nights: nightsOf(this.#sleep),
      workouts: [...this.#workouts.values()],
      clinical: this.#clinical,
      left: this.#left,
      unreadable: this.#unreadable,
      isWhole,
    }
  }

  #start(name: string, attribute: (name: string) => string): void {
    switch (name) {
      case 'Record':
        this.#record(attribute)
        break
      case 'HealthData':
        this.#hasRoot = true
        break
      case 'ExportDate':
        this.#exportedOn = momentOf(attribute('value'))?.day ?? ''
        break
      case 'Me':
        this.#person = personOf(attribute)
        break
      case 'Workout':
        this.#startWorkout(attribute)
        break
      case 'WorkoutStatistics':
        this.#workoutStatistics(attribute)
        break
      case 'ClinicalRecord':
        this.#clinical.push(this.#kept(attribute('resourceFilePath').replace(/^\//u, '')))
        break
      case 'ActivitySummary':
      case 'Audiogram':
      case 'VisionPrescription':
        this.#leave(name)
        break
      case 'Correlation':
        // Its parts follow as records of their own.
        if (!attribute('type').endsWith('BloodPressure')) this.#leave(attribute('type').replace(PREFIX, ''))
        break
    }
  }

  #end(name: string): void {
    if (name === 'HealthData') this.#isClosed = true
    else if (name === 'Workout') this.#workout = null
  }

  #leave(kind: string): void {
    const own = this.#kept(kind)
    this.#left.set(own, (this.#left.get(own) ?? 0) + 1)
  }

  /**
   * The same text apart from the piece of the file that it was cut from: an engine keeps that piece whole for as long as a
   * part of it is kept. Names of sources and units come a million times and are kept once.
   */
  #kept(text: string): string {
    let own = this.#texts.get(text)
    if (own === undefined) {
      own = Array.from(text).join('')
      if (this.#texts.size < MOST_TEXTS) this.#texts.set(own, own)
    }
    return own
  }

  #record(attribute: (name: string) => string): void {
    const type = typeOf(attribute('type'))
    if (type === 'BloodPressureSystolic' || type === 'BloodPressureDiastolic') return this.#pressure(type, attribute)
    if (type === 'SleepAnalysis') return this.#asleep(attribute)
    const measure = MEASURES.get(type)
    if (measure === undefined) return this.#leave(type)
    const date = attribute('startDate')
    const text = attribute('value')
    const value = Number(text)
    const day = this.#dayOf(date)
    const start = measure.rule === 'each' ? momentOf(date) : null
    if (day === '' || (measure.rule === 'each' && start === null) || text === '' || !Number.isFinite(value)) {
      this.#unreadable += 1
      return
    }
    const [unit, source] = [this.#kept(attribute('unit')), this.#kept(attribute('sourceName'))]
    if (start !== null)
      this.#samples.set(`${type} ${start.at} ${source} ${text}`, {
        measure,
        start,
        value: this.#kept(text),
        unit,
        source,
      })
    else this.#day(measure, day, unit, source, value)
  }

  /** Days come many times over: each is checked once. */
  #dayOf(date: string): string {
    const day = date.slice(0, 10)
    if (day === this.#lastDay && date.length === 25) return day
    const found = momentOf(date)?.day ?? ''
    if (found !== '') this.#lastDay = found
    return found
  }

  #day(measure: Measure, day: string, unit: string, source: string, value: number): void {
    const key = `${measure.type} ${day}`
    let sources = this.#days.get(key)
    if (sources === undefined) this.#days.set(key, (sources = new Map()))
    // All sources count for a spread and a mean; each is apart for a sum. Another unit is always apart.
    const of = measure.rule === 'sum' ? `${unit} ${source}` : unit
    const summary = sources.get(of)
    if (summary === undefined)
      sources.set(of, { measure, day, unit, source, count: 1, lowest: value, highest: value, sum: value })
    else {
      summary.count += 1
      summary.sum += value
      if (value < summary.lowest) summary.lowest = value
      if (value > summary.highest) summary.highest = value
      if (summary.source !== source && measure.rule !== 'sum') summary.source = ''
    }
  }

  /** The two halves of a measurement have one start; alone and inside their Correlation they are the same. */
  #pressure(type: string, attribute: (name: string) => string): void {
    const start = momentOf(attribute('startDate'))
    const value = this.#kept(attribute('value'))
    if (start === null || !Number.isFinite(Number(value)) || value === '') {
      this.#unreadable += 1
      return
    }
    const source = this.#kept(attribute('sourceName'))
    const key = `${start.at} ${source}`
    const pressure = this.#pressures.get(key) ?? { start, systolic: '', diastolic: '', source }
    if (type === 'BloodPressureSystolic') pressure.systolic = value
    else pressure.diastolic = value
    this.#pressures.set(key, pressure)
  }

  #asleep(attribute: (name: string) => string): void {
    // In bed and awake are no sleep.
    if (!/Asleep/u.test(attribute('value'))) return this.#leave('SleepAnalysis, not asleep')
    const [start, end] = [momentOf(attribute('startDate')), momentOf(attribute('endDate'))]
    if (start === null || end === null) {
      this.#unreadable += 1
      return
    }
    const from = Date.parse(start.at)
    const to = Date.parse(end.at)
    if (!(to > from) || to - from > 86_400_000) {
      this.#unreadable += 1
      return
    }
    const night = Number(start.at.slice(11, 13)) < 12 ? start.day : dayAfter(start.day)
    let sources = this.#sleep.get(night)
    if (sources === undefined) this.#sleep.set(night, (sources = new Map()))
    const source = this.#kept(attribute('sourceName'))
    const spans = sources.get(source)
    if (spans === undefined) sources.set(source, [[from, to]])
    else spans.push([from, to])
  }

  #startWorkout(attribute: (name: string) => string): void {
    const start = momentOf(attribute('startDate'))
    if (start === null) {
      this.#unreadable += 1
      return
    }
    const workout: AppleWorkout = {
      kind: this.#kept(attribute('workoutActivityType')),
      start,
      end: momentOf(attribute('endDate')),
      duration: this.#kept(attribute('duration')),
      durationUnit: this.#kept(attribute('durationUnit')),
      distance: this.#kept(attribute('totalDistance')),
      distanceUnit: this.#kept(attribute('totalDistanceUnit')),
      energy: this.#kept(attribute('totalEnergyBurned')),
      energyUnit: this.#kept(attribute('totalEnergyBurnedUnit')),
      source: this.#kept(attribute('sourceName')),
    }
    this.#workout = workout
    this.#workouts.set(`${workout.kind} ${start.at} ${workout.source}`, workout)
  }

  /** Newer exports write distance and energy here. */
  #workoutStatistics(attribute: (name: string) => string): void {
    const workout = this.#workout
    const sum = this.#kept(attribute('sum'))
    if (workout === null || sum === '') return
    const type = attribute('type')
    if (type.includes('Distance') && workout.distance === '')
      Object.assign(workout, { distance: sum, distanceUnit: this.#kept(attribute('unit')) })
    else if (type.endsWith('ActiveEnergyBurned') && workout.energy === '')
      Object.assign(workout, { energy: sum, energyUnit: this.#kept(attribute('unit')) })
  }
}

/** Types without the prefix of HealthKit, each made once. */
const TYPES = new Map<string, string>()

function typeOf(name: string): string {
  let type = TYPES.get(name)
  if (type === undefined) {
    type = name.replace(PREFIX, '')
    // An export has some hundred.
    if (TYPES.size < 10_000) TYPES.set(Array.from(name).join(''), (type = Array.from(type).join('')))
  }
  return type
}

/** `2024-08-11 21:34:30 -0700` */
function momentOf(text: string): AppleMoment | null {
  const found = /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[ T](\d\d:\d\d:\d\d) ?([+-]\d\d):?(\d\d)$/u.exec(
    text,
  )
  if (found === null) return null
  const [, day = '', time = '', hours = '', minutes = ''] = found
  const at = `${day}T${time}${hours}:${minutes}`
  return Number.isNaN(Date.parse(at)) ? null : { at, day }
}

function personOf(attribute: (name: string) => string): ApplePerson | null {
  const born = attribute('HKCharacteristicTypeIdentifierDateOfBirth')
  const birthDate = /^\d{4}-\d\d-\d\d$/u.test(born) ? born : ''
  const sex = attribute('HKCharacteristicTypeIdentifierBiologicalSex').replace('HKBiologicalSex', '').toLowerCase()
  const gender = sex === 'female' || sex === 'male' || sex === 'other' ? sex : ''
  return birthDate === '' && gender === '' ? null : { birthDate, gender }
}

/** One summary a day and measure: of sums the source with the most. Days before the last 24 months go into their month. */
function condensed(days: ReadonlyMap<string, ReadonlyMap<string, AppleSummary>>, exportedOn: string): AppleSummary[] {
  const last =
    exportedOn || [...days.keys()].reduce((latest, key) => (key.slice(-10) > latest ? key.slice(-10) : latest), '')
  const from = monthsBefore(last, SUMMARY_MONTHS)
  const months = new Map<string, AppleSummary>()
  const all: AppleSummary[] = []
  for (const sources of days.values()) {
    const best = [...sources.values()].reduce((one, other) => {
      const more = one.measure.rule === 'sum' ? other.sum > one.sum : other.count > one.count
      return more ? other : one
    })
    if (best.day >= from) {
      all.push(best)
      continue
    }
    const month = best.day.slice(0, 7)
    const key = `${best.measure.type} ${month} ${best.unit}`
    const known = months.get(key)
    if (known === undefined) months.set(key, { ...best, day: month })
    else {
      known.count += best.count
      known.sum += best.sum
      known.lowest = Math.min(known.lowest, best.lowest)
      known.highest = Math.max(known.highest, best.highest)
      if (known.source !== best.source) known.source = ''
    }
  }
  // A month has one summary of a measure: of several units the one with the most samples.
  const kept = new Map<string, AppleSummary>()
  for (const summary of months.values()) {
    const key = `${summary.measure.type} ${summary.day}`
    const known = kept.get(key)
    if (known === undefined || summary.count > known.count) kept.set(key, summary)
  }
  return [...kept.values(), ...all].sort((a, b) => order(a.day, b.day) || order(a.measure.type, b.measure.type))
}

function nightsOf(sleep: ReadonlyMap<string, ReadonlyMap<string, [number, number][]>>): AppleNight[] {
  const nights: AppleNight[] = []
  for (const [day, sources] of sleep) {
    let best: AppleNight | null = null
    for (const [source, spans] of sources) {
      const night = { day, source, hours: merged(spans) / 3_600_000 }
      if (best === null || night.hours > best.hours) best = night
    }
    if (best !== null) nights.push(best)
  }
  return nights.sort((a, b) => order(a.day, b.day))
}

/** Milliseconds that the spans cover. */
function merged(spans: readonly [number, number][]): number {
  let total = 0
  let end = -Infinity
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (to <= end) continue
    total += to - Math.max(from, end)
    end = to
  }
  return total
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

function monthsBefore(day: string, months: number): string {
  if (day === '') return ''
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCMonth(date.getUTCMonth() - months)
  return date.toISOString().slice(0, 10)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
