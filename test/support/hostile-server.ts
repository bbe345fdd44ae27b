/**
 * A server that speaks the protocol and lies: the answers of the real core, bent by a test before the device reads them. Every request
 * and every lie goes through the wire form, so that no test shows a device what the wire could not carry. It holds the server's key.
 */
import { sign, type SigningKeyPair } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText, isSyncError, type SyncError } from '@chartkeep/protocol'
import { signInMessage } from '@chartkeep/protocol/account'
import { ControlEntry } from '@chartkeep/protocol/control'
import { EmergencyPage } from '@chartkeep/protocol/emergency'
import { DeparturePage, LateAnswer, LatePage } from '@chartkeep/protocol/ended'
import {
  AccountLogPage,
  ControlLogPage,
  FetchAnswer,
  LogAnswer,
  PullAnswer,
  PullRequest,
  PushAnswer,
  ServerInfo,
  VaultList,
} from '@chartkeep/protocol/messages'
import { BlobBegun, BlobInfo, type BlobPost } from '@chartkeep/protocol/records'
import type { Shape } from '@chartkeep/protocol/shape'
import {
  Envelope,
  envelopeHashOf,
  headMessage,
  nextStreamHash,
  streamStart,
  type SignedHead,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
import type { Answer, DeviceSecrets, ServerApi } from '@chartkeep/sync/testing'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server/testing'
import { watchLies } from './detection.ts'

/** What a test changes: each gets the honest answer and says what the device is told. */
export interface Lies {
  info?: (honest: ServerInfo) => ServerInfo
  vaults?: (honest: VaultList) => VaultList
  accountLog?: (
    honest: Answer<AccountLogPage>,
    account: Uint8Array,
    after: number,
  ) => Answer<AccountLogPage> | Promise<Answer<AccountLogPage>>
  control?: (honest: Answer<ControlLogPage>, after: number) => Answer<ControlLogPage> | Promise<Answer<ControlLogPage>>
  postControl?: (honest: () => Promise<Answer<LogAnswer>>, entries: ControlEntry[]) => Promise<Answer<LogAnswer>>
  push?: (honest: () => Promise<Answer<PushAnswer>>, envelopes: Envelope[]) => Promise<Answer<PushAnswer>>
  pull?: (honest: PullAnswer, request: PullRequest) => PullAnswer | Promise<PullAnswer>
  fetchBodies?: (honest: FetchAnswer, numbers: number[]) => FetchAnswer
  beginBlob?: (honest: () => Promise<Answer<BlobBegun>>, post: BlobPost) => Promise<Answer<BlobBegun>>
  findBlob?: (honest: Answer<BlobInfo>) => Answer<BlobInfo>
  putChunk?: (honest: () => Promise<Answer<null>>, index: number) => Promise<Answer<null>>
  getChunk?: (honest: Answer<Uint8Array>, index: number) => Answer<Uint8Array>
  departures?: (honest: Answer<DeparturePage>) => Answer<DeparturePage>
  handIn?: (honest: () => Promise<Answer<LateAnswer>>, envelopes: Envelope[]) => Promise<Answer<LateAnswer>>
  lateBox?: (honest: Answer<LatePage>, after: number) => Answer<LatePage>
  emergencies?: (honest: Answer<EmergencyPage>, after: number) => Answer<EmergencyPage>
  /** Answers any call in the place of the server; null leaves it to the others. */
  everything?: () => Exclude<Answer<never>, { type: 'ok' }> | null
}

export interface HostileServer extends ServerApi {
  /** Changed at will by the test; empty: the honest server. */
  lies: Lies
  /** What the core throws, say for a broken file, is answered with `server-error` as over http; else it fails the test. */
  answersFailures: boolean
  /** Everything that left the device, as bytes. */
  readonly sent: Uint8Array[]
  readonly calls: string[]
  /** Envelopes of every push, in order, whether it was answered or not. */
  readonly pushed: Envelope[]
  /** The device holds a verdict about what it was told. */
  detected(verdict: string): void
}

/** Signs the device in at the core, as H1 asks. */
export async function signInAt(
  core: ServerCore,
  account: Uint8Array,
  device: Pick<DeviceSecrets, 'id' | 'signing'>,
): Promise<ServerSession> {
  const challenge = core.challenge()
  const signature = await sign(device.signing, signInMessage(challenge, account, device.id))
  const answer = await core.signIn({ account, device: device.id, nonce: challenge.nonce, signature })
  const session = 'token' in answer ? await core.session(answer.token) : null
  if (session === null) throw new Error('not signed in')
  return session
}

/** The server as one device reaches it, with nothing bent yet. */
export function hostileServer(
  core: () => ServerCore,
  account: Uint8Array,
  device: Pick<DeviceSecrets, 'id' | 'signing'>,
): HostileServer {
  const sent: Uint8Array[] = []
  const calls: string[] = []
  const pushed: Envelope[] = []
  const watch = watchLies()
  const honestAnswers = new Map<string, Answer<unknown>>()
  let session: ServerSession | null = null
  let at: ServerCore | null = null

  async function ask<T>(
    name: string,
    message: unknown,
    run: (core: ServerCore, session: ServerSession) => Promise<T | SyncError>,
  ): Promise<Answer<T>> {
    calls.push(name)
    sent.push(encodeMessage(message))
    const instead = server.lies.everything?.()
    honestAnswers.delete(name)
    if (instead) return instead
    const current = core()
    if (at !== current || session === null || session.ended) {
      try {
        session = await signInAt(current, account, device)
      } catch {
        return { type: 'error', error: 'unauthenticated' }
      }
      at = current
    }
    let answer = await run(current, session).catch(failed)
    if (isSyncError(answer) && answer.error === 'unauthenticated') {
      try {
        session = await signInAt(current, account, device)
        answer = await run(current, session).catch(failed)
      } catch {
        session = null
      }
    }
    const told: Answer<T> = isSyncError(answer) ? answer : { type: 'ok', value: answer }
    honestAnswers.set(name, told)
    return told
  }

  /** As the http server answers what its core throws. */
  function failed(error: unknown): SyncError {
    if (!server.answersFailures) throw error
    return { type: 'error', error: 'server-error' }
  }

  const server: HostileServer = {
    lies: {},
    answersFailures: false,
    sent,
    calls,
    pushed,
    detected: watch.detected,
    async info() {
      const honest = core().info()
      return { type: 'ok', value: onTheWire(ServerInfo, server.lies.info?.(honest) ?? honest) }
    },
    register: (entry) => ask('register', { entry }, (it) => it.register({ entry })),
    async accountLog(id, after) {
      const honest = await ask('accountLog', { id, after }, (it, who) => it.accountLog(who, id, after))
      return carried(AccountLogPage, (await server.lies.accountLog?.(honest, id, after)) ?? honest)
    },
    postAccount: (id, entry) => ask('postAccount', { id, entry }, (it, who) => it.postAccount(who, id, { entry })),
    async vaults() {
      const honest = await ask('vaults', {}, (it, who) => it.vaults(who))
      if (honest.type !== 'ok' || server.lies.vaults === undefined) return honest
      return { type: 'ok', value: onTheWire(VaultList, server.lies.vaults(honest.value)) }
    },
    async control(vault, after) {
      const honest = await ask('control', { vault, after }, (it, who) => it.control(who, vault, after))
      return carried(ControlLogPage, (await server.lies.control?.(honest, after)) ?? honest)
    },
    async postControl(vault, entries) {
      const honest = () => ask('postControl', { vault, entries }, (it, who) => it.postControl(who, vault, { entries }))
      return carried(LogAnswer, await (server.lies.postControl?.(honest, entries) ?? honest()))
    },
    async push(vault, envelopes) {
      pushed.push(...envelopes)
      const honest = () => ask('push', { vault, envelopes }, (it, who) => it.push(who, vault, { envelopes }))
      if (server.lies.push !== undefined) sent.push(encodeMessage({ vault, envelopes }))
      return carried(PushAnswer, await (server.lies.push?.(honest, envelopes) ?? honest()))
    },
    async pull(vault, request) {
      const honest = await ask('pull', { vault, request }, (it, who) => it.pull(who, vault, request))
      if (honest.type !== 'ok') return honest
      return carried(PullAnswer, {
        type: 'ok',
        value: (await server.lies.pull?.(honest.value, request)) ?? honest.value,
      })
    },
    async fetchBodies(vault, stream, numbers) {
      const honest = await ask('fetch', { vault, stream, numbers }, (it, who) =>
        it.fetchBodies(who, vault, { stream, numbers }),
      )
      if (honest.type !== 'ok' || server.lies.fetchBodies === undefined) return honest
      return { type: 'ok', value: onTheWire(FetchAnswer, server.lies.fetchBodies(honest.value, numbers)) }
    },
    async beginBlob(vault, post) {
      const honest = () => ask('beginBlob', { vault, post }, (it, who) => it.beginBlob(who, vault, post))
      return carried(BlobBegun, await (server.lies.beginBlob?.(honest, post) ?? honest()))
    },
    async findBlob(vault, stream, blob) {
      const honest = await ask('findBlob', { vault, stream, blob }, (it, who) => it.findBlob(who, vault, stream, blob))
      return carried(BlobInfo, server.lies.findBlob?.(honest) ?? honest)
    },
    async putChunk(link, index, chunk) {
      const honest = () => ask('putChunk', { link, index, chunk }, (it) => it.putChunk(link, index, chunk))
      return server.lies.putChunk?.(honest, index) ?? honest()
    },
    async getChunk(link, index) {
      const answer = await ask('getChunk', { link, index }, (it) => it.getChunk(link, index))
      const honest: Answer<Uint8Array> = answer.type === 'ok' ? { type: 'ok', value: answer.value.chunk } : answer
      return server.lies.getChunk?.(honest, index) ?? honest
    },
    depart: (vault, departure) => ask('depart', { vault, departure }, (it, who) => it.depart(who, vault, departure)),
    async departures(vault) {
      const honest = await ask('departures', { vault }, (it, who) => it.departures(who, vault))
      return carried(DeparturePage, server.lies.departures?.(honest) ?? honest)
    },
    async submitLate(vault, envelopes) {
      const honest = () => ask('handIn', { vault, envelopes }, (it, who) => it.handIn(who, vault, { envelopes }))
      return carried(LateAnswer, await (server.lies.handIn?.(honest, envelopes) ?? honest()))
    },
    async quarantineInbox(vault, after) {
      const honest = await ask('lateBox', { vault, after }, (it, who) => it.lateBox(who, vault, after))
      return carried(LatePage, server.lies.lateBox?.(honest, after) ?? honest)
    },
    settleLate: (vault, hashes) =>
      ask('settleLate', { vault, hashes }, (it, who) => it.settleLate(who, vault, { hashes })),
    openEmergency: (vault, request) =>
      ask('openEmergency', { vault, request }, (it, who) => it.openEmergency(who, vault, request)),
    endEmergency: (vault, end) => ask('endEmergency', { vault, end }, (it, who) => it.endEmergency(who, vault, end)),
    async emergencies(vault, after) {
      const honest = await ask('emergencies', { vault, after }, (it, who) => it.emergencies(who, vault, after))
      return carried(EmergencyPage, server.lies.emergencies?.(honest, after) ?? honest)
    },
  }
  return watched(server, watch, honestAnswers)
}

/** Counts every answer, and compares it with what the core said to the same question. */
function watched(
  server: HostileServer,
  watch: ReturnType<typeof watchLies>,
  honest: ReadonlyMap<string, Answer<unknown>>,
): HostileServer {
  for (const name of Object.keys(server) as (keyof HostileServer)[]) {
    const call = server[name] as unknown
    if (typeof call !== 'function' || name === 'detected' || name === 'info') continue
    const counted = async (...args: unknown[]) => {
      const told = (await call(...args)) as Answer<unknown>
      const known = honest.get(name === 'fetchBodies' ? 'fetch' : name)
      watch.answered(known === undefined || !equalBytes(encodeMessage(known), encodeMessage(told)))
      return told
    }
    Object.assign(server, { [name]: counted })
  }
  return server
}

export function onTheWire<T>(shape: Shape<T>, message: unknown): T {
  const read = decodeAs(shape, encodeMessage(message))
  if (read === null) throw new Error('this does not fit the wire')
  return read
}

function carried<T>(shape: Shape<T>, answer: Answer<T>): Answer<T> {
  return answer.type === 'ok' ? { type: 'ok', value: onTheWire(shape, answer.value) } : answer
}

/** A head under the server's own key. */
export async function signHeadAs(
  key: SigningKeyPair,
  head: Omit<SignedHead, 'signature' | 'time'> & { time?: number },
): Promise<SignedHead> {
  const full = { time: 1_800_000_000_000, ...head }
  return { ...full, signature: await sign(key, headMessage(full)) }
}

/** A stream that the server makes up: numbered again, chained again, its head signed. */
export interface MadeUpStream {
  entries: StreamEntry[]
  hashes: Uint8Array[]
  head: SignedHead
}

/** Chains entries as the server would: `n` follows their order, the body hash follows the body where there is one. */
export async function makeUpStream(
  key: SigningKeyPair,
  vault: Uint8Array,
  stream: Uint8Array,
  entries: StreamEntry[],
): Promise<MadeUpStream> {
  const hashes = [streamStart(vault, stream)]
  const numbered = entries.map((entry, index): StreamEntry => {
    const n = index + 1
    const bodyHash = entry.body === null ? entry.bodyHash : sha256(entry.body)
    hashes.push(nextStreamHash(hashes[index]!, n, entry.outcome, envelopeHashOf(entry.header, bodyHash)))
    return { n, bodyHash, outcome: entry.outcome, header: entry.header, body: entry.body, proof: entry.proof }
  })
  const head = { kind: 'stream', id: stream, n: numbered.length, h: hashes.at(-1)! } as const
  return { entries: numbered, hashes, head: await signHeadAs(key, head) }
}

/** The lie that answers for one stream from a made-up one, and honestly for all others. */
export function serveInstead(stream: Uint8Array, made: MadeUpStream): Lies {
  const id = idText(stream)
  return {
    pull: (honest, { streams }) => {
      const after = streams.find((each) => idText(each.stream) === id)?.after ?? 0
      return onePage(honest, stream, () => ({ stream, head: made.head, entries: made.entries.slice(after) }))
    },
    fetchBodies: (_, numbers) => ({
      entries: made.entries.filter(({ n, body }) => body !== null && numbers.includes(n)),
    }),
  }
}

type Page = PullAnswer['streams'][number]

/** Bends the page of one stream; null leaves it out of the answer. */
export function onePage(honest: PullAnswer, stream: Uint8Array, bend: (page: Page) => Page | null): PullAnswer {
  const id = idText(stream)
  return {
    streams: honest.streams.flatMap((page) => (idText(page.stream) === id ? (bend(page) ?? []) : page)),
  }
}
