/**
 * Answers requests to the app's own protocol from the folder of the built app. The decision is app-protocol.ts; this
 * adds the disk: a link inside the folder that leads out of it is refused too.
 */
import { readFile, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { answerFor } from './app-protocol.ts'
import { ANSWER_HEADERS } from './window-rules.ts'

/**
 * @param folder - of the built app
 * @returns a handler for Electron's `protocol.handle`; it never rejects, and what it says of a failure names no path
 */
export function createAppFiles(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const answer = answerFor(request.method, request.url)
    if (answer.type === 'refused') return plain(answer.status, answer.reason)
    const bytes = await readInside(folder, answer.path)
    if (bytes === null) return plain(404, 'no such file')
    return new Response(bytes, { headers: { ...ANSWER_HEADERS, 'content-type': answer.contentType } })
  }
}

/** The file's bytes; null where it is absent, no file, or lies outside once links are followed. */
async function readInside(folder: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, path))
    return file.startsWith(root + sep) ? new Uint8Array(await readFile(file)) : null
  } catch {
    return null
  }
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...ANSWER_HEADERS, 'content-type': 'text/plain; charset=utf-8' } })
}
