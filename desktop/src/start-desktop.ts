/**
 * The desktop program: one window on the built app, which comes from the program's own protocol and not from a server, so that no server can hand out
 * another app; a tray; and what the computer tells (sleep, lock screen, files and addresses opened from outside). It decides nothing about records: the
 * page locks, syncs and imports. Electron and the system come as arguments, so that a test drives every event.
 */
import { join } from 'node:path'
import { createAppFiles } from './app-files.ts'
import { APP_ADDRESS, APP_SCHEME } from './app-protocol.ts'
import { codeFrom, OPEN_SCHEME, openedBy, type Opened } from './opened.ts'
import { createOpenedFiles } from './opened-files.ts'
import { changesOf, reportOf, SHELL_EVENT, SHELL_REQUESTS, type ShellEvent, type ShellReport } from './shell-channel.ts'
import { settingsFile } from './shell-settings.ts'
import { answerKeyRequests, createSystemKeys, type SafeStorage } from './system-keys.ts'
import { ANSWER_HEADERS, mayDownload, mayHave, mayNavigateTo, WEB_PREFERENCES } from './window-rules.ts'
import { wordsFor } from './words.ts'

type RealElectron = typeof import('electron')
type AppWindow = Pick<
  Electron.BrowserWindow,
  'on' | 'show' | 'hide' | 'focus' | 'isMinimized' | 'isVisible' | 'restore' | 'isDestroyed' | 'loadURL'
> & { webContents: Pick<Electron.WebContents, 'send'> }
type AppTray = Pick<Electron.Tray, 'on' | 'setToolTip' | 'setContextMenu'>

/** What the program uses of Electron, and nothing else. The real module has all of it; the tests' fake has exactly these parts. */
export interface DesktopElectron {
  app: Pick<
    RealElectron['app'],
    | 'enableSandbox'
    | 'getLocale'
    | 'getPath'
    | 'on'
    | 'quit'
    | 'requestSingleInstanceLock'
    | 'setAsDefaultProtocolClient'
    | 'setBadgeCount'
    | 'setLoginItemSettings'
    | 'whenReady'
  >
  BrowserWindow: new (options: Electron.BrowserWindowConstructorOptions) => AppWindow
  dialog: { showMessageBox(options: Electron.MessageBoxOptions): Promise<{ response: number }> }
  ipcMain: Pick<RealElectron['ipcMain'], 'handle'>
  Menu: Pick<typeof Electron.Menu, 'buildFromTemplate'>
  powerMonitor: Pick<RealElectron['powerMonitor'], 'on'>
  protocol: Pick<RealElectron['protocol'], 'handle' | 'registerSchemesAsPrivileged'>
  safeStorage: SafeStorage
  session: {
    defaultSession: Pick<
      Electron.Session,
      'on' | 'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'
    >
  }
  Tray: new (image: string) => AppTray
}

/** What the program needs to know of the computer. */
export interface DesktopSystem {
  /** `process.platform` */
  platform: NodeJS.Platform
  /** The command line behind the program's own name. */
  args: readonly string[]
  /** Whether this is an installed program, and not a checkout. */
  isPackaged: boolean
  /** Folder of the built app. */
  appFolder: string
  /** The bundled preload script: one CommonJS file. */
  preload: string
  /** Picture of the tray. */
  trayImage: string
}

/**
 * Starts the program. A second start hands what it was asked to open to the first, and ends.
 * @returns when the first window is made, or at once in a second start
 */
