/** Which records are facts about the person: lists, the timeline and counts show these; the others stand with what they are about. */
import { TASK_SYSTEM } from './collections.ts'
import { isCardRecord } from './builders/emergency-card.ts'
import { isSignature } from './builders/signature-record.ts'

/**
 * False for the choice for the emergency card, for tasks of ours (decision 0062) and for signatures. `code`: system and code, as the store has them;
 * `resource`: FHIR JSON text.
 */
export function isFactRecord(record: { type: string; collection: string; code: string; resource: string }): boolean {
  const isCareTask = record.type === 'Task' && record.code.startsWith(`${TASK_SYSTEM}|`)
  return !isCareTask && !isCardRecord(record) && !isSignature(record)
}
