/**
 * Breaks each rule of the import law once, in a small tree laid out like the repository (with its real package.json
 * files), and sees that rule refuse it. A rule without a break here fails the test: nobody would know that it works.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cruiseImports, faultsOf, sourceFiles } from '../../../scripts/check-imports.mjs'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const lawOfRepository: { forbidden: { name: string }[]; layers: Record<string, string[]> } = createRequire(
  import.meta.url,
)('../../../.dependency-cruiser.cjs')

/** Files that keep the law, among them each import that it allows for one part only. */
const lawful: Record<string, string> = {
  'packages/domain/src/index.ts': `import { Type } from 'typebox'\nexport const domain = Type`,
  'packages/crypto/src/index.ts': `export { hash } from './hash.ts'\nexport { seal } from './seal.ts'\nexport { key } from './derive.ts'`,
  'packages/crypto/src/hash.ts': `import { sha256 } from '@noble/hashes/sha2.js'\nexport const hash = sha256`,
  'packages/crypto/src/encoding.ts': `export const encoding = 1`,
  'packages/crypto/src/verify.ts': `import nacl from 'tweetnacl'\nexport const verify = nacl`,
  'packages/crypto/src/server.ts': `export { hash } from './hash.ts'`,
  'packages/crypto/src/disclose.ts': `import nacl from 'tweetnacl'\nexport const disclose = nacl`,
  'packages/crypto/src/native.ts': `import { sign } from 'node:crypto'\nexport const native = sign`,
  'packages/crypto/src/seal.ts': `import nacl from 'tweetnacl'\nexport const seal = nacl`,
  'packages/crypto/src/derive.ts': `import { argon2id } from 'hash-wasm'\nexport const key = argon2id`,
  'packages/protocol/src/index.ts':
    `export { hash } from '@chartkeep/crypto/hash'\nexport { encoding } from '@chartkeep/crypto/encoding'\n` +
    `export { verify } from '@chartkeep/crypto/verify'`,
  'packages/store/src/index.ts': `export { domain } from '@chartkeep/domain'\nexport { seal } from '@chartkeep/crypto'`,
  'packages/store/src/node.ts': `export { disk } from './disk.ts'`,
  'packages/store/src/disk.ts': `import { DatabaseSync } from 'node:sqlite'\nexport const disk = DatabaseSync`,
  'packages/sync/src/index.ts': `import '@chartkeep/domain'\nimport '@chartkeep/crypto'\nimport '@chartkeep/store'\nexport * from '@chartkeep/protocol'`,
  'packages/sync/src/testing.ts': `export const inside = 1`,
  'sync-server/src/testing.ts': `export const inside = 1`,
  'packages/verify/src/index.ts':
    `export * from '@chartkeep/protocol'\nimport { readFile } from 'node:fs'\nexport { disclose } from '@chartkeep/crypto/disclose'\n` +
    `export { encoding } from '@chartkeep/crypto/encoding'\nexport const read = readFile`,
  'packages/interop/src/index.ts': `import '@chartkeep/domain'\nexport { seal } from '@chartkeep/crypto'`,
  'packages/gateway/src/index.ts': `import '@chartkeep/domain'\nimport '@chartkeep/store'\nimport '@chartkeep/sync'\nimport '@chartkeep/interop'`,
  'packages/app/src/index.ts': `export type { Platform } from './platform/platform.ts'`,
  'packages/app/src/app/main.ts':
    `import '@chartkeep/domain'\nimport '@chartkeep/store'\nimport '@chartkeep/sync'\nimport '@chartkeep/interop'\n` +
    `import '../features/labs/index.ts'\nimport '../features/sharing/index.ts'`,
  'packages/app/src/platform/platform.ts': `export type Platform = 1`,
  'packages/app/src/ui/display/button.ts': `export const button = 1`,
  'packages/app/src/features/labs/index.ts': `import './plot.ts'\nimport '../../ui/display/button.ts'\nimport '@chartkeep/domain'`,
  'packages/app/src/features/labs/plot.ts': `export const plot = 1`,
  'packages/app/src/features/sharing/index.ts': `export const sharing = 1`,
  'packages/app/vite.config.ts': `import { join } from 'node:path'\nexport default join`,
  'sync-server/src/index.ts':
    `import { readFile } from 'node:fs'\nimport '@chartkeep/protocol'\nimport '@chartkeep/crypto/verify'\n` +
    `import '@chartkeep/crypto/server'\nimport '@chartkeep/crypto/native'\nexport const server = readFile`,
  'desktop/src/index.ts': `import type { Platform } from '@chartkeep/app'\nexport type Shell = Platform`,
  'test/unit/store/one.test.ts': `import '@chartkeep/store'\nimport '@chartkeep/sync/testing'\nimport nacl from 'tweetnacl'\nimport '../../support/clock.ts'\nvoid nacl`,
  'test/support/clock.ts': `export const clock = 1`,
  'test/unit/protocol/second-reader.ts': `import nacl from 'tweetnacl'\nexport { clock } from '../../support/clock.ts'\nvoid nacl`,
  'test/simulation/planted-bugs.test.ts': `import '../../packages/store/src/disk.ts'`,
  'scripts/start.mjs': `import './port.mjs'`,
  'scripts/port.mjs': `import { connect } from 'node:net'\nexport { connect }`,
}

