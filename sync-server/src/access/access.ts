/**
 * Who may reach what, read from the control log's state and from nothing else (C1, C6). What an account may write is judged by
 * the shared reader (admit.ts of packages/protocol); here it is told which grants are within their window.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import {
  ALL_RIGHTS,
  ControlBody,
  decodeAs,
  deviceCut,
  idText,
  isAccessLog,
  isForRoles,
  isOwner,
  mayOwn,
  PartOpen,
  READ,
  WRITE_RIGHTS,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Grant,
} from '@chartkeep/protocol'
import type { Payers } from '../storage/limits.ts'
import { openingName, type ServerSession } from './sessions.ts'

export interface VaultAccess {
  owner: boolean
  /** Rights on a stream, as bits; 0 for a stream that is unknown or not granted. */
  rightsOn(stream: Uint8Array): number
  /** C3: up to this number its entries are shown as bare hashes; 0 where all history is granted. */
  startOn(stream: Uint8Array): number
  /** Who pays for what the account writes there (S8). */
  payersOn(stream: Uint8Array): Payers
}

/** `roles` and `opened` as a session has them; absent for a person, and for who opened nothing. */
type Who = Pick<ServerSession, 'account' | 'device' | 'kind'> & Partial<Pick<ServerSession, 'roles' | 'opened'>>

/** The session by the roles that a job finds, which may be newer than what is durable (C12). */
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

/** C12: of an account's grants those that this device acts by: all of a person's, its roles' of a practice's. */
export function ownGrants(control: ControlState, { account, roles = null }: Pick<Who, 'account' | 'roles'>): Grant[] {
  return grantsOf(control, account).filter(({ role }) => isForRoles(role, roles))
}

/** C13: a grant for emergencies that this device has not opened, or that is over for it: it gives nothing, and its wraps are held back. */
export function isHeldBack(
  { vault }: Pick<ControlState, 'vault'>,
  { id, emergency, cut }: Pick<Grant, 'id' | 'emergency' | 'cut'>,
  who: Pick<Who, 'opened'>,
  now: number,
): boolean {
  if (emergency === null) return false
  // Last: of a session this is read from the storage.
  return cut !== null || (who.opened?.get(openingName(vault, id))?.until ?? 0) <= now
}

/** C13: whether all that stands for this device is held back: it is told that it may open the vault, and of nothing that happens there. */
export function isAllHeld(control: ControlState, who: Who, now: number): boolean {
  const standing = ownGrants(control, who).filter(({ cut }) => cut === null)
  if (standing.length === 0 || actsAsOwner(control, who)) return false
  return standing.every((grant) => isHeldBack(control, grant, who, now))
}

/** C12: whether the account owns the vault and this device acts for all of it. */
function actsAsOwner(control: ControlState, { account, roles = null }: Pick<Who, 'account' | 'roles'>): boolean {
  return isOwner(control, account) && mayOwn(roles)
}

/** What the device may reach in the vault now; null when nothing. */
export function accessOf(control: ControlState, who: Who, now: number): VaultAccess | null {
  if (who.kind !== 'device' || deviceCut(control, who) !== null) return null
  if (actsAsOwner(control, who)) {
    // A2: what stands for the access log carries no envelope; it is read as a tree.
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
      // C12: for its own vault a practice pays, whoever writes.
      if (isOwner(control, who.account)) return { type: 'account', id: who.account }
      const text = idText(stream)
      const paying = live.filter((grant) => ((grant.streams.get(text)?.rights ?? 0) & WRITE_RIGHTS) !== 0)
      return { type: 'grants', ids: paying.map(({ id }) => id) }
    },
  }
}

/**
 * The state with only what the device may act by now: of its account's grants those within their window, of a practice's rights those of its roles
 * at this moment, whatever head it names (C12), of those for emergencies what it has opened (C13). What the shared reader judges a push by.
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

/** How far into the control log a reader sees, and what of each part. */
export interface ControlView {
  /** Owners: the head. Grantees, and who was an owner: the head, or their own last cut (C8). */
  upTo: number
  show(entry: ControlEntry): ControlEntry
}

/** The reader's view of the control log; null for somebody who has no part in the vault. */
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
    // C13: what makes an emergency readable is shown once somebody has said why; that it is there, before.
    if (equalBytes(open.recipient, who.account) && ownIds.has(idText(open.grant)))
      return held.has(idText(open.grant)) ? { ...part, wrap: null } : part
    // Decision 0003: whoever reads a stream must be able to check the rights of those who write in it.
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
      // Its devices may be behind: what was written while it was an owner, they judge as owners do.
      if (stays.some(({ at, cut }) => at <= body.n && body.n < (cut?.at ?? 0))) return entry
      return { ...entry, parts: entry.parts.map((part) => showPart(part, body)) }
    },
  }
}
