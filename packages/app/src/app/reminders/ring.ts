/** Shows a browser notification that there is a reminder, without any of its content. */

/** Whether this browser can, may, or must be asked first. */
export function ringState(): 'none' | 'ask' | 'granted' | 'denied' {
  if (!('Notification' in globalThis)) return 'none'
  return Notification.permission === 'default' ? 'ask' : Notification.permission
}

/** Asks the person; only after a press of a button that explains. */
export async function askToRing(): Promise<boolean> {
  return ringState() !== 'none' && (await Notification.requestPermission()) === 'granted'
}

/** One notification, which takes the place of the one before. Phones show it only by the service worker. */
export async function ring(text: string): Promise<void> {
  if (ringState() !== 'granted') return
  const options = { tag: 'reminder', icon: '/icon.svg' }
  const registration = await navigator.serviceWorker?.getRegistration()
  if (registration?.active) await registration.showNotification(text, options)
  else new Notification(text, options).addEventListener('click', () => globalThis.focus())
}
