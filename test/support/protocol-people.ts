/**
 * Accounts for protocol tests: people with devices, a recovery device and box keys, and the entries of their logs. Written here once
 * more, apart from packages/sync, so that a test can also write what an honest device never would.
 */
import {
  generateBoxKeyPair,
  generateSigningKeyPair,
  hkdf,
  recoveryKeys,
  seal,
  sealToPublicKey,
  sign,
  type BoxKeyPair,
  type SigningKeyPair,
} from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import { deviceIdOf, encodeMessage, ZERO_HASH } from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  boxKeyContext,
  liveDevices,
  type AccountEntryBody,
  type AccountState,
  type BoxKeyGrant,
  type DeviceKeys,
  type Waited,
} from '@chartkeep/protocol/account'
import { entryMessage, type SignedEntry } from '@chartkeep/protocol/signed'
import { headMessage, type SignedHead } from '@chartkeep/protocol/streams'
import { seededBytes, type SeededBytes } from './seeded-bytes.ts'

export interface Device {
  id: Uint8Array
  signing: SigningKeyPair
  box: BoxKeyPair
  lookup: Uint8Array | null
}

export interface Person {
  random: SeededBytes
  device: Device
  recovery: Device
  /** EK(g) at index g - 1. */
  boxKeys: BoxKeyPair[]
  entries: SignedEntry[]
  state: AccountState
}

export function createDevice(random: SeededBytes): Device {
  const signing = generateSigningKeyPair(random)
  const box = generateBoxKeyPair(random)
  return { id: deviceIdOf(signing.publicKey, box.publicKey), signing, box, lookup: null }
}

export function createRecovery(random: SeededBytes): Device {
  const { signing, box, lookupId } = recoveryKeys(random(20))
  return { id: deviceIdOf(signing.publicKey, box.publicKey), signing, box, lookup: lookupId }
}

export function publicKeys(device: Device, name = new Uint8Array()): DeviceKeys {
  const { signing, box, lookup } = device
  return { kind: lookup === null ? 'device' : 'recovery', sign: signing.publicKey, box: box.publicKey, lookup, name }
}

export function wrapBoxKey(
  random: SeededBytes,
  generation: number,
  pair: BoxKeyPair,
  device: { id: Uint8Array; box: Uint8Array },
): Uint8Array {
  const context = boxKeyContext(generation, pair.publicKey, device.id)
  return sealToPublicKey(device.box, concatBytes(context, pair.secretKey), random)
}

export function boxKeyGrant(
  random: SeededBytes,
  generation: number,
  pair: BoxKeyPair,
  devices: { id: Uint8Array; box: Uint8Array }[],
  previous: BoxKeyPair | null,
): BoxKeyGrant {
  return {
    generation,
    public: pair.publicKey,
    wraps: devices.map((device) => ({ device: device.id, wrap: wrapBoxKey(random, generation, pair, device) })),
    previous: previous === null ? null : seal(previous.secretKey, hkdf(pair.secretKey, 'box-key-chain', 32), random),
  }
}

export async function signAccountBody(body: AccountEntryBody, signer: Device): Promise<SignedEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signer.signing, entryMessage('account-entry', encoded)) }
}

export type GenesisFields = Extract<AccountEntryBody, { type: 'genesis' }>

export function genesisBody(random: SeededBytes, device: Device, recovery: Device, boxKey: BoxKeyPair): GenesisFields {
  const devices = [device, recovery].map(({ id, box }) => ({ id, box: box.publicKey }))
  return {
    v: 1,
    n: 1,
    prev: ZERO_HASH,
    signer: device.id,
    type: 'genesis',
    random: random(32),
    device: publicKeys(device),
    recovery: publicKeys(recovery),
    boxKey: boxKeyGrant(random, 1, boxKey, devices, null),
  }
}

/** Throws when the shared reader refuses what should hold. */
export function accepted<T extends object>(outcome: T | null): Exclude<T, { type: 'refused' | 'fault' }> {
  if (outcome === null || ('type' in outcome && (outcome.type === 'refused' || outcome.type === 'fault')))
    throw new Error(`refused: ${JSON.stringify(outcome)}`)
  return outcome as Exclude<T, { type: 'refused' | 'fault' }>
}

