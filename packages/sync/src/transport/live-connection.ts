/**
 * The live connection of one device (S7): the server sends hints and small changes, the device sends small pushes. Whatever it does not
 * answer is asked again over HTTP, so nothing depends on it.
 */
import { decodeAs, encodeMessage, MAX_LIVE_BYTES } from '@chartkeep/protocol'
import { LiveFrame, PullAnswer, PushAnswer, type LiveMessage } from '@chartkeep/protocol/messages'
import { maxBytesOf } from '@chartkeep/protocol/shape'
import type { Envelope } from '@chartkeep/protocol/streams'

/** A message of the server, or new pages of a vault in the form of a pull's answer. */
export type LiveNews = LiveMessage | { type: 'page'; vault: Uint8Array; pages: PullAnswer['streams'] }

/** The longest valid frame. */
const MAX_FRAME_BYTES = maxBytesOf(LiveFrame)

export class LiveConnection {
  readonly #socket: WebSocket
  readonly #timeoutMs: number
  readonly #onClosed: () => void
  #isReady = false
  #isClosed = false
  #next = 1
  readonly #waiting = new Map<number, (answer: PushAnswer | null) => void>()
  /** Closes a connection that is silent for too long; null while no answer is awaited. */
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
      // H6: no honest frame is this long. The device does not use this connection again.
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
   * Sends a ping and closes the connection if no answer comes in time: a connection that the network has dropped silently still looks open
   * but brings nothing.
   */
  check(): void {
    if (!this.#isReady || this.#patience !== null) return
    this.#await()
    this.#send({ type: 'ping' })
  }

  #await(): void {
    this.#patience = setTimeout(() => this.close(), this.#timeoutMs)
  }

  /** Any message shows that the server is there. */
  #heard(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }

  /** Closes the connection; `closed` is called once, whatever the cause. */
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

  /** The server's answer; null if the push is too large for a frame or no answer came. The caller then sends the same bytes over HTTP. */
  async push(vault: Uint8Array, envelopes: readonly Envelope[]): Promise<PushAnswer | null> {
    const size = envelopes.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
    if (!this.#isReady || size > MAX_LIVE_BYTES) return null
    const push = encodeMessage({ envelopes })
    if (push.length > MAX_LIVE_BYTES) return null
    const id = this.#next++
    const { promise, resolve } = Promise.withResolvers<PushAnswer | null>()
    this.#waiting.set(id, resolve)
    // A connection that gives no answer in this time counts as failed.
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
