/** Which records are facts about the person: lists, the timeline and counts show these; the others stand with what they are about. */
import { TASK_SYSTEM } from './collections.ts'
import { isCardRecord } from './builders/emergency-card.ts'

/** False for the choice for the emergency card and for tasks of ours (decision 0062). `code`: system and code, as the store has them. */
export function isFactRecord({ type, collection, code }: { type: string; collection: string; code: string }): boolean {
  const isCareTask = type === 'Task' && code.startsWith(`${TASK_SYSTEM}|`)
  return !isCareTask && !isCardRecord({ type, collection })
}
