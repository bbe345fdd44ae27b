/** Each event that the computer and the person cause, against a fake of Electron that has what the program uses and nothing else. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SHELL_EVENT, SHELL_REQUESTS, settingsFile, startDesktop } from '@chartkeep/desktop'
import { fakeElectron, fakeEvent, FakeTray, FakeWindow, type FakeOptions } from '../../support/fake-electron.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'chartkeep-desktop-'))
  mkdirSync(join(place, 'app'))
  writeFileSync(join(place, 'app/index.html'), '<title>Chartkeep</title>')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Starts the program; the page does not listen yet. */
async function started(
  options: Partial<FakeOptions> = {},
  {
    args = [],
    platform = 'linux',
    isPackaged = true,
  }: { args?: string[]; platform?: NodeJS.Platform; isPackaged?: boolean } = {},
) {
  const fake = fakeElectron({ userData: place, ...options })
  fake.becomeReady()
  const system = {
    platform,
    args,
    isPackaged,
    appFolder: join(place, 'app'),
    preload: '/preload.cjs',
    trayImage: '/t.png',
  }
  await startDesktop(fake.electron, system)
  const window = FakeWindow.made[0]
  const told = () => window!.told.map(([, event]) => event)
  return {
    ...fake,
    window: window!,
    told,
    report: (waiting: number, isUnlocked = true, language = 'en') =>
      fake.ask(SHELL_REQUESTS.report, { waiting, isUnlocked, language }),
  }
}
const listening = async (...given: Parameters<typeof started>) => {
  const program = await started(...given)
  return { ...program, before: (await program.ask(SHELL_REQUESTS.ready)) as unknown[] }
}

describe('start', () => {
  test('one window on the app, sandboxed, and no tray', async () => {
    const { window, happened } = await started()
    expect(FakeWindow.made).toHaveLength(1)
    expect(window.loaded).toEqual(['chartkeep://app/'])
    expect(window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      preload: '/preload.cjs',
    })
    expect(FakeTray.made).toHaveLength(0)
    expect(happened.schemes).toEqual(['chartkeep-open'])
  })

  test('a checkout registers no scheme and shows the tools of a developer', async () => {
    const { window, happened } = await started({}, { isPackaged: false })
    expect(happened.schemes).toEqual([])
    expect(window.options.webPreferences?.devTools).toBe(true)
  })

  test('a second start ends at once and makes no window', async () => {
    const { happened } = await started({ isFirst: false })
    expect(happened.quits).toBe(1)
    expect(FakeWindow.made).toHaveLength(0)
  })

  test('a start with the system is hidden only where the person chose the tray', async () => {
    expect((await started({}, { args: ['--hidden'] })).window.isShown).toBe(true)
    settingsFile(join(place, 'shell.json')).change({ keepsRunning: true })
    expect((await started({}, { args: ['--hidden'] })).window.isShown).toBe(false)
    expect(FakeTray.made).toHaveLength(1)
  })
})

describe('what the computer tells', () => {
  test.each(['suspend', 'lock-screen', 'resume'] as const)('%s reaches a page that listens', async (name) => {
    const { power, told } = await listening()
    power.emit(name)
    expect(told()).toEqual([{ type: name }])
  })

  test('sleep before the page listens is not told later, for nothing was unlocked', async () => {
    const { power, ask, told } = await started()
    power.emit('suspend')
    expect(await ask(SHELL_REQUESTS.ready)).toEqual([])
    expect(told()).toEqual([])
  })
})

