/** What of the shell can be used and tested without Electron. main.ts and preload.ts run inside it. */
export { createAppFiles } from './app-files.ts'
export { answerFor, APP_ADDRESS, APP_SCHEME, type AppAnswer } from './app-protocol.ts'
export { installPlatform } from './platform.ts'
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
