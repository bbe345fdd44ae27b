/**
 * The tags of an XML text that is too large for memory: start tags with their attributes, and end tags, in order and in
 * pieces as they come. Text between tags, comments, processing instructions and the document type are passed over; no entity
 * but XML's own five is known, and nothing is fetched. It does not check that tags match.
 */

/** What is done with each tag. `attribute`: '' for none. */
export interface TagHandler {
  start(name: string, attribute: (name: string) => string, isEmpty: boolean): void
  end(name: string): void
}

/** Nobody's tag is longer. */
const MOST_TAG_LETTERS = 1024 * 1024

export class XmlTags {
  readonly #handler: TagHandler
  #rest = ''
  #isBroken = false

  constructor(handler: TagHandler) {
    this.#handler = handler
  }

  /** The text has no tag where it should have one, or one without an end. What came before was told. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Takes the next piece. */
  push(piece: string): void {
    if (this.#isBroken) return
    const text = this.#rest === '' ? piece : this.#rest + piece
    let at = 0
    for (;;) {
      const open = text.indexOf('<', at)
      if (open < 0) {
        this.#rest = ''
        return
      }
      const end = text[open + 1] === '!' || text[open + 1] === '?' ? endOfOther(text, open) : endOfTag(text, open)
      if (end < 0) {
        this.#rest = text.slice(open)
        if (this.#rest.length > MOST_TAG_LETTERS) this.#isBroken = true
        return
      }
      if (text[open + 1] === '/') this.#handler.end(text.slice(open + 2, end - 1).trim())
      else if (text[open + 1] !== '!' && text[open + 1] !== '?') this.#start(text, open, end)
      if (this.#isBroken) return
      at = end
    }
  }

  /** Whether the text ended between two tags. */
  finish(): boolean {
    if (this.#rest !== '') this.#isBroken = true
    return !this.#isBroken
  }

  #start(text: string, open: number, end: number): void {
    const isEmpty = text[end - 2] === '/'
    const name = nameAt(text, open + 1)
    if (name === '') {
      this.#isBroken = true
      return
    }
    const body = text.slice(open + 1 + name.length, isEmpty ? end - 2 : end - 1)
    this.#handler.start(name, (wanted) => attributeIn(body, wanted), isEmpty)
  }
}

/** Most tags have the name of the tag before them. */
let lastName = 'Record'

function nameAt(text: string, at: number): string {
  const next = text.charCodeAt(at + lastName.length)
  if ((next === 0x20 || next === 0x3e || next === SLASH) && text.startsWith(lastName, at)) return lastName
  NAME.lastIndex = at
  const name = NAME.exec(text)?.[0] ?? ''
  if (name !== '') lastName = name
  return name
}

const NAME = /[\p{L}_:][\p{L}\p{N}._:-]*/uy

const SLASH = 0x2f
const DOUBLE_QUOTE = 0x22

/** The offset behind the `>` that ends the tag; -1 where it is not here yet. A `>` inside quotes is text. */
function endOfTag(text: string, open: number): number {
  let end = text.indexOf('>', open)
  if (end < 0) return -1
  // Nearly all tags end behind a double quote, which no double-quoted value can hold.
  const last = text.charCodeAt(text.charCodeAt(end - 1) === SLASH ? end - 2 : end - 1)
  if (last === DOUBLE_QUOTE && !text.slice(open, end).includes("'")) return end + 1
  let from = open
  let quote = ''
  while (end >= 0) {
    for (let at = from; at < end; at++) {
      const letter = text[at]!
      if (quote === '') {
        if (letter === '"' || letter === "'") quote = letter
      } else if (letter === quote) quote = ''
    }
    if (quote === '') return end + 1
    from = end
    end = text.indexOf('>', end + 1)
  }
  return -1
}

/** The same of a comment, CDATA, a processing instruction or a document type with what it declares. */
function endOfOther(text: string, open: number): number {
  const mark = (end: string) => {
    const at = text.indexOf(end, open)
    return at < 0 ? -1 : at + end.length
  }
  if (text.startsWith('<?', open)) return mark('?>')
  if (text.startsWith('<!--', open)) return mark('-->')
  if (text.startsWith('<![CDATA[', open)) return mark(']]>')
  // `<!DOCTYPE` may not be here whole.
  if (text.length - open < 9) return -1
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const letter = text[at]
    if (letter === '[') depth += 1
    else if (letter === ']') depth -= 1
    else if (letter === '>' && depth <= 0) return at + 1
    else if (letter === '"' || letter === "'") {
      const close = text.indexOf(letter, at + 1)
      if (close < 0) return -1
      at = close
    } else if (text.startsWith('<!--', at) && at > open) {
      const close = text.indexOf('-->', at)
      if (close < 0) return -1
      at = close + 2
    }
  }
  return -1
}

function attributeIn(body: string, name: string): string {
  for (let at = body.indexOf(`${name}=`); at >= 0; at = body.indexOf(`${name}=`, at + 1)) {
    const quote = body[at + name.length + 1]
    if ((at > 0 && !/\s/u.test(body[at - 1]!)) || (quote !== '"' && quote !== "'")) continue
    const from = at + name.length + 2
    const end = body.indexOf(quote, from)
    return end < 0 ? '' : unescaped(body.slice(from, end))
  }
  return ''
}

function unescaped(raw: string): string {
  if (!raw.includes('&')) return raw
  return raw.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/giu, (whole, decimal, hex, named) => {
    if (typeof named === 'string') return NAMED[named.toLowerCase()] ?? whole
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code)
  })
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
