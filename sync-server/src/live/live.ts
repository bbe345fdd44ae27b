/**
 * Live connections (S7): sends a hint when a head has moved; a following device gets the answer that it would pull, if
 * the change is small. Closes connections when access ends: at a cut, when a device is removed, and at a grant's
 * notAfter by the server's time (C6).
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, MAX_LIVE_BYTES, READ, type SyncError } from '@chartkeep/protocol'
import type { ControlState, Grant } from '@chartkeep/protocol/control'
import type { LiveMessage, PullRequest } from '@chartkeep/protocol/messages'
import { accessOf, controlView, isAllHeld, ownGrants } from '../access/access.ts'
import type { EncodedAnswer } from '../storage/answer-writer.ts'
import { createGrantMoments } from '../access/grant-moments.ts'
import type { LogStates } from '../storage/log-states.ts'
import { MAX_DELAY_MS, type Clock, type Timers } from '../time/ports.ts'
import { openedMap, openingName, type ServerSession, type Sessions } from '../access/sessions.ts'
import type { Opening } from '../storage/emergency-storage.ts'
import type { Storage } from '../storage/storage.ts'

/** How long until a failed read of the openings is tried again. */
const RETRY_MS = 1000

/** The far end of a connection. Neither method is called after `close`. */
export interface LivePeer {
  send(message: LiveMessage): void
  /** Collects everything that is sent until the returned function is called, if the connection supports it. */
  hold?(): () => void
  /** For a following device: sends it the answer to a pull. */
  bring?(vault: Uint8Array, pull: Uint8Array): void
  /** True while the peer is slow to receive earlier frames. */
  isBehind?(): boolean
  close(reason: 'ended' | 'unauthenticated' | 'too-many' | 'stopping'): void
}

export interface MovedStream {
  stream: Uint8Array
  /** The first number, if all entries are new. */
  first?: number
  newest: number
}

export interface Pushed {
  by: ServerSession
  /** Bytes of headers and bodies. */
  bytes: number
}

export interface LiveHub {
  /**
   * Opens a connection for a signed-in device; sends `ready` once its vaults are watched. The returned function closes
   * it.
   */
  connect(session: ServerSession, peer: LivePeer): Promise<() => void>
  /**
   * The streams that one push or reseed moved, each with its newest number, so that a device asks once for all of
   * them. `pushed`: by which session, and how much.
   */
  streamsMoved(control: ControlState, moved: readonly MovedStream[], pushed?: Pushed): void
  controlMoved(before: ControlState | null, after: ControlState): void
  /** Something arrived for the owners alone (C11); they will ask for it. */
  toOwners(control: ControlState): void
  /** C13: a device has opened a grant; its connections close when the opening ends. */
  opened(account: Uint8Array, device: Uint8Array): void
  /** C13: a device has ended its opening; its connections close if nothing else keeps them open now. */
  done(account: Uint8Array, device: Uint8Array): void
  accountMoved(account: Uint8Array, n: number): void
  endDevice(account: Uint8Array, device: Uint8Array): void
  /** The server's time moved in one step from `before`: closes what has ended by now. */
  stepped(before: number): void
  /** Closes every connection and cancels every timer. */
  close(): void
}

export interface LiveOptions {
  storage: Storage
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  timers: Timers
  socketsPerAccount: number
  /** H7: only the owners hear of such a vault. */
  isHeld: (vault: Uint8Array) => boolean
  /** The pull that the device would make, with the same checks and the same note. */
  pull(session: ServerSession, vault: Uint8Array, request: PullRequest): Promise<EncodedAnswer | SyncError>
}

/** The most streams and bytes of a push that are sent with the hint; larger changes are pulled. */
const BROUGHT_STREAMS = 8
const BROUGHT_BYTES = MAX_LIVE_BYTES / 4

interface Connection {
  session: ServerSession
  peer: LivePeer
  /** Its number in order of arrival. */
  came: number
  cancel: () => void
  /** Cancels the timer for the end of the next opening (C13). */
  cancelOpening: () => void
}

function memberAccounts(control: ControlState): Set<string> {
  const members = new Set(control.owners.map(({ account }) => idText(account)))
  for (const { account } of control.grants.values()) if (account !== null) members.add(idText(account))
  return members
}

/** Whether two requests used the same token. */
function isSame(a: ServerSession, b: ServerSession): boolean {
  return equalBytes(a.device, b.device) && equalBytes(a.nonce, b.nonce) && a.expires === b.expires
}

