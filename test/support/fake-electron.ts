/**
 * Electron as far as the desktop program uses it (`DesktopElectron`, whose types are Electron's own), for tests that make its events happen. A name that
 * the program uses and this fake lacks is a type error here, and throws where a test reaches it.
 */
import { EventEmitter } from 'node:events'
import type { DesktopElectron } from '@chartkeep/desktop'

type Handler = (event: { senderFrame: { url: string } | null }, ...given: unknown[]) => unknown

/** All names of a part, so that a name that is missing is a type error. Electron's overloads cannot be written a second time, so signatures are not held. */
type Names<Part> = { [Name in keyof Part]: unknown }
type Parts = { [Part in keyof DesktopElectron]: Names<DesktopElectron[Part]> }

/** An event with `preventDefault`, as Electron hands it to listeners. */
export function fakeEvent() {
  const event = { isPrevented: false, preventDefault: () => void (event.isPrevented = true) }
  return event
}

export class FakeWindow extends EventEmitter implements Names<InstanceType<DesktopElectron['BrowserWindow']>> {
  static readonly made: FakeWindow[] = []
  readonly told: [channel: string, event: unknown][] = []
  readonly loaded: string[] = []
  isShown: boolean
  isGone = false
  isSmall = false
  readonly webContents = { send: (channel: string, event: unknown) => void this.told.push([channel, event]) }
  readonly options: Electron.BrowserWindowConstructorOptions
  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
    this.isShown = options.show !== false
    FakeWindow.made.push(this)
  }
  show = () => void (this.isShown = true)
  hide = () => void (this.isShown = false)
  focus = () => undefined
  isMinimized = () => this.isSmall
  isVisible = () => this.isShown
  restore = () => void (this.isSmall = false)
  isDestroyed = () => this.isGone
  loadURL = async (address: string) => void this.loaded.push(address)
  /** What the window's own button does: asks, and closes where nobody prevents it. */
  press() {
    const event = fakeEvent()
    this.emit('close', event)
    if (!event.isPrevented) this.isGone = true
  }
}

export class FakeTray extends EventEmitter implements Names<InstanceType<DesktopElectron['Tray']>> {
  static readonly made: FakeTray[] = []
  tip = ''
  menu: Electron.MenuItemConstructorOptions[] = []
  readonly image: string
  constructor(image: string) {
    super()
    this.image = image
    FakeTray.made.push(this)
  }
  setToolTip = (tip: string) => void (this.tip = tip)
  setContextMenu = (menu: unknown) => void (this.menu = menu as Electron.MenuItemConstructorOptions[])
  press(label: string) {
    const item = this.menu.find((each) => each.label === label)
    if (item?.click === undefined) throw new Error(`no item ${label}`)
    ;(item.click as () => void)()
  }
}

/** Throws where a part is asked for that is not there. */
function strict<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, name, receiver) {
      if (!(name in target)) throw new Error(`the fake has no ${String(name)}`)
      return Reflect.get(target, name, receiver)
    },
  })
}

export interface FakeOptions {
  userData: string
  locale?: string
  /** False: another process of this program runs already. */
  isFirst?: boolean
  /** Answers to questions, in their order: the index of the button. */
  answers?: number[]
  /** What Linux names; `basic_text` keeps its key in the open. */
  backend?: string
  hasKeys?: boolean
}

/** A fake and what happened to it. */
export function fakeElectron({
  userData,
  locale = 'en-US',
  isFirst = true,
  answers = [],
  backend = 'gnome_libsecret',
  hasKeys = true,
}: FakeOptions) {
  FakeWindow.made.length = 0
  FakeTray.made.length = 0
  const app = new EventEmitter()
  const power = new EventEmitter()
  const guarded = new EventEmitter()
  const handlers = new Map<string, Handler>()
  const happened = {
    quits: 0,
    badge: 0,
    questions: [] as Electron.MessageBoxOptions[],
    login: [] as Electron.Settings[],
    schemes: [] as string[],
    serve: null as ((request: Request) => Response | Promise<Response>) | null,
  }
  let becomeReady = () => undefined as void
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve
  })
  const parts: Parts = {
    app: strict(
      Object.assign(app, {
        enableSandbox: () => undefined,
        getLocale: () => locale,
        getPath: () => userData,
        quit: () => void (happened.quits += 1),
        requestSingleInstanceLock: () => isFirst,
        setAsDefaultProtocolClient: (scheme: string) => happened.schemes.push(scheme) > 0,
        setBadgeCount: (count = 0) => ((happened.badge = count), true),
        setLoginItemSettings: (settings: Electron.Settings) => void happened.login.push(settings),
        whenReady: () => ready,
      }),
    ),
    BrowserWindow: FakeWindow,
    dialog: {
      async showMessageBox(options: Electron.MessageBoxOptions) {
        happened.questions.push(options)
        const response = answers.shift()
        if (response === undefined) return new Promise<never>(() => undefined)
        return { response }
      },
    },
    ipcMain: { handle: (channel: string, handler: Handler) => void handlers.set(channel, handler) },
    Menu: { buildFromTemplate: (template: unknown) => template },
    powerMonitor: power,
    protocol: {
      handle: (_scheme: string, serve: (request: Request) => Response | Promise<Response>) =>
        void (happened.serve = serve),
      registerSchemesAsPrivileged: () => undefined,
    },
    safeStorage: {
      isAsyncEncryptionAvailable: async () => hasKeys,
      getSelectedStorageBackend: () => backend,
      encryptStringAsync: async (text: string) => Buffer.from(text),
      decryptStringAsync: async (sealed: Buffer) => ({ result: sealed.toString(), shouldReEncrypt: false }),
    },
    session: {
      defaultSession: Object.assign(guarded, {
        setDevicePermissionHandler: () => undefined,
        setPermissionCheckHandler: () => undefined,
        setPermissionRequestHandler: () => undefined,
      }),
    },
    Tray: FakeTray,
  }
  const electron = strict(parts) as unknown as DesktopElectron
  return {
    electron,
    happened,
    app,
    power,
    becomeReady: () => becomeReady(),
    /** A request of the app's page, or of another one. */
    ask: async (channel: string, given?: unknown, url = 'chartkeep://app/') =>
      handlers.get(channel)!({ senderFrame: { url } }, given),
  }
}
