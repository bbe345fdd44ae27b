/**
 * The little of X.509 (RFC 5280) that the keys of card issuers need: the key, the addresses it is for, and whether each
 * certificate is signed by the next. Not judged: dates (cards outlive certificates) and whether the last one is trusted,
 * which is for the person or the host to say by the list of issuers.
 */
import { bytesToBase64Url } from '@chartkeep/crypto/encoding'
import type { KeyFault } from './card-faults.ts'

/** One value of DER (X.690): its tag, its content, and all its bytes. */
interface Der {
  tag: number
  content: Uint8Array
  whole: Uint8Array
}

interface Certificate {
  /** What is signed. */
  signed: Uint8Array
  signature: Uint8Array
  hash: string
  /** SubjectPublicKeyInfo. */
  keyInfo: Uint8Array
  curve: string
  /** The point, with its leading 4. */
  point: Uint8Array
  /** Names in subjectAltName: links and others. */
  links: string[]
  hasNames: boolean
}

const MOST_CERTIFICATES = 8

/** Why the chain (base64 of DER, the issuer's own first) does not vouch for the key; null where it does. */
export async function certificateFault(
  chain: readonly string[],
  key: { x: string; y: string },
  issuer: string | null,
): Promise<KeyFault | null> {
  const read = chain.length > MOST_CERTIFICATES ? [] : chain.map(certificateIn)
  const own = read[0]
  if (own === undefined || own === null || read.includes(null)) return 'certificate-unreadable'
  const [x, y] = [own.point.subarray(1, 33), own.point.subarray(33, 65)].map(bytesToBase64Url)
  if (own.curve !== 'P-256' || x !== key.x || y !== key.y) return 'certificate-other-key'
  if (!own.hasNames) return 'certificate-no-address'
  if (own.links.length === 0) return 'certificate-address-not-a-link'
  if (issuer !== null && !own.links.includes(issuer)) return 'certificate-other-issuer'
  for (const [at, certificate] of read.entries()) {
    const signer = read[at + 1]
    if (signer === undefined || signer === null) break
    if (!(await isSignedBy(certificate!, signer))) return 'certificate-chain'
  }
  return null
}

async function isSignedBy(certificate: Certificate, signer: Certificate): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey(
      'spki',
      new Uint8Array(signer.keyInfo),
      { name: 'ECDSA', namedCurve: signer.curve },
      false,
      ['verify'],
    )
    return await crypto.subtle.verify(
      { name: 'ECDSA', hash: certificate.hash },
      key,
      rawSignature(certificate.signature, (signer.point.length - 1) / 2),
      new Uint8Array(certificate.signed),
    )
  } catch {
    // A curve that this platform does not know, or a point that is none.
    return false
  }
}

const CURVES: Readonly<Record<string, string>> = {
  '2a8648ce3d030107': 'P-256',
  '2b81040022': 'P-384',
  '2b81040023': 'P-521',
}
const HASHES: Readonly<Record<string, string>> = {
  '2a8648ce3d040302': 'SHA-256',
  '2a8648ce3d040303': 'SHA-384',
  '2a8648ce3d040304': 'SHA-512',
}
const SUBJECT_ALT_NAME = '551d11'

function certificateIn(base64: string): Certificate | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const [signed, algorithm, signature] = partsOf(valueAt(bytes, 0))
    const fields = partsOf(signed!)
    // The version is in a [0] of its own, and may be left out.
    const from = fields[0]?.tag === 0xa0 ? 1 : 0
    const keyInfo = fields[from + 5]!
    const [keyAlgorithm, bits] = partsOf(keyInfo)
    const extensions = fields.find(({ tag }) => tag === 0xa3)
    const names = extensions === undefined ? null : altNames(extensions)
    return {
      signed: signed!.whole,
      signature: signature!.content.subarray(1),
      hash: HASHES[hex(partsOf(algorithm!)[0]!.content)] ?? '',
      keyInfo: keyInfo.whole,
      curve: CURVES[hex(partsOf(keyAlgorithm!)[1]!.content)] ?? '',
      point: bits!.content.subarray(1),
      links: (names ?? []).flatMap(({ tag, content }) => (tag === 0x86 ? [new TextDecoder().decode(content)] : [])),
      hasNames: names !== null && names.length > 0,
    }
  } catch {
    return null
  }
}

function altNames(extensions: Der): Der[] | null {
  for (const extension of partsOf(partsOf(extensions)[0]!)) {
    const parts = partsOf(extension)
    if (hex(parts[0]!.content) === SUBJECT_ALT_NAME) return partsOf(valueAt(parts.at(-1)!.content, 0))
  }
  return null
}

/** Throws a RangeError where the length leads out of the bytes. */
function valueAt(bytes: Uint8Array, start: number): Der {
  let at = start + 2
  let length = bytes[start + 1]!
  if (length > 0x80) {
    const count = length - 0x80
    if (count > 3) throw new RangeError('no certificate is so long')
    length = 0
    for (const end = at + count; at < end; at++) length = length * 256 + bytes[at]!
  }
  if (!(at + length <= bytes.length)) throw new RangeError('the value ends behind the bytes')
  return { tag: bytes[start]!, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) }
}

function partsOf({ content }: Der): Der[] {
  const parts: Der[] = []
  for (let at = 0; at < content.length;) {
    const part = valueAt(content, at)
    parts.push(part)
    at += part.whole.length
  }
  return parts
}

/** Two integers of DER as Web Crypto wants them: each as long as the curve's coordinates. */
function rawSignature(der: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(2 * size)
  for (const [at, { content }] of partsOf(valueAt(der, 0)).entries()) {
    const number = content[0] === 0 ? content.subarray(1) : content
    raw.set(number, (at + 1) * size - number.length)
  }
  return raw
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
