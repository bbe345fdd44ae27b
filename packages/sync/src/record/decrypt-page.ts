/**
 * The expensive part of reading a pulled page: hashing each body and each envelope, and decrypting the content (decrypt-envelope.ts). It
 * needs no state, so it runs in a worker or on the session's thread. A result is used only for the entry object that it was computed from.
 */
import { bodyOpener } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeHeader, envelopeHashOf, type StreamEntry } from '@chartkeep/protocol/streams'
import { openEnvelope, type OpenedRecord } from './decrypt-envelope.ts'

/** Envelopes of one stream. Keys are content keys by epoch, 32 bytes each; `name` is the stream's. */
export interface PageToDecrypt {
  name: string
  keys: { epoch: number; key: Uint8Array }[]
  envelopes: { header: Uint8Array; body: Uint8Array }[]
}

/** The result of {@link decryptPage} for one envelope. */
export interface DecryptedPart {
  /** SHA-256 of the body, 32 bytes. */
  bodyHash: Uint8Array
  /** E4: the envelope hash, which covers the body hash; 32 bytes. */
  hash: Uint8Array
  /** Null if the header cannot be read or the key of its epoch was not given. */
  opened: OpenedRecord | null
}

export function decryptPage({ name, keys, envelopes }: PageToDecrypt): DecryptedPart[] {
  const decryptWorkers = new Map(keys.map(({ epoch, key }) => [epoch, bodyOpener(key)]))
  const parts = envelopes.map(({ header: encoded, body }) => {
    const bodyHash = sha256(body)
    const header = decodeHeader(encoded)
    const opener = header === null ? undefined : decryptWorkers.get(header.epoch)
    const opened =
      header === null || opener === undefined ? null : openEnvelope(opener.open, name, header, encoded, body)
    return { bodyHash, hash: envelopeHashOf(encoded, bodyHash), opened }
  })
  for (const opener of decryptWorkers.values()) opener.forget()
  return parts
}

/** {@link DecryptedPart} of an entry, with the key and the stream name that opened it. */
export interface OpenedEntry extends DecryptedPart {
  by: Pick<PageToDecrypt, 'name' | 'keys'>
}

/** Keyed by the entry object, so that a result is never used for another entry. */
export type OpenedEntries = Pick<WeakMap<StreamEntry, OpenedEntry>, 'get'>

/**
 * The decrypted content, if it was opened with the epoch's current key and under the stream's current name; null if the envelope must be
 * opened again.
 */
export function openedUnder(
  done: OpenedEntry | null,
  epoch: number,
  key: Uint8Array,
  name: string,
): OpenedRecord | null {
  if (done === null || done.by.name !== name) return null
  const used = done.by.keys.find((each) => each.epoch === epoch)?.key
  return used !== undefined && (used === key || equalBytes(used, key)) ? done.opened : null
}
