/** The measurements as tables, and against the bars of the design. */
import { megabytes, median, ms, quantile, table, times, type Bar } from '../support/report.ts'
import type { Contestant } from './contestants.ts'
import { contestants, figures, inBytes, type Measurements } from './figures.ts'

/** The table of one size. */
export function sizeReport(of: Measurements, entered: readonly Contestant[], size: number): string {
  const present = entered.filter((contestant) => of.absent(size, contestant) === undefined)
  const rows = (Object.keys(figures) as (keyof typeof figures)[]).map((figure) => {
    const unit = inBytes.has(figure) ? megabytes : ms
    const cells = present.map((contestant) => {
      const values = of.all(size, contestant, figure).filter((value) => !Number.isNaN(value))
      if (values.length === 0) return '-'
      const worst = values.length > 1 && !inBytes.has(figure) ? ` (${unit(Math.max(...values))})` : ''
      return `${unit(median(values))}${worst}`
    })
    return [figures[figure], ...cells]
  })
  const missing = entered.flatMap((contestant) => {
    const reason = of.absent(size, contestant)
    return reason ? [`- ${contestants[contestant]}: ${reason}.`] : []
  })
  const json = of.median(size, present[0]!, 'json')
  return [
    `### ${size.toLocaleString('en')} records of ${Math.round(json / size)} bytes (ms: median, in brackets the worst of ${of.all(size, present[0]!, 'insert').length} rounds)`,
    table(['', ...present.map((contestant) => contestants[contestant])], rows),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
    `Raw Dexie \`add\` of as many bytes as one sealed insert, strict: ${ms(of.median(size, 'sealed', 'raw'))} ms. ` +
      `Reading, opening and parsing the same records as sealed blobs, alone: ${ms(of.median(size, 'sealed', 'floor'))} ms. ` +
      `Compaction of the sealed store: ${ms(of.median(size, 'sealed', 'compact'))} ms in the background.`,
  ].join('\n\n')
}

function short(size: number): string {
  return `${size / 1000}k`
}

/** How many times faster than Dexie in plaintext, at one size. */
function against(of: Measurements, figure: keyof typeof figures, limit: number): (size: number) => Bar {
  return (size) => ({
    what: `${figures[figure]}, against Dexie in plaintext, ${short(size)}`,
    figure: of.median(size, 'dexie', figure) / of.median(size, 'sealed', figure),
    limit,
    atLeast: true,
    show: times,
  })
}

/** The bars of the design at the sizes that were run. */
export function storeBars(of: Measurements, sizes: readonly number[], sqliteRate: (size: number) => number): Bar[] {
  const large = sizes.filter((size) => size >= 10_000)
  return [
    ...[
      against(of, 'insert', 2.5),
      against(of, 'oldest', 5),
      against(of, 'newest', 5),
      against(of, 'all', 10),
      against(of, 'count', 5),
    ].flatMap((bar) => large.map(bar)),
    ...large.map((size) => ({
      what: `open, against reading, opening and parsing alone, ${short(size)}`,
      figure: of.median(size, 'sealed', 'open') / of.median(size, 'sealed', 'floor'),
      limit: 2.5,
      atLeast: false,
      show: times,
    })),
    ...large
      .filter((size) => size === 100_000)
      .map((size) => ({
        what: 'open, 100k',
        figure: of.median(size, 'sealed', 'open') / 1000,
        limit: 2,
        atLeast: false,
        show: (seconds: number) => `${seconds.toFixed(2)} s`,
      })),
    ...large.map((size) => ({
      what: `longest task of opening and the first query, worst round, processor time, ${short(size)}`,
      figure: quantile([...of.all(size, 'sealed', 'longestCpu'), ...of.all(size, 'sealed', 'firstLongestCpu')], 1),
      limit: 50,
      atLeast: false,
      show: (value: number) => `${Math.round(value)} ms`,
    })),
    ...sizes.map((size) => ({
      what: `insert of one, against a raw add of as many bytes, ${short(size)}`,
      figure: of.median(size, 'sealed', 'single') / of.median(size, 'sealed', 'raw'),
      limit: 1.3,
      atLeast: false,
      show: times,
    })),
    ...sizes.map((size) => ({
      what: `bytes on disk, compacted, against the JSON, ${short(size)}`,
      figure: of.median(size, 'sealed', 'disk') / of.median(size, 'sealed', 'json'),
      limit: 1.3,
      atLeast: false,
      show: times,
    })),
    ...large.map((size) => ({
      what: `node:sqlite, commits of 500, relaxed, ${short(size)}`,
      figure: sqliteRate(size),
      limit: 50_000,
      atLeast: true,
      show: (value: number) => `${Math.round(value).toLocaleString('en')} records/s`,
    })),
  ]
}
