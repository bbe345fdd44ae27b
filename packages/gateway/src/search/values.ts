/** What a search parameter finds in a record, and whether one value of a search meets it (hl7.org/fhir/R4/search.html, sections 3.1.1.4.7 to 3.1.1.4.15). */
import { isJsonObject, JsonNumber, objectsAt, stringAt, type JsonObject, type JsonValue } from '@chartkeep/domain'
import { GatewayError } from '../errors.ts'

/** Values at the paths of a parameter, lists flattened. */
export function valuesAt(resource: JsonObject, paths: readonly string[]): JsonValue[] {
  return paths.flatMap((path) => {
    const [steps = '', filter = ''] = path.split('?')
    let found: JsonValue[] = [resource]
    for (const step of steps.split('.'))
      found = found.flatMap((value) => {
        const next = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
        return next === undefined || next === null ? [] : Array.isArray(next) ? next : [next]
      })
    if (filter === '') return found
    const [member = '', wanted = ''] = filter.split('=')
    return found.filter((value) => isJsonObject(value) && value[member] === wanted)
  })
}

// --- tokens -----------------------------------------------------------------------------------------------------------------------

/** A code with its system; `null` where the element has none, as a `code` of FHIR. */
interface Token {
  system: string | null
  code: string
}

function tokensOf(value: JsonValue): Token[] {
  if (typeof value === 'string') return [{ system: null, code: value }]
  if (typeof value === 'boolean') return [{ system: null, code: String(value) }]
  if (!isJsonObject(value)) return []
  const codings = objectsAt(value, 'coding')
  if (codings.length > 0)
    return codings.map((coding) => ({ system: stringAt(coding, 'system'), code: stringAt(coding, 'code') }))
  const code = stringAt(value, 'code') || stringAt(value, 'value')
  return code === '' ? [] : [{ system: stringAt(value, 'system'), code }]
}

export function meetsToken(values: readonly JsonValue[], wanted: string, modifier: string): boolean {
  if (modifier === 'text') {
    const words = folded(wanted)
    const texts = values.flatMap((value) =>
      isJsonObject(value)
        ? [
            stringAt(value, 'text'),
            stringAt(value, 'display'),
            ...objectsAt(value, 'coding').map((each) => stringAt(each, 'display')),
          ]
        : [],
    )
    return texts.some((text) => folded(text).includes(words))
  }
  const bar = wanted.indexOf('|')
  const system = bar < 0 ? null : wanted.slice(0, bar)
  const code = bar < 0 ? wanted : wanted.slice(bar + 1)
  return values.flatMap(tokensOf).some((token) => {
    const isSystem = system === null || token.system === null || token.system === system
    return isSystem && (code === '' || token.code === code)
  })
}

// --- strings ----------------------------------------------------------------------------------------------------------------------

/** Without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function stringsOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsOf)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, child]) =>
    ['use', 'period', 'system', 'id', 'extension'].includes(key) ? [] : stringsOf(child),
  )
}

export function meetsString(values: readonly JsonValue[], wanted: string, modifier: string): boolean {
  const texts = values.flatMap(stringsOf)
  if (modifier === 'exact') return texts.includes(wanted)
  const words = folded(wanted)
  return texts.some((text) => (modifier === 'contains' ? folded(text).includes(words) : folded(text).startsWith(words)))
}

// --- dates and numbers: ranges -----------------------------------------------------------------------------------------------------

/** From the first to the last moment or number that the text can mean; the end is not part of it. */
export interface Range {
  low: number
  high: number
}

const PREFIX = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d+-])/u

export function prefixed(wanted: string): { prefix: string; rest: string } {
  const prefix = PREFIX.exec(wanted)?.[1] ?? 'eq'
  return { prefix, rest: PREFIX.test(wanted) ? wanted.slice(2) : wanted }
}

/** The range of a record against that of a search, by the prefix. */
export function meetsRange(found: Range, prefix: string, wanted: Range): boolean {
  const isWithin = found.low >= wanted.low && found.high <= wanted.high
  switch (prefix) {
    case 'eq':
      return isWithin
    case 'ne':
      return !isWithin
    case 'gt':
      return found.high > wanted.high
    case 'lt':
      return found.low < wanted.low
    case 'ge':
      return found.high > wanted.high || isWithin
    case 'le':
      return found.low < wanted.low || isWithin
    case 'sa':
      return found.low >= wanted.high
    case 'eb':
      return found.high <= wanted.low
    default:
      return found.low < wanted.high && found.high > wanted.low
  }
}

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/u

