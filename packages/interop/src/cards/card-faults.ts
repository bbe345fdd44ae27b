/**
 * What can be wrong with a SMART Health Card (https://spec.smarthealth.cards, HL7 IG 1.0.0), as stable codes for the texts
 * of the app. A fault is one of three things: the card cannot be read; its seal cannot be believed; or it departs from the
 * profile and is read all the same.
 */

/** No part of the card can be shown. */
export type CardUnreadable =
  | 'numeric-odd'
  | 'numeric-range'
  | 'chunk-index'
  | 'chunk-missing'
  | 'chunk-other-card'
  | 'not-a-card'
  | 'too-large'
  | 'header'
  | 'deflate'
  | 'deflate-zlib'
  | 'payload-not-json'
  | 'payload-no-bundle'

/** The card can be shown, and must not be taken as vouched for by its issuer. */
export type CardUnsound =
  | 'header-alg'
  | 'header-zip'
  | 'header-kid'
  | 'issuer-missing'
  | 'issuer-not-https'
  | 'issuer-trailing-slash'
  | 'issued-missing'
  | 'issued-milliseconds'
  | 'issued-in-future'
  | 'expires-milliseconds'
  | 'type-missing'
  | 'signature-der'
  | 'signature-length'
  | 'signature-wrong'

/** A departure from the profile that changes neither what the card says nor who says it. */
export type CardOddity =
  | 'surrounding-space'
  | 'chunk-single'
  | 'chunk-too-long'
  | 'too-long-for-one-code'
  | 'expired'
  | 'record-id'
  | 'fhir-version'
  | 'vc-type-immunization'
  | 'vc-type-laboratory'
  | 'bundle-type'
  | 'bundle-url'
  | 'bundle-reference'
  | 'bundle-patients'
  | 'bundle-resource-type'
  | 'bundle-meta'
  | 'bundle-not-minimal'
  | 'immunization-time'
  | 'immunization-status'
  | 'immunization-code'

export type CardFault = CardUnreadable | CardUnsound | CardOddity

const UNSOUND: ReadonlySet<string> = new Set<CardUnsound>([
  'header-alg',
  'header-zip',
  'header-kid',
  'issuer-missing',
  'issuer-not-https',
  'issuer-trailing-slash',
  'issued-missing',
  'issued-milliseconds',
  'issued-in-future',
  'expires-milliseconds',
  'type-missing',
  'signature-der',
  'signature-length',
  'signature-wrong',
])

/** The first fault for which the card's seal cannot be believed; null for none. */
export function unsoundFault(faults: readonly CardFault[]): CardUnsound | null {
  return (faults.find((fault) => UNSOUND.has(fault)) as CardUnsound | undefined) ?? null
}

/** Why a key of an issuer judges no card. */
export type KeyFault =
  | 'keys-not-json'
  | 'keys-missing'
  | 'key-type'
  | 'key-curve'
  | 'key-use'
  | 'key-algorithm'
  | 'key-private'
  | 'key-point'
  | 'key-id'
  | 'certificate-unreadable'
  | 'certificate-other-key'
  | 'certificate-no-address'
  | 'certificate-address-not-a-link'
  | 'certificate-other-issuer'
  | 'certificate-chain'
