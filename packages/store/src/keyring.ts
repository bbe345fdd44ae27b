/**
 * From a passphrase, or the printed kit, to the key of an account's home store.
 *
 * The store key is random. A slot keeps it twice: sealed under the passphrase (Argon2id) and sealed to the
 * account's recovery device, so that the kit opens the store with or without a server.
 */
import {
  ARGON2ID,
  concatBytes,
  derivePassphraseKey,
  equalBytes,
  isAcceptedArgon2id,
  open,
  openSealedBox,
  randomBytes,
  seal,
  sealToPublicKey,
  taggedHash,
  utf8ToBytes,
  type Argon2idParameters,
  type BoxKeyPair,
} from '@chartkeep/crypto'
import type { KeyringDisk } from './keyring-disk.ts'
import { decodeKeyringRow, encodeKeyringRow, type KeyringRow } from './keyring-row.ts'

const KEY_LENGTH = 32
const SALT_LENGTH = 16

/** A row cannot be used. `missing`: no such slot. `newer`: written by a newer version of this program. */
export type SlotFailure = { type: 'damaged' } | { type: 'missing' } | { type: 'newer'; version: number }

/** Answers of {@link Keyring.unlock}. `key` is the store key, 32 bytes; wipe it after use. */
export type Unlocked =
  { type: 'unlocked'; key: Uint8Array } | { type: 'wrong-passphrase'; failedTries: number } | SlotFailure

/** Answers of {@link Keyring.unlockWithRecoveryKey}. */
export type Recovered = { type: 'unlocked'; key: Uint8Array } | { type: 'wrong-recovery-key' } | SlotFailure

/** One account slot of the keyring. Everything is read from the disk at each call. */
export interface Keyring {
  readonly slot: string
  /** The label, or why there is none; needs no key. */
  label(): Promise<{ type: 'label'; label: string; failedTries: number } | SlotFailure>
  unlock(passphrase: string): Promise<Unlocked>
  unlockWithRecoveryKey(pair: BoxKeyPair): Promise<Recovered>
  /** Seals the store key, which the caller has unlocked, under a new passphrase. `wrong-key`: it is not this slot's. */
  changePassphrase(
    key: Uint8Array,
    passphrase: string,
  ): Promise<{ type: 'changed' } | { type: 'wrong-key' } | SlotFailure>
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
  const sealed = await sealUnderPassphrase(slot.slot, key, slot.passphrase, slot.parameters ?? ARGON2ID)
  const byRecovery = sealToPublicKey(slot.recoveryPublicKey, boundKey(slot.slot, key))
  const row = { label: slot.label, byRecovery, keyCheck: taggedHash('store-key-check', key), ...sealed }
  await slot.disk.write(slot.slot, encodeKeyringRow(row))
  return { type: 'created', keyring: openKeyring({ disk: slot.disk, slot: slot.slot }), key }
}

/** The keyring of one slot. Whether the slot exists shows at the first call. */
export function openKeyring({ disk, slot }: { disk: KeyringDisk; slot: string }): Keyring {
  async function readRow(): Promise<{ type: 'row'; row: KeyringRow } | SlotFailure> {
    const bytes = await disk.read(slot)
    return bytes ? decodeKeyringRow(bytes) : { type: 'missing' }
  }

  return {
    slot,
    async label() {
      const read = await readRow()
      if (read.type !== 'row') return read
      return { type: 'label', label: read.row.label, failedTries: await readTries(disk, slot) }
    },
    async unlock(passphrase) {
      const read = await readRow()
      if (read.type !== 'row') return read
      const { salt, parameters, byPassphrase, keyCheck } = read.row
      if (!isAcceptedArgon2id(parameters) || salt.length !== SALT_LENGTH) return { type: 'damaged' }
      const opened = passphrase ? await openUnderPassphrase(byPassphrase, passphrase, salt, parameters) : null
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
    async changePassphrase(key, passphrase) {
      const read = await readRow()
      if (read.type !== 'row') return read
      if (!equalBytes(taggedHash('store-key-check', key), read.row.keyCheck)) return { type: 'wrong-key' }
      const sealed = await sealUnderPassphrase(slot, key, passphrase, strongerOf(read.row.parameters))
      await disk.write(slot, encodeKeyringRow({ ...read.row, ...sealed }))
      return { type: 'changed' }
    },
    async remove() {
      await disk.remove(slot)
      await disk.remove(TRIES_PREFIX + slot)
    },
  }
}

async function openUnderPassphrase(
  sealed: Uint8Array,
  passphrase: string,
  salt: Uint8Array,
  parameters: Argon2idParameters,
): Promise<Uint8Array | null> {
  const passphraseKey = await derivePassphraseKey(passphrase, salt, parameters)
  const opened = open(sealed, passphraseKey)
  passphraseKey.fill(0)
  return opened
}

async function sealUnderPassphrase(
  slot: string,
  key: Uint8Array,
  passphrase: string,
  parameters: Argon2idParameters,
): Promise<Pick<KeyringRow, 'salt' | 'parameters' | 'byPassphrase'>> {
  const salt = randomBytes(SALT_LENGTH)
  const passphraseKey = await derivePassphraseKey(passphrase, salt, parameters)
  const byPassphrase = seal(boundKey(slot, key), passphraseKey)
  passphraseKey.fill(0)
  return { salt, parameters, byPassphrase }
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

/** Failed tries lie beside the row, so that counting never rewrites a key. */
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
