/** What kind of file somebody holds, told by its first bytes and never by its name alone. */
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import { SourceFailure, unpackedBytes, type ByteSource } from '../bytes/byte-source.ts'
import { BACKUP_BEGINNING, isBeginning } from '../backup/backup-head.ts'
import { textOfFile } from '../bytes/text-file.ts'
import type { FileKind } from '../contract/door.ts'
import { holdsResults } from '../table/table-mapping.ts'
import { textOfTable } from '../table/table-text.ts'

const HEAD_BYTES = 64 * 1024

/** The kind of a file, unpacked where it is gzip. A file that cannot be opened is `unknown`. */
export async function fileKindOf(source: ByteSource): Promise<FileKind> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of unpackedBytes(source, { bytes: 0 })) {
      parts.push(chunk.subarray(0, HEAD_BYTES - size))
      size += parts.at(-1)!.length
      if (size >= HEAD_BYTES) break
    }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    return 'unknown'
  }
  const head = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    head.set(part, at)
    at += part.length
  }
  return kindOfBytes(head)
}

function kindOfBytes(head: Uint8Array): FileKind {
  if (head.length === 0) return 'empty'
  const start = String.fromCharCode(...head.subarray(0, 256))
  // Its first 128 bytes may be those of a picture.
  if (start.startsWith('DICM', 128)) return 'dicom'
  if (start.startsWith('%PDF')) return 'pdf'
  if (start.startsWith('PK\u0003\u0004')) return kindOfZip(start)
  if (/^(?:\u0089PNG|\u00ff\u00d8\u00ff|GIF8|II\*\0|MM\0\*|BM|RIFF....WEBP|....ftyp(?:hei|avif|mif1))/su.test(start))
    return 'picture'
  if (
    /^(?:ID3|\u00ff[\u00e2-\u00fb]|OggS|fLaC|RIFF....(?:WAVE|AVI )|....ftyp)/su.test(start) ||
    start.startsWith('\u001aE\u00df\u00a3')
  )
    return 'sound-or-film'
  // Word and Excel before 2007, and RTF.
  if (start.startsWith('\u00d0\u00cf\u0011\u00e0') || start.startsWith('{\\rtf')) return 'office'
  if (head.length >= BACKUP_BEGINNING && isBeginning(head)) return 'backup'
  const text = textOfHead(head)
  if (text === null) return 'unknown'
  const first = text.trimStart()
  if (first === '') return 'empty'
  if (first.startsWith('<')) return kindOfXml(first)
  if (first.startsWith('{') || first.startsWith('[')) return kindOfJson(first)
  if (first.startsWith('BEGIN:VCALENDAR')) return 'calendar'
  if (first.startsWith('BEGIN:VCARD')) return 'contact'
  if (/^(?:FHS|BHS|MSH)\|/u.test(first)) return 'hl7-v2'
  if (/^(?:\S*#)?shlink:\//u.test(first) || isSealed(first)) return 'health-link'
  if (/^(?:\S*#)?(?:shc:\/|eyJ[\w-]+\.[\w-]+\.[\w-]*\s*$)/iu.test(first)) return 'health-card'
  return isTable(head) ? 'lab-table' : 'text'
}

/** One file behind a link, without the link that opens it: a compact JWE, whose head may be cut. */
function isSealed(text: string): boolean {
  const head = /^(eyJ[\w-]{10,2000})\.[\w-]*\.[\w-]{16}\.[\w-]+/u.exec(text)?.[1]
  const bytes = head === undefined ? null : base64UrlToBytes(head)
  return bytes !== null && /"enc"\s*:/u.test(new TextDecoder().decode(bytes))
}

/** The last line of a head may be cut; the lines before it tell enough. */
function isTable(head: Uint8Array): boolean {
  const end = head.length < HEAD_BYTES ? head.length : head.lastIndexOf(10)
  const text = textOfTable(head.subarray(0, Math.max(0, end)))
  return text !== null && holdsResults(text)
}

/** By the name of its first entry: office documents begin with the list of their parts. */
function kindOfZip(start: string): FileKind {
  return /^.{26,30}(?:\[Content_Types\]\.xml|_rels\/|docProps\/|mimetypeapplication\/vnd\.oasis)/su.test(start)
    ? 'office'
    : 'zip'
}

/** The head may end within a character: up to three bytes less are tried. */
function textOfHead(head: Uint8Array): string | null {
  const whole = head.length < HEAD_BYTES
  for (let less = 0; less <= (whole ? 0 : 3); less++) {
    const text = textOfFile(head.subarray(0, head.length - less))
    if (text !== null) return text
  }
  return null
}

function kindOfXml(text: string): FileKind {
  const root = /<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]/u.exec(text.replaceAll(/<!--[^]*?-->/gu, ''))?.[1] ?? ''
  if (root === 'ClinicalDocument') return 'ccda'
  if (root === 'HealthData') return 'apple-health'
  if (root.toLowerCase() === 'html' || /^<!doctype html/iu.test(text)) return 'web-page'
  if (root.toLowerCase() === 'myhealthbank') return 'my-health-bank'
  return /\sxmlns(?::[\w.-]+)?\s*=\s*["']http:\/\/hl7\.org\/fhir["']/u.test(text) ? 'fhir-xml' : 'xml'
}

function kindOfJson(text: string): FileKind {
  if (/^\{\s*"verifiableCredential"/u.test(text)) return 'health-card'
  if (/^\{\s*"myhealthbank"/u.test(text)) return 'my-health-bank'
  if (/"resourceType"\s*:\s*"Parameters"/u.test(text.slice(0, 500)) && /"verifiableCredential"/u.test(text))
    return 'health-card'
  if (!/"resourceType"\s*:\s*"/u.test(text)) return 'json'
  const [line = '', ...more] = text.split('\n').filter((each) => each.trim() !== '')
  return line.trimStart().startsWith('{') && line.trimEnd().endsWith('}') && more.some((each) => each.trim() !== '')
    ? 'fhir-ndjson'
    : 'fhir-json'
}
