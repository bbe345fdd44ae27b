/** The files inside a file: itself, or what its archive holds, archives in archives to a depth of two. */
import { bytesOf, SourceFailure, sourceOf, type ByteSource } from '../bytes/byte-source.ts'
import { joined } from '../bytes/byte-lines.ts'
import { refusal, type Refusal } from '../contract/fhir-items.ts'
import { zipEntries, type Sliceable, type ZipEntry } from '../zip/zip.ts'
import type { ImportInput } from '../contract/door.ts'
import type { FileKind } from '../contract/door.ts'
import { fileKindOf } from './file-kind.ts'

/** What a file holds. `files`: itself alone where it is no archive. */
export interface Opened {
  kind: FileKind
  files: ImportInput[]
  refused: Refusal[]
  /** Files that are never anybody's records: what systems and archivers add, style sheets, notes about the archive. */
  passedBy: number
}

const MOST_ARCHIVES_DEEP = 2
/** An archive inside an archive is taken into memory, for it is read from its end. */
const INNER_ARCHIVE_BYTES = 256 * 1024 * 1024

/** Opens the file as far as its archives. A file that cannot be read is one of kind `unknown`; its door says why. */
export async function openFile(source: ByteSource, name: string): Promise<Opened> {
  const kind = await fileKindOf(source)
  const opened: Opened = { kind, files: [], refused: [], passedBy: 0 }
  if (kind !== 'zip') return { ...opened, files: [{ source, name: lastName(name), path: '', kind, siblings: [] }] }
  await addEntries(opened, source, '', 0)
  for (const file of opened.files) file.siblings = opened.files
  if (opened.files.some((file) => file.kind === 'apple-health')) {
    opened.kind = 'apple-health'
    // The same measurements once more, as a document.
    const others = opened.files.filter(({ name: own }) => own !== 'export_cda.xml')
    opened.passedBy += opened.files.length - others.length
    opened.files = others
  }
  return opened
}

/** Adds the files of the archive at `path`, itself inside others. */
async function addEntries(opened: Opened, source: ByteSource, path: string, depth: number): Promise<void> {
  const refuse = (reason: Refusal['reason'], file: string) =>
    void opened.refused.push(refusal('file', reason, { file }))
  if (depth >= MOST_ARCHIVES_DEEP) return refuse('too-deep', path)
  const entries = await entriesOf(source)
  if ('fault' in entries) return refuse(entries.fault, path)
  for (const entry of entries) {
    const at = path === '' ? entry.path : `${path}/${entry.path}`
    if (isNobodys(entry.path)) {
      opened.passedBy += 1
      continue
    }
    if (entry.fault !== null) {
      refuse(entry.fault, at)
      continue
    }
    const kind = await fileKindOf(entry.source)
    if (kind === 'zip') await addEntries(opened, entry.source, at, depth + 1)
    else opened.files.push({ source: entry.source, name: lastName(entry.path), path: at, kind, siblings: [] })
  }
}

async function entriesOf(source: ByteSource): Promise<ZipEntry[] | { fault: Refusal['reason'] }> {
  try {
    return await zipEntries(await sliceable(source))
  } catch (error) {
    if (error instanceof SourceFailure) return { fault: error.reason }
    throw error
  }
}

async function sliceable(source: ByteSource): Promise<Sliceable> {
  const { size, slice } = source
  if (size !== undefined && slice !== undefined)
    return { size, stream: () => source.stream(), slice: (start, end) => slice.call(source, start, end) }
  const parts: Uint8Array[] = []
  let taken = 0
  for await (const part of bytesOf(source)) {
    taken += part.length
    if (taken > INNER_ARCHIVE_BYTES) throw new SourceFailure('damaged-archive', null)
    parts.push(part)
  }
  return sourceOf(joined(parts, taken)) as Sliceable
}

const NOBODYS =
  /(?:^|\/)__MACOSX\/|(?:^|\/)\.[^./][^/]*$|(?:^|\/)(?:thumbs\.db|desktop\.ini|readme(?:\.\w+)?|licen[cs]e(?:\.\w+)?)$|\.(?:xslt?|css)$/iu

/** Whether a file by this name is never a record of anybody's. */
export function isNobodys(path: string): boolean {
  return NOBODYS.test(path)
}

function lastName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
