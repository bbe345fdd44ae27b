/** The decisions inside npm start and npm test: what is missing, whose port it is, what is counted, what is said. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestOfSources } from '../../../scripts/app-build.mjs'
import { installAdvice, isDebian } from '../../../scripts/browser.mjs'
import { missingPackages } from '../../../scripts/install.mjs'
import { repository } from '../../../scripts/pinned-node.mjs'
import { withLock } from '../../../scripts/process-lock.mjs'
import { busyPortMessage, portFrom, whoListens } from '../../../scripts/port.mjs'
import { summaryOf } from '../../../scripts/steps.mjs'
import { countOf, countsOf, failedJourneys, failuresOf, withSecondRun } from '../../../scripts/test-report.mjs'

/** A server that gives one answer to everything, for as long as `use` runs. */
async function listening(body: string, use: (port: number) => Promise<void>) {
  const server = createServer((_request, response) => response.end(body))
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  try {
    await use((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    await new Promise((settle) => server.close(settle))
  }
}

/** As vitest's JSON reporter writes it. */
const report = (
  passed: number,
  failed: number,
  testResults: { status: string; assertionResults: { status: string }[] }[] = [],
) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 1,
  testResults,
})

describe('what must be installed', () => {
  const wanted = {
    packages: {
      '': { version: '0.1.0' },
      'packages/app': { version: '0.1.0' },
      'node_modules/@chartkeep/app': { link: true },
      'node_modules/react': { version: '19.3.1' },
      'node_modules/@oxlint/binding-darwin-arm64': { version: '1.89.0', optional: true },
    },
  }

  test('everything, where nothing is installed; but not what is for other platforms', () => {
    expect(missingPackages(wanted, {})).toEqual(['node_modules/@chartkeep/app', 'node_modules/react'])
  })

  test('a package inside a workspace too', () => {
    expect(missingPackages({ packages: { 'packages/sync/node_modules/a': { version: '1.0.0' } } }, {})).toEqual([
      'packages/sync/node_modules/a',
    ])
  })

  test('nothing, where each package is in its version', () => {
    const installed = {
      packages: { 'node_modules/@chartkeep/app': { link: true }, 'node_modules/react': { version: '19.3.1' } },
    }
    expect(missingPackages(wanted, installed)).toEqual([])
  })

  test('a package in another version, an optional one too', () => {
    const installed = {
      packages: {
        'node_modules/@chartkeep/app': { link: true },
        'node_modules/react': { version: '19.3.0' },
        'node_modules/@oxlint/binding-darwin-arm64': { version: '1.88.0', optional: true },
      },
    }
    expect(missingPackages(wanted, installed)).toEqual([
      'node_modules/react',
      'node_modules/@oxlint/binding-darwin-arm64',
    ])
  })
})

describe('the port', () => {
  test('is 8787 unless the environment names one', () => {
    expect([portFrom(undefined), portFrom(''), portFrom('9000')]).toEqual([8787, 8787, 9000])
  })

  test.each(['0', '65536', '-1', '80a', '1e3', ' 80', '8787.0'])('%j is refused with the reason', (text) => {
    expect(() => portFrom(text)).toThrow(`CHARTKEEP_PORT must be a number from 1 to 65535, not "${text}".`)
  })

  test('on which something else answers is told from one that nobody holds', async () => {
    let freed = 0
    await listening('hello', async (port) => {
      expect(await whoListens(port)).toBe('other')
      freed = port
    })
    expect(await whoListens(freed)).toBe('free')
  })

  test('on which Chartkeep itself answers is told as such', async () => {
    await listening('{"service":"chartkeep"}', async (port) => expect(await whoListens(port)).toBe('chartkeep'))
  })

  test('that is taken is explained with a command that works', () => {
    expect(busyPortMessage(8787, 'other')).toContain('Nothing was started.')
    expect(busyPortMessage(8787, 'other')).toContain('CHARTKEEP_PORT=8788 npm start')
    expect(busyPortMessage(65_535, 'chartkeep')).toContain('CHARTKEEP_PORT=65534 npm start')
  })
})

describe('the browser', () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n'

  test('on Debian without root the advice is one command that installs just what is missing', () => {
    expect(installAdvice(['chromium', 'fonts-noto-cjk'], debian)).toContain(
      'sudo apt-get update && sudo apt-get install -y chromium fonts-noto-cjk\n',
    )
    expect(installAdvice(['fonts-noto-cjk'], debian)).not.toContain('chromium')
  })

  test('elsewhere no command is promised that might not exist', () => {
    const advice = installAdvice(['chromium'], '')
    expect(advice).not.toContain('apt-get')
    expect(advice).toContain('/usr/bin/chromium')
  })

  test('Ubuntu is not taken for Debian', () => {
    expect([isDebian(debian), isDebian('ID=ubuntu\nID_LIKE=debian\n'), isDebian('')]).toEqual([true, false, false])
  })
})

