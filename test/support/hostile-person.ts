/**
 * A person whose app was changed: envelopes that are sealed and signed as the protocol asks, for the streams that were granted, with whatever
 * content, names and order the test wants. An honest server takes them, for it cannot read them.
 */
import { pad, randomBytes, sealBody, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, MAX_BATCH, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import {
  encodeHeader,
  envelopeHashOf,
  signBatch,
  streamHead,
  type Envelope,
  type Header,
} from '@chartkeep/protocol/streams'
import { newestKey, rowToPlaintext } from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import type { Device } from './attack-world.ts'

export interface HostileDraft {
  /** The resource, or what is called one. */
  text: string
  doc?: Uint8Array
  revision?: Uint8Array
  /** `previous`: the draft before this one. */
  parent?: Uint8Array | 'previous'
  merged?: Uint8Array[]
  clock?: string
  importHash?: string
  importSource?: string
}

export interface HostileEnvelope {
  doc: Uint8Array
  revision: Uint8Array
  hash: Uint8Array
}

/** Sends the drafts in order, as many in a push as their size lets; throws what the server refuses. The device reads them itself at its next pass. */
export async function sendHostile(
  device: Device,
  stream: Uint8Array,
  drafts: readonly HostileDraft[],
): Promise<HostileEnvelope[]> {
  const { machine } = device
  const id = idText(stream)
  const state = machine.streams.get(id)!
  const { epoch, key } = newestKey(machine, id)!
  let { seq, previous, voids } = state.devices.get(idText(device.secrets.id)) ?? {
    seq: 0,
    previous: ZERO_HASH,
    voids: 0,
  }
  const made: (HostileEnvelope & Omit<Envelope, 'proof'>)[] = []
  for (const { text, doc = randomBytes(16), revision = randomBytes(16), ...rest } of drafts) {
    const {
      parent = ZERO_HASH,
      merged = [],
      clock = '000000000000001.0000.AAAAAA',
      importHash = '',
      importSource = '',
    } = rest
    const names = { stream: id, doc: idText(doc), revision: idText(revision), clock, importHash, importSource }
    const padded = pad(rowToPlaintext(idText(machine.vault), { ...names, resource: text } as StoredRecord))
    const header: Header = {
      vault: machine.vault,
      stream,
      doc,
      revision,
      parent: parent === 'previous' ? previous : parent,
      merged,
      epoch,
      account: device.person.account,
      device: device.secrets.id,
      deviceSeq: ++seq,
      devicePrevious: previous,
      control: controlHead(machine.control),
      accountLog: accountHead(device.book.lookup(device.person.account)),
      streamHead: streamHead(state),
      voids,
      deleted: false,
      paddedLength: padded.length,
    }
    const encoded = encodeHeader(header)
    const body = sealBody(key, encoded, padded, randomBytes(24))
    const hash = envelopeHashOf(encoded, sha256(body))
    made.push({ doc, revision, hash, header: encoded, body })
    previous = hash
    voids = 0
  }
  const author = { vault: machine.vault, account: device.person.account, device: device.secrets.id }
  for (let from = 0; from < made.length; from += MAX_BATCH) {
    const batch = made.slice(from, from + MAX_BATCH)
    const proofs = await signBatch(
      batch.map(({ hash }) => hash),
      author,
      (message) => sign(device.secrets.signing, message),
    )
    const envelopes = batch.map(({ header, body }, index) => ({ header, body, proof: proofs[index]! }))
    const answer = await device.server.push(machine.vault, envelopes)
    if (answer.type !== 'ok') throw new Error(JSON.stringify(answer))
  }
  return made.map(({ doc, revision, hash }) => ({ doc, revision, hash }))
}
