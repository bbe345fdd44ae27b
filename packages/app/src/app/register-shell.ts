/** Registers the service worker that keeps the app's shell, so that a reload works offline. Built app only. */
import type { Platform } from '../platform.ts'

/** Resolves when it is registered, or at once where there is none to register: a desktop shell brings the app itself. */
export async function registerShell(kind: Platform['kind']): Promise<void> {
  if (!import.meta.env.PROD || kind !== 'browser' || !('serviceWorker' in navigator)) return
  await navigator.serviceWorker.register('/service-worker.js')
}
