/**
 * Derives who may reach what in a vault from the state of its control log and from nothing else (C1, C6). The shared
 * reader (admit.ts of packages/protocol) judges what an account may write; this file tells it which grants are within
 * their window.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { ALL_RIGHTS, decodeAs, idText, READ, WRITE_RIGHTS } from '@chartkeep/protocol'
import { mayOwn } from '@chartkeep/protocol/account'
import {
  ControlBody,
  deviceCut,
  isAccessLog,
  isForRoles,
  isOwner,
  PartOpen,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Grant,
} from '@chartkeep/protocol/control'
import type { Payers } from '../storage/limits.ts'
import { openingName, type ServerSession } from './sessions.ts'

export interface VaultAccess {
  owner: boolean
  /** The account's rights on a stream as bits; 0 for an unknown stream or one that was not granted. */
  rightsOn(stream: Uint8Array): number
  /** C3: entries up to this number are shown as bare hashes; 0 if the grant covers all history. */
  startOn(stream: Uint8Array): number
  /** Who pays for what the account writes in the stream (S8). */
  payersOn(stream: Uint8Array): Payers
}

/** `roles` and `opened` as in a session; absent for a person's device and where nothing was opened. */
type Who = Pick<ServerSession, 'account' | 'device' | 'kind'> & Partial<Pick<ServerSession, 'roles' | 'opened'>>

/** The session with the roles that the running job has read, which may be newer than the durable ones (C12). */
export function actingBy(session: ServerSession, roles: ServerSession['roles']): Who {
  const { account, device, kind } = session
  return {
    account,
    device,
    kind,
    roles,
    get opened() {
      return session.opened
    },
  }
}

/** notBefore <= now < notAfter, by the server's clock. */
export function withinWindow(grant: Grant, now: number): boolean {
  return grant.notBefore <= now && now < grant.notAfter
}

export function grantsOf(control: ControlState, account: Uint8Array): Grant[] {
  return [...control.grants.values()].filter((grant) => grant.account !== null && equalBytes(grant.account, account))
}

/**
 * C12: the account's grants that this device may use: all of a person's; of a practice's, the grants to the device's
 * roles.
 */
export function ownGrants(control: ControlState, { account, roles = null }: Pick<Who, 'account' | 'roles'>): Grant[] {
  return grantsOf(control, account).filter(({ role }) => isForRoles(role, roles))
}

/**
 * C13: whether an emergency grant is closed for this device: not opened, or its opening has ended. It then gives no
 * access, and the server holds its wraps back.
 */
export function isHeldBack(
  { vault }: Pick<ControlState, 'vault'>,
  { id, emergency, cut }: Pick<Grant, 'id' | 'emergency' | 'cut'>,
  who: Pick<Who, 'opened'>,
  now: number,
): boolean {
  if (emergency === null) return false
  // Last, because it reads the storage for a session.
  return cut !== null || (who.opened?.get(openingName(vault, id))?.until ?? 0) <= now
}

/**
 * C13: whether every grant of this device is held back. The device then learns that it may open the vault, and nothing
 * that happens in it.
 */
export function isAllHeld(control: ControlState, who: Who, now: number): boolean {
  const standing = ownGrants(control, who).filter(({ cut }) => cut === null)
  if (standing.length === 0 || actsAsOwner(control, who)) return false
  return standing.every((grant) => isHeldBack(control, grant, who, now))
}

/** C12: whether the account owns the vault and this device has the practice's full authority. */
function actsAsOwner(control: ControlState, { account, roles = null }: Pick<Who, 'account' | 'roles'>): boolean {
  return isOwner(control, account) && mayOwn(roles)
}

/** What the device may reach in the vault now; null if nothing. */
export function accessOf(control: ControlState, who: Who, now: number): VaultAccess | null {
  if (who.kind !== 'device' || deviceCut(control, who) !== null) return null
  if (actsAsOwner(control, who)) {
    // A2: the access log is in the control log as a stream, but holds no envelopes; it is read as a tree.
    const isStream = (text: string) => control.streams.has(text) && !isAccessLog(control, text)
    return {
      owner: true,
      rightsOn: (stream) => (isStream(idText(stream)) ? ALL_RIGHTS : 0),
      startOn: () => 0,
      payersOn: () => ({ type: 'account', id: who.account }),
    }
  }
  const live = ownGrants(control, who).filter(
    (grant) => grant.cut === null && withinWindow(grant, now) && !isHeldBack(control, grant, who, now),
  )
  if (live.length === 0) return null
  return {
    owner: false,
    rightsOn(stream) {
      const text = idText(stream)
      return live.reduce((bits, grant) => bits | (grant.streams.get(text)?.rights ?? 0), 0)
    },
    startOn(stream) {
      const granted = live.flatMap((grant) => grant.streams.get(idText(stream)) ?? [])
      const starts = granted.filter(({ rights }) => (rights & READ) !== 0).map(({ start }) => start?.n ?? 0)
      return starts.length === 0 ? 0 : Math.min(...starts)
    },
    payersOn(stream) {
      // C12: a practice pays for everything in its own vault, whoever writes it.
      if (isOwner(control, who.account)) return { type: 'account', id: who.account }
      const text = idText(stream)
      const paying = live.filter((grant) => ((grant.streams.get(text)?.rights ?? 0) & WRITE_RIGHTS) !== 0)
      return { type: 'grants', ids: paying.map(({ id }) => id) }
    },
  }
}

