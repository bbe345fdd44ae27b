/**
 * The bytes of one account slot: version (1) ‖ SHA-256 of the rest (32) ‖ CBOR.
 *
 * The checksum is what tells a damaged row from a wrong passphrase; it proves nothing against somebody who
 * can write the disk, and need not: both sealed keys authenticate themselves.
 */
import {
  concatBytes,
  decodeCbor,
  encodeCbor,
  equalBytes,
  taggedHash,
  type Argon2idParameters,
  type CborValue,
} from '@chartkeep/crypto'

const VERSION = 1
const CHECK_LENGTH = 32

/** The content of a slot's row. Readable by anybody who reads the disk. */
export interface KeyringRow {
  /** What the unlock screen shows; the person's own choice of words. */
  label: string
  /** 16 bytes. */
  salt: Uint8Array
  parameters: Argon2idParameters
  /** seal(slot ‖ store key) under the key derived from the passphrase. */
  byPassphrase: Uint8Array
  /** The store key sealed to the recovery device's box key. */
  byRecovery: Uint8Array
  /** Tells whether a key is this slot's: taggedHash('store-key-check', store key). */
  keyCheck: Uint8Array
}

/** What the bytes of a row turned out to be. */
export type DecodedRow = { type: 'row'; row: KeyringRow } | { type: 'damaged' } | { type: 'newer'; version: number }

/** The row's bytes. */
export function encodeKeyringRow({ label, salt, parameters, ...keys }: KeyringRow): Uint8Array {
  const body = encodeCbor({
    label,
    salt,
    parameters: { memoryKiB: parameters.memoryKiB, passes: parameters.passes, lanes: parameters.lanes },
    byPassphrase: keys.byPassphrase,
    byRecovery: keys.byRecovery,
    keyCheck: keys.keyCheck,
  })
  return concatBytes(Uint8Array.of(VERSION), taggedHash('keyring-row', body), body)
}

/** Reverses {@link encodeKeyringRow}; never throws. */
export function decodeKeyringRow(bytes: Uint8Array): DecodedRow {
  const version = bytes[0] ?? 0
  const body = bytes.subarray(1 + CHECK_LENGTH)
  if (!equalBytes(bytes.subarray(1, 1 + CHECK_LENGTH), taggedHash('keyring-row', body))) return { type: 'damaged' }
  if (version > VERSION) return { type: 'newer', version }
  const row = version === VERSION ? rowOf(decodeCbor(body)?.value) : null
  return row ? { type: 'row', row } : { type: 'damaged' }
}

function rowOf(value: CborValue | undefined): KeyringRow | null {
  if (!isMap(value)) return null
  const { label, salt, parameters, byPassphrase, byRecovery, keyCheck } = value
  if (typeof label !== 'string' || !isMap(parameters)) return null
  const { memoryKiB, passes, lanes } = parameters
  if (typeof memoryKiB !== 'number' || typeof passes !== 'number' || typeof lanes !== 'number') return null
  if (!isBytes(salt) || !isBytes(byPassphrase) || !isBytes(byRecovery) || !isBytes(keyCheck)) return null
  return { label, salt, parameters: { memoryKiB, passes, lanes }, byPassphrase, byRecovery, keyCheck }
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array
}

function isMap(value: CborValue | undefined): value is { [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value)
}
