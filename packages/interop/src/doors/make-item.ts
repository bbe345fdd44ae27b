/** A record that a door made of something that was no FHIR JSON, as the item that an import takes. */
import {
  collectionOf,
  contentIdentity,
  importIdentity,
  patientReferenceOf,
  stringifyJson,
  typeOf,
  type JsonObject,
} from '@chartkeep/domain'
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { FhirItem } from '../contract/fhir-items.ts'

/** What is known of the record besides its text. */
export interface MadeOf {
  /**
   * The text in the file that it was made of. Another import is compared by it: the same source is the same record, also
   * where a later release reads more of it. It must not hold what changes from one export to the next (the time of the
   * export, a running number).
   */
  origin: string
  /** Its name in FHIR references of the same file, e.g. `urn:uuid:…`; '' for none. */
  fullUrl?: string
  /** Parts of a name that the source itself gives, e.g. `['steps', '2024-08-11']`; without it by identifier, else by `origin`. */
  identity?: readonly string[]
}

/** `index`: its position among the records of the file, from 0. */
export function makeItem(resource: JsonObject, index: number, { origin, fullUrl = '', identity }: MadeOf): FhirItem {
  const canonicalHash = hashOfText(origin)
  const type = typeOf(resource)
  return {
    index,
    file: 0,
    text: stringifyJson(resource),
    resource,
    resourceType: type,
    fullUrl,
    identity:
      identity === undefined
        ? importIdentity(resource, fullUrl) || contentIdentity(resource, canonicalHash)
        : JSON.stringify([type, ...identity]),
    canonicalHash,
    former: { identities: [], canonicalHash },
    collection: collectionOf(resource),
    patientReference: patientReferenceOf(resource),
    readAs: null,
  }
}

/** base64url of SHA-256 of the text, 43 characters in one piece. */
export function hashOfText(text: string): string {
  return Array.from(bytesToBase64Url(sha256(utf8ToBytes(text)))).join('')
}
