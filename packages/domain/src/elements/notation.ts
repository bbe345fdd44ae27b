/**
 * One fact, several notations: times with an offset or in UTC, code systems as URN, OID or URL, numbers with an exponent.
 * Only what FHIR says means the same is made the same: a time is never cut to a day, and `1.10` is not `1.1`.
 */
import { datePrecision } from '../dates/dates.ts'
import { isJsonObject, jsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts'

/** OIDs of systems that FHIR names by a URL (https://terminology.hl7.org/external_terminologies.html). */
const URL_OF_OID: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.113883.6.96', 'http://snomed.info/sct'],
  ['2.16.840.1.113883.6.1', 'http://loinc.org'],
  ['2.16.840.1.113883.6.88', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['2.16.840.1.113883.6.90', 'http://hl7.org/fhir/sid/icd-10-cm'],
  ['2.16.840.1.113883.12.292', 'http://hl7.org/fhir/sid/cvx'],
  ['2.16.840.1.113883.6.8', 'http://unitsofmeasure.org'],
  ['2.16.840.1.113883.4.1', 'http://hl7.org/fhir/sid/us-ssn'],
  ['2.16.840.1.113883.4.6', 'http://hl7.org/fhir/sid/us-npi'],
])

const OID = /^(?:urn:oid:|oid:)?([0-2](?:\.(?:0|[1-9]\d*)){2,})$/i

/**
 * The one form of a system or of the address of a record: `urn:oid:1.2.3` for an OID, the URL of those that FHIR names so,
 * `http` for `https`, the host in lower case, no `/` at the end. Other texts come back without space around them.
 */
export function plainSystem(system: string): string {
  if (system.length > MAX_SYSTEM_LENGTH) return system
  let form = known.get(system)
  if (form === undefined) {
    form = systemIn(system)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(system, form)
  }
  return form
}

/** Nobody's system is longer. */
const MAX_SYSTEM_LENGTH = 512
/** Each record of a file names the same few systems. */
const known = new Map<string, string>()
const MOST_KNOWN = 1000

function systemIn(system: string): string {
  const text = system.trim()
  const oid = OID.exec(text)?.[1]
  if (oid !== undefined) return URL_OF_OID.get(oid) ?? `urn:oid:${oid}`
  if (/^urn:uuid:/i.test(text)) return text.toLowerCase()
  const url = /^https?:\/\/([^/?#\s]+)((?:[/?#]\S*)?)$/i.exec(text)
  if (url === null) return text
  let end = url[2]!.length
  while (end > 0 && url[2]![end - 1] === '/') end -= 1
  return `http://${url[1]!.toLowerCase()}${url[2]!.slice(0, end)}`
}

const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?$/

/** A time in UTC with seconds and no zeros behind them; dates, and a time without a zone but for its zeros, stay. */
export function plainTime(text: string): string {
  if (datePrecision(text) !== 'time') return text
  const [, minute = '', second = '00', fraction = '', zone] = TIME.exec(text) ?? []
  if (minute === '' || second === '60') return text
  let end = fraction.length
  while (end > 0 && fraction[end - 1] === '0') end -= 1
  const rest = end === 0 ? '' : `.${fraction.slice(0, end)}`
  if (zone === undefined) return `${minute}:${second}${rest}`
  return `${new Date(`${minute}:${second}${zone}`).toISOString().slice(0, 19)}${rest}Z`
}

/** A number without exponent where that says nothing else of its digits: `1.5e1` is 15, and `1e2` is less exact than 100. */
function plainNumber(number: JsonNumber): JsonNumber {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(number.text) ?? []
  if (exponent === undefined) return number
  const places = fraction.length - Number(exponent)
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '')
  if (places < 0 || places > 100) return new JsonNumber(`${sign}${digits}e${-places}`)
  if (places === 0) return new JsonNumber(`${sign}${digits}`)
  const long = digits.padStart(places + 1, '0')
  return new JsonNumber(`${sign}${long.slice(0, -places)}.${long.slice(-places)}`)
}

/** The value with each time, system and number in its one form; the same object where nothing differs. */
export function plainNotation<Value extends JsonValue>(value: Value): Value {
  return plain(value, '') as Value
}

function plain(value: JsonValue, key: string): JsonValue {
  if (typeof value === 'string') {
    if (key === 'system') return plainSystem(value)
    return value.length <= 40 && value.includes('T') ? plainTime(value) : value
  }
  if (value instanceof JsonNumber) return plainNumber(value)
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, key))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  if (!isJsonObject(value)) return value
  let changed: JsonObject | null = null
  for (const name of Object.keys(value)) {
    const before = value[name]!
    const after = plain(before, name)
    if (after === before) continue
    changed ??= jsonObject(value)
    changed[name] = after
  }
  return changed ?? value
}
