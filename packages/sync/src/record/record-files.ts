/** The files that a record's resource refers to: sealed files by their address, small files inline. No I/O. */
import { isJsonObject, parseJsonOrNull, readReference, stringAt, shownLine, type JsonValue } from '@chartkeep/domain'
import { readAddress, urlAddress, type FileAddress } from './file-address.ts'

export interface RecordFile {
  name: string
  contentType: string
  /** Bytes; of an inline file, computed from its base64. */
  size: number
  /** `damaged`: the attachment is marked as a sealed file, but its address cannot be read. */
  content: { type: 'sealed'; address: FileAddress } | { type: 'inline'; base64: string } | { type: 'damaged' }
}

/** In the order of the text. Files at other addresses (http) are left out. */
export function recordFiles(resource: string): RecordFile[] {
  if (!/"(?:data|url)"/.test(resource)) return []
  const files: RecordFile[] = []
  collect(parseJsonOrNull(resource), files)
  return files
}

function collect(value: JsonValue, files: RecordFile[]): void {
  if (Array.isArray(value)) return value.forEach((item) => collect(item, files))
  if (!isJsonObject(value)) return
  const content = contentOf(value)
  if (content !== null) {
    const size =
      content.type === 'sealed' ? content.address.size : content.type === 'inline' ? inlineSize(content.base64) : 0
    files.push({
      name: shownLine(stringAt(value, 'title')),
      contentType: stringAt(value, 'contentType'),
      size,
      content,
    })
  }
  for (const child of Object.values(value)) collect(child, files)
}

function contentOf(value: { [key: string]: JsonValue }): RecordFile['content'] | null {
  const { data, url } = value
  if (typeof url === 'string' && url.startsWith('chartkeep-file:')) return sealed(urlAddress(url))
  if (typeof data !== 'string' || data === '') return null
  const reference = readReference(data)
  if (reference !== null) return sealed(readAddress(reference.address))
  const isFile = typeof value['contentType'] === 'string' || value['resourceType'] === 'Binary'
  return isFile ? { type: 'inline', base64: data.replace(/\s+/g, '') } : null
}

function inlineSize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor(((base64.length - padding) * 3) / 4)
}

function sealed(address: FileAddress | null): RecordFile['content'] {
  return address === null ? { type: 'damaged' } : { type: 'sealed', address }
}
