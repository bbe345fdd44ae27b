/**
 * Files that go with a message. A patient's are sealed apart, of any size. A practice's stand in the message itself, since what is published has
 * the same text in both vaults; so they are small.
 */
import type { MessageFile } from '@chartkeep/domain'
import type { Chart } from '@chartkeep/sync'

/** Of all files of a practice's message together: an envelope holds 1 MB, and base64 takes a third more. */
export const PRACTICE_FILES_BYTES = 600 * 1024

export type FileProblem = 'too-large' | 'failed'

/** The files as a message names them, or why not. `side`: of who sends. */
export async function messageFiles(
  files: readonly File[],
  side: 'patient' | 'practice',
  chart: Chart,
): Promise<MessageFile[] | FileProblem> {
  if (side === 'practice' && files.reduce((sum, { size }) => sum + size, 0) > PRACTICE_FILES_BYTES) return 'too-large'
  const kept: MessageFile[] = []
  for (const file of files) {
    const contentType = file.type || 'application/octet-stream'
    if (side === 'practice') {
      kept.push({ name: file.name, contentType, content: { data: await base64Of(file) } })
      continue
    }
    const added = await chart.addFile({ name: file.name, contentType, content: file, collection: 'messages' })
    if (added.type === 'too-large') return 'too-large'
    if (added.type !== 'file') return 'failed'
    kept.push({ name: file.name, contentType, content: { url: added.url } })
  }
  return kept
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
