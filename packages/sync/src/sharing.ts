/** Giving and ending access (C1-C4, C9, C10): grants, cuts, wishes kept while offline. Online deeds over the head just confirmed. */
import {
  accessLogKey,
  accountHead,
  deviceCut,
  entryHash,
  heldStreams,
  idText,
  isOwner,
  liveOwners,
  MAX_ACCEPTED,
  mayEnd,
  newestBoxKey,
  newestRoleKey,
  READ,
  rightsOf,
  rolesGiven,
  roleCutsOf,
  roleLostAt,
  streamHead,
  textId,
  verifyHead,
  type Accept,
  type AccountState,
  type ControlEntry,
  type ControlState,
  type Cut,
  type Grant,
  type Head,
  type RightWord,
  type Role,
  type SignedHead,
} from '@chartkeep/protocol'
import { acceptEntry, accessLogEntry, cutEntry, grantEntry, type Author, type Remaining } from './control-writer.ts'
import type { GrantLabel } from './content-keys.ts'
import { appendControl, keepControlHead, pullControl } from './control-pull.ts'
import type { ServerApi } from './ports.ts'
import { pullStreams } from './vault-pull.ts'
import { exclusive, isVaultOwner, rowValue, TABLE, timeOf, type VaultMachine } from './vault-state.ts'

export interface ShareWish {
  kind: 'share'
  /** The grant that this wish makes, 16 random bytes: asked twice, say after a lost answer, it makes one. */
  id: Uint8Array
  grantee: Uint8Array
  /** C12: of a practice the role that it is given to; absent for a person. */
  role?: Role
  scopes: { collection: string; rights: RightWord[] }[]
  notBefore: number
  notAfter: number
  label: GrantLabel
  /** C3: only what is written from its entry on; absent: all history. */
  fromNow?: boolean
  /** The grantee's newest box key, or that of the role, when the person decided; another one later is shown again before it gives (C1). */
  generation: number
}
export interface StopWish {
  kind: 'stop'
  grant: Uint8Array
}
/** C2: ends a manager. */
export interface RemoveWish {
  kind: 'remove'
  owner: Uint8Array
}
/** C9: envelopes beyond a cut that are to count. */
export interface AcceptWish {
  kind: 'accept'
  envelopes: Accept['envelopes']
}
export type Wish = ShareWish | StopWish | RemoveWish | AcceptWish

export type DeedOutcome =
  | { type: 'done'; grant: string }
  | { type: 'offline' }
  /** The wish no longer fits what the log says (grantee changed, grant gone): shown again to the person. */
  | { type: 'stale'; why: string }
  | { type: 'error'; error: string }

export type Undone = Exclude<DeedOutcome, { type: 'done' }>

const ATTEMPTS = 5

/** C1: reads to the head, builds an entry over it, posts it; begins again when somebody else was faster. */
export async function postEntry(
  machine: VaultMachine,
  server: ServerApi,
  build: () => Promise<ControlEntry | Undone>,
): Promise<{ type: 'done' } | Undone> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pulled = await pullControl(machine, server)
    if (pulled.type === 'offline') return pulled
    if (pulled.type !== 'ok') return { type: 'error', error: pulled.type === 'error' ? pulled.error : pulled.fault }
    const entry = await build()
    if ('type' in entry) return entry
    const answer = await server.postControl(machine.vault, [entry])
    if (answer.type === 'offline') return answer
    if (answer.type === 'ok') {
      if (!(await confirms(machine, answer.value.head, entry))) return { type: 'error', error: 'wrong-answer' }
      const applied = await exclusive(machine, () => appendControl(machine, [entry]))
      if (applied.type === 'ok') await keepControlHead(machine, answer.value.head)
      return applied.type === 'ok' ? { type: 'done' } : { type: 'error', error: 'refused' }
    }
    if (answer.error !== 'head-moved') return { type: 'error', error: answer.error }
  }
  return { type: 'error', error: 'head-moved' }
}

