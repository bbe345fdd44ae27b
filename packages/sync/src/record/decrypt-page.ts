/**
 * The costly part of reading one pulled page, which needs no state: the hash of each body, the hash of each envelope, and what is inside
 * (decrypt-envelope.ts). It runs in a worker or here; what it says is used only for the very entries that it was computed of.
 */
import { bodyOpener, equalBytes, sha256 } from '@chartkeep/crypto'
import { decodeHeader, envelopeHashOf, type StreamEntry } from '@chartkeep/protocol'
import { openEnvelope, type OpenedRecord } from './decrypt-envelope.ts'

/** Envelopes of one stream. Keys are content keys by epoch, 32 bytes each; `name` is the stream's. */
export interface PageToDecrypt {
  name: string
  keys: { epoch: number; key: Uint8Array }[]
  envelopes: { header: Uint8Array; body: Uint8Array }[]
}

/** What {@link decryptPage} says of one envelope. */
export interface DecryptedPart {
  /** SHA-256 of the body, 32 bytes. */
  bodyHash: Uint8Array
  /** E4: the envelope's hash with that of the body, 32 bytes. */
  hash: Uint8Array
  /** Null where the header cannot be read or its epoch's key is not among those given. */
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

/** {@link DecryptedPart} of an entry, with what it was opened by. */
export interface OpenedEntry extends DecryptedPart {
  by: Pick<PageToDecrypt, 'name' | 'keys'>
}

/** By the entry itself: what was computed of one is never taken for another. */
export type OpenedEntries = Pick<WeakMap<StreamEntry, OpenedEntry>, 'get'>

/** What is inside, where it was opened by the key that its epoch has now and under the stream's name of now; else null: it has to be opened. */
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
