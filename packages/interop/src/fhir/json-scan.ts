/**
 * Finding the parts of a large JSON document without reading it into a tree: spans of members and elements by matching
 * brackets, without recursion. Grammar inside a span is checked later, when that span is parsed on its own, so that one
 * bad resource does not stop the rest.
 */
import { endOfString, unquoted } from '@chartkeep/domain'

/** Half-open span of characters. */
export interface Span {
  start: number
  end: number
}

/** Why the outline of a document cannot be told. */
export type ScanFault = { fault: 'truncated' | 'syntax' | 'duplicate-key' | 'too-deep' | 'too-many'; offset: number }

/** A document nested deeper than this is refused as a whole; a resource is refused much earlier. */
const MAX_OUTLINE_DEPTH = 10_000

/** Nobody's resource has so many elements side by side. */
const MOST_MEMBERS = 100_000

const SPACE = /[ \t\n\r]*/y
const MARK = /["[\]{}]/g

/** Offset of the first character that is not white space. */
export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.test(text)
  return SPACE.lastIndex
}

/** Offset behind the value that starts at `at`, or the fault. Brackets must match; scalars end at a delimiter. */
export function endOfValue(text: string, at: number): number | ScanFault {
  const first = text[at]
  if (first === undefined) return { fault: 'truncated', offset: text.length }
  if (first === '"') {
    const end = endOfString(text, at)
    return end < 0 ? { fault: 'truncated', offset: text.length } : end
  }
  if (first !== '{' && first !== '[') return endOfScalar(text, at)
  const open: string[] = []
  MARK.lastIndex = at
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) {
    const mark = match[0]
    if (mark === '"') {
      const end = endOfString(text, match.index)
      if (end < 0) break
      MARK.lastIndex = end
    } else if (mark === '{' || mark === '[') {
      if (open.push(mark) > MAX_OUTLINE_DEPTH) return { fault: 'too-deep', offset: match.index }
    } else {
      if (open.pop() !== (mark === '}' ? '{' : '[')) return { fault: 'syntax', offset: match.index }
      if (open.length === 0) return match.index + 1
    }
  }
  return { fault: 'truncated', offset: text.length }
}

function endOfScalar(text: string, at: number): number | ScanFault {
  const match = /[,\]}\s]/g
  match.lastIndex = at
  const end = match.exec(text)?.index ?? text.length
  return end === at ? { fault: 'syntax', offset: at } : end
}

/** Spans of the members of the object that starts at `at`, by key, and the offset behind it. */
export function membersOf(text: string, at: number): { members: Map<string, Span>; end: number } | ScanFault {
  const members = new Map<string, Span>()
  let next = skipSpace(text, at + 1)
  if (text[next] === '}') return { members, end: next + 1 }
  for (;;) {
    if (text[next] !== '"') return faultAt(text, next)
    const keyEnd = endOfString(text, next)
    if (keyEnd < 0) return { fault: 'truncated', offset: text.length }
    const key = unquoted(text.slice(next, keyEnd))
    if (key === null) return { fault: 'syntax', offset: next }
    if (members.has(key)) return { fault: 'duplicate-key', offset: next }
    if (members.size >= MOST_MEMBERS) return { fault: 'too-many', offset: next }
    const colon = skipSpace(text, keyEnd)
    if (text[colon] !== ':') return faultAt(text, colon)
    const start = skipSpace(text, colon + 1)
    const end = endOfValue(text, start)
    if (typeof end !== 'number') return end
    members.set(key, { start, end })
    const after = skipSpace(text, end)
    if (text[after] === '}') return { members, end: after + 1 }
    if (text[after] !== ',') return faultAt(text, after)
    next = skipSpace(text, after + 1)
  }
}

/** Spans of the elements of the array that starts at `at`; a fault where there are more than `most`. */
export function elementsOf(text: string, at: number, most = Infinity): Span[] | ScanFault {
  const elements: Span[] = []
  let next = skipSpace(text, at + 1)
  if (text[next] === ']') return elements
  for (;;) {
    const end = endOfValue(text, next)
    if (typeof end !== 'number') return end
    if (elements.length >= most) return { fault: 'too-many', offset: next }
    elements.push({ start: next, end })
    const after = skipSpace(text, end)
    if (text[after] === ']') return elements
    if (text[after] !== ',') return faultAt(text, after)
    next = skipSpace(text, after + 1)
  }
}

/** The string in a span, '' when the span is missing or holds no string. */
export function stringIn(text: string, span: Span | undefined): string {
  return span === undefined ? '' : (unquoted(text.slice(span.start, span.end)) ?? '')
}

function faultAt(text: string, at: number): ScanFault {
  return { fault: at >= text.length ? 'truncated' : 'syntax', offset: at }
}
