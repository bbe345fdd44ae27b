/** Saving a file of a record to where the person wants it: small ones in one piece, large ones written as they are opened, never whole in memory. */
import type { Chart, FileProblem, FileWatch } from '@chartkeep/sync'
import { endingOf } from '../../../platform/file-ending.ts'
import type { Platform } from '../../../platform/platform.ts'

/** `not-picked`: the person closed the dialogue. */
export type SaveOutcome = { type: 'saved' } | { type: 'not-picked' } | FileProblem

interface SavedFile {
  resource: string
  index: number
  file: { name: string; contentType: string; size: number }
}

/** From here on a file is written as it comes, where the shell can. */
const LARGE_BYTES = 32 * 1024 * 1024

/** Throws what the disk of the person's choice throws. Nothing of a file that did not come whole stays there. */
export async function saveFileOf(
  platform: Platform,
  chart: Chart,
  { resource, index, file }: SavedFile,
  watch: FileWatch,
): Promise<SaveOutcome> {
  // The proposed name says nothing about the person; the sealed title keeps the file's own.
  const name = `document${endingOf(file)}`
  const sink = file.size >= LARGE_BYTES ? await platform.openSink(name) : null
  if (sink === 'cancelled') return { type: 'not-picked' }
  if (sink !== null) {
    try {
      const problem = await chart.streamFile(resource, index, (piece) => sink.write(piece), watch)
      if (problem === null) await sink.close()
      else await sink.abort()
      return problem ?? { type: 'saved' }
    } catch (error) {
      await sink.abort().catch(() => {})
      throw error
    }
  }
  // Each piece is the browser's at once, which may hold it outside of the page's memory.
  const pieces: Blob[] = []
  const take = (piece: Uint8Array) => void pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>]))
  const problem = await chart.streamFile(resource, index, take, watch)
  if (problem !== null) return problem
  await platform.saveFile(name, new Blob(pieces, { type: file.contentType }))
  return { type: 'saved' }
}
