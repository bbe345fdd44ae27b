/**
 * Sign-in by challenge (H1): a device signs {server, audience, nonce, time}; there is no password. Challenges and tokens live in
 * memory only, a token as its hash: nothing on disk can be stolen and used, and a restart asks every device to sign in again.
 */
import { bytesToBase64Url, equalBytes, sha256, utf8ToBytes } from '@chartkeep/crypto/server'
import { verify } from '@chartkeep/crypto/verify'
import {
  CHALLENGE_MS,
  deviceLiveAt,
  idText,
  leftWithMember,
  rolesAt,
  SESSION_MS,
  signInMessage,
  syncError,
  type AccountState,
  type Challenge,
  type Role,
  type Session,
  type SignInRequest,
  type SyncError,
} from '@chartkeep/protocol'
import type { Opening } from './emergency-storage.ts'
import type { LogStates } from './log-states.ts'
import type { Clock, RandomBytes } from './ports.ts'

const MAX_CHALLENGES = 20_000
const MAX_SESSIONS_PER_DEVICE = 16

/** Who asks: a device that has signed in. `ended` turns true when the device is removed or the session is over. */
export interface ServerSession {
  readonly account: Uint8Array
  readonly device: Uint8Array
  /**
   * A recovery device (K7) reaches its own account log and nothing else. `departed`: of a member who left a practice (C12): the same, and the
   * late box (C11).
   */
  readonly kind: 'device' | 'recovery' | 'departed'
  /** C12: by which the device acts for its practice now; null for a person's. */
  roles: readonly Role[] | null
  /** C13: what this device has opened, by {@link openingName}. */
  readonly opened: Map<string, Opening>
  /** Milliseconds since 1970. */
  readonly expires: number
  ended: boolean
  /** Where its last request came from; '' before any. For the access log only (A2). */
  address: string
}

export interface Sessions {
  challenge(): Challenge
  /** Refuses with `unauthenticated` whatever is wrong: account, device, nonce, signature are not told apart. */
  signIn(request: SignInRequest): Promise<Session | SyncError>
  /** The live session of a token, null otherwise. */
  find(token: string): ServerSession | null
  /** True while the session may be used. */
  holds(session: ServerSession): boolean
  /** C12: an account's log has grown: its sessions act by the roles that it says. */
  noteRoles(state: AccountState): void
  /** C13: a device has opened a grant: its sessions act by it from now on. */
  noteOpening(account: Uint8Array, device: Uint8Array, opening: Opening): void
  /** C13: a device is done with what it opened: its sessions act by the grant until `until` and no longer. */
  noteEnd(account: Uint8Array, device: Uint8Array, opening: Opening): void
  /** Ends all sessions of a device at once. */
  endDevice(account: Uint8Array, device: Uint8Array): void
}

export interface SessionsOptions {
  accounts: LogStates<AccountState>
  /** H2: an account that only waits signs nobody in. */
  mayEnter: (account: Uint8Array) => boolean
  /** C11, C12: whether a device whose member left may still hand in what waits there. */
  mayHandIn: (account: Uint8Array, device: Uint8Array) => boolean
  /** C13: what a device has opened and may read now. */
  openingsOf: (account: Uint8Array, device: Uint8Array) => Opening[]
  serverKey: Uint8Array
  audience: string
  clock: Clock
  randomBytes: RandomBytes
}

/** How {@link ServerSession.opened} names a grant: in its vault, for an id says nothing of another one. */
export function openingName(vault: Uint8Array, grant: Uint8Array): string {
  return `${idText(vault)}.${idText(grant)}`
}

/** {@link ServerSession.opened} of what a device has opened. */
export function openedMap(openings: readonly Opening[]): Map<string, Opening> {
  const opened = new Map<string, Opening>()
  for (const opening of openings) keepLonger(opened, opening)
  return opened
}

/** A device may have opened a grant more than once. */
function keepLonger(opened: Map<string, Opening>, opening: Opening): void {
  const name = openingName(opening.vault, opening.grant)
  if ((opened.get(name)?.until ?? 0) < opening.until) opened.set(name, opening)
}

