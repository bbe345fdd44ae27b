/**
 * The line between the thread of a session and a worker that opens pages: which messages cross it, and what answers them on the worker's
 * side. Bytes cross in two buffers that are handed over, not copied. The worker keeps nothing between two messages.
 */
import { decryptPage, type DecryptedPart } from './decrypt-page.ts'

/**
 * What {@link decryptPage} is asked. `keys` holds 32 bytes for each of `epochs`; in `bytes` headers and bodies lie one after another, and
 * `lengths` has that of a header and that of its body in turn.
 */
export interface DecryptRequest {
  id: number
  name: string
  epochs: number[]
  keys: Uint8Array
  bytes: Uint8Array
  lengths: number[]
}

/** `hashes`: body hash and envelope hash, 32 bytes each, of one envelope after another. */
export type DecryptAnswer =
  { type: 'ready' } | { type: 'opened'; id: number; hashes: Uint8Array; opened: DecryptedPart['opened'][] }

/** A worker as both sides of it are seen: a `Worker` of a browser, or a thread of Node in tests. */
export interface DecryptPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  /** Called with each message's content. */
  onMessage(listener: (message: unknown) => void): void
  /** Called when the thread cannot continue, or sent what cannot be read. */
  onFailure(listener: () => void): void
  terminate(): void
}

/** Workers that a platform lends; each belongs to one reading of streams and ends with it. */
export interface DecryptWorkers {
  spawn(): DecryptPort
  /** Starts a worker for the next {@link spawn}, where much will soon be read: its script takes a tenth of a second to start. */
  prepare?(): void
  /** How many may work at a time: 1 or more. */
  count: number
  /** Fewer envelopes than these are opened where they are judged; 16 where it is not given. */
  least?: number
  /** A worker that says nothing for so long has failed; 3 seconds where it is not given. */
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

/** The parts of an answer, each with views of its hashes; null when it is no answer to `count` envelopes. */
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

/** A browser's worker, from outside. What it says before anybody listens is told to the listener then. */
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

/** The same from inside: `scope` is the worker's own global object. */
export function scopePort(scope: typeof globalThis): WorkerSidePort {
  return {
    postMessage: (message, transfer) => scope.postMessage(message, { transfer }),
    onMessage: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
  }
}

/** Answers requests for as long as the worker lives; call it once, in the worker. */
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
