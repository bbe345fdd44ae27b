/**
 * What a SMART Health Card says: its JWS taken apart, inflated (raw DEFLATE, RFC 1951) and read, with every departure
 * from the specification named. Whether its signature is right is judged elsewhere (card-verdict.ts).
 */
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import {
  isJsonObject,
  JsonNumber,
  objectsAt,
  parseJson,
  stringAt,
  typeOf,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { inflateRaw } from './inflate.ts'
import type { CardFault } from './card-faults.ts'

/** A card as it was read. Times are seconds since 1970, as the card writes them; null for none. */
export interface CardContent {
  jws: string
  /** `kid` of the header, '' for none. */
  keyId: string
  issuer: string
  issuedAt: number | null
  expiresAt: number | null
  /** Name under which the issuer can withdraw the card; '' for none. */
  recordId: string
  types: string[]
  fhirVersion: string
  bundle: JsonObject
  faults: CardFault[]
}

const MOST_JWS = 256 * 1024
const MOST_INFLATED = 5 * 1024 * 1024
const ONE_CODE = 1195
export const HEALTH_CARD_TYPE = 'https://smarthealth.cards#health-card'
/** Seconds as large as this are milliseconds: the year 5138. */
const LATEST_SECONDS = 100_000_000_000
const CLOCK_SKEW_SECONDS = 300

/** Reads one compact JWS. `now` in milliseconds. A string is the fault for which nothing can be shown. */
export async function readCard(jws: string, now: number): Promise<CardContent | CardFault> {
  if (jws.length > MOST_JWS) return 'too-large'
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/u.exec(jws)
  if (parts === null) return 'not-a-card'
  const header = objectIn(base64UrlToBytes(parts[1]!))
  const packed = base64UrlToBytes(parts[2]!)
  if (header === null) return 'header'
  if (packed === null) return 'not-a-card'
  const faults: CardFault[] = []
  if (stringAt(header, 'alg') !== 'ES256') faults.push('header-alg')
  if (stringAt(header, 'zip') !== 'DEF') faults.push('header-zip')
  const keyId = stringAt(header, 'kid')
  if (!/^[\w-]{43}$/u.test(keyId)) faults.push('header-kid')
  const inflated = await inflatedPayload(packed, header)
  if (typeof inflated === 'string') return inflated
  const parsed = parseJson(new TextDecoder().decode(inflated))
  if (parsed.type === 'error' || !isJsonObject(parsed.value)) return 'payload-not-json'
  const payload = parsed.value
  const credential = payload['vc']
  const bundle = memberAt(credential, 'credentialSubject', 'fhirBundle')
  if (!isJsonObject(bundle)) return 'payload-no-bundle'
  const types = listOfTexts(memberAt(credential, 'type'))
  const card: CardContent = {
    jws,
    keyId,
    issuer: stringAt(payload, 'iss'),
    issuedAt: secondsAt(payload, 'nbf'),
    expiresAt: secondsAt(payload, 'exp'),
    recordId: stringAt(credential, 'rid'),
    types,
    fhirVersion: stringAt(credential, 'credentialSubject', 'fhirVersion'),
    bundle,
    faults,
  }
  faults.push(...payloadFaults(payload, now), ...signatureForm(parts[3]!))
  if (jws.length > ONE_CODE) faults.push('too-long-for-one-code')
  return card
}

/** What is wrong with a payload: who issued it, when, what it claims to be, and its Bundle. `now` in milliseconds. */
export function payloadFaults(payload: JsonObject, now: number): CardFault[] {
  const faults: CardFault[] = []
  const issuer = stringAt(payload, 'iss')
  if (issuer === '') faults.push('issuer-missing')
  else if (!issuer.startsWith('https://')) faults.push('issuer-not-https')
  else if (issuer.endsWith('/')) faults.push('issuer-trailing-slash')
  const issuedAt = secondsAt(payload, 'nbf')
  if (issuedAt === null) faults.push('issued-missing')
  else if (issuedAt > LATEST_SECONDS) faults.push('issued-milliseconds')
  else if (issuedAt > now / 1000 + CLOCK_SKEW_SECONDS) faults.push('issued-in-future')
  const expiresAt = secondsAt(payload, 'exp')
  if (expiresAt !== null && expiresAt > LATEST_SECONDS) faults.push('expires-milliseconds')
  else if (expiresAt !== null && expiresAt < now / 1000) faults.push('expired')
  const credential = payload['vc']
  const types = listOfTexts(memberAt(credential, 'type'))
  if (!types.includes(HEALTH_CARD_TYPE)) faults.push('type-missing')
  if (!/^[A-Za-z0-9_-]{0,24}$/u.test(stringAt(credential, 'rid'))) faults.push('record-id')
  if (!/^4\.\d+(?:\.\d+)?(?:-\w+)?$/u.test(stringAt(credential, 'credentialSubject', 'fhirVersion')))
    faults.push('fhir-version')
  const bundle = memberAt(credential, 'credentialSubject', 'fhirBundle')
  if (isJsonObject(bundle)) faults.push(...bundleFaults(bundle), ...claimFaults(bundle, types))
  return faults
}

/** What the Bundle of a card does against the profile for cards. Each fault once. */
export function bundleFaults(bundle: JsonObject): CardFault[] {
  const faults = new Set<CardFault>()
  if (stringAt(bundle, 'type') !== 'collection') faults.add('bundle-type')
  if ('id' in bundle || 'meta' in bundle) faults.add('bundle-not-minimal')
  const entries = objectsAt(bundle, 'entry')
  const urls = new Set(entries.map((entry) => stringAt(entry, 'fullUrl')))
  let patients = 0
  for (const entry of entries) {
    if (!/^resource:\d+$/u.test(stringAt(entry, 'fullUrl'))) faults.add('bundle-url')
    const resource = entry['resource']
    if (!isJsonObject(resource)) continue
    const type = typeOf(resource)
    if (type === 'Patient') patients += 1
    else if (!CARD_TYPES.has(type)) faults.add('bundle-resource-type')
    for (const fault of resourceFaults(resource, urls)) faults.add(fault)
    if (type === 'Immunization') for (const fault of immunizationFaults(resource)) faults.add(fault)
  }
  if (patients !== 1) faults.add('bundle-patients')
  return [...faults]
}

const CARD_TYPES = new Set([
  'Immunization',
  'Observation',
  'DiagnosticReport',
  'Location',
  'Organization',
  'Practitioner',
])

function claimFaults(bundle: JsonObject, types: readonly string[]): CardFault[] {
  const has = (type: string) => objectsAt(bundle, 'entry').some((entry) => typeOf(entry['resource']) === type)
  const says = (type: string) => types.includes(`https://smarthealth.cards#${type}`)
  return [
    ...(has('Immunization') && !says('immunization') ? (['vc-type-immunization'] as const) : []),
    ...(has('Observation') && !says('laboratory') ? (['vc-type-laboratory'] as const) : []),
  ]
}

function* resourceFaults(resource: JsonObject, urls: ReadonlySet<string>): Generator<CardFault> {
  if ('id' in resource || 'text' in resource) yield 'bundle-not-minimal'
  const meta = resource['meta']
  if (meta !== undefined) {
    const isSecurityOnly = isJsonObject(meta) && Object.keys(meta).every((key) => key === 'security')
    if (!isSecurityOnly || objectsAt(meta, 'security').some((coding) => stringAt(coding, 'code') === ''))
      yield 'bundle-meta'
  }
  yield* elementFaults(resource, urls, 0)
}

function* elementFaults(value: JsonValue, urls: ReadonlySet<string>, depth: number): Generator<CardFault> {
  if (Array.isArray(value)) for (const each of value) yield* elementFaults(each, urls, depth + 1)
  if (!isJsonObject(value)) return
  const coding = value['coding']
  if (Array.isArray(coding)) {
    if ('text' in value || coding.some((each) => isJsonObject(each) && 'display' in each)) yield 'bundle-not-minimal'
  }
  const reference = value['reference']
  if (typeof reference === 'string' && !urls.has(reference)) yield 'bundle-reference'
  for (const [key, each] of Object.entries(value)) {
    if (key === 'id' && depth > 0) yield 'bundle-not-minimal'
    yield* elementFaults(each, urls, depth + 1)
  }
}

const IMMUNIZATION_STATUS = new Set(['completed', 'entered-in-error', 'not-done'])

function* immunizationFaults(resource: JsonObject): Generator<CardFault> {
  const at = stringAt(resource, 'occurrenceDateTime')
  if ((at === '') === !('occurrenceString' in resource) || (at !== '' && !/^\d{4}(?:-\d\d){0,2}(?:T.*)?$/u.test(at)))
    yield 'immunization-time'
  if (!IMMUNIZATION_STATUS.has(stringAt(resource, 'status'))) yield 'immunization-status'
  if (!objectsAt(resource, 'vaccineCode', 'coding').some((coding) => stringAt(coding, 'code') !== ''))
    yield 'immunization-code'
}

async function inflatedPayload(packed: Uint8Array, header: JsonObject): Promise<Uint8Array | CardFault> {
  const inflated = await inflateRaw(packed, MOST_INFLATED)
  if (inflated !== 'damaged') return inflated
  // A payload that was never packed is read, and its header has been found wrong before.
  if (stringAt(header, 'zip') === '' && packed[0] === 0x7b) return packed
  // RFC 1950: the low four bits are 8, and the first two bytes are a multiple of 31.
  const isZlib = (packed[0]! & 0x0f) === 8 && ((packed[0]! << 8) | (packed[1] ?? 0)) % 31 === 0
  if (!isZlib) return 'deflate'
  const content = await inflateRaw(packed.subarray(2, -4), MOST_INFLATED)
  return content instanceof Uint8Array ? 'deflate-zlib' : 'deflate'
}

function signatureForm(text: string): CardFault[] {
  const bytes = base64UrlToBytes(text)
  if (bytes === null) return ['signature-length']
  if (bytes.length === 64) return []
  return [bytes[0] === 0x30 && bytes[1] === bytes.length - 2 ? 'signature-der' : 'signature-length']
}

function objectIn(bytes: Uint8Array | null): JsonObject | null {
  if (bytes === null) return null
  const parsed = parseJson(new TextDecoder().decode(bytes))
  return parsed.type === 'value' && isJsonObject(parsed.value) ? parsed.value : null
}

function memberAt(value: JsonValue | undefined, ...path: string[]): JsonValue | undefined {
  let found = value
  for (const step of path) found = isJsonObject(found) ? found[step] : undefined
  return found
}

function listOfTexts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

function secondsAt(payload: JsonObject, name: string): number | null {
  const value = payload[name]
  return value instanceof JsonNumber ? value.valueOf() : null
}
