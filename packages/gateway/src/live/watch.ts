/**
 * Live queries (W30 to W35): the set of a search, followed. Events are noted as reads before they go out, come in the order of the log, and end
 * with the grant.
 */
import type { Row, View } from '../access/view.ts'
import { GatewayError } from '../errors.ts'
import { resourceText } from '../fhir/faces.ts'
import { listsOf } from '../fhir/read.ts'
import type { SearchQuery } from '../search/parse.ts'
import { meets, runSearch } from '../search/run.ts'

export type EndReason = 'revoked' | 'expired' | 'closing' | 'slow'

export type LiveEvent =
  { event: 'ready'; data: string } | { event: 'change'; data: string } | { event: 'end'; data: string }

export interface WatchInput {
  view: View
  query: SearchQuery
  /** Sends the present set first. */
  initial: boolean
  /** Sends one event; false where the reader is too slow, and the watch ends. */
  send(event: LiveEvent): boolean
  /** Called once, after the last event. */
  ended(): void
}

/** Starts a watch; the answer stops it. Rejects where the view does not allow it now. */
export async function watch({ view, query, initial, send, ended }: WatchInput): Promise<(reason: EndReason) => void> {
  await view.note(listsOf(view, query.type))
  let isOver = false
  let lane: Promise<void> = Promise.resolve()
  const members = new Set(runSearch(view, query).rows.map(({ recordId }) => recordId))
  const end = (reason: EndReason) => {
    if (isOver) return
    isOver = true
    written.unsubscribe()
    grants.unsubscribe()
    clearInterval(clock)
    send({ event: 'end', data: JSON.stringify({ reason }) })
    ended()
  }
  const isAllowed = (): boolean => {
    try {
      view.check()
      return true
    } catch (error) {
      end(error instanceof GatewayError && error.code === 'grant-ended' ? 'revoked' : 'closing')
      return false
    }
  }
  const emit = (event: LiveEvent) => {
    if (!isOver && !send(event)) end('slow')
  }
  const change = async (recordId: string): Promise<void> => {
    if (isOver || !isAllowed()) return
    const row = view.rowOf(recordId)
    const was = members.has(recordId)
    if (row === null || !meets(view, query, row)) {
      if (!members.delete(recordId)) return
      emit({ event: 'change', data: JSON.stringify({ op: 'leave', id: idOf(recordId) }) })
      return
    }
    members.add(recordId)
    await tell(row, was ? 'update' : 'enter')
  }
  const tell = async (row: Row, op: 'enter' | 'update') => {
    try {
      const owner = await view.note([row.collection])
      if (isOver || !isAllowed()) return
      const text = resourceText(view, row)
      view.read(owner, [row])
      emit({ event: 'change', data: `{"op":"${op}","id":"${row.id}","resource":${text}}` })
    } catch (error) {
      end(error instanceof GatewayError && error.code === 'grant-ended' ? 'revoked' : 'closing')
    }
  }
  const written = view.written$.subscribe({
    next: (ids) => {
      for (const id of ids) lane = lane.then(() => change(id))
    },
    complete: () => end('revoked'),
  })
  // An end by the clock has no entry in a log.
  const clock = setInterval(isAllowed, 500)
  clock.unref()
  const grants = view.ownGrants$.subscribe(isAllowed)
  if (!isOver) emit({ event: 'ready', data: JSON.stringify({ count: members.size }) })
  if (initial)
    for (const recordId of members)
      lane = lane.then(async () => {
        const row = view.rowOf(recordId)
        if (row !== null && !isOver) await tell(row, 'enter')
      })
  return end
}

/** The hexadecimal name in the id of a record, which ends with its own. */
function idOf(recordId: string): string {
  return Buffer.from(recordId.slice(recordId.indexOf('.') + 1), 'base64url').toString('hex')
}
