/**
 * A C-CDA or other CDA R2 document as people read it: who, when, by whom, and the narrative of each section as plain blocks
 * (https://hl7.org/cda/stds/core/: StrucDoc). What comes out is text, never markup: no script, style, frame or address of a picture can be
 * in it, whatever the file holds. The coded entries are not read here.
 */
import { textOfFile } from '../bytes/text-file.ts'
import { elementsAt, readXml, textIn, type XmlElement } from '../xml/xml.ts'

export interface CcdaDocument {
  title: string
  /** Dates as FHIR writes them, in the precision that the file has; '' for none. */
  date: string
  person: { name: string; birthDate: string }
  authors: string[]
  /** The organization that keeps the original. */
  keeper: string
  sections: CcdaSection[]
  /** The body where it is a file of another kind, e.g. a PDF. */
  embedded: { contentType: string; bytes: Uint8Array<ArrayBuffer> } | null
}

export interface CcdaSection {
  title: string
  blocks: NarrativeBlock[]
  sections: CcdaSection[]
}

export type TextStyle = 'bold' | 'italic' | 'underline' | 'deleted' | 'sub' | 'sup'

/** `address`: where a link leads, as text. `picture`: the name of one that is here. */
export type TextRun =
  | { type: 'text'; text: string; styles: readonly TextStyle[]; address?: string }
  | { type: 'break' }
  | { type: 'picture'; name: string }

export type NarrativeBlock =
  | { type: 'paragraph'; runs: TextRun[] }
  | { type: 'list'; isOrdered: boolean; caption: string; items: NarrativeBlock[][] }
  | { type: 'table'; caption: string; rows: NarrativeCell[][] }

export interface NarrativeCell {
  isHead: boolean
  columns: number
  rows: number
  blocks: NarrativeBlock[]
}

/** Null where the bytes are no CDA document. Never throws. */
export function readCcda(bytes: Uint8Array): CcdaDocument | null {
  const text = textOfFile(bytes)
  if (text === null || !text.includes('ClinicalDocument')) return null
  const root = readXml(text)
  if (root === null || root.name !== 'ClinicalDocument') return null
  const patient = elementsAt(root, 'recordTarget', 'patientRole', 'patient')[0]
  const authors = elementsAt(root, 'author', 'assignedAuthor').map(
    (author) =>
      nameOf(elementsAt(author, 'assignedPerson', 'name')[0]) ||
      textIn(elementsAt(author, 'representedOrganization', 'name')[0]) ||
      textIn(elementsAt(author, 'assignedAuthoringDevice', 'softwareName')[0]),
  )
  const body = elementsAt(root, 'component', 'nonXMLBody', 'text')[0]
  return {
    title: textIn(elementsAt(root, 'title')[0]) || (elementsAt(root, 'code')[0]?.attributes['displayName'] ?? ''),
    date: fhirDate(elementsAt(root, 'effectiveTime')[0]),
    person: {
      name: patient === undefined ? '' : nameOf(elementsAt(patient, 'name')[0]),
      birthDate: patient === undefined ? '' : fhirDate(elementsAt(patient, 'birthTime')[0]).slice(0, 10),
    },
    authors: [...new Set(authors.filter((name) => name !== ''))],
    keeper: textIn(elementsAt(root, 'custodian', 'assignedCustodian', 'representedCustodianOrganization', 'name')[0]),
    sections: sectionsIn(elementsAt(root, 'component', 'structuredBody')),
    embedded: body === undefined ? null : embeddedIn(body),
  }
}

export function nameOf(name: XmlElement | undefined): string {
  if (name === undefined) return ''
  const parts = name.children.flatMap((child) =>
    typeof child === 'string' || child.attributes['nullFlavor'] !== undefined ? [] : [textIn(child)],
  )
  return parts.filter((part) => part !== '').join(' ') || textIn(name)
}

/** HL7 v3: `20130617114349.000-0500`, in any precision, in `value` or in `low`. */
export function fhirDate(element: XmlElement | undefined): string {
  const value = element?.attributes['value'] ?? (element && elementsAt(element, 'low')[0]?.attributes['value']) ?? ''
  const found = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)(\d\d)?(?:\.\d+)?([+-]\d{4})?)?)?)?/.exec(value)
  if (found === null) return ''
  const [, year, month, day, hour, minute, second = '00', zone] = found
  const date = [year, month, day].filter(Boolean).join('-')
  // Without a zone a time says nothing that could be compared; the day stays.
  if (hour === undefined || zone === undefined) return date
  return `${date}T${hour}:${minute}:${second}${zone.slice(0, 3)}:${zone.slice(3)}`
}

