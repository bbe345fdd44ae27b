/** What is read off a browser from outside: the bytes of its profile folder, its longest tasks, where its time goes. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ms, table } from '../support/report.ts'

/** The 25 functions with the greatest time of their own. */
export function hottest(profile: {
  nodes: { id: number; callFrame: { functionName: string; lineNumber: number } }[]
  samples?: number[]
  timeDeltas?: number[]
}): string {
  const nameById = new Map(
    profile.nodes.map(({ id, callFrame }) => [
      id,
      `${callFrame.functionName || '(anonymous)'}:${callFrame.lineNumber}`,
    ]),
  )
  const micros = new Map<string, number>()
  profile.samples?.forEach((id, index) => {
    const name = nameById.get(id) ?? ''
    micros.set(name, (micros.get(name) ?? 0) + (profile.timeDeltas?.[index] ?? 0))
  })
  const hot = [...micros].sort((a, b) => b[1] - a[1]).slice(0, 25)
  return table(
    ['function of the bundle', 'own ms'],
    hot.map(([name, total]) => [name, ms(total / 1000)]),
  )
}

/** What the profile folder keeps for the page: IndexedDB and local storage, whole files. */
export function bytesIn(folder: string): number {
  return ['IndexedDB', 'Local Storage', 'WebStorage']
    .map((name) => join(folder, 'Default', name))
    .flatMap((path) => {
      try {
        return readdirSync(path, { recursive: true, withFileTypes: true })
      } catch {
        return []
      }
    })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** The longest task of a page's main thread: by the clock, and by the processor time that it had. */
export interface LongestTask {
  wallMs: number
  /** What it would take at least on a machine where nothing else runs. */
  cpuMs: number
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  dur?: number
  tdur?: number
  args: { name?: string }
}

/** Does `work` and looks by a trace for the longest task that a page had meanwhile. Throws when the trace is hollow. */
export async function longestTaskDuring<T>(page: Page, work: () => Promise<T>): Promise<{ result: T } & LongestTask> {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel'], excludedCategories: ['*'] },
  })
  const result = await work()
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  await session.detach()
  const mainThreads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = events.filter(({ name, ph, pid, tid }) => {
    return ph === 'X' && name.endsWith('RunTask') && mainThreads.has(`${pid} ${tid}`)
  })
  if (!tasks.some(({ tdur = 0 }) => tdur > 0)) throw new Error('the trace holds no task of a page')
  return {
    result,
    wallMs: Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1000,
    cpuMs: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000,
  }
}
