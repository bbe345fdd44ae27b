/** What a document proves stands in the document: a link that is made or taken back is a new version of it. */
import type { JsonObject } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { changeRecord } from '../../../app/words/change-record.ts'

/** Changes the links of a document as they stand, whatever a screen still shows: two in quick succession both stay. False where it was not saved. */
export async function relink(
  chart: Pick<Chart, 'recordNow' | 'save'>,
  { id }: Pick<ChartRecord, 'id'>,
  change: (document: JsonObject) => JsonObject,
): Promise<boolean> {
  const outcome = await changeRecord(chart, id, change).catch(() => null)
  return outcome?.type === 'saved'
}
