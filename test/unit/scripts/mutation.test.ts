/** The decisions inside npm run assurance -- mutation: what is judged, what counts, what the page says; and the stand-in for vitest. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { selectParts } from '../../../scripts/assurance.mjs'
import { mutationParts } from '../../../scripts/mutation-parts.mjs'
import { intervalOf, isInSample } from '../../../scripts/mutation-sample.mjs'
import * as standIn from '../../../scripts/mutation-tests.mjs'
import { countsOf, mutationSection, scoreOf, strykerOptions } from '../../../scripts/mutation.mjs'
import { repository } from '../../../scripts/pinned-node.mjs'

const at = (line: number, from: number, to: number) => ({
  start: { line, column: from },
  end: { line, column: to },
})
const source = 'const a = 1\nif (a < 2) throw new Error("no | `pipe`")\nreturn a\n'
const report = (...status: string[]) => ({
  files: {
    'packages/x/src/a.ts': {
      source,
      mutants: status.map((each, i) => ({
        mutatorName: i % 2 === 0 ? 'EqualityOperator' : 'StringLiteral',
        replacement: i % 2 === 0 ? 'a >= 2' : '""',
        status: each,
        location: i % 2 === 0 ? at(2, 5, 10) : at(2, 28, 41),
      })),
    },
    'packages/x/src/index.ts': { source: '', mutants: [] },
  },
})
const part = { ...mutationParts[0]!, name: 'mutation-x', group: 'x' }
const result = (of: ReturnType<typeof countsOf>, share = 1) => ({
  commit: 'abc',
  date: '2026-11-21',
  cpuSeconds: 12.4,
  seconds: 60,
  share,
  seed: 7,
  ...of,
})

test('every source of the rooms that are measured is in one part, and every test that is named exists', () => {
  const files = (pattern: string) => globSync(pattern, { cwd: repository })
  for (const room of ['packages/crypto', 'packages/protocol']) {
    const parts = mutationParts.filter(({ mutate }) => mutate.some((path) => path.startsWith(room)))
    for (const file of files(`${room}/src/**/*.ts`)) {
      const taking = parts.filter(
        ({ mutate }) => mutate.some((path) => files(path).includes(file)) && !mutate.includes(`!${file}`),
      )
      expect(taking, file).toHaveLength(1)
    }
  }
  const all = mutationParts.flatMap(({ mutate }) => mutate.flatMap(files))
  for (const { mutate, tests, judges, slow } of mutationParts) {
    for (const path of mutate) expect(files(path.replace('!', '')), path).not.toEqual([])
    const judging = tests.flatMap((path) => (path.endsWith('.ts') ? [path] : files(join(path, '*.test.ts'))))
    expect(judging.length).toBeGreaterThan(0)
    for (const name of Object.values(judges).flat())
      expect(
        judging.some((path) => path.endsWith(`/${name}.test.ts`)),
        name,
      ).toBe(true)
    for (const module of [...Object.keys(judges), ...slow.flatMap((each) => each.judges)])
      expect(
        all.some((path) => path.endsWith(`/${module}`)),
        module,
      ).toBe(true)
  }
  expect(selectParts(mutationParts, ['mutation'])).toHaveLength(mutationParts.length)
})

test('a mutant that no test fails for is a survivor, one that runs without end is detected', () => {
  const { files, survivors } = countsOf(report('Killed', 'Survived', 'Timeout', 'NoCoverage', 'RuntimeError'))
  const counts = { killed: 1, timeout: 1, survived: 1, noCoverage: 1, error: 1, all: 5 }
  expect(files).toEqual({ 'packages/x/src/a.ts': counts })
  expect(scoreOf(counts)).toBe(50)
  expect(scoreOf({ ...counts, killed: 0, timeout: 0, survived: 0, noCoverage: 0 })).toBeNull()
  expect(survivors).toMatchObject([
    { line: 2, from: '"no | `pipe`"', to: '""', isReached: true, code: 'if (a < 2) throw new Error("no | `pipe`")' },
    { isReached: false },
  ])
  expect(() => countsOf(report('Pending'))).toThrow('Pending')
})

test('a sample takes each mutant with the same probability, the same ones for a seed, and those that no test reaches more often', () => {
  const mutants = Array.from({ length: 4000 }, (_, line) => ({ file: 'a.ts', line, column: 1, mutator: 'X', to: '' }))
  const taken = mutants.filter((mutant) => isInSample(mutant, 0.25, 1))
  expect(taken.length).toBeGreaterThan(900)
  expect(taken.length).toBeLessThan(1100)
  expect(mutants.filter((mutant) => isInSample(mutant, 0.25, 1))).toEqual(taken)
  expect(mutants.filter((mutant) => isInSample(mutant, 0.25, 2))).not.toEqual(taken)
  expect(mutants.every((mutant) => isInSample(mutant, 1, 1))).toBe(true)
  // What is judged with a smaller share is judged with a larger one too: a run may grow.
  expect(taken.every((mutant) => isInSample(mutant, 0.5, 1))).toBe(true)
  const { files } = countsOf(report(...Array.from({ length: 40 }, () => 'NoCoverage')), 1e-9, 1)
  expect(files['packages/x/src/a.ts']).toMatchObject({ noCoverage: 0, all: 40 })
})

test('the interval of a score is that of Wilson, narrower the more of all was judged, and nothing where all was', () => {
  // Newcombe (1998), Statistics in Medicine 17:857, table I, method 3: 81 of 263 give 0.2553 to 0.3662.
  const [low, high] = intervalOf(81, 263, 1e9)
  expect([low.toFixed(1), high.toFixed(1)]).toEqual(['25.5', '36.6'])
  const [narrowLow, narrowHigh] = intervalOf(81, 263, 300)
  expect(narrowHigh - narrowLow).toBeLessThan((high - low) / 2)
  expect(intervalOf(81, 100, 100)).toEqual([81, 81])
  expect(intervalOf(0, 0, 10)).toEqual([0, 100])
})

test('the page has the score of each group and file, every survivor with its line, and what has not run', () => {
  const page = mutationSection(
    [part, { ...part, name: 'mutation-y' }],
    { 'mutation-x': result(countsOf(report('Killed', 'Survived'))) },
    ['main.ts: a program'],
  )
  expect(page).toContain('| x | 50.0 % | 2 of 2 | 1 | 0 | 1 | 0 | 12 s, abc, 2026-11-21 |')
  expect(page).toContain('| 2 | StringLiteral | `"no \\| \'pipe\'"` → `""` | text of an error')
  expect(page).toContain('Not run yet: mutation-y.')
  expect(page).toContain('- main.ts: a program')
  expect(page).not.toContain('sample')
  expect(mutationSection([part], {}, [])).toBe('')
})

test('the page says what a sample is of, and between what the score of all of them lies', () => {
  const mixed = countsOf(report(...Array.from({ length: 50 }, (_, i) => (i % 5 === 0 ? 'Survived' : 'Killed'))))
  mixed.files['packages/x/src/a.ts']!.all = 500
  const page = mutationSection([part], { 'mutation-x': result(mixed, 0.1) }, [])
  expect(page).toContain('Of mutation-x (share 0.1, seed 7): a sample')
  expect(page).toMatch(/\| x \| 80\.0 % \(67\.\d to 88\.\d\) \| 50 of 500 \|/u)
})

test('Stryker leaves out no mutator, and calls nothing endless by the clock', () => {
  const options = strykerOptions(part, 0.5, 3)
  expect(options).not.toHaveProperty('mutator')
  expect(options).not.toHaveProperty('ignoreStatic')
  expect(options.timeoutMS).toBeGreaterThan(3_600_000)
  expect(options.inProcess).toMatchObject({ share: 0.5, seed: 3 })
})

describe('the stand-in for vitest', () => {
  const { collect, runSuite, testsOf } = standIn
  /** What a file of tests did, in order. */
  async function run(write: () => void, isSelected: (id: string) => boolean = () => true, stopAt?: string) {
    const suite = await collect('a.test.ts', async () => write())
    const results: [string, string | undefined][] = []
    const stopped = await runSuite(suite, ({ id }) => isSelected(id), {
      onResult: ({ id }, error) => {
        results.push([id.slice('a.test.ts: '.length), error === undefined ? undefined : String(error)])
        return id.endsWith(stopAt ?? '\n')
      },
    })
    return { ids: testsOf(suite).map(({ id }) => id), results, stopped }
  }

  test('runs hooks around what they wrap, and a selected test with its own alone', async () => {
    const done: string[] = []
    const hook = (name: string) => () => void done.push(name)
    const write = () => {
      standIn.beforeAll(hook('all'))
      standIn.beforeEach(hook('each'))
      standIn.test('first', hook('first'))
      standIn.describe('inner', () => {
        standIn.beforeAll(hook('inner all'))
        standIn.beforeEach(hook('inner each'))
        standIn.afterEach(hook('inner after'))
        standIn.test('second', hook('second'), 5000)
      })
      standIn.afterEach(hook('after'))
      standIn.afterAll(hook('end'))
    }
    await run(write)
    expect(done.splice(0).join()).toBe('all,each,first,after,inner all,each,inner each,second,inner after,after,end')
    await run(write, (id) => id.endsWith('first'))
    expect(done.join()).toBe('all,each,first,after,end')
  })

  test('tells failures of tests and of hooks, and stops where it is told to', async () => {
    const write = () => {
      standIn.test('a', () => {
        throw new Error('no')
      })
      standIn.test('b', async () => Promise.reject(new Error('later')))
      standIn.describe('c', () => {
        standIn.beforeAll(() => {
          throw new Error('hook')
        })
        standIn.test('d', () => {})
      })
      standIn.test('e', () => {})
    }
    expect((await run(write)).results).toEqual([
      ['a', 'Error: no'],
      ['b', 'Error: later'],
      ['c > d', 'Error: hook'],
      ['e', undefined],
    ])
    expect(await run(write, undefined, ': b')).toMatchObject({
      stopped: true,
      results: [
        ['a', 'Error: no'],
        ['b', 'Error: later'],
      ],
    })
  })

  test('names the rows of a table as vitest does, and no two tests alike', async () => {
    const { ids } = await run(() => {
      standIn.test.each([[1, 'x']])('%i is %s', () => {})
      standIn.test.each(['x'])('%j at %#', () => {})
      standIn.test.each([{ place: 'here' }])('$place and $there', () => {})
      standIn.describe.each([['p']])('in %s', () => standIn.test('t', () => {}))
      standIn.test('t', () => {})
      standIn.test('t', () => {})
    })
    expect(ids).toEqual(
      ['1 is x', '"x" at 0', 'here and $there', 'in p > t', 't', 't (2)'].map((name) => `a.test.ts: ${name}`),
    )
  })

  test('refuses what it does not know', async () => {
    await expect(run(() => standIn.test('nothing'))).rejects.toThrow('A test without a function')
    await expect(run(() => standIn.describe('late', async () => {}))).rejects.toThrow('collects its tests later')
  })
})
