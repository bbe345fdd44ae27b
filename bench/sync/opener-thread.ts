/**
 * The app's worker that opens pulled pages (decisions 0042, 0054), as a thread of Node with the same ciphers as the session's. This file is also
 * the thread's script.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { installNative } from '@chartkeep/crypto/native'
import { serveDecryptWorker } from '@chartkeep/sync/decrypt-worker'
import type { DecryptWorkers, DecryptPort } from '@chartkeep/sync/testing'

const ROLE = 'chartkeep-opener'

if (!isMainThread && workerData === ROLE && parentPort !== null) {
  const port = parentPort
  installNative()
  serveDecryptWorker({
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
  })
}

/** One thread for each reading of streams; {@link DecryptWorkers.prepare} starts the next one, as the app's platform does. */
export function threadOpeners(): DecryptWorkers {
  let spare: DecryptPort | null = null
  return {
    count: 1,
    prepare: () => void (spare ??= startThread()),
    spawn() {
      const port = spare ?? startThread()
      spare = null
      return port
    },
  }
}

function startThread(): DecryptPort {
  const thread = new Worker(new URL(import.meta.url), { workerData: ROLE, execArgv: [] })
  const early: unknown[] = []
  let tell = (message: unknown): void => void early.push(message)
  thread.on('message', (message: unknown) => tell(message))
  return {
    postMessage: (message, transfer) => thread.postMessage(message, transfer),
    onMessage(listener) {
      tell = listener
      early.splice(0).forEach(listener)
    },
    onFailure: (listener) => thread.on('error', listener),
    terminate: () => void thread.terminate(),
  }
}
