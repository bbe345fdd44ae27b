/**
 * Live connections (S7): hints that a head moved, never data. Ends them where access ends: at a cut, when a device is removed, and
 * at a grant's notAfter by the server's own timer (C6).
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, READ, type ControlState, type LiveMessage } from '@chartkeep/protocol'
import { accessOf, controlView } from './access.ts'
import type { LogStates } from './log-states.ts'
import { MAX_DELAY_MS, type Clock, type Timers } from './ports.ts'
import type { ServerSession, Sessions } from './sessions.ts'
import type { Storage } from './storage.ts'

/** The far end of a connection; both are called at most until `close` was. */
export interface LivePeer {
  send(message: LiveMessage): void
  /** What is sent until the answer is called leaves together, where the connection can do that. */
  hold?(): () => void
  close(reason: 'ended' | 'unauthenticated' | 'too-many' | 'stopping'): void
}

export interface LiveHub {
  /** Opens a connection for a signed-in device: `ready` is sent once its vaults are watched. The answer ends it. */
  connect(session: ServerSession, peer: LivePeer): Promise<() => void>
  /** Streams that one push or refill has moved, each with its newest number: a device asks once for all of them. */
  streamsMoved(control: ControlState, moved: readonly { stream: Uint8Array; newest: number }[]): void
  controlMoved(before: ControlState | null, after: ControlState): void
  /** Something came for the owners alone (C11): they ask for it. */
  toOwners(control: ControlState): void
  accountMoved(account: Uint8Array, n: number): void
  endDevice(account: Uint8Array, device: Uint8Array): void
  /** Ends every connection and timer. */
  close(): void
}

export interface LiveOptions {
  storage: Storage
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  timers: Timers
  socketsPerAccount: number
}

interface Connection {
  session: ServerSession
  peer: LivePeer
  cancel: () => void
}

function memberAccounts(control: ControlState): Set<string> {
  const members = new Set(control.owners.map(({ account }) => idText(account)))
  for (const { account } of control.grants.values()) if (account !== null) members.add(idText(account))
  return members
}

