/**
 * The server over HTTP (messages.ts) for one device. Signs in by challenge (H1), returns a value from every call, and never throws for
 * anything that a network or a server can do. The session token stays in memory and travels only in the Authorization header.
 */
import { sign } from '@chartkeep/crypto'
import { bytesToUtf8, concatBytes } from '@chartkeep/crypto/encoding'
import {
  decodeAs,
  encodeMessage,
  idText,
  isSyncErrorCode,
  BLOB_CHUNK_BYTES,
  MAX_ANSWER_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_PULL_BYTES,
  syncError,
  type SyncErrorCode,
} from '@chartkeep/protocol'
import { Challenge, Session, signInMessage } from '@chartkeep/protocol/account'
import {
  AuditAnswer,
  AuditProofAnswer,
  BeaconPage,
  type AuditProofRequest,
  type AuditRequest,
  type Beacon,
} from '@chartkeep/protocol/audit'
import type { ControlEntry } from '@chartkeep/protocol/control'
import {
  EmergencyPage,
  EmergencyReceipt,
  type EmergencyEnd,
  type EmergencyRequest,
} from '@chartkeep/protocol/emergency'
import { DeparturePage, LateAnswer, LatePage, type Departure } from '@chartkeep/protocol/ended'
import {
  AccountLogPage,
  ControlLogPage,
  FetchAnswer,
  LogAnswer,
  MEDIA_TYPE,
  PullAnswer,
  PushAnswer,
  RecoveryAnswer,
  RefillDone,
  RefillState,
  ServerInfo,
  VaultList,
  type AccountRefill,
  type AuditRefill,
  type ChainRefill,
  type ControlRefill,
  type EntryRefill,
  type PullRequest,
  type RefillReport,
} from '@chartkeep/protocol/messages'
import { PairingDone, PairingMail } from '@chartkeep/protocol/pairing'
import { BlobBegun, BlobInfo, type BlobPost } from '@chartkeep/protocol/records'
import { maxBytesOf } from '@chartkeep/protocol/shape'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { Envelope } from '@chartkeep/protocol/streams'
import type { DeviceSecrets } from '../account/account-keys.ts'
import type { AuditApi } from '../ports/audit-api.ts'
import { LiveConnection, type LiveNews } from './live-connection.ts'
import type { Answer, Offline, ServerApi } from '../ports/ports.ts'
import type { BeaconApi, ReseedApi } from '../ports/reseed-api.ts'

const TIMEOUT_MS = 30_000
/** Bytes of an envelope besides its header and body: at most seven hashes, a signature and the fields' names. */
const PROOF_ROOM = 400
const OFFLINE: Offline = { type: 'offline' }
/**
 * H6: the longest answers: a page of a log, of the access log or of the quarantine inbox; a refusal; and the part of a pull's answer
 * outside its budget.
 */
const MAX_PAGE_BYTES = MAX_PULL_BYTES
const MAX_REFUSAL_BYTES = 8 * 1024
const PULL_ROOM = 64 * 1024
/** An invitation code has 19 characters; longer input is not a code. */
const MAX_INVITE_CHARACTERS = 32
/** Servers that named a time to retry, by origin: a time of this page's steady clock. */
const pauses = new Map<string, number>()
const MAX_PAUSE_MS = 300_000

export interface HttpServerInput {
  /** Origin, e.g. `https://records.example`. */
  address: string
  account: Uint8Array
  device: Pick<DeviceSecrets, 'id' | 'signing'>
  /** The pinned server key; null before the first contact. The device does not answer a challenge from another key. */
  serverKey: () => Uint8Array | null
  /** A server that gives no answer for this long counts as unreachable; 30 seconds by default. */
  timeoutMs?: number
}

type Shape<T> = Parameters<typeof decodeAs<T>>[0]

/** A request without a session: before the account exists, or to look up a recovery kit. */
export async function askServer<T>(
  address: string,
  path: string,
  shape: Shape<T>,
  message?: unknown,
): Promise<Answer<T>> {
  const body = message === undefined ? null : encodeMessage(message)
  return readAnswer(await request(address, path, { method: body === null ? 'GET' : 'POST', body }), shape)
}

export function serverInfo(address: string): Promise<Answer<ServerInfo>> {
  return askServer(address, '/v1/server', ServerInfo)
}

