/**
 * A small reader of XML 1.0 (https://www.w3.org/TR/xml/) for documents of others: elements, attributes, text, CDATA and the five entities.
 * A document type is not read, so no entity of its own is ever expanded and nothing is fetched; a file with an internal subset is refused.
 * Prefixes are dropped from the names of elements and kept in those of attributes.
 */

export interface XmlElement {
  /** Without its prefix. */
  name: string
  attributes: Readonly<Record<string, string>>
  children: readonly (XmlElement | string)[]
}

/** Deeper ones would cost the stack of whoever walks them. */
const MAX_DEPTH = 200
/** Elements, attributes and pieces of text: a tree of more takes a hundred times the file in memory. */
const MOST_PARTS = 1_000_000

const NAME = /[\p{L}_:][\p{L}\p{N}._:·-]*/uy
const ATTRIBUTE = /\s+([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy
const TAG_END = /\s*(\/?)>/uy
const CLOSE = /<\/([^\s>]+)\s*>/uy
const REFERENCE = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/giu

/** The root; null for what is not well-formed, too deep, of too many parts, or has a document type with an internal subset. Never throws. */
export function readXml(text: string): XmlElement | null {
  const reader = new XmlReader(text)
  return reader.read()
}

interface Open {
  name: string
  element: { name: string; attributes: Record<string, string>; children: (XmlElement | string)[] }
}

class XmlReader {
  readonly #text: string
  #at = 0
  #parts = 0
  #stack: Open[] = []
  #root: XmlElement | null = null

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text
  }

  read(): XmlElement | null {
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('<', this.#at)
      const end = next < 0 ? this.#text.length : next
      if (!this.#takeText(this.#text.slice(this.#at, end))) return null
      this.#at = end
      if (next >= 0 && !this.#takeMarkup()) return null
      if (this.#parts > MOST_PARTS) return null
    }
    return this.#stack.length === 0 ? this.#root : null
  }

  #takeText(raw: string): boolean {
    if (raw === '') return true
    const open = this.#stack.at(-1)
    // Only white space is outside of the root.
    if (open === undefined) return raw.trim() === ''
    open.element.children.push(unescaped(raw))
    this.#parts += 1
    return true
  }

  #takeMarkup(): boolean {
    const text = this.#text
    if (text.startsWith('<!--', this.#at)) return this.#skipTo('-->')
    if (text.startsWith('<![CDATA[', this.#at)) {
      const from = this.#at + 9
      if (!this.#skipTo(']]>')) return false
      const open = this.#stack.at(-1)
      open?.element.children.push(text.slice(from, this.#at - 3))
      this.#parts += 1
      return open !== undefined
    }
    if (text.startsWith('<?', this.#at)) return this.#skipTo('?>')
    if (text.startsWith('<!DOCTYPE', this.#at)) {
      const from = this.#at
      return this.#root === null && this.#skipTo('>') && !text.slice(from, this.#at).includes('[')
    }
    return text.startsWith('</', this.#at) ? this.#close() : this.#open()
  }

  #open(): boolean {
    this.#at += 1
    const name = this.#match(NAME)?.[0]
    if (name === undefined || (this.#root !== null && this.#stack.length === 0)) return false
    const attributes: Record<string, string> = Object.create(null)
    this.#parts += 1
    for (let found = this.#match(ATTRIBUTE); found !== null; found = this.#match(ATTRIBUTE)) {
      attributes[found[1]!] = unescaped(found[2] ?? found[3] ?? '')
      this.#parts += 1
      if (this.#parts > MOST_PARTS) return false
    }
    const end = this.#match(TAG_END)
    if (end === null || this.#stack.length >= MAX_DEPTH) return false
    const element = { name: withoutPrefix(name), attributes, children: [] }
    this.#stack.at(-1)?.element.children.push(element)
    this.#root ??= element
    if (end[1] !== '/') this.#stack.push({ name, element })
    return true
  }

  #close(): boolean {
    const name = this.#match(CLOSE)?.[1]
    return name !== undefined && this.#stack.pop()?.name === name
  }

  #skipTo(mark: string): boolean {
    const end = this.#text.indexOf(mark, this.#at)
    if (end < 0) return false
    this.#at = end + mark.length
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found !== null) this.#at = pattern.lastIndex
    return found
  }
}

function withoutPrefix(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

/** References of other names stay as they are: an author's `&nbsp;` costs nobody the document. */
function unescaped(raw: string): string {
  if (!raw.includes('&')) return raw
  return raw.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code)
  })
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Elements below `element` along the path, each step all children of that name. */
export function elementsAt(element: XmlElement, ...path: string[]): XmlElement[] {
  let found: XmlElement[] = [element]
  for (const step of path) {
    found = found.flatMap(({ children }) =>
      children.filter((child): child is XmlElement => typeof child !== 'string' && child.name === step),
    )
  }
  return found
}

/** All text below the element, white space collapsed. */
export function textIn(element: XmlElement | undefined): string {
  if (element === undefined) return ''
  const texts: string[] = []
  const collect = ({ children }: XmlElement) => {
    for (const child of children) {
      if (typeof child === 'string') texts.push(child)
      else collect(child)
    }
  }
  collect(element)
  return texts.join('').replace(/\s+/gu, ' ').trim()
}
