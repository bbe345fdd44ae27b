/**
 * Decrypts one envelope and checks its content, given only its bytes and its content key (E2, and E6 after the signature). The session's
 * thread and the workers run the same code. The author, the author's rights and the envelope's position in the stream are judged elsewhere.
 */
import { unpad } from '@chartkeep/crypto'
import { collectionOfStreamName, LIST_TABLE, parseJsonOrNull, type ListTable } from '@chartkeep/domain'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import type { Header } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { makeRow, readPlaintext } from './record-codec.ts'

export type OpenedRecord =
  { type: 'row'; row: StoredRecord } | { type: 'quarantine'; reason: 'seal' | 'inner' | 'collection' }

const NO_PARENT = idText(ZERO_HASH)

/**
 * Checks the commitment, the seal, the inner ids and revision, and the collection, in this order.
 * @param open - opens a body under the content key of the header's epoch
 * @param header - `headerBytes`, decoded
 * @param name - the stream's name, delivered with its key
 * @param lists - the lists that may hold each resource type, in this version of the program
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
