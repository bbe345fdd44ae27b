/** Changes a record in its current version, not the version on the screen: of two changes in quick succession, both take effect. */
import { type JsonObject, parseJsonObject, stringifyJson } from '@chartkeep/domain'
import type { Chart, ChartRecord, SaveOutcome } from '@chartkeep/sync'

/** So often another version comes in between before the person is told to try again. */
const TRIES = 5

/** `gone`: there is no such record any more, it cannot be read, or it is not to be changed as it is now. */
export type ChangeOutcome = SaveOutcome | { type: 'gone' }

/** @param change - called once more, with the newer version, where one came in between; null leaves it as it is */
export async function changeRecord(
  chart: Pick<Chart, 'recordNow' | 'save'>,
  id: string,
  change: (resource: JsonObject, record: ChartRecord) => JsonObject | null,
): Promise<ChangeOutcome> {
  let outcome: ChangeOutcome = { type: 'changed' }
  for (let tries = 0; outcome.type === 'changed' && tries < TRIES; tries++) {
    const record = chart.recordNow(id)
    const before = record === null ? null : parseJsonObject(record.resource)
    if (record === null || before === null) return { type: 'gone' }
    const after = change(before, record)
    if (after === null) return { type: 'gone' }
    outcome = await chart.save({
      collection: record.collection,
      resource: stringifyJson(after),
      id,
      base: record.revision,
    })
  }
  return outcome
}
