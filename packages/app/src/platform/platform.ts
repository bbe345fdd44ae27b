/**
 * What the shell around the app offers: a browser tab, or the Electron window whose preload sets
 * `globalThis.chartkeepPlatform`. The app asks this object and never looks for the shell itself.
 */

/** What a person picks with the system's file dialogue. */
export interface OpenFileOptions {
  /** As in the `accept` attribute, e.g. `.json,.ndjson,.gz`. */
  accept: string
  multiple: boolean
  /** Opens the camera instead, on devices that have one and ask it so (the `capture` attribute); elsewhere the dialogue. */
  camera?: boolean
}

/** Bytes sealed and opened by a key that the system keeps for this person's login. */
export interface SystemKeys {
  /** False where the system would keep the key in the open. */
  available(): Promise<boolean>
  protect(bytes: Uint8Array): Promise<Uint8Array>
  /** Null if the system can no longer open these bytes. */
  unprotect(sealed: Uint8Array): Promise<Uint8Array | null>
}

/** What is known of the room for the store; null where it is not told. */
export interface StorageState {
  /** Nothing evicts the store by itself. */
  isKept: boolean
  usedBytes: number | null
  quotaBytes: number | null
}

/** A place for a large file, written piece by piece and never whole in memory. */
export interface FileSink {
  write(piece: Uint8Array): Promise<void>
  /** The file is there once this has resolved. */
  close(): Promise<void>
  /** Removes everything written. */
  abort(): Promise<void>
  /** After {@link close}: the file as stored, for a check. Absent if the shell does not return it. */
  read?(): Promise<Blob>
}

/** What the desktop program tells the app. A `file` can be fetched once from its address. */
export type ShellEvent =
  | { type: 'suspend' | 'lock-screen' | 'resume' | 'lock' }
  | { type: 'code'; text: string }
  | { type: 'file'; name: string; address: string }

/** What a person chose for the desktop program on this computer. */
export interface ShellSettings {
  /** Null until the person has closed the window for the first time, which asks. */
  keepsRunning: boolean | null
  startsWithSystem: boolean
}

/** The desktop program around the window: its tray, and what the computer tells it. */
export interface DesktopShell {
  /** Tells what came before too. One listener at a time; answers with the end of listening. */
  listen(listener: (event: ShellEvent) => void): () => void
  /** For tray and badge: nothing about a person or a record. */
  report(state: { isUnlocked: boolean; waiting: number; language: string }): void
  settings(): Promise<ShellSettings>
  change(changes: Partial<ShellSettings>): Promise<ShellSettings>
}

/** Implemented here for browsers and by desktop's preload for Electron. */
export interface Platform {
  readonly kind: 'browser' | 'electron'
  /** True where the app may be used with no sync server at all (the desktop shell). */
  readonly canWorkWithoutServer: boolean
  /** The address of the server that served the app, or null where the app came from elsewhere. */
  readonly ownServer: string | null
  /** False on plain http: the browser then offers no cryptography. */
  readonly isSecure: boolean
  /** Opens the system's print dialogue for what is on screen; resolves when it has closed. */
  print(): Promise<void>
  /** Lets the person pick files; an empty list when they cancel. */
  openFile(options: OpenFileOptions): Promise<File[]>
  /** Hands a file to the person (a download in browsers). The name must hold nothing about a person (P1). */
  saveFile(name: string, content: Blob): Promise<void>
  /**
   * Lets the person pick a place for a large file; call it right after their click. `cancelled`: they changed their mind. Null where the
   * shell has no such dialogue: collect the file and use {@link saveFile}.
   */
  openSink(name: string): Promise<FileSink | 'cancelled' | null>
  /** Asks the browser not to evict the store; false when it declines. */
  keepStorage(): Promise<boolean>
  storageState(): Promise<StorageState>
  /** The system's key storage, in a desktop shell; null in browsers, which have passkeys. */
  readonly systemKeys: SystemKeys | null
  /** The desktop program; null in browsers. */
  readonly shell: DesktopShell | null
}

declare global {
  // eslint-disable-next-line no-var -- only `var` declares a property of globalThis
  var chartkeepPlatform: Platform | undefined
}

/** The platform set by the shell, else the browser's own. */
export function currentPlatform(): Platform {
  return globalThis.chartkeepPlatform ?? browserPlatform
}

/** Browsers: everything by standard Web APIs. */
export const browserPlatform: Platform = {
  kind: 'browser',
  canWorkWithoutServer: false,
  get ownServer() {
    return globalThis.location?.origin ?? null
  },
  get isSecure() {
    return globalThis.isSecureContext
  },
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
      input.hidden = true
      const finish = (files: File[]) => {
        // Browsers keep the picked path with the element's state; an emptied, removed element keeps nothing.
        input.value = ''
        input.remove()
        resolve(files)
      }
      input.addEventListener('change', () => finish([...(input.files ?? [])]), { once: true })
      input.addEventListener('cancel', () => finish([]), { once: true })
      document.body.append(input)
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
  openSink: (name) => openBrowserSink(name),
  async keepStorage() {
    return (await navigator.storage?.persist?.()) ?? false
  },
  async storageState() {
    const isKept = (await navigator.storage?.persisted?.()) ?? false
    const { usage = null, quota = null } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {}
    return { isKept, usedBytes: usage, quotaBytes: quota }
  },
  systemKeys: null,
  shell: null,
}

/** What Chromium has beyond the DOM's types: https://wicg.github.io/file-system-access/#api-showsavefilepicker */
interface SavePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>
}

async function openBrowserSink(name: string): Promise<FileSink | 'cancelled' | null> {
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
    if (error instanceof DOMException && error.name === 'AbortError') return 'cancelled'
    // No dialogue in this window, or no leave to write there.
    return null
  }
}
