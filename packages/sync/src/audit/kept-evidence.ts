/**
 * F1: the stored evidence against a server, for a person to see and as a JSON file to give away, so that anybody can examine it. The file
 * holds what the server signed or sent and the key that verifies it, which the server's operator has anyway; records in it stay sealed. The
 * server's own access log, as this device read it, is left out.
 */
import { bytesToHex, decodeCbor, isCborMap, utf8ToBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { textId } from '@chartkeep/protocol'
import type { EvidencePlace, EvidenceView } from '../contract/api.ts'
import type { Evidence } from '../account/evidence.ts'

/** By the first word of a row's key; any other key is a stream's id. */
const PLACES: Readonly<Record<string, EvidencePlace>> = {
  account: 'account',
  held: 'emergency',
  control: 'rights',
  audit: 'audit',
}

type Rows = ReadonlyMap<string, CborValue>

/** One piece of decoded evidence. */
interface Kept {
  place: EvidencePlace
  /** Id of the account, vault or stream concerned, in hexadecimal; '' for the chart that the rows belong to. */
  id: string
  fault: Evidence['fault']
  what: string
  serverKey: Uint8Array | null
  said: CborValue
}

type Json = number | string | boolean | null | Json[] | { [key: string]: Json }

/** From the rows of the account store or of a chart; `stopped` has the rows of stopped streams of earlier versions. */
function keptIn(rows: Rows, stopped: Rows = new Map()): Kept[] {
  const seen = new Set<string>()
  return [
    ...[...rows].map(readRow),
    ...[...stopped].map(([id, value]) => read(id, value as unknown as Evidence)),
  ].flatMap((kept) => {
    if (kept === null) return []
    const key = JSON.stringify([kept.place, kept.id, kept.fault, kept.what, plain(kept.said)])
    if (seen.has(key)) return []
    seen.add(key)
    return [kept]
  })
}

/** Null for a fault after which a person started the reading again (audit-rows.ts); its evidence is kept separately. */
function readRow([key, value]: [string, CborValue]): Kept | null {
  const row = value as unknown as Evidence
  if (typeof row.fault !== 'string') return null
  return read(key.slice(0, key.lastIndexOf(`.${row.fault}.${row.what}`)), row)
}

function read(about: string, { fault, what, evidence, serverKey }: Evidence): Kept | null {
  const [first = '', id = ''] = about.split('.')
  const named = PLACES[first]
  // A server that does not answer has signed nothing that could be shown.
  const decoded = evidence === null ? null : decodeCbor(evidence, Number.POSITIVE_INFINITY)
  if (decoded === null) return null
  const bytes = textId(named === undefined ? first : id)
  const shownId = bytes === null ? '' : bytesToHex(bytes)
  return { place: named ?? 'records', id: shownId, fault, what, serverKey: serverKey ?? null, said: decoded.value }
}

/** One line for each place and fault, forks first. */
export function evidenceViews(rows: Rows, stopped?: Rows): EvidenceView[] {
  const views = new Map<string, EvidenceView>()
  for (const { place, fault, said } of keptIn(rows, stopped)) {
    const known = views.get(`${place} ${fault}`)
    const signed = Math.max(known?.signed ?? 0, ...signedTimes(said))
    views.set(`${place} ${fault}`, {
      place,
      fault,
      count: (known?.count ?? 0) + 1,
      signed: signed === 0 ? null : signed,
    })
  }
  return [...views.values()].toSorted((a, b) => Number(b.fault === 'fork') - Number(a.fault === 'fork'))
}

/** The file: UTF-8 of JSON, bytes in hexadecimal. */
export function evidenceFile(rows: Rows, stopped?: Rows): Uint8Array {
  const kept = keptIn(rows, stopped).map(({ serverKey, said, ...row }) => ({
    ...row,
    serverKey: serverKey === null ? null : bytesToHex(serverKey),
    said: plain(said),
  }))
  return utf8ToBytes(`${JSON.stringify({ format: 'chartkeep-evidence', v: 1, kept }, null, 2)}\n`)
}

/** When the heads in the evidence were signed, milliseconds since 1970 by the server's clock. */
function signedTimes(said: CborValue): number[] {
  const { heads } = isCborMap(said) ? said : { heads: null }
  if (!Array.isArray(heads)) return []
  return heads.flatMap((head) => (isCborMap(head) && typeof head['time'] === 'number' ? [head['time']] : []))
}

function plain(value: CborValue): Json {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (isCborMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  return value
}