/**
 * The control state reduced to what the device may use now: its account's grants within their window; for a practice,
 * the rights of the device's current roles, whatever head an entry names (C12); of the emergency grants, those that it
 * has opened (C13). The shared reader judges a push by this state.
 */
export function controlWithin(
  control: ControlState,
  who: Pick<Who, 'account' | 'roles' | 'opened'>,
  now: number,
): ControlState {
  const { account, roles = null } = who
  const outside = grantsOf(control, account).filter(
    (grant) => !withinWindow(grant, now) || !isForRoles(grant.role, roles) || isHeldBack(control, grant, who, now),
  )
  const owners = mayOwn(roles) ? control.owners : control.owners.filter((owner) => !equalBytes(owner.account, account))
  if (outside.length === 0 && owners.length === control.owners.length) return control
  const grants = new Map(control.grants)
  for (const { id } of outside) grants.delete(idText(id))
  return { ...control, grants, owners }
}

/** How far a reader sees the control log, and which parts of each entry. */
export interface ControlView {
  /** For owners, the head. For grantees and former owners, the head or their own last cut (C8). */
  upTo: number
  show(entry: ControlEntry): ControlEntry
}

/** The reader's view of the control log; null for an account without any part in the vault. */
export function controlView(control: ControlState, who: Who, now: number): ControlView | null {
  if (who.kind !== 'device' || deviceCut(control, who) !== null) return null
  if (actsAsOwner(control, who)) return { upTo: control.n, show: (entry) => entry }
  const own = ownGrants(control, who)
  const stays = mayOwn(who.roles ?? null)
    ? control.owners.filter(({ account }) => equalBytes(account, who.account))
    : []
  if (own.length === 0 && stays.length === 0) return null
  const ownIds = new Set(own.map((grant) => idText(grant.id)))
  const held = new Set(own.filter((grant) => isHeldBack(control, grant, who, now)).map(({ id }) => idText(id)))
  const readable = new Set<string>()
  for (const grant of own) {
    if (grant.cut !== null || now >= grant.notAfter || held.has(idText(grant.id))) continue
    for (const [stream, { rights }] of grant.streams) if ((rights & READ) !== 0) readable.add(stream)
  }

  function showPart(part: ControlPart, body: ControlBody): ControlPart {
    const open = part.open === null ? null : decodeAs(PartOpen, part.open)
    if (open === null) return { ...part, open: null, wrap: null }
    if (open.grant === null) {
      const isOwn = equalBytes(open.recipient, who.account) && isForRoles(open.role ?? null, who.roles ?? null)
      return isOwn ? part : { ...part, open: null, wrap: null }
    }
    // C13: the keys of an emergency grant are shown once a device has signed a reason; its existence is shown before.
    if (equalBytes(open.recipient, who.account) && ownIds.has(idText(open.grant)))
      return held.has(idText(open.grant)) ? { ...part, wrap: null } : part
    // Decision 0003: every reader of a stream must be able to check the rights of its writers.
    const coAuthor =
      body.grant !== null &&
      equalBytes(body.grant, open.grant) &&
      open.streams.some(({ stream, rights }) => (rights & WRITE_RIGHTS) !== 0 && readable.has(idText(stream)))
    return { ...part, open: coAuthor ? part.open : null, wrap: null }
  }

  return {
    upTo: Math.max(...[...own, ...stays].map(({ cut }) => cut?.at ?? control.n)),
    show(entry) {
      const body = decodeAs(ControlBody, entry.body)!
      // The former owner's devices may be behind: they judge entries from its time as owner as owners do.
      if (stays.some(({ at, cut }) => at <= body.n && body.n < (cut?.at ?? 0))) return entry
      return { ...entry, parts: entry.parts.map((part) => showPart(part, body)) }
    },
  }
}
