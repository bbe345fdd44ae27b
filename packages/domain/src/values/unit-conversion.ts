/**
 * When a result may be told in another unit, and how: UCUM alone where both units measure the same thing; with the molar mass between mass and
 * amount of substance, only for analytes named here; the master equation for HbA1c. All else stays in its own unit. What is converted is shown
 * next to what was reported and never replaces it. The arithmetic of UCUM units comes from a library, which whoever calls submits.
 */

/** Value in another UCUM unit; null where UCUM says that the units do not measure the same. */
export type UcumConvert = (value: number, from: string, to: string) => number | null

/** {@link convertUnit} with its UCUM arithmetic: a value of one UCUM unit in another; null where it cannot be told. */
export type Converter = (value: number, from: string, to: string, analyte: Analyte | null) => number | null

/** A test whose units can be told apart and brought together. */
export interface Analyte {
  key: string
  /** LOINC codes of the same test in the same specimen; they differ in the unit alone. */
  codes: readonly string[]
  /** g/mol; null where mass and amount of substance are not to be brought together. */
  molarMass: number | null
  /** Charge of its ion: an equivalent is a mole divided by it. */
  charge: number | null
  /** UCUM units that are offered for it. */
  units: readonly string[]
  /** The last decimal place that clinicians use, by UCUM unit: 1 for 0.1. */
  decimals: Readonly<Record<string, number>>
  /** Values at which a diagnosis or a treatment changes, in `units[0]` and `units[1]` as guidelines print them. */
  limits: readonly (readonly [number, number])[]
}

/** Standard atomic weights, abridged to five digits (IUPAC Commission on Isotopic Abundances and Atomic Weights, 2021; https://ciaaw.org). */
const ATOMIC_WEIGHT = { H: 1.008, C: 12.011, N: 14.007, O: 15.999, Ca: 40.078, Fe: 55.845 } as const
type Element = keyof typeof ATOMIC_WEIGHT

/** g/mol from the counts of its atoms. */
function massOf(formula: Partial<Record<Element, number>>): number {
  return Object.entries(formula).reduce((sum, [element, count]) => sum + ATOMIC_WEIGHT[element as Element] * count, 0)
}

/** What the codes of one analyte share, in whichever specimen. */
type Kind = Partial<Omit<Analyte, 'key' | 'codes'>> & Pick<Analyte, 'units'>

/** Diagnosis by glycated haemoglobin: American Diabetes Association, Standards of Care in Diabetes 2025, section 2. */
const HBA1C: Kind = {
  units: ['%', 'mmol/mol'],
  decimals: { '%': 1, 'mmol/mol': 0 },
  limits: [
    [5.7, 39],
    [6, 42],
    [6.5, 48],
    [7, 53],
    [8, 64],
  ],
}
/** Hypoglycaemia, prediabetes and diabetes: American Diabetes Association, Standards of Care in Diabetes 2025, sections 2 and 6. */
const GLUCOSE: Kind = {
  units: ['mg/dL', 'mmol/L'],
  molarMass: massOf({ C: 6, H: 12, O: 6 }),
  decimals: { 'mg/dL': 0, 'mmol/L': 1 },
  limits: [
    [54, 3],
    [70, 3.9],
    [100, 5.6],
    [126, 7],
    [140, 7.8],
    [200, 11.1],
  ],
}
const LIPID = { units: ['mg/dL', 'mmol/L'], decimals: { 'mg/dL': 0, 'mmol/L': 2 } }
/** Cut-offs of NCEP ATP III (NIH 02-5215, 2002) in mg/dL, and the same in mmol/L to two decimals. */
const CHOLESTEROL: Kind = {
  ...LIPID,
  molarMass: massOf({ C: 27, H: 46, O: 1 }),
  limits: [
    [40, 1.03],
    [50, 1.29],
    [60, 1.55],
    [70, 1.81],
    [100, 2.59],
    [130, 3.36],
    [160, 4.14],
    [190, 4.91],
    [200, 5.17],
    [240, 6.21],
  ],
}
/** Triglycerides count as triolein (C57H104O6), as laboratories do. */
const TRIGLYCERIDES: Kind = {
  ...LIPID,
  molarMass: massOf({ C: 57, H: 104, O: 6 }),
  limits: [
    [150, 1.69],
    [200, 2.26],
    [500, 5.65],
  ],
}
/** Stages of acute kidney injury: KDIGO 2012, 4.0 mg/dL = 353.6 µmol/L. */
const CREATININE: Kind = {
  units: ['mg/dL', 'umol/L'],
  molarMass: massOf({ C: 4, H: 7, N: 3, O: 1 }),
  decimals: { 'mg/dL': 2, 'umol/L': 0 },
  limits: [
    [1.5, 133],
    [4, 354],
  ],
}
/** Target of treatment: American College of Rheumatology, 2020. */
const URATE: Kind = {
  units: ['mg/dL', 'umol/L'],
  molarMass: massOf({ C: 5, H: 4, N: 4, O: 3 }),
  decimals: { 'mg/dL': 1, 'umol/L': 0 },
  limits: [[6, 357]],
}
/** Child-Pugh score. */
const BILIRUBIN: Kind = {
  units: ['mg/dL', 'umol/L'],
  molarMass: massOf({ C: 33, H: 36, N: 4, O: 6 }),
  decimals: { 'mg/dL': 1, 'umol/L': 0 },
  limits: [
    [2, 34],
    [3, 51],
  ],
}
const CALCIUM: Kind = {
  units: ['mg/dL', 'mmol/L'],
  molarMass: ATOMIC_WEIGHT.Ca,
  charge: 2,
  decimals: { 'mg/dL': 1, 'mmol/L': 2, 'meq/L': 1 },
}
const IRON: Kind = {
  units: ['ug/dL', 'umol/L'],
  molarMass: ATOMIC_WEIGHT.Fe,
  decimals: { 'ug/dL': 0, 'umol/L': 1 },
}
/** An equivalent of sodium, potassium and chloride is a mole. */
const ION: Kind = { units: ['mmol/L'], charge: 1 }

