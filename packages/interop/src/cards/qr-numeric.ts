/**
 * The text of a SMART Health Card's QR code: `shc:/` and pairs of digits, each the code of a character less 45; older cards
 * issued before December 2022 can come in several codes, `shc:/1/3/…`. https://spec.smarthealth.cards/#encoding-chunks-as-qr-codes
 */
import type { CardFault } from './card-faults.ts'

/** One QR code, read. `index` and `count` are 1 of 1 for a card in one code. */
export interface CardChunk {
  index: number
  count: number
  /** Piece of the compact JWS. */
  text: string
  faults: CardFault[]
}

/** Longest JWS in one code (version 22), and longest piece in each of several. */
const ONE_CODE = 1195
const ONE_CHUNK = 1191
const MOST_CHUNKS = 100
const MOST_DIGITS = 2 * 256 * 1024
/** `z`, the last letter of base64url, less 45. */
const LAST_PAIR = 77

/** Reads the text of one code. The fault that makes it unreadable, or the piece with its oddities. */
export function readCardCode(written: string): CardChunk | CardFault {
  const text = written.trim()
  const faults: CardFault[] = text === written ? [] : ['surrounding-space']
  const found = /^shc:\/(?:(\d{1,4})\/(\d{1,4})\/)?(\d*)$/iu.exec(text)
  if (found === null) return 'not-a-card'
  const digits = found[3]!
  const inChunks = found[1] !== undefined
  const [index, count] = inChunks ? [Number(found[1]), Number(found[2])] : [1, 1]
  if (digits === '') return 'not-a-card'
  if (digits.length > MOST_DIGITS) return 'too-large'
  if (digits.length % 2 === 1) return 'numeric-odd'
  if (index < 1 || index > count || count > MOST_CHUNKS) return 'chunk-index'
  const codes = new Uint8Array(digits.length / 2)
  for (let at = 0; at < codes.length; at++) {
    const pair = (digits.charCodeAt(2 * at) - 48) * 10 + digits.charCodeAt(2 * at + 1) - 48
    if (pair > LAST_PAIR) return 'numeric-range'
    codes[at] = pair + 45
  }
  if (inChunks && count === 1) faults.push('chunk-single')
  if (codes.length > (inChunks ? ONE_CHUNK : ONE_CODE))
    faults.push(inChunks ? 'chunk-too-long' : 'too-long-for-one-code')
  return { index, count, text: new TextDecoder('latin1').decode(codes), faults }
}

/** What several codes, in any order, come to: a whole JWS, the codes still wanted, or why they do not belong together. */
export type Collected =
  | { type: 'whole'; jws: string; faults: CardFault[] }
  | { type: 'waiting'; have: number[]; count: number; faults: CardFault[] }
  | { type: 'fault'; fault: CardFault }

/** Puts the pieces of one card together. The same code twice is one. */
export function collectChunks(chunks: readonly CardChunk[]): Collected {
  const count = chunks[0]?.count ?? 0
  const pieces = new Map<number, string>()
  for (const chunk of chunks) {
    const before = pieces.get(chunk.index)
    if (chunk.count !== count || (before !== undefined && before !== chunk.text))
      return { type: 'fault', fault: 'chunk-other-card' }
    pieces.set(chunk.index, chunk.text)
  }
  const have = [...pieces.keys()].sort((a, b) => a - b)
  const faults = [...new Set(chunks.flatMap((chunk) => chunk.faults))]
  if (have.length === 0 || have.length < count) return { type: 'waiting', have, count, faults }
  return { type: 'whole', jws: have.map((index) => pieces.get(index)!).join(''), faults }
}

/** The text for one QR code; null for a JWS that does not fit into one. */
export function cardCodeOf(jws: string): string | null {
  if (jws.length > ONE_CODE) return null
  let digits = 'shc:/'
  for (const letter of jws) digits += String(letter.charCodeAt(0) - 45).padStart(2, '0')
  return digits
}
