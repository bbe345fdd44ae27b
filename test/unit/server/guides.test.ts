/** H5: the guides are right: each command of the server parses, each file of settings is accepted, and the example files are those shown. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@chartkeep/sync-server'
import { readArguments, SETTING_KEYS, variableOf } from '@chartkeep/sync-server/testing'
import { describe, expect, test } from 'vitest'
import { serverNode } from '../../../scripts/server-node.mjs'

const repository = join(import.meta.dirname, '../../..')
const folder = join(repository, 'docs/guides')
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'))
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

/** The fenced blocks of one language. */
function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!)
}

/** Lines of a shell block, with variables in front taken off. */
function commands(page: string): { line: string; variables: string[]; words: string[] }[] {
  return blocks(page, 'sh')
    .flatMap((text) => text.trim().split('\n'))
    .map((line) => {
      const words = line.trim().split(/\s+/)
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
      return { line, variables: words.slice(0, first), words: words.slice(first) }
    })
}

const all = pages.flatMap((page) => commands(page))

test('H5: every command of the server in the guides parses', () => {
  const argumentsOf = (words: string[]) => {
    if (words[0] === 'npm' && words[1] === 'run' && words[2] === 'server') return words.slice(4)
    const main = words.findIndex((word) => word === 'sync-server/src/main.ts')
    return main === -1 ? null : words.slice(main + 1)
  }
  const found = all.map(({ words }) => argumentsOf(words)).filter((args) => args !== null)
  for (const args of found) expect(() => readArguments(args), args.join(' ')).not.toThrow()
  const names = new Set(found.map((args) => readArguments(args).command.name))
  const backups = ['backup', 'verify', 'restore', 'mirror', 'restore-mirror', 'go-on']
  expect(names).toEqual(new Set([...backups, 'accounts', 'clock', 'invite', 'doctor', 'serve']))
})

test('H5: every npm script of the guides is there, and every variable is a setting', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const { words } of all.filter(({ words: [program] }) => program === 'npm')) {
    const [, first, ...rest] = words
    const script = first === 'run' ? rest.find((word) => !word.startsWith('-'))! : first!
    if (script !== 'ci') expect(scripts[script], script).toBeDefined()
  }
  const known = new Set([...SETTING_KEYS.map(variableOf), 'CHARTKEEP_CONFIG'])
  for (const { variables } of all)
    for (const variable of variables) expect(known, variable).toContain(variable.split('=')[0])
})

test('H5: every file of settings in the guides is accepted', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'chartkeep-guides-'))
  // The guide to the converter shows what it prints.
  const files = pages.filter((page) => page !== 'convert-files.md').flatMap((page) => blocks(page, 'json'))
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const [index, text] of files.entries()) {
    const path = join(scratch, `${index}.json`)
    writeFileSync(path, text)
    expect(readConfig({}, path).origin).toBe('https://charts.example.org')
  }
  rmSync(scratch, { recursive: true })
})

describe('example files', () => {
  test('H5: the proxies of the guide are the files next to it, and reach the default port', () => {
    const shown = [...blocks('tls-by-a-proxy.md', 'caddy'), ...blocks('tls-by-a-proxy.md', 'nginx')]
    const files = ['proxy/Caddyfile', 'proxy/nginx.conf'].map(read)
    expect(shown).toEqual(files)
    for (const file of files) expect(file).toContain(`127.0.0.1:${readConfig({}).port}`)
  })

  test('H5: the units start what is there, wait longer than a stop takes, and allow what the server writes', () => {
    const unit = read('systemd/chartkeep.service')
    const line = /^ExecStart=\/opt\/chartkeep\/(\S+) ((?:--\S+ )+)(\S+) (.*)$/m.exec(unit)!
    const [node, words, main, given] = line.slice(1) as [string, string, string, string]
    expect(words.trim().split(' ')).toEqual(serverNode.args)
    expect(Object.keys(serverNode.env)).toEqual(['NODE_COMPILE_CACHE'])
    const [cache] = /^Environment=NODE_COMPILE_CACHE=\/var\/cache\/(\S+)$/m.exec(unit)!.slice(1)
    expect(unit).toContain(`CacheDirectory=${cache}`)
    for (const path of [node, main]) expect(existsSync(join(repository, path)), path).toBe(true)
    expect(readArguments(given.split(' '))).toMatchObject({
      command: { name: 'serve' },
      config: '/etc/chartkeep/settings.json',
    })
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(readConfig({}).stopSeconds)
    const backup = read('systemd/chartkeep-backup.service')
    expect(backup).toContain('--config /etc/chartkeep/settings.json backup /var/backups/chartkeep/')
    expect(backup).toContain('ReadWritePaths=/var/backups/chartkeep /var/lib/chartkeep')
  })
})