describe('counting tests', () => {
  test('a good run is counted as it is', () => {
    expect(countOf(report(12, 0), 0)).toEqual({ passed: 12, failed: 0, skipped: 1 })
  })

  test('a file that could not be loaded is a failure, though it has no test', () => {
    expect(countOf(report(12, 0, [{ status: 'failed', assertionResults: [] }]), 1).failed).toBe(1)
  })

  test('a failed test is not counted once more for its file', () => {
    expect(countOf(report(12, 1, [{ status: 'failed', assertionResults: [{ status: 'failed' }] }]), 1).failed).toBe(1)
  })

  test.each([
    ['no report', null, 0],
    ['no test at all', report(0, 0), 0],
    ['a bad end without a failed test', report(12, 0), 1],
  ] as const)('%s is one failure', (_what, given, exitCode) => {
    expect(countOf(given, exitCode).failed).toBe(1)
  })
})

describe('counting the projects of one run', () => {
  const file = (name: string, ...statuses: string[]) => ({
    name: join(repository, 'test', name),
    status: statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map((status) => ({ status })),
  })
  const names = ['unit', 'integration', 'end-to-end']
  const good = [
    file('unit/domain/a.test.ts', 'passed', 'passed'),
    file('contract/b.test.ts', 'passed', 'pending'),
    file('simulation/c.test.ts', 'passed'),
    file('attack/protocol/d.test.ts', 'passed'),
    file('end-to-end/e.test.ts', 'passed'),
  ]
  const counted = (testResults: typeof good, exitCode: number) => [
    ...countsOf(names, { testResults }, exitCode).values(),
  ]

  test('each file counts for its own', () => {
    expect(counted(good, 0)).toEqual([
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 2, failed: 0, skipped: 0 },
      { passed: 1, failed: 0, skipped: 0 },
    ])
  })

  test('a failed test fails its project and no other', () => {
    const failed = [...good, file('integration/f.test.ts', 'passed', 'failed')]
    expect(counted(failed, 1).map((count) => count.failed)).toEqual([0, 1, 0])
  })

  test('a file that could not be loaded fails its project and no other', () => {
    const failed = [...good, { ...file('end-to-end/f.test.ts'), status: 'failed' }]
    expect(counted(failed, 1).map((count) => count.failed)).toEqual([0, 0, 1])
  })

  test('a project of which nothing ran, a bad end without a failed test, and no report are failures', () => {
    expect(counted(good.slice(0, 4), 0).map((count) => count.failed)).toEqual([0, 0, 1])
    expect(counted(good, 1).map((count) => count.failed)).toEqual([1, 1, 1])
    expect([...countsOf(names, null, 0).values()].map((count) => count.failed)).toEqual([1, 1, 1])
  })
})

describe('failures in a few lines', () => {
  const name = join(repository, 'test/end-to-end/kills.test.ts')
  const failureMessages = [
    `\u001b[31mError\u001b[39m: Waited 60 seconds\n  for the chart ${'x'.repeat(400)}\n    at wait (${join(repository, 'test/support/a.ts')}:3:1)\n    at ${name}:117:9`,
  ]
  const failed = (fullName: string) => ({ status: 'failed', fullName, failureMessages })
  const journey = { name, status: 'failed', assertionResults: [failed('Y6: all open again'), { status: 'passed' }] }
  const held = { ...journey, status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }] }
  const attack = { ...journey, name: join(repository, 'test/attack/blobs.test.ts') }

  test('say the file, the line in it, the name, and how the message begins, without colours', () => {
    const [line = ''] = failuresOf({ testResults: [journey] }, tmpdir())
    expect(line).toMatch(
      /^FAILED {2}test\/end-to-end\/kills\.test\.ts:117 {2}Y6: all open again\n {2}Error: Waited 60 seconds for the chart x+$/u,
    )
    expect(line.split('\n')[1]).toHaveLength(302)
  })

  test('a file that could not be loaded and an error that no test caught are told too', () => {
    const broken = { name, status: 'failed', message: 'Cannot find module', assertionResults: [] }
    const seen = { testResults: [broken], unhandled: [{ file: '', message: 'a worker ended' }] }
    expect(failuresOf(seen, tmpdir())).toEqual([
      'FAILED  test/end-to-end/kills.test.ts\n  Cannot find module',
      'NOT CAUGHT  no file\n  a worker ended',
    ])
    expect([...failuresOf({ testResults: [held] }), ...failuresOf(null)]).toEqual([])
  })

  test('what each device showed is under them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartkeep-failures-'))
    writeFileSync(join(folder, 'kills.test.ts.txt'), 'phone at /#/unlock "Unlock"\nlaptop at /#/chart "Records"\n')
    expect(failuresOf({ testResults: [journey] }, folder)[1]).toBe(
      '  phone at /#/unlock "Unlock"\n  laptop at /#/chart "Records"',
    )
    rmSync(folder, { recursive: true })
  })

  test('a journey that holds the second time counts as passed and is named; nothing else is ever run again', () => {
    const first = { testResults: [journey, attack], unhandled: [{ file: name, message: 'closed' }] }
    expect(failedJourneys(first)).toEqual([name])
    const { report: shown, unsteady } = withSecondRun(
      first,
      { testResults: [held, { ...attack, status: 'passed' }] },
      tmpdir(),
    )
    expect(shown).toEqual({ testResults: [held, attack], unhandled: [] })
    expect(unsteady).toHaveLength(1)
    expect(unsteady[0]).toMatch(
      /^unsteady: held only the second time: test\/end-to-end\/kills\.test\.ts:117 .*Waited 60/u,
    )
  })

  test.each([
    ['fails again', { testResults: [journey] }],
    ['has no test in it', { testResults: [{ ...held, assertionResults: [] }] }],
    ['leaves an error uncaught', { testResults: [held], unhandled: [{ file: name, message: 'closed' }] }],
    ['did not come about', null],
  ])('a second run that %s changes nothing', (_what, second) => {
    const first = { testResults: [journey], unhandled: [{ file: '', message: 'a worker ended' }] }
    expect(withSecondRun(first, second, tmpdir())).toEqual({ report: first, unsteady: [] })
  })
})