describe('what somebody opens from outside', () => {
  const code = 'chartkeep:share/v1/abc'
  const address = `chartkeep-open:${encodeURIComponent(code)}`

  test('an address in the command line waits until the page listens', async () => {
    const { before } = await listening({}, { args: [address] })
    expect(before).toEqual([{ type: 'code', text: code }])
  })

  test('a second instance hands over its address and shows the window', async () => {
    const { app, window, told } = await listening()
    window.isShown = false
    window.isSmall = true
    app.emit('second-instance', fakeEvent(), ['/usr/bin/chartkeep', '--flag', address])
    expect(told()).toEqual([{ type: 'code', text: code }])
    expect(window.isShown).toBe(true)
    expect(window.isSmall).toBe(false)
  })

  test('an address of the system (open-url) comes before and after the start', async () => {
    const fake = fakeElectron({ userData: place })
    const system = {
      platform: 'darwin' as const,
      args: [],
      isPackaged: true,
      appFolder: join(place, 'app'),
      preload: '/p',
      trayImage: '/t',
    }
    const running = startDesktop(fake.electron, system)
    fake.app.emit('open-url', fakeEvent(), address)
    expect(FakeWindow.made).toHaveLength(0)
    fake.becomeReady()
    await running
    expect(await fake.ask(SHELL_REQUESTS.ready)).toEqual([{ type: 'code', text: code }])
    fake.app.emit('open-url', fakeEvent(), address)
    expect(FakeWindow.made[0]!.told).toEqual([[SHELL_EVENT, { type: 'code', text: code }]])
  })

  test.each([
    'chartkeep:share/v1/abc',
    'https://example.org',
    'chartkeep-open:',
    'chartkeep-open:a%00b',
    `chartkeep-open:${'a'.repeat(5000)}`,
  ])('the address %s is passed over', async (other) => {
    const { app, told } = await listening()
    app.emit('open-url', fakeEvent(), other)
    expect(told()).toEqual([])
  })

  test('a file is read by the page at an address that serves once, and only from this program', async () => {
    const path = join(place, 'from-hospital.json')
    writeFileSync(path, '{"resourceType":"Bundle"}')
    const { app, told, happened } = await listening()
    const event = fakeEvent()
    app.emit('open-file', event, path)
    expect(event.isPrevented).toBe(true)
    const [file] = told() as [{ type: string; name: string; address: string }]
    expect(file).toMatchObject({ type: 'file', name: 'from-hospital.json' })
    expect(file.address).not.toContain('hospital')
    const answer = await happened.serve!(new Request(file.address))
    expect(await answer.text()).toBe('{"resourceType":"Bundle"}')
    expect((await happened.serve!(new Request(file.address))).status).toBe(404)
    const guessed = await happened.serve!(new Request('chartkeep://app/opened/00000000000000000000000000000000'))
    expect(guessed.status).toBe(404)
  })

  test('a folder and a file that is gone are passed over', async () => {
    const { app, told } = await listening()
    app.emit('open-file', fakeEvent(), place)
    app.emit('open-file', fakeEvent(), join(place, 'gone.json'))
    expect(told()).toEqual([])
  })

  test('a page that reloads is told of nothing twice', async () => {
    const { ask } = await listening({}, { args: [address] })
    expect(await ask(SHELL_REQUESTS.ready)).toEqual([])
  })
})

describe('closing and quitting', () => {
  test('the first close asks; Keep running hides the window and shows the tray', async () => {
    const { window, happened } = await started({ answers: [0] })
    window.press()
    await expect.poll(() => window.isShown).toBe(false)
    expect(happened.questions.map(({ message }) => message)).toEqual(['Keep Chartkeep running?'])
    expect(window.isGone).toBe(false)
    expect(FakeTray.made).toHaveLength(1)
    window.press()
    expect(happened.questions).toHaveLength(1)
  })

  test('Quit at the first close is remembered: later closes ask nothing', async () => {
    const { window, happened } = await started({ answers: [1] })
    window.press()
    await expect.poll(() => happened.quits).toBe(1)
    window.press()
    expect(window.isGone).toBe(true)
    expect(happened.questions).toHaveLength(1)
  })

  test('a question that is open is not asked a second time', async () => {
    const { window, happened } = await started()
    window.press()
    window.press()
    await expect.poll(() => happened.questions.length).toBe(1)
  })

  test('quitting with changes that wait asks once and says that they are saved', async () => {
    const { app, report, happened } = await started({ answers: [0, 1] })
    await report(3)
    const stays = fakeEvent()
    app.emit('before-quit', stays)
    expect(stays.isPrevented).toBe(true)
    await expect.poll(() => happened.questions.length).toBe(1)
    expect(happened.questions[0]!.detail).toBe(
      '3 changes are saved on this computer and will sync the next time you open Chartkeep.',
    )
    expect(happened.quits).toBe(0)
    app.emit('before-quit', fakeEvent())
    await expect.poll(() => happened.quits).toBe(1)
    const goes = fakeEvent()
    app.emit('before-quit', goes)
    expect(goes.isPrevented).toBe(false)
  })

  test('quitting with nothing that waits asks nothing', async () => {
    const { app, report, happened } = await started()
    await report(0)
    const event = fakeEvent()
    app.emit('before-quit', event)
    expect(event.isPrevented).toBe(false)
    expect(happened.questions).toHaveLength(0)
  })

  test('a Mac keeps running without a window, as Macs do', async () => {
    const { app, window, happened } = await started({}, { platform: 'darwin' })
    window.press()
    expect(window.isGone).toBe(true)
    app.emit('window-all-closed')
    expect(happened.quits).toBe(0)
    app.emit('activate')
    expect(FakeWindow.made).toHaveLength(2)
  })
})

