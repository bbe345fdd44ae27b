/**
 * Sealed files at a server (B4): what the uploader signs, how large each sealed chunk of a blob is, and the capability links by which
 * chunks travel. Nothing here opens a chunk; the server proves with it that what it stores is what somebody with the right signed.
 */
import { base64UrlToBytes, bytesToBase64Url, concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { merkleRoot } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import {
  BLOB_CHUNK_BYTES,
  HASH_LENGTH,
  ID_LENGTH,
  MAX_BLOB_CHUNKS,
  SEALED_CHUNK_BYTES,
  SIGNATURE_LENGTH,
} from '../base/limits.ts'
import {
  bytes,
  decodeAs,
  encodeMessage,
  exactly,
  nullable,
  record,
  text,
  uint,
  word,
  type TypeOf,
} from '../base/shape.ts'

export const BlobBody = record({
  v: exactly(1),
  vault: bytes(ID_LENGTH),
  stream: bytes(ID_LENGTH),
  blob: bytes(ID_LENGTH),
  /** Bytes of all sealed chunks together; it settles how many there are and how long each is. */
  size: uint(),
  /** Root of the RFC 6962 tree over the hashes of the sealed chunks (B1). */
  root: bytes(HASH_LENGTH),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  /** Head of the account log by which the device is live. */
  accountLog: record({ n: uint(), h: bytes(HASH_LENGTH) }),
})
export type BlobBody = TypeOf<typeof BlobBody>

/** The exact bytes that were signed, at most 512, and the Ed25519 signature over `chartkeep/blob/v1` and them. */
export const BlobStatement = record({ body: bytes({ max: 512 }), signature: bytes(SIGNATURE_LENGTH) })
export type BlobStatement = TypeOf<typeof BlobStatement>

const Hashes = bytes({ max: MAX_BLOB_CHUNKS * HASH_LENGTH })
/** One bit for each chunk that is stored, the first chunk the lowest bit of the first byte. */
const Have = bytes({ max: MAX_BLOB_CHUNKS / 8 })
const Link = text(1024)

/** Begins an upload, or resumes it. `hashes`: SHA-256 of each sealed chunk; `first`: the first chunk, so that a small file takes one request. */
export const BlobPost = record({
  statement: BlobStatement,
  hashes: Hashes,
  first: nullable(bytes({ max: BLOB_CHUNK_BYTES })),
})
export type BlobPost = TypeOf<typeof BlobPost>

/** What is stored already, and the link by which the rest is put; `until`: its end, milliseconds since 1970 by the server's clock. */
export const BlobBegun = record({ have: Have, link: Link, until: uint() })
export type BlobBegun = TypeOf<typeof BlobBegun>

/** A blob to read. `statement` is null for a blob that was uploaded before uploads were signed. */
export const BlobInfo = record({
  size: uint(),
  hashes: Hashes,
  have: Have,
  statement: nullable(BlobStatement),
  link: Link,
  until: uint(),
})
export type BlobInfo = TypeOf<typeof BlobInfo>

/** How long a capability link holds. */
export const LINK_MS = 5 * 60_000

/** The right to get or to put the chunks of one blob, for one device, until a moment of the server's clock. */
export const BlobLink = record({
  v: exactly(1),
  method: word('get', 'put'),
  vault: bytes(ID_LENGTH),
  stream: bytes(ID_LENGTH),
  blob: bytes(ID_LENGTH),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  until: uint(),
})
export type BlobLink = TypeOf<typeof BlobLink>

export function blobMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/blob/v1'), body)
}

/** Sealed chunks of a blob of `size` sealed bytes; null for a size that no blob has. */
export function chunkCountOf(size: number): number | null {
  if (!Number.isSafeInteger(size) || size <= 0) return null
  const count = Math.ceil(size / SEALED_CHUNK_BYTES)
  return count <= MAX_BLOB_CHUNKS && sealedChunkLength(size, count - 1) > SEAL_BYTES ? count : null
}

/** Nonce and tag of a chunk. */
const SEAL_BYTES = 28

/** Length of the sealed chunk at `index` of a blob of `size` sealed bytes; `index` is below {@link chunkCountOf}. */
export function sealedChunkLength(size: number, index: number): number {
  return Math.min(SEALED_CHUNK_BYTES, size - index * SEALED_CHUNK_BYTES)
}

/** The hashes of a list one after another. */
export function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH)
}

/** The root of {@link BlobBody} over concatenated hashes. */
export function blobRoot(hashes: Uint8Array): Uint8Array {
  return merkleRoot(Array.from({ length: hashes.length / HASH_LENGTH }, (_, index) => hashAt(hashes, index)))
}

/** The statement that a post makes, if its parts belong together: a size that a blob has, and as many hashes, which lead to its root. */
export function readBlobPost({ statement, hashes }: Pick<BlobPost, 'statement' | 'hashes'>): BlobBody | null {
  const body = decodeAs(BlobBody, statement.body)
  const count = body === null ? null : chunkCountOf(body.size)
  if (body === null || count === null || hashes.length !== count * HASH_LENGTH) return null
  return equalBytes(blobRoot(hashes), body.root) ? body : null
}

/** Whether the account that the statement names made it, by a device that was live at the head it names; `account`: the reader's log lacks it. */
export async function judgeBlobStatement(
  { body: encoded, signature }: BlobStatement,
  body: BlobBody,
  author: AccountState,
): Promise<'ok' | 'account' | 'refused'> {
  if (!equalBytes(body.account, author.account)) return 'refused'
  if (!hasAccountHead(author, body.accountLog)) return 'account'
  const device = deviceLiveAt(author, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return 'refused'
  return (await verify(device.sign, blobMessage(encoded), signature)) ? 'ok' : 'refused'
}

/** A bit for each chunk that `has` names. */
export function haveBits(count: number, has: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8))
  for (const index of has) bits[index >> 3]! |= 1 << (index & 7)
  return bits
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
}

/** Signs a link: base64url of its bytes and the server's signature over `chartkeep/blob-link/v1` and them. */
export async function writeLink(link: BlobLink, sign: (message: Uint8Array) => Promise<Uint8Array>): Promise<string> {
  const body = encodeMessage(link)
  return bytesToBase64Url(concatBytes(body, await sign(linkMessage(body))))
}

/** Reads a link that `serverKey` signed; null for anything else. Whether it has ended is for the server to say. */
export async function readLink(words: string, serverKey: Uint8Array): Promise<BlobLink | null> {
  const all = words.length > 1024 ? null : base64UrlToBytes(words)
  if (all === null) return null
  const body = all.subarray(0, -SIGNATURE_LENGTH)
  const link = decodeAs(BlobLink, body)
  if (link === null) return null
  return (await verify(serverKey, linkMessage(body), all.subarray(body.length))) ? link : null
}

function linkMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/blob-link/v1'), body)
}
