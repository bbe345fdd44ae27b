/**
 * One JSON document that holds FHIR: a Bundle of any type (Bundles inside it too), a single resource, or a list of
 * resources. It is gone through twice: first its outline and the names that its resources carry, then each resource on
 * its own, so a document that is cut off gives nothing and a bad resource stops no other.
 *
 * Long because both passes share the outline: where each resource begins, what it is called and which document holds it.
 */
import {
  AS_WRITTEN,
  canonicalJson,
  collectionOf,
  contentIdentity,
  DATA_REFERENCE_LENGTH,
  dateSortKey,
  importIdentities,
  inlineFiles,
  isJsonObject,
  objectsAt,
  otherPrecisions,
  parseJson,
  patientReferenceOf,
  placeIdentity,
  plainIdentity,
  plainNotation,
  referenceParts,
  stringAt,
  stringifyJson,
  typeOf,
  type JsonObject,
  type JsonValue,
  type Notation,
} from '@chartkeep/domain'
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import {
  refusal,
  type FhirItem,
  type Notice,
  type OtherVersion,
  type ReadLimits,
  type Refusal,
  type RefusalReason,
} from '../contract/fhir-items.ts'
import type { ReadAsR4 } from '../convert/draft.ts'
import { documentVersion, fhirVersionOf, type FhirVersion } from './fhir-version.ts'
import { asR4 } from '../convert/convert.ts'
import { elementsOf, endOfValue, membersOf, skipSpace, stringIn, type Span } from './json-scan.ts'

/** Names seen so far in a file; shared by the lines of NDJSON. */
export interface NamesSeen {
  /** Identities by identifier, with the place of the resource that carries each; null when several carry it. */
  carriers: Map<string, string | null>
  /** Identities given out, with the hash of what got it. */
  given: Map<string, string>
}

/** A resource found in the outline of a document, or why there is none. */
interface Entry {
  place: number
  span: Span | null
  fullUrl: string
  reason: RefusalReason
  deleted?: Deletion
  /** The resources that are too large to be read. */
  sizes?: { resourceType: string; sizeBytes: number; limitBytes: number }
}

/** What a history says was deleted: its address (`AllergyIntolerance/1`) and when, '' for no time. */
interface Deletion {
  url: string
  at: string
}

/** Outline of a document: its entries, or why the document cannot be read. */
export interface Outline {
  entries: Entry[]
  /** Entries of which the document holds a later version. */
  superseded: Set<Entry>
  /** The document is one resource, no Bundle and no list: its refusal is the file's. */
  single: boolean
  pages: Page[]
  outcomes: Notice[]
  /** What its resources show together: a resource that shows no version itself is of this one. */
  version: FhirVersion
}

/** One Bundle of a search or a history: how many results are in it, how many there are (null: not told), and whether more follow. */
export interface Page {
  here: number
  total: number | null
  hasNext: boolean
}

/** A document of which no part is read. */
export interface Refused {
  refused: RefusalReason
  outcomes?: Notice[]
}

const MAX_BUNDLE_DEPTH = 4
/** A resource that is too large by so many times is not read to tell more about it: of small elements it would take a hundred times its size in memory. */
const FAR_TOO_LARGE = 4

/**
 * First pass: the outline of the document, its version, and its identifiers counted into `names` (null: they were counted
 * before).
 * @returns the outline, or the reason for which the whole document is refused
 */
