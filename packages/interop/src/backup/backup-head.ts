/**
 * The open beginning of a backup file (K11): what a passphrase or a recovery kit needs to open it, and nothing about anybody. The random
 * key of the file is wrapped twice; either wrap opens all of it. The layout is in docs/spec/K.md.
 */
import {
  ARGON2ID,
  derivePassphraseKey,
  isAcceptedArgon2id,
  open,
  openSealedBox,
  parseRecoveryCode,
  randomBytes,
  recoveryKeys,
  seal,
  sealToPublicKey,
  type Argon2idParameters,
} from '@chartkeep/crypto'
import {
  base64UrlToBytes,
  bytesToBase64Url,
  concatBytes,
  decodeCbor,
  encodeCbor,
  equalBytes,
  isCborMap,
  uint32ToBytes,
  utf8ToBytes,
  type CborValue,
} from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'

const BACKUP_VERSION = 1
const MAGIC = utf8ToBytes('chartkeep-backup')
const CHECK_LENGTH = 32
const KEY_LENGTH = 32
const SALT_LENGTH = 16
const MAX_HEAD_BYTES = 4096
/** Magic, version (1), length of the head (4). */
const BEFORE_HEAD = MAGIC.length + 5

/** What a person has in hand; or the lock that a backup was made with. */
export type BackupKey = { passphrase: string } | { code: string } | { lock: BackupLock }

/** A passphrase made ready for locking backups: who keeps this need not keep the passphrase. As secret as it. */
export interface BackupLock {
  /** 16 bytes. */
  salt: Uint8Array
  parameters: Argon2idParameters
  /** Argon2id of the passphrase, 32 bytes. */
  key: Uint8Array
}

/** Takes about a second. @param parameters - ARGON2ID or stronger */
export async function createBackupLock(
  passphrase: string,
  parameters: Argon2idParameters = ARGON2ID,
): Promise<BackupLock> {
  const salt = randomBytes(SALT_LENGTH)
  return { salt, parameters, key: await derivePassphraseKey(passphrase, salt, parameters) }
}

interface Head {
  salt: Uint8Array
  parameters: Argon2idParameters
  byPassphrase: Uint8Array
  byKit: Uint8Array
  keyCheck: Uint8Array
}

/** A lock as text, to be kept sealed. */
export function backupLockText({ salt, parameters: { memoryKiB, passes, lanes }, key }: BackupLock): string {
  return bytesToBase64Url(encodeCbor({ salt, parameters: { memoryKiB, passes, lanes }, key }))
}

/** Null for text that is no lock. */
export function parseBackupLock(text: string): BackupLock | null {
  const bytes = base64UrlToBytes(text)
  const value = bytes === null ? undefined : decodeCbor(bytes)?.value
  if (!isCborMap(value) || !isBytes(value['key']) || value['key'].length !== KEY_LENGTH) return null
  const parameters = argonOf(value['parameters'])
  const { salt, key } = value
  return parameters !== null && isBytes(salt) && salt.length === SALT_LENGTH ? { salt, parameters, key } : null
}

/** The head's bytes, and the random key of the file (32 bytes; wipe it after use). */
export function createHead(
  { salt, parameters, key }: BackupLock,
  kit: Uint8Array,
): { bytes: Uint8Array; fileKey: Uint8Array } {
  const fileKey = randomBytes(KEY_LENGTH)
  const { memoryKiB, passes, lanes } = parameters
  const head = encodeCbor({
    salt,
    parameters: { memoryKiB, passes, lanes },
    byPassphrase: seal(fileKey, key),
    byKit: sealToPublicKey(kit, fileKey),
    keyCheck: taggedHash('backup-key-check', fileKey),
  })
  const body = concatBytes(MAGIC, Uint8Array.of(BACKUP_VERSION), uint32ToBytes(head.length), head)
  return { bytes: concatBytes(body, taggedHash('backup-head', body)), fileKey }
}

