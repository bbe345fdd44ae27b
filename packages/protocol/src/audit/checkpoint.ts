/**
 * Signed heads of a vault's audit tree (A3), as C2SP checkpoints (https://c2sp.org/tlog-checkpoint): origin, size, root, and one
 * extension line with the server's time. The origin begins the signed text, so that it is the domain string of K3.
 */
import {
  bytesToBase64,
  base64ToBytes,
  readNote,
  verifyCosignature,
  verifyNote,
  type Note,
} from '../signed/signed-note.ts'
import { idText, textId } from '../base/ids.ts'
import { HASH_LENGTH } from '../base/limits.ts'

const ORIGIN = 'chartkeep/audit/v1/'
const DEVICE = 'chartkeep/device/v1/'

export interface Checkpoint {
  vault: Uint8Array
  size: number
  root: Uint8Array
  /** Milliseconds since 1970, by the server's clock. */
  time: number
  note: Note
}

/** The origin line, which is the name of the server's key in this note too. */
export function auditOrigin(vault: Uint8Array): string {
  return ORIGIN + idText(vault)
}

/** Under which name a device cosigns. */
export function deviceWitness(device: Uint8Array): string {
  return DEVICE + idText(device)
}

/** The text that is signed. */
export function checkpointText({ vault, size, root, time }: Omit<Checkpoint, 'note'>): string {
  return `${auditOrigin(vault)}\n${size}\n${bytesToBase64(root)}\ntime ${time}\n`
}

/** Reads a checkpoint; null for anything but the one spelling. Signatures are not checked. */
export function readCheckpoint(written: string): Checkpoint | null {
  const note = readNote(written)
  const lines = note?.text.split('\n') ?? []
  const [origin = '', size = '', encodedRoot = '', time = ''] = lines
  const vault = origin.startsWith(ORIGIN) ? textId(origin.slice(ORIGIN.length)) : null
  const root = base64ToBytes(encodedRoot)
  if (note === null || vault === null || root === null || root.length !== HASH_LENGTH) return null
  const checkpoint = { vault, size: Number(size), root, time: Number(time.slice('time '.length)), note }
  const fits = [checkpoint.size, checkpoint.time].every((number) => Number.isSafeInteger(number) && number >= 0)
  return fits && checkpointText(checkpoint) === note.text ? checkpoint : null
}

/** Whether the server whose key this is signed the checkpoint for its own vault. */
export function verifyCheckpoint(checkpoint: Checkpoint, serverKey: Uint8Array): Promise<boolean> {
  return verifyNote(checkpoint.note, auditOrigin(checkpoint.vault), serverKey)
}

/** When a device says that it has seen this head, in milliseconds since 1970; null when its signature is not there or does not hold. */
export async function cosignedBy(
  checkpoint: Checkpoint,
  device: { id: Uint8Array; sign: Uint8Array },
): Promise<number | null> {
  const seconds = await verifyCosignature(checkpoint.note, deviceWitness(device.id), device.sign)
  return seconds === null ? null : seconds * 1000
}
