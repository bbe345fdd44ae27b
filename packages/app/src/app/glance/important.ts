/** The important records of each list for the overview: current records, and never a statement that there are none. Pure. */
import { collectionOfStreamName, mayRelyOn, noneStated } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { isMedicine } from '../measures/doses.ts'
import type { NoneList } from '../words/none-stated.ts'
import type { RecordViews } from '../words/record-view.ts'

const SHOWN: Readonly<Record<NoneList, (record: ChartRecord, views: RecordViews) => boolean>> = {
  allergies: (record) => record.status !== 'past' && mayRelyOn(record),
  medications: (record, views) => isMedicine(record) && views.isCurrent(record),
  conditions: (record, views) => record.type === 'Condition' && views.isCurrent(record),
}

/** The records of a list and its private twin, which is part of what its owner sees at a glance. */
export function recordsIn(records: readonly ChartRecord[], list: NoneList): ChartRecord[] {
  return records.filter(({ collection }) => collectionOfStreamName(collection) === list)
}

/** The important ones among them. */
export function importantOf(records: readonly ChartRecord[], list: NoneList, views: RecordViews): ChartRecord[] {
  return recordsIn(records, list).filter(
    (record) => SHOWN[list](record, views) && noneStated(views.of(record).resource) === null,
  )
}
