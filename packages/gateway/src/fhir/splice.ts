/**
 * The answer's text, made from the stored text by splices: id, meta, references that lead to records which the client may read, and files. Nothing
 * else is touched, so every number keeps its digits. By places in the text (RFC 8259), never by parsing and writing the whole.
 */
import {
  endOfString,
  isJsonObject,
  jsonObject,
  parseJsonObject,
  stringifyJson,
  unquoted,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'

/** Half-open place in a text, and what it becomes. */
interface Edit {
  start: number
  end: number
  words: string
}

export interface SpliceInput {
  id: string
  /** Members of meta that take the place of those that the text has, or are added to it. */
  meta: JsonObject
  /** What a literal reference becomes; null where it stays as it came. */
  reference(text: string): string | null
  /** The address of the file at this place among the record's sealed files, in their order. */
  file(place: number): string
}

const MARK = /["[\]{}]/g
const SPACE = /[ \t\n\r]*/y
const FILE = /^chartkeep-(?:file|data):/u

interface Level {
  isObject: boolean
  key: string
  keyStart: number
}

/** The text of an answer. `text` is a resource that the chart holds, so it is valid JSON. */
export function spliceResource(text: string, input: SpliceInput): string {
  const edits: Edit[] = []
  const top: { id?: Edit; meta?: Edit; afterType?: number } = {}
  const levels: Level[] = []
  let files = 0
  MARK.lastIndex = 0
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const mark = match[0]
    const at = match.index
    if (mark === '{' || mark === '[') {
      const inside = levels.at(-1)
      if (mark === '{' && levels.length === 1 && inside?.key === 'meta') {
        const end = endOfObject(text, at)
        top.meta = { start: at, end, words: '' }
        MARK.lastIndex = end
        continue
      }
      levels.push({ isObject: mark === '{', key: '', keyStart: 0 })
      continue
    }
    if (mark === '}' || mark === ']') {
      levels.pop()
      continue
    }
    const end = endOfString(text, at)
    if (end < 0) throw new RangeError('a stored text that is no JSON')
    MARK.lastIndex = end
    const level = levels.at(-1)
    if (level === undefined) continue
    if (level.isObject && isKey(text, end)) {
      level.key = text.slice(at + 1, end - 1)
      level.keyStart = at
      continue
    }
    const value = (): string => unquoted(text.slice(at, end)) ?? ''
    if (levels.length === 1 && level.key === 'id') top.id = { start: at, end, words: JSON.stringify(input.id) }
    else if (levels.length === 1 && level.key === 'resourceType') top.afterType = end
    else if (level.key === 'reference') {
      const words = input.reference(value())
      if (words !== null) edits.push({ start: at, end, words: JSON.stringify(words) })
    } else if ((level.key === 'url' || level.key === 'data') && FILE.test(text.slice(at + 1, at + 20))) {
      // A sealed file is named by its place; what opens it never leaves.
      edits.push({ start: level.keyStart, end, words: `"url":${JSON.stringify(input.file(files))}` })
      files++
    } else if (FILE.test(text.slice(at + 1, at + 20))) edits.push({ start: at, end, words: '""' })
  }
  const before = top.meta === undefined ? null : parseJsonObject(text.slice(top.meta.start, top.meta.end))
  const meta = stringifyJson(jsonObject({ ...before, ...input.meta }))
  if (top.meta !== undefined) edits.push({ ...top.meta, words: meta })
  if (top.id !== undefined) edits.push(top.id)
  const added = [
    ...(top.id === undefined ? [`"id":${JSON.stringify(input.id)}`] : []),
    ...(top.meta === undefined ? [`"meta":${meta}`] : []),
  ]
  if (added.length > 0 && top.afterType !== undefined)
    edits.push({ start: top.afterType, end: top.afterType, words: `,${added.join(',')}` })
  return applied(text, edits)
}

function applied(text: string, edits: Edit[]): string {
  const pieces: string[] = []
  let at = 0
  for (const { start, end, words } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(text.slice(at, start), words)
    at = end
  }
  pieces.push(text.slice(at))
  return pieces.join('')
}

/** Offset behind the object that starts at `at`. */
function endOfObject(text: string, at: number): number {
  let depth = 0
  const marks = /["{}]/g
  marks.lastIndex = at
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    if (match[0] === '"') marks.lastIndex = endOfString(text, match.index)
    else if (match[0] === '{') depth++
    else if (--depth === 0) return match.index + 1
  }
  throw new RangeError('a stored text that is no JSON')
}

function isKey(text: string, at: number): boolean {
  SPACE.lastIndex = at
  SPACE.test(text)
  return text[SPACE.lastIndex] === ':'
}

/** Elements that every answer keeps. */
const ALWAYS = new Set(['resourceType', 'id', 'meta'])

/** Some elements of an answer, digits kept, tagged SUBSETTED as FHIR asks. `keep` names elements of the first level. */
export function subsetOf(text: string, keep: (element: string) => boolean): string {
  const resource = parseJsonObject(text)
  if (resource === null) return text
  const kept = jsonObject()
  for (const [key, value] of Object.entries(resource))
    if (ALWAYS.has(key) || keep(key.replace(/^_/u, ''))) kept[key] = value
  const meta = isJsonObject(kept['meta']) ? kept['meta'] : jsonObject()
  const tags: JsonValue[] = Array.isArray(meta['tag']) ? meta['tag'] : []
  kept['meta'] = jsonObject({
    ...meta,
    tag: [
      ...tags,
      jsonObject({ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }),
    ],
  })
  return stringifyJson(kept)
}
