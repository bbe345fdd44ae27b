/**
 * Units of laboratory results as reports print them, with their UCUM codes (https://ucum.org; codes may be used freely under UCUM's
 * terms, see docs/notices.md). A print that means two things in UCUM (`C`, `K/uL`) is not here: words without a code are kept as they are.
 */
const CODES: Readonly<Record<string, string>> = {
  '%': '%',
  'mg/dL': 'mg/dL',
  'mg/L': 'mg/L',
  'g/dL': 'g/dL',
  'g/L': 'g/L',
  'ug/dL': 'ug/dL',
  'µg/dL': 'ug/dL',
  'ug/L': 'ug/L',
  'µg/L': 'ug/L',
  'ng/mL': 'ng/mL',
  'ng/dL': 'ng/dL',
  'pg/mL': 'pg/mL',
  'mmol/L': 'mmol/L',
  'umol/L': 'umol/L',
  'µmol/L': 'umol/L',
  'nmol/L': 'nmol/L',
  'pmol/L': 'pmol/L',
  'mmol/mol': 'mmol/mol',
  'mEq/L': 'meq/L',
  'U/L': 'U/L',
  'IU/L': '[IU]/L',
  'mIU/L': 'm[IU]/L',
  'uIU/mL': 'u[IU]/mL',
  'µIU/mL': 'u[IU]/mL',
  'mIU/mL': 'm[IU]/mL',
  'IU/mL': '[IU]/mL',
  '10^3/uL': '10*3/uL',
  '10^6/uL': '10*6/uL',
  '10^9/L': '10*9/L',
  '10^12/L': '10*12/L',
  fL: 'fL',
  pg: 'pg',
  'mm/h': 'mm/h',
  s: 's',
  'mg/g': 'mg/g',
  'mL/min': 'mL/min',
  'mL/min/1.73m2': 'mL/min/{1.73_m2}',
  mmHg: 'mm[Hg]',
  kPa: 'kPa',
}

/** Units as they are printed, for suggestions. */
export const UNITS: readonly string[] = Object.keys(CODES)

/** The UCUM code of a printed unit; '' for one that is not known here. Upper and lower case mean different units. */
export function unitCodeOf(unit: string): string {
  return Object.hasOwn(CODES, unit.trim()) ? (CODES[unit.trim()] ?? '') : ''
}
