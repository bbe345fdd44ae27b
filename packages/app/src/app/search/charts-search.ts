/**
 * Search in many charts, one after the other: a chart is opened, looked through and let go, so that 300 of them are never in memory together.
 * Opening is recorded as any other (A1).
 */
import { foldText, isSignature, otherNames, queryWords } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'

export interface ChartHits {
  slot: string
  count: number
  /** The newest, a few of them. */
  shown: ChartRecord[]
}

export interface ChartsProgress {
  done: number
  all: number
  /** Charts that did not open. */
  leftOut: number
  hits: ChartHits[]
}

const SHOWN_HITS = 3
/** So many records are looked at in one turn. */
const TURN = 400

/** Yields after each chart; ends early when `signal` says so. Charts without a hit are counted alone. */
export async function* searchCharts(
  slots: readonly string[],
  query: string,
  open: (slot: string) => Promise<Chart | null>,
  signal: AbortSignal,
): AsyncGenerator<ChartsProgress, void> {
  const wanted = queryWords(query)
  const names = new Map<string, string>()
  const hits: ChartHits[] = []
  let [done, leftOut] = [0, 0]
  for (const slot of wanted.length === 0 ? [] : slots) {
    if (signal.aborted) return
    const chart = await open(slot).catch(() => null)
    if (chart === null) leftOut += 1
    else {
      const release = chart.hold()
      try {
        const found = await hitsOf(chart, slot, wanted, names, signal)
        if (found.count > 0) hits.push(found)
      } finally {
        release()
      }
    }
    done += 1
    yield { done, all: slots.length, leftOut, hits: [...hits] }
  }
}

async function hitsOf(
  chart: Chart,
  slot: string,
  wanted: readonly string[],
  names: Map<string, string>,
  signal: AbortSignal,
): Promise<ChartHits> {
  const shown: ChartRecord[] = []
  let count = 0
  for (const [at, id] of chart.recordIds().entries()) {
    // A page that searches still answers to its person.
    if (at % TURN === TURN - 1) await new Promise((resolve) => setTimeout(resolve, 0))
    if (signal.aborted) break
    const record = chart.recordNow(id)
    if (record === null || record.status === 'error' || isSignature(record)) continue
    const { title } = record
    const also = names.get(title) ?? foldText(otherNames(title))
    names.set(title, also)
    const text = foldText(`${title} ${record.text} ${record.date}`)
    if (!wanted.every((word) => text.includes(word) || also.includes(word))) continue
    count += 1
    if (shown.length < SHOWN_HITS) shown.push(record)
  }
  return { slot, count, shown }
}
