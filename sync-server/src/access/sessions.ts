/**
 * Sign-in by challenge, and stateless sessions (H1, H10). A token names a device. Whether the device is live, and
 * which roles and openings it has, is read from the durable logs at each request. So a removal takes effect at once,
 * and a restart signs nobody out.
 */
import { verify } from '@chartkeep/crypto/verify'
import { idText, SESSION_MS, syncError, type SyncError } from '@chartkeep/protocol'
import {
  deviceLiveAt,
  leftWithMember,
  rolesAt,
  signInMessage,
  type AccountState,
  type Role,
  type Session,
  type SignInRequest,
} from '@chartkeep/protocol/account'
import type { Challenges } from './challenges.ts'
import type { Opening } from '../storage/emergency-storage.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock, RandomBytes } from '../time/ports.ts'
import type { StorageReader } from '../storage/storage.ts'
import { createTokens, TOKEN_NONCE_BYTES, type TokenClaims } from './tokens.ts'

/** A device that has signed in. What can change during a request is read again at each use. */
export interface ServerSession extends TokenClaims {
  /** C12: the device's current roles in its practice; null for a person's device. */
  readonly roles: readonly Role[] | null
  /** C13: what this device has opened and may read now, by {@link openingName}. */
  readonly opened: ReadonlyMap<string, Opening>
  /** True once the token has expired, the device was removed, or all sessions were ended. */
  readonly ended: boolean
  /** The address that the request came from, for the access log only (A2). */
  readonly address: string
}

export interface Sessions {
  /**
   * Refuses with `unauthenticated` for every reason: a wrong account, device, nonce or signature cannot be told apart.
   */
  signIn(request: SignInRequest): Promise<Session | SyncError>
  /** The session of a valid token; null otherwise. */
  find(token: string, address: string): Promise<ServerSession | null>
  /** True while a session from {@link find} may be used; ask again after every await. */
  holds(session: ServerSession): boolean
}

export interface SessionsOptions {
  read: StorageReader
  accounts: LogStates<AccountState>
  challenges: Challenges
  /** H2: a waiting account cannot sign in. */
  mayEnter: (account: Uint8Array) => boolean
  /** C11, C12: whether a device whose member left may still submit unsent work. */
  mayHandIn: (account: Uint8Array, device: Uint8Array) => boolean
  /** The seed of the server's signing key. */
  seed: Uint8Array
  clock: Clock
  randomBytes: RandomBytes
}

/** Clocks of processes may differ by a minute (H8). */
const SLACK_MS = 60_000

/** What an account's log says about one of its devices. */
interface Standing {
  sign: Uint8Array
  kind: ServerSession['kind']
  roles: readonly Role[] | null
}

/**
 * The key of a grant in {@link ServerSession.opened}. It includes the vault, because a grant id is unique only within
 * its vault.
 */
export function openingName(vault: Uint8Array, grant: Uint8Array): string {
  return `${idText(vault)}.${idText(grant)}`
}

/** {@link ServerSession.opened} for the openings of a device, which may have opened a grant more than once. */
export function openedMap(openings: readonly Opening[]): Map<string, Opening> {
  const opened = new Map<string, Opening>()
  for (const opening of openings) {
    const name = openingName(opening.vault, opening.grant)
    if ((opened.get(name)?.until ?? 0) < opening.until) opened.set(name, opening)
  }
  return opened
}

export function createSessions(options: SessionsOptions): Sessions {
  const { read, accounts, challenges, mayEnter, mayHandIn, seed, clock, randomBytes } = options
  const lastSignOut = () => read.mark('tokens-since')
  const tokens = createTokens(seed, lastSignOut)
  /** A token that is valid for more than an hour was issued while the clock was wrong (H8). */
  const isTimely = (expires: number) => {
    const left = expires - clock.now()
    return left > 0 && left <= SESSION_MS + SLACK_MS
  }

  /** A live device, or a device whose member left recently. */
  function standingIn(state: AccountState, device: Uint8Array): Standing | null {
    const live = deviceLiveAt(state, device, state.n)
    if (live !== null) return { sign: live.sign, kind: live.kind, roles: rolesAt(state, device, state.n) }
    const known = state.devices.get(idText(device))
    const isLate = known !== undefined && leftWithMember(state, device) && mayHandIn(state.account, device)
    return isLate ? { sign: known.sign, kind: 'departed', roles: rolesAt(state, device, state.n) } : null
  }

  /** The session of a token, as long as the account log says the same about the device as at sign-in. */
  function sessionOf(claims: TokenClaims, state: AccountState, address: string): ServerSession {
    const { account, device } = claims
    const since = lastSignOut()
    let [known, standing] = [state.n, standingIn(state, device)]
    /** C12: no roles for a practice's removed device; null would mean a person's device, which has full authority. */
    const none: readonly Role[] | null = state.practice === null ? null : []

    /**
     * By the current log. Null if the log has grown and must be loaded first; the asynchronous path then asks again.
     */
    function standingNow(): Standing | null {
      const length = read.accountLength(account)
      if (length !== known) {
        const grown = accounts.peek(account)
        if (grown === undefined) return null
        ;[known, standing] = [length, grown && standingIn(grown, device)]
      }
      return standing?.kind === 'departed' && !mayHandIn(account, device) ? null : standing
    }

    return {
      ...claims,
      address,
      get roles() {
        return standingNow()?.roles ?? none
      },
      get opened() {
        return openedMap(read.openingsOf(account, device, clock.now()))
      },
      get ended() {
        return !isTimely(claims.expires) || lastSignOut() !== since || standingNow()?.kind !== claims.kind
      },
    }
  }

  const holds = (session: ServerSession) => !session.ended

  return {
    holds,
    async signIn({ account, device, nonce, signature }) {
      const refused = syncError('unauthenticated')
      const challenge = challenges.read(nonce)
      if (challenge === null) return refused
      const state = await accounts.load(account)
      const found = state === null ? null : standingIn(state, device)
      if (found === null || !mayEnter(account)) return refused
      if (!(await verify(found.sign, signInMessage(challenge, account, device), signature))) return refused
      // After the signature check, so that strangers cannot create rows.
      if (!(await challenges.spend(challenge))) return refused
      const newest = await accounts.load(account)
      const entering = newest === null ? null : standingIn(newest, device)
      if (entering === null) return refused
      const expires = clock.now() + SESSION_MS
      const token = tokens.write({
        account,
        device,
        kind: entering.kind,
        expires,
        nonce: randomBytes(TOKEN_NONCE_BYTES),
      })
      return { token, expires }
    },
    async find(token, address) {
      const claims = tokens.read(token)
      if (claims === null || !isTimely(claims.expires)) return null
      const state = await accounts.load(claims.account)
      const session = state === null ? null : sessionOf(claims, state, address)
      return session !== null && holds(session) ? session : null
    },
  }
}
