/** The keys that a control-log entry delivers: fresh keys for new epochs, and the sealed parts that carry them to owners and grantees. */
import { randomBytes as systemRandom, type SigningKeyPair } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { accountHead, newestBoxKey, newestRoleKey, type AccountState, type Role } from '@chartkeep/protocol/account'
import { accessLogId } from '@chartkeep/protocol/audit'
import { keyIdOf, type ControlPart, type ControlState, type NewEpoch } from '@chartkeep/protocol/control'
import { ACCESS_LOG, auditBoxKey, sealPart, type GrantLabel, type PartInput, type VaultKeys } from './content-keys.ts'
import type { RandomBytes } from '../ports/ports.ts'

export interface Author {
  account: AccountState
  device: { id: Uint8Array; signing: SigningKeyPair }
  /** C2: every owner of the vault, the signer included; the signer alone by default. */
  owners?: AccountState[]
  time: number
  randomBytes?: RandomBytes
}

export interface FreshKey {
  stream: Uint8Array
  epoch: number
  key: Uint8Array
  name: string
}

export function publish(keys: FreshKey[]): NewEpoch[] {
  return keys.map(({ stream, epoch, key, name }) => {
    const keyId = name === ACCESS_LOG ? auditBoxKey(key) : keyIdOf(key, stream, epoch)
    return { stream, epoch, keyId }
  })
}

/** One part for each owner except `without`, with the same keys. */
export function ownerParts(
  vault: Uint8Array,
  author: Author,
  keys: FreshKey[],
  label: GrantLabel | null,
  without: Uint8Array | null = null,
): ControlPart[] {
  const owners = author.owners ?? [author.account]
  return owners
    .filter(({ account }) => without === null || idText(account) !== idText(without))
    .map((owner) => ownerPart(vault, owner, keys, null, label, author.randomBytes ?? systemRandom))
}

/**
 * The key that seals a part for the account: EK, or in a practice the key of a role (C12). Throws if the account does not have the role.
 */
export function keyFor(account: AccountState, role: Role | null): Pick<PartInput, 'boxKey' | 'role'> {
  const boxKey = role === null ? newestBoxKey(account) : newestRoleKey(account, role)
  if (boxKey === null) throw new Error('a person has no roles')
  return { boxKey, ...(role && { role }) }
}

export function ownerPart(
  vault: Uint8Array,
  owner: AccountState,
  keys: FreshKey[],
  docSecret: Uint8Array | null,
  label: GrantLabel | null,
  randomBytes: RandomBytes,
) {
  return sealPart(
    {
      vault,
      recipient: owner.account,
      ...keyFor(owner, owner.practice === null ? null : 'admin'),
      accountLog: accountHead(owner),
      grant: null,
      streams: [],
      notBefore: 0,
      notAfter: 0,
      keys,
      docSecret,
      label,
    },
    randomBytes,
  )
}

export interface Remaining {
  account: AccountState
  grant: Uint8Array
  role?: Role | null
  /** Streams (id text) that this recipient retains. */
  streams: Set<string>
}

/** Keys of the next epoch of each stream. */
export function freshKeys(
  control: ControlState,
  keys: VaultKeys,
  streams: string[],
  randomBytes: RandomBytes,
): FreshKey[] {
  const access = idText(accessLogId(control.vault))
  return streams.map((text): FreshKey => {
    const stream = control.streams.get(text)!
    const name = text === access ? ACCESS_LOG : (keys.streams.get(text)?.name ?? '')
    return { stream: stream.id, epoch: stream.epoch + 1, key: randomBytes(32), name }
  })
}

export function remainingParts(
  control: ControlState,
  remaining: Remaining[],
  fresh: FreshKey[],
  randomBytes: RandomBytes,
): ControlPart[] {
  return remaining.flatMap(({ account, grant, role = null, streams }) => {
    const theirs = fresh.filter(({ stream }) => streams.has(idText(stream)))
    if (theirs.length === 0) return []
    const part = {
      vault: control.vault,
      recipient: account.account,
      ...keyFor(account, role),
      accountLog: accountHead(account),
      grant,
      streams: [],
      notBefore: 0,
      notAfter: 0,
      keys: theirs,
      docSecret: null,
      label: null,
    }
    return [sealPart(part, randomBytes)]
  })
}