/** One file in each folder of the layers, which imports the one before. */
for (const [source, folders] of Object.entries(lawOfRepository.layers))
  for (const [at, folder] of folders.entries()) {
    const before = folders[at - 1]
    const up = '../'.repeat(folder.split('/').length)
    lawful[`${source}/${folder}/kept.ts`] =
      before === undefined ? 'export const kept = 1' : `export { kept } from '${up}${before}/kept.ts'`
  }

/** Packages of others that the files above import; each is one empty file. */
const others = ['typebox', 'tweetnacl', 'hash-wasm', '@noble/hashes', 'left-pad']

interface Break {
  rule: string
  /** What is planted: path and content. */
  file: string
  content: string
  more?: Record<string, string>
}

/** At least one for each rule. Where several are given, each shows another way around the rule. */
const breaks: Break[] = [
  { rule: 'domain-imports', file: 'packages/domain/src/a.ts', content: `import '@chartkeep/crypto'` },
  {
    rule: 'domain-imports',
    file: 'packages/domain/src/a.ts',
    content: `import type { seal } from '@chartkeep/crypto'`,
  },
  { rule: 'crypto-imports', file: 'packages/crypto/src/a.ts', content: `import '@chartkeep/domain'` },
  { rule: 'protocol-imports', file: 'packages/protocol/src/a.ts', content: `import '@chartkeep/crypto'` },
  { rule: 'protocol-imports', file: 'packages/protocol/src/a.ts', content: `import '@chartkeep/crypto/server'` },
  { rule: 'protocol-imports', file: 'packages/protocol/src/a.ts', content: `import '@chartkeep/domain'` },
  { rule: 'store-imports', file: 'packages/store/src/a.ts', content: `export * from '@chartkeep/protocol'` },
  { rule: 'store-imports', file: 'packages/store/src/a.ts', content: `export * from '@chartkeep/sync'` },
  { rule: 'sync-imports', file: 'packages/sync/src/a.ts', content: `import '@chartkeep/interop'` },
  { rule: 'sync-imports', file: 'packages/sync/src/a.ts', content: `await import('@chartkeep/sync-server')` },
  { rule: 'interop-imports', file: 'packages/interop/src/a.ts', content: `import '@chartkeep/store'` },
  { rule: 'app-imports', file: 'packages/app/src/a.ts', content: `import '@chartkeep/crypto'` },
  { rule: 'app-imports', file: 'packages/app/src/a.ts', content: `import '@chartkeep/protocol'` },
  {
    rule: 'app-imports',
    file: 'packages/app/src/a.tsx',
    content: `export const a = () => import('@chartkeep/desktop')`,
  },
  { rule: 'gateway-imports', file: 'packages/gateway/src/a.ts', content: `import '@chartkeep/app'` },
  { rule: 'sync-server-imports', file: 'sync-server/src/a.ts', content: `import '@chartkeep/domain'` },
  { rule: 'sync-server-imports', file: 'sync-server/src/a.ts', content: `import '@chartkeep/crypto/hash'` },
  { rule: 'verify-imports', file: 'packages/verify/src/a.ts', content: `import '@chartkeep/sync'` },
  { rule: 'verify-imports', file: 'packages/verify/src/a.ts', content: `import '@chartkeep/crypto/server'` },
  {
    rule: 'verifier-makes-nothing',
    file: 'packages/crypto/src/disclose.ts',
    content: `export { seal as disclose } from './seal.ts'`,
  },
  {
    rule: 'desktop-imports',
    file: 'desktop/src/a.ts',
    content: `import type { Platform } from '@chartkeep/app/src/platform/platform.ts'`,
  },
  { rule: 'desktop-imports', file: 'desktop/src/a.ts', content: `import '@chartkeep/store'` },
  {
    rule: 'desktop-takes-types-only',
    file: 'packages/app/src/index.ts',
    content: `export { button } from './ui/display/button.ts'`,
  },
  {
    rule: 'server-cannot-open',
    file: 'packages/crypto/src/server.ts',
    content: `export { seal } from './seal.ts'`,
  },
  {
    rule: 'server-cannot-open',
    file: 'packages/crypto/src/verify.ts',
    content: `export { a } from './a.ts'`,
    more: { 'packages/crypto/src/a.ts': `export { key as a } from './derive.ts'` },
  },
  { rule: 'primitives-only-in-crypto', file: 'packages/store/src/a.ts', content: `import 'tweetnacl'` },
  { rule: 'primitives-only-in-crypto', file: 'packages/sync/src/a.ts', content: `import '@noble/hashes/sha2.js'` },
  { rule: 'primitives-only-in-crypto', file: 'packages/store/src/a.ts', content: `await import('hash-wasm')` },
  { rule: 'primitives-only-in-crypto', file: 'sync-server/src/a.ts', content: `import 'tweetnacl'` },
  ...['domain', 'crypto', 'protocol', 'sync', 'interop', 'app'].map((name) => ({
    rule: 'no-node-in-browser-code',
    file: `packages/${name}/src/a.ts`,
    content: `export { readFile } from 'node:fs/promises'`,
  })),
  {
    rule: 'no-node-in-browser-code',
    file: 'packages/domain/src/a.ts',
    content: `export { join } from 'path'`,
  },
  {
    rule: 'gateway-has-one-way-in',
    file: 'packages/gateway/src/fhir/a.ts',
    content: `import '@chartkeep/sync'`,
  },
  { rule: 'native-is-for-node', file: 'packages/sync/src/a.ts', content: `import '@chartkeep/crypto/native'` },
  {
    rule: 'native-is-for-node',
    file: 'packages/crypto/src/index.ts',
    content: `export { hash } from './hash.ts'\nexport { seal } from './seal.ts'\nexport { key } from './derive.ts'\nexport { native } from './native.ts'`,
  },
  {
    rule: 'no-node-behind-the-store',
    file: 'packages/store/src/index.ts',
    content: `export { disk } from './disk.ts'`,
  },
  {
    rule: 'features-stand-alone',
    file: 'packages/app/src/features/labs/a.ts',
    content: `import '../sharing/index.ts'`,
  },
  { rule: 'packages-by-name', file: 'packages/store/src/a.ts', content: `import '../../domain/src/index.ts'` },
  { rule: 'packages-by-name', file: 'sync-server/src/a.ts', content: `import '../../packages/protocol/src/index.ts'` },
  {
    rule: 'packages-by-name',
    file: 'test/unit/store/a.test.ts',
    content: `import '../../../packages/store/src/disk.ts'`,
  },
  {
    rule: 'packages-by-name',
    file: 'test/simulation/a.test.ts',
    content: `import '../../packages/store/src/disk.ts'`,
  },
  { rule: 'testing-is-for-tests', file: 'packages/app/src/a.ts', content: `import '@chartkeep/sync/testing'` },
  { rule: 'testing-is-for-tests', file: 'packages/sync/src/a.ts', content: `import './testing.ts'` },
  { rule: 'testing-is-for-tests', file: 'desktop/src/a.ts', content: `await import('@chartkeep/sync-server/testing')` },
  {
    rule: 'product-knows-no-test',
    file: 'packages/store/src/a.ts',
    content: `import '../../../test/support/clock.ts'`,
  },
  { rule: 'product-knows-no-test', file: 'sync-server/src/a.ts', content: `import '../../scripts/port.mjs'` },
  { rule: 'scripts-stand-apart', file: 'scripts/a.mjs', content: `import '@chartkeep/store'` },
  { rule: 'declared-packages', file: 'packages/domain/src/a.ts', content: `import 'left-pad'` },
  {
    rule: 'second-reader-stands-alone',
    file: 'test/unit/protocol/second-reader.ts',
    content: `import '@chartkeep/protocol'`,
  },
  {
    rule: 'second-reader-stands-alone',
    file: 'test/support/clock.ts',
    content: `import type { hash } from '@chartkeep/crypto/hash'; export type Clock = typeof hash`,
  },
  {
    rule: 'no-cycles',
    file: 'packages/store/src/a.ts',
    content: `export { b as a } from './b.ts'`,
    more: { 'packages/store/src/b.ts': `import type { a } from './a.ts'; export const b: typeof a = 1` },
  },
  { rule: 'resolvable', file: 'packages/store/src/a.ts', content: `import './absent.ts'` },
  { rule: 'resolvable', file: 'packages/store/src/a.ts', content: `import '@chartkeep/crypto/src/seal.ts'` },
]