/** The moments that a date of FHIR can mean, milliseconds since 1970; days without a zone are those of this machine. Null for no date. */
export function dateRange(text: string): Range | null {
  const match = DATE.exec(text.replace(' ', '+'))
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? null : Number(part))) as (number | null)[]
  const zone = match[8]
  if (year === 0 || year == null || (month ?? 1) > 12 || (month ?? 1) < 1) return null
  if (day !== null && (day! < 1 || day! > new Date(year, month!, 0).getDate())) return null
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 60) return null
  const at = (...parts: [number, number, number, number, number, number]): number => {
    if (zone === undefined) return new Date(...parts).getTime()
    const [sign, hours, minutes] =
      zone === 'Z' ? [1, 0, 0] : [zone[0] === '-' ? -1 : 1, Number(zone.slice(1, 3)), Number(zone.slice(4))]
    return Date.UTC(...parts) - sign! * (hours! * 60 + minutes!) * 60_000
  }
  if (month == null) return { low: at(year, 0, 1, 0, 0, 0), high: at(year + 1, 0, 1, 0, 0, 0) }
  if (day == null) return { low: at(year, month - 1, 1, 0, 0, 0), high: at(year, month, 1, 0, 0, 0) }
  if (hour == null) return { low: at(year, month - 1, day, 0, 0, 0), high: at(year, month - 1, day + 1, 0, 0, 0) }
  if (second == null) {
    const low = at(year, month - 1, day, hour, minute ?? 0, 0)
    return { low, high: low + 60_000 }
  }
  const low = at(year, month - 1, day, hour, minute ?? 0, second)
  const fraction = match[7]
  if (fraction === undefined) return { low, high: low + 1_000 }
  const within = Number(`0.${fraction}`) * 1_000
  return { low: low + Math.floor(within), high: low + Math.floor(within) + 1 }
}

/** What a date, a Period or a Timing of a record can mean. */
export function momentsOf(value: JsonValue): Range[] {
  if (typeof value === 'string') {
    const range = dateRange(value)
    return range === null ? [] : [range]
  }
  if (!isJsonObject(value)) return []
  const events = value['event']
  if (Array.isArray(events)) return events.flatMap(momentsOf)
  const [start, end] = [dateRange(stringAt(value, 'start')), dateRange(stringAt(value, 'end'))]
  if (start === null && end === null) return []
  return [{ low: start?.low ?? -Infinity, high: end?.high ?? Infinity }]
}

export function meetsDate(values: readonly JsonValue[], wanted: string, name: string): boolean {
  const { prefix, rest } = prefixed(wanted)
  const range = dateRange(rest)
  if (range === null) throw new GatewayError('bad-parameter', name)
  return values.flatMap(momentsOf).some((found) => meetsRange(found, prefix, range))
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/u

/** The numbers that a text can mean by its digits: 7.0 is 6.95 to 7.05, 5.40e-3 is 0.005395 to 0.005405. Null for no number. */
export function numberRange(text: string): Range | null {
  if (!NUMBER.test(text) || text.length > 64) return null
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e')
  const places = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0
  const value = Number(text)
  const half = 0.5 * 10 ** (Number(exponent) - places)
  return Number.isFinite(value) ? { low: value - half, high: value + half } : null
}

/** An exact value against the range that the digits of a search mean. */
function meetsNumber(found: number, wanted: string, name: string): boolean {
  const { prefix, rest } = prefixed(wanted)
  const range = numberRange(rest)
  if (range === null) throw new GatewayError('bad-parameter', name)
  const exact = Number(rest)
  switch (prefix) {
    case 'eq':
      return found >= range.low && found < range.high
    case 'ne':
      return found < range.low || found >= range.high
    case 'gt':
    case 'sa':
      return found > exact
    case 'lt':
    case 'eb':
      return found < exact
    case 'ge':
      return found >= exact
    case 'le':
      return found <= exact
    default:
      return Math.abs(found - exact) <= Math.abs(exact) / 10
  }
}

export function meetsNumbers(values: readonly JsonValue[], wanted: string, name: string): boolean {
  return values.some((value) => value instanceof JsonNumber && meetsNumber(Number(value.text), wanted, name))
}

/** `5.4|http://unitsofmeasure.org|mg`, `5.4||mg` or `5.4`. Units are compared as they are written; none is converted. */
export function meetsQuantity(values: readonly JsonValue[], wanted: string, name: string): boolean {
  const [number = '', system = '', unit = ''] = wanted.split('|')
  return values.some((value) => {
    const found = isJsonObject(value) ? value['value'] : undefined
    if (!(found instanceof JsonNumber) || !isJsonObject(value)) return false
    if (system !== '' && stringAt(value, 'system') !== system) return false
    if (unit !== '' && stringAt(value, 'code') !== unit && stringAt(value, 'unit') !== unit) return false
    return meetsNumber(Number(found.text), number, name)
  })
}
