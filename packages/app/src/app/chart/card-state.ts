/** The state of a chart's emergency card: which record holds the owner's choice, and whether the printed card is still reliable. */
import {
  emergencyCardChoice,
  type EmergencyCardChoice,
  isCardOld,
  isCardRecord,
  isEmergencyCard,
  momentOf,
  parseJsonOrNull,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'

/** The newest choice of an owner, ignoring records of other authors; null before the first. */
export function cardRecordOf(records: readonly ChartRecord[]): ChartRecord | null {
  return records
    .filter(
      (record) =>
        record.byOwner &&
        isCardRecord(record) &&
        record.status !== 'error' &&
        isEmergencyCard(parseJsonOrNull(record.resource)),
    )
    .reduce<ChartRecord | null>((newest, record) => (newest && newest.savedAt > record.savedAt ? newest : record), null)
}

/** `old`: last looked at over six months ago. `changed`: something that it shows was written since. */
export type CardTrouble = 'old' | 'changed' | null

/** The warning for a card; none for a card that was never printed or saved. */
export function cardTrouble(
  choice: EmergencyCardChoice,
  shown: readonly Pick<ChartRecord, 'savedAt'>[],
  now: Date,
): CardTrouble {
  if (choice.checked === '' || choice.shows.length === 0) return null
  const checked = momentOf(choice.checked)
  if (shown.some(({ savedAt }) => savedAt > checked)) return 'changed'
  return isCardOld(choice, now) ? 'old' : null
}

/** The same for a chart, by its records alone: for the list of what needs the person. */
export function chartCardTrouble(records: readonly ChartRecord[], now: Date): CardTrouble {
  const record = cardRecordOf(records)
  const choice = record && emergencyCardChoice(parseJsonOrNull(record.resource))
  if (!choice) return null
  const shown = records.filter(({ id }) => choice.shows.includes(`record ${id}`))
  return cardTrouble(choice, shown, now)
}