function tokenHash(token: string): string {
  return bytesToBase64Url(sha256(utf8ToBytes(token)))
}

export function createSessions({
  accounts,
  mayEnter,
  mayHandIn,
  openingsOf,
  serverKey,
  audience,
  clock,
  randomBytes,
}: SessionsOptions): Sessions {
  const challenges = new Map<string, Challenge>()
  const sessions = new Map<string, ServerSession>()

  function dropExpired(now: number): void {
    for (const [nonce, { time }] of challenges) {
      if (now - time <= CHALLENGE_MS && challenges.size <= MAX_CHALLENGES) break
      challenges.delete(nonce)
    }
    for (const [token, session] of sessions) {
      if (session.expires > now) break
      session.ended = true
      sessions.delete(token)
    }
  }

  /** A live device, or one of a member who left a short time ago. */
  function enteringDevice(
    state: AccountState,
    device: Uint8Array,
  ): { sign: Uint8Array; kind: ServerSession['kind'] } | null {
    const live = deviceLiveAt(state, device, state.n)
    if (live !== null) return live
    const known = state.devices.get(idText(device))
    const isLate = known !== undefined && leftWithMember(state, device) && mayHandIn(state.account, device)
    return isLate ? { sign: known.sign, kind: 'departed' } : null
  }

  const holds = (session: ServerSession) => !session.ended && session.expires > clock.now()

  return {
    holds,
    challenge() {
      const challenge = { server: serverKey, audience, nonce: randomBytes(32), time: clock.now() }
      challenges.set(idText(challenge.nonce), challenge)
      dropExpired(challenge.time)
      return challenge
    },
    async signIn({ account, device, nonce, signature }) {
      const refused = syncError('unauthenticated')
      const challenge = challenges.get(idText(nonce))
      challenges.delete(idText(nonce))
      const now = clock.now()
      if (challenge === undefined || now - challenge.time > CHALLENGE_MS || now < challenge.time) return refused
      const state = await accounts.load(account)
      const found = state === null ? null : enteringDevice(state, device)
      if (found === null || !mayEnter(account)) return refused
      if (!(await verify(found.sign, signInMessage(challenge, account, device), signature))) return refused
      let newest = accounts.peek(account)
      for (; newest === undefined; newest = accounts.peek(account)) await accounts.load(account)
      const entering = newest === null ? null : enteringDevice(newest, device)
      if (newest === null || entering === null) return refused

      const own = [...sessions].filter(([, session]) => equalBytes(session.device, device) && !session.ended)
      for (const [token, session] of own.slice(0, Math.max(0, own.length - MAX_SESSIONS_PER_DEVICE + 1))) {
        session.ended = true
        sessions.delete(token)
      }
      const token = bytesToBase64Url(randomBytes(32))
      const expires = now + SESSION_MS
      const roles = rolesAt(newest, device, newest.n)
      sessions.set(tokenHash(token), {
        account,
        device,
        kind: entering.kind,
        roles,
        opened: openedMap(openingsOf(account, device)),
        expires,
        ended: false,
        address: '',
      })
      return { token, expires }
    },
    find(token) {
      const session = sessions.get(tokenHash(token))
      return session !== undefined && holds(session) ? session : null
    },
    noteRoles(state) {
      if (state.practice === null) return
      for (const session of sessions.values())
        if (equalBytes(session.account, state.account)) session.roles = rolesAt(state, session.device, state.n)
    },
    noteOpening(account, device, opening) {
      for (const session of sessions.values())
        if (equalBytes(session.account, account) && equalBytes(session.device, device))
          keepLonger(session.opened, opening)
    },
    noteEnd(account, device, opening) {
      const name = openingName(opening.vault, opening.grant)
      for (const session of sessions.values()) {
        const isTheirs = equalBytes(session.account, account) && equalBytes(session.device, device)
        if (isTheirs && session.opened.has(name)) session.opened.set(name, opening)
      }
    },
    endDevice(account, device) {
      for (const [token, session] of sessions) {
        if (!equalBytes(session.account, account) || !equalBytes(session.device, device)) continue
        session.ended = true
        sessions.delete(token)
      }
    },
  }
}
