/** The same in a page: `bounded` measures times, and holds what was read until its memory was measured. */
import { costs, worstMessages, type Cost, type Worst } from './worst.ts'

export interface BoundedPageApi {
  costs(): Cost[]
  /** Names and sizes of the messages that are read to their end. */
  taken(): { name: string; mib: number }[]
  hold(index: number): void
  letGo(): void
}

const messages = worstMessages()
const taken: Worst[] = messages.filter(({ kind }) => kind === 'taken')
let held: unknown = null

declare const window: { bounded: BoundedPageApi }
window.bounded = {
  costs: () => costs(messages),
  taken: () => taken.map(({ name, bytes }) => ({ name, mib: bytes.length / (1024 * 1024) })),
  hold: (index) => void (held = taken[index]!.read()),
  letGo: () => void (held = null),
}
// Read once, so that no compiler takes it for waste.
export const isHolding = () => held !== null
