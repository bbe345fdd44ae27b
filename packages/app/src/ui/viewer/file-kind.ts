/** What kind of file something is: by the type and name that it came with, and by its first bytes once they are here. */

/** Kinds that lists name and the viewer tells apart. `xml` and `json` are C-CDA or FHIR only where their content says so. */
export type FileKind = 'pdf' | 'picture' | 'xml' | 'json' | 'text' | 'dicom' | 'archive' | 'media' | 'office' | 'other'

const BY_ENDING: Readonly<Record<string, [FileKind, string]>> = {
  pdf: ['pdf', 'application/pdf'],
  png: ['picture', 'image/png'],
  jpg: ['picture', 'image/jpeg'],
  jpeg: ['picture', 'image/jpeg'],
  webp: ['picture', 'image/webp'],
  gif: ['picture', 'image/gif'],
  bmp: ['picture', 'image/bmp'],
  avif: ['picture', 'image/avif'],
  heic: ['picture', 'image/heic'],
  xml: ['xml', 'application/xml'],
  json: ['json', 'application/json'],
  txt: ['text', 'text/plain'],
  csv: ['text', 'text/csv'],
  md: ['text', 'text/markdown'],
  ndjson: ['text', 'application/x-ndjson'],
  dcm: ['dicom', 'application/dicom'],
  zip: ['archive', 'application/zip'],
  docx: ['office', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  xlsx: ['office', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  mp4: ['media', 'video/mp4'],
  mp3: ['media', 'audio/mpeg'],
}

/** The content type of a file that a person picked; by its ending where the browser tells none. */
export function contentTypeOf({ name, type }: { name: string; type: string }): string {
  // Browsers may add parameters; an attachment's type is kept plain.
  const told = type.split(';', 1)[0]!.trim().toLowerCase()
  return told !== '' ? told : (byEnding(name)?.[1] ?? 'application/octet-stream')
}

const MIB = 1024 * 1024
/** What the viewer takes into memory at most; a larger file is saved. Kinds that are not here cannot be shown at all. */
const LARGEST_SHOWN: Readonly<Partial<Record<FileKind, number>>> = {
  pdf: 128 * MIB,
  picture: 64 * MIB,
  xml: 16 * MIB,
  json: 16 * MIB,
  text: 16 * MIB,
  // Perhaps a text or a PDF without a name that says so: its bytes will tell.
  other: 16 * MIB,
}

/** Whether the viewer may show the file, by what was said of it; `large`: it could, were it smaller. */
export function showable(file: { name: string; contentType: string; size: number }): 'yes' | 'large' | 'no' {
  const largest = LARGEST_SHOWN[kindOf(file)]
  return largest === undefined ? 'no' : file.size > largest ? 'large' : 'yes'
}

export function isViewable(file: { name: string; contentType: string; size: number }): boolean {
  return showable(file) === 'yes'
}

/** The kind by what was said of the file, before anything of it is fetched. */
export function kindOf({ name, contentType }: { name: string; contentType: string }): FileKind {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/pdf') return 'pdf'
  // A drawing in SVG can carry a script: it is text here.
  if (type === 'image/svg+xml') return 'text'
  if (type === 'application/dicom' || type === 'application/dicom+json') return 'dicom'
  if (type.startsWith('image/')) return 'picture'
  if (type.startsWith('video/') || type.startsWith('audio/')) return 'media'
  if (type === 'application/x-ndjson' || type === 'application/fhir+ndjson') return 'text'
  if (/[/+]json$/.test(type)) return 'json'
  if (/[/+]xml$/.test(type) || type === 'text/x-cda-r2+xml') return 'xml'
  if (type.startsWith('text/')) return 'text'
  if (/zip|gzip|x-tar|x-7z|x-rar/.test(type)) return 'archive'
  if (/officedocument|msword|ms-excel|opendocument/.test(type)) return 'office'
  return byEnding(name)?.[0] ?? 'other'
}

/** The kind by the bytes themselves; null where they do not say. */
export function kindOfBytes(bytes: Uint8Array): FileKind | null {
  const head = String.fromCharCode(...bytes.subarray(0, 1024))
  if (head.includes('%PDF-')) return 'pdf'
  if (/^(?:\x89PNG|\xff\xd8\xff|GIF8|BM|RIFF[^]{4}WEBP)/.test(head) || /^[^]{4}ftyp(?:avi[fs]|hei[cx]|mif1)/.test(head))
    return 'picture'
  if (head.slice(128, 132) === 'DICM') return 'dicom'
  if (head.startsWith('PK\x03\x04')) return 'archive'
  return null
}

function byEnding(name: string): [FileKind, string] | undefined {
  const ending = /\.([a-z0-9]{1,8})$/iu.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined
}

/** A file's name without its ending, for a title. */
export function nameWithoutEnding(name: string): string {
  return name.replace(/\.[a-z0-9]{1,8}$/iu, '') || name
}