/** S3: the server's signature over the very head that the entry makes; anything else is no acknowledgement. */
async function confirms(machine: VaultMachine, head: SignedHead, entry: ControlEntry): Promise<boolean> {
  const serverKey = machine.serverKey()
  const wanted = entryHash('control-entry', entry.body)
  const same = head.kind === 'control' && idText(head.id) === idText(machine.vault) && idText(head.h) === idText(wanted)
  return same && serverKey !== null && (await verifyHead(head, serverKey))
}

export function authorOf(machine: VaultMachine): Author {
  const account = machine.accounts.lookup(machine.account)
  if (account === null) throw new Error('the own account log is not known')
  return {
    account,
    device: machine.device,
    owners: ownerStates(machine),
    time: machine.clock.now(),
    randomBytes: machine.randomBytes,
  }
}

/** The owners' accounts as this device has verified them: their entries could not have been read without. */
function ownerStates(machine: VaultMachine): AccountState[] {
  return machine.control === null
    ? []
    : liveOwners(machine.control).flatMap(({ account }) => machine.accounts.lookup(account) ?? [])
}

/** C3: makes a grant in force. */
export async function grantNow(machine: VaultMachine, server: ServerApi, wish: ShareWish): Promise<DeedOutcome> {
  const refreshed = await refreshAccounts(machine, server, [machine.account, wish.grantee])
  if (refreshed !== null) return refreshed
  const fromNow = wish.fromNow === true
  const unproved = fromNow ? await refreshRecipients(machine, server) : new Set<string>()
  if ('type' in unproved) return unproved
  const grantee = machine.accounts.lookup(wish.grantee)
  if (grantee === null) return { type: 'stale', why: 'grantee' }
  const role = wish.role ?? null
  if (generationFor(grantee, role) !== wish.generation) return { type: 'stale', why: 'grantee-keys' }
  const posted = await postEntry(machine, server, async () => {
    if (machine.control?.grants.has(idText(wish.id)) === true) return { type: 'stale', why: MADE }
    if (wish.notAfter <= timeOf(machine)) return { type: 'stale', why: 'over' }
    // It begins at the head of this moment: the server takes no other, so that nothing lies between it and the new epoch.
    const pulled = fromNow ? await pullStreams(machine, server) : null
    if (pulled?.type === 'offline' || pulled?.type === 'error') return pulled
    const scopes = wish.scopes.flatMap(({ collection, rights }) => {
      const found = [...machine.keys.streams.values()].find((stream) => stream.name === collection)
      if (found === undefined) return []
      const start = fromNow ? streamHead(machine.streams.get(idText(found.stream))!) : null
      return [{ stream: found.stream, rights: rightsOf(rights) | READ, start }]
    })
    if (scopes.length !== wish.scopes.length) return { type: 'stale', why: 'collections' }
    return grantEntry(
      machine.control!,
      machine.keys,
      { id: wish.id, grantee, role, scopes, notBefore: wish.notBefore, notAfter: wish.notAfter, label: wish.label },
      remaining(machine, null, unproved),
      authorOf(machine),
    )
  })
  const isMade = posted.type === 'done' || (posted.type === 'stale' && posted.why === MADE)
  return isMade ? { type: 'done', grant: idText(wish.id) } : posted
}

/** The newest generation of the key that a grant is wrapped to: EK's, or of a practice that of a role; 0 where there is no such role. */
export function generationFor(grantee: AccountState, role: Role | null): number {
  return (role === null ? newestBoxKey(grantee) : newestRoleKey(grantee, role))?.generation ?? 0
}

/** The effect of a wish stands already. */
const MADE = 'made'
export const GONE = 'gone'

/** C4: ends a grant, by a person's deed or because it has run out. */
export async function cutGrantNow(
  machine: VaultMachine,
  server: ServerApi,
  grant: Uint8Array,
  reason: 'revoked' | 'expired',
): Promise<DeedOutcome> {
  const id = idText(grant)
  const posted = await postCut(machine, server, () => {
    const known = machine.control?.grants.get(id)
    if (known === undefined || known.cut !== null) return { type: 'stale', why: GONE }
    return {
      cut: { grant, account: null, device: null, reason, streams: positions(machine, [...known.streams.keys()]) },
      renew: [...known.streams.keys()],
      except: known,
    }
  })
  return posted.type === 'done' ? { type: 'done', grant: id } : posted
}

