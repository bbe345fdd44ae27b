/**
 * The desktop shell: one window on the built app, which comes from the shell's own protocol and not from a server, so
 * that no server can hand out another app. Wiring only; the rules are in app-protocol.ts and window-rules.ts.
 * Later: packaging, updates.
 */
import { join } from 'node:path'
import { app, BrowserWindow, ipcMain, protocol, safeStorage, session } from 'electron'
import { createAppFiles } from './app-files.ts'
import { APP_ADDRESS, APP_SCHEME } from './app-protocol.ts'
import { answerKeyRequests, createSystemKeys } from './system-keys.ts'
import { mayDownload, mayHave, mayNavigateTo, WEB_PREFERENCES } from './window-rules.ts'

const builtApp = app.isPackaged
  ? join(process.resourcesPath, 'app-dist')
  : join(import.meta.dirname, '../../packages/app/dist')

app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
])

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
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit()
})
app.on('second-instance', () => showWindow())
app.on('activate', () => showWindow())

// Two processes on one profile would be two writers of one store.
if (app.requestSingleInstanceLock()) {
  await app.whenReady()
  guardSession()
  protocol.handle(APP_SCHEME, createAppFiles(builtApp))
  answerKeyRequests(ipcMain, createSystemKeys(safeStorage, process.platform), mayNavigateTo)
  showWindow()
} else {
  app.quit()
}

function guardSession(): void {
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

function showWindow(): void {
  const open = BrowserWindow.getAllWindows()[0]
  if (open !== undefined) {
    if (open.isMinimized()) open.restore()
    open.focus()
    return
  }
  const window = new BrowserWindow({
    title: 'Chartkeep',
    width: 1280,
    height: 860,
    minWidth: 360,
    minHeight: 480,
    webPreferences: {
      ...WEB_PREFERENCES,
      // A sandboxed preload is one CommonJS file; packaging bundles preload.ts to it.
      preload: join(import.meta.dirname, 'preload.cjs'),
      devTools: !app.isPackaged,
    },
  })
  void window.loadURL(APP_ADDRESS)
}
