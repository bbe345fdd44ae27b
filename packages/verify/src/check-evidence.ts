/**
 * What a saved file of evidence proves (F1): JSON with what a server said against itself. Nothing in it is believed but heads under the server's
 * signature; whose key that is is for the reader to say (report-evidence.ts).
 */
import { bytesToHex, hexToBytes } from '@chartkeep/crypto/encoding'
import { readCheckpoint, verifyCheckpoint } from '@chartkeep/protocol/audit'
import { verifyHead } from '@chartkeep/protocol/streams'

/** More than eight items of each kind can take. The app never writes a larger file. */
const MAX_FILE_BYTES = 64 * 2 ** 20
/** No item holds more than two heads, and no file of the app so many. A file that repeats one head would take days to check. */
const MOST_HEADS = 16
const MOST_HEADS_IN_ALL = 4096

/** A head that the server signed: of the log or stream `id`, `n` entries, with the hash `h` over all of them. */
export interface EvidenceHead {
  kind: 'stream' | 'control' | 'account' | 'audit'
  /** Hexadecimal. */
  id: string
  n: number
  /** Hexadecimal. */
  h: string
  /** Milliseconds since 1970, by the server's clock. */
  time: number
}

/**
 * `two-histories`: it signed two hashes for one number of entries, which cannot both be true. `older`: it signed fewer entries after more.
 * `nothing`: heads that hold, if any, and do not contradict each other by themselves.
 */
export type EvidenceProof = 'two-histories' | 'older' | 'nothing'

export interface EvidenceItem {
  place: string
  proof: EvidenceProof
  /** 32 bytes; null where the file does not say. */
  serverKey: Uint8Array | null
  /** Those that hold; where it proves something, the two that do. */
  heads: EvidenceHead[]
}

export type EvidenceVerdict = { type: 'read'; items: EvidenceItem[] } | { type: 'refused' }

type Fields = Record<string, unknown>

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function bytesAt(value: unknown, length: number): Uint8Array | null {
  const bytes = typeof value === 'string' ? hexToBytes(value) : null
  return bytes?.length === length ? bytes : null
}

function contentOf(encoded: Uint8Array): Fields | null {
  if (encoded.length > MAX_FILE_BYTES) return null
  try {
    return fieldsOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(encoded)))
  } catch {
    return null
  }
}

/** Whether the bytes say of themselves that they are such a file. */
export function isEvidenceFile(encoded: Uint8Array): boolean {
  return contentOf(encoded)?.['format'] === 'chartkeep-evidence'
}

/** Checks the bytes of such a file; never throws for what a file can hold. */
export async function checkEvidence(encoded: Uint8Array): Promise<EvidenceVerdict> {
  const content = contentOf(encoded)
  const kept = content?.['kept']
  if (content?.['format'] !== 'chartkeep-evidence' || content['v'] !== 1 || !Array.isArray(kept))
    return { type: 'refused' }
  const items: EvidenceItem[] = []
  let count = 0
  for (const each of kept as unknown[]) {
    const fields = fieldsOf(each)
    const place = fields?.['place']
    if (typeof place !== 'string') return { type: 'refused' }
    const serverKey = bytesAt(fields?.['serverKey'], 32)
    const said = fieldsOf(fields?.['said'])?.['heads']
    const heads: EvidenceHead[] = []
    if (Array.isArray(said)) count += said.length
    if (Array.isArray(said) && (said.length > MOST_HEADS || count > MOST_HEADS_IN_ALL)) return { type: 'refused' }
    for (const head of Array.isArray(said) && serverKey !== null ? (said as unknown[]) : []) {
      const read =
        typeof head === 'string' ? await checkpointHead(head, serverKey!) : await signedHead(head, serverKey!)
      if (read !== null) heads.push(read)
    }
    items.push({ place, serverKey, ...provedBy(heads) })
  }
  return { type: 'read', items }
}

async function signedHead(value: unknown, serverKey: Uint8Array): Promise<EvidenceHead | null> {
  const fields = fieldsOf(value)
  const kind = (['stream', 'control', 'account'] as const).find((each) => each === fields?.['kind'])
  const [id, h, signature] = [
    bytesAt(fields?.['id'], 16),
    bytesAt(fields?.['h'], 32),
    bytesAt(fields?.['signature'], 64),
  ]
  const [n, time] = [fields?.['n'], fields?.['time']]
  if (kind === undefined || id === null || h === null || signature === null) return null
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(time) || Number(n) < 0 || Number(time) < 0) return null
  const head = { kind, id, n: Number(n), h, time: Number(time), signature }
  if (!(await verifyHead(head, serverKey))) return null
  return { kind, id: bytesToHex(id), n: head.n, h: bytesToHex(h), time: head.time }
}

/** A head of the audit tree, as a signed note (A3). */
async function checkpointHead(text: string, serverKey: Uint8Array): Promise<EvidenceHead | null> {
  const checkpoint = readCheckpoint(text)
  if (checkpoint === null || !(await verifyCheckpoint(checkpoint, serverKey))) return null
  const { vault, size, root, time } = checkpoint
  return { kind: 'audit', id: bytesToHex(vault), n: size, h: bytesToHex(root), time }
}

function provedBy(heads: EvidenceHead[]): { proof: EvidenceProof; heads: EvidenceHead[] } {
  const pairs = heads.flatMap((one, at) =>
    heads
      .slice(at + 1)
      .flatMap((other) => (one.kind === other.kind && one.id === other.id ? [[one, other] as const] : [])),
  )
  const two = pairs.find(([one, other]) => one.n === other.n && one.h !== other.h)
  if (two !== undefined) return { proof: 'two-histories', heads: [...two] }
  const back = pairs
    .map(([one, other]) => (one.time <= other.time ? ([one, other] as const) : ([other, one] as const)))
    .find(([before, after]) => before.time < after.time && before.n > after.n)
  return back === undefined ? { proof: 'nothing', heads } : { proof: 'older', heads: [...back] }
}
