/**
 * A person's actions on their own account from an unlocked device: remove and rename devices, replace the kit (K5, K7). Each is one log
 * entry.
 */
import { idText, KIT_WAIT_MS, MAX_NAME } from '@chartkeep/protocol'
import {
  devicesOf,
  liveDevices,
  memberRolesAt,
  mustWait,
  mustWaitAt,
  rolesHeld,
  type AccountDevice,
  type AccountState,
  type Role,
  type Waited,
} from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { parseRecoveryCode } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import type { AccountBook } from '../account/account-book.ts'
import type { AccountActionOutcome } from '../contract/api.ts'
import { recoveryDevice, type BoxKeys, type DeviceSecrets } from '../account/account-keys.ts'
import { deviceNamedEntry, deviceRemovedEntry, kitReplacedEntry, liveKit } from '../account/account-writer.ts'
import { notePosted, serverRowOf } from '../replicate/account-sync.ts'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import { beginningAt, firstHead, mustBegin, proofOfWait, signedHeadOf } from '../account/kit-wait.ts'
import type { AccountRows, RandomBytes, ServerApi } from '../ports/ports.ts'
import { memberChangedEntry, memberRemovedEntry, type MemberInput } from '../account/practice-writer.ts'

export interface AccountActionsInput {
  accountStore: AccountRows
  accounts: AccountBook
  account: Uint8Array
  device: DeviceSecrets
  boxKeys: () => BoxKeys
  randomBytes: RandomBytes
  /** Null while this account has no server: then only this device has its log. */
  server: () => { api: ServerApi; key: Uint8Array } | null
  hasServer: () => boolean
}

const MAX_TRIES = 5

export class AccountActions {
  readonly #input: AccountActionsInput

  constructor(input: AccountActionsInput) {
    this.#input = input
  }

  get device(): DeviceSecrets {
    return this.#input.device
  }

  get randomBytes(): RandomBytes {
    return this.#input.randomBytes
  }

  boxKeys(): BoxKeys {
    return this.#input.boxKeys()
  }

  state(): AccountState {
    return this.#input.accounts.lookup(this.#input.account)!
  }

  /** Reads the account's log from the server; null if there was no problem. */
  async refresh(): Promise<Exclude<AccountActionOutcome, { type: 'done' }> | null> {
    const { accounts, account } = this.#input
    const server = this.#input.server()
    if (server === null) return { type: 'offline' }
    const refreshed = await accounts.refresh(account, server.api, server.key)
    if (refreshed.type === 'ok' || refreshed.type === 'offline') return refreshed.type === 'ok' ? null : refreshed
    return { type: 'refused', error: refreshed.type === 'error' ? refreshed.error : refreshed.type }
  }

  /**
   * Posts the entry that `make` builds on the newest head; tries again if another device was faster. Without a server the entry is stored
   * and posted later. If `make` builds none, its result is the outcome; null means `not-found`.
   */
  async post(
    make: (state: AccountState) => Promise<SignedEntry | AccountActionOutcome | null>,
  ): Promise<AccountActionOutcome> {
    const { accounts, account, accountStore, hasServer } = this.#input
    for (let tried = 0; tried < MAX_TRIES; tried++) {
      const failed = hasServer() ? await this.refresh() : null
      if (failed !== null) return failed
      const state = this.state()
      const entry = await make(state)
      if (entry === null) return { type: 'refused', error: 'not-found' }
      if ('type' in entry) return entry
      const known = serverRowOf(accountStore)
      const answer = await this.#input.server()?.api.postAccount(account, entry)
      if (answer?.type === 'offline') return answer
      if (answer?.type === 'error') {
        if (answer.error === 'head-moved') continue
        return { type: 'refused', error: answer.error }
      }
      if (!(await accounts.append(account, [entry]))) return { type: 'refused', error: 'fork' }
      if (answer !== undefined && known !== null) await notePosted(accountStore, known, state.n + 1)
      return { type: 'done' }
    }
    return { type: 'refused', error: 'head-moved' }
  }

  remove(device: Uint8Array): Promise<AccountActionOutcome> {
    return this.post(async (state) => {
      const { boxKeys, randomBytes } = this.#input
      const removed = state.devices.get(idText(device))
      if (removed === undefined) return null
      const waited = await this.#waited(state, [removed])
      return deviceRemovedEntry(state, this.device, device, boxKeys(), randomBytes, waited)
    })
  }

  /** C12: sets a member's fields. `changed` if the member's roles are no longer `from`, the roles that the person saw. */
  changeMember(member: MemberInput, from: readonly Role[]): Promise<AccountActionOutcome> {
    return this.post(async (state) => {
      const { boxKeys, randomBytes } = this.#input
      const known = state.practice?.members.get(idText(member.id))
      if (known === undefined || known.removedAt !== null) return null
      const now = memberRolesAt(known, state.n)
      // An earlier attempt whose answer was lost may have done it already.
      if (!sameRoles(now, from))
        return sameRoles(now, member.roles) ? { type: 'done' } : { type: 'refused', error: 'changed' }
      const held = rolesHeld(now)
      const loses = held.some((role) => !rolesHeld(member.roles).includes(role))
      const waited = loses ? await this.#waited(state, devicesOf(state, member.id)) : null
      return memberChangedEntry(state, this.device, member, boxKeys(), randomBytes, waited)
    })
  }

