/**
 * Undoes a whole import: its records go to the trash, in batches, each one durable entry with its audit-log entry. After a crash the
 * remaining records are found again by their import source.
 */
import { importSourceOf, undoPlan, type UndoPlan } from '@chartkeep/domain'
import type { ChartRecord, FileWatch, UndoOutcome } from '../contract/api.ts'
import type { ChartViews } from './chart-views.ts'
import type { ChartWriter } from './chart-writer.ts'

/** A batch delays what the person saves meanwhile. */
const BATCH = 100

/** Which records would go now, and which would stay. */
export function planUndo(views: ChartViews, id: string): UndoPlan<ChartRecord> {
  return undoPlan(
    views.rows().map((row) => views.record(row)),
    id,
  )
}

export async function undoImport(
  views: ChartViews,
  writer: Pick<ChartWriter, 'undoBatch'>,
  id: string,
  { signal, onProgress }: FileWatch = {},
): Promise<UndoOutcome> {
  const { goes } = planUndo(views, id)
  const name = importSourceOf(goes[0]?.importSource ?? '')?.name ?? ''
  let undone = 0
  for (let start = 0; start < goes.length; start += BATCH) {
    if (signal?.aborted === true) return { end: 'stopped', undone }
    const outcome = await writer.undoBatch(goes.slice(start, start + BATCH), name)
    if (outcome.type === 'full') return { end: 'full', undone }
    undone += outcome.undone
    onProgress?.(Math.min(start + BATCH, goes.length), goes.length)
  }
  return { end: planUndo(views, id).goes.length > 0 ? 'no-right' : 'done', undone }
}
