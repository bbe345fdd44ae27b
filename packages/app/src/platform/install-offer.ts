/** Putting the app on the home screen: the browser's own offer where it makes one, and which words help where it makes none. */
import { BehaviorSubject } from 'rxjs'

/** https://developer.mozilla.org/docs/Web/API/BeforeInstallPromptEvent */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

/** What the browser offers now; null for nothing. */
export const installOffer$ = new BehaviorSubject<InstallPrompt | null>(null)

/** Keeps the browser's offer for the button in Settings, where it is explained. Call it once, early. */
export function keepInstallOffer(): void {
  globalThis.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    installOffer$.next(event as InstallPrompt)
  })
  globalThis.addEventListener('appinstalled', () => installOffer$.next(null))
}

/** Whether it runs from the home screen. */
export function isInstalled(): boolean {
  const { standalone } = navigator as Navigator & { standalone?: boolean }
  return standalone === true || globalThis.matchMedia('(display-mode: standalone)').matches
}

/** Which words help: Safari of an iPhone or iPad, a browser on Android, a computer. */
export function installWay(userAgent: string, touchPoints: number): 'ios' | 'android' | 'computer' {
  if (/iPhone|iPad|iPod/u.test(userAgent) || (/Macintosh/u.test(userAgent) && touchPoints > 1)) return 'ios'
  return /Android/u.test(userAgent) ? 'android' : 'computer'
}