/** How many bytes the head has, by its first {@link BACKUP_BEGINNING}; or what the file is instead. */
export function headLength(beginning: Uint8Array): number | { type: 'not-a-backup' } | { type: 'damaged' } {
  if (!equalBytes(beginning.subarray(0, MAGIC.length), MAGIC)) return { type: 'not-a-backup' }
  const view = new DataView(beginning.buffer, beginning.byteOffset)
  const length = view.getUint32(MAGIC.length + 1)
  return length > MAX_HEAD_BYTES ? { type: 'damaged' } : BEFORE_HEAD + length + CHECK_LENGTH
}

export const BACKUP_BEGINNING = BEFORE_HEAD

/** Whether bytes that are too few begin as a backup does. */
export function isBeginning(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.subarray(0, MAGIC.length).every((byte, index) => byte === MAGIC[index])
}

/** Opens the key of the file. The check of the head is what tells a damaged head from a wrong passphrase. */
export async function openHead(
  bytes: Uint8Array,
  key: BackupKey,
): Promise<
  | { type: 'opened'; fileKey: Uint8Array }
  | { type: 'damaged' }
  | { type: 'newer' }
  | { type: 'wrong-passphrase' }
  | { type: 'wrong-kit' }
  | { type: 'bad-code' }
> {
  const body = bytes.subarray(0, -CHECK_LENGTH)
  if (!equalBytes(bytes.subarray(-CHECK_LENGTH), taggedHash('backup-head', body))) return { type: 'damaged' }
  if (bytes[MAGIC.length]! > BACKUP_VERSION) return { type: 'newer' }
  const head = headOf(decodeCbor(body.subarray(BEFORE_HEAD))?.value)
  if (head === null || bytes[MAGIC.length] === 0) return { type: 'damaged' }
  const opened =
    'code' in key
      ? openByKit(head, key.code)
      : 'lock' in key
        ? openByLock(head, key.lock)
        : await openByPassphrase(head, key.passphrase)
  if (!(opened instanceof Uint8Array)) return opened
  return equalBytes(taggedHash('backup-key-check', opened), head.keyCheck)
    ? { type: 'opened', fileKey: opened }
    : { type: 'damaged' }
}

function openByKit(head: Head, code: string): Uint8Array | { type: 'wrong-kit' } | { type: 'bad-code' } {
  const secret = parseRecoveryCode(code)
  if (secret === null) return { type: 'bad-code' }
  return openSealedBox(recoveryKeys(secret).box, head.byKit) ?? { type: 'wrong-kit' }
}

function openByLock(head: Head, { salt, key }: BackupLock): Uint8Array | { type: 'wrong-passphrase' } {
  const opened = equalBytes(salt, head.salt) ? open(head.byPassphrase, key) : null
  return opened ?? { type: 'wrong-passphrase' }
}

async function openByPassphrase(head: Head, passphrase: string): Promise<Uint8Array | { type: 'wrong-passphrase' }> {
  if (passphrase === '') return { type: 'wrong-passphrase' }
  const passphraseKey = await derivePassphraseKey(passphrase, head.salt, head.parameters)
  const opened = open(head.byPassphrase, passphraseKey)
  passphraseKey.fill(0)
  return opened ?? { type: 'wrong-passphrase' }
}

function headOf(value: CborValue | undefined): Head | null {
  if (!isCborMap(value)) return null
  const { salt, byPassphrase, byKit, keyCheck } = value
  const parameters = argonOf(value['parameters'])
  if (!isBytes(salt) || !isBytes(byPassphrase) || !isBytes(byKit) || !isBytes(keyCheck)) return null
  if (salt.length !== SALT_LENGTH || parameters === null) return null
  return { salt, parameters, byPassphrase, byKit, keyCheck }
}

function argonOf(value: CborValue | undefined): Argon2idParameters | null {
  if (!isCborMap(value)) return null
  const { memoryKiB, passes, lanes } = value
  if (typeof memoryKiB !== 'number' || typeof passes !== 'number' || typeof lanes !== 'number') return null
  const parameters = { memoryKiB, passes, lanes }
  return isAcceptedArgon2id(parameters) ? parameters : null
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array
}
