/**
 * Wraps every answer that sends or stores sealed bytes, so that the access log notes it (A2): what it held, and no
 * content.
 */
import { decodeAs, idText, isSyncError, MAX_PULL_STREAMS, type SyncError } from '@chartkeep/protocol'
import type { AccessEntry, AccessKind } from '@chartkeep/protocol/audit'
import { ControlBody } from '@chartkeep/protocol/control'
import { DepartureBody, type Departure, type LateAnswer, type LatePage, type LatePost } from '@chartkeep/protocol/ended'
import type { ControlLogPage, ControlPost, FetchAnswer, FetchRequest, PullRequest } from '@chartkeep/protocol/messages'
import { BlobBody, type BlobLink, type BlobPost } from '@chartkeep/protocol/records'
import { decodeHeader, type Envelope, type StreamEntry } from '@chartkeep/protocol/streams'
import { askedBy, type AccessLog, type AccessNote, type Asking } from './access-log.ts'

type Streams = AccessEntry['streams']
interface Given {
  streams: Streams
  bytes: number
}

const NOTHING: Given = { streams: [], bytes: 0 }

/** The range of numbers that a run of entries covers; null if it is empty. */
function runOf(stream: Uint8Array, numbers: readonly number[]): Streams[number] | null {
  if (numbers.length === 0) return null
  return { stream, first: Math.min(...numbers), last: Math.max(...numbers), count: numbers.length }
}

function sizeOf(entries: readonly Pick<StreamEntry, 'header' | 'body'>[]): number {
  return entries.reduce((sum, { header, body }) => sum + header.length + (body?.length ?? 0), 0)
}

function given(pages: readonly { stream: Uint8Array; entries: readonly StreamEntry[] }[]): Given {
  return {
    streams: pages.flatMap(
      ({ stream, entries }) =>
        runOf(
          stream,
          entries.map(({ n }) => n),
        ) ?? [],
    ),
    bytes: pages.reduce((sum, { entries }) => sum + sizeOf(entries), 0),
  }
}

export function fetched({ stream }: FetchRequest, { entries }: FetchAnswer): Given {
  return given([{ stream, entries }])
}

export function controlRead(vault: Uint8Array, { entries }: ControlLogPage): Given {
  const numbers = entries.flatMap(({ body }) => decodeAs(ControlBody, body)?.n ?? [])
  const bytes = entries.reduce(
    (sum, { body, parts }) =>
      sum + parts.reduce((all, { open, wrap }) => all + (open?.length ?? 0) + (wrap?.length ?? 0), body.length),
    0,
  )
  return { streams: [runOf(vault, numbers) ?? []].flat(), bytes }
}

export function controlWritten(vault: Uint8Array, { entries }: ControlPost): Given {
  return controlRead(vault, { entries } as ControlLogPage)
}

/**
 * What the server stored in the quarantine inbox (C11), by stream. Without numbers, because a quarantined envelope has
 * none.
 */
export function handedIn({ envelopes }: LatePost, { taken }: LateAnswer): Given {
  return lateOf(envelopes.slice(0, taken.length))
}

export function lateRead({ items }: LatePage): Given {
  return lateOf(items.map(({ envelope }) => envelope))
}

function lateOf(envelopes: readonly Envelope[]): Given {
  const counts = new Map<string, Streams[number]>()
  for (const { header } of envelopes) {
    const stream = decodeHeader(header)!.stream
    const known = counts.get(idText(stream)) ?? { stream, first: 0, last: 0, count: 0 }
    counts.set(idText(stream), { ...known, count: known.count + 1 })
  }
  return { streams: [...counts.values()].slice(0, MAX_PULL_STREAMS), bytes: sizeOf(envelopes) }
}

/** A device's statement that it deleted its copy (C10), noted at the position of the control log that it names. */
export function departed(vault: Uint8Array, { body }: Departure): Given {
  return saidAt(vault, decodeAs(DepartureBody, body)?.control.n ?? 0, body)
}

/** What a device signed at a position of the control log: a departure or an opening (C13). */
export function saidAt(vault: Uint8Array, n: number, body: Uint8Array): Given {
  return { streams: [{ stream: vault, first: n, last: n, count: 1 }], bytes: body.length }
}

export function chunkAt({ stream }: Pick<BlobLink, 'stream'>, index: number, chunk: Uint8Array): Given {
  return { streams: [{ stream, first: index, last: index, count: 1 }], bytes: chunk.length }
}

/** The first chunk of an upload; an upload that began without one has sent nothing yet. */
export function firstChunk({ statement, first }: BlobPost): Given {
  const body = decodeAs(BlobBody, statement.body)
  return body === null || first === null ? NOTHING : chunkAt(body, 0, first)
}

/** The blob named by a post, for the note of its refusal. */
export function blobNamed({ statement }: BlobPost): { blob?: Uint8Array } {
  const body = decodeAs(BlobBody, statement.body)
  return body === null ? {} : { blob: body.blob }
}

/** An answer that only says where something is gives nothing; the transfer itself is noted. */
export function nothingGiven(): Given {
  return NOTHING
}

/** The streams that a pull asked for, for the note of its refusal. */
export function asked({ streams }: PullRequest): Streams {
  return streams.map(({ stream, after }) => ({ stream, first: after + 1, last: after + 1, count: 0 }))
}

/**
 * Notes the answer once it exists, unless it is empty or the server is being reseeded and accepts nothing yet (S9):
 * the device then asks again. `wanted`: what was asked for, to note a refusal.
 */
export async function noting<T>(
  log: AccessLog,
  session: Asking,
  at: { vault: Uint8Array; kind: AccessKind; blob?: Uint8Array; wanted?: Streams },
  answer: Promise<T | SyncError>,
  read: (value: T) => Given,
): Promise<T | SyncError> {
  // The session's next request may come from another address before this one is answered.
  const by = askedBy(session)
  const value = await answer
  const refused = isSyncError(value)
  const { streams, bytes } = refused ? { ...NOTHING, streams: at.wanted ?? [] } : read(value as T)
  if (refused ? value.error === 'refilling' : streams.length === 0) return value
  const note: AccessNote = { kind: at.kind, outcome: refused ? value.error : 'ok', streams, bytes }
  log.noted(by, at.vault, at.blob === undefined ? note : { ...note, blob: at.blob })
  return value
}
