/** Elements of FHIR that records from 健康存摺 are made of: codes of the insurance, days, quantities, ranges. */
import { jsonObject, JsonNumber, plainSigns, rangeInWords, readNumber, type JsonObject } from '@chartkeep/domain'

const DRUG = 'http://www.nhi.gov.tw/nhi-drug-code'
const ORDER = 'http://www.nhi.gov.tw/nhi-order-code'
const UCUM = 'http://unitsofmeasure.org'

/** `20250816` and `202503`, also by the calendar of the Republic (`1140816`), as FHIR writes them; '' for what is no day. */
export function dayOf(text: string): string {
  const found = /^(\d{3,4})[-/.]?(0[1-9]|1[0-2])(?:[-/.]?(0[1-9]|[12]\d|3[01]))?(?:\d{4,6})?$/u.exec(text.trim())
  if (found === null) return ''
  const [, digits = '', month = '', day] = found
  const year = digits.length === 3 ? Number(digits) + 1911 : Number(digits)
  if (year < 1900 || year > 2200) return ''
  if (day === undefined) return `${year}-${month}`
  return Number(day) > new Date(Date.UTC(year, Number(month), 0)).getUTCDate() ? '' : `${year}-${month}-${day}`
}

/** A diagnosis: ICD-10-CM with its point, ICD-9-CM for codes of digits. */
export function diagnosis(code: string, name: string): JsonObject {
  const plain = code.trim().toUpperCase()
  const isNine = /^(?:\d{3,5}|[VE]\d{2,4}\.\d)$/u.test(plain)
  const dotted = plain.includes('.') || plain.length <= 3 ? plain : `${plain.slice(0, 3)}.${plain.slice(3)}`
  const system = `http://hl7.org/fhir/sid/icd-${isNine ? 9 : 10}-cm`
  return concept(name || dotted, plain === '' ? null : { system, code: dotted, display: name })
}

/** Codes of drugs have ten characters and begin with a letter; those of prepared Chinese medicines with A and digits. */
export function isDrug(code: string, section: string): boolean {
  return /^[A-Z][A-Z0-9]{9}$/iu.test(code) || (section === 'r9' && /^A\d{5,9}$/iu.test(code))
}

export function drug(code: string, name: string): JsonObject {
  return concept(name || code, code === '' ? null : { system: DRUG, code, display: name })
}

/** An order or a treatment: codes of seven letters and digits are of ICD-10-PCS. */
export function order(code: string, name: string): JsonObject {
  const isProcedure = /^[0-9A-HJ-NP-Z]{7}$/u.test(code) && !/^\d{5}[A-Z]/u.test(code)
  const system = isProcedure ? 'http://www.cms.gov/Medicare/Coding/ICD10' : ORDER
  return concept(name || code, code === '' ? null : { system, code, display: name })
}

export function concept(text: string, coding: { system: string; code: string; display: string } | null): JsonObject {
  const { system, code, display } = coding ?? { system: '', code: '', display: '' }
  return jsonObject({
    coding: coding === null ? undefined : [jsonObject({ system, code, display: display === '' ? undefined : display })],
    text,
  })
}

export function coded(system: string, code: string): JsonObject {
  return jsonObject({ coding: [jsonObject({ system, code })] })
}

/** Null for what is no number. */
export function number(text: string): JsonNumber | null {
  const read = readNumber(text)
  return read.type === 'number' ? new JsonNumber(read.digits) : null
}

export function quantity(text: string, unit: string, code: string): JsonObject | undefined {
  const value = number(text)
  if (value === null) return undefined
  return jsonObject({
    value,
    unit: unit === '' ? undefined : unit,
    ...(code === '' ? {} : { system: UCUM, code }),
  })
}

/** A range as the file writes it: `[70][99]`, `0.60~1.30`, `<200`, `4.0-10.0 (10^3/uL)`. */
export function rangeOf(text: string): { low: string; high: string; text: string; unit: string } {
  const plain = plainSigns(text).trim()
  const pair = /^\[\s*([\d.]*)\s*\]\s*\[\s*([\d.]*)\s*\]$/u.exec(plain)
  if (pair !== null) return { low: pair[1]!, high: pair[2]!, text, unit: '' }
  const [, body = plain, told = ''] =
    /^(.*\d)\s*[（(]\s*([^()（）\d][^()（）]*|10[^()（）]*)\s*[)）]$/u.exec(plain) ?? []
  const words = rangeInWords(body)
  const unit = told || (words?.unit ?? '')
  const isClosed = words !== null && words.low !== '' && words.high !== '' && words.isTitre !== true
  return { low: isClosed ? words.low : '', high: isClosed ? words.high : '', text, unit }
}
