/**
 * What an Apple Health export measures and what becomes of it: each measurement a record, or one summary a day. There is no
 * public description of the export; names are those of HealthKit, codes those of FHIR's vital signs where one is certain.
 */

/** `each`: every measurement. `spread`: number, lowest, mean and highest of a day. `mean`: the mean. `sum`: of one source. */
export type Condensing = 'each' | 'spread' | 'mean' | 'sum'

export interface Measure {
  /** Name of HealthKit without its prefix. */
  type: string
  rule: Condensing
  title: string
  /** LOINC, '' where no code is certain. */
  loinc: string
  isVital: boolean
  /** A share of one that the export calls a percentage. */
  isShare?: boolean
  /** Digits after the point of a mean or a sum. */
  digits?: number
}

const LIST: readonly Measure[] = [
  { type: 'BodyMass', rule: 'each', title: 'Body weight', loinc: '29463-7', isVital: true },
  { type: 'Height', rule: 'each', title: 'Body height', loinc: '8302-2', isVital: true },
  { type: 'BodyMassIndex', rule: 'each', title: 'Body mass index', loinc: '39156-5', isVital: true },
  { type: 'BodyTemperature', rule: 'each', title: 'Body temperature', loinc: '8310-5', isVital: true },
  { type: 'BloodGlucose', rule: 'each', title: 'Glucose', loinc: '', isVital: true },
  { type: 'InhalerUsage', rule: 'each', title: 'Inhaler used', loinc: '', isVital: true },
  { type: 'InsulinDelivery', rule: 'each', title: 'Insulin delivered', loinc: '', isVital: true },
  { type: 'HeadCircumference', rule: 'each', title: 'Head circumference', loinc: '9843-4', isVital: true },
  { type: 'HeartRate', rule: 'spread', title: 'Heart rate', loinc: '8867-4', isVital: true, digits: 0 },
  { type: 'RespiratoryRate', rule: 'spread', title: 'Respiratory rate', loinc: '9279-1', isVital: true, digits: 1 },
  {
    type: 'OxygenSaturation',
    rule: 'spread',
    title: 'Oxygen saturation',
    loinc: '2708-6',
    isVital: true,
    isShare: true,
    digits: 1,
  },
  { type: 'RestingHeartRate', rule: 'mean', title: 'Resting heart rate', loinc: '40443-4', isVital: true, digits: 0 },
  { type: 'WalkingHeartRateAverage', rule: 'mean', title: 'Walking heart rate', loinc: '', isVital: true, digits: 0 },
  {
    type: 'HeartRateVariabilitySDNN',
    rule: 'mean',
    title: 'Heart rate variability (SDNN)',
    loinc: '',
    isVital: true,
    digits: 1,
  },
  { type: 'VO2Max', rule: 'mean', title: 'Cardio fitness (VO2 max)', loinc: '', isVital: true, digits: 1 },
  { type: 'StepCount', rule: 'sum', title: 'Steps', loinc: '41950-7', isVital: false, digits: 0 },
  {
    type: 'DistanceWalkingRunning',
    rule: 'sum',
    title: 'Distance walked and run',
    loinc: '',
    isVital: false,
    digits: 2,
  },
  { type: 'ActiveEnergyBurned', rule: 'sum', title: 'Active energy', loinc: '', isVital: false, digits: 0 },
  { type: 'FlightsClimbed', rule: 'sum', title: 'Flights climbed', loinc: '', isVital: false, digits: 0 },
]

export const MEASURES: ReadonlyMap<string, Measure> = new Map(LIST.map((measure) => [measure.type, measure]))

/** Units as HealthKit writes them, with words for people and UCUM codes. Others are shown as they are. */
const UNITS: Readonly<Record<string, readonly [unit: string, ucum: string]>> = {
  'count/min': ['/min', '/min'],
  count: ['', '{count}'],
  mmHg: ['mmHg', 'mm[Hg]'],
  kg: ['kg', 'kg'],
  g: ['g', 'g'],
  lb: ['lb', '[lb_av]'],
  cm: ['cm', 'cm'],
  m: ['m', 'm'],
  ft: ['ft', '[ft_i]'],
  in: ['in', '[in_i]'],
  degC: ['°C', 'Cel'],
  degF: ['°F', '[degF]'],
  '%': ['%', '%'],
  ms: ['ms', 'ms'],
  'mg/dL': ['mg/dL', 'mg/dL'],
  km: ['km', 'km'],
  mi: ['mi', '[mi_i]'],
  kcal: ['kcal', 'kcal'],
  Cal: ['kcal', 'kcal'],
  kJ: ['kJ', 'kJ'],
  min: ['min', 'min'],
  h: ['h', 'h'],
  IU: ['IU', '[iU]'],
  'mL/min·kg': ['mL/min/kg', 'mL/min/kg'],
  'count/s': ['/s', '/s'],
}

/** Words and UCUM code of a unit; '' where there is no code. */
export function unitOf(unit: string): { unit: string; ucum: string } {
  // Substance concentrations carry their molar mass: `mmol<180.1558800000541>/L`.
  const plain = unit.replace(/<[\d.]+>/u, '')
  const [words = plain, ucum = plain === 'mmol/L' ? plain : ''] = UNITS[plain] ?? []
  return { unit: words, ucum }
}

/** `HKWorkoutActivityTypeFunctionalStrengthTraining` in words. */
export function wordsOf(name: string): string {
  const words = name.replace(/^HK[A-Za-z]*?(?:ActivityType|Identifier)/u, '').replaceAll(/([a-z\d])([A-Z])/gu, '$1 $2')
  return words === '' ? name : words[0]!.toUpperCase() + words.slice(1).toLowerCase()
}
