/**
 * The address of a sealed file (B1) as one text: stream, blob, key, root, size and chunk count. It exists only inside a sealed record: as
 * the `url` of an attachment that this app wrote, or in place of inline `data` from an import (inline-files.ts).
 */
import { CHUNK_SIZE, padmeLength } from '@chartkeep/crypto'
import { base64UrlToBytes, bytesToBase64Url } from '@chartkeep/crypto/encoding'
import { textId } from '@chartkeep/protocol'

const SCHEME = 'chartkeep-file:'

export interface FileAddress {
  stream: string
  blob: string
  key: Uint8Array
  root: Uint8Array
  size: number
  total: number
}

export function writeAddress({ stream, blob, key, root, size, total }: FileAddress): string {
  return [stream, blob, bytesToBase64Url(key), bytesToBase64Url(root), size, total].join('.')
}

const COUNT = /^\d{1,10}$/
/** The largest file whose length and chunk count the format can say. */
const MAX_FILE_BYTES = 0xffffffff - 4

/** Reverses {@link writeAddress}; null for anything else. */
export function readAddress(text: string): FileAddress | null {
  const [stream = '', blob = '', keyText = '', rootText = '', size = '', total = '', ...rest] = text.split('.')
  const [key, root] = [base64UrlToBytes(keyText), base64UrlToBytes(rootText)]
  if (rest.length > 0 || !COUNT.test(size) || !COUNT.test(total) || Number(size) > MAX_FILE_BYTES) return null
  const numbers = [Number(size), Number(total)]
  // The author cannot claim more chunks than a file of this size has.
  if (numbers[1] !== chunksOf(numbers[0]!)) return null
  const sound = textId(stream) !== null && textId(blob) !== null && key?.length === 32 && root?.length === 32
  if (!sound) return null
  return { stream, blob, key: key!, root: root!, size: numbers[0]!, total: numbers[1]! }
}

/** The `url` of an attachment. */
export function addressUrl(address: FileAddress): string {
  return `${SCHEME}${writeAddress(address)}`
}

/** Reverses {@link addressUrl}; null for any other url. */
export function urlAddress(url: string): FileAddress | null {
  return url.startsWith(SCHEME) ? readAddress(url.slice(SCHEME.length)) : null
}

/** Chunks of a file of `size` bytes, padding included. */
export function chunksOf(size: number): number {
  return Math.max(1, Math.ceil(padmeLength(size + 4) / CHUNK_SIZE))
}
