/** What a proof says, in plain words, and whose word it is: fingerprints, and which of them the reader trusts. */
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { AccessKind } from '@chartkeep/protocol/audit'
import type { Proved, ProofVerdict, RefusedProof } from './check-proof.ts'

export interface Fingerprint {
  role: 'server' | 'author' | 'witness'
  /** Lower-case hex, in groups of four as people compare it. */
  text: string
  trusted: boolean
  /** Whether the proof rests on it: the server always, the author of an entry; a witness only adds to it. */
  needed: boolean
}

/** 0: holds, and everybody that it rests on was named as trusted. 1: does not hold. 2: holds, under keys that were not named. */
export type ExitCode = 0 | 1 | 2

export interface Report {
  text: string
  code: ExitCode
}

/** A fingerprint without what people put between its digits. */
export function plainHex(text: string): string {
  return text.replaceAll(/[\s:-]/g, '').toLowerCase()
}

/** Hex in groups of four, as people compare it. */
export function groups(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(' ') ?? ''
}

/** Whose keys a proof rests on. A server is known by the first 16 hex digits of the SHA-256 of its key, or by all 64; an account by its 32. */
export function fingerprintsOf(proof: Proved, trust: readonly string[]): Fingerprint[] {
  const named = new Set(trust.map(plainHex))
  const server = bytesToHex(sha256(proof.serverKey))
  const short = server.slice(0, 16)
  const found: Fingerprint[] = [
    { role: 'server', text: groups(short), trusted: named.has(short) || named.has(server), needed: true },
  ]
  const account = (role: Fingerprint['role'], id: Uint8Array, needed: boolean): Fingerprint => {
    const hex = bytesToHex(id)
    return { role, text: groups(hex), trusted: named.has(hex), needed }
  }
  if (proof.subject.type === 'entry') found.push(account('author', proof.subject.header.account, true))
  const people = new Map(proof.witnesses.map((witness) => [bytesToHex(witness.account), witness.account]))
  return [...found, ...[...people.values()].map((id) => account('witness', id, false))]
}

const WHY: Record<RefusedProof['reason'], string> = {
  form: 'This is not a proof file of Chartkeep, or it was changed or cut off.',
  checkpoint: 'The signed head in it is not a head of this chart.',
  'server-signature': "The server's signature on the head does not hold.",
  envelope: "The entry's header cannot be read, or belongs to another chart.",
  opening: 'The entry does not open with the key that comes with it.',
  inner: 'What is sealed inside the entry is not the record that its header names.',
  author: 'The account log does not show the device that signed as one of that account at that time.',
  'author-signature': "The device's signature on the entry does not hold.",
  note: "The server's note cannot be read, or belongs to another chart.",
  tree: 'The entry does not stand in the log under the head that the server signed.',
  witness: 'A signature of a witness does not hold, or nobody stands behind it.',
}

const DID: Record<AccessKind, string> = {
  pull: 'asked for entries',
  bodies: 'asked for the text of entries',
  push: 'sent entries',
  'control-read': 'read who may see the chart',
  'control-write': 'changed who may see the chart',
  'chunk-read': 'asked for a piece of a file',
  'chunk-write': 'sent a piece of a file',
  'late-write': 'sent entries after the end of a share',
  'late-read': 'asked for what arrived after the end of a share',
  departure: 'reported that a copy was removed',
  emergency: 'opened the chart in an emergency',
}

/** The report of a verdict. `trust`: fingerprints that the reader named. */
export function reportOf(verdict: ProofVerdict, trust: readonly string[]): Report {
  if (verdict.type === 'refused')
    return { code: 1, text: `DOES NOT HOLD\n\n${WHY[verdict.reason]}\nIt proves nothing.\n` }
  const fingerprints = fingerprintsOf(verdict, trust)
  const missing = fingerprints.filter(({ needed, trusted }) => needed && !trusted)
  const { checkpoint, subject } = verdict
  const lines = [
    missing.length === 0 ? 'HOLDS' : 'HOLDS, under keys that you have not named as trusted',
    '',
    ...(subject.type === 'entry' ? entryLines(subject) : noteLines(subject.entry)),
    '',
    'What the server signed',
    `  A log of ${checkpoint.size} entries, in which this is number ${verdict.index + 1}.`,
    `  Head signed at ${instant(checkpoint.time)} by the server's clock: the entry was there by then.`,
    `  Chart: ${groups(bytesToHex(verdict.vault))}`,
    ...witnessLines(verdict),
    '',
    'Whose keys',
    ...fingerprints.map(
      ({ role, text, trusted }) =>
        `  ${NAMES[role]}: ${text}  ${trusted ? '(you trust it)' : '(NOT among those you named)'}`,
    ),
    ...(missing.length === 0
      ? []
      : [
          '',
          'Compare these fingerprints with those that you got from the people themselves, then name them:',
          `  --trust "${missing.map(({ text }) => text).join('" --trust "')}"`,
        ]),
  ]
  return { code: missing.length === 0 ? 0 : 2, text: `${lines.join('\n')}\n` }
}

