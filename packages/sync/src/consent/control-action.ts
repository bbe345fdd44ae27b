/**
 * Runs an action on a vault's control log: reads to the head, builds one entry on it and posts it (C1). Also determines who receives the
 * new keys, whose account logs are refreshed first, and the stream positions that a cut pins.
 */
import { idText, textId } from '@chartkeep/protocol'
import type { AccountState, Waited } from '@chartkeep/protocol/account'
import { liveOwners, type ControlEntry, type Cut, type Grant } from '@chartkeep/protocol/control'
import { entryHash } from '@chartkeep/protocol/signed'
import { streamHead, verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import { appendControl, keepControlHead, pullControl } from '../pull/control-pull.ts'
import type { Author, Remaining } from '../vault/entry-parts.ts'
import type { ServerApi } from '../ports/ports.ts'
import { pullStreams } from '../pull/vault-pull.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export type ControlActionOutcome =
  | { type: 'done'; grant: string }
  | { type: 'offline' }
  /** The intent no longer matches the log (the grantee changed, the grant is gone); it is shown to the person again. */
  | { type: 'stale'; why: string }
  | { type: 'error'; error: string }

export type Undone = Exclude<ControlActionOutcome, { type: 'done' }>

const ATTEMPTS = 5

/** C1: reads to the head, builds an entry on it and posts it; starts again if another device was faster. */
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

/** S3: only the server's signature over exactly the head that the entry makes is an acknowledgement. */
async function confirms(machine: VaultMachine, head: SignedHead, entry: ControlEntry): Promise<boolean> {
  const serverKey = machine.serverKey()
  const wanted = entryHash('control-entry', entry.body)
  const same = head.kind === 'control' && idText(head.id) === idText(machine.vault) && idText(head.h) === idText(wanted)
  return same && serverKey !== null && (await verifyHead(head, serverKey))
}

/**
 * K7: builds an entry that requires a kit-enrolled device to have waited: with the proof of the wait if needed; `too-early` if there is no
 * proof yet. `server`: null if no server can be asked.
 */
export async function waitedEntry(
  { accounts, account, device, serverKey }: VaultMachine,
  server: ServerApi | null,
  build: (waited: Waited | null) => Promise<ControlEntry>,
): Promise<ControlEntry | Extract<Undone, { type: 'error' }>> {
  const waited = await accounts.waitedOf({ account, device: device.id }, serverKey(), server)
  return waited === 'too-early' ? { type: 'error', error: waited } : build(waited)
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

/** The owners' accounts, which this device verified when it read their entries. */
function ownerStates(machine: VaultMachine): AccountState[] {
  return machine.control === null
    ? []
    : liveOwners(machine.control).flatMap(({ account }) => machine.accounts.lookup(account) ?? [])
}

/** The heads of streams that this device has verified, for a cut to pin. */
export function positions(machine: VaultMachine, streams: string[]): Cut['streams'] {
  return streams.map((id) => {
    const state = machine.streams.get(id)!
    return { stream: state.stream, ...streamHead(state) }
  })
}

/** C9: the signer of a cut first pulls every stream that it may read, up to the head. */
export async function readToHead(machine: VaultMachine, server: ServerApi): Promise<Undone | null> {
  const log = await pullControl(machine, server)
  if (log.type === 'offline') return log
  if (log.type !== 'ok') return { type: 'error', error: log.type === 'error' ? log.error : log.fault }
  // A stopped stream does not prevent anybody from ending access.
  const pulled = await pullStreams(machine, server)
  return pulled.type === 'offline' || pulled.type === 'error' ? pulled : null
}

/** Posts an entry that gives new epochs to everyone who keeps access: on the heads of streams and accounts as the server has them now. */
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
 * Refreshes the recipients' account logs. No account log may block a cut: a grantee whose log cannot be refreshed gets no new keys in this
 * entry and is named in the result; an owner gets them under the newest box key that this device has verified.
 */
export async function refreshRecipients(
  machine: VaultMachine,
  server: ServerApi,
): Promise<Set<string> | { type: 'offline' }> {
  const unproved = new Set<string>()
  for (const { account } of machine.control === null ? [] : liveOwners(machine.control)) {
    const other = await refreshAccounts(machine, server, [account])
    if (other?.type === 'offline') return other
  }
  // Ended by either clock: this device may not have heard the server's time yet, and a later cut asks for no log.
  for (const grant of machine.control?.grants.values() ?? []) {
    if (grant.account === null || grant.cut !== null) continue
    const other = await refreshAccounts(machine, server, [grant.account])
    if (other?.type === 'offline') return other
    if (other !== null) unproved.add(idText(grant.account))
  }
  return unproved
}

/** Grants that are neither cut nor past their end by both clocks, so that one wrong clock takes nobody's keys away. */
function liveGrants(machine: VaultMachine): Grant[] {
  const now = machine.clocks.due
  return [...(machine.control?.grants.values() ?? [])].filter((grant) => grant.cut === null && grant.notAfter > now)
}

/** The holders of grants in force who receive the new keys: all except `except`, the grants of `account`, and holders in `unproved`. */
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