/** C9: lets envelopes beyond a cut count; those that count already are left out. */
export async function acceptNow(
  machine: VaultMachine,
  server: ServerApi,
  envelopes: Accept['envelopes'],
): Promise<DeedOutcome> {
  const refreshed = await refreshAccounts(machine, server, [machine.account])
  if (refreshed !== null) return refreshed
  const posted = await postEntry(machine, server, async () => {
    const open = envelopes.filter(({ hash }) => machine.control?.accepted.has(idText(hash)) !== true)
    if (open.length === 0) return { type: 'stale', why: MADE }
    return acceptEntry(machine.control!, { envelopes: open.slice(0, MAX_ACCEPTED) }, authorOf(machine))
  })
  return posted.type === 'done' || (posted.type === 'stale' && posted.why === MADE)
    ? { type: 'done', grant: '' }
    : posted
}

/** K5, C12: a device removed from an owner's or a grantee's account is cut from the vault, or one of a practice that lost a role. */
export async function cutDeviceNow(
  machine: VaultMachine,
  server: ServerApi,
  account: Uint8Array,
  device: Uint8Array,
  reason: 'device-removed' | 'role-lost' = 'device-removed',
): Promise<DeedOutcome> {
  const posted = await postCut(machine, server, () => {
    const { control } = machine
    const log = machine.accounts.lookup(account)
    if (control === null || log === null || deviceCut(control, { account, device }) !== null)
      return { type: 'stale', why: GONE }
    const isLoss = reason === 'role-lost'
    if (isLoss && !hasLostRoles(control, log, device)) return { type: 'stale', why: GONE }
    const streams = heldStreams(control, account)
    const isOther = isOwner(control, account) && idText(account) !== idText(machine.account)
    return {
      subject: isOther || isLoss ? accountHead(log) : null,
      cut: { grant: null, account, device, reason, streams: positions(machine, streams) },
      renew: streams,
      except: null,
    }
  })
  return posted.type === 'done' ? { type: 'done', grant: '' } : posted
}

/** C12: whether a live device of a practice has lost a role since the last cut that said so, or since it came. */
export function hasLostRoles(control: ControlState, log: AccountState, device: Uint8Array): boolean {
  const lostAt = roleLostAt(log, device, rolesGiven(control, log.account))
  return (
    lostAt !== null && !roleCutsOf(control, { account: log.account, device }).some(({ accountN }) => accountN >= lostAt)
  )
}

/** The heads of streams as this device has verified them, for a cut to pin. */
export function positions(machine: VaultMachine, streams: string[]): Cut['streams'] {
  return streams.map((id) => {
    const state = machine.streams.get(id)!
    return { stream: state.stream, ...streamHead(state) }
  })
}

async function postCut(
  machine: VaultMachine,
  server: ServerApi,
  plan: () =>
    { cut: Cut; renew: string[]; except: Grant | null; subject?: Head | null } | { type: 'stale'; why: string },
): Promise<{ type: 'done' } | Undone> {
  return postRenewal(machine, server, (unproved) => {
    const planned = plan()
    if ('type' in planned) return planned
    const { cut, renew, except, subject = null } = planned
    const left = remaining(machine, except, unproved)
    return cutEntry(machine.control!, machine.keys, cut, renew, left, authorOf(machine), subject)
  })
}

/** C9: the signer of a cut first pulls to the head, of all streams that its log says it may read. */
export async function readToHead(machine: VaultMachine, server: ServerApi): Promise<Undone | null> {
  const log = await pullControl(machine, server)
  if (log.type === 'offline') return log
  if (log.type !== 'ok') return { type: 'error', error: log.type === 'error' ? log.error : log.fault }
  // A stream that stands still keeps nobody from ending somebody's access.
  const pulled = await pullStreams(machine, server)
  return pulled.type === 'offline' || pulled.type === 'error' ? pulled : null
}

