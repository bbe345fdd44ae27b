/**
 * The messages between the session's thread and a worker that decrypts pages, and the worker's handler for them. Bytes travel in two
 * transferred buffers, without a copy. The worker keeps no state between messages.
 */
import { decryptPage, type DecryptedPart } from './decrypt-page.ts'

/**
 * The input of {@link decryptPage}. `keys` holds 32 bytes for each of `epochs`. `bytes` holds each header followed by its body; `lengths`
 * holds the length of each header and of each body, in the same order.
 */
export interface DecryptRequest {
  id: number
  name: string
  epochs: number[]
  keys: Uint8Array
  bytes: Uint8Array
  lengths: number[]
}

/** `hashes`: the body hash and the envelope hash of each envelope in turn, 32 bytes each. */
export type DecryptAnswer =
  { type: 'ready' } | { type: 'opened'; id: number; hashes: Uint8Array; opened: DecryptedPart['opened'][] }

/** A worker, as either side of the connection uses it: a browser's `Worker`, or a Node thread in tests. */
export interface DecryptPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  /** The listener receives the content of each message. */
  onMessage(listener: (message: unknown) => void): void
  /** Called when the thread fails or sends a message that cannot be read. */
  onFailure(listener: () => void): void
  terminate(): void
}

/** Workers that the platform lends. Each serves one read of the streams and ends with it. */
export interface DecryptWorkers {
  spawn(): DecryptPort
  /** Starts a worker for the next {@link spawn}, when a large read is expected: loading the script takes a tenth of a second. */
  prepare?(): void
  /** The most workers that run at a time: 1 or more. */
  count: number
  /** Smaller batches of envelopes are decrypted on the session's thread; 16 by default. */
  least?: number
  /** A worker that is silent for this long has failed; 3 seconds by default. */
  patienceMs?: number
}

/** The worker's own side. */
type WorkerSidePort = Pick<DecryptPort, 'postMessage' | 'onMessage'>

const HASH_LENGTH = 32

export function toRequest(
  id: number,
  { name, keys, envelopes }: Parameters<typeof decryptPage>[0],
): { request: DecryptRequest; transfer: ArrayBuffer[] } {
  const parts = envelopes.flatMap(({ header, body }) => [header, body])
  const [bytes, keyBytes] = [oneAfterAnother(parts), oneAfterAnother(keys.map(({ key }) => key))]
  const epochs = keys.map(({ epoch }) => epoch)
  const request = { id, name, epochs, keys: keyBytes, bytes, lengths: parts.map(({ length }) => length) }
  return { request, transfer: [bytes.buffer, keyBytes.buffer] }
}

function oneAfterAnother(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The parts of an answer, each with views of its hashes; null if the message is not an answer to `count` envelopes. */
export function readAnswer(
  { hashes, opened }: Extract<DecryptAnswer, { type: 'opened' }>,
  count: number,
): DecryptedPart[] | null {
  if (opened.length !== count || hashes.length !== 2 * HASH_LENGTH * count) return null
  return opened.map((each, index) => {
    const at = 2 * HASH_LENGTH * index
    return {
      bodyHash: hashes.subarray(at, at + HASH_LENGTH),
      hash: hashes.subarray(at + HASH_LENGTH, at + 2 * HASH_LENGTH),
      opened: each,
    }
  })
}

/** The session's end of a browser worker. Messages that arrive before a listener is set are delivered to it later. */
export function workerPort(worker: Worker): DecryptPort {
  const early: unknown[] = []
  let tell = (message: unknown): void => void early.push(message)
  worker.addEventListener('message', ({ data }) => tell(data))
  return {
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    onMessage(listener) {
      tell = listener
      early.splice(0).forEach(listener)
    },
    onFailure(listener) {
      worker.addEventListener('error', listener)
      worker.addEventListener('messageerror', listener)
    },
    terminate: () => worker.terminate(),
  }
}

/** The worker's end: `scope` is the worker's global object. */
export function scopePort(scope: typeof globalThis): WorkerSidePort {
  return {
    postMessage: (message, transfer) => scope.postMessage(message, { transfer }),
    onMessage: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
  }
}

/** Answers requests for as long as the worker lives. Call it once, in the worker. */
export function serveDecryptWorker(port: WorkerSidePort): void {
  port.onMessage((message) => {
    const { id, name, epochs, keys: keyBytes, bytes, lengths } = message as DecryptRequest
    const keys = epochs.map((epoch, index) => ({ epoch, key: keyBytes.subarray(32 * index, 32 * index + 32) }))
    let at = 0
    const next = (index: number) => bytes.subarray(at, (at += lengths[index]!))
    const envelopes = Array.from({ length: lengths.length / 2 }, (_, index) => ({
      header: next(2 * index),
      body: next(2 * index + 1),
    }))
    const parts = decryptPage({ name, keys, envelopes })
    keyBytes.fill(0)
    const hashes = new Uint8Array(2 * HASH_LENGTH * parts.length)
    parts.forEach(({ bodyHash, hash }, index) => {
      hashes.set(bodyHash, 2 * HASH_LENGTH * index)
      hashes.set(hash, 2 * HASH_LENGTH * index + HASH_LENGTH)
    })
    const answer: DecryptAnswer = { type: 'opened', id, hashes, opened: parts.map(({ opened }) => opened) }
    port.postMessage(answer, [hashes.buffer])
  })
  port.postMessage({ type: 'ready' } satisfies DecryptAnswer, [])
}
