/** One device that speaks to a real server over http and WebSocket, frame by frame, without packages/sync. */
import { sign } from '@chartkeep/crypto'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { Challenge, Session, signInMessage } from '@chartkeep/protocol/account'
import type { ControlEntry } from '@chartkeep/protocol/control'
import {
  LiveMessage,
  LogAnswer,
  MEDIA_TYPE,
  PullAnswer,
  PushAnswer,
  type PullRequest,
} from '@chartkeep/protocol/messages'
import type { Shape } from '@chartkeep/protocol/shape'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { Envelope } from '@chartkeep/protocol/streams'
import { idText } from '@chartkeep/protocol'
import { WebSocket } from 'ws'
import type { TestAccount } from './author.ts'

export interface HttpDevice {
  account: TestAccount
  token: string
  /** Any request; the body is CBOR unless it is bytes. */
  ask(method: string, path: string, body?: unknown): Promise<Response>
  postControl(vault: Uint8Array, entries: ControlEntry[]): Promise<LogAnswer>
  push(vault: Uint8Array, envelopes: Envelope[]): Promise<PushAnswer>
  pull(vault: Uint8Array, request: PullRequest): Promise<PullAnswer>
}

export async function readMessage<T>(response: Response, shape: Shape<T>): Promise<T> {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  const message = decodeAs(shape, new Uint8Array(await response.arrayBuffer()))
  if (message === null) throw new Error('the answer does not fit its shape')
  return message
}

export function askOver(address: string, token: string | null) {
  return (method: string, path: string, body?: unknown): Promise<Response> => {
    const isChunk = body instanceof Uint8Array
    const encoded = body === undefined ? null : isChunk ? body : encodeMessage(body)
    return fetch(new URL(path, address), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(encoded === null ? {} : { 'content-type': isChunk ? 'application/octet-stream' : MEDIA_TYPE }),
      },
      body: encoded as BodyInit | null,
    })
  }
}

/** Registers the account where it is new, and signs its first device in. */
export async function connectDevice(address: string, account: TestAccount): Promise<HttpDevice> {
  const open = askOver(address, null)
  const [entry] = account.entries as [SignedEntry]
  await readMessage(await open('POST', '/v1/accounts', { entry }), LogAnswer)
  const challenge = await readMessage(await open('POST', '/v1/challenge', {}), Challenge)
  const { device } = account
  const signature = await sign(device.signing, signInMessage(challenge, account.id, device.id))
  const request = { account: account.id, device: device.id, nonce: challenge.nonce, signature }
  const { token } = await readMessage(await open('POST', '/v1/session', request), Session)
  const ask = askOver(address, token)
  const path = (vault: Uint8Array, what: string) => `/v1/vaults/${idText(vault)}/${what}`
  return {
    account,
    token,
    ask,
    postControl: async (vault, entries) =>
      readMessage(await ask('POST', path(vault, 'control'), { entries }), LogAnswer),
    push: async (vault, envelopes) => {
      const sent = envelopes.map(({ header, body, proof }) => ({ header, body, proof }))
      return readMessage(await ask('POST', path(vault, 'push'), { envelopes: sent }), PushAnswer)
    },
    pull: async (vault, message) => readMessage(await ask('POST', path(vault, 'pull'), message), PullAnswer),
  }
}

export interface Socket {
  messages: LiveMessage[]
  /** Frames that are no {@link LiveMessage}: what is brought to one who follows, and answers to its pushes. */
  frames: Uint8Array[]
  /** The close code, once it is closed. */
  closed: Promise<number>
  send(frame: Uint8Array | string): void
  /** Waits for the next frame that fits, and takes it out of `frames`. */
  next<T>(shape: Shape<T>): Promise<T>
  /** Waits until a message of this type, and like this, came. */
  until(type: LiveMessage['type'], isMeant?: (message: LiveMessage) => boolean): Promise<LiveMessage>
  close(): void
}

/** Opens /v1/live and sends `hello` where there is one. */
export async function openSocket(
  address: string,
  hello: Uint8Array | string | null,
  headers: Record<string, string> = {},
): Promise<Socket> {
  const socket = new WebSocket(new URL('/v1/live', address.replace(/^http/, 'ws')), { headers })
  const messages: LiveMessage[] = []
  const frames: Uint8Array[] = []
  const waiting = new Set<() => void>()
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.on('message', (frame: Buffer) => {
    const message = decodeAs(LiveMessage, frame)
    if (message === null) frames.push(new Uint8Array(frame))
    else messages.push(message)
    for (const look of waiting) look()
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  if (hello !== null) socket.send(hello)
  return {
    messages,
    frames,
    closed,
    send: (frame) => socket.send(frame),
    close: () => socket.close(),
    next: (shape) =>
      new Promise((resolve) => {
        const look = () => {
          const at = frames.findIndex((frame) => decodeAs(shape, frame) !== null)
          if (at < 0) return
          waiting.delete(look)
          resolve(decodeAs(shape, frames.splice(at, 1)[0]!)!)
        }
        waiting.add(look)
        look()
      }),
    until: (type, isMeant = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find((message) => message.type === type && isMeant(message))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}

export function helloFrame(token: string): Uint8Array {
  return encodeMessage({ type: 'hello', token })
}

/** S7: asks for small changes with their hints, and may push. */
export function followFrame(token: string): Uint8Array {
  return encodeMessage({ type: 'follow', token })
}
