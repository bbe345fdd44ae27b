/**
 * The text of a PDF that Chromium printed (Skia's writer: objects in the open, streams deflated, fonts with a ToUnicode map): enough to see that what
 * was on the screen is on the paper, page by page. No reader for PDFs of others.
 */
import { inflateSync } from 'node:zlib'

/**
 * Text of each page in the order in which it was drawn, without white space (kerning moves look like spaces) and with ligatures as letters. Throws for a file that is
 * not of this kind.
 */
export function pdfPages(pdf: Buffer): string[] {
  const objects = new Map<string, Buffer>()
  const text = pdf.toString('latin1')
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\n/gu)) {
    const start = match.index + match[0].length
    objects.set(match[1] as string, pdf.subarray(start, text.indexOf('endobj', start)))
  }
  const pages = [...objects.values()].filter((object) => /\/Type \/Page\b(?!s)/u.test(head(object)))
  if (pages.length === 0) throw new Error('no page was found in the PDF')
  return pages.map((page) => {
    const fonts = new Map(
      [...head(page).matchAll(/\/(F\d+) (\d+) 0 R/gu)].map(([, name, id]) => [name as string, fontOf(objects, id)]),
    )
    const [, contents] = /\/Contents (\d+) 0 R/u.exec(head(page)) ?? []
    return drawn(streamOf(objects.get(contents ?? '')).toString('latin1'), fonts)
  })
}

function head(object: Buffer): string {
  return object.toString('latin1').split('stream\n', 1)[0] ?? ''
}

function streamOf(object: Buffer | undefined): Buffer {
  if (object === undefined) throw new Error('a stream of the PDF is missing')
  const start = object.indexOf('stream\n') + 'stream\n'.length
  const bytes = object.subarray(start, object.lastIndexOf('endstream'))
  return head(object).includes('/FlateDecode') ? inflateSync(bytes) : bytes
}

interface Font {
  /** Hexadecimal digits of one glyph: a Type 3 font has codes of one byte. */
  digits: 2 | 4
  text: Map<number, string>
}

/** Glyphs of a font as text, from its ToUnicode map (PDF 32000-1, 9.10.3). */
function fontOf(objects: Map<string, Buffer>, id: string | undefined): Font {
  const dictionary = head(objects.get(id ?? '') ?? Buffer.alloc(0))
  return { digits: dictionary.includes('/Type3') ? 2 : 4, text: unicodeOf(objects, dictionary) }
}

function unicodeOf(objects: Map<string, Buffer>, dictionary: string): Map<number, string> {
  const [, map] = /\/ToUnicode (\d+) 0 R/u.exec(dictionary) ?? []
  const found = new Map<number, string>()
  if (map === undefined) return found
  const text = streamOf(objects.get(map)).toString('latin1')
  const utf16 = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le')
  for (const [, part] of text.matchAll(/beginbfchar\n([\s\S]*?)endbfchar/gu))
    for (const [, glyph, to] of (part as string).matchAll(/<([0-9A-F]+)> <([0-9A-F]+)>/gu))
      found.set(parseInt(glyph as string, 16), utf16(to as string))
  for (const [, part] of text.matchAll(/beginbfrange\n([\s\S]*?)endbfrange/gu))
    for (const [, from, last, to] of (part as string).matchAll(/<([0-9A-F]+)> <([0-9A-F]+)> <([0-9A-F]+)>/gu)) {
      const start = parseInt(from as string, 16)
      const first = parseInt(to as string, 16)
      for (let glyph = start; glyph <= parseInt(last as string, 16); glyph++)
        found.set(glyph, String.fromCodePoint(first + glyph - start))
    }
  return found
}

/** What the operators of a page draw. */
function drawn(content: string, fonts: Map<string, Font>): string {
  let font: Font | undefined
  let text = ''
  for (const [, name, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-F]+)>/gu)) {
    if (name !== undefined) font = fonts.get(name)
    else
      for (const [glyph] of (glyphs ?? '').matchAll(font?.digits === 2 ? /../gu : /.{4}/gu))
        text += font?.text.get(parseInt(glyph, 16)) ?? ''
  }
  return bare(text)
}

/** A text as {@link pdfPages} gives it, to look for. */
export function bare(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s+/gu, '')
}
