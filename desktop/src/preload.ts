/**
 * Runs before the page, in a world of its own, and gives the page its platform. Its channels to the main process are the three requests for the
 * system's key storage (system-keys.ts), which take and give bytes, and those of shell-channel.ts.
 */
import { contextBridge, ipcRenderer } from 'electron'
import type { Platform } from '@chartkeep/app'
import { installPlatform } from './platform.ts'
import { SHELL_EVENT, SHELL_REQUESTS, type ShellEvent } from './shell-channel.ts'
import { KEY_REQUESTS, type SystemKeys } from './system-keys.ts'

const systemKeys: SystemKeys = {
  available: () => ipcRenderer.invoke(KEY_REQUESTS.available) as Promise<boolean>,
  protect: (bytes) => ipcRenderer.invoke(KEY_REQUESTS.protect, bytes) as Promise<Uint8Array>,
  unprotect: (sealed) => ipcRenderer.invoke(KEY_REQUESTS.unprotect, sealed) as Promise<Uint8Array | null>,
}

let listener: ((event: ShellEvent) => void) | null = null
ipcRenderer.on(SHELL_EVENT, (_event, told: ShellEvent) => listener?.(told))

const shell: NonNullable<Platform['shell']> = {
  listen(next) {
    listener = next
    void ipcRenderer.invoke(SHELL_REQUESTS.ready).then((before: ShellEvent[]) => {
      for (const told of before) if (listener === next) next(told)
    })
    return () => {
      if (listener === next) listener = null
    }
  },
  report: (state) => void ipcRenderer.invoke(SHELL_REQUESTS.report, state),
  settings: () => ipcRenderer.invoke(SHELL_REQUESTS.settings),
  change: (changes) => ipcRenderer.invoke(SHELL_REQUESTS.change, changes),
}

contextBridge.executeInMainWorld({ func: installPlatform, args: [systemKeys, shell] })
