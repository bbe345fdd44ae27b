/** What the desktop window may do, and the platform that it gives the app. */
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  CONTENT_SECURITY_POLICY,
  installPlatform,
  mayDownload,
  mayHave,
  mayNavigateTo,
  WEB_PREFERENCES,
} from '@chartkeep/desktop'

describe('the window', () => {
  test('keeps page, preload and system apart', () => {
    expect(WEB_PREFERENCES).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      allowRunningInsecureContent: false,
      webviewTag: false,
    })
  })

  test.each(['chartkeep://app/', 'chartkeep://app/#/unlock', 'chartkeep://app/#/list/k3'])(
    'may go to %s',
    (address) => {
      expect(mayNavigateTo(address)).toBe(true)
    },
  )

  test.each([
    'chartkeep://app',
    'chartkeep://app/other',
    'chartkeep://app/?a=1',
    'chartkeep://app.evil/',
    'chartkeep://evil/#chartkeep://app/',
    'https://example.org/',
    'http://localhost:8787/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:chartkeep://app/1',
    'about:blank',
    '',
  ])('may not go to %j', (address) => {
    expect(mayNavigateTo(address)).toBe(false)
  })

  test('the app may write into files and folders that the person picks', () => {
    expect(mayHave('fileSystem', 'chartkeep://app/#/backup')).toBe(true)
    expect(mayHave('fileSystem', 'https://example.org')).toBe(false)
  })

  test('the app may write to the clipboard', () => {
    expect(mayHave('clipboard-sanitized-write', 'chartkeep://app/#/share')).toBe(true)
    expect(mayHave('clipboard-sanitized-write', 'chartkeep://app')).toBe(true)
  })

  test.each(['clipboard-read', 'media', 'geolocation', 'openExternal', 'usb', 'hid', 'unknown', ''])(
    'the app may not have %j',
    (permission) => {
      expect(mayHave(permission, 'chartkeep://app/')).toBe(false)
    },
  )

  test('the app may show notifications and use the camera, never the microphone', () => {
    expect(mayHave('notifications', 'chartkeep://app/')).toBe(true)
    expect(mayHave('media', 'chartkeep://app/', ['video'])).toBe(true)
    for (const media of [['audio'], ['video', 'audio'], ['unknown'], []])
      expect(mayHave('media', 'chartkeep://app/', media)).toBe(false)
    expect(mayHave('media', 'https://example.org/', ['video'])).toBe(false)
    expect(mayHave('notifications', 'https://example.org/')).toBe(false)
  })

  test.each(['https://example.org/', 'chartkeep://app.evil/', 'chartkeep://apps', 'null', ''])(
    'another page (%j) may have nothing',
    (asker) => {
      expect(mayHave('clipboard-sanitized-write', asker)).toBe(false)
    },
  )

  test('only what the app made itself is saved', () => {
    expect(mayDownload('blob:chartkeep://app/4f1c')).toBe(true)
    for (const address of [
      'https://example.org/a',
      'chartkeep://app/index.html',
      'blob:https://example.org/1',
      'data:,x',
    ]) {
      expect(mayDownload(address)).toBe(false)
    }
  })

  test('no script but those of the build runs, and nothing is sent in plain text to another machine', () => {
    const policy = new Map(
      CONTENT_SECURITY_POLICY.split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ')
        return [name, sources] as const
      }),
    )
    expect(policy.get('default-src')).toEqual(["'none'"])
    expect(policy.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"])
    for (const source of policy.get('connect-src') ?? []) {
      expect(source === "'self'" || /^(https:|wss:|(http|ws):\/\/localhost:\*)$/.test(source)).toBe(true)
    }
    for (const name of ['object-src', 'frame-src', 'frame-ancestors', 'base-uri', 'form-action']) {
      expect(policy.get(name)).toEqual(["'none'"])
    }
  })
})

/** Runs the function as the preload sends it: as text, in a world that holds none of this file. */
function installInOtherWorld() {
  const clicked: Record<string, unknown>[] = []
  const listeners = new Map<string, () => void>()
  const world = {
    document: {
      createElement: (tag: string) => {
        const element: Record<string, unknown> = {
          tag,
          files: ['a file'],
          addEventListener: (name: string, listener: () => void) => listeners.set(name, listener),
          click: () => clicked.push(element),
        }
        return element
      },
    },
    URL: { createObjectURL: () => 'blob:chartkeep://app/1', revokeObjectURL: () => undefined },
    setTimeout: () => 0,
  }
  const platform = runInNewContext(`(${installPlatform.toString()})(); globalThis.chartkeepPlatform`, world)
  return { platform, world, clicked, listeners }
}

describe('the platform', () => {
  test('needs nothing from outside the function, and can be used without a server', () => {
    const { platform } = installInOtherWorld()
    expect(platform).toMatchObject({ kind: 'electron', canWorkWithoutServer: true, ownServer: null, isSecure: true })
  })

  test('cannot be replaced by the page', () => {
    const { world } = installInOtherWorld()
    expect(() => runInNewContext(`'use strict'; globalThis.chartkeepPlatform = {}`, world)).toThrow(/read.only/)
    expect(() => runInNewContext(`'use strict'; chartkeepPlatform.kind = 'browser'`, world)).toThrow(/read.only/)
  })

  test('hands over the files that were picked, and forgets their paths', async () => {
    const { platform, clicked, listeners } = installInOtherWorld()
    const picked = platform.openFile({ accept: '.json', multiple: true })
    expect(clicked).toMatchObject([{ tag: 'input', type: 'file', accept: '.json', multiple: true }])
    listeners.get('change')?.()
    expect([...(await picked)]).toEqual(['a file'])
    expect(clicked[0]).toMatchObject({ value: '' })
  })

  test('gives an empty list when the person cancels', async () => {
    const { platform, clicked, listeners } = installInOtherWorld()
    const picked = platform.openFile({ accept: '.json', multiple: false })
    Object.assign(clicked[0] ?? {}, { files: [] })
    listeners.get('cancel')?.()
    expect([...(await picked)]).toEqual([])
  })

  test('saves under the name given', async () => {
    const { platform, clicked } = installInOtherWorld()
    await platform.saveFile('chartkeep-backup.bin', {})
    expect(clicked).toMatchObject([{ tag: 'a', href: 'blob:chartkeep://app/1', download: 'chartkeep-backup.bin' }])
  })
})
