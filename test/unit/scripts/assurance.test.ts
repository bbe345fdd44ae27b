/** The decisions inside npm run assurance: what comes next, what counts, what the page says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parts } from '../../../scripts/assurance-parts.mjs'
import { nextChunk, pageOf, selectParts } from '../../../scripts/assurance.mjs'
import { cpuSecondsOf } from '../../../scripts/measured.mjs'
import { repository } from '../../../scripts/pinned-node.mjs'

const [part] = selectParts(parts, ['store-oracle'])
const chunkOf = (seed: number, count: number, failures: string[] = []) => ({
  seed,
  count,
  passed: 1,
  failed: failures.length,
  cpuSeconds: 10,
  seconds: 12,
  date: '2026-11-21',
  failures,
})

test('every part names a file that reads the variable which scales it', () => {
  for (const { file, variable, total, chunk } of parts) {
    expect(existsSync(join(repository, file)), file).toBe(true)
    const source = readFileSync(join(repository, file), 'utf8')
    // What several files of a part share reads it for them.
    const shared = [...source.matchAll(/'\.\.\/support\/([\w-]+\.ts)'/g)].map(([, name = '']) =>
      join('test/support', name),
    )
    const read = [file, ...shared].some((path) =>
      readFileSync(join(repository, path), 'utf8').includes(`process.env['${variable}']`),
    )
    expect(read, `${file} ${variable}`).toBe(true)
    expect(total % chunk, file).toBe(0)
  }
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length)
})

test('a part continues behind what is done, with seeds that no chunk before it used', () => {
  const fresh = nextChunk(part!, undefined, 'c1', 77)!
  expect(fresh).toMatchObject({ seed: 77, count: part!.chunk })
  const progress = { ...fresh.progress, chunks: [chunkOf(77, part!.chunk)] }
  expect(nextChunk(part!, progress, 'c1', 5)).toEqual({ progress, seed: 77 + part!.chunk, count: part!.chunk })
})

test('a part is complete when all of it is done, and begins again at another commit', () => {
  const progress = { commit: 'c1', firstSeed: 1, chunks: [chunkOf(1, part!.total)] }
  expect(nextChunk(part!, progress, 'c1', 5)).toBe(null)
  const summary = { commit: 'c1', date: '2026-11-21', done: 20_000, seeds: '1 to 20000', cpu: 10, failed: 0 }
  expect(nextChunk(part!, progress, 'c2', 5)).toEqual({
    progress: { commit: 'c2', firstSeed: 5, chunks: [], earlier: [summary] },
    seed: 5,
    count: part!.chunk,
  })
})

test('what an earlier commit has shown stays on the page, below what the present one has', () => {
  const progress = { commit: 'c1', firstSeed: 1, chunks: [chunkOf(1, part!.total)] }
  const later = nextChunk(part!, progress, 'c2', 5)!.progress
  expect(pageOf(parts, { 'store-oracle': later })).toMatch(/\| store-oracle +\| 20,000 random runs .*c1, 2026-11-21/u)
  const page = pageOf(parts, { 'store-oracle': { ...later, chunks: [chunkOf(5, 2000)] } })
  expect(page.indexOf('c2, 2026-11-21')).toBeGreaterThan(0)
  expect(page.indexOf('c1, 2026-11-21')).toBeGreaterThan(page.indexOf('## Earlier commits'))
})

test('the last chunk is no larger than what is left', () => {
  const progress = { commit: 'c1', firstSeed: 1, chunks: [chunkOf(1, part!.total - 3)] }
  expect(nextChunk(part!, progress, 'c1', 5)).toMatchObject({ count: 3 })
})

test('an area selects its parts, a name one; an unknown word is refused with the known ones', () => {
  expect(selectParts(parts, [])).toHaveLength(parts.length)
  expect(selectParts(parts, ['store']).every(({ area }) => area === 'store')).toBe(true)
  expect(() => selectParts(parts, ['stoer'])).toThrow('store-oracle')
})

test('the page tells amounts, seeds and failures, and what has not run', () => {
  const page = pageOf(parts, {
    'store-oracle': { commit: 'abc', firstSeed: 7, chunks: [chunkOf(7, 2000), chunkOf(2007, 2000, ['ST6: differs'])] },
  })
  expect(page).toContain('| 4,000 of 20,000 random runs | 7 to 4006 | 20 s | 1 | abc, 2026-11-21 |')
  expect(page).toContain('- store-oracle, CHARTKEEP_RUNS=2000 CHARTKEEP_SEED=2007: ST6: differs')
  expect(page).toContain('none of 200 kills')
})

test('the page shows what the newest chunk of a part reported, row by row', () => {
  const report = (rows: string[]) => ({ ...chunkOf(1, 100), rows })
  const chunks = [report(['S4: a hole | withheld | 9']), report(['S4: a hole | withheld | 1'])]
  const page = pageOf(parts, { attacks: { commit: 'abc', firstSeed: 1, chunks } })
  expect(page).toContain('| Test | Verdict | Answers until then |\n| - | - | - |\n| S4: a hole | withheld | 1 |')
  expect(page).not.toContain('| 9 |')
})

test('CPU time is that of the children, user and system, as a POSIX shell prints it', () => {
  expect(cpuSecondsOf('0m0.00s 0m0.01s\n2m3.50s 0m1.25s\n')).toBe(124.75)
  expect(cpuSecondsOf('')).toBe(null)
})