/** Rules that a break cannot avoid to break as well, because two rules guard the same door. */
const alsoBroken: Record<string, string[]> = {
  'primitives-only-in-crypto': ['declared-packages'],
  'desktop-imports': ['desktop-takes-types-only'],
  'testing-is-for-tests': ['desktop-imports', 'desktop-takes-types-only'],
  'server-cannot-open': ['verifier-makes-nothing'],
  'verify-imports': ['verifier-makes-nothing'],
  'native-is-for-node': ['no-node-behind-the-store'],
  // What the server computes with is Node's.
  'sync-imports': ['native-is-for-node'],
}

/** Each folder of the layers imports from the folder after it, and the last folder from the door. No two of these meet, so that one cruise sees them all. */
const layerBreaks = Object.entries(lawOfRepository.layers).flatMap(([source, folders]) =>
  folders.map((folder, at) => {
    const up = '../'.repeat(folder.split('/').length)
    const target = folders[at + 1] === undefined ? 'door.ts' : `${folders[at + 1]}/above.ts`
    const name = source.replace(/^packages\/|\/src(?=\/|$)/gu, '').replaceAll('/', '-')
    return {
      rule: `${name}-layer-${folder.replaceAll('/', '-')}`,
      file: `${source}/${folder}/planted.ts`,
      content: `import '${up}${target}'`,
      more: { [`${source}/${target}`]: 'export {}' },
    }
  }),
)

