/**
 * The live connection of one device (S7): hints and small changes from the server, small pushes to it. What it does not answer is asked
 * over http, so nothing depends on it.
 */
import {
  decodeAs,
  encodeMessage,
  LiveFrame,
  MAX_LIVE_BYTES,
  maxBytesOf,
  PullAnswer,
  PushAnswer,
  type Envelope,
  type LiveMessage,
} from '@chartkeep/protocol'

/** What the server says of itself, and what it brings of a vault, as a pull would. */
export type LiveNews = LiveMessage | { type: 'page'; vault: Uint8Array; pages: PullAnswer['streams'] }

/** The longest frame that has a meaning. */
const MAX_FRAME_BYTES = maxBytesOf(LiveFrame)

export class LiveConnection {
  readonly #socket: WebSocket
  readonly #timeoutMs: number
  readonly #onClosed: () => void
  #isReady = false
  #isClosed = false
  #next = 1
  readonly #waiting = new Map<number, (answer: PushAnswer | null) => void>()
  /** Ends a line that says nothing for too long; null while nothing is awaited. */
  #patience: ReturnType<typeof setTimeout> | null = null

  constructor(
    address: URL,
    token: string,
    on: { news: (news: LiveNews) => void; closed: () => void; timeoutMs: number },
  ) {
    this.#onClosed = on.closed
    this.#timeoutMs = on.timeoutMs
    const socket = new WebSocket(address)
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#send({ type: 'follow', token })
    socket.onmessage = ({ data }) => {
      // H6: no honest frame is as long; what has sent one is not asked again over this line.
      if (!(data instanceof ArrayBuffer) || data.byteLength > MAX_FRAME_BYTES) return this.close()
      if (this.#isReady) this.#heard()
      const news = this.#read(new Uint8Array(data))
      if (news !== null) on.news(news)
    }
    socket.onclose = () => this.close()
    socket.onerror = () => this.close()
    this.#await()
  }

  /**
   * Asks whether the server is there, and ends the line where nothing comes of it in time: one that its network has forgotten looks open for
   * ever, and brings nothing.
   */
  check(): void {
    if (!this.#isReady || this.#patience !== null) return
    this.#await()
    this.#send({ type: 'ping' })
  }

  #await(): void {
    this.#patience = setTimeout(() => this.close(), this.#timeoutMs)
  }

  /** Whatever comes is a sign of life. */
  #heard(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }

  /** Ends it; `closed` is called once, whatever ended it. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isReady = false
    this.#heard()
    this.#socket.close()
    for (const settle of this.#waiting.values()) settle(null)
    this.#waiting.clear()
    this.#onClosed()
  }

  /** The server's answer; null where the push is too large for a frame, or no answer came: then it is sent over http, the same bytes. */
  async push(vault: Uint8Array, envelopes: readonly Envelope[]): Promise<PushAnswer | null> {
    const size = envelopes.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
    if (!this.#isReady || size > MAX_LIVE_BYTES) return null
    const push = encodeMessage({ envelopes })
    if (push.length > MAX_LIVE_BYTES) return null
    const id = this.#next++
    const { promise, resolve } = Promise.withResolvers<PushAnswer | null>()
    this.#waiting.set(id, resolve)
    // A line that says nothing for so long is none.
    const patience = setTimeout(() => this.close(), this.#timeoutMs)
    this.#send({ type: 'push', id, vault, push })
    try {
      return await promise
    } finally {
      clearTimeout(patience)
      this.#waiting.delete(id)
    }
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeMessage(message) as Uint8Array<ArrayBuffer>)
    else this.close()
  }

  #read(bytes: Uint8Array): LiveNews | null {
    const frame = decodeAs(LiveFrame, bytes)
    switch (frame?.type) {
      case undefined:
      case 'pong':
        return null
      case 'pushed':
        this.#waiting.get(frame.id)?.(frame.answer === null ? null : decodeAs(PushAnswer, frame.answer))
        return null
      case 'page': {
        const pull = decodeAs(PullAnswer, frame.pull)
        return pull === null ? null : { type: 'page', vault: frame.vault, pages: pull.streams }
      }
      case 'ready':
        this.#isReady = true
        this.#heard()
        return frame
      default:
        return frame
    }
  }
}
