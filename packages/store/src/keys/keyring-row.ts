/**
 * The bytes of one account slot: version (1) ‖ SHA-256 of the rest (32) ‖ CBOR. Version 1 is a slot that opens by its passphrase; version 2 is
 * written only for a slot that also needs a platform key. An older program opens version 1 and answers `newer` for version 2.
 *
 * The checksum tells a damaged row from a wrong passphrase. It proves nothing against an attacker who can write to the disk, and need not: both
 * sealed keys are authenticated.
 */
import type { Argon2idParameters } from '@chartkeep/crypto'
import { concatBytes, decodeCbor, encodeCbor, equalBytes, isCborMap, type CborValue } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'

const PASSPHRASE_ONLY = 1
const WITH_PLATFORM_KEY = 2
const CHECK_LENGTH = 32

/** The platform key that a slot needs together with its passphrase or PIN. These fields are no secret. */
export interface PlatformSeal {
  /** {@link PlatformKey.kind} of the adapter that made it. */
  kind: string
  /** What that adapter needs to find its key again. */
  handle: Uint8Array
  /** What the person types is a PIN of digits, not a passphrase. */
  isPin: boolean
}

/** The content of a slot's row. Readable by anybody who reads the disk. */
export interface KeyringRow {
  /** What the unlock screen shows; the person's own choice of words. */
  label: string
  /** 16 bytes. */
  salt: Uint8Array
  parameters: Argon2idParameters
  /** seal(slot ‖ store key) under the key derived from the passphrase, or from it and the platform key together. */
  byPassphrase: Uint8Array
  /** `null`: the passphrase alone opens. */
  platform: PlatformSeal | null
  /** The store key sealed to the recovery device's box key. */
  byRecovery: Uint8Array
  /** Tells whether a key is this slot's: taggedHash('store-key-check', store key). */
  keyCheck: Uint8Array
}

/** What the bytes of a row turned out to be. */
export type DecodedRow = { type: 'row'; row: KeyringRow } | { type: 'damaged' } | { type: 'newer'; version: number }

/** The row's bytes. */
export function encodeKeyringRow({ label, salt, parameters, platform, ...keys }: KeyringRow): Uint8Array {
  const body = encodeCbor({
    label,
    salt,
    parameters: { memoryKiB: parameters.memoryKiB, passes: parameters.passes, lanes: parameters.lanes },
    byPassphrase: keys.byPassphrase,
    byRecovery: keys.byRecovery,
    keyCheck: keys.keyCheck,
    ...(platform ? { platform: { kind: platform.kind, handle: platform.handle, isPin: platform.isPin } } : {}),
  })
  const version = platform ? WITH_PLATFORM_KEY : PASSPHRASE_ONLY
  return concatBytes(Uint8Array.of(version), taggedHash('keyring-row', body), body)
}

/** Reverses {@link encodeKeyringRow}; never throws. */
export function decodeKeyringRow(bytes: Uint8Array): DecodedRow {
  const version = bytes[0] ?? 0
  const body = bytes.subarray(1 + CHECK_LENGTH)
  if (!equalBytes(bytes.subarray(1, 1 + CHECK_LENGTH), taggedHash('keyring-row', body))) return { type: 'damaged' }
  if (version > WITH_PLATFORM_KEY) return { type: 'newer', version }
  const row = version === 0 ? null : rowOf(decodeCbor(body)?.value)
  // The version says whether there is a platform key: one that was taken out of the row, or put in, is damage.
  if ((row?.platform ?? null) === null ? version === WITH_PLATFORM_KEY : version === PASSPHRASE_ONLY)
    return { type: 'damaged' }
  return row ? { type: 'row', row } : { type: 'damaged' }
}

function rowOf(value: CborValue | undefined): KeyringRow | null {
  if (!isCborMap(value)) return null
  const { label, salt, parameters, byPassphrase, byRecovery, keyCheck, platform } = value
  if (typeof label !== 'string' || !isCborMap(parameters)) return null
  const { memoryKiB, passes, lanes } = parameters
  if (typeof memoryKiB !== 'number' || typeof passes !== 'number' || typeof lanes !== 'number') return null
  if (!isBytes(salt) || !isBytes(byPassphrase) || !isBytes(byRecovery) || !isBytes(keyCheck)) return null
  const row = { label, salt, parameters: { memoryKiB, passes, lanes }, byPassphrase, byRecovery, keyCheck }
  if (platform === undefined) return { ...row, platform: null }
  if (!isCborMap(platform)) return null
  const { kind, handle, isPin } = platform
  if (typeof kind !== 'string' || !isBytes(handle) || typeof isPin !== 'boolean') return null
  return { ...row, platform: { kind, handle, isPin } }
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array
}