const manifest = (name: string, main: string, more: Record<string, string> = {}) =>
  JSON.stringify({ name, version: '1.0.0', type: 'module', exports: { '.': main, ...more } })

describe('the import law', () => {
  let tree: string

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'chartkeep-law-'))
    const manifests = ['package.json', 'sync-server/package.json', 'desktop/package.json']
    for (const name of readdirSync(join(repository, 'packages'))) manifests.push(`packages/${name}/package.json`)
    for (const file of manifests) plant(file, readFileSync(join(repository, file), 'utf8'))
    if (!existsSync(join(tree, 'packages/gateway/package.json'))) {
      plant('packages/gateway/package.json', manifest('@chartkeep/gateway', './src/index.ts'))
    }
    for (const name of others) {
      plant(`node_modules/${name}/package.json`, manifest(name, './index.js', { './*': './index.js' }))
      plant(`node_modules/${name}/index.js`, 'export {}')
    }
    mkdirSync(join(tree, 'node_modules/@chartkeep'), { recursive: true })
    for (const name of readdirSync(join(tree, 'packages'))) link(name, `packages/${name}`)
    link('sync-server', 'sync-server')
    link('desktop', 'desktop')
    for (const [file, content] of Object.entries(lawful)) plant(file, content)
  })

  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  function plant(file: string, content: string) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), content)
  }

  function link(name: string, folder: string) {
    symlinkSync(join(tree, folder), join(tree, 'node_modules/@chartkeep', name))
  }

  test('a tree that keeps the law has no fault, and every file of it was cruised', async () => {
    const result = await cruiseImports(tree)
    expect(faultsOf(result, sourceFiles(tree), Object.keys(lawful).length)).toEqual([])
  })

  test.each(breaks)('$rule refuses $content in $file', async ({ rule, file, content, more = {} }) => {
    const planted = { [file]: content, ...more }
    for (const [path, text] of Object.entries(planted)) plant(path, text)
    try {
      const broken = new Set((await cruiseImports(tree)).violations.map((violation) => violation.rule))
      for (const other of alsoBroken[rule] ?? []) broken.delete(other)
      expect([...broken]).toEqual([rule])
    } finally {
      for (const path of Object.keys(planted)) {
        const before = lawful[path]
        if (before === undefined) rmSync(join(tree, path))
        else plant(path, before)
      }
    }
  })

  test('no folder of the layers may import from the next folder, nor the last folder from the door', async () => {
    const planted = Object.assign({}, ...layerBreaks.map(({ file, content, more }) => ({ [file]: content, ...more })))
    for (const [path, text] of Object.entries<string>(planted)) plant(path, text)
    try {
      const found = (await cruiseImports(tree)).violations.map(({ rule, from }) => `${rule}: ${from}`)
      expect(found.toSorted()).toEqual(layerBreaks.map(({ rule, file }) => `${rule}: ${file}`).toSorted())
    } finally {
      for (const path of Object.keys(planted)) rmSync(join(tree, path))
    }
  })

  test('each rule of the law is broken at least once above', () => {
    const rules = lawOfRepository.forbidden.map(({ name }) => name)
    expect([...new Set([...breaks, ...layerBreaks].map(({ rule }) => rule))].sort()).toEqual(rules.sort())
  })
})

