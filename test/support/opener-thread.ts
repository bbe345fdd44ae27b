/**
 * The worker that opens pulled pages, as a thread of Node: the very code that the app's worker runs, over real messages with handed-over
 * buffers. This file is also the thread's script.
 */
import { MessageChannel, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads'
import { serveDecryptWorker } from '@chartkeep/sync/decrypt-worker'
import type { DecryptWorkers, DecryptPort } from '@chartkeep/sync/testing'

const ROLE = 'chartkeep-opener'

if (workerData === ROLE && parentPort !== null) {
  parentPort.on('message', (port: MessagePort) =>
    serveDecryptWorker({
      postMessage: (message, transfer) => port.postMessage(message, transfer),
      onMessage: (listener) => port.on('message', listener),
    }),
  )
}

export interface ThreadOpeners extends DecryptWorkers {
  /** Envelopes that the thread was asked about, and about which its answers came. */
  asked: number
  answered: number
  /** Readings of streams that have not ended their worker. */
  alive: number
  close(): Promise<unknown>
}

/** One thread, started now, which serves one reading of streams after another and opens every envelope, however few there are. */
export function threadOpeners(): ThreadOpeners {
  const thread = new Worker(new URL(import.meta.url), { workerData: ROLE, execArgv: [] })
  const openers: ThreadOpeners = {
    count: 1,
    least: 1,
    // A busy machine is no failure of the thread.
    patienceMs: 60_000,
    asked: 0,
    answered: 0,
    alive: 0,
    spawn() {
      const { port1, port2 } = new MessageChannel()
      thread.postMessage(port2, [port2])
      openers.alive += 1
      let unanswered = 0
      let isEnded = false
      // Whoever stops reading waits for nothing more; the thread answers all the same, and is counted.
      const closeWhenAnswered = () => void (isEnded && unanswered === 0 && port1.close())
      return {
        postMessage(message, transfer) {
          const envelopes = (message as { epochs: number[]; lengths: number[] }).lengths.length / 2
          openers.asked += envelopes
          unanswered += envelopes
          port1.postMessage(message, transfer)
        },
        onMessage(listener) {
          // What is sent waits for the thread: no page is opened elsewhere because the thread is still starting.
          listener({ type: 'ready' })
          port1.on('message', (message: { opened?: unknown[] }) => {
            const envelopes = message.opened?.length ?? 0
            openers.answered += envelopes
            unanswered -= envelopes
            if (!isEnded) listener(message)
            closeWhenAnswered()
          })
        },
        onFailure: (listener) => port1.on('messageerror', listener),
        terminate() {
          openers.alive -= 1
          isEnded = true
          closeWhenAnswered()
        },
      } satisfies DecryptPort
    },
    close: () => thread.terminate(),
  }
  return openers
}
