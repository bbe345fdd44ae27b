/** The check of the doors: what it counts as an export, and which types it refuses in the contract. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { doorsOf, exportsOf, faultOfDoor, leaksOf, programOf } from '../../../scripts/check-doors.mjs'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'chartkeep-doors-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Writes a tree of its own for each test, and reads it from its door. */
function doorOf(files: Record<string, string>): {
  names: string[]
  leaks: (bounds?: { allowedTypes?: string[]; bytes?: string[] }) => string[]
} {
  const folder = mkdtempSync(join(root, 'tree-'))
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  const door = join(folder, 'index.ts')
  const program = programOf([door])
  const exports = exportsOf(program, door)
  return {
    names: exports.map(({ name }) => name).toSorted(),
    leaks: ({ allowedTypes = [], bytes = [] } = {}) =>
      leaksOf(program, exports, { root: folder, allowedFolders: ['contract/'], allowedTypes, bytes }),
  }
}

describe('exports of a door', () => {
  test('count types, values, renamed names and all that a star brings', () => {
    const { names } = doorOf({
      'index.ts': `export * from './a.ts'\nexport type * from './b.ts'\nexport { c as d, type E } from './c.ts'`,
      'a.ts': `export const one = 1\nexport function two() {}\nexport * from './deeper.ts'`,
      'deeper.ts': `export class Three {}`,
      'b.ts': `export interface Four {}\nexport type Five = 5`,
      'c.ts': `export const c = 1\nexport type E = 1\nexport const notExported = 2`,
    })
    expect(names).toEqual(['E', 'Five', 'Four', 'Three', 'd', 'one', 'two'])
  })

  test('a door that is not there is no door with no exports', () => {
    expect(() => exportsOf(programOf([]), join(root, 'absent.ts'))).toThrow('is not there')
  })

  test('of a package are what its package.json exports, but for tests', () => {
    const folder = mkdtempSync(join(root, 'part-'))
    const exports = { '.': './src/index.ts', './keys': './src/keys/index.ts', './testing': './src/testing.ts' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@our/part', exports }))
    expect(doorsOf(root, relative(root, folder))).toEqual([
      { name: '@our/part', file: join(folder, 'src/index.ts') },
      { name: '@our/part/keys', file: join(folder, 'src/keys/index.ts') },
    ])
  })

  test('a door has at most 70 names, a larger one at most its number, and a number that is too high is lowered', () => {
    expect(faultOfDoor('@our/part', 70, {})).toBeNull()
    expect(faultOfDoor('@our/part', 71, {})).toContain('70 at most')
    expect(faultOfDoor('@our/part', 90, { '@our/part': 90 })).toBeNull()
    expect(faultOfDoor('@our/part', 91, { '@our/part': 90 })).toContain('90 at most')
    expect(faultOfDoor('@our/part', 89, { '@our/part': 90 })).toContain('lower its number')
    expect(faultOfDoor('@our/part', 70, { '@our/part': 70 })).toContain('lower its number')
  })

  test('a name that leads nowhere is refused', () => {
    expect(() => doorOf({ 'index.ts': `export { gone } from './gone.ts'` })).toThrow('leads nowhere')
  })
})

describe('types of the contract', () => {
  const keys = `export interface Key { secret: string }\nexport type Plain = 'a' | 'b'`

  test('hold where all of them are declared in the contract', () => {
    const { leaks } = doorOf({
      'index.ts': `export type { Chart } from './contract/chart.ts'`,
      'contract/chart.ts': `import type { Line } from './line.ts'\nexport interface Chart { lines(): Line[] }`,
      'contract/line.ts': `export interface Line<T = string> { text: T }`,
    })
    expect(leaks()).toEqual([])
  })

  test.each([
    ['an answer', `export interface Chart { key(): Promise<Key | null> }`],
    ['a parameter', `export interface Chart { open(key: Key): void }`],
    ['a member', `export interface Chart { keys: Record<string, Key> }`],
    ['an interface that it extends', `export interface Chart extends Key {}`],
    ['a type that it is made from', `export type Chart = Omit<Key, 'secret'>`],
    ['an inner type', `interface Inner { key: Key }\nexport interface Chart { inner: Inner }`],
  ])('refuse a key in %s', (_, declaration) => {
    const { leaks } = doorOf({
      'index.ts': `export type { Chart } from './contract/chart.ts'`,
      'contract/chart.ts': `import type { Key } from '../keys.ts'\n${declaration}`,
      'keys.ts': keys,
    })
    expect(leaks()).toEqual([expect.stringContaining('names Key of keys.ts')])
  })

  test('refuse a type of another folder that the door itself exports', () => {
    const { leaks } = doorOf({ 'index.ts': `export type { Key } from './keys.ts'`, 'keys.ts': keys })
    expect(leaks()).toEqual(['the door names Key of keys.ts, which is no part of the contract'])
  })

  test('refuse an import inside a type, which could name anything', () => {
    const { leaks } = doorOf({
      'index.ts': `export type { Chart } from './contract/chart.ts'`,
      'contract/chart.ts': `export interface Chart { key: import('../keys.ts').Key }`,
      'keys.ts': keys,
    })
    expect(leaks()).toEqual(['Chart imports a type inside a type'])
  })

  test('take a type of another folder that is named as allowed, and numbers', () => {
    const { leaks } = doorOf({
      'index.ts': `export type { Chart } from './contract/chart.ts'\nexport { MOST } from './limits.ts'`,
      'contract/chart.ts': `import type { Plain } from '../keys.ts'\nexport interface Chart { plain: Plain }`,
      'keys.ts': keys,
      'limits.ts': 'export const MOST = 200',
    })
    expect(leaks({ allowedTypes: ['keys.ts Plain'] })).toEqual([])
    expect(leaks()).not.toEqual([])
  })

  test('hold bytes in the members that are listed, and each listed member holds some', () => {
    const { leaks } = doorOf({
      'index.ts': `export type { Chart } from './contract/chart.ts'`,
      'contract/chart.ts': `export interface Chart { read(): Promise<{ bytes: Uint8Array }>; name: string }`,
    })
    expect(leaks()).toEqual(['Chart.read holds bytes'])
    expect(leaks({ bytes: ['Chart.read'] })).toEqual([])
    expect(leaks({ bytes: ['Chart.read', 'Chart.name'] })).toEqual(['Chart.name is said to hold bytes, and holds none'])
  })
})