function sectionsIn(parents: readonly XmlElement[]): CcdaSection[] {
  return parents
    .flatMap((parent) => elementsAt(parent, 'component', 'section'))
    .map((section) => ({
      title:
        textIn(elementsAt(section, 'title')[0]) || (elementsAt(section, 'code')[0]?.attributes['displayName'] ?? ''),
      blocks: elementsAt(section, 'text').flatMap((text) => blocksOf(text)),
      sections: sectionsIn([section]),
    }))
}

function embeddedIn(text: XmlElement): CcdaDocument['embedded'] {
  const contentType = text.attributes['mediaType'] ?? 'text/plain'
  const content = text.children.filter((child) => typeof child === 'string').join('')
  if (text.attributes['representation'] !== 'B64') {
    const plain = content.trim()
    return plain === '' ? null : { contentType, bytes: new TextEncoder().encode(plain) as Uint8Array<ArrayBuffer> }
  }
  try {
    const binary = atob(content.replace(/\s+/gu, ''))
    return { contentType, bytes: Uint8Array.from(binary, (character) => character.charCodeAt(0)) }
  } catch {
    // No base64: there is nothing to show.
    return null
  }
}

/** How much is in the document for people: pieces of text, cells, items and parts. Counts no further than to `most`. */
export function piecesIn(sections: readonly CcdaSection[], most: number): number {
  let count = 0
  const inBlocks = (blocks: readonly NarrativeBlock[]): void => {
    for (const block of blocks) {
      if (count >= most) return
      count += 1
      if (block.type === 'paragraph') count += block.runs.length
      else if (block.type === 'list') block.items.forEach(inBlocks)
      else for (const row of block.rows) for (const cell of row) inBlocks(cell.blocks)
    }
  }
  for (const section of sections) {
    if (count >= most) break
    count += 1
    inBlocks(section.blocks)
    count += piecesIn(section.sections, most - count)
  }
  return Math.min(count, most)
}

const STYLE_CODES: ReadonlyMap<string, TextStyle> = new Map([
  ['bold', 'bold'],
  ['italics', 'italic'],
  ['underline', 'underline'],
  ['emphasis', 'bold'],
])
const STYLED: ReadonlyMap<string, TextStyle> = new Map([
  ['b', 'bold'],
  ['strong', 'bold'],
  ['i', 'italic'],
  ['em', 'italic'],
  ['u', 'underline'],
  ['sub', 'sub'],
  ['sup', 'sup'],
])
/** What browsers would run or load; it has no text for people. */
const NEVER = new Set(['script', 'style', 'iframe', 'object', 'embed', 'link', 'meta', 'img', 'form', 'input'])
const PARAGRAPHS = new Set(['paragraph', 'p', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'section', 'pre'])

/** The blocks of a narrative; text between them becomes paragraphs of its own. */
function blocksOf(element: XmlElement): NarrativeBlock[] {
  const builder = new NarrativeBuilder()
  builder.takeChildren(element, [])
  return builder.finish()
}

class NarrativeBuilder {
  #blocks: NarrativeBlock[] = []
  #runs: TextRun[] = []

  takeChildren(element: XmlElement, styles: readonly TextStyle[], address?: string): void {
    for (const child of element.children) {
      if (typeof child === 'string') this.#takeText(child, styles, address)
      else this.#take(child, styles, address)
    }
  }

  finish(): NarrativeBlock[] {
    const runs = trimmed(this.#runs)
    if (runs.length > 0) this.#blocks.push({ type: 'paragraph', runs })
    this.#runs = []
    return this.#blocks
  }

  #takeText(raw: string, styles: readonly TextStyle[], address: string | undefined): void {
    const text = raw.replace(/\s+/gu, ' ')
    if (text !== '') this.#runs.push({ type: 'text', text, styles, ...(address === undefined ? {} : { address }) })
  }