/** Posts an entry that brings new epochs to everybody who is left: over the heads of streams and accounts as the server has them now. */
export async function postRenewal(
  machine: VaultMachine,
  server: ServerApi,
  build: (unproved: ReadonlySet<string>) => Promise<ControlEntry> | Undone,
): Promise<{ type: 'done' } | Undone> {
  const pulled = await readToHead(machine, server)
  if (pulled !== null) return pulled
  const refreshed = await refreshAccounts(machine, server, [machine.account])
  if (refreshed !== null) return refreshed
  const unproved = await refreshRecipients(machine, server)
  if ('type' in unproved) return unproved
  return postEntry(machine, server, async () => build(unproved))
}

/**
 * Nobody's account log may stand in the way of a cut: a grantee who cannot be refreshed gets no new keys in this entry and is named in the
 * answer; an owner gets them under the newest box key that this device has verified.
 */
async function refreshRecipients(machine: VaultMachine, server: ServerApi): Promise<Set<string> | { type: 'offline' }> {
  const unproved = new Set<string>()
  for (const { account } of machine.control === null ? [] : liveOwners(machine.control)) {
    const other = await refreshAccounts(machine, server, [account])
    if (other?.type === 'offline') return other
  }
  // Whichever clock says that a grant is over: this device may not have heard the server's time yet, and a cut after that asks for no log.
  for (const grant of machine.control?.grants.values() ?? []) {
    if (grant.account === null || grant.cut !== null) continue
    const other = await refreshAccounts(machine, server, [grant.account])
    if (other?.type === 'offline') return other
    if (other !== null) unproved.add(idText(grant.account))
  }
  return unproved
}

/** Grants that are neither cut nor past their end, by the server's signed time where there is one: a wrong clock here takes nobody's keys. */
export function liveGrants(machine: VaultMachine): Grant[] {
  const now = timeOf(machine)
  return [...(machine.control?.grants.values() ?? [])].filter((grant) => grant.cut === null && grant.notAfter > now)
}

/** Who holds a grant that stands and gets the new keys: all but `except`, but the grants of `account`, but who is `unproved`. */
export function remaining(
  machine: VaultMachine,
  except: Grant | null,
  unproved: ReadonlySet<string>,
  account: Uint8Array | null = null,
): Remaining[] {
  return liveGrants(machine)
    .filter(
      (grant) =>
        grant !== except &&
        grant.account !== null &&
        (except === null || idText(grant.id) !== idText(except.id)) &&
        (account === null || idText(grant.account) !== idText(account)),
    )
    .flatMap((grant) => {
      const known: AccountState | null = machine.accounts.lookup(grant.account!)
      const isLeftOut = known === null || unproved.has(idText(known.account))
      return isLeftOut
        ? []
        : [{ account: known, grant: grant.id, role: grant.role, streams: new Set(grant.streams.keys()) }]
    })
}

export async function refreshAccounts(
  machine: VaultMachine,
  server: ServerApi,
  accounts: Uint8Array[],
): Promise<Undone | null> {
  const serverKey = machine.serverKey()
  if (serverKey === null) return { type: 'offline' }
  for (const text of new Set(accounts.map(idText))) {
    const outcome = await machine.accounts.refresh(textId(text)!, server, serverKey)
    if (outcome.type === 'offline') return outcome
    if (outcome.type === 'error') return outcome
    if (outcome.type !== 'ok') return { type: 'stale', why: `account-${outcome.type}` }
  }
  return null
}

/** C1: keeps a wish that needs the server; a durable row. Answers its key. */
export async function keepWish(machine: VaultMachine, wish: Wish): Promise<string> {
  const [key] = await keepWishes(machine, [wish])
  return key!
}

