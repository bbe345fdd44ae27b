/** What RxDB's collections hear when documents go without a tombstone, so that live queries and documents let go of them. */
import type { EventBulk, RxDocumentData, RxStorageChangeEvent, RxStorageDefaultCheckpoint } from 'rxdb'
import { createRevision, now, randomToken } from 'rxdb/plugins/utils'
import type { AnyDocument } from '../journal/batch.ts'
import type { AnyFields, InstanceState } from './instance-state.ts'

/** One bulk of deletions for those of `documents` that were not deleted already; `null` when there is none. */
export function removalEvents(
  { primaryPath }: InstanceState,
  documents: readonly AnyDocument[],
  context: string,
): EventBulk<RxStorageChangeEvent<RxDocumentData<AnyFields>>, RxStorageDefaultCheckpoint> | null {
  const live = documents.filter(({ _deleted }) => !_deleted)
  if (live.length === 0) return null
  const lwt = now()
  const token = randomToken(10)
  return {
    id: randomToken(10),
    context,
    checkpoint: { id: String(live.at(-1)![primaryPath]), lwt },
    events: live.map((previous) => ({
      operation: 'DELETE',
      documentId: String(previous[primaryPath]),
      documentData: {
        ...previous,
        _deleted: true,
        _meta: { ...previous._meta, lwt },
        _rev: createRevision(token, previous),
      },
      previousDocumentData: previous,
    })),
  }
}
