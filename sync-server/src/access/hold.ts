/**
 * Decisions that the disk could not store (H7) hold in memory: nobody but its owners gets a byte of a chart whose cut was not written, and a
 * device whose removal was not written gets nothing at all. A hold ends when the decision is stored, or when the device that made it goes on
 * with something else. A restart forgets it; the device that decided tries again until the decision is stored.
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { idText, isSyncError, syncError, type SyncError, type VaultList } from '@chartkeep/protocol'
import type { ServerSession, Sessions } from './sessions.ts'

export interface Holds {
  /** `by`: the device whose cut could not be stored. */
  holdVault(vault: Uint8Array, by: Uint8Array): void
  /** An entry of `by` was stored in the vault's control log; `isCut`: it takes access away. */
  stored(vault: Uint8Array, by: Uint8Array, isCut: boolean): void
  isVaultHeld(vault: Uint8Array): boolean
  /** `by`: the device that could not have these of its account removed. */
  holdDevices(account: Uint8Array, devices: readonly Uint8Array[], by: Uint8Array): void
  /** An entry of `by` was stored in the account log, by which `removed` are removed. */
  storedOf(account: Uint8Array, by: Uint8Array, removed: readonly Uint8Array[]): void
  isDeviceHeld(account: Uint8Array, device: Uint8Array): boolean
}

const nameOf = (account: Uint8Array, device: Uint8Array) => `${idText(account)}.${idText(device)}`

export function createHolds(): Holds {
  /** By vault, and by device: whose decision it was. */
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

/** Sessions of devices that a hold keeps out end at once, and none begins. */
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

/** The part of the core that answers otherwise than by the session and the vault alone. */
interface Answering {
  vaults(session: ServerSession): Promise<VaultList>
  putChunk(link: string, index: number, chunk: Uint8Array, address?: string): Promise<null | SyncError>
  getChunk(link: string, index: number, address?: string): Promise<{ chunk: Uint8Array } | SyncError>
}

/** Who asks: a session, or the holder of a link. */
export type Holder = Pick<ServerSession, 'account' | 'device' | 'kind' | 'roles'>

export interface HeldCoreOptions {
  holds: Holds
  /** Whether who asks acts for all of the vault as one of its owners. */
  isOwner: (who: Holder, vault: Uint8Array) => Promise<boolean>
  /** Who holds the link of a chunk; null where the link does not hold. */
  holderOf: (link: string, method: 'put' | 'get') => Promise<{ who: Holder; vault: Uint8Array } | null>
}

/**
 * The core, with `server-full` in the place of every answer that a hold forbids. It is asked before the answer is made, and once it is there.
 * `ofVault`: the methods that take a session and a vault.
 */
export function withHolds<C extends Answering, K extends keyof C>(
  core: C,
  ofVault: readonly K[],
  { holds, isOwner, holderOf }: HeldCoreOptions,
): C {
  const refused = syncError('server-full')

  async function keepsFrom(who: Holder, vault: Uint8Array): Promise<boolean> {
    if (holds.isDeviceHeld(who.account, who.device)) return true
    return holds.isVaultHeld(vault) && !(await isOwner(who, vault))
  }

  async function unlessHeld<T>(who: Holder, vault: Uint8Array, ask: () => Promise<T>): Promise<T | SyncError> {
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
    // That a chart is there its grantee knows already; how far it has come, it is not told.
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
