/**
 * Files that go with a message. They are sealed before the message is kept, so that stopping leaves nothing half sent. A patient's message names
 * them itself. What a practice publishes has the same text in both vaults, so that its files stand beside it: in each vault a record that holds the
 * file as it is sealed for that vault (decision 0067).
 */
import { type AttachmentForm, newMessageFile, stringifyJson } from '@chartkeep/domain'
import type { Chart, FileRefusal, FileWatch } from '@chartkeep/sync'
import { contentTypeOf } from '../../ui/viewer/file-kind.ts'

/** Why nothing was sealed, and which file it is about. `empty`: it has no bytes. */
export interface FilesProblem {
  type: FileRefusal['type'] | 'empty'
  name: string
}

/** Where a message and its files are kept. `vault`: the practice's own; null where the patient's side writes. */
export interface MessagePlace {
  /** Null where who writes may not add to it. */
  chart: Chart | null
  vault: Chart | null
}

/** What is sealed: as the message names them, and how to keep the records beside it. */
export interface SealedFiles {
  type: 'sealed'
  named: AttachmentForm[]
  /** False where one of the records was not kept. */
  keep(about: Parameters<typeof newMessageFile>[1]): Promise<boolean>
}

/** Seals the files for each vault. Progress counts a file once for each. */
export async function sealFiles(
  files: readonly File[],
  { chart, vault }: MessagePlace,
  { signal, onProgress }: FileWatch = {},
): Promise<SealedFiles | FilesProblem> {
  const empty = files.find(({ size }) => size === 0)
  if (empty !== undefined) return { type: 'empty', name: empty.name }
  const places = [vault, chart].filter((place) => place !== null)
  const allBytes = files.reduce((sum, { size }) => sum + size, 0) * places.length
  let before = 0
  const sealed: { place: Chart; file: AttachmentForm }[] = []
  for (const place of places)
    for (const file of files) {
      const watch = { signal, onProgress: (done: number) => onProgress?.(before + done, allBytes) }
      const input = { name: file.name, contentType: contentTypeOf(file), content: file, collection: 'messages' }
      const kept = await place.addFile(input, watch)
      if (kept.type !== 'file') return { type: kept.type, name: file.name }
      before += file.size
      const { name: title, contentType, size: sizeBytes, url, sha256 } = kept
      sealed.push({ place, file: { title, contentType, sizeBytes, url, sha256 } })
    }
  const named = sealed.slice(0, files.length).map(({ file }) => (vault === null ? file : { ...file, url: '' }))
  return {
    type: 'sealed',
    named,
    async keep(about) {
      for (const { place, file } of vault === null ? [] : sealed) {
        const resource = stringifyJson(newMessageFile(file, about))
        if ((await place.save({ collection: 'messages', resource })).type !== 'saved') return false
      }
      return true
    },
  }
}