export async function startDesktop(electron: DesktopElectron, system: DesktopSystem): Promise<void> {
  const { app } = electron
  let window: AppWindow | null = null
  let tray: AppTray | null = null
  let isQuitting = false
  let isAsking = false
  let report: ShellReport = { isUnlocked: false, waiting: 0, language: '' }
  /** Until the page listens. */
  let untold: ShellEvent[] = []
  let isListening = false

  const files = createOpenedFiles(ANSWER_HEADERS)
  const words = () => wordsFor(report.language === '' ? app.getLocale() : report.language)

  app.enableSandbox()
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
  guardPages(electron)

  const tell = (event: ShellEvent) => {
    if (isListening && window !== null && !window.isDestroyed()) window.webContents.send(SHELL_EVENT, event)
    else if (event.type === 'code' || event.type === 'file') untold.push(event)
    // A page that does not listen yet has nothing unlocked: sleep and lock screen say nothing to it.
  }
  const open = (opened: Opened) => {
    if (opened.type === 'code') return tell(opened)
    const offered = files.offer(opened.path)
    if (offered !== null) tell({ type: 'file', ...offered })
  }

  // On macOS a file or an address can come before the program is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    open({ type: 'file', path })
    showWindow()
  })
  app.on('open-url', (event, address) => {
    event.preventDefault()
    const text = codeFrom(address)
    if (text !== null) open({ type: 'code', text })
    showWindow()
  })
  app.on('second-instance', (_event, argv) => {
    for (const opened of openedBy(argv.slice(1))) open(opened)
    showWindow()
  })
  app.on('activate', () => showWindow())
  app.on('window-all-closed', () => {
    if (system.platform !== 'darwin') app.quit()
  })
  app.on('before-quit', (event) => {
    if (isQuitting || report.waiting === 0) {
      isQuitting = true
      return
    }
    event.preventDefault()
    void askToQuit()
  })

  // Two processes on one profile would be two writers of one store.
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  for (const opened of openedBy(system.args)) open(opened)
  let isReady = false
  await app.whenReady()
  isReady = true

  const settings = settingsFile(join(app.getPath('userData'), 'shell.json'))
  guardSession(electron)
  const serveApp = createAppFiles(system.appFolder)
  electron.protocol.handle(APP_SCHEME, (request) => files.answer(request.url) ?? serveApp(request))
  answerKeyRequests(electron.ipcMain, createSystemKeys(electron.safeStorage, system.platform), mayNavigateTo)
  answerShellRequests()
  electron.powerMonitor.on('suspend', () => tell({ type: 'suspend' }))
  electron.powerMonitor.on('lock-screen', () => tell({ type: 'lock-screen' }))
  electron.powerMonitor.on('resume', () => tell({ type: 'resume' }))
  if (system.isPackaged) app.setAsDefaultProtocolClient(OPEN_SCHEME)
  if (settings.read().keepsRunning === true) showTray()
  if (!system.args.includes('--hidden') || settings.read().keepsRunning !== true) showWindow()
  else makeWindow(false)

  function answerShellRequests(): void {
    const forApp =
      <Given extends unknown[]>(answer: (...given: Given) => unknown) =>
      (event: { senderFrame: { url: string } | null }, ...given: unknown[]) => {
        if (!mayNavigateTo(event.senderFrame?.url ?? '')) throw new Error('not for this page')
        return answer(...(given as Given))
      }
    electron.ipcMain.handle(
      SHELL_REQUESTS.ready,
      forApp(() => {
        isListening = true
        const before = untold
        untold = []
        return before
      }),
    )
    electron.ipcMain.handle(
      SHELL_REQUESTS.report,
      forApp((given: unknown) => {
        report = reportOf(given) ?? report
        app.setBadgeCount(report.waiting)
        drawTray()
      }),
    )
    electron.ipcMain.handle(
      SHELL_REQUESTS.settings,
      forApp(() => settings.read()),
    )
    electron.ipcMain.handle(
      SHELL_REQUESTS.change,
      forApp((given: unknown) => {
        const changed = settings.change(changesOf(given))
        app.setLoginItemSettings({ openAtLogin: changed.startsWithSystem, args: ['--hidden'] })
        if (changed.keepsRunning === true) showTray()
        return changed
      }),
    )
  }

  function showWindow(): void {
    if (!isReady) return
    if (window === null || window.isDestroyed()) {
      makeWindow(true)
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  function makeWindow(isShown: boolean): void {
    isListening = false
    const made = new electron.BrowserWindow({
      title: 'Chartkeep',
      width: 1280,
      height: 860,
      minWidth: 360,
      minHeight: 480,
      show: isShown,
      webPreferences: { ...WEB_PREFERENCES, preload: system.preload, devTools: !system.isPackaged },
    })
    window = made
    made.on('close', (event) => {
      if (isQuitting || system.platform === 'darwin') return
      const { keepsRunning } = settings.read()
      if (keepsRunning === false) return
      event.preventDefault()
      if (keepsRunning === true) made.hide()
      else void askToKeepRunning(made)
    })
    void made.loadURL(APP_ADDRESS)
  }

  async function askToKeepRunning(made: AppWindow): Promise<void> {
    const { keepRunningTitle, keepRunningText, keepRunning, quitInstead } = words()
    const chosen = await ask(keepRunningTitle, keepRunningText, [keepRunning, quitInstead])
    if (chosen === null) return
    settings.change({ keepsRunning: chosen === 0 })
    if (chosen === 0) {
      showTray()
      made.hide()
    } else {
      app.quit()
    }
  }

  async function askToQuit(): Promise<void> {
    const { quitTitle, quitText, quitAnyway, stay } = words()
    const chosen = await ask(quitTitle, quitText(report.waiting), [stay, quitAnyway])
    if (chosen !== 1) return
    isQuitting = true
    app.quit()
  }

  /** One question at a time; null where one is open already. */
  async function ask(message: string, detail: string, buttons: string[]): Promise<number | null> {
    if (isAsking) return null
    isAsking = true
    try {
      const { response } = await electron.dialog.showMessageBox({ message, detail, buttons, defaultId: 0, cancelId: 0 })
      return response
    } finally {
      isAsking = false
    }
  }

  function showTray(): void {
    if (tray !== null) return
    tray = new electron.Tray(system.trayImage)
    tray.on('click', () => showWindow())
    drawTray()
  }

  function drawTray(): void {
    if (tray === null) return
    const { open: openWord, lock, quit, locked, synced, waiting } = words()
    const state = !report.isUnlocked ? locked : report.waiting === 0 ? synced : waiting(report.waiting)
    tray.setToolTip(`Chartkeep: ${state}`)
    tray.setContextMenu(
      electron.Menu.buildFromTemplate([
        { label: state, enabled: false },
        { label: openWord, click: () => showWindow() },
        { label: lock, enabled: report.isUnlocked, click: () => tell({ type: 'lock' }) },
        { label: quit, click: () => app.quit() },
      ]),
    )
  }
}

function guardPages({ app }: DesktopElectron): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !mayNavigateTo(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    // The task bar shows titles: ours is always the same.
    contents.on('page-title-updated', (event) => event.preventDefault())
  })
}

function guardSession({ session }: DesktopElectron): void {
  const guarded = session.defaultSession
  guarded.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(mayHave(permission, details.requestingUrl, 'mediaTypes' in details ? details.mediaTypes : [])),
  )
  guarded.setPermissionCheckHandler((_contents, permission, origin, { mediaType }) =>
    mayHave(permission, origin, mediaType === undefined ? [] : [mediaType]),
  )
  guarded.setDevicePermissionHandler(() => false)
  guarded.on('will-download', (event, item) => {
    if (!mayDownload(item.getURL())) event.preventDefault()
  })
}