const NAMES: Record<Fingerprint['role'], string> = {
  server: 'Server',
  author: 'Account of the author',
  witness: 'Account of a witness',
}

function entryLines({ header, resource, savedAt, n }: Extract<Proved['subject'], { type: 'entry' }>): string[] {
  return [
    'What it proves: a device wrote this entry into an audit log, and it was not changed since.',
    `  Account: ${groups(bytesToHex(header.account))}`,
    `  Device: ${groups(bytesToHex(header.device))}`,
    `  Written at ${instant(savedAt)} by that device's clock`,
    `  Log: ${groups(bytesToHex(header.stream))}, number ${n}; record ${groups(bytesToHex(header.doc))}`,
    '  What it says, word for word:',
    ...textLines(resource),
  ]
}

/** A record's text, each line within its place: none of them can pass for a line of the report. */
export function textLines(json: string): string[] {
  return indented(json)
    .split('\n')
    .map((line) => `    ${shown(line)}`)
}

function noteLines(entry: Extract<Proved['subject'], { type: 'access' }>['entry']): string[] {
  const outcome = entry.outcome === 'ok' ? 'and got an answer' : `and was refused (${shown(entry.outcome)})`
  return [
    "What it proves: the server wrote this note into the chart's access log, and it was not changed since.",
    `  Account ${groups(bytesToHex(entry.account))}`,
    `  on device ${groups(bytesToHex(entry.device))}`,
    `  from the network address ${shown(entry.address) || 'that was not seen'}`,
    `  ${didOf(entry.kind)} ${outcome}, at ${instant(entry.time)} by the server's clock.`,
    `  Note number ${entry.n}; ${entry.bytes} sealed bytes went over.`,
    ...entry.streams.map(
      ({ stream, first, last, count }) =>
        `  Log ${groups(bytesToHex(stream))}: numbers ${first} to ${last} (${count} entries)`,
    ),
  ]
}

/** A word of a newer server is shown as it is. */
function didOf(kind: string): string {
  return Object.hasOwn(DID, kind) ? DID[kind as AccessKind] : `asked for something else (${shown(kind)})`
}

function witnessLines({ witnesses }: Proved): string[] {
  return witnesses.map(
    ({ account, device, at }) =>
      `  Device ${groups(bytesToHex(device))} of account ${groups(bytesToHex(account))} saw the same head at ${instant(at)}.`,
  )
}

/** A moment in milliseconds since 1970, in UTC. */
export function instant(ms: number): string {
  const moment = new Date(ms)
  return Number.isNaN(moment.getTime()) ? 'an impossible time' : moment.toISOString()
}

/** Deeper values are printed at this depth: a text can open half a million lists. */
const DEEPEST = 32

/** JSON text with line breaks between its parts, and not a character of them changed: 1.10 stays 1.10. What is no JSON stays as it is. */
export function indented(json: string): string {
  try {
    JSON.parse(json)
  } catch {
    return json
  }
  let depth = 0
  const line = () => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`
  const parts = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gu) ?? []
  return parts.reduce((text, part) => {
    if (part === '{' || part === '[') {
      depth++
      return text + part + line()
    }
    if (part === '}' || part === ']') {
      depth--
      return text + line() + part
    }
    if (part === ',') return text + part + line()
    return text + (part === ':' ? ': ' : part)
  }, '')
}

/** A line of others for a terminal: control and direction characters as escapes, so that nothing is hidden or moved, and no line is added. */
export function shown(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
