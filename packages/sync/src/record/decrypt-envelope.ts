/**
 * What is inside one envelope, from its bytes and its content key alone (E2, and E6 after the signature): the same on the thread of the session and
 * in a worker. Its author, the author's right and its place in the stream are judged elsewhere.
 */
import { unpad } from '@chartkeep/crypto'
import { collectionOfStreamName, LIST_TABLE, parseJsonOrNull, type ListTable } from '@chartkeep/domain'
import { idText, ZERO_HASH, type Header } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import { makeRow, readPlaintext } from './record-codec.ts'

export type OpenedRecord =
  { type: 'row'; row: StoredRecord } | { type: 'quarantine'; reason: 'seal' | 'inner' | 'collection' }

const NO_PARENT = idText(ZERO_HASH)

/**
 * Commitment, seal, inner ids and revision, collection, in this order.
 * @param open - opens a body under the content key of the header's epoch
 * @param header - `headerBytes`, decoded
 * @param name - of the stream, as its key came with it
 * @param lists - where records may stand, as this program knows it
 */
export function openEnvelope(
  open: (header: Uint8Array, body: Uint8Array) => Uint8Array | null,
  name: string,
  header: Header,
  headerBytes: Uint8Array,
  body: Uint8Array,
  lists: Pick<ListTable, 'mayBelongTo'> = LIST_TABLE,
): OpenedRecord {
  const opened = open(headerBytes, body)
  if (opened === null) return { type: 'quarantine', reason: 'seal' }
  const plaintext = opened.length === header.paddedLength ? unpad(opened) : null
  const plain = plaintext === null ? null : readPlaintext(plaintext)
  if (plain === null) return { type: 'quarantine', reason: 'inner' }
  const stream = idText(header.stream)
  const same =
    plain.vault === idText(header.vault) &&
    plain.stream === stream &&
    plain.doc === idText(header.doc) &&
    plain.revision === idText(header.revision)
  if (!same) return { type: 'quarantine', reason: 'inner' }
  const resource = parseJsonOrNull(plain.resource)
  if (resource === null) return { type: 'quarantine', reason: 'inner' }
  const collection = collectionOfStreamName(name)
  if (collection === null || !lists.mayBelongTo(resource, collection))
    return { type: 'quarantine', reason: 'collection' }
  const parent = idText(header.parent)
  const row = makeRow(
    {
      stream,
      doc: plain.doc,
      name,
      revision: plain.revision,
      parent: parent === NO_PARENT ? '' : parent,
      clock: plain.clock,
      account: idText(header.account),
      device: idText(header.device),
      resource: plain.resource,
      importHash: plain.importHash,
      importSource: plain.importSource,
    },
    resource,
  )
  return { type: 'row', row }
}
