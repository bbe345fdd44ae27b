/**
 * Writes entries of an account log and opens the account's box keys (K4, K5, K7). Reading and checking is done by packages/protocol.
 */
import {
  boxKeyPairFromSecretKey,
  bytesToUtf8,
  concatBytes,
  equalBytes,
  generateBoxKeyPair,
  generateSigningKeyPair,
  hkdf,
  open,
  openSealedBox,
  recoveryKeys,
  seal,
  sealToPublicKey,
  sign,
  uint32ToBytes,
  utf8ToBytes,
  type BoxKeyPair,
  type SigningKeyPair,
} from '@chartkeep/crypto'
import {
  accountHead,
  boxKeyContext,
  deviceIdOf,
  encodeMessage,
  entryMessage,
  liveDevices,
  newestBoxKey,
  wrapFor,
  ZERO_HASH,
  type AccountDevice,
  type AccountEntryBody,
  type AccountState,
  type BoxKeyGrant,
  type DeviceKeys,
  type SignedEntry,
  type Waited,
} from '@chartkeep/protocol'
import type { RandomBytes } from './ports.ts'

/** The keys that never leave a device (K5). */
export interface DeviceSecrets {
  id: Uint8Array
  signing: SigningKeyPair
  box: BoxKeyPair
}

/** What others know of a device. */
export interface DevicePublic {
  id: Uint8Array
  signing: { publicKey: Uint8Array }
  box: { publicKey: Uint8Array }
}

/** EK by generation; the holder of EK(g) can open all earlier ones. */
export type BoxKeys = Map<number, BoxKeyPair>

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

async function signEntry(body: AccountEntryBody, signer: DeviceSecrets): Promise<SignedEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signer.signing, entryMessage('account-entry', encoded)) }
}

function boxKeyGrant(
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

function wrapBoxKey(
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

/** A text under a key derived from EK: device names and the list of vaults. u32 generation || nonce || box. */
export function sealUnderBoxKey(
  plaintext: Uint8Array,
  generation: number,
  pair: BoxKeyPair,
  randomBytes: RandomBytes,
): Uint8Array {
  return concatBytes(uint32ToBytes(generation), seal(plaintext, hkdf(pair.secretKey, 'account-text', 32), randomBytes))
}

/** Reverses {@link sealUnderBoxKey}; null when the generation is unknown or the bytes do not open. */
export function openUnderBoxKey(sealed: Uint8Array, keys: BoxKeys): Uint8Array | null {
  if (sealed.length < 4) return null
  const generation = new DataView(sealed.buffer, sealed.byteOffset).getUint32(0)
  const pair = keys.get(generation)
  return pair === undefined ? null : open(sealed.subarray(4), hkdf(pair.secretKey, 'account-text', 32))
}

/** K4: the first entry of a new account with its first device and its recovery device. */
export async function genesisEntry(
  device: DeviceSecrets,
  recovery: DeviceSecrets & { lookup: Uint8Array },
  name: string,
  randomBytes: RandomBytes,
): Promise<{ entry: SignedEntry; boxKey: BoxKeyPair }> {
  const boxKey = generateBoxKeyPair(randomBytes)
  const publicDevice = { id: device.id, box: device.box.publicKey }
  const publicRecovery = { id: recovery.id, box: recovery.box.publicKey }
  const entry = await signEntry(
    {
      v: 1,
      n: 1,
      prev: ZERO_HASH,
      signer: device.id,
      type: 'genesis',
      random: randomBytes(32),
      device: deviceKeys('device', device, null, sealUnderBoxKey(utf8ToBytes(name), 1, boxKey, randomBytes)),
      recovery: deviceKeys('recovery', recovery, recovery.lookup, new Uint8Array()),
      boxKey: boxKeyGrant(1, boxKey, [publicDevice, publicRecovery], null, randomBytes),
    },
    device,
  )
  return { entry, boxKey }
}

function deviceKeys(
  kind: 'device' | 'recovery',
  device: DevicePublic,
  lookup: Uint8Array | null,
  name: Uint8Array,
): DeviceKeys {
  return { kind, sign: device.signing.publicKey, box: device.box.publicKey, lookup, name }
}

/** K7, K8: the recovery device (or a live device) lets a new device in. */
export async function deviceAddedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  added: DevicePublic,
  name: string,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation } = newestBoxKey(state)
  const pair = keys.get(generation)
  if (pair === undefined) throw new Error('the newest box key is not open')
  const head = accountHead(state)
  return signEntry(
    {
      v: 1,
      n: head.n + 1,
      prev: head.h,
      signer: signer.id,
      type: 'device-added',
      device: deviceKeys('device', added, null, sealUnderBoxKey(utf8ToBytes(name), generation, pair, randomBytes)),
      wrap: wrapBoxKey(generation, pair, added.id, added.box.publicKey, randomBytes),
    },
    signer,
  )
}

