/**
 * From a passphrase, or the printed kit, to the key of an account's home store.
 *
 * The store key is random. A slot keeps it twice: sealed under the passphrase (Argon2id), or under passphrase and
 * platform key together, which alone allows a short PIN; and always sealed to the account's recovery device, so that
 * the kit opens the store with or without a server, and without the platform key.
 */
import {
  ARGON2ID,
  derivePassphraseKey,
  hkdf,
  isAcceptedArgon2id,
  open,
  openSealedBox,
  randomBytes,
  seal,
  sealToPublicKey,
  type Argon2idParameters,
  type BoxKeyPair,
} from '@chartkeep/crypto'
import { concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import type { KeyringDisk } from './keyring-disk.ts'
import { decodeKeyringRow, encodeKeyringRow, type KeyringRow, type PlatformSeal } from './keyring-row.ts'
import { countsTries, type PlatformKey, type PlatformKeyRefusal } from './platform-key.ts'

const KEY_LENGTH = 32
const SALT_LENGTH = 16

/** A row cannot be used. `missing`: no such slot. `newer`: written by a newer version of this program. */
export type SlotFailure = { type: 'damaged' } | { type: 'missing' } | { type: 'newer'; version: number }

/** This slot needs a platform key that did not come. */
export type PlatformKeyMissing = { type: 'platform-key'; why: PlatformKeyRefusal['why'] }

/** Answers of {@link Keyring.unlock}. `key` is the store key, 32 bytes; wipe it after use. */
export type Unlocked =
  | { type: 'unlocked'; key: Uint8Array }
  | { type: 'wrong-passphrase'; failedTries: number }
  | PlatformKeyMissing
  | SlotFailure

/** How a slot is opened: by passphrase alone, or with a platform key; a PIN only with a platform key for which {@link countsTries} is true. */
export type UnlockWay = { platformKey: null } | { platformKey: PlatformKey; isPin: boolean }

/** Answers of {@link Keyring.unlockWithRecoveryKey}. */
export type Recovered = { type: 'unlocked'; key: Uint8Array } | { type: 'wrong-recovery-key' } | SlotFailure

/** Answers of a change of a slot. `wrong-key`: it is not this slot's. */
export type KeyChange = { type: 'changed' } | { type: 'wrong-key' } | SlotFailure

/** One account slot of the keyring. Everything is read from the disk at each call. */
export interface Keyring {
  readonly slot: string
  /** The label, or why there is none; needs no key. */
  label(): Promise<
    | { type: 'label'; label: string; failedTries: number; platform: Pick<PlatformSeal, 'kind' | 'isPin'> | null }
    | SlotFailure
  >
  /** @param platformKey - asked only where the slot needs one, before the passphrase is tried */
  unlock(passphrase: string, platformKey?: PlatformKey | null): Promise<Unlocked>
  unlockWithRecoveryKey(pair: BoxKeyPair): Promise<Recovered>
  /**
   * Seals the store key, which the caller has unlocked, under a new passphrase, or under passphrase or PIN and a platform key together. Only this
   * seal is rewritten. `wrong-key`: it is not this slot's. Throws a RangeError for a PIN that {@link isAcceptedPin} refuses.
   */
  changePassphrase(key: Uint8Array, passphrase: string, way?: UnlockWay): Promise<KeyChange | PlatformKeyMissing>
  /** Seals the store key, which the caller has unlocked, to another kit. The previous kit no longer opens this slot (K7). */
  changeRecoveryKey(key: Uint8Array, recoveryPublicKey: Uint8Array): Promise<KeyChange>
  /** Removes the slot: what only this store key opens is lost for good, unless the kit's account has it elsewhere. */
  remove(): Promise<void>
}

/** What a new slot needs. */
export interface NewSlot {
  disk: KeyringDisk
  /** From {@link createSlotName}. */
  slot: string
  label: string
  passphrase: string
  /** Public box key (32 bytes) of the account's recovery device. */
  recoveryPublicKey: Uint8Array
  /** A store key that exists already; drawn fresh when left out. */
  key?: Uint8Array
  /** ARGON2ID or stronger; derivePassphraseKey throws for less, and for an empty passphrase. */
  parameters?: Argon2idParameters
}

/** A name without meaning for a slot, a database or a file: 16 characters of [a-z2-7]. */
export function createSlotName(): string {
  return Array.from(randomBytes(16), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')
}

/** The slots that exist, in no order. */
export async function listSlots(disk: KeyringDisk): Promise<string[]> {
  return (await disk.names()).filter((name) => !name.startsWith(TRIES_PREFIX))
}

/** Makes a slot and its store key. `slot-taken`: nothing was changed. */
export async function createKeyring(
  slot: NewSlot,
): Promise<{ type: 'created'; keyring: Keyring; key: Uint8Array } | { type: 'slot-taken' }> {
  if (slot.slot.startsWith(TRIES_PREFIX)) throw new RangeError('a slot name does not start with a dot')
  if ((await slot.disk.read(slot.slot)) !== null) return { type: 'slot-taken' }
  const key = slot.key?.slice() ?? randomBytes(KEY_LENGTH)
  if (key.length !== KEY_LENGTH) throw new RangeError('a store key has 32 bytes')
  const sealed = await sealUnderPassphrase(slot.slot, key, slot.passphrase, slot.parameters ?? ARGON2ID, null)
  const byRecovery = sealToPublicKey(slot.recoveryPublicKey, boundKey(slot.slot, key))
  const keyCheck = taggedHash('store-key-check', key)
  const row = { label: slot.label, byRecovery, keyCheck, platform: null, ...sealed }
  await slot.disk.write(slot.slot, encodeKeyringRow(row))
  return { type: 'created', keyring: openKeyring({ disk: slot.disk, slot: slot.slot }), key }
}

/** The keyring of one slot. Whether the slot exists shows at the first call. */
export function openKeyring({ disk, slot }: { disk: KeyringDisk; slot: string }): Keyring {
  async function readRow(): Promise<{ type: 'row'; row: KeyringRow } | SlotFailure> {
    return rowOf(await disk.read(slot))
  }

  /** Only what `fields` names: the passphrase may be changed while a pass takes up another kit (K7). */
  async function change(key: Uint8Array, fields: Partial<KeyringRow>): Promise<KeyChange> {
    let outcome: KeyChange = { type: 'changed' }
    await disk.update(slot, (bytes) => {
      const read = rowOf(bytes)
      outcome = read.type !== 'row' ? read : isKeyOf(read.row, key) ? { type: 'changed' } : { type: 'wrong-key' }
      return read.type === 'row' && outcome.type === 'changed' ? encodeKeyringRow({ ...read.row, ...fields }) : null
    })
    return outcome
  }

  return {
    slot,
    async label() {
      const read = await readRow()
      if (read.type !== 'row') return read
      const { label, platform } = read.row
      const needed = platform && { kind: platform.kind, isPin: platform.isPin }
      return { type: 'label', label, failedTries: await readTries(disk, slot), platform: needed }
    },
    async unlock(passphrase, platformKey = null) {
      const read = await readRow()
      if (read.type !== 'row') return read
      const { salt, parameters, byPassphrase, keyCheck, platform } = read.row
      if (!isAcceptedArgon2id(parameters) || salt.length !== SALT_LENGTH) return { type: 'damaged' }
      const second = platform && passphrase ? await platformSecret(platform, platformKey) : null
      if (second && 'why' in second) return second
      const opened = passphrase
        ? await openUnderPassphrase(byPassphrase, passphrase, salt, parameters, second?.secret ?? null)
        : null
      if (!opened) return { type: 'wrong-passphrase', failedTries: await countFailedTry(disk, slot) }
      const key = keyOf(opened, slot, keyCheck)
      if (!key) return { type: 'damaged' }
      await disk.remove(TRIES_PREFIX + slot)
      return { type: 'unlocked', key }
    },
    async unlockWithRecoveryKey(pair) {
      const read = await readRow()
      if (read.type !== 'row') return read
      const opened = openSealedBox(pair, read.row.byRecovery)
      if (!opened) return { type: 'wrong-recovery-key' }
      const key = keyOf(opened, slot, read.row.keyCheck)
      if (!key) return { type: 'damaged' }
      await disk.remove(TRIES_PREFIX + slot)
      return { type: 'unlocked', key }
    },
    async changePassphrase(key, passphrase, way = { platformKey: null }) {
      const read = await readRow()
      if (read.type !== 'row') return read
      if (!isKeyOf(read.row, key)) return { type: 'wrong-key' }
      if (way.platformKey !== null && way.isPin) {
        if (!countsTries(way.platformKey.kind))
          throw new RangeError('a PIN is safe only where the platform counts tries')
        if (!isAcceptedPin(passphrase)) throw new RangeError('not a good PIN')
      }
      const made = way.platformKey === null ? null : await newOrKnown(read.row.platform, way.platformKey)
      if (made && 'why' in made) return made
      const parameters = strongerOf(read.row.parameters)
      const sealed = await sealUnderPassphrase(slot, key, passphrase, parameters, made?.secret ?? null)
      const platform =
        made && way.platformKey ? { kind: way.platformKey.kind, handle: made.handle, isPin: way.isPin } : null
      return change(key, { ...sealed, platform })
    },
    async changeRecoveryKey(key, recoveryPublicKey) {
      return change(key, { byRecovery: sealToPublicKey(recoveryPublicKey, boundKey(slot, key)) })
    },
    async remove() {
      await disk.remove(slot)
      await disk.remove(TRIES_PREFIX + slot)
    },
  }
}

function rowOf(bytes: Uint8Array | null): { type: 'row'; row: KeyringRow } | SlotFailure {
  return bytes ? decodeKeyringRow(bytes) : { type: 'missing' }
}

function isKeyOf({ keyCheck }: KeyringRow, key: Uint8Array): boolean {
  return equalBytes(taggedHash('store-key-check', key), keyCheck)
}

async function openUnderPassphrase(
  sealed: Uint8Array,
  passphrase: string,
  salt: Uint8Array,
  parameters: Argon2idParameters,
  second: Uint8Array | null,
): Promise<Uint8Array | null> {
  const passphraseKey = together(await derivePassphraseKey(passphrase, salt, parameters), second)
  const opened = open(sealed, passphraseKey)
  passphraseKey.fill(0)
  return opened
}

async function sealUnderPassphrase(
  slot: string,
  key: Uint8Array,
  passphrase: string,
  parameters: Argon2idParameters,
  second: Uint8Array | null,
): Promise<Pick<KeyringRow, 'salt' | 'parameters' | 'byPassphrase'>> {
  const salt = randomBytes(SALT_LENGTH)
  const passphraseKey = together(await derivePassphraseKey(passphrase, salt, parameters), second)
  const byPassphrase = seal(boundKey(slot, key), passphraseKey)
  passphraseKey.fill(0)
  return { salt, parameters, byPassphrase }
}

/** One key of both: neither the passphrase nor the platform key opens anything alone. Wipes what it was given. */
function together(passphraseKey: Uint8Array, second: Uint8Array | null): Uint8Array {
  if (second === null) return passphraseKey
  const both = concatBytes(passphraseKey, second)
  const key = hkdf(both, 'keyring-platform-key', KEY_LENGTH)
  for (const bytes of [both, passphraseKey, second]) bytes.fill(0)
  return key
}

async function platformSecret(
  { kind, handle }: PlatformSeal,
  platformKey: PlatformKey | null,
): Promise<{ handle: Uint8Array; secret: Uint8Array } | PlatformKeyMissing> {
  if (platformKey?.kind !== kind) return { type: 'platform-key', why: 'unavailable' }
  const unlocked = await platformKey.unlock(handle)
  if (unlocked.type === 'refused') return { type: 'platform-key', why: unlocked.why }
  return { handle, secret: unlocked.secret }
}

/** A slot keeps the platform key that it has; only one that is gone gets another. */
async function newOrKnown(
  known: PlatformSeal | null,
  platformKey: PlatformKey,
): Promise<{ handle: Uint8Array; secret: Uint8Array } | PlatformKeyMissing> {
  const found = known?.kind === platformKey.kind ? await platformSecret(known, platformKey) : null
  if (found && (!('why' in found) || found.why !== 'gone')) return found
  const made = await platformKey.create()
  return made.type === 'refused' ? { type: 'platform-key', why: made.why } : made
}

const PIN_LENGTH = { least: 6, most: 12 }

/**
 * Whether `pin` may be used together with a platform key: 6 to 12 digits, not all the same and not counting up or down. How many tries a thief has is
 * the platform's matter; without the platform key no PIN opens anything.
 */
export function isAcceptedPin(pin: string): boolean {
  if (!/^[0-9]+$/.test(pin) || pin.length < PIN_LENGTH.least || pin.length > PIN_LENGTH.most) return false
  const steps = new Set(Array.from(pin.slice(1), (digit, index) => (Number(digit) - Number(pin[index]) + 10) % 10))
  return steps.size > 1 || ![0, 1, 9].includes([...steps][0]!)
}

/** What is sealed: hash of the slot's name (32) ‖ store key (32), so that a slot's box does not pass for another's. */
function boundKey(slot: string, key: Uint8Array): Uint8Array {
  return concatBytes(taggedHash('keyring-slot', utf8ToBytes(slot)), key)
}

function keyOf(opened: Uint8Array, slot: string, keyCheck: Uint8Array): Uint8Array | null {
  const key = opened.slice(-KEY_LENGTH)
  if (!equalBytes(opened, boundKey(slot, key))) return null
  return equalBytes(taggedHash('store-key-check', key), keyCheck) ? key : null
}

/** What a slot was made with, raised to today's floor. */
function strongerOf({ memoryKiB, passes, lanes }: Argon2idParameters): Argon2idParameters {
  return {
    memoryKiB: Math.max(memoryKiB, ARGON2ID.memoryKiB),
    passes: Math.max(passes, ARGON2ID.passes),
    lanes: Math.max(lanes, ARGON2ID.lanes),
  }
}

/** Failed tries have a row of their own, so that counting never rewrites a key. */
const TRIES_PREFIX = '.'

async function readTries(disk: KeyringDisk, slot: string): Promise<number> {
  const bytes = await disk.read(TRIES_PREFIX + slot)
  return bytes && bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) : 0
}

async function countFailedTry(disk: KeyringDisk, slot: string): Promise<number> {
  const tries = Math.min((await readTries(disk, slot)) + 1, 0xffff_ffff)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, tries)
  await disk.write(TRIES_PREFIX + slot, bytes)
  return tries
}
