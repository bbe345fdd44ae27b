/**
 * A folder that the person has chosen for good, where the browser offers that (Chromium, and the desktop window): its handle is kept in
 * IndexedDB, which knows such handles; of the folder it tells only its name. https://wicg.github.io/file-system-access/
 */
import type { FileSink } from './platform.ts'

/** `asks`: only a click of the person opens it again. `gone`: it is not on this device, or nobody may write there. */
export type FolderAccess = 'open' | 'asks' | 'gone'

export interface KeptFolder {
  readonly name: string
  access(): Promise<FolderAccess>
  /** Call right after a click; the browser may ask. */
  ask(): Promise<FolderAccess>
  /** A new file; there only once its sink was closed. Throws what the disk throws. */
  create(name: string): Promise<FileSink>
  has(name: string): Promise<boolean>
  /** A file that is not there any more is no error. */
  remove(name: string): Promise<void>
}

/** What Chromium has beyond the DOM's types. */
interface Asking {
  queryPermission?: (options: { mode: 'readwrite' }) => Promise<PermissionState>
  requestPermission?: (options: { mode: 'readwrite' }) => Promise<PermissionState>
}
interface FolderPicker {
  showDirectoryPicker?: (options: { id: string; mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>
}

const DATABASE = 'chartkeep-folders'
const HANDLES = 'handles'

/** Whether this browser can write into a folder by itself. */
export function offersFolders(): boolean {
  return (globalThis as FolderPicker).showDirectoryPicker !== undefined
}

/** The system's dialogue, right after a click; kept under `id` for {@link keptFolder}. Null when the person changed their mind. */
export async function pickFolder(id: string): Promise<KeptFolder | null> {
  try {
    const handle = await (globalThis as FolderPicker).showDirectoryPicker!({ id: 'backup', mode: 'readwrite' })
    await inDatabase('readwrite', (handles) => handles.put(handle, id))
    return folderOf(handle)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null
    throw error
  }
}

/** Null where this device has none under `id`. */
export async function keptFolder(id: string): Promise<KeptFolder | null> {
  const handle = await inDatabase<unknown>('readonly', (handles) => handles.get(id))
  return handle instanceof FileSystemDirectoryHandle ? folderOf(handle) : null
}

export async function forgetFolder(id: string): Promise<void> {
  await inDatabase('readwrite', (handles) => handles.delete(id))
}

function folderOf(handle: FileSystemDirectoryHandle & Asking): KeptFolder {
  const accessOf = (state: PermissionState): FolderAccess =>
    state === 'granted' ? 'open' : state === 'prompt' ? 'asks' : 'gone'
  return {
    name: handle.name,
    async access() {
      const state = (await handle.queryPermission?.({ mode: 'readwrite' })) ?? 'granted'
      return state === 'granted' ? await isThere(handle) : accessOf(state)
    },
    async ask() {
      const state = (await handle.requestPermission?.({ mode: 'readwrite' })) ?? 'granted'
      return state === 'granted' ? await isThere(handle) : accessOf(state)
    },
    async create(name) {
      const file = await handle.getFileHandle(name, { create: true })
      const out = await file.createWritable()
      return {
        write: (piece) => out.write(piece as Uint8Array<ArrayBuffer>),
        close: () => out.close(),
        async abort() {
          await out.abort()
          await handle.removeEntry(name).catch(ignoreMissing)
        },
        read: () => file.getFile(),
      }
    },
    has: (name) =>
      handle.getFileHandle(name).then(
        () => true,
        () => false,
      ),
    remove: (name) => handle.removeEntry(name).catch(ignoreMissing),
  }
}

/** A stick that was pulled out keeps its leave to be written to. */
async function isThere(handle: FileSystemDirectoryHandle): Promise<FolderAccess> {
  try {
    await handle.keys().next()
    return 'open'
  } catch {
    return 'gone'
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error
}

async function inDatabase<Result>(
  mode: IDBTransactionMode,
  work: (handles: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => void opening.result.createObjectStore(HANDLES)
  const database = await settled(opening)
  try {
    return await settled(work(database.transaction(HANDLES, mode).objectStore(HANDLES)))
  } finally {
    database.close()
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}
