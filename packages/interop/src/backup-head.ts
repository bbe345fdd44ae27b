/**
 * The open beginning of a backup file (K11): what a passphrase or a recovery kit needs to open it, and nothing about anybody. The random
 * key of the file is wrapped twice; either wrap opens all of it. The layout is in docs/spec/K.md.
 */
import {
  ARGON2ID,
  concatBytes,
  decodeCbor,
  derivePassphraseKey,
  encodeCbor,
  equalBytes,
  isAcceptedArgon2id,
  open,
  openSealedBox,
  parseRecoveryCode,
  randomBytes,
  recoveryKeys,
  seal,
  sealToPublicKey,
  taggedHash,
  uint32ToBytes,
  utf8ToBytes,
  type Argon2idParameters,
  type CborValue,
} from '@chartkeep/crypto'

export const BACKUP_VERSION = 1
const MAGIC = utf8ToBytes('chartkeep-backup')
const CHECK_LENGTH = 32
const KEY_LENGTH = 32
const SALT_LENGTH = 16
const MAX_HEAD_BYTES = 4096
/** Magic, version (1), length of the head (4). */
const BEFORE_HEAD = MAGIC.length + 5

/** What a person has in hand. */
export type BackupKey = { passphrase: string } | { code: string }

interface Head {
  salt: Uint8Array
  parameters: Argon2idParameters
  byPassphrase: Uint8Array
  byKit: Uint8Array
  keyCheck: Uint8Array
}

/** The head's bytes, and the random key of the file (32 bytes; wipe it after use). */
export async function createHead(
  passphrase: string,
  kit: Uint8Array,
  parameters: Argon2idParameters = ARGON2ID,
): Promise<{ bytes: Uint8Array; fileKey: Uint8Array }> {
  const fileKey = randomBytes(KEY_LENGTH)
  const salt = randomBytes(SALT_LENGTH)
  const passphraseKey = await derivePassphraseKey(passphrase, salt, parameters)
  const { memoryKiB, passes, lanes } = parameters
  const head = encodeCbor({
    salt,
    parameters: { memoryKiB, passes, lanes },
    byPassphrase: seal(fileKey, passphraseKey),
    byKit: sealToPublicKey(kit, fileKey),
    keyCheck: taggedHash('backup-key-check', fileKey),
  })
  passphraseKey.fill(0)
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
  const opened = 'code' in key ? openByKit(head, key.code) : await openByPassphrase(head, key.passphrase)
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

async function openByPassphrase(head: Head, passphrase: string): Promise<Uint8Array | { type: 'wrong-passphrase' }> {
  if (passphrase === '') return { type: 'wrong-passphrase' }
  const passphraseKey = await derivePassphraseKey(passphrase, head.salt, head.parameters)
  const opened = open(head.byPassphrase, passphraseKey)
  passphraseKey.fill(0)
  return opened ?? { type: 'wrong-passphrase' }
}

function headOf(value: CborValue | undefined): Head | null {
  if (!isMap(value)) return null
  const { salt, parameters, byPassphrase, byKit, keyCheck } = value
  if (!isMap(parameters)) return null
  const { memoryKiB, passes, lanes } = parameters
  if (typeof memoryKiB !== 'number' || typeof passes !== 'number' || typeof lanes !== 'number') return null
  if (!isBytes(salt) || !isBytes(byPassphrase) || !isBytes(byKit) || !isBytes(keyCheck)) return null
  const argon = { memoryKiB, passes, lanes }
  if (salt.length !== SALT_LENGTH || !isAcceptedArgon2id(argon)) return null
  return { salt, parameters: argon, byPassphrase, byKit, keyCheck }
}

function isBytes(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array
}

function isMap(value: CborValue | undefined): value is { [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value)
}