describe('tray, badge and settings', () => {
  async function withTray(options: Partial<FakeOptions> = {}) {
    settingsFile(join(place, 'shell.json')).change({ keepsRunning: true })
    const program = await listening(options)
    return { ...program, tray: FakeTray.made[0]! }
  }

  test('the tray says locked, synced or how many changes wait, and names no person', async () => {
    const { tray, report, happened } = await withTray()
    expect(tray.tip).toBe('Chartkeep: Locked')
    await report(0)
    expect(tray.tip).toBe('Chartkeep: Everything is synced')
    await report(2)
    expect(tray.tip).toBe('Chartkeep: 2 changes waiting to sync')
    expect(happened.badge).toBe(2)
    await report(2, true, 'zh-TW')
    expect(tray.tip).toBe('Chartkeep: 2 筆變更等候同步')
  })

  test('Lock now reaches the page; the system’s language serves until the page names one', async () => {
    const { tray, report, told } = await withTray({ locale: 'zh-TW' })
    expect(tray.tip).toBe('Chartkeep: 已鎖定')
    await report(0)
    tray.press('Lock now')
    expect(told()).toEqual([{ type: 'lock' }])
  })

  test('a press on the tray shows the window again', async () => {
    const { tray, window } = await withTray()
    window.press()
    expect(window.isShown).toBe(false)
    tray.emit('click')
    expect(window.isShown).toBe(true)
  })

  test('starting with the system is off until the person switches it on, and is kept', async () => {
    const { ask, happened } = await started()
    expect(await ask(SHELL_REQUESTS.settings)).toEqual({ keepsRunning: null, startsWithSystem: false })
    await ask(SHELL_REQUESTS.change, { startsWithSystem: true, keepsRunning: 'yes' })
    expect(happened.login).toEqual([{ openAtLogin: true, args: ['--hidden'] }])
    expect(settingsFile(join(place, 'shell.json')).read()).toEqual({ keepsRunning: null, startsWithSystem: true })
  })

  test('another page gets no answer, and a report that is none changes nothing', async () => {
    const { ask, happened } = await started()
    await expect(ask(SHELL_REQUESTS.report, { waiting: 9 }, 'https://evil.example')).rejects.toThrow(
      'not for this page',
    )
    for (const bad of [
      null,
      3,
      { waiting: -1, isUnlocked: true, language: 'en' },
      { waiting: 1e9, isUnlocked: true, language: 'en' },
      { waiting: 1, isUnlocked: true, language: 'x'.repeat(99) },
    ])
      await ask(SHELL_REQUESTS.report, bad)
    expect(happened.badge).toBe(0)
  })

  test('a damaged settings file counts as none; a folder that cannot be written throws nothing', () => {
    writeFileSync(join(place, 'shell.json'), '{"keepsRunning":')
    expect(settingsFile(join(place, 'shell.json')).read()).toEqual({ keepsRunning: null, startsWithSystem: false })
    expect(settingsFile(join(place, 'gone/shell.json')).change({ keepsRunning: true }).keepsRunning).toBe(true)
  })
})

test('a part that the fake lacks fails by its name', () => {
  const { electron } = fakeElectron({ userData: place })
  expect(() => (electron as unknown as Record<string, unknown>)['clipboard']).toThrow('the fake has no clipboard')
})
