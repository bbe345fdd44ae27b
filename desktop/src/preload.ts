/**
 * Runs before the page, in a world of its own, and gives the page its platform. Its only channel to the main process are
 * the three requests for the system's key storage (system-keys.ts), which takes and gives nothing but bytes.
 */
import { contextBridge, ipcRenderer } from 'electron'
import { installPlatform } from './platform.ts'
import { KEY_REQUESTS, type SystemKeys } from './system-keys.ts'

const systemKeys: SystemKeys = {
  available: () => ipcRenderer.invoke(KEY_REQUESTS.available) as Promise<boolean>,
  protect: (bytes) => ipcRenderer.invoke(KEY_REQUESTS.protect, bytes) as Promise<Uint8Array>,
  unprotect: (sealed) => ipcRenderer.invoke(KEY_REQUESTS.unprotect, sealed) as Promise<Uint8Array | null>,
}

contextBridge.executeInMainWorld({ func: installPlatform, args: [systemKeys] })