/** The next EK, wrapped to `devices`. */
function nextBoxKey(
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

function placeAfter(state: AccountState, signer: DeviceSecrets) {
  const head = accountHead(state)
  return { v: 1, n: head.n + 1, prev: head.h, signer: signer.id }
}

/** K5: removes a device and brings EK(g+1) in the same entry. `waited`: where {@link mustWait} asks for it (K7). */
export async function deviceRemovedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  removed: Uint8Array,
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry> {
  const remaining = liveDevices(state).filter((device) => !equalBytes(device.id, removed))
  const boxKey = nextBoxKey(state, remaining, keys, randomBytes)
  const proof = waited === null ? {} : { waited }
  return signEntry({ ...placeAfter(state, signer), type: 'device-removed', device: removed, boxKey, ...proof }, signer)
}

/** K7: the kit of this account is `recovery` from now on; the old one opens nothing that comes after. Null when the log has no kit. */
export async function kitReplacedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  recovery: DeviceSecrets & { lookup: Uint8Array },
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry | null> {
  const old = liveKit(state)
  if (old === null) return null
  const remaining = liveDevices(state).filter(({ id }) => !equalBytes(id, old.id))
  const devices = [...remaining, { id: recovery.id, box: recovery.box.publicKey }]
  return signEntry(
    {
      ...placeAfter(state, signer),
      type: 'kit-replaced',
      device: old.id,
      recovery: deviceKeys('recovery', recovery, recovery.lookup, new Uint8Array()),
      boxKey: nextBoxKey(state, devices, keys, randomBytes),
      waited,
    },
    signer,
  )
}

/** The recovery device of a log; null only for a log that never had one. */
export function liveKit(state: AccountState): AccountDevice | null {
  return liveDevices(state).find(({ kind }) => kind === 'recovery') ?? null
}

/** Another name for a device, sealed under the newest EK. Throws when that is not open here. */
export async function deviceNamedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  device: Uint8Array,
  name: string,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation } = newestBoxKey(state)
  const pair = keys.get(generation)
  if (pair === undefined) throw new Error('the newest box key is not open')
  const sealed = sealUnderBoxKey(utf8ToBytes(name), generation, pair, randomBytes)
  return signEntry({ ...placeAfter(state, signer), type: 'device-named', device, name: sealed }, signer)
}

/** K4: the sealed list of the account's vaults, so that no server can hide one. */
export async function vaultsEntry(
  state: AccountState,
  signer: DeviceSecrets,
  list: Uint8Array,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation } = newestBoxKey(state)
  const pair = keys.get(generation)
  if (pair === undefined) throw new Error('the newest box key is not open')
  const head = accountHead(state)
  const sealed = sealUnderBoxKey(list, generation, pair, randomBytes)
  return signEntry({ v: 1, n: head.n + 1, prev: head.h, signer: signer.id, type: 'vaults', sealed }, signer)
}

/** Opens every EK that `device` can reach: the newest from its wrap, earlier ones down the chain. Empty when nothing opens. */
export function openBoxKeys(state: AccountState, device: Pick<DeviceSecrets, 'id' | 'box'>): BoxKeys {
  const keys: BoxKeys = new Map()
  const wrapped = wrapFor(state, device.id)
  if (wrapped === null) return keys
  const plain = openSealedBox(device.box, wrapped.wrap)
  const published = state.boxKeys[wrapped.generation - 1]
  if (plain === null || published === undefined || plain.length !== 64) return keys
  if (!equalBytes(plain.subarray(0, 32), boxKeyContext(wrapped.generation, published.public, device.id))) return keys
  let pair = boxKeyPairFromSecretKey(plain.slice(32))
  for (let generation = wrapped.generation; generation >= 1; generation--) {
    const grant = state.boxKeys[generation - 1]!
    if (!equalBytes(pair.publicKey, grant.public)) return keys
    keys.set(generation, pair)
    if (grant.previous === null) break
    const previous = open(grant.previous, hkdf(pair.secretKey, 'box-key-chain', 32))
    if (previous === null) break
    pair = boxKeyPairFromSecretKey(previous)
  }
  return keys
}

/** A device's name, or '' when it cannot be read. */
export function deviceName(sealedName: Uint8Array, keys: BoxKeys): string {
  const plain = openUnderBoxKey(sealedName, keys)
  return plain === null ? '' : (bytesToUtf8(plain) ?? '')
}