export function createLiveHub(options: LiveOptions): LiveHub {
  const { storage, control: states, sessions, clock, timers, socketsPerAccount } = options
  const byAccount = new Map<string, Set<Connection>>()
  /** Vaults with a moment to come; `handled`: up to when its moments were dealt with. */
  const watched = new Map<string, { handled: number; cancel: () => void }>()

  function end(connection: Connection, reason: Parameters<LivePeer['close']>[0]): void {
    const account = idText(connection.session.account)
    const all = byAccount.get(account)
    if (!all?.delete(connection)) return
    if (all.size === 0) byAccount.delete(account)
    connection.cancel()
    connection.peer.close(reason)
  }

  function* connectionsOf(account: string): Iterable<Connection> {
    for (const connection of byAccount.get(account) ?? []) {
      if (sessions.holds(connection.session)) yield connection
      else end(connection, 'unauthenticated')
    }
  }

  function announceControl(control: ControlState): void {
    for (const account of memberAccounts(control)) {
      for (const { session, peer } of connectionsOf(account)) {
        const view = controlView(control, session, clock.now())
        if (view !== null && view.upTo === control.n)
          peer.send({ type: 'head', vault: control.vault, stream: null, n: control.n })
      }
    }
  }

  /** Tells an account that its access to the vault changed for the worse, and closes its connections. */
  function endAccess(control: ControlState, account: string, device: Uint8Array | null): void {
    for (const connection of connectionsOf(account)) {
      if (device !== null && !equalBytes(connection.session.device, device)) continue
      connection.peer.send({ type: 'ended', vault: control.vault, stream: null, n: control.n })
      end(connection, 'ended')
    }
  }

  /** Arms the vault's timer for the next moment, after those that were dealt with, at which a grant begins or ends. */
  function watch(control: ControlState): void {
    const vault = idText(control.vault)
    const now = clock.now()
    const known = watched.get(vault)
    known?.cancel()
    // A clock that was put back meets the same moments again.
    const handled = Math.min(known?.handled ?? now, now)
    const open = [...control.grants.values()].filter((grant) => grant.cut === null)
    const due = Math.min(
      ...open.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]).filter((at) => at > handled),
    )
    if (!Number.isFinite(due)) return void watched.delete(vault)
    const delay = Math.min(MAX_DELAY_MS, Math.max(0, due - now))
    watched.set(vault, { handled, cancel: timers.after(delay, () => void wake(control.vault)) })
  }

  async function wake(vault: Uint8Array): Promise<void> {
    const control = await states.load(vault)
    const known = watched.get(idText(vault))
    if (control === null || known === undefined) return
    const now = clock.now()
    const reached = (at: number) => known.handled < at && at <= now
    const open = [...control.grants.values()].filter((grant) => grant.cut === null)
    for (const grant of open)
      if (grant.account !== null && reached(grant.notAfter)) endAccess(control, idText(grant.account), null)
    // Owners post the cut (C4), a grantee whose time begins pulls. A timer may also ring early, and a long wait is cut into pieces.
    if (open.some((grant) => reached(grant.notBefore) || reached(grant.notAfter))) announceControl(control)
    watched.set(idText(vault), { ...known, handled: now })
    watch(control)
  }

  return {
    async connect(session, peer) {
      const account = idText(session.account)
      const connection: Connection = { session, peer, cancel: () => {} }
      const all = byAccount.get(account) ?? new Set()
      byAccount.set(account, all.add(connection))
      for (const oldest of [...all].slice(0, Math.max(0, all.size - socketsPerAccount))) end(oldest, 'too-many')
      const endOfSession = Math.min(MAX_DELAY_MS, Math.max(0, session.expires - clock.now()))
      connection.cancel = timers.after(endOfSession, () => end(connection, 'unauthenticated'))
      for (const vault of session.kind === 'device' ? storage.read.vaultsOf(session.account) : []) {
        const control = await states.load(vault)
        if (control !== null && !watched.has(idText(vault))) watch(control)
      }
      if (byAccount.get(account)?.has(connection)) peer.send({ type: 'ready', vault: null, stream: null, n: 0 })
      return () => end(connection, 'ended')
    },

    streamsMoved(control, moved) {
      for (const account of memberAccounts(control)) {
        for (const { session, peer } of connectionsOf(account)) {
          const access = accessOf(control, session, clock.now())
          const readable = access === null ? [] : moved.filter(({ stream }) => (access.rightsOn(stream) & READ) !== 0)
          if (readable.length === 0) continue
          const release = peer.hold?.()
          for (const { stream, newest: n } of readable) peer.send({ type: 'head', vault: control.vault, stream, n })
          release?.()
        }
      }
    },

    controlMoved(before, after) {
      announceControl(after)
      for (const grant of after.grants.values()) {
        const cutNow = grant.cut !== null && before?.grants.get(idText(grant.id))?.cut === null
        if (cutNow && grant.account !== null) endAccess(after, idText(grant.account), null)
      }
      for (const { account, cut } of after.owners) {
        if (cut !== null && cut.at > (before?.n ?? 0)) endAccess(after, idText(account), null)
      }
      for (const cut of after.deviceCuts.slice(before?.deviceCuts.length ?? 0)) {
        if (cut.account !== null) endAccess(after, idText(cut.account), cut.device)
      }
      watch(after)
    },

    toOwners(control) {
      for (const account of memberAccounts(control)) {
        for (const { session, peer } of connectionsOf(account)) {
          if (accessOf(control, session, clock.now())?.owner === true)
            peer.send({ type: 'head', vault: control.vault, stream: null, n: control.n })
        }
      }
    },

    accountMoved(account, n) {
      for (const { peer } of connectionsOf(idText(account)))
        peer.send({ type: 'account', vault: null, stream: null, n })
    },

    endDevice(account, device) {
      for (const connection of byAccount.get(idText(account)) ?? [])
        if (equalBytes(connection.session.device, device)) end(connection, 'unauthenticated')
    },

    close() {
      for (const { cancel } of watched.values()) cancel()
      watched.clear()
      for (const all of byAccount.values()) for (const connection of all) end(connection, 'stopping')
    },
  }
}
