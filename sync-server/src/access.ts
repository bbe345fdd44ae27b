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
  isOwner,
  PartOpen,
  READ,
  WRITE_RIGHTS,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Grant,
} from '@chartkeep/protocol'
import type { Payers } from './limits.ts'
import type { ServerSession } from './sessions.ts'

export interface VaultAccess {
  owner: boolean
  /** Rights on a stream, as bits; 0 for a stream that is unknown or not granted. */
  rightsOn(stream: Uint8Array): number
  /** C3: up to this number its entries are shown as bare hashes; 0 where all history is granted. */
  startOn(stream: Uint8Array): number
  /** Who pays for what the account writes there (S8). */
  payersOn(stream: Uint8Array): Payers
}

type Who = Pick<ServerSession, 'account' | 'device' | 'kind'>

/** notBefore <= now < notAfter, by the server's clock. */
export function withinWindow(grant: Grant, now: number): boolean {
  return grant.notBefore <= now && now < grant.notAfter
}

export function grantsOf(control: ControlState, account: Uint8Array): Grant[] {
  return [...control.grants.values()].filter((grant) => grant.account !== null && equalBytes(grant.account, account))
}

/** What the device may reach in the vault now; null when nothing. */
export function accessOf(control: ControlState, who: Who, now: number): VaultAccess | null {
  if (who.kind !== 'device' || deviceCut(control, who) !== null) return null
  if (isOwner(control, who.account)) {
    // A2: what stands for the access log carries no envelope; it is read as a tree.
    const isStream = (text: string) => control.streams.has(text) && !isAccessLog(control, text)
    return {
      owner: true,
      rightsOn: (stream) => (isStream(idText(stream)) ? ALL_RIGHTS : 0),
      startOn: () => 0,
      payersOn: () => ({ type: 'account', id: who.account }),
    }
  }
  const live = grantsOf(control, who.account).filter((grant) => grant.cut === null && withinWindow(grant, now))
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
      const text = idText(stream)
      const paying = live.filter((grant) => ((grant.streams.get(text)?.rights ?? 0) & WRITE_RIGHTS) !== 0)
      return { type: 'grants', ids: paying.map(({ id }) => id) }
    },
  }
}

/** The state with only those of the account's grants that are within their window: what the shared reader judges a push by. */
export function controlWithin(control: ControlState, account: Uint8Array, now: number): ControlState {
  const outside = grantsOf(control, account).filter((grant) => !withinWindow(grant, now))
  if (outside.length === 0) return control
  const grants = new Map(control.grants)
  for (const { id } of outside) grants.delete(idText(id))
  return { ...control, grants }
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
  if (isOwner(control, who.account)) return { upTo: control.n, show: (entry) => entry }
  const own = grantsOf(control, who.account)
  const stays = control.owners.filter(({ account }) => equalBytes(account, who.account))
  if (own.length === 0 && stays.length === 0) return null
  const ownIds = new Set(own.map((grant) => idText(grant.id)))
  const readable = new Set<string>()
  for (const grant of own) {
    if (grant.cut !== null || now >= grant.notAfter) continue
    for (const [stream, { rights }] of grant.streams) if ((rights & READ) !== 0) readable.add(stream)
  }

  function showPart(part: ControlPart, body: ControlBody): ControlPart {
    const open = part.open === null ? null : decodeAs(PartOpen, part.open)
    if (open === null) return { ...part, open: null, wrap: null }
    if (open.grant === null) return equalBytes(open.recipient, who.account) ? part : { ...part, open: null, wrap: null }
    if (equalBytes(open.recipient, who.account) && ownIds.has(idText(open.grant))) return part
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
