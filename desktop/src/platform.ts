/**
 * The app's {@link Platform} in the desktop window. The preload sends this function, as text, into the page's own
 * world: the app then gets real File objects, and of the main process only the key storage of the system, which the
 * preload passes to it. So the function uses nothing from outside itself but what every page has, and what it is given.
 */
import type { Platform } from '@chartkeep/app'

/**
 * Sets `globalThis.chartkeepPlatform`, for good.
 * @param systemKeys - functions of the preload; null where there are none
 * @param shell - functions of the preload, in the same way
 */
export function installPlatform(systemKeys: Platform['systemKeys'] = null, shell: Platform['shell'] = null): void {
  const platform: Platform = {
    kind: 'electron',
    systemKeys: systemKeys && Object.freeze({ ...systemKeys }),
    shell: shell && Object.freeze({ ...shell }),
    canWorkWithoutServer: true,
    ownServer: null,
    isSecure: true,
    async print() {
      globalThis.print()
    },
    openFile({ accept, multiple, camera = false }) {
      return new Promise((resolve) => {
        const input = document.createElement('input')
        input.type = 'file'
        input.accept = accept
        input.multiple = multiple
        if (camera) input.capture = 'environment'
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
    async openSink(name) {
      type SavePicker = { showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle> }
      const { showSaveFilePicker: pick } = globalThis as SavePicker
      if (pick === undefined) return null
      try {
        const handle = await pick({ suggestedName: name })
        const file = await handle.createWritable()
        return {
          write: (piece) => file.write(piece as Uint8Array<ArrayBuffer>),
          close: () => file.close(),
          abort: () => file.abort(),
          read: () => handle.getFile(),
        }
      } catch (error) {
        return error instanceof DOMException && error.name === 'AbortError' ? 'cancelled' : null
      }
    },
    // Nothing evicts the profile of a desktop app; only the person removes it.
    keepStorage: async () => true,
    storageState: async () => ({ isKept: true, usedBytes: null, quotaBytes: null }),
  }
  Object.defineProperty(globalThis, 'chartkeepPlatform', { value: Object.freeze(platform) })
}
