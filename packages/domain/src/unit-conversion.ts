/**
 * When a result may be told in another unit, and how: UCUM alone where both units measure the same thing; with the molar mass between mass and
 * amount of substance, only for analytes named here; the master equation for HbA1c. All else stays in its own unit. What is converted is shown
 * beside what was reported and never replaces it. The arithmetic of UCUM units comes from a library, which whoever calls hands in.
 */

/** Value in another UCUM unit; null where UCUM says that the units do not measure the same. */
export type UcumConvert = (value: number, from: string, to: string) => number | null

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
}

/** Standard atomic weights, abridged to five digits (IUPAC Commission on Isotopic Abundances and Atomic Weights, 2021; https://ciaaw.org). */
const ATOMIC_WEIGHT = { H: 1.008, C: 12.011, N: 14.007, O: 15.999, Ca: 40.078, Fe: 55.845 } as const
type Element = keyof typeof ATOMIC_WEIGHT

/** g/mol from the counts of its atoms. */
function massOf(formula: Partial<Record<Element, number>>): number {
  return Object.entries(formula).reduce((sum, [element, count]) => sum + ATOMIC_WEIGHT[element as Element] * count, 0)
}

const CHOLESTEROL = massOf({ C: 27, H: 46, O: 1 })
const GLUCOSE = massOf({ C: 6, H: 12, O: 6 })
const LIPID_UNITS = ['mg/dL', 'mmol/L']

function createAnalyte(
  key: string,
  codes: readonly string[],
  units: readonly string[],
  { molarMass = null, charge = null }: { molarMass?: number | null; charge?: number | null } = {},
): Analyte {
  return { key, codes, units, molarMass, charge }
}

/**
 * By LOINC: each line one test in one specimen, the code by mass before the code by amount of substance. Triglycerides count as triolein
 * (C57H104O6), as laboratories do; an equivalent of sodium, potassium and chloride is a mole.
 */
export const ANALYTES: readonly Analyte[] = [
  createAnalyte('hba1c', ['4548-4', '59261-8'], ['%', 'mmol/mol']),
  createAnalyte('glucose', ['2345-7', '14749-6'], LIPID_UNITS, { molarMass: GLUCOSE }),
  createAnalyte('glucose-blood', ['2339-0', '15074-8'], LIPID_UNITS, { molarMass: GLUCOSE }),
  createAnalyte('glucose-fasting', ['1558-6', '14771-0'], LIPID_UNITS, { molarMass: GLUCOSE }),
  createAnalyte('cholesterol', ['2093-3', '14647-2'], LIPID_UNITS, { molarMass: CHOLESTEROL }),
  createAnalyte('hdl', ['2085-9', '14646-4'], LIPID_UNITS, { molarMass: CHOLESTEROL }),
  createAnalyte('ldl', ['2089-1', '22748-8'], LIPID_UNITS, { molarMass: CHOLESTEROL }),
  createAnalyte('ldl-calculated', ['13457-7', '39469-2'], LIPID_UNITS, { molarMass: CHOLESTEROL }),
  createAnalyte('ldl-direct', ['18262-6', '69419-0'], LIPID_UNITS, { molarMass: CHOLESTEROL }),
  createAnalyte('triglycerides', ['2571-8', '14927-8'], LIPID_UNITS, { molarMass: massOf({ C: 57, H: 104, O: 6 }) }),
  createAnalyte('creatinine', ['2160-0', '14682-9'], ['mg/dL', 'umol/L'], {
    molarMass: massOf({ C: 4, H: 7, N: 3, O: 1 }),
  }),
  createAnalyte('creatinine-blood', ['38483-4', '59826-8'], ['mg/dL', 'umol/L'], {
    molarMass: massOf({ C: 4, H: 7, N: 3, O: 1 }),
  }),
  createAnalyte('urate', ['3084-1', '14933-6'], ['mg/dL', 'umol/L'], { molarMass: massOf({ C: 5, H: 4, N: 4, O: 3 }) }),
  createAnalyte('bilirubin', ['1975-2', '14631-6'], ['mg/dL', 'umol/L'], {
    molarMass: massOf({ C: 33, H: 36, N: 4, O: 6 }),
  }),
  createAnalyte('calcium', ['17861-6', '2000-8'], LIPID_UNITS, { molarMass: ATOMIC_WEIGHT.Ca, charge: 2 }),
  createAnalyte('calcium-blood', ['49765-1'], LIPID_UNITS, { molarMass: ATOMIC_WEIGHT.Ca, charge: 2 }),
  createAnalyte('iron', ['2498-4', '14798-3'], ['ug/dL', 'umol/L'], { molarMass: ATOMIC_WEIGHT.Fe }),
  createAnalyte('sodium', ['2951-2'], ['mmol/L'], { charge: 1 }),
  createAnalyte('sodium-blood', ['2947-0'], ['mmol/L'], { charge: 1 }),
  createAnalyte('potassium', ['2823-3'], ['mmol/L'], { charge: 1 }),
  createAnalyte('potassium-blood', ['6298-4'], ['mmol/L'], { charge: 1 }),
  createAnalyte('chloride', ['2075-0'], ['mmol/L'], { charge: 1 }),
  createAnalyte('chloride-blood', ['2069-3'], ['mmol/L'], { charge: 1 }),
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

/** A converted number with as many significant digits as the reported digits have, at least two and at most four: no digit is made up. */
export function convertedDigits(value: number, literal: string): string {
  const significant = literal
    .replace(/[eE].*$/u, '')
    .replace(/[^\d]/gu, '')
    .replace(/^0+/u, '').length
  const text = value.toPrecision(Math.min(4, Math.max(2, significant)))
  return text.includes('e') ? String(Number(text)) : text
}
