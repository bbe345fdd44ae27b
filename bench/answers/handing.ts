/**
 * What an honest page of a pull costs the thread that needs it: decoding it there, or receiving it from a thread that has decoded it. Runs in Node
 * and in a page alike.
 */
import { randomBytes } from '@chartkeep/crypto'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { PullAnswer } from '@chartkeep/protocol/messages'

/** The largest page that a device asks for. */
const PAGE_BYTES = 2 * 1024 * 1024
const BODY_BYTES = 1024
const ROUNDS = 15

export interface Handing {
  mib: number
  entries: number
  decodeMs: number
  receiveMs: number
}

export async function handing(): Promise<Handing> {
  const stream = randomBytes(16)
  const entries = Array.from({ length: Math.floor(PAGE_BYTES / (BODY_BYTES + 500)) }, (_, at) => ({
    n: at + 1,
    outcome: 'current',
    header: randomBytes(250),
    bodyHash: randomBytes(32),
    body: randomBytes(BODY_BYTES),
    proof: { size: 1, index: 0, path: [], signature: randomBytes(64) },
  }))
  const head = { kind: 'stream', id: stream, n: entries.length, h: randomBytes(32), time: 0 }
  const bytes = encodeMessage({ streams: [{ stream, entries, head: { ...head, signature: randomBytes(64) } }] })
  const value = decodeAs(PullAnswer, bytes)
  if (value === null) throw new Error('the page does not fit its shape')
  const decodes: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now()
    decodeAs(PullAnswer, bytes)
    decodes.push(performance.now() - start)
  }
  const { port1, port2 } = new MessageChannel()
  const receives: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const received = new Promise<void>((resolve) => {
      port2.onmessage = (event: MessageEvent) => {
        // A browser reads a message at the first access to its data.
        const start = performance.now()
        void (event.data as unknown)
        receives.push(performance.now() - start)
        resolve()
      }
    })
    port1.postMessage(value)
    await received
  }
  port1.close()
  port2.close()
  const least = (all: readonly number[]) => all.toSorted((a, b) => a - b)[0]!
  return {
    mib: bytes.length / 1024 ** 2,
    entries: entries.length,
    decodeMs: least(decodes),
    receiveMs: least(receives),
  }
}
