/**
 * Writes an International Patient Summary: a FHIR R4 document Bundle by the structural rules of IPS 2.0 (https://hl7.org/fhir/uv/ips), from records
 * as they are kept. Records are copied, never changed in meaning: what IPS asks for and a record does not say is marked as not known. References
 * lead to what is in the Bundle, or keep only the words that are next to them. Not signed and not sealed.
 */
import {
  absent,
  ALL_TYPES,
  asItIs,
  coded,
  datePrecision,
  instantText,
  isDateTime,
  isJsonObject,
  jsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  partsOf,
  ReferenceIndex,
  referenceParts,
  referencesIn,
  stringAt,
  spanIn,
  typeOf,
} from '@chartkeep/domain'

/** The sections that some type fills, by name. */
const PLACES = new Map(ALL_TYPES.flatMap(({ ips }) => ips?.sections ?? []).map((place) => [place.name, place]))

/** Sections that every IPS has, if only to say why they are empty. */
export const REQUIRED_IPS_SECTIONS = ['allergies', 'medications', 'problems'] as const

/** Why a section has no entry (http://terminology.hl7.org/CodeSystem/list-empty-reason). */
export type IpsEmptyReason = 'nilknown' | 'notasked' | 'withheld' | 'unavailable'

/** One section, in its place. */
export interface IpsSection {
  /** One of the names that types fill (domain, types/ips.ts). */
  name: string
  title: string
  /** What a person reads, a line for each fact, or the words for why there is none. At least one. */
  lines: readonly string[]
  /** Records of the section's types; others are in the lines alone. */
  records: readonly JsonObject[]
  /** Read where no record is of the section's types. */
  empty: IpsEmptyReason
}

/** What an IPS is made of. */
export interface IpsInput {
  title: string
  /** As FHIR writes it, e.g. `zh-TW`. */
  language: string
  /** `birthDate` and `gender` are '' where nobody said. `numbers`: record numbers of clinics. */
  person: {
    name: string
    birthDate: string
    gender: string
    numbers: readonly string[]
    /** That the person has died: a FHIR date, '' where only the fact is known; null where nobody says so. */
    death: string | null
    contacts: readonly { name: string; relationship: string; phone: string }[]
  }
  /** The required ones among them, each once. */
  sections: readonly IpsSection[]
  /** Where the records may lead: who was asked and who wrote, and which medicine; other types are not taken from it. */
  others: readonly JsonObject[]
  /** Milliseconds since 1970. */
  now: number
  /** IANA time zone of whoever hands it out: a time that says no offset is a time there. */
  zone: string
  /** UUIDs in lower case, another at each call. */
  newId: () => string
}

/** Types that are taken along when a record names them. */
const TAKEN_ALONG = new Set(['Medication', 'Practitioner', 'PractitionerRole', 'Organization', 'Specimen'])

/** Something of the Bundle: its address there and the copy that is there. */
interface Entry {
  fullUrl: string
  original: JsonObject
  section: string | null
}