  #take(element: XmlElement, styles: readonly TextStyle[], address: string | undefined): void {
    const { name, attributes } = element
    const lower = name.toLowerCase()
    if (NEVER.has(lower) || lower === 'caption') return
    if (lower === 'br') return void this.#runs.push({ type: 'break' })
    if (lower === 'rendermultimedia') {
      return void this.#runs.push({ type: 'picture', name: attributes['referencedObject'] ?? '' })
    }
    if (lower === 'list' || lower === 'ul' || lower === 'ol') return this.#takeList(element)
    if (lower === 'table') return this.#takeTable(element)
    if (lower === 'linkhtml' || lower === 'a') {
      return this.takeChildren(element, styles, attributes['href'])
    }
    if (PARAGRAPHS.has(lower)) {
      this.finish()
      const caption = captionOf(element)
      if (caption !== '') this.#takeText(`${caption} `, ['bold'], undefined)
      this.takeChildren(element, styles, address)
      this.finish()
      return
    }
    // Each style counts once, however often and within whatever it is said.
    this.takeChildren(element, [...new Set([...styles, ...stylesOf(lower, attributes)])], address)
  }

  #takeList(element: XmlElement): void {
    this.finish()
    const items = element.children.flatMap((child) =>
      typeof child !== 'string' && /^(?:item|li)$/iu.test(child.name) ? [blocksOf(child)] : [],
    )
    const isOrdered = element.attributes['listType'] === 'ordered' || element.name.toLowerCase() === 'ol'
    if (items.length > 0) this.#blocks.push({ type: 'list', isOrdered, caption: captionOf(element), items })
  }

  #takeTable(element: XmlElement): void {
    this.finish()
    const rows: NarrativeCell[][] = []
    const collect = (parent: XmlElement, isHead: boolean) => {
      for (const child of parent.children) {
        if (typeof child === 'string') continue
        const name = child.name.toLowerCase()
        if (name === 'thead' || name === 'tbody' || name === 'tfoot') collect(child, name === 'thead')
        if (name === 'tr') rows.push(cellsOf(child, isHead))
      }
    }
    collect(element, false)
    const filled = rows.filter((row) => row.length > 0)
    if (filled.length > 0) this.#blocks.push({ type: 'table', caption: captionOf(element), rows: filled })
  }
}

function cellsOf(row: XmlElement, isHead: boolean): NarrativeCell[] {
  return row.children.flatMap((child) => {
    if (typeof child === 'string' || !/^t[dh]$/iu.test(child.name)) return []
    return [
      {
        isHead: isHead || child.name.toLowerCase() === 'th',
        columns: spanOf(child.attributes['colspan']),
        rows: spanOf(child.attributes['rowspan']),
        blocks: blocksOf(child),
      },
    ]
  })
}

/** A table with thousands of columns is nobody's. */
function spanOf(text: string | undefined): number {
  const span = Number(text ?? 1)
  return Number.isInteger(span) && span >= 1 && span <= 100 ? span : 1
}

function captionOf(element: XmlElement): string {
  return textIn(elementsAt(element, 'caption')[0])
}

function stylesOf(name: string, attributes: Readonly<Record<string, string>>): TextStyle[] {
  const named = STYLED.get(name)
  const coded = (attributes['styleCode'] ?? '')
    .toLowerCase()
    .split(/\s+/u)
    .flatMap((code) => STYLE_CODES.get(code) ?? [])
  const deleted = attributes['revised'] === 'delete' ? (['deleted'] as const) : []
  return [...(named === undefined ? [] : [named]), ...coded, ...deleted]
}

/** Without white space and breaks at both ends, and without doubled spaces between runs. */
function trimmed(runs: readonly TextRun[]): TextRun[] {
  const isBlank = (run: TextRun | undefined) =>
    run !== undefined && (run.type === 'break' || (run.type === 'text' && run.text.trim() === ''))
  let from = 0
  let to = runs.length
  while (from < to && isBlank(runs[from])) from++
  while (to > from && isBlank(runs[to - 1])) to--
  const kept = runs.slice(from, to)
  return kept.map((run, at) => {
    if (run.type !== 'text') return run
    const before = kept[at - 1]
    const startsFresh = at === 0 || before?.type === 'break' || (before?.type === 'text' && before.text.endsWith(' '))
    const text = startsFresh ? run.text.trimStart() : run.text
    return { ...run, text: at === kept.length - 1 ? text.trimEnd() : text }
  })
}
