/** The same in a page. */
import { ask, type Asked } from './asking.ts'
import { handing, type Handing } from './handing.ts'

export interface AnswersPageApi {
  ask(address: string, key: number[], name: string): Promise<Asked>
  handing(): Promise<Handing>
}

declare const window: { answers: AnswersPageApi }
window.answers = { ask: (address, key, name) => ask(address, Uint8Array.from(key), name), handing }