export function outlineOf(text: string, names: NamesSeen | null, limits: ReadLimits): Outline | Refused {
  const steps = outlineSteps(text, names, limits)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** {@link outlineOf} in steps of one resource, so that a long document leaves time for the screen and for a cancel. */
export function* outlineSteps(
  text: string,
  names: NamesSeen | null,
  limits: ReadLimits,
): Generator<undefined, Outline | Refused> {
  const start = skipSpace(text, 0)
  const unlike = unlikeJson(text, start)
  if (unlike !== null) return { refused: unlike }
  const entries: Entry[] = []
  const kinds = new Set<string>()
  const list = text[start] === '['
  const found: Found = { entries, kinds, most: limits.entries, pages: [], outcomes: [] }
  const end = list ? listEntries(text, start, found) : entriesAt(text, start, '', found, 0)
  if (typeof end !== 'number') return { refused: end }
  if (skipSpace(text, end) < text.length) return { refused: 'syntax' }
  const { pages, outcomes } = found
  const single = kinds.size === 0 && !list
  const superseded = new Set<Entry>()
  for (const entry of entries) setAsideFarTooLarge(text, entry, limits)
  if (single && names === null) return { entries, superseded, single, pages, outcomes, version: 'unknown' }
  const look: FirstLook = { names: names ?? noNames(), shown: new Set(), versions: new Map(), superseded }
  for (const entry of entries) {
    firstLook(text, entry, kinds.has('history'), look)
    yield undefined
  }
  return { entries, superseded, single, pages, outcomes, version: documentVersion(look.shown) }
}

/** Second pass: each resource of the outline, or its refusal. */
export function* itemsOf(
  text: string,
  outline: Outline,
  names: NamesSeen,
  limits: ReadLimits,
): Generator<Omit<FhirItem, 'index' | 'file'> | Refusal> {
  for (const entry of outline.entries) {
    const event =
      entry.span === null
        ? refusal('resource', entry.reason, { place: entry.place, ...entry.sizes })
        : readEntry(text.slice(entry.span.start, entry.span.end), entry, outline, names, limits)
    yield outline.single && 'type' in event ? { ...event, scope: 'file' } : event
  }
}

/** Names for a new file. */
export function noNames(): NamesSeen {
  return { carriers: new Map(), given: new Map() }
}

function unlikeJson(text: string, start: number): RefusalReason | null {
  const first = text[start]
  if (first === undefined) return 'empty'
  if (first === '<') return 'xml'
  if (first !== '{' && first !== '[') return 'not-json'
  const next = text[skipSpace(text, start + 1)]
  if (next === undefined) return 'truncated'
  return first === '{' && next !== '"' && next !== '}' ? 'not-json' : null
}

/** What the outline finds: its entries, the types of its Bundles, what they say of more; at most so many entries. */
interface Found {
  entries: Entry[]
  kinds: Set<string>
  most: number
  pages: Page[]
  outcomes: Notice[]
}

/** The offset behind the list, or the reason that refuses all of it. */
function listEntries(text: string, start: number, found: Found): RefusalReason | number {
  const { entries } = found
  const spans = elementsOf(text, start, found.most)
  if (!Array.isArray(spans)) return spans.fault
  for (const span of spans) {
    const end = text[span.start] === '{' ? entriesAt(text, span.start, '', found, 1) : 'not-fhir'
    if (typeof end !== 'number') entries.push({ place: entries.length + 1, span: null, fullUrl: '', reason: end })
  }
  const end = endOfValue(text, start)
  if (typeof end !== 'number') return end.fault
  return entries.some((entry) => entry.span !== null) ? end : 'not-fhir'
}

/**
 * Adds the resource at `at`, or the resources of the Bundle at `at`.
 * @returns the offset behind it, or the reason that refuses it as a whole
 */
function entriesAt(text: string, at: number, fullUrl: string, found: Found, depth: number): RefusalReason | number {
  const { entries, kinds } = found
  const outline = membersOf(text, at)
  if ('fault' in outline) return outline.fault
  const type = stringIn(text, outline.members.get('resourceType'))
  if (!RESOURCE_TYPE.test(type)) {
    const within = type === '' ? wrapped(text, outline.members, found, depth) : null
    return within === null ? 'not-fhir' : within === true ? outline.end : within
  }
  if (type === 'OperationOutcome') {
    addOutcome(text, { start: at, end: outline.end }, found)
    return outline.end
  }
  if (type === 'Parameters') {
    const before = entries.length + found.outcomes.length
    const fault = addParameters(text, outline.members.get('parameter'), found, depth)
    if (fault !== null) return fault
    if (entries.length + found.outcomes.length > before) {
      kinds.add('parameters')
      return outline.end
    }
  }
  if (type !== 'Bundle') {
    entries.push({ place: entries.length + 1, span: { start: at, end: outline.end }, fullUrl, reason: 'no-resource' })
    return outline.end
  }
  if (depth >= MAX_BUNDLE_DEPTH) return 'too-deep'
  const kind = stringIn(text, outline.members.get('type'))
  kinds.add(kind)
  const issues = outline.members.get('issues')
  if (issues !== undefined) addOutcome(text, issues, found)
  const list = outline.members.get('entry')
  const isList = list !== undefined && text[list.start] === '['
  const spans = isList ? elementsOf(text, list.start, found.most - entries.length) : []
  if (!Array.isArray(spans)) return spans.fault
  let here = 0
  for (const span of spans) if (addEntry(text, span, found, depth)) here += 1
  if (kind === 'searchset' || kind === 'history' || kind === '') addPage(text, outline.members, here, found)
  return outline.end
}

/**
 * Resources in wrappings that are no Bundle: `{fullUrl, resource}`, `{entry: […]}` and `{data: […]}`. True where they were
 * added, null where the object is none of these, else the reason that refuses it.
 */
function wrapped(
  text: string,
  members: ReadonlyMap<string, Span>,
  found: Found,
  depth: number,
): RefusalReason | true | null {
  if (depth >= MAX_BUNDLE_DEPTH) return 'too-deep'
  const resource = members.get('resource')
  if (resource !== undefined && text[resource.start] === '{') {
    const fullUrl = stringIn(text, members.get('fullUrl'))
    const end = entriesAt(text, resource.start, fullUrl, found, depth + 1)
    return typeof end === 'number' ? true : end
  }
  const list = members.get('entry') ?? members.get('data')
  if (list === undefined || text[list.start] !== '[') return null
  const spans = elementsOf(text, list.start, found.most - found.entries.length)
  if (!Array.isArray(spans)) return spans.fault
  const before = found.entries.length
  found.kinds.add('wrapped')
  for (const span of spans) {
    const end = text[span.start] === '{' ? entriesAt(text, span.start, '', found, depth + 1) : 'not-fhir'
    if (typeof end !== 'number')
      found.entries.push({ place: found.entries.length + 1, span: null, fullUrl: '', reason: end })
  }
  return found.entries.slice(before).some(({ span }) => span !== null) ? true : null
}

/** The resources of Parameters and of their parts, as entries; null, or the fault that refuses all of them. */
function addParameters(text: string, list: Span | undefined, found: Found, depth: number): RefusalReason | null {
  if (list === undefined || text[list.start] !== '[') return null
  if (depth >= MAX_BUNDLE_DEPTH) return 'too-deep'
  const spans = elementsOf(text, list.start, found.most - found.entries.length)
  if (!Array.isArray(spans)) return spans.fault
  for (const span of spans) {
    if (text[span.start] !== '{') continue
    const outline = membersOf(text, span.start)
    if ('fault' in outline) return outline.fault
    const resource = outline.members.get('resource')
    if (resource !== undefined && text[resource.start] === '{') {
      const end = entriesAt(text, resource.start, '', found, depth + 1)
      if (typeof end !== 'number')
        found.entries.push({ place: found.entries.length + 1, span: null, fullUrl: '', reason: end })
    }
    const fault = addParameters(text, outline.members.get('part'), found, depth + 1)
    if (fault !== null) return fault
  }
  return null
}

/** Nobody reads more, and a hostile file may tell a million. */
const MOST_OUTCOMES = 20
const MOST_OUTCOME_LETTERS = 500

function addOutcome(text: string, span: Span, { outcomes }: Found): void {
  const parsed = parseJson(text.slice(span.start, span.end))
  if (parsed.type === 'error') return
  for (const issue of objectsAt(parsed.value, 'issue')) {
    if (outcomes.length >= MOST_OUTCOMES) return
    const words = stringAt(issue, 'details', 'text') || stringAt(issue, 'diagnostics') || stringAt(issue, 'code')
    outcomes.push({
      kind: 'outcome',
      severity: stringAt(issue, 'severity'),
      text: words.slice(0, MOST_OUTCOME_LETTERS),
    })
  }
}

function addPage(text: string, members: ReadonlyMap<string, Span>, here: number, { pages }: Found): void {
  const number = members.get('total')
  const total = number === undefined ? NaN : Number(text.slice(number.start, number.end))
  const links = members.get('link')
  const parsed = links === undefined ? null : parseJson(text.slice(links.start, links.end))
  const hasNext =
    parsed?.type === 'value' &&
    objectsAt([parsed.value]).some((link) => ['next', 'more'].includes(stringAt(link, 'relation')))
  if (hasNext || Number.isSafeInteger(total))
    pages.push({ here, total: Number.isSafeInteger(total) ? total : null, hasNext })
}

const RESOURCE_TYPE = /^[A-Z][A-Za-z]{1,63}$/

/** Whether the entry is a result of the search: neither included next to one nor what the server told. */
function addEntry(text: string, span: Span, found: Found, depth: number): boolean {
  const { entries } = found
  const refused = (reason: RefusalReason) =>
    entries.push({ place: entries.length + 1, span: null, fullUrl: '', reason }) > 0
  if (text[span.start] !== '{') return refused('no-resource')
  const outline = membersOf(text, span.start)
  if ('fault' in outline) return refused(outline.fault)
  const response = memberIn(text, outline.members, 'response')
  const told = isJsonObject(response) && isJsonObject(response['outcome']) ? response['outcome'] : null
  if (told !== null) addOutcome(stringifyJson(told), { start: 0, end: Infinity }, found)
  const resource = outline.members.get('resource')
  if (resource === undefined || text[resource.start] !== '{') {
    const deleted = deletionIn(text, outline.members)
    const fullUrl = stringIn(text, outline.members.get('fullUrl'))
    // What the server only answered to is no record.
    if (deleted === null) return told === null && refused('no-resource')
    return entries.push({ place: entries.length + 1, span: null, fullUrl, reason: 'deleted', deleted }) > 0
  }
  const end = entriesAt(text, resource.start, stringIn(text, outline.members.get('fullUrl')), found, depth + 1)
  if (typeof end !== 'number') return refused(end)
  return !['include', 'outcome'].includes(stringAt(memberIn(text, outline.members, 'search'), 'mode'))
}

/** See {@link FAR_TOO_LARGE}. */
function setAsideFarTooLarge(text: string, entry: Entry, limits: ReadLimits): void {
  const { span } = entry
  if (span === null || span.end - span.start <= FAR_TOO_LARGE * limits.resourceBytes) return
  const own = text.slice(span.start, span.end)
  const tooLarge = tooLargeWithoutFiles(own, limits.resourceBytes)
  if (tooLarge === null || tooLarge.sizes.sizeBytes <= FAR_TOO_LARGE * limits.resourceBytes) return
  const outline = membersOf(own, 0)
  const resourceType = 'fault' in outline ? '' : stringIn(own, outline.members.get('resourceType'))
  Object.assign(entry, { span: null, reason: tooLarge.reason, sizes: { resourceType, ...tooLarge.sizes } })
}

/** A deletion as a history tells it: an entry with a request and no resource. */
function deletionIn(text: string, entry: ReadonlyMap<string, Span>): Deletion | null {
  const request = memberIn(text, entry, 'request')
  if (stringAt(request, 'method') !== 'DELETE') return null
  return { url: stringAt(request, 'url'), at: stringAt(memberIn(text, entry, 'response'), 'lastModified') }
}

/** The value of a member, null where it is missing or no JSON. */
function memberIn(text: string, members: ReadonlyMap<string, Span>, name: string): JsonValue {
  const span = members.get(name)
  const parsed = span === undefined ? null : parseJson(text.slice(span.start, span.end))
  return parsed?.type === 'value' ? parsed.value : null
}

interface Version {
  entry: Entry
  key: string
}

interface FirstLook {
  names: NamesSeen
  shown: Set<FhirVersion>
  versions: Map<string, Version>
  superseded: Set<Entry>
}

/** Counts identifiers, notes the version of FHIR, and which of several versions of one resource is the latest. */
function firstLook(
  text: string,
  entry: Entry,
  history: boolean,
  { names, shown, versions, superseded }: FirstLook,
): void {
  if (entry.span === null) {
    if (history && entry.deleted !== undefined) noteDeletion(entry, entry.deleted, { versions, superseded })
    return
  }
  const parsed = parseJson(text.slice(entry.span.start, entry.span.end))
  if (parsed.type === 'error' || !isJsonObject(parsed.value)) return
  const version = fhirVersionOf(parsed.value)
  shown.add(version)
  countNames(readAsR4(parsed.value, version)?.resource ?? parsed.value, entry.fullUrl, names)
  const place = placeIdentity(parsed.value, entry.fullUrl)
  if (place === '') return
  const key = versionKey(parsed.value)
  const best = versions.get(place)
  if (best?.entry.deleted !== undefined && !isAfter(parsed.value, best.entry.deleted)) return void superseded.add(entry)
  if (best === undefined || key > best.key) versions.set(place, { entry, key })
  if (best === undefined || (key === best.key && !history)) return
  superseded.add(key > best.key ? best.entry : entry)
}

/** A deleted resource is none: its older versions are only history. One that was written again after that is the latest. */
function noteDeletion(
  entry: Entry,
  deleted: Deletion,
  { versions, superseded }: Pick<FirstLook, 'versions' | 'superseded'>,
): void {
  const parts = referenceParts(deleted.url) ?? referenceParts(entry.fullUrl)
  if (parts === null) return
  const place = placeIdentity({ resourceType: parts.resourceType, id: parts.id }, entry.fullUrl)
  const best = versions.get(place)
  // A history lists the newest first: what was before the deletion came after it, unless the times say otherwise.
  const key = `${dateSortKey(deleted.at)} `
  if (best !== undefined && (deleted.at === '' || best.key.startsWith(' ') || best.key > key)) return
  if (best !== undefined) superseded.add(best.entry)
  versions.set(place, { entry, key })
}

function isAfter(resource: JsonObject, deleted: Deletion): boolean {
  const at = dateSortKey(stringAt(resource, 'meta', 'lastUpdated'))
  return deleted.at !== '' && at > dateSortKey(deleted.at)
}

/** Notes which resource carries each identifier. An identifier that two places (or none) carry names nothing. */
function countNames(resource: JsonObject, fullUrl: string, names: NamesSeen): void {
  const place = placeIdentity(resource, fullUrl)
  for (const identity of importIdentities(resource, fullUrl)) {
    const carrier = names.carriers.get(identity)
    names.carriers.set(identity, carrier === undefined || (carrier === place && place !== '') ? place : null)
  }
}

/** Later versions have greater keys; of equal ones a history keeps the first, as it lists the newest first. */
function versionKey(resource: JsonObject): string {
  const number = stringAt(resource, 'meta', 'versionId')
  return `${dateSortKey(stringAt(resource, 'meta', 'lastUpdated'))} ${/^\d{1,12}$/.test(number) ? number.padStart(12, '0') : ''}`
}

/** What an item is compared by: base64url of SHA-256 over the canonical text, in one notation unless it is taken as written. */
export function canonicalHashOf(resource: JsonObject): string {
  return hashAsWritten(plainNotation(resource))
}

function hashAsWritten(resource: JsonObject): string {
  return flat(bytesToBase64Url(sha256(utf8ToBytes(canonicalJson(resource)))))
}

function readEntry(
  text: string,
  entry: Entry,
  outline: Outline,
  names: NamesSeen,
  limits: ReadLimits,
): Omit<FhirItem, 'index' | 'file'> | Refusal {
  const parsed = parseJson(text)
  if (parsed.type === 'error') return refusal('resource', reasonOf(parsed.reason), { place: entry.place })
  const resource = parsed.value
  if (!isJsonObject(resource)) return refusal('resource', 'no-resource', { place: entry.place })
  const resourceType = typeOf(resource)
  const where = { place: entry.place, resourceType }
  if (outline.superseded.has(entry)) return refusal('resource', 'older-version', where)
  const version = fhirVersionOf(resource)
  const tooLarge = tooLargeWithoutFiles(text, limits.resourceBytes)
  if (tooLarge !== null) return refusal('resource', tooLarge.reason, { ...where, ...tooLarge.sizes })
  // Elements that STU3 and DSTU2 share show STU3; in a file of DSTU2 they are its own.
  const isOlder = version === 'unknown' ? outline.version !== 'r5' : version === 'stu3' && outline.version === 'dstu2'
  const other = otherVersion(isOlder ? outline.version : version)
  const read = other === null ? null : asR4(resource, other)
  if (other !== null && read === null && version !== 'unknown') return refusal('resource', `fhir-${other}`, where)
  // What is compared is the source: a better reading of it is no correction.
  const plain = plainNotation(resource)
  const canonicalHash = hashAsWritten(plain)
  const inR4 = read?.resource ?? resource
  // A version that only the rest of the file shows takes no part in the name, so that the name is the same without it.
  const named = version === 'unknown' ? resource : inR4
  const identity = identityOf(named, entry.fullUrl, canonicalHash, names)
  const hashWritten = plain === resource ? canonicalHash : hashAsWritten(resource)
  const given = names.given.get(identity)
  if (given !== undefined) return refusal('resource', given === canonicalHash ? 'duplicate' : 'duplicate-id', where)
  names.given.set(identity, canonicalHash)
  return {
    text: read === null ? text : stringifyJson(inR4),
    resource: inR4,
    resourceType: typeOf(inR4),
    fullUrl: entry.fullUrl,
    identity,
    canonicalHash,
    former: {
      identities: [
        identityOf(named, entry.fullUrl, hashWritten, names, AS_WRITTEN),
        ...otherPrecisions(named, identity),
      ].filter((name) => name !== identity),
      canonicalHash: hashWritten,
    },
    collection: collectionOf(inR4),
    patientReference: patientReferenceOf(inR4),
    readAs: read === null || other === null ? null : { version: other, moved: read.moved, aside: read.aside },
  }
}

/** The version where it is read as R4 by conversion; null for R4 itself and for what fits several. */
function otherVersion(version: FhirVersion): OtherVersion | null {
  return version === 'dstu2' || version === 'stu3' || version === 'r5' ? version : null
}

function readAsR4(resource: JsonObject, version: FhirVersion): ReadAsR4 | null {
  const other = otherVersion(version)
  return other === null ? null : asR4(resource, other)
}

/**
 * Files over 64 KiB leave the text on import (B1); what stays must fit. One that is no base64 in a form that can be restored as it was
 * stays, and is the reason when the rest would have fitted without it.
 */
function tooLargeWithoutFiles(
  text: string,
  limitBytes: number,
): { reason: 'resource-too-large' | 'bad-base64'; sizes: { sizeBytes: number; limitBytes: number } } | null {
  // A character takes up to three bytes.
  if (text.length <= limitBytes / 3) return null
  let sizeBytes = textBytes(text)
  let unreadable = 0
  for (const { start, end, readable } of sizeBytes > limitBytes ? inlineFiles(text) : []) {
    if (readable) sizeBytes -= end - start - DATA_REFERENCE_LENGTH
    else unreadable += textBytes(text.slice(start, end))
  }
  if (sizeBytes <= limitBytes) return null
  const reason = sizeBytes - unreadable <= limitBytes ? 'bad-base64' : 'resource-too-large'
  return { reason, sizes: { sizeBytes, limitBytes } }
}

function textBytes(text: string): number {
  return utf8ToBytes(text).length
}

/** The first identity that is this resource's own; by content when it has neither an own identifier nor a place. */
function identityOf(
  resource: JsonObject,
  fullUrl: string,
  canonicalHash: string,
  names: NamesSeen,
  notation?: Notation,
): string {
  const place = placeIdentity(resource, fullUrl)
  const placeWritten = placeIdentity(resource, fullUrl, notation)
  const own = importIdentities(resource, fullUrl, notation).find(
    (identity) =>
      identity === placeWritten ||
      names.carriers.get(notation === undefined ? identity : plainIdentity(identity)) === place,
  )
  return own ?? contentIdentity(resource, canonicalHash)
}

/**
 * The same text in one piece. A text built character by character holds a tree of its pieces in memory, a kilobyte for a
 * hash, and hashes of a whole file are kept.
 */
function flat(text: string): string {
  return Array.from(text).join('')
}

function reasonOf(reason: 'empty' | 'truncated' | 'syntax' | 'too-deep' | 'duplicate-key' | 'trailing'): RefusalReason {
  return reason === 'empty' || reason === 'trailing' ? 'syntax' : reason
}
