/**
 * Enforces in memory the decisions that the disk could not store (H7). If a vault's cut was not written, only its
 * owners get bytes of the chart. If a device's removal was not written, that device gets nothing. A hold ends when the
 * decision is stored, or when the deciding device stores another entry instead. A restart forgets it; the deciding
 * device retries until the decision is stored.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, isSyncError, syncError, type SyncError } from '@chartkeep/protocol'
import type { VaultList } from '@chartkeep/protocol/messages'
import type { ServerSession, Sessions } from './sessions.ts'

export interface Holds {
  /** `by`: the device whose cut could not be stored. */
  holdVault(vault: Uint8Array, by: Uint8Array): void
  /** An entry by device `by` was stored in the vault's control log; `isCut`: it revokes access. */
  stored(vault: Uint8Array, by: Uint8Array, isCut: boolean): void
  isVaultHeld(vault: Uint8Array): boolean
  /** `by`: the device that tried to remove these devices of its account. */
  holdDevices(account: Uint8Array, devices: readonly Uint8Array[], by: Uint8Array): void
  /** An entry by device `by` was stored in the account log and removed the devices in `removed`. */
  storedOf(account: Uint8Array, by: Uint8Array, removed: readonly Uint8Array[]): void
  isDeviceHeld(account: Uint8Array, device: Uint8Array): boolean
}

const nameOf = (account: Uint8Array, device: Uint8Array) => `${idText(account)}.${idText(device)}`

export function createHolds(): Holds {
  /** The deciding device of each hold, by vault and by device. */
  const vaults = new Map<string, Uint8Array>()
  const devices = new Map<string, { account: Uint8Array; by: Uint8Array }>()
  return {
    holdVault: (vault, by) => void vaults.set(idText(vault), by),
    stored(vault, by, isCut) {
      const held = vaults.get(idText(vault))
      if (held !== undefined && (isCut || equalBytes(held, by))) vaults.delete(idText(vault))
    },
    isVaultHeld: (vault) => vaults.has(idText(vault)),
    holdDevices(account, removed, by) {
      for (const device of removed) devices.set(nameOf(account, device), { account, by })
    },
    storedOf(account, by, removed) {
      for (const device of removed) devices.delete(nameOf(account, device))
      for (const [name, held] of devices)
        if (equalBytes(held.account, account) && equalBytes(held.by, by)) devices.delete(name)
    },
    isDeviceHeld: (account, device) => devices.has(nameOf(account, device)),
  }
}

type Asked = (session: ServerSession, vault: Uint8Array, ...rest: unknown[]) => Promise<object | null>

/** Ends the sessions of held devices at once and refuses new ones. */
export function keepOut(holds: Holds, sessions: Sessions): Sessions {
  const isOut = ({ account, device }: Pick<ServerSession, 'account' | 'device'>) => holds.isDeviceHeld(account, device)
  return {
    ...sessions,
    async signIn(request) {
      const answer = await sessions.signIn(request)
      return !isSyncError(answer) && isOut(request) ? syncError('server-full') : answer
    },
    async find(token, address) {
      const session = await sessions.find(token, address)
      return session === null || isOut(session) ? null : session
    },
    holds: (session) => !isOut(session) && sessions.holds(session),
  }
}

/** The methods of the core whose hold is not decided by session and vault alone. */
interface Answering {
  vaults(session: ServerSession): Promise<VaultList>
  putChunk(link: string, index: number, chunk: Uint8Array, address?: string): Promise<null | SyncError>
  getChunk(link: string, index: number, address?: string): Promise<{ chunk: Uint8Array } | SyncError>
}

/** The requester: a session, or the holder of a link. */
export type Holder = Pick<ServerSession, 'account' | 'device' | 'kind' | 'roles'>

export interface HeldCoreOptions {
  holds: Holds
  /**
   * Called first. What a request needs of a long log is read by then, and no write job reads it while others wait.
   */
  readLogs: (who: Holder, vault: Uint8Array) => Promise<unknown>
  /** Whether the requester acts with an owner's full authority in the vault. */
  isOwner: (who: Holder, vault: Uint8Array) => Promise<boolean>
  /** The holder of a chunk's link; null if the link is not valid. */
  holderOf: (link: string, method: 'put' | 'get') => Promise<{ who: Holder; vault: Uint8Array } | null>
}

/**
 * Wraps the core: answers `server-full` wherever a hold forbids the answer. Checks before the answer is made and again
 * when it is ready. `ofVault`: the methods that take a session and a vault.
 */
export function withHolds<C extends Answering, K extends keyof C>(
  core: C,
  ofVault: readonly K[],
  { holds, readLogs, isOwner, holderOf }: HeldCoreOptions,
): C {
  const refused = syncError('server-full')

  async function keepsFrom(who: Holder, vault: Uint8Array): Promise<boolean> {
    if (holds.isDeviceHeld(who.account, who.device)) return true
    return holds.isVaultHeld(vault) && !(await isOwner(who, vault))
  }

  async function unlessHeld<T>(who: Holder, vault: Uint8Array, ask: () => Promise<T>): Promise<T | SyncError> {
    await readLogs(who, vault)
    if (await keepsFrom(who, vault)) return refused
    const answer = await ask()
    return (await keepsFrom(who, vault)) ? refused : answer
  }

  const wrapped = ofVault.map((name) => {
    const ask = core[name] as Asked
    const held: Asked = (session, vault, ...rest) => unlessHeld(session, vault, () => ask(session, vault, ...rest))
    return [name, held]
  })

  return {
    ...core,
    ...(Object.fromEntries(wrapped) as Pick<C, K>),
    // A grantee already knows that the chart exists, but is not told its newest head.
    async vaults(session) {
      const list = await core.vaults(session)
      const vaults = []
      for (const each of list.vaults) vaults.push((await keepsFrom(session, each.vault)) ? { ...each, moved: 0 } : each)
      return { ...list, vaults }
    },
    async putChunk(link, index, chunk, address) {
      const holder = await holderOf(link, 'put')
      const put = () => core.putChunk(link, index, chunk, address)
      return holder === null ? put() : unlessHeld(holder.who, holder.vault, put)
    },
    async getChunk(link, index, address) {
      const holder = await holderOf(link, 'get')
      const get = () => core.getChunk(link, index, address)
      return holder === null ? get() : unlessHeld(holder.who, holder.vault, get)
    },
  }
}
