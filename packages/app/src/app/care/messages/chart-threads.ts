/**
 * The threads of the chart in view, built in slices: a chart of many years has thousands, and each written or read message asks for them
 * again. The previous result is shown meanwhile; a chart's screens are mounted again with the chart.
 */
import { buildThreads, type CareEntry, type Thread, threadIn } from '@chartkeep/domain'
import { useMemo } from 'react'
import { useInSlices } from '../../hooks/use-in-slices.ts'
import { type CareReading, useCareReading, useCareSelf } from './care-chart.ts'

/** Entries between two looks at the clock. */
const AT_ONCE = 200

/** All of them, the last one first; undefined until they are built. */
export function useChartThreads(): readonly Thread[] | undefined {
  const { asked } = useCareSelf()
  const reading = useCareReading('messages')
  const steps = useMemo(() => reading && (() => chartThreads(reading, asked)), [reading, asked])
  return useInSlices(steps ?? null)
}

/** One of them, null where there is none, with the keys of what is in the chart; undefined until it is built. */
export function useChartThread(id: string): OneThread | undefined {
  const { asked } = useCareSelf()
  const reading = useCareReading('messages')
  const steps = useMemo(() => reading && (() => oneThread(reading, id, asked)), [reading, id, asked])
  return useInSlices(steps ?? null)
}

export interface OneThread {
  thread: Thread | null
  /** `inChart` of what was read. */
  rows: ReadonlyMap<string, string>
}

/** In short steps. `asked`: of {@link buildThreads}. */
export function* chartThreads(reading: CareReading, asked: string | null): Generator<void, Thread[]> {
  const { entries } = yield* reading()
  return yield* buildThreads(entries, asked)
}

/** The one thread of {@link chartThreads} with this id, put together without the others. */
export function* oneThread(reading: CareReading, id: string, asked: string | null): Generator<void, OneThread> {
  const { entries, inChart } = yield* reading()
  const own: CareEntry[] = []
  for (const [index, entry] of entries.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) yield
    if (threadIn(entry) === id) own.push(entry)
  }
  const threads = yield* buildThreads(own, asked)
  return { thread: threads.find((thread) => thread.id === id) ?? null, rows: inChart }
}