export async function createPerson(seed: string): Promise<Person> {
  const random = seededBytes(seed)
  const device = createDevice(random)
  const recovery = createRecovery(random)
  const boxKey = generateBoxKeyPair(random)
  const entry = await signAccountBody(genesisBody(random, device, recovery, boxKey), device)
  const state = accepted(await applyAccountEntry(null, entry))
  return { random, device, recovery, boxKeys: [boxKey], entries: [entry], state }
}

/** What every entry after the first begins with. */
export function nextPlace(state: AccountState, signer: Device) {
  const head = accountHead(state)
  return { v: 1, n: head.n + 1, prev: head.h, signer: signer.id }
}

export async function extendAccount(person: Person, body: AccountEntryBody, signer: Device): Promise<SignedEntry> {
  const entry = await signAccountBody(body, signer)
  person.state = accepted(await applyAccountEntry(person.state, entry))
  person.entries.push(entry)
  return entry
}

export function deviceAddedBody(person: Person, added: Device, signer: Device): AccountEntryBody {
  const generation = person.boxKeys.length
  const target = { id: added.id, box: added.box.publicKey }
  const wrap = wrapBoxKey(person.random, generation, person.boxKeys[generation - 1]!, target)
  return { ...nextPlace(person.state, signer), type: 'device-added', device: publicKeys(added), wrap }
}

export async function addDevice(person: Person, signer: Device = person.device): Promise<Device> {
  const added = createDevice(person.random)
  await extendAccount(person, deviceAddedBody(person, added, signer), signer)
  return added
}

/** The next EK, wrapped to all live devices but `without`. */
export function nextBoxKey(person: Person, without?: Uint8Array): { pair: BoxKeyPair; grant: BoxKeyGrant } {
  const pair = generateBoxKeyPair(person.random)
  const left = liveDevices(person.state).filter(({ id }) => without === undefined || !Buffer.from(id).equals(without))
  const generation = person.boxKeys.length + 1
  return { pair, grant: boxKeyGrant(person.random, generation, pair, left, person.boxKeys[generation - 2]!) }
}

export async function removeDevice(person: Person, device: Uint8Array, signer: Device = person.device): Promise<void> {
  const { pair, grant } = nextBoxKey(person, device)
  const body: AccountEntryBody = { ...nextPlace(person.state, signer), type: 'device-removed', device, boxKey: grant }
  await extendAccount(person, body, signer)
  person.boxKeys.push(pair)
}

export async function renewBoxKey(person: Person, signer: Device = person.device): Promise<void> {
  const { pair, grant } = nextBoxKey(person)
  await extendAccount(person, { ...nextPlace(person.state, signer), type: 'box-key', boxKey: grant }, signer)
  person.boxKeys.push(pair)
}

/** K7: the body that gives the account another kit; `waited` where the signer came in by one. */
export function kitReplacedBody(
  person: Person,
  recovery: Device,
  signer: Device,
  waited: Waited | null = null,
): { body: Extract<AccountEntryBody, { type: 'kit-replaced' }>; pair: BoxKeyPair } {
  const pair = generateBoxKeyPair(person.random)
  const left = liveDevices(person.state).filter(({ kind }) => kind === 'device')
  const devices = [...left, { id: recovery.id, box: recovery.box.publicKey }]
  const generation = person.boxKeys.length + 1
  const boxKey = boxKeyGrant(person.random, generation, pair, devices, person.boxKeys[generation - 2]!)
  const place = nextPlace(person.state, signer)
  const device = person.recovery.id
  return { body: { ...place, type: 'kit-replaced', device, recovery: publicKeys(recovery), boxKey, waited }, pair }
}

export async function replaceKit(person: Person, signer: Device = person.device): Promise<Device> {
  const recovery = createRecovery(person.random)
  const { body, pair } = kitReplacedBody(person, recovery, signer)
  await extendAccount(person, body, signer)
  person.boxKeys.push(pair)
  person.recovery = recovery
  return recovery
}

/** A head of the account's log that `server` signed at `time`, of position `n` or the newest. */
export async function headAt(
  person: Person,
  server: SigningKeyPair,
  time: number,
  n = person.state.n,
): Promise<SignedHead> {
  const head = { kind: 'account' as const, id: person.state.account, n, h: person.state.hashes[n - 1]!, time }
  return { ...head, signature: await sign(server, headMessage(head)) }
}
