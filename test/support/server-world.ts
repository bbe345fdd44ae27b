/** A server core on real storage in a folder of its own, with a clock and timers that a test moves by hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, sign, type SigningKeyPair } from '@chartkeep/crypto'
import { idText, isSyncError, type SyncError } from '@chartkeep/protocol'
import { signInMessage, type Challenge } from '@chartkeep/protocol/account'
import type { LiveMessage, PullAnswer, PushAnswer } from '@chartkeep/protocol/messages'
import type { Envelope } from '@chartkeep/protocol/streams'
import {
  createServerCore,
  openSqliteStorage,
  type Registration,
  type ServerCore,
  type ServerLimits,
  type ServerSession,
  type Storage,
} from '@chartkeep/sync-server/testing'
import { createAccount, createVault, type TestAccount, type TestDevice, type TestVault } from './author.ts'

export interface ManualTime {
  now(): number
  /** The machine's monotonic clock: moves with the other, unless a test sets that one wrong. */
  steady(): number
  /** Moves the clock and rings what is due, in order. */
  advance(ms: number): Promise<void>
  /** Moves the clock and rings nothing: a machine that was busy or asleep. */
  jump(ms: number): void
  /** Sets the time of day so much ahead, and says nothing to the monotonic clock: a machine whose clock is wrong. */
  setAhead(ms: number): void
  timers: { after(delayMs: number, run: () => void): () => void }
}

function createManualTime(start = 1_800_000_000_000): ManualTime {
  let now = start
  let ahead = 0
  const waiting = new Set<{ due: number; run: () => void }>()
  return {
    now: () => now + ahead,
    steady: () => now - start,
    setAhead: (ms) => void (ahead = ms),
    jump(ms) {
      now += ms
    },
    timers: {
      after(delayMs, run) {
        const timer = { due: now + delayMs, run }
        waiting.add(timer)
        return () => void waiting.delete(timer)
      },
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...waiting].filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due)
        if (next === undefined) break
        waiting.delete(next)
        now = Math.max(now, next.due)
        next.run()
        await settle()
      }
      now = end
      await settle()
    },
  }
}

/** Lets everything that was started come to rest. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A storage whose queue of write jobs a test holds, so that what it calls comes to its turn in that order, and later. */
export interface HeldStorage extends Storage {
  /** From now on jobs wait, until they are let continue. */
  hold(): void
  goOn(): void
  /** Calls, and waits until the job of it is in the queue. */
  queued<T>(call: () => Promise<T>): Promise<{ answer: Promise<T> }>
}

export function heldStorage(inner: Storage): HeldStorage {
  let waiting = () => {}
  let goOn = () => {}
  return {
    read: inner.read,
    write(job) {
      const written = inner.write(job)
      waiting()
      return written
    },
    close: () => inner.close(),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      goOn = resolve
      void inner.write(() => promise)
    },
    goOn: () => goOn(),
    async queued(call) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = resolve
      const answer = call()
      // What is answered before has no turn.
      await Promise.race([promise, answer])
      return { answer }
    },
  }
}

export interface ServerWorld {
  core: ServerCore
  storage: Storage
  time: ManualTime
  serverKey: Uint8Array
  signingKey: SigningKeyPair
  folder: string
  close(): Promise<void>
}

export const AUDIENCE = 'http://localhost:8787'

export function createServerWorld(
  options: {
    storage?: Storage
    limits?: Partial<ServerLimits>
    registration?: Registration
    isTight?: () => boolean
  } = {},
): ServerWorld {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-server-'))
  const storage = options.storage ?? openSqliteStorage(join(folder, 'chartkeep.sqlite'))
  const time = createManualTime()
  const signingKey = generateSigningKeyPair()
  const core = createServerCore({
    storage,
    signingKey,
    clock: time,
    timers: time.timers,
    audience: AUDIENCE,
    randomBytes,
    limits: options.limits ?? {},
    registration: options.registration ?? 'open',
    ...(options.isTight === undefined ? {} : { isTight: options.isTight }),
  })
  return {
    core,
    storage,
    time,
    folder,
    serverKey: signingKey.publicKey,
    signingKey,
    async close() {
      await core.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The value; throws where the server refused. */
export function accepted<T extends object | null>(answer: T | SyncError): T {
  if (isSyncError(answer)) throw new Error(`refused: ${answer.error}`)
  return answer
}

/** The code of a refusal; null where there was none. */
export function errorOf(answer: object | null): string | null {
  return isSyncError(answer) ? answer.error : null
}

export async function answerChallenge(
  challenge: Challenge,
  account: Uint8Array,
  device: Pick<TestDevice, 'id' | 'signing'>,
) {
  const signature = await sign(device.signing, signInMessage(challenge, account, device.id))
  return { account, device: device.id, nonce: challenge.nonce, signature }
}

export async function signIn(
  core: ServerCore,
  account: TestAccount,
  device = account.device,
  address = '',
): Promise<ServerSession & { token: string }> {
  const { token } = accepted(await core.signIn(await answerChallenge(core.challenge(), account.id, device)))
  const session = await core.session(token, address)
  if (session === null) throw new Error('no session')
  return Object.assign(session, { token })
}

export interface Member {
  account: TestAccount
  session: ServerSession & { token: string }
}

/** A registered account, signed in. */
export async function newMember(core: ServerCore): Promise<Member> {
  const account = await createAccount()
  accepted(await core.register({ entry: account.entries[0]! }))
  return { account, session: await signIn(core, account) }
}

/** A vault of two streams that is the member's, with its log at the server. */
export async function newVault(core: ServerCore, { account, session }: Member): Promise<TestVault> {
  const vault = await createVault(account)
  accepted(await core.postControl(session, vault.id, { entries: vault.entries }))
  return vault
}

/** Brings the newest entry of the vault's log. */
export async function postNewest(
  core: ServerCore,
  session: ServerSession,
  vault: Pick<TestVault, 'id' | 'entries'>,
): Promise<void> {
  accepted(await core.postControl(session, vault.id, { entries: vault.entries.slice(-1) }))
}

export async function push(
  core: ServerCore,
  session: ServerSession,
  vault: TestVault,
  envelopes: Envelope[],
): Promise<PushAnswer> {
  const sent = envelopes.map(({ header, body, proof }) => ({ header, body, proof }))
  return accepted(await core.push(session, vault.id, { envelopes: sent }))
}

export async function pull(
  core: ServerCore,
  session: ServerSession,
  vault: TestVault,
  stream: Uint8Array,
  after = 0,
): Promise<PullAnswer['streams'][number]> {
  const answer = accepted(await core.pull(session, vault.id, { streams: [{ stream, after }], budget: 1 << 22 }))
  return answer.streams[0]!
}

/** A live connection that keeps what it was told. */
export async function listen(core: ServerCore, token: string) {
  const messages: LiveMessage[] = []
  const closed: string[] = []
  const close = accepted(
    await core.connect(token, { send: (message) => messages.push(message), close: (reason) => closed.push(reason) }),
  )
  return {
    messages,
    closed,
    close,
    seen: () => messages.map(({ type, stream }) => (stream === null ? type : `${type} ${idText(stream)}`)),
  }
}
