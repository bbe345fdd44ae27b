/** The program that Electron starts: hands Electron and the paths of this installation to start-desktop.ts. */
import { join } from 'node:path'
import * as electron from 'electron'
import { startDesktop } from './start-desktop.ts'

const { isPackaged } = electron.app
const resources = isPackaged ? process.resourcesPath : join(import.meta.dirname, '..')

await startDesktop(electron, {
  platform: process.platform,
  args: process.argv.slice(isPackaged ? 1 : 2),
  isPackaged,
  appFolder: isPackaged ? join(resources, 'app-dist') : join(import.meta.dirname, '../../packages/app/dist'),
  preload: join(import.meta.dirname, 'preload.cjs'),
  trayImage: isPackaged
    ? join(resources, 'app-dist/icon-192.png')
    : join(import.meta.dirname, '../../packages/app/dist/icon-192.png'),
})