/** K7: the account that a recovery kit belongs to. */
export function lookUpRecovery(address: string, lookup: Uint8Array): Promise<Answer<{ account: Uint8Array }>> {
  return askServer(address, '/v1/recovery', RecoveryAnswer, { lookup })
}

interface Sent {
  method: string
  body: Uint8Array | null
  token?: string
  contentType?: string
  signal?: AbortSignal | undefined
  timeoutMs?: number
}

async function request(
  address: string,
  path: string,
  { method, body, token, contentType = MEDIA_TYPE, signal, timeoutMs = TIMEOUT_MS }: Sent,
): Promise<Response | Offline> {
  const headers: Record<string, string> = {}
  if (body !== null) headers['content-type'] = contentType
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  try {
    const url = new URL(path, address)
    if (performance.now() < (pauses.get(url.origin) ?? 0)) return OFFLINE
    const response = await fetch(url, {
      method,
      headers,
      body: body as BodyInit | null,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal:
        signal === undefined
          ? AbortSignal.timeout(timeoutMs)
          : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    notePause(url.origin, response)
    return response
  } catch {
    return OFFLINE
  }
}

/** S8: an overloaded server names a time to retry; until then it counts as unreachable. */
function notePause(origin: string, { status, headers }: Response): void {
  if (status !== 429 && status !== 503) return
  const seconds = Number(headers.get('retry-after'))
  if (seconds > 0) pauses.set(origin, performance.now() + Math.min(seconds * 1000, MAX_PAUSE_MS))
}

/** `most`: bytes of the longest honest answer, if that is shorter than the longest message of the shape (H6). */
async function readAnswer<T>(
  response: Response | Offline,
  shape: Shape<T>,
  most = MAX_ANSWER_BYTES,
): Promise<Answer<T>> {
  if (!(response instanceof Response)) return response
  const refused = await readError(response)
  if (refused !== null) return refused
  try {
    const body = await readBody(response, Math.min(most, maxBytesOf(shape)))
    const value = body === null ? null : decodeAs(shape, body)
    return value === null ? syncError('server-error') : { type: 'ok', value }
  } catch {
    return OFFLINE
  }
}

/**
 * H6: the whole body; null if it is longer than `most`, in which case at most `most` bytes are ever held. Rejects if the transfer breaks
 * off.
 */
async function readBody(response: Response, most: number): Promise<Uint8Array | null> {
  // An uncompressed body with a Content-Length cannot be longer than that: it is read at once, because reading in parts costs more than a
  // small answer.
  const said = response.headers.get('content-length')
  if (said !== null && !response.headers.has('content-encoding')) {
    if (Number(said) <= most) return new Uint8Array(await response.arrayBuffer())
    await response.body?.cancel()
    return null
  }
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    // Leaving the loop ends the transfer.
    if (length > most) return null
    parts.push(part)
  }
  return concatBytes(...parts)
}

/** The code of a refusal (H3); null if something between device and server answered. */
async function readCode(response: Response): Promise<SyncErrorCode | null> {
  try {
    const body = await readBody(response, MAX_REFUSAL_BYTES)
    const { error } = JSON.parse((body === null ? null : bytesToUtf8(body)) ?? '{}') as { error?: unknown }
    return isSyncErrorCode(error) ? error : null
  } catch {
    return null
  }
}

async function readError(response: Response): Promise<Answer<never> | null> {
  if (response.ok) return null
  const code = await readCode(response)
  // A gateway whose server is down counts as an unreachable server, and so does a server that asks the device to wait. The exception is a
  // server that has no place for the account (H9).
  if (response.status === 429 && code !== 'waiting-full') return OFFLINE
  // S9: a server that was restored from a backup does answer: it says which requests it refuses for now.
  const isAway = response.status === 503 && code !== 'refilling'
  if (isAway || response.status === 502 || response.status === 504) return OFFLINE
  return syncError(code ?? 'server-error')
}

export class HttpServer implements ServerApi, AuditApi, BeaconApi, ReseedApi {
  readonly #input: HttpServerInput
  #session: { token: string; expires: number } | null = null
  #liveConnection: LiveConnection | null = null
  #signingIn: Promise<Answer<{ token: string; expires: number }>> | null = null

  constructor(input: HttpServerInput) {
    this.#input = input
  }

  /** Forgets the session token; called at lock. */
  forget(): void {
    this.#session = null
  }

  info(): Promise<Answer<ServerInfo>> {
    return serverInfo(this.#input.address)
  }

  register(entry: SignedEntry, invite: string | null): Promise<Answer<LogAnswer>> {
    const message = invite === null ? { entry } : { entry, invite: invite.slice(0, MAX_INVITE_CHARACTERS) }
    return askServer(this.#input.address, '/v1/accounts', LogAnswer, message)
  }

  accountLog(account: Uint8Array, after: number): Promise<Answer<AccountLogPage>> {
    return this.#page(`/v1/accounts/${idText(account)}/log?after=${after}`, AccountLogPage)
  }

  /** H9: asks the server to reserve a place for an account that it does not know yet. */
  async expect(account: Uint8Array): Promise<Answer<null>> {
    const response = await this.#send({ method: 'POST', body: encodeMessage({ account }) }, '/v1/expected')
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  postAccount(account: Uint8Array, entry: SignedEntry): Promise<Answer<LogAnswer>> {
    return this.#call('POST', `/v1/accounts/${idText(account)}/log`, LogAnswer, { entry })
  }

  vaults(): Promise<Answer<VaultList>> {
    return this.#call('GET', '/v1/vaults', VaultList)
  }

  control(vault: Uint8Array, after: number): Promise<Answer<ControlLogPage>> {
    return this.#page(`/v1/vaults/${idText(vault)}/control?after=${after}`, ControlLogPage)
  }

  postControl(vault: Uint8Array, entries: ControlEntry[]): Promise<Answer<LogAnswer>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/control`, LogAnswer, { entries })
  }

  async push(vault: Uint8Array, envelopes: Envelope[]): Promise<Answer<PushAnswer>> {
    // S2: the server answers the same envelopes in the same way, so a push without an answer on the live connection is sent again over
    // HTTP.
    const answered = (await this.#liveConnection?.push(vault, envelopes)) ?? null
    if (answered !== null) return { type: 'ok', value: answered }
    const bytes = envelopes.reduce((sum, { header, body }) => sum + header.length + body.length + PROOF_ROOM, 0)
    return this.#call('POST', `/v1/vaults/${idText(vault)}/push`, PushAnswer, { envelopes }, { expected: bytes })
  }

  pull(vault: Uint8Array, message: PullRequest): Promise<Answer<PullAnswer>> {
    // S4: a pull returns at least one envelope, whatever its size.
    const most = Math.max(message.budget, MAX_ENVELOPE_BYTES) + PULL_ROOM
    return this.#call('POST', `/v1/vaults/${idText(vault)}/pull`, PullAnswer, message, { most })
  }

  fetchBodies(vault: Uint8Array, stream: Uint8Array, numbers: number[]): Promise<Answer<FetchAnswer>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/fetch`, FetchAnswer, { stream, numbers })
  }

  audit(vault: Uint8Array, message: AuditRequest): Promise<Answer<AuditAnswer>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/audit`, AuditAnswer, message, { most: MAX_PAGE_BYTES })
  }

  auditProof(vault: Uint8Array, message: AuditProofRequest): Promise<Answer<AuditProofAnswer>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/audit/proof`, AuditProofAnswer, message)
  }

  async cosign(vault: Uint8Array, checkpoint: string): Promise<Answer<null>> {
    const path = `/v1/vaults/${idText(vault)}/audit/cosign`
    const response = await this.#send({ method: 'POST', body: encodeMessage({ checkpoint }) }, path)
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  beginBlob(vault: Uint8Array, post: BlobPost): Promise<Answer<BlobBegun>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/blobs`, BlobBegun, post)
  }

  findBlob(vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): Promise<Answer<BlobInfo>> {
    const path = `/v1/vaults/${idText(vault)}/streams/${idText(stream)}/blobs/${idText(blob)}`
    return this.#call('GET', path, BlobInfo)
  }

  async putChunk(link: string, index: number, chunk: Uint8Array, signal?: AbortSignal): Promise<Answer<null>> {
    const sent = { method: 'PUT', body: chunk, contentType: 'application/octet-stream', signal }
    const response = await request(this.#input.address, chunkPath(link, index), sent)
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  async getChunk(link: string, index: number, signal?: AbortSignal): Promise<Answer<Uint8Array>> {
    const response = await request(this.#input.address, chunkPath(link, index), { method: 'GET', body: null, signal })
    if (!(response instanceof Response)) return response
    const refused = await readError(response)
    if (refused !== null) return refused
    try {
      const chunk = await readBody(response, BLOB_CHUNK_BYTES)
      return chunk === null ? syncError('server-error') : { type: 'ok', value: chunk }
    } catch {
      return OFFLINE
    }
  }

  async depart(vault: Uint8Array, departure: Departure): Promise<Answer<null>> {
    const response = await this.#send({ method: 'POST', body: encodeMessage(departure) }, departuresPath(vault))
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  departures(vault: Uint8Array): Promise<Answer<DeparturePage>> {
    return this.#call('GET', departuresPath(vault), DeparturePage)
  }

  submitLate(vault: Uint8Array, envelopes: Envelope[]): Promise<Answer<LateAnswer>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/late`, LateAnswer, { envelopes })
  }

  quarantineInbox(vault: Uint8Array, after: number): Promise<Answer<LatePage>> {
    return this.#page(`/v1/vaults/${idText(vault)}/late?after=${after}`, LatePage)
  }

  async settleLate(vault: Uint8Array, hashes: Uint8Array[]): Promise<Answer<null>> {
    const path = `/v1/vaults/${idText(vault)}/late/settle`
    const response = await this.#send({ method: 'POST', body: encodeMessage({ hashes }) }, path)
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  openEmergency(vault: Uint8Array, signed: EmergencyRequest): Promise<Answer<EmergencyReceipt>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/emergency`, EmergencyReceipt, signed)
  }

  async endEmergency(vault: Uint8Array, signed: EmergencyEnd): Promise<Answer<null>> {
    const path = `/v1/vaults/${idText(vault)}/emergency/end`
    const response = await this.#send({ method: 'POST', body: encodeMessage(signed) }, path)
    if (!(response instanceof Response)) return response
    return (await readError(response)) ?? { type: 'ok', value: null }
  }

  emergencies(vault: Uint8Array, after: number): Promise<Answer<EmergencyPage>> {
    return this.#call('GET', `/v1/vaults/${idText(vault)}/emergency?after=${after}`, EmergencyPage)
  }

  postBeacon(vault: Uint8Array, beacon: Beacon): Promise<Answer<BeaconPage>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/beacons`, BeaconPage, beacon)
  }

  reseedAccount(message: AccountRefill): Promise<Answer<RefillDone>> {
    return askServer(this.#input.address, '/v1/refill/account', RefillDone, message)
  }

  reseedControl(vault: Uint8Array, message: ControlRefill): Promise<Answer<RefillDone>> {
    return this.#reseed(vault, '/control', RefillDone, message)
  }

  reseed(vault: Uint8Array, message: RefillReport): Promise<Answer<RefillState>> {
    return this.#reseed(vault, '', RefillState, message)
  }

  reseedChain(vault: Uint8Array, message: ChainRefill): Promise<Answer<RefillDone>> {
    return this.#reseed(vault, '/chain', RefillDone, message)
  }

  reseedEntries(vault: Uint8Array, message: EntryRefill): Promise<Answer<RefillDone>> {
    return this.#reseed(vault, '/entries', RefillDone, message)
  }

  reseedAudit(vault: Uint8Array, message: AuditRefill): Promise<Answer<RefillDone>> {
    return this.#reseed(vault, '/audit', RefillDone, message)
  }

  #reseed<T>(vault: Uint8Array, what: string, shape: Shape<T>, message: unknown): Promise<Answer<T>> {
    return this.#call('POST', `/v1/vaults/${idText(vault)}/refill${what}`, shape, message)
  }

  answerPairing(place: Uint8Array, sealed: Uint8Array): Promise<Answer<PairingDone>> {
    return this.#call('POST', '/v1/pairing/answer', PairingDone, { place, sealed })
  }

  readPairing(place: Uint8Array): Promise<Answer<PairingMail>> {
    return this.#call('POST', '/v1/pairing/read', PairingMail, { place })
  }

  closePairing(place: Uint8Array): Promise<Answer<PairingDone>> {
    return this.#call('POST', '/v1/pairing/close', PairingDone, { place, token: null })
  }

  /** S7: opens the live connection, which then also carries small pushes. `onClosed` is called once, whatever the cause. */
  openLive(onNews: (news: LiveNews) => void, onClosed: () => void): { close(): void; check(): void } {
    let connection: LiveConnection | null = null
    let closed = false
    const end = () => {
      if (closed) return
      closed = true
      if (this.#liveConnection === connection) this.#liveConnection = null
      connection?.close()
      onClosed()
    }
    const opened = this.#signedIn().then((session) => {
      if (closed) return
      if (session.type !== 'ok') return end()
      const address = new URL('/v1/live', this.#input.address)
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
      const timeoutMs = this.#input.timeoutMs ?? TIMEOUT_MS
      connection = new LiveConnection(address, session.value.token, { news: onNews, closed: end, timeoutMs })
      this.#liveConnection = connection
    })
    // The page may forbid sockets (mixed content, a policy): then there is no live connection, and later sync passes ask over HTTP.
    opened.catch(end)
    return { close: end, check: () => connection?.check() }
  }

  #page<T>(path: string, shape: Shape<T>): Promise<Answer<T>> {
    return this.#call('GET', path, shape, undefined, { most: MAX_PAGE_BYTES })
  }

  /** `expected`: the approximate length of the message, if it is long; `most`: of the answer, as for {@link readAnswer}. */
  async #call<T>(
    method: string,
    path: string,
    shape: Shape<T>,
    message?: unknown,
    { expected, most }: { expected?: number; most?: number } = {},
  ): Promise<Answer<T>> {
    const body = message === undefined ? null : encodeMessage(message, expected)
    const response = await this.#send({ method, body }, path)
    return response instanceof Response || response.type === 'offline'
      ? readAnswer(response as Response | Offline, shape, most)
      : response
  }

  async #send(sent: Sent, path: string): Promise<Response | Exclude<Answer<never>, { type: 'ok' }>> {
    for (const last of [false, true]) {
      const session = await this.#signedIn()
      if (session.type !== 'ok') return session
      const timeoutMs = this.#input.timeoutMs ?? TIMEOUT_MS
      const response = await request(this.#input.address, path, { ...sent, token: session.value.token, timeoutMs })
      if (!(response instanceof Response) || response.status !== 401 || last) return response
      this.#session = null
    }
    return OFFLINE
  }

  #signedIn(): Promise<Answer<{ token: string; expires: number }>> {
    if (this.#session !== null) return Promise.resolve({ type: 'ok', value: this.#session })
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = null
    })
    return this.#signingIn
  }

  async #signIn(): Promise<Answer<{ token: string; expires: number }>> {
    const { address, account, device, serverKey } = this.#input
    const challenge = await askServer(address, '/v1/challenge', Challenge, {})
    if (challenge.type !== 'ok') return challenge
    const pinned = serverKey()
    // H1: a relayed challenge names another server's key or another server's address; the device does not answer it.
    if (pinned === null || idText(challenge.value.server) !== idText(pinned))
      return { type: 'error', error: 'server-key' }
    if (!isSameServer(challenge.value.audience, address)) return { type: 'error', error: 'audience' }
    const signature = await sign(device.signing, signInMessage(challenge.value, account, device.id))
    const session = await askServer(address, '/v1/session', Session, {
      account,
      device: device.id,
      nonce: challenge.value.nonce,
      signature,
    })
    if (session.type === 'ok') this.#session = session.value
    return session
  }
}

function departuresPath(vault: Uint8Array): string {
  return `/v1/vaults/${idText(vault)}/departures`
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]']

/** Whether two origins name one server; all names of the local machine count as one. */
function isSameServer(audience: string, address: string): boolean {
  if (!URL.canParse(audience) || !URL.canParse(address)) return false
  const [named, meant] = [new URL(audience), new URL(address)].map(({ protocol, hostname, port }) =>
    [protocol, THIS_MACHINE.includes(hostname) ? THIS_MACHINE[0] : hostname, port].join(' '),
  )
  return named === meant
}

function chunkPath(link: string, index: number): string {
  return `/v1/chunks/${index}?link=${encodeURIComponent(link)}`
}
