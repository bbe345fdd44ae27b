/** What every benchmark prints: medians, ratios against bars, tables, and what they were measured on. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { chromium } from '../../scripts/browser.mjs'
import { repository } from '../../scripts/pinned-node.mjs'

/** The middle value, of an even number the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which the share `share` of all lies, between neighbours in proportion; NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]!
  const high = sorted[Math.ceil(at)]!
  return low + (high - low) * (at - Math.floor(at))
}

/** A bar and what was reached; `limit` is the least ratio when `atLeast`, else the greatest. */
export interface Bar {
  what: string
  figure: number
  limit: number
  atLeast: boolean
  /** How to print the figure and the limit. */
  show(figure: number): string
}

/** Whether a bar is met. NaN (not measured) meets none. */
function isMet({ figure, limit, atLeast }: Bar): boolean {
  return atLeast ? figure >= limit : figure <= limit
}

/** The bars as a table: what, bar, measured, met or not. */
export function barTable(bars: readonly Bar[]): string {
  return table(
    ['Bar', 'Wanted', 'Measured', ''],
    bars.map((bar) => [
      bar.what,
      `${bar.atLeast ? 'at least' : 'at most'} ${bar.show(bar.limit)}`,
      Number.isNaN(bar.figure) ? 'not measured' : bar.show(bar.figure),
      isMet(bar) ? 'met' : 'NOT MET',
    ]),
  )
}

/** A Markdown table; columns after the first are set to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, 3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

/** Milliseconds with the digits that mean something. */
export function ms(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Bytes as MB. */
export function megabytes(value: number): string {
  return Number.isNaN(value) ? '-' : `${(value / 1e6).toFixed(value >= 1e7 ? 1 : 2)} MB`
}

export const times = (value: number): string => `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}x`

function versionOf(name: string): string {
  const text = readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The command that runs benchmark `name` as this process was started. */
export function commandLine(name: string): string {
  const given = process.argv.slice(2).map((arg) => ` ${arg}`)
  return `npm run bench -- ${name}${given.join('')}`
}

/** One line that says where and with what a run was made. */
export function provenance(command: string): string {
  const browser = execFileSync(chromium, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repository, encoding: 'utf8' })
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `\`${command}\` at ${commit.trim()}`,
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, load of the last 15 minutes ${loadavg()[2]!.toFixed(1)}`,
    browser.trim().split(' ').slice(0, 2).join(' '),
    `Node ${process.versions.node}, RxDB ${versionOf('rxdb')}, Dexie ${versionOf('dexie')}`,
  ].join('; ')
}

/** Prints text to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Puts `markdown` between the marks of `name` in docs/benchmarks.md, which must be there. */
export async function writeToDocs(name: string, markdown: string): Promise<void> {
  const path = join(repository, 'docs/benchmarks.md')
  const page = readFileSync(path, 'utf8')
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for "${name}"`)
  const changed = `${page.slice(0, from + begin.length)}\n\n${markdown}\n\n${page.slice(to)}`
  writeFileSync(path, await format(changed, { ...(await resolveConfig(path)), parser: 'markdown' }))
}