/** The same of several that are one deed: all or none is durable. */
export async function keepWishes(machine: VaultMachine, wishes: readonly Wish[]): Promise<string[]> {
  const rows = wishes.map((wish) => {
    const key = idText(wish.kind === 'share' ? wish.id : machine.randomBytes(16))
    return { table: TABLE.wish, key, value: rowValue(wish) }
  })
  await machine.rows.commit({ sync: rows })
  return rows.map(({ key }) => key)
}

export async function dropWish(machine: VaultMachine, key: string): Promise<void> {
  await machine.rows.commit({ sync: [{ table: TABLE.wish, key, value: null }] })
}

/** Wishes of this vault, by key. `stale`: it no longer fits what the log says and waits for the person. */
export function wishesOf(machine: VaultMachine): { key: string; wish: Wish; stale: string | null }[] {
  return [...machine.rows.table(TABLE.wish)].map(([key, value]) => {
    const { stale, ...wish } = value as unknown as Wish & { stale?: string }
    return { key, wish: wish as Wish, stale: stale ?? null }
  })
}

/** C1: wishes that take away go first and rebase by themselves; those that give come after; one whose effect stands is dropped. */
export async function fulfilWishes(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  let done = false
  const open = wishesOf(machine).filter(({ stale }) => stale === null)
  for (const { key, wish } of open.toSorted((a, b) => Number(takesAway(b.wish)) - Number(takesAway(a.wish)))) {
    const outcome = await fulfil(machine, server, wish)
    if (outcome.type === 'offline' || outcome.type === 'error') return done
    // A stop is dropped only when the access has ended; what stands in its way for now is tried again in the next pass.
    if (outcome.type === 'stale' && takesAway(wish) && outcome.why !== GONE) continue
    const shownAgain = outcome.type === 'stale' && wish.kind === 'share'
    const value = shownAgain ? rowValue({ ...wish, stale: outcome.why }) : null
    await machine.rows.commit({ sync: [{ table: TABLE.wish, key, value }] })
    done = true
  }
  return done
}

function takesAway({ kind }: Wish): boolean {
  return kind === 'stop' || kind === 'remove'
}

function fulfil(machine: VaultMachine, server: ServerApi, wish: Wish): Promise<DeedOutcome> {
  switch (wish.kind) {
    case 'stop':
      return cutGrantNow(machine, server, wish.grant, 'revoked')
    case 'remove':
      return endOwnerNow(machine, server, wish.owner)
    case 'accept':
      return acceptNow(machine, server, wish.envelopes)
    case 'share':
      return grantNow(machine, server, wish)
  }
}

/** A2: gives a vault of before its access log; nothing when it has one. Without a server's answer the next sync asks again. */
export async function bringAccessLog(machine: VaultMachine, server: ServerApi): Promise<void> {
  const lacksIt = () => machine.control !== null && accessLogKey(machine.control) === null
  if (!isVaultOwner(machine) || !lacksIt()) return
  await postEntry(machine, server, async () =>
    lacksIt() ? accessLogEntry(machine.control!, authorOf(machine)) : { type: 'stale', why: MADE },
  )
}

/** C2, C4: ends another owner, where the rules let this account do it: all keys are renewed. */
export async function endOwnerNow(machine: VaultMachine, server: ServerApi, owner: Uint8Array): Promise<DeedOutcome> {
  const posted = await postRenewal(machine, server, (unproved) => {
    const { control } = machine
    if (control === null || !isOwner(control, owner)) return { type: 'stale', why: GONE }
    if (!mayEnd(control, owner, machine.account)) return { type: 'stale', why: 'not-yours' }
    const streams = [...control.streams.keys()]
    const left = remaining(machine, null, unproved, owner)
    return cutEntry(control, machine.keys, ownerCut(machine, owner), streams, left, authorOf(machine))
  })
  return posted.type === 'done' ? { type: 'done', grant: '' } : posted
}

/** What the cut of an owner says: up to where in each stream its work counts. */
export function ownerCut(machine: VaultMachine, account: Uint8Array): Cut & { account: Uint8Array } {
  const streams = positions(machine, [...machine.control!.streams.keys()])
  return { grant: null, account, device: null, reason: 'member-removed', streams }
}