/** The Bundle. Throws when a required section is missing, or a section has no line: mistakes of the caller. */
export function ipsDocument(input: IpsInput): JsonObject {
  for (const name of REQUIRED_IPS_SECTIONS)
    if (input.sections.filter((section) => section.name === name).length !== 1)
      throw new Error(`an IPS has one section ${name}`)
  const { newId } = input
  const [patient, author] = [`urn:uuid:${newId()}`, `urn:uuid:${newId()}`]
  const entries = new Map<JsonObject, Entry>()
  const enter = (original: JsonObject, section: string | null) => {
    const known = entries.get(original)
    if (known) return known
    const made = { fullUrl: `urn:uuid:${newId()}`, original, section }
    entries.set(original, made)
    return made
  }
  const sections = input.sections.map((section) => sectionOf(section, (record) => enter(record, section.name).fullUrl))
  const names = new ReferenceIndex<JsonObject>()
  for (const record of new Set([...entries.keys(), ...input.others])) names.add(record, record, uuidUrl(record))
  const resolve = (reference: JsonObject, element: string): string | null => {
    const text = stringAt(reference, 'reference')
    if (text.startsWith('#')) return text
    if (['patient', 'subject'].includes(element) || referenceParts(text)?.resourceType === 'Patient') return patient
    const found = names.resolve(reference)
    if (found.type !== 'found') return null
    return entries.has(found.item) || TAKEN_ALONG.has(typeOf(found.item)) ? enter(found.item, null).fullUrl : null
  }
  const copies: [string, JsonObject][] = []
  // A map that grows while it is read: what is taken along may lead to more of its kind.
  for (const entry of entries.values()) copies.push([entry.fullUrl, copyOf(entry, resolve, input.zone)])
  const moment = new Date(input.now).toISOString()
  const composition = jsonObject({
    resourceType: 'Composition',
    id: newId(),
    meta: profile('Composition-uv-ips'),
    language: input.language,
    text: narrative([input.title], input.language),
    status: 'final',
    type: coded('http://loinc.org', '60591-5', 'Patient summary Document'),
    subject: jsonObject({ reference: patient }),
    date: moment,
    author: [jsonObject({ reference: author })],
    title: input.title,
    section: sections.map((section) =>
      jsonObject({ ...section, text: narrative(section.lines, input.language), lines: undefined }),
    ),
  })
  const all: [string, JsonObject][] = [
    [`urn:uuid:${stringAt(composition, 'id')}`, composition],
    [patient, patientOf(input.person, patient, input.zone)],
    [author, deviceOf(author)],
    ...copies,
  ]
  return jsonObject({
    resourceType: 'Bundle',
    id: newId(),
    meta: profile('Bundle-uv-ips'),
    language: input.language,
    identifier: jsonObject({ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${newId()}` }),
    type: 'document',
    timestamp: moment,
    entry: all.map(([fullUrl, resource]) => jsonObject({ fullUrl, resource })),
  })
}

function sectionOf({ name, title, lines, records, empty }: IpsSection, enter: (record: JsonObject) => string) {
  if (lines.length === 0) throw new Error(`section ${name} says nothing`)
  const place = PLACES.get(name)
  if (place === undefined) throw new Error(`an IPS has no section ${name}`)
  const entry = records
    .filter((record) => partsOf(typeOf(record)).ips?.sections.some((section) => section.name === name) === true)
    .map((record) => jsonObject({ reference: enter(record) }))
  return {
    title,
    code: coded('http://loinc.org', place.code, place.display),
    lines,
    ...(entry.length > 0
      ? { entry }
      : { emptyReason: coded('http://terminology.hl7.org/CodeSystem/list-empty-reason', empty, '') }),
  }
}

/** Without what belongs to the place that it was kept in: its own id, tags, and a narrative that may say more than the summary. */
function copyOf(
  { fullUrl, original, section }: Entry,
  resolve: (reference: JsonObject, element: string) => string | null,
  zone: string,
): JsonObject {
  const copy = withWholeTimes(deepCopy(original), zone) as JsonObject
  for (const element of ['meta', 'text', 'implicitRules']) delete copy[element]
  for (const { element, reference } of referencesIn(copy)) {
    const target = resolve(reference, element)
    if (target !== null) reference['reference'] = target
    else {
      delete reference['reference']
      if (stringAt(reference, 'display') === '' && reference['identifier'] === undefined)
        reference['display'] = 'Not in this summary'
    }
  }
  const { resourceType, ...rest } = copy
  const { completed } = partsOf(typeOf(copy)).ips ?? { completed: asItIs }
  return jsonObject({ resourceType, ...completed({ ...rest, id: fullUrl.slice('urn:uuid:'.length) }, section) })
}

/** Elements that hold words, also where these look like a time. */
const WORDS = /^(?:text|display|description|title|name|comment|value)$|String$/u

/** The same with times as FHIR wants them, with seconds and an offset, where a source left these out; dates of less precision stay as they are. */
function withWholeTimes(value: JsonValue, zone: string, key = ''): JsonValue {
  if (typeof value === 'string') {
    if (WORDS.test(key)) return value
    const isBare = datePrecision(value) === 'time' && !isDateTime(value)
    return isBare ? instantText(spanIn(value, zone)?.start ?? 0) : value
  }
  if (Array.isArray(value)) return value.map((item) => withWholeTimes(item, zone, key))
  if (!isJsonObject(value)) return value
  for (const [element, item] of Object.entries(value))
    if (item !== undefined) value[element] = withWholeTimes(item, zone, element)
  return value
}

function patientOf(
  { name, birthDate, gender, numbers, death, contacts }: IpsInput['person'],
  fullUrl: string,
  zone: string,
): JsonObject {
  const given = <T>(list: T[]) => (list.length > 0 ? list : undefined)
  return jsonObject({
    resourceType: 'Patient',
    id: fullUrl.slice('urn:uuid:'.length),
    meta: profile('Patient-uv-ips'),
    identifier: given(
      numbers.map((value) =>
        jsonObject({
          type: coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'Medical record number'),
          value,
        }),
      ),
    ),
    name: [jsonObject({ text: name })],
    gender: gender === '' ? undefined : gender,
    birthDate: birthDate === '' ? undefined : birthDate,
    _birthDate: birthDate === '' ? absent() : undefined,
    deceasedBoolean: death === '' ? true : undefined,
    deceasedDateTime: death === null || death === '' ? undefined : withWholeTimes(death, zone),
    contact: given(
      contacts.map((contact) =>
        jsonObject({
          relationship: contact.relationship === '' ? undefined : [jsonObject({ text: contact.relationship })],
          name: contact.name === '' ? undefined : jsonObject({ text: contact.name }),
          telecom: contact.phone === '' ? undefined : [jsonObject({ system: 'phone', value: contact.phone })],
        }),
      ),
    ),
  })
}

/** The program that put it together: no person vouches for it. */
function deviceOf(fullUrl: string): JsonObject {
  return jsonObject({
    resourceType: 'Device',
    id: fullUrl.slice('urn:uuid:'.length),
    deviceName: [jsonObject({ name: 'Chartkeep', type: 'user-friendly-name' })],
  })
}

function narrative(lines: readonly string[], language: string): JsonObject {
  const items = lines.map((line) => `<li>${escaped(line)}</li>`).join('')
  return jsonObject({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml" lang="${language}" xml:lang="${language}"><ul>${items}</ul></div>`,
  })
}

function escaped(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- what XML cannot hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, '')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  )
}

function profile(name: string): JsonObject {
  return jsonObject({ profile: [`http://hl7.org/fhir/uv/ips/StructureDefinition/${name}`] })
}

/** A resource without a fullUrl of its own may be called by its id alone. */
function uuidUrl(resource: JsonObject): string {
  const id = stringAt(resource, 'id')
  return /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(id) ? `urn:uuid:${id}` : ''
}

function deepCopy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(deepCopy)
  if (!isJsonObject(value) || value instanceof JsonNumber) return value
  return jsonObject(
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deepCopy(inner as JsonValue)])),
  )
}