test('no folder of a source tree holds more than 30 files directly', () => {
  const counts = new Map<string, number>()
  for (const file of sourceFiles(repository)) {
    if (!/^(packages\/[^/]+|sync-server|desktop)\/src\//u.test(file) || file.includes('/i18n/')) continue
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  }
  expect([...counts].filter(([, count]) => count > 30)).toEqual([])
})

test('every file of an ordered package is in one of its folders, or directly in src', () => {
  const sources = Object.keys(lawOfRepository.layers)
  const loose = sourceFiles(repository).filter((file) => {
    const source = sources.findLast((each) => file.startsWith(`${each}/`))
    if (source === undefined || /^(app\/)?[^/]+$/u.test(file.slice(source.length + 1))) return false
    return !lawOfRepository.layers[source]!.some((folder) => file.startsWith(`${source}/${folder}/`))
  })
  expect(loose).toEqual([])
})

describe('a cruise that proves nothing', () => {
  test('of an empty tree is refused', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'chartkeep-empty-'))
    mkdirSync(join(empty, 'packages'))
    try {
      const result = await cruiseImports(empty)
      expect(result.violations).toEqual([])
      expect(faultsOf(result, sourceFiles(empty), 1)).toEqual([
        'only 0 source files were cruised; there must be at least 1',
      ])
    } finally {
      rmSync(empty, { recursive: true })
    }
  })

  test('that read no TypeScript although it is there is refused, file by file', () => {
    expect(
      faultsOf({ violations: [], cruised: [] }, ['packages/store/src/index.ts', 'desktop/src/main.ts'], 0),
    ).toEqual(['not cruised: packages/store/src/index.ts', 'not cruised: desktop/src/main.ts'])
  })

  test('that left out one file is refused', () => {
    const onDisk = ['packages/store/src/index.ts', 'packages/store/src/node.ts']
    expect(faultsOf({ violations: [], cruised: onDisk.slice(0, 1) }, onDisk, 1)).toEqual([
      'not cruised: packages/store/src/node.ts',
    ])
  })
})
