/** Registers the service worker that keeps the app's shell, so that a reload works offline. Built app only. */

/** Resolves when it is registered, or at once where there is none to register. */
export async function registerShell(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  await navigator.serviceWorker.register('/service-worker.js')
}
