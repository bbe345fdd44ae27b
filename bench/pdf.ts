/**
 * `npm run bench -- pdf [--pages 100] [--rounds 3] [--write]`: opening a PDF in the app's viewer and walking through all of its pages by key: how
 * long the page's own thread is ever held, drawn by a worker and, in the same run, drawn by that thread. From Chromium's trace, in processor
 * time of the thread, so that a busy machine does not count.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { chromium as chromiumFile, chromiumFlags } from '../scripts/browser.mjs'
import { repository } from '../scripts/pinned-node.mjs'
import { pdfOf } from '../test/support/document-files.ts'
import type { PdfPageApi } from './pdf/page.ts'
import { barTable, median, ms, print, provenance, table, times, writeToDocs } from './support/report.ts'

declare const window: { api: PdfPageApi; ready?: boolean }

const { values: options } = parseArgs({
  options: {
    pages: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const [pages, rounds] = [Number(options.pages), Number(options.rounds)]
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-pdf-'))

/** The page, with the app's own way of packing what PDFs need. */
async function builtPage(): Promise<string> {
  const root = join(repository, 'bench/.pdf-page')
  const out = join(folder, 'page')
  mkdirSync(root, { recursive: true })
  try {
    writeFileSync(
      join(root, 'index.html'),
      '<!doctype html><html lang="en"><title>pdf</title><body><div id="root"></div><script type="module" src="../pdf/page.ts"></script></body></html>',
    )
    const { default: app } = (await import(pathToFileURL(join(repository, 'packages/app/vite.config.ts')).href)) as {
      default: { plugins: { name?: string }[] }
    }
    const plugins = app.plugins.flat().filter((plugin) => plugin.name !== 'chartkeep-precache-list')
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: plugins as never,
      worker: { format: 'es' },
      build: { outDir: out, emptyOutDir: true, target: 'es2022' },
    })
    return out
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

interface Figures {
  /** The longest task of the page's thread, in processor ms. */
  longest: number
  /** All of its tasks. */
  all: number
  over200: number
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  tdur?: number
  args?: { name?: string }
}

function figuresOf(trace: Buffer): Figures {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const tasks = traceEvents.filter(({ name, tdur }) => name === 'RunTask' && tdur !== undefined)
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const own = tasks.filter(({ pid, tid }) => mains.has(`${pid} ${tid}`)).map(({ tdur }) => tdur! / 1000)
  if (own.length === 0) throw new Error('the trace tells no processor time of tasks')
  return {
    longest: Math.max(...own),
    all: own.reduce((sum, each) => sum + each, 0),
    over200: own.filter((each) => each > 200).length,
  }
}

async function walk(page: Page): Promise<void> {
  const frame = page.getByRole('region', { name: 'report' })
  await frame.getByText('Report, page 1', { exact: true }).waitFor({ timeout: 120_000 })
  for (let number = 2; number <= pages; number++) {
    await frame.press('PageDown')
    await frame.getByText(`Report, page ${number}`, { exact: true }).waitFor({ timeout: 120_000 })
    await frame.locator(`section[aria-label="Page ${number} of ${pages}"][aria-busy="false"]`).waitFor()
  }
}

try {
  const out = await builtPage()
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : new URL(request.url!, 'http://a').pathname
    try {
      const bytes = readFileSync(join(out, path))
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
      response.end(bytes)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://localhost:${(server.address() as AddressInfo).port}/`
  const browser = await chromium.launch({ executablePath: chromiumFile, args: [...chromiumFlags] })
  const file = pdfOf(pages, '血糖檢驗報告').toString('base64')
  const run = async (isControl: boolean): Promise<Figures> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(address)
    await page.waitForFunction(() => window.ready === true)
    await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
    await page.evaluate(({ given, control }) => window.api.show(given, control), { given: file, control: isControl })
    await walk(page)
    const trace = await browser.stopTracing()
    await page.close()
    return figuresOf(trace)
  }
  const ours: Figures[] = []
  const control: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await run(false))
    control.push(await run(true))
  }
  await browser.close()
  server.close()
  const of = (figures: readonly Figures[], key: keyof Figures) => median(figures.map((each) => each[key]))
  const row = (name: string, figures: readonly Figures[]) => [
    name,
    ms(Math.max(...figures.map(({ longest }) => longest))),
    ms(of(figures, 'longest')),
    ms(of(figures, 'all')),
    String(Math.max(...figures.map(({ over200 }) => over200))),
  ]
  const markdown = [
    provenance(`npm run bench -- pdf${options.write ? ' --write' : ''}`),
    table(
      [`${pages} pages, ${rounds} rounds`, 'longest task, worst', 'longest task, median', 'all tasks', 'over 200 ms'],
      [row('drawn by a worker (what ships)', ours), row('drawn by the page (control)', control)],
    ),
    barTable([
      {
        what: 'longest task of the main thread while a 100-page PDF opens and is walked through',
        figure: Math.max(...ours.map(({ longest }) => longest)),
        limit: 200,
        atLeast: false,
        show: (figure) => `${ms(figure)} ms`,
      },
      {
        what: 'main thread in all, against drawing on it',
        figure: of(ours, 'all') / of(control, 'all'),
        limit: 1,
        atLeast: false,
        show: times,
      },
    ]),
  ].join('\n\n')
  print(markdown)
  if (options.write) await writeToDocs('pdf', markdown)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
