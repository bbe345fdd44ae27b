/**
 * Sign-in by challenge, and sessions without a list (H1, H10). A token says whose device it is; whether the device is live, by which roles and
 * openings it acts, is read from the durable logs at each request, so that a removal holds at once and a restart signs nobody out.
 */
import { verify } from '@chartkeep/crypto/verify'
import {
  deviceLiveAt,
  idText,
  leftWithMember,
  rolesAt,
  SESSION_MS,
  signInMessage,
  syncError,
  type AccountState,
  type Role,
  type Session,
  type SignInRequest,
  type SyncError,
} from '@chartkeep/protocol'
import type { Challenges } from './challenges.ts'
import type { Opening } from '../storage/emergency-storage.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock, RandomBytes } from '../time/ports.ts'
import type { StorageReader } from '../storage/storage.ts'
import { createTokens, TOKEN_NONCE_BYTES, type TokenClaims } from './tokens.ts'

/** Who asks: a device that has signed in. What changes while it asks is read anew each time. */
export interface ServerSession extends TokenClaims {
  /** C12: by which the device acts for its practice at this moment; null for a person's. */
  readonly roles: readonly Role[] | null
  /** C13: what this device has opened and may read at this moment, by {@link openingName}. */
  readonly opened: ReadonlyMap<string, Opening>
  /** True once its time is over, its device is out, or everybody was signed out. */
  readonly ended: boolean
  /** Where the request came from. For the access log only (A2). */
  readonly address: string
}

export interface Sessions {
  /** Refuses with `unauthenticated` whatever is wrong: account, device, nonce, signature are not told apart. */
  signIn(request: SignInRequest): Promise<Session | SyncError>
  /** The session of a token that holds now, null otherwise. */
  find(token: string, address: string): Promise<ServerSession | null>
  /** True while the session that {@link find} gave may be used: asked again after all that waits. */
  holds(session: ServerSession): boolean
}

export interface SessionsOptions {
  read: StorageReader
  accounts: LogStates<AccountState>
  challenges: Challenges
  /** H2: an account that only waits signs nobody in. */
  mayEnter: (account: Uint8Array) => boolean
  /** C11, C12: whether a device whose member left may still hand in what waits there. */
  mayHandIn: (account: Uint8Array, device: Uint8Array) => boolean
  /** Of the server's signing key. */
  seed: Uint8Array
  clock: Clock
  randomBytes: RandomBytes
}

/** Clocks of processes may differ by a minute (H8). */
const SLACK_MS = 60_000

/** How a device stands in its account's log. */
interface Standing {
  sign: Uint8Array
  kind: ServerSession['kind']
  roles: readonly Role[] | null
}

/** How {@link ServerSession.opened} names a grant: in its vault, for an id says nothing of another one. */
export function openingName(vault: Uint8Array, grant: Uint8Array): string {
  return `${idText(vault)}.${idText(grant)}`
}

/** {@link ServerSession.opened} of what a device has opened; it may have opened a grant more than once. */
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
  /** What lasts longer than an hour was given by a clock that was wrong and has been set right since (H8). */
  const isTimely = (expires: number) => {
    const left = expires - clock.now()
    return left > 0 && left <= SESSION_MS + SLACK_MS
  }

  /** A live device, or one of a member who left a short time ago. */
  function standingIn(state: AccountState, device: Uint8Array): Standing | null {
    const live = deviceLiveAt(state, device, state.n)
    if (live !== null) return { sign: live.sign, kind: live.kind, roles: rolesAt(state, device, state.n) }
    const known = state.devices.get(idText(device))
    const isLate = known !== undefined && leftWithMember(state, device) && mayHandIn(state.account, device)
    return isLate ? { sign: known.sign, kind: 'departed', roles: rolesAt(state, device, state.n) } : null
  }

  /** The session of a token, while the log says of its device what it said when it signed in. */
  function sessionOf(claims: TokenClaims, state: AccountState, address: string): ServerSession {
    const { account, device } = claims
    const since = lastSignOut()
    let [known, standing] = [state.n, standingIn(state, device)]
    /** C12: of a practice's device that is out; null would stand for a person, who acts by all. */
    const none: readonly Role[] | null = state.practice === null ? null : []

    /** By the log as it is now. Null where it has grown and is not at hand: what waits then asks again. */
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
      // Behind the signature: a stranger leaves no row.
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
