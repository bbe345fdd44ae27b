/** The tasks of a page's main thread, read off a trace of the browser from outside: by the clock, and by the processor time that they had. */
import type { Page } from 'playwright-core'

/** The longest task of a page's main thread: by the clock, and by the processor time that it had. */
export interface LongestTask {
  wallMs: number
  /** What it would take at least on a machine where nothing else runs. */
  cpuMs: number
  /** Processor time of all tasks together. */
  allCpuMs: number
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
  const context = page.context()
  const session = (await context.browser()?.newBrowserCDPSession()) ?? (await context.newCDPSession(page))
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
    allCpuMs: tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000,
  }
}
