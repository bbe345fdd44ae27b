/**
 * The words inside a file, part by part: pages of a PDF as pdf.js reads them in its worker, sections of a C-CDA, the narratives of FHIR resources,
 * a plain text as one part. For search; nothing is drawn.
 */
import {
  isJsonObject,
  type JsonObject,
  objectAt,
  objectsAt,
  plainText,
  stringAt,
  tidy,
  typeOf,
} from '@chartkeep/domain'
import type { CcdaSection, NarrativeBlock } from '@chartkeep/interop/ccda'
import { contentOf } from './file-content.ts'

/** A part of a file. `page` is from 1, 0 where it has none; `section` is the title that the file gives it, or ''. */
export interface FilePart {
  page: number
  section: string
  text: string
}

/** Parts with words in them, in order, each as soon as it is read. A PDF with a password and bytes that cannot be read have none. Never throws. */
export async function* textsOf(bytes: Uint8Array, name: string, contentType: string): AsyncGenerator<FilePart> {
  const content = contentOf(bytes, name, contentType)
  switch (content.type) {
    case 'pdf':
      return yield* pagesOf(bytes)
    case 'ccda':
      yield* sectionsOf(content.document.sections)
      if (content.document.embedded !== null)
        yield* textsOf(content.document.embedded.bytes, '', content.document.embedded.contentType)
      return
    case 'fhir':
      return yield* narrativesOf(content.resource)
    case 'text':
      return yield { page: 0, section: '', text: tidy(content.text) }
    case 'picture':
    case 'cannot':
  }
}

async function* pagesOf(bytes: Uint8Array): AsyncGenerator<FilePart> {
  const { MOST_PAGES, openPdf } = await import('./pdf-document.ts')
  const opened = await openPdf(bytes, null, false)
  if (opened.type !== 'open') return
  try {
    for (let number = 1; number <= Math.min(MOST_PAGES, opened.document.numPages); number += 1) {
      const page = await opened.document.getPage(number)
      const content = await inTime(page.getTextContent())
      if (content === null) return
      page.cleanup()
      const { items } = content
      const text = tidy(items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '')).join(''))
      if (text !== '') yield { page: number, section: '', text }
    }
  } catch {
    // A page that cannot be read ends what is found in the file; the pages before it stay.
  } finally {
    opened.close()
  }
}

/** A page of pictures and words takes less than a second: one that takes so long was made to. */
const LONGEST_PAGE_MS = 30_000

/** Null where it takes longer; what still works then ends with its document. */
async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), LONGEST_PAGE_MS)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}

/** The text of each part of a C-CDA, with its title, one after the other. */
export function sectionTexts(sections: readonly CcdaSection[]): string[] {
  return [...sectionsOf(sections)].map(({ text }) => text)
}

function* sectionsOf(sections: readonly CcdaSection[]): Generator<FilePart> {
  for (const { title, blocks, sections: inner } of sections) {
    const text = tidy(`${title} ${blocks.map(blockText).join(' ')}`)
    if (text !== '') yield { page: 0, section: title, text }
    yield* sectionsOf(inner)
  }
}

function blockText(block: NarrativeBlock): string {
  switch (block.type) {
    case 'paragraph':
      return block.runs.map((run) => (run.type === 'text' ? run.text : ' ')).join('')
    case 'list':
      return `${block.caption} ${block.items.map((item) => item.map(blockText).join(' ')).join(' ')}`
    case 'table':
      return `${block.caption} ${block.rows.flatMap((row) => row.map(({ blocks }) => blocks.map(blockText).join(' '))).join(' ')}`
  }
}

/** Yields the narratives of the resource, of a Bundle's entries, and of a document's sections. */
function* narrativesOf(resource: JsonObject): Generator<FilePart> {
  const text = plainText(stringAt(resource, 'text', 'div'))
  if (text !== '') yield { page: 0, section: '', text }
  if (typeOf(resource) === 'Composition') yield* compositionTexts(objectsAt(resource, 'section'))
  for (const entry of objectsAt(resource, 'entry')) {
    const inner = typeOf(resource) === 'Bundle' ? objectAt(entry, 'resource') : undefined
    if (isJsonObject(inner)) yield* narrativesOf(inner)
  }
}

function* compositionTexts(sections: readonly JsonObject[]): Generator<FilePart> {
  for (const section of sections) {
    const text = plainText(stringAt(section, 'text', 'div'))
    if (text !== '') yield { page: 0, section: stringAt(section, 'title'), text }
    yield* compositionTexts(objectsAt(section, 'section'))
  }
}
