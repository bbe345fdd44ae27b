/**
 * Files that somebody opened with Chartkeep from outside. The page reads each at an address of the app's own protocol, so that a large file is never whole
 * in the main process; the address is random and serves once.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { APP_ADDRESS } from './app-protocol.ts'

const FOLDER = `${APP_ADDRESS}opened/`

export interface OpenedFiles {
  /** Null where nothing can be read at this path, such as a folder. */
  offer(path: string): { name: string; address: string } | null
  /** Null where the address is none of these; the caller then serves the app. */
  answer(address: string): Response | null
}

/** @param headers - on every answer */
export function createOpenedFiles(headers: Readonly<Record<string, string>>): OpenedFiles {
  const paths = new Map<string, string>()
  return {
    offer(path) {
      try {
        if (!statSync(path).isFile()) return null
      } catch {
        return null
      }
      const address = FOLDER + randomBytes(16).toString('hex')
      paths.set(address, path)
      return { name: basename(path), address }
    },
    answer(address) {
      if (!address.startsWith(FOLDER)) return null
      const path = paths.get(address)
      paths.delete(address)
      if (path === undefined) return new Response('no such file', { status: 404, headers })
      const body = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>
      return new Response(body, { headers: { ...headers, 'content-type': 'application/octet-stream' } })
    },
  }
}