export function createLiveHub(options: LiveOptions): LiveHub {
  const { storage, control: states, sessions, clock, timers, socketsPerAccount, isHeld, pull } = options
  /** The devices of each account. */
  const byAccount = new Map<string, Map<string, Set<Connection>>>()
  let came = 0
  const moments = createGrantMoments({
    control: states,
    clock,
    timers,
    onMoment(control, over) {
      for (const grant of over) endGrant(control, grant)
      // Owners post the cut (C4); a grantee whose grant begins pulls.
      announceControl(control)
    },
  })

  /** False if it was already forgotten. */
  function forget(connection: Connection): boolean {
    const [account, device] = [idText(connection.session.account), idText(connection.session.device)]
    const devices = byAccount.get(account)
    const all = devices?.get(device)
    if (!all?.delete(connection)) return false
    if (all.size === 0) devices!.delete(device)
    if (devices!.size === 0) byAccount.delete(account)
    connection.cancel()
    connection.cancelOpening()
    return true
  }

  function end(connection: Connection, reason: Parameters<LivePeer['close']>[0]): void {
    if (forget(connection)) connection.peer.close(reason)
  }

  /** Yields the connections whose session still holds and closes the others. */
  function* holding(connections: Iterable<Connection>): Iterable<Connection> {
    for (const connection of connections) {
      if (sessions.holds(connection.session)) yield connection
      else end(connection, 'unauthenticated')
    }
  }

  function* allOf(account: string): Iterable<Connection> {
    for (const connections of byAccount.get(account)?.values() ?? []) yield* connections
  }

  function ofDevice({ account, device }: Pick<ServerSession, 'account' | 'device'>): Set<Connection> {
    return byAccount.get(idText(account))?.get(idText(device)) ?? new Set()
  }

  const connectionsOf = (account: string) => holding(allOf(account))

  /** `before`: the state before new entries were added. */
  function announceControl(control: ControlState, before: ControlState | null = control): void {
    const now = clock.now()
    for (const account of memberAccounts(control)) {
      for (const { session, peer } of connectionsOf(account)) {
        if (!mayHear(control, session)) continue
        const view = controlView(control, session, now)
        if (view?.upTo !== control.n) continue
        if (isAllHeld(control, session, now) && !hasOtherGrants(before, control, session)) continue
        peer.send({ type: 'head', vault: control.vault, stream: null, n: control.n })
      }
    }
  }

  /** H7: checked at the moment of sending. */
  function mayHear(control: ControlState, session: ServerSession): boolean {
    return !isHeld(control.vault) || accessOf(control, session, clock.now())?.owner === true
  }

  function hasOtherGrants(before: ControlState | null, after: ControlState, session: ServerSession): boolean {
    return ownGrants(after, session).some(({ id, cut }) => {
      const known = before?.grants.get(idText(id))
      return known === undefined || known.cut !== cut
    })
  }

  /** Tells an account that it lost access to the vault and closes its connections. */
  function endAccess(
    control: ControlState,
    account: string,
    isMeant: (session: ServerSession) => boolean = () => true,
  ): void {
    for (const connection of connectionsOf(account)) {
      if (!isMeant(connection.session)) continue
      connection.peer.send({ type: 'ended', vault: control.vault, stream: null, n: control.n })
      end(connection, 'ended')
    }
  }

  /** A grant has ended: for its account, or, for an emergency grant, for the devices that opened it (C13). */
  function endGrant(control: ControlState, { id, account, emergency }: Grant): void {
    if (account === null) return
    const name = openingName(control.vault, id)
    endAccess(control, idText(account), ({ opened }) => emergency === null || opened.has(name))
  }

  /** C13: sets the connection's timer for the end of its device's openings; those that ended by `handled` are done. */
  function watchOpenings(connection: Connection, handled: number): void {
    connection.cancelOpening()
    const { account, device } = connection.session
    let open: Opening[]
    try {
      open = [...openedMap(storage.read.openingsOf(account, device, handled)).values()]
    } catch {
      // The disk failed. A timer calls this too, so it must not throw; it tries again, and every request checks as well.
      connection.cancelOpening = timers.after(RETRY_MS, () => watchOpenings(connection, handled))
      return
    }
    if (open.length === 0) return
    const wait = Math.max(0, Math.min(...open.map(({ until }) => until)) - clock.now())
    connection.cancelOpening = timers.after(Math.min(MAX_DELAY_MS, wait), () => {
      const over = open.filter(({ until }) => until <= clock.now())
      for (const { vault } of over) connection.peer.send({ type: 'ended', vault, stream: null, n: lengthOf(vault) })
      if (over.length > 0) end(connection, 'ended')
      else watchOpenings(connection, handled)
    })
  }

  function watchDevice(account: Uint8Array, device: Uint8Array, handled: number): void {
    for (const connection of holding(ofDevice({ account, device }))) watchOpenings(connection, handled)
  }

  /** Length of the control log; 0 if the disk fails, and access still ends. */
  function lengthOf(vault: Uint8Array): number {
    try {
      return states.peek(vault)?.n ?? 0
    } catch {
      return 0
    }
  }

  function hint(peer: LivePeer, vault: Uint8Array, moved: readonly MovedStream[]): void {
    const release = peer.hold?.()
    for (const { stream, newest: n } of moved) peer.send({ type: 'head', vault, stream, n })
    release?.()
  }

  /** Sends the changes as the answer to a pull; if they are incomplete or too large, sends the hint. */
  async function bringOrHint(
    connection: Connection,
    control: ControlState,
    moved: readonly MovedStream[],
  ): Promise<void> {
    const { vault } = control
    const { session, peer } = connection
    const streams = moved.flatMap(({ stream, first }) => (first === undefined ? [] : [{ stream, after: first - 1 }]))
    const isWhole = streams.length === moved.length
    const answer = isWhole
      ? await pull(session, vault, { streams, budget: MAX_LIVE_BYTES / 2 }).catch(() => null)
      : null
    // The connection may have closed in the meantime; then nothing is sent.
    if (!ofDevice(session).has(connection) || !mayHear(control, session)) return
    if (answer === null || 'type' in answer || answer.bytes.length > MAX_LIVE_BYTES) hint(peer, vault, moved)
    else peer.bring!(vault, answer.bytes)
  }

  return {
    async connect(session, peer) {
      const [account, device] = [idText(session.account), idText(session.device)]
      const connection: Connection = { session, peer, came: ++came, cancel: () => {}, cancelOpening: () => {} }
      const devices = byAccount.get(account) ?? new Map<string, Set<Connection>>()
      byAccount.set(account, devices.set(device, ofDevice(session).add(connection)))
      // C12: a practice has more devices than one account may have connections, so each device is limited separately;
      // otherwise they would keep closing each other's connections.
      const counted = [...(session.roles === null ? allOf(account) : ofDevice(session))]
      counted.sort((a, b) => a.came - b.came)
      for (const oldest of counted.slice(0, Math.max(0, counted.length - socketsPerAccount))) end(oldest, 'too-many')
      const endOfSession = Math.min(MAX_DELAY_MS, Math.max(0, session.expires - clock.now()))
      connection.cancel = timers.after(endOfSession, () => end(connection, 'unauthenticated'))
      watchOpenings(connection, clock.now())
      try {
        for (const vault of session.kind === 'device' ? storage.read.vaultsOf(session.account) : []) {
          if (moments.isWatched(vault)) continue
          const control = await states.survey(vault)
          if (control !== null && !moments.isWatched(vault)) moments.watch(control)
        }
      } catch (error) {
        // The requester gets the refusal itself and needs no close.
        forget(connection)
        throw error
      }
      if (ofDevice(session).has(connection)) peer.send({ type: 'ready', vault: null, stream: null, n: 0 })
      return () => end(connection, 'ended')
    },

    streamsMoved(control, moved, pushed) {
      for (const account of memberAccounts(control)) {
        for (const connection of connectionsOf(account)) {
          const { session, peer } = connection
          // The following device that pushed this already has the answer to its push.
          if (peer.bring !== undefined && pushed !== undefined && isSame(session, pushed.by)) continue
          const access = accessOf(control, session, clock.now())
          const readable = access === null ? [] : moved.filter(({ stream }) => (access.rightsOn(stream) & READ) !== 0)
          if (readable.length === 0 || !mayHear(control, session)) continue
          const isSmall = pushed !== undefined && pushed.bytes <= BROUGHT_BYTES && readable.length <= BROUGHT_STREAMS
          if (isSmall && peer.bring !== undefined && peer.isBehind?.() !== true)
            // Nobody awaits this, and it reads the disk, which may fail: the device finds the change at its next pass.
            void bringOrHint(connection, control, readable).catch(() => {})
          else hint(peer, control.vault, readable)
        }
      }
    },

    controlMoved(before, after) {
      announceControl(after, before)
      for (const grant of after.grants.values()) {
        const cutNow = grant.cut !== null && before?.grants.get(idText(grant.id))?.cut === null
        if (cutNow) endGrant(after, grant)
      }
      for (const { account, cut } of after.owners) {
        if (cut !== null && cut.at > (before?.n ?? 0)) endAccess(after, idText(account))
      }
      for (const cut of after.deviceCuts.slice(before?.deviceCuts.length ?? 0)) {
        const { account, device } = cut
        if (account === null) continue
        endAccess(after, idText(account), (session) => device === null || equalBytes(session.device, device))
      }
      moments.watch(after)
    },

    toOwners(control) {
      for (const account of memberAccounts(control)) {
        for (const { session, peer } of connectionsOf(account)) {
          if (accessOf(control, session, clock.now())?.owner === true)
            peer.send({ type: 'head', vault: control.vault, stream: null, n: control.n })
        }
      }
    },

    opened(account, device) {
      watchDevice(account, device, clock.now())
    },

    done(account, device) {
      watchDevice(account, device, clock.now() - 1)
    },

    accountMoved(account, n) {
      for (const { peer } of connectionsOf(idText(account)))
        peer.send({ type: 'account', vault: null, stream: null, n })
    },

    endDevice(account, device) {
      for (const connection of ofDevice({ account, device })) end(connection, 'unauthenticated')
    },

    stepped(before) {
      moments.again()
      for (const account of byAccount.keys()) for (const connection of allOf(account)) watchOpenings(connection, before)
    },

    close() {
      moments.close()
      for (const account of byAccount.keys()) for (const connection of allOf(account)) end(connection, 'stopping')
    },
  }
}