function createAnalyte(key: string, codes: readonly string[], kind: Kind): Analyte {
  return { molarMass: null, charge: null, decimals: {}, limits: [], ...kind, key, codes }
}

/** By LOINC: each line one test in one specimen, the code by mass before the code by amount of substance. */
export const ANALYTES: readonly Analyte[] = [
  createAnalyte('hba1c', ['4548-4', '59261-8'], HBA1C),
  createAnalyte('glucose', ['2345-7', '14749-6'], GLUCOSE),
  createAnalyte('glucose-blood', ['2339-0', '15074-8'], GLUCOSE),
  createAnalyte('glucose-fasting', ['1558-6', '14771-0'], GLUCOSE),
  createAnalyte('cholesterol', ['2093-3', '14647-2'], CHOLESTEROL),
  createAnalyte('hdl', ['2085-9', '14646-4'], CHOLESTEROL),
  createAnalyte('ldl', ['2089-1', '22748-8'], CHOLESTEROL),
  createAnalyte('ldl-calculated', ['13457-7', '39469-2'], CHOLESTEROL),
  createAnalyte('ldl-direct', ['18262-6', '69419-0'], CHOLESTEROL),
  createAnalyte('triglycerides', ['2571-8', '14927-8'], TRIGLYCERIDES),
  createAnalyte('creatinine', ['2160-0', '14682-9'], CREATININE),
  createAnalyte('creatinine-blood', ['38483-4', '59826-8'], CREATININE),
  createAnalyte('urate', ['3084-1', '14933-6'], URATE),
  createAnalyte('bilirubin', ['1975-2', '14631-6'], BILIRUBIN),
  createAnalyte('calcium', ['17861-6', '2000-8'], CALCIUM),
  createAnalyte('calcium-blood', ['49765-1'], CALCIUM),
  createAnalyte('iron', ['2498-4', '14798-3'], IRON),
  createAnalyte('sodium', ['2951-2'], ION),
  createAnalyte('sodium-blood', ['2947-0'], ION),
  createAnalyte('potassium', ['2823-3'], ION),
  createAnalyte('potassium-blood', ['6298-4'], ION),
  createAnalyte('chloride', ['2075-0'], ION),
  createAnalyte('chloride-blood', ['2069-3'], ION),
]

/** The analyte of a LOINC code; null for all others. */
export function analyteOf(code: string): Analyte | null {
  return ANALYTES.find(({ codes }) => codes.includes(code)) ?? null
}

/** `value` of `from` in `to`, both UCUM codes; null where it cannot be told. `analyte` is null for a test that is not named here. */
export function convertUnit(
  value: number,
  from: string,
  to: string,
  analyte: Analyte | null,
  ucum: UcumConvert,
): number | null {
  if (from === to) return value
  if (!isUnit(from) || !isUnit(to)) return null
  if (analyte?.key === 'hba1c') return hba1c(value, from, to)
  const kinds = [kindOf(from), kindOf(to)]
  if (kinds[0] === kinds[1]) return ucum(value, from, to)
  if (kinds.includes('eq')) return byCharge(value, from, to, analyte, ucum)
  return byMolarMass(value, from, to, analyte, ucum)
}

/** An annotation alone (`{score}`) names no unit: nothing is known of what it counts. */
function isUnit(unit: string): boolean {
  return unit !== '' && !/^\{[^}]*\}$/u.test(unit)
}

/** `mol` is a number to UCUM, as is `%`: it would tell moles as pieces. They are kept apart by what they count. */
function kindOf(unit: string): 'mol' | 'eq' | 'other' {
  const bare = unit.replace(/\{[^{}]*\}/gu, '')
  if (/(?:^|[./(])[a-zA-Z]{0,2}eq(?![a-z])/u.test(bare)) return 'eq'
  return /mol(?![a-z])/u.test(bare) ? 'mol' : 'other'
}

/** NGSP % and IFCC mmol/mol by the master equation (https://ngsp.org/ifcc.asp): NGSP = 0.09148 × IFCC + 2.152. */
function hba1c(value: number, from: string, to: string): number | null {
  if (from === '%' && to === 'mmol/mol') return (value - 2.152) / 0.09148
  if (from === 'mmol/mol' && to === '%') return 0.09148 * value + 2.152
  return null
}

function byCharge(value: number, from: string, to: string, analyte: Analyte | null, ucum: UcumConvert): number | null {
  const charge = analyte?.charge ?? null
  if (charge === null || kindOf(from) === 'other' || kindOf(to) === 'other') return null
  return kindOf(from) === 'eq' ? ucum(value / charge, asMol(from), to) : ucum(value * charge, from, asMol(to))
}

function asMol(unit: string): string {
  return unit.replace(/eq(?![a-z])/u, 'mol')
}

function byMolarMass(
  value: number,
  from: string,
  to: string,
  analyte: Analyte | null,
  ucum: UcumConvert,
): number | null {
  const mass = analyte?.molarMass ?? null
  if (mass === null) return null
  if (kindOf(from) === 'mol') {
    const moles = ucum(value, from, 'mol/L')
    return moles === null ? null : ucum(moles * mass, 'g/L', to)
  }
  const grams = ucum(value, from, 'g/L')
  return grams === null ? null : ucum(grams / mass, 'mol/L', to)
}