describe('the summary', () => {
  const lint = { name: 'lint', seconds: 2, passed: 0, failed: 0, skipped: 0 }
  const unit = { name: 'unit', seconds: 30, passed: 400, failed: 0, skipped: 2 }
  const browser = { name: 'end-to-end', seconds: 60, passed: 9, failed: 0, skipped: 0 }

  test('ends with the sum alone on its line', () => {
    const { text, ok } = summaryOf([lint, unit, browser])
    expect(text.split('\n').at(-1)).toBe('409 passed, 0 failed')
    expect(ok).toBe(true)
  })

  test('a check without tests that does not hold is counted and fails the run', () => {
    const { text, ok } = summaryOf([{ ...lint, failed: 1 }, unit])
    expect(text.split('\n').at(-1)).toBe('400 passed, 1 failed')
    expect(text).toContain('FAILED  lint')
    expect(ok).toBe(false)
  })

  test('tells failures before its last line', () => {
    const { text } = summaryOf([{ ...browser, failed: 1, notes: ['FAILED  a.test.ts:3  opens\n  Error: no'] }])
    expect(text.split('\n').slice(-4)).toEqual(['FAILED  a.test.ts:3  opens', '  Error: no', '', '9 passed, 1 failed'])
  })

  test('of no step at all is no success', () => {
    expect(summaryOf([]).ok).toBe(false)
  })
})

describe('the digest of the app', () => {
  test('changes with content, name and place of a source, and with nothing else', () => {
    const root = mkdtempSync(join(tmpdir(), 'chartkeep-digest-'))
    const write = (file: string, content: string) => {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), content)
    }
    try {
      write('packages/app/src/a.ts', 'a')
      const first = digestOfSources(root)
      write('packages/app/src/a.ts', 'a')
      write('packages/app/dist/index.html', 'built')
      write('README.md', 'text')
      expect(digestOfSources(root)).toBe(first)

      write('packages/app/src/a.ts', 'b')
      const changed = digestOfSources(root)
      write('packages/sync/src/new.ts', '')
      const added = digestOfSources(root)
      write('package-lock.json', '{}')
      expect(new Set([first, changed, added, digestOfSources(root)]).size).toBe(4)
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})

describe('one process at a time', () => {
  /** Runs `code` in a process of its own, where `lock` and `count` are paths and withLock is there. */
  const start = (folder: string, code: string) => {
    const lock = new URL('../../../scripts/process-lock.mjs', import.meta.url)
    const head =
      `import { readFileSync, writeFileSync } from 'node:fs'; import { withLock } from '${lock.href}';` +
      `const [lock, count] = ${JSON.stringify([join(folder, 'a.lock'), join(folder, 'count')])};`
    return spawn(process.execPath, ['--input-type=module', '--eval', head + code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  test('what each reads and writes again, none of the others does meanwhile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartkeep-lock-'))
    try {
      writeFileSync(join(folder, 'count'), '0')
      const add = `await withLock(lock, 60, async () => {
        const was = Number(readFileSync(count, 'utf8'))
        await new Promise((resolve) => setTimeout(resolve, 30))
        writeFileSync(count, String(was + 1))
      })`
      const ended = [1, 2, 3, 4].map(async () => (await once(start(folder, add), 'close'))[0])
      expect(await Promise.all(ended)).toEqual([0, 0, 0, 0])
      expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('4')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('who was killed holds nothing; who lives is named with what to do, and work that fails gives back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartkeep-lock-'))
    const lock = join(folder, 'a.lock')
    const child = start(
      folder,
      `await withLock(lock, 60, () => new Promise(() => setInterval(console.log, 20, 'held')))`,
    )
    try {
      await once(child.stdout, 'data')
      await expect(withLock(lock, 0.1, async () => 'mine')).rejects.toThrow(`has held ${lock} for 0.1 seconds`)
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
      const failing = withLock(lock, 60, () => Promise.reject(new Error('the work failed')))
      await expect(failing).rejects.toThrow('the work failed')
      expect(await withLock(lock, 60, async () => 'mine')).toBe('mine')
    } finally {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
