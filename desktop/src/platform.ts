/**
 * The app's {@link Platform} in the desktop window. The preload sends this function, as text, into the page's own
 * world: the app then gets real File objects, and there is no channel between page and main process at all. So the
 * function uses nothing from outside itself but what every page has.
 */
import type { Platform } from '@chartkeep/app'

/** Sets `globalThis.chartkeepPlatform`, for good. */
export function installPlatform(): void {
  const platform: Platform = {
    kind: 'electron',
    canWorkWithoutServer: true,
    ownServer: null,
    isSecure: true,
    async print() {
      globalThis.print()
    },
    openFile({ accept, multiple }) {
      return new Promise((resolve) => {
        const input = document.createElement('input')
        input.type = 'file'
        input.accept = accept
        input.multiple = multiple
        const finish = (files: File[]) => {
          input.value = ''
          resolve(files)
        }
        input.addEventListener('change', () => finish([...(input.files ?? [])]), { once: true })
        input.addEventListener('cancel', () => finish([]), { once: true })
        input.click()
      })
    },
    async saveFile(name, content) {
      const address = URL.createObjectURL(content)
      const link = document.createElement('a')
      link.href = address
      link.download = name
      link.click()
      setTimeout(() => URL.revokeObjectURL(address), 60_000)
    },
    // Nothing evicts the profile of a desktop app; only the person removes it.
    keepStorage: async () => true,
  }
  Object.defineProperty(globalThis, 'chartkeepPlatform', { value: Object.freeze(platform) })
}