  /** C12: removes a member with all devices. */
  removeMember(id: Uint8Array): Promise<AccountActionOutcome> {
    return this.post(async (state) => {
      const { boxKeys, randomBytes } = this.#input
      const waited = await this.#waited(state, devicesOf(state, id))
      return memberRemovedEntry(state, this.device, id, boxKeys(), randomBytes, waited)
    })
  }

  /** `name`: 1 to 80 characters; surrounding spaces are dropped. */
  async rename(device: Uint8Array, name: string): Promise<AccountActionOutcome> {
    const short = name.trim()
    if (short === '' || short.length > MAX_NAME) return { type: 'refused', error: 'name' }
    const { boxKeys, randomBytes } = this.#input
    return this.post((state) => deviceNamedEntry(state, this.device, device, short, boxKeys(), randomBytes))
  }

  /**
   * K7: makes `code` the kit; succeeds if it is the kit already, by an earlier attempt whose answer was lost. `wrong-code` if {@link
   * parseRecoveryCode} returns null.
   */
  async replaceKit(code: string): Promise<AccountActionOutcome> {
    const secret = parseRecoveryCode(code)
    if (secret === null) return { type: 'refused', error: 'wrong-code' }
    const { boxKeys, randomBytes } = this.#input
    return this.post(async (state) => {
      const kit = liveKit(state)
      const recovery = recoveryDevice(secret)
      if (kit !== null && equalBytes(kit.id, recovery.id)) return { type: 'done' }
      const waited = kit === null ? null : await this.#waited(state, [kit])
      return kitReplacedEntry(state, this.device, recovery, boxKeys(), randomBytes, waited)
    })
  }

  /** K7: until when this device must wait, milliseconds since 1970 by the server's clock; null if it need not wait. */
  waitUntil(): number | null {
    const first = firstHead(this.#input.accountStore)
    const own = this.#own()
    if (first === null || own === undefined) return null
    const isAsked = liveDevices(this.state()).some((device) => mustWait(own, device))
    return isAsked ? first.time + KIT_WAIT_MS : null
  }

  /**
   * After the log was read: records when each device was first seen, by the server's time. A device enrolled by the kit also stores the
   * first signed head over its own entry, from which its 24 hours count (K7).
   */
  async noteTimes(now: number): Promise<void> {
    const { accountStore } = this.#input
    const state = this.state()
    const server = this.#input.server()
    if (server === null) return
    const seen = accountStore.table(ACCOUNT_TABLE.seen)
    const fresh = [...state.devices.keys()].filter((id) => !seen.has(id))
    const own = this.#own()
    const waits = own !== undefined && mustWaitAt(state, own, state.n)
    const mustKeep = own?.cameByKit != null && (await mustBegin(accountStore, server.key))
    // A single request, once the hours have passed by this device's clock.
    if (waits && !mustKeep && firstHead(accountStore)!.time + KIT_WAIT_MS <= now)
      await proofOfWait(accountStore, state, server.key, server.api)
    if (fresh.length === 0 && !mustKeep) return
    const head = await signedHeadOf(state, server.api, server.key)
    if (head === null) return
    // Devices in the log at its first reading came earlier; this device itself came just now.
    const isNew = (id: string) => seen.size > 0 || (id === idText(this.device.id) && state.devices.get(id)!.addedAt > 1)
    await accountStore.commit([
      ...fresh.map((id) => ({ table: ACCOUNT_TABLE.seen, key: id, value: { time: head.time, isExact: isNew(id) } })),
      ...(mustKeep ? beginningAt(head) : []),
    ])
  }

  /** When a device was first seen, by the server's time; not `isExact`: it was there before. */
  seenAt(device: string): { time: number; isExact: boolean } | null {
    return (
      (this.#input.accountStore.get(ACCOUNT_TABLE.seen, device) as { time: number; isExact: boolean } | undefined) ??
      null
    )
  }

  #own(): AccountDevice | undefined {
    return this.state().devices.get(idText(this.device.id))
  }

  /** The proof of 24 hours, if one is needed; without it the server answers `too-early`. */
  async #waited(state: AccountState, subjects: readonly AccountDevice[]): Promise<Waited | null> {
    const own = this.#own()
    const server = this.#input.server()
    if (own === undefined || server === null || !subjects.some((subject) => mustWait(own, subject))) return null
    return proofOfWait(this.#input.accountStore, state, server.key, server.api)
  }
}

function sameRoles(a: readonly Role[], b: readonly Role[]): boolean {
  return a.toSorted().join() === b.toSorted().join()
}
