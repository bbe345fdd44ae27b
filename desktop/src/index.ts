/** The parts of the desktop program that run and are tested without Electron. main.ts and preload.ts run inside it. */
export { createAppFiles } from './app-files.ts'
export { answerFor, APP_ADDRESS, APP_SCHEME, type AppAnswer } from './app-protocol.ts'
export { codeFrom, openedBy, OPEN_SCHEME, type Opened } from './opened.ts'
export { createOpenedFiles } from './opened-files.ts'
export { serveDesktopApp } from './in-browser.ts'
export { installPlatform } from './platform.ts'
export {
  compareVersions,
  offerOf,
  readRelease,
  RELEASE_NAME,
  releaseText,
  type Offer,
  type Release,
} from './release.ts'
export { SHELL_EVENT, SHELL_REQUESTS } from './shell-channel.ts'
export { settingsFile } from './shell-settings.ts'
export { startDesktop, type DesktopElectron, type DesktopSystem } from './start-desktop.ts'
export {
  answerKeyRequests,
  createSystemKeys,
  KEY_REQUESTS,
  type KeyChannel,
  type SafeStorage,
  type SystemKeys,
} from './system-keys.ts'
export {
  ANSWER_HEADERS,
  CONTENT_SECURITY_POLICY,
  mayDownload,
  mayHave,
  mayNavigateTo,
  WEB_PREFERENCES,
} from './window-rules.ts'
