/** Keys of an account (K4, K5, K7, C12): those that never leave a device, and the box keys that the account log delivers to it. */
import {
  boxKeyPairFromSecretKey,
  generateBoxKeyPair,
  generateSigningKeyPair,
  hkdf,
  open,
  openSealedBox,
  recoveryKeys,
  seal,
  sealToPublicKey,
  sign,
  type BoxKeyPair,
  type SigningKeyPair,
} from '@chartkeep/crypto'
import { bytesToUtf8, concatBytes, equalBytes, uint32ToBytes } from '@chartkeep/crypto/encoding'
import { deviceIdOf, encodeMessage } from '@chartkeep/protocol'
import {
  accountHead,
  boxKeyContext,
  lastRoleWrapFor,
  lastWrapFor,
  newestBoxKey,
  roleKeyContext,
  ROLES,
  wrapFor,
  type AccountEntryBody,
  type AccountState,
  type BoxKeyGrant,
  type DeviceKeys,
  type Role,
} from '@chartkeep/protocol/account'
import { entryMessage, type SignedEntry } from '@chartkeep/protocol/signed'
import type { RandomBytes } from '../ports/ports.ts'
import { shownName } from '../ports/shown-name.ts'

/** The keys that never leave a device (K5). */
export interface DeviceSecrets {
  id: Uint8Array
  signing: SigningKeyPair
  box: BoxKeyPair
}

/** The public part of a device. */
export interface DevicePublic {
  id: Uint8Array
  signing: { publicKey: Uint8Array }
  box: { publicKey: Uint8Array }
}

/** Keys of one chain by generation; a device with the newest key can open all earlier ones. */
export type KeyChain = Map<number, BoxKeyPair>

/** RK(role, g) by role and generation (C12). */
export type RoleKeySets = Map<Role, KeyChain>

/** EK by generation; in a practice also the keys of the roles that the device holds (C12). */
export type BoxKeys = KeyChain & { roles?: RoleKeySets }

export function createDevice(randomBytes: RandomBytes): DeviceSecrets {
  const signing = generateSigningKeyPair(randomBytes)
  const box = generateBoxKeyPair(randomBytes)
  return { id: deviceIdOf(signing.publicKey, box.publicKey), signing, box }
}

/** The device on paper (K7), from the 20 bytes of a recovery code. */
export function recoveryDevice(code: Uint8Array): DeviceSecrets & { lookup: Uint8Array } {
  const keys = recoveryKeys(code)
  return {
    id: deviceIdOf(keys.signing.publicKey, keys.box.publicKey),
    signing: keys.signing,
    box: keys.box,
    lookup: keys.lookupId,
  }
}

export async function signAccountEntry(body: AccountEntryBody, signer: DeviceSecrets): Promise<SignedEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signer.signing, entryMessage('account-entry', encoded)) }
}

export function boxKeyGrant(
  generation: number,
  pair: BoxKeyPair,
  devices: { id: Uint8Array; box: Uint8Array }[],
  previous: BoxKeyPair | null,
  randomBytes: RandomBytes,
): BoxKeyGrant {
  return {
    generation,
    public: pair.publicKey,
    wraps: devices.map(({ id, box }) => ({ device: id, wrap: wrapBoxKey(generation, pair, id, box, randomBytes) })),
    previous:
      previous === null ? null : seal(previous.secretKey, hkdf(pair.secretKey, 'box-key-chain', 32), randomBytes),
  }
}

export function wrapBoxKey(
  generation: number,
  pair: BoxKeyPair,
  device: Uint8Array,
  deviceBox: Uint8Array,
  randomBytes: RandomBytes,
): Uint8Array {
  return sealToPublicKey(
    deviceBox,
    concatBytes(boxKeyContext(generation, pair.publicKey, device), pair.secretKey),
    randomBytes,
  )
}

/** A text under a key derived from EK: a device name or the list of vaults. u32 generation || nonce || box. */
export function sealUnderBoxKey(
  plaintext: Uint8Array,
  generation: number,
  pair: BoxKeyPair,
  randomBytes: RandomBytes,
): Uint8Array {
  return concatBytes(uint32ToBytes(generation), seal(plaintext, hkdf(pair.secretKey, 'account-text', 32), randomBytes))
}

