/**
 * The record that carries a signature: a FHIR Provenance (https://hl7.org/fhir/R4/provenance.html) whose target is one exact version. What it says of
 * signer, meaning and time repeats the signed statement for other systems; this app believes the statement alone.
 */
import { referencedVersion, versionReference, type CareReference } from '../elements/care-references.ts'
import { instantText } from '../dates/dates.ts'
import { objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject, parseJsonOrNull } from '../elements/json.ts'
import { coding, given } from './elements-written.ts'

/** What a signature means; packages/protocol has the same words in what is signed. */
export type SignatureMeaning = 'author' | 'co-sign' | 'review' | 'approve' | 'acknowledge' | 'decline'

export interface SignatureRecordInput {
  /** {@link https://hl7.org/fhir/R4/provenance-definitions.html#Provenance.target}: `doc`, revision and type of the signed record. */
  record: string
  revision: string
  type: string
  meaning: SignatureMeaning
  /** Milliseconds since 1970 by the signer's clock. */
  at: number
  who: CareReference
  /** Base64 of statement and signature. */
  data: string
}

const MEANINGS = 'urn:chartkeep:signature-meaning'
/** ASTM E1762, as FHIR asks for; for the others it has no word. */
const ASTM: Partial<Record<SignatureMeaning, { code: string; display: string }>> = {
  author: { code: '1.2.840.10065.1.12.1.1', display: "Author's Signature" },
  'co-sign': { code: '1.2.840.10065.1.12.1.2', display: "Coauthor's Signature" },
  review: { code: '1.2.840.10065.1.12.1.13', display: 'Review Signature' },
  approve: { code: '1.2.840.10065.1.12.1.5', display: 'Verification Signature' },
}
/** Deterministic CBOR and the signature over it. */
const FORMAT = 'application/cbor'

export function newSignatureRecord({
  record,
  revision,
  type,
  meaning,
  at,
  who,
  data,
}: SignatureRecordInput): JsonObject {
  const when = instantText(at)
  const astm = ASTM[meaning]
  const types = [
    ...(astm === undefined ? [] : [coding({ system: 'urn:iso-astm:E1762-95:2013', ...astm })]),
    coding({ system: MEANINGS, code: meaning, display: '' }),
  ]
  return jsonObject({
    resourceType: 'Provenance',
    target: [versionReference(record, revision, type)],
    recorded: when,
    activity: jsonObject({ coding: [coding({ system: MEANINGS, code: meaning, display: '' })], text: given(meaning) }),
    agent: [jsonObject({ who })],
    signature: [jsonObject({ type: types, when, who, sigFormat: FORMAT, data })],
  })
}

/** Whether a resource is a signature record: writing one needs the right `sign` (E6). */
export function isSignatureRecord(resource: unknown): boolean {
  return (
    typeOf(resource) === 'Provenance' && objectsAt(resource, 'signature').some(({ sigFormat }) => sigFormat === FORMAT)
  )
}

/** What a signature record is of, and what it carries (base64); null for every other resource. */
export function signatureRecord(resource: unknown): { record: string; revision: string; data: string } | null {
  if (!isSignatureRecord(resource)) return null
  const target = objectsAt(resource, 'target')
    .map(referencedVersion)
    .find((found) => found !== null)
  const signature = objectsAt(resource, 'signature').find(({ sigFormat }) => sigFormat === FORMAT)
  if (target === undefined) return null
  return { record: target.id, revision: target.revision, data: stringAt(signature, 'data') }
}

/**
 * Whether a stored record is a signature of another record. It is no fact about the person: it is shown with the record that it signs, in no list,
 * and counts for none. `resource`: FHIR JSON text.
 */
export function isSignature({ type, resource }: { type: string; resource: string }): boolean {
  return type === 'Provenance' && signatureRecord(parseJsonOrNull(resource)) !== null
}
