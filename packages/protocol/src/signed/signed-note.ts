/**
 * Signed notes (https://c2sp.org/signed-note): text, an empty line, then lines `— <key name> <base64(key id 4 || signature)>`.
 * Types 0x01 (Ed25519 over the text) and 0x04 (https://c2sp.org/tlog-cosignature). Strict: one note has one spelling.
 */
import {
  base64UrlToBytes,
  bytesToBase64Url,
  concatBytes,
  equalBytes,
  uint64ToBytes,
  utf8ToBytes,
} from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'

const KEY_ID_LENGTH = 4
const SIGNATURE = 64
const TYPE_ED25519 = 1
const TYPE_COSIGNATURE = 4

export const MAX_NOTE_CHARACTERS = 16 * 1024

export interface NoteSignature {
  name: string
  keyId: Uint8Array
  /** What follows the key id. */
  bytes: Uint8Array
}

export interface Note {
  /** What is signed, with its last newline. */
  text: string
  signatures: NoteSignature[]
}

/** Base64 with padding (RFC 4648 section 4), as notes write it. */
export function bytesToBase64(bytes: Uint8Array): string {
  const text = bytesToBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Reverses {@link bytesToBase64}; null for any other spelling. */
export function base64ToBytes(text: string): Uint8Array | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = base64UrlToBytes(
    text
      .slice(0, text.length - padding)
      .replaceAll('+', '-')
      .replaceAll('/', '_'),
  )
  return bytes !== null && bytesToBase64(bytes) === text ? bytes : null
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return sha256(utf8ToBytes(name), Uint8Array.of(0x0a, type), publicKey).slice(0, KEY_ID_LENGTH)
}

/** Reads a note; null for what {@link writeNote} would not have written. */
export function readNote(written: string): Note | null {
  if (written.length > MAX_NOTE_CHARACTERS || !written.isWellFormed()) return null
  const split = written.lastIndexOf('\n\n')
  if (split < 1) return null
  const text = written.slice(0, split + 1)
  const lines = written.slice(split + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) return null
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const [, name = '', encoded = ''] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? []
    const blob = base64ToBytes(encoded)
    if (name === '' || blob === null || blob.length <= KEY_ID_LENGTH) return null
    signatures.push({ name, keyId: blob.slice(0, KEY_ID_LENGTH), bytes: blob.slice(KEY_ID_LENGTH) })
  }
  return { text, signatures }
}

export function writeNote({ text, signatures }: Note): string {
  const lines = signatures.map(
    ({ name, keyId, bytes }) => `\u2014 ${name} ${bytesToBase64(concatBytes(keyId, bytes))}\n`,
  )
  return `${text}\n${lines.join('')}`
}

/** The line of an Ed25519 signature over the text itself. */
export async function noteSignature(
  text: string,
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<NoteSignature> {
  return { name, keyId: keyIdOf(name, TYPE_ED25519, publicKey), bytes: await sign(utf8ToBytes(text)) }
}

/** Whether `publicKey` signed the note under `name`. */
export async function verifyNote(note: Note, name: string, publicKey: Uint8Array): Promise<boolean> {
  const keyId = keyIdOf(name, TYPE_ED25519, publicKey)
  const own = note.signatures.find((each) => each.name === name && equalBytes(each.keyId, keyId))
  return own !== undefined && own.bytes.length === SIGNATURE && verify(publicKey, utf8ToBytes(note.text), own.bytes)
}

function cosignedMessage(text: string, seconds: number): Uint8Array {
  return utf8ToBytes(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/** The line of a witness who has seen this checkpoint, and no other of this size, at `seconds` since 1970. */
export async function cosignature(
  text: string,
  name: string,
  publicKey: Uint8Array,
  seconds: number,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<NoteSignature> {
  const signature = await sign(cosignedMessage(text, seconds))
  const bytes = concatBytes(uint64ToBytes(seconds), signature)
  return { name, keyId: keyIdOf(name, TYPE_COSIGNATURE, publicKey), bytes }
}

/** The time (seconds since 1970) at which `publicKey` cosigned the note under `name`; null when it did not. */
export async function verifyCosignature(note: Note, name: string, publicKey: Uint8Array): Promise<number | null> {
  const keyId = keyIdOf(name, TYPE_COSIGNATURE, publicKey)
  const own = note.signatures.find((each) => each.name === name && equalBytes(each.keyId, keyId))
  if (own === undefined || own.bytes.length !== 8 + SIGNATURE) return null
  const seconds = new DataView(own.bytes.buffer, own.bytes.byteOffset).getBigUint64(0)
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) return null
  const message = cosignedMessage(note.text, Number(seconds))
  return (await verify(publicKey, message, own.bytes.slice(8))) ? Number(seconds) : null
}