/** Reverses {@link sealUnderBoxKey}; null if the generation is unknown or the bytes do not open. */
export function openUnderBoxKey(sealed: Uint8Array, keys: BoxKeys): Uint8Array | null {
  if (sealed.length < 4) return null
  const generation = new DataView(sealed.buffer, sealed.byteOffset).getUint32(0)
  const pair = keys.get(generation)
  return pair === undefined ? null : open(sealed.subarray(4), hkdf(pair.secretKey, 'account-text', 32))
}

export function deviceKeys(
  kind: 'device' | 'recovery',
  device: DevicePublic,
  lookup: Uint8Array | null,
  name: Uint8Array,
): DeviceKeys {
  return { kind, sign: device.signing.publicKey, box: device.box.publicKey, lookup, name }
}

/** The next EK, wrapped to `devices`. */
export function nextBoxKey(
  state: AccountState,
  devices: { id: Uint8Array; box: Uint8Array }[],
  keys: BoxKeys,
  randomBytes: RandomBytes,
): BoxKeyGrant {
  const { generation } = newestBoxKey(state)
  return boxKeyGrant(
    generation + 1,
    generateBoxKeyPair(randomBytes),
    devices,
    keys.get(generation) ?? null,
    randomBytes,
  )
}

/** The newest EK with its generation. Throws if this device cannot open it. */
export function newestOpenKey(state: AccountState, keys: BoxKeys): { generation: number; pair: BoxKeyPair } {
  const { generation } = newestBoxKey(state)
  const pair = keys.get(generation)
  if (pair === undefined) throw new Error('the newest box key is not open')
  return { generation, pair }
}

/** The chain fields of the next entry of the log. */
export function placeAfter(state: AccountState, signer: DeviceSecrets) {
  const head = accountHead(state)
  return { v: 1, n: head.n + 1, prev: head.h, signer: signer.id }
}

/**
 * Opens every EK that `device` can reach, and every role key: the newest from its wrap, earlier ones down the chain. Empty if nothing
 * opens. In a practice, a device that has lost a role, or whose member has left, still reaches the keys that it had until then (C12).
 */
export function openBoxKeys(state: AccountState, device: Pick<DeviceSecrets, 'id' | 'box'>): BoxKeys {
  const last = state.practice === null ? wrapFor(state, device.id) : lastWrapFor(state, device.id)
  const contextOf = ({ generation, public: key }: PublishedKey) => boxKeyContext(generation, key, device.id)
  const keys: BoxKeys = openChain(device, last, state.boxKeys, contextOf, 'box-key-chain')
  if (state.practice === null) return keys
  const roles: RoleKeySets = new Map()
  for (const role of ROLES) {
    const context = ({ generation, public: key }: PublishedKey) => roleKeyContext(role, generation, key, device.id)
    const published = state.practice.roleKeys.get(role)!
    const chain = openChain(device, lastRoleWrapFor(state, role, device.id), published, context, ROLE_CHAIN)
    if (chain.size > 0) roles.set(role, chain)
  }
  return Object.assign(keys, { roles })
}

/** The purpose under which an earlier role key is sealed to the next one. */
export const ROLE_CHAIN = 'role-key-chain'

interface PublishedKey {
  generation: number
  public: Uint8Array
  previous: Uint8Array | null
}

function openChain(
  { box }: Pick<DeviceSecrets, 'box'>,
  wrapped: { generation: number; wrap: Uint8Array } | null,
  published: readonly PublishedKey[],
  contextOf: (key: PublishedKey) => Uint8Array,
  purpose: string,
): KeyChain {
  const keys: KeyChain = new Map()
  const newest = wrapped === null ? undefined : published[wrapped.generation - 1]
  const plain = wrapped === null ? null : openSealedBox(box, wrapped.wrap)
  if (newest === undefined || plain === null || plain.length !== 64) return keys
  if (!equalBytes(plain.subarray(0, 32), contextOf(newest))) return keys
  let pair = boxKeyPairFromSecretKey(plain.slice(32))
  for (const { generation, public: publicKey, previous: sealed } of published
    .slice(0, newest.generation)
    .toReversed()) {
    if (!equalBytes(pair.publicKey, publicKey)) return keys
    keys.set(generation, pair)
    const previous = sealed === null ? null : open(sealed, hkdf(pair.secretKey, purpose, 32))
    if (previous === null) return keys
    pair = boxKeyPairFromSecretKey(previous)
  }
  return keys
}

/** A device's name, or '' if it cannot be read. */
export function deviceName(sealedName: Uint8Array, keys: BoxKeys): string {
  const plain = openUnderBoxKey(sealedName, keys)
  return plain === null ? '' : shownName(bytesToUtf8(plain) ?? '')
}
