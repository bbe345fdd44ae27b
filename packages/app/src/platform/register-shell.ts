/**
 * The service worker that keeps the app's shell, so that it starts with no network; and its new versions. Built app only.
 *
 * A new version is fetched whole while the old one runs, and waits until every window of the old one is closed: never is one taken away in the
 * middle of a form, and no window mixes the files of two.
 */
import type { Platform } from './platform.ts'
import { BehaviorSubject } from 'rxjs'

/** A device that is online looks for a new version so often while the app stays open. */
const LOOK_MS = 6 * 3_600_000
/** Whether a newer version waits for the next start. */
export const newVersion$ = new BehaviorSubject(false)

/** Resolves when it is registered, or at once where there is none to register: a desktop shell brings the app itself. */
export async function registerShell(kind: Platform['kind']): Promise<void> {
  if (!hasShell(kind)) return
  // A browser that is told to block service workers may answer with nothing instead of refusing.
  const registration = (await navigator.serviceWorker.register('/service-worker.js')) as
    ServiceWorkerRegistration | undefined
  if (registration === undefined) return
  const look = () => newVersion$.next(registration.waiting !== null && navigator.serviceWorker.controller !== null)
  look()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
  // Without a network there is nothing new.
  setInterval(() => registration.update().catch(() => {}), LOOK_MS)
}

function hasShell(kind: Platform['kind']): boolean {
  return import.meta.env.PROD && kind === 'browser' && 'serviceWorker' in navigator
}
