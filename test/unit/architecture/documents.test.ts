/** The pages of the project lead somewhere: no link, picture or file name in them is dead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const pages = [
  'CHANGELOG.md',
  'README.md',
  'SECURITY.md',
  'packages/store/README.md',
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`),
]

/** Where the relative links of a page lead, without their anchors. */
function targets(page: string): string[] {
  const text = readFileSync(join(repository, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => resolve(repository, dirname(page), target.split('#', 1)[0] ?? ''))
}

describe('links', () => {
  test.each(pages)('of %s lead to something in the repository', (page) => {
    const dead = targets(page).filter((target) => !target.startsWith(repository) || !existsSync(target))
    expect(dead.map((target) => relative(repository, target))).toEqual([])
  })
})

test('the index of decisions names every decision once', () => {
  const folder = join(repository, 'docs/decisions')
  const named = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\((\d{4}-[a-z0-9-]+\.md)\)/gu)].map(
    ([, file]) => file,
  )
  expect(named.toSorted()).toEqual(
    readdirSync(folder)
      .filter((file) => file !== 'README.md')
      .toSorted(),
  )
})

describe('comments', () => {
  test('name no page that is not in the repository', () => {
    const files = (folder: string): string[] =>
      readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
        if (['node_modules', 'dist', 'fixtures', '.git'].includes(entry.name)) return []
        const path = `${folder}/${entry.name}`
        return entry.isDirectory() ? files(path) : [path]
      })
    const rooms = ['packages', 'sync-server', 'desktop', 'scripts', 'bench', 'test/support', 'test/simulation']
    const sources = rooms.flatMap(files).filter((path) => /\.(?:ts|tsx|mjs|css)$/.test(path))
    // Each folder of fixtures and vectors has a SOURCE.md.
    const known = new Set([...pages, 'SOURCE.md'].map((page) => page.split('/').at(-1)))
    const unknown = sources.flatMap((path) =>
      [...readFileSync(join(repository, path), 'utf8').matchAll(/\b[\w-]+\.md\b/g)]
        .map(([name]) => name)
        .filter((name) => !known.has(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(sources.length).toBeGreaterThan(500)
    expect(unknown).toEqual([])
  })
})

describe('the threat model', () => {
  const rows = readFileSync(join(repository, 'docs/threat-model.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (-|Attack|Who)/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))

  test('says of each attack which test shows it, that it comes later, or that there can be none', () => {
    const open = rows
      .filter((cells) => cells.length === 6)
      .filter(([, , , , proof = '']) => !/`test\/|^(later|none)\b/.test(proof))
    expect(open.map(([, attack]) => attack)).toEqual([])
    expect(rows.length).toBeGreaterThan(40)
  })

  test('names only tests that exist', () => {
    const named = rows.flatMap((cells) =>
      [...cells.join('|').matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file),
    )
    expect([...new Set(named)].filter((file) => !existsSync(join(repository, file)))).toEqual([])
  })
})
