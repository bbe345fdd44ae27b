/** What a file is, by its bytes first and then by what was said of it, read once and whole; for showing it and for finding words in it. */
import { type JsonObject, isJsonObject, parseJsonOrNull, typeOf } from '@chartkeep/domain'
import { textOfFile } from '@chartkeep/interop'
import { type CcdaDocument, readCcda } from '@chartkeep/interop/ccda'
import { kindOf, kindOfBytes } from './file-kind.ts'

/** `cannot`: nothing that this app can show. A PDF and a picture are read by what shows them. */
export type FileContent =
  | { type: 'pdf' }
  | { type: 'picture'; contentType: string }
  | { type: 'ccda'; document: CcdaDocument }
  | { type: 'fhir'; resource: JsonObject }
  | { type: 'text'; text: string }
  | { type: 'cannot' }

/** Reads the whole of it, once; what the bytes say goes before what the file was called. Never throws. */
export function contentOf(bytes: Uint8Array, name: string, contentType: string): FileContent {
  const told = kindOf({ name, contentType })
  const kind = kindOfBytes(bytes) ?? told
  if (kind === 'pdf') return { type: 'pdf' }
  if (kind === 'picture') return { type: 'picture', contentType: told === 'picture' ? contentType : '' }
  if (kind === 'dicom' || kind === 'archive' || kind === 'media' || kind === 'office') return { type: 'cannot' }
  if (kind === 'xml' || kind === 'other') {
    const document = readCcda(bytes)
    if (document !== null) return { type: 'ccda', document }
  }
  const text = textOfFile(bytes)
  if (text === null) return { type: 'cannot' }
  if (kind === 'json' || kind === 'other') {
    const resource = isTooDense(text) ? null : parseJsonOrNull(text)
    if (isJsonObject(resource) && typeOf(resource) !== '') return { type: 'fhir', resource }
  }
  return { type: 'text', text }
}

/** Objects and lists of a JSON text that is shown as records: a tree of more takes gigabytes. */
const MOST_BRANCHES = 1_000_000

/** Brackets in texts count too: nobody writes so many. */
function isTooDense(text: string): boolean {
  let count = 0
  for (const mark of ['{', '[']) {
    for (let at = text.indexOf(mark); at >= 0 && count <= MOST_BRANCHES; at = text.indexOf(mark, at + 1)) count += 1
  }
  return count > MOST_BRANCHES
}
