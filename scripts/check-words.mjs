/**
 * Checks the English of comments, pages and test names: no word of {@link BANNED}. The list holds private words and inverted phrases that a
 * machine can find with few false alarms; a reviewer judges the rest. Code, quoted text, link targets and code blocks are not read, so a
 * page can still quote the interface and name a file. Every `npm run lint` runs it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { testNamesOf } from './check-rules.mjs'
import { isProgram, repository } from './pinned-node.mjs'

/** @typedef {{ file: string, line: number, words: string, say: string }} Fault */
/** @typedef {{ line: number, text: string }} Passage - text of a file without markup; `line` is where it begins */

/** What nobody writes, and what to write instead. */
export const BANNED = /** @type {readonly (readonly [RegExp, string])[]} */ ([
  [/\banew\b/i, 'again, from the start'],
  [/\bbeside\b/i, 'next to, along with, besides'],
  [/\baside\b/i, 'into quarantine, apart'],
  [/\b(?:stands?|stood)\b(?!-| (?:for|in for|alone|up|out|still|idle)\b)/i, 'is, is in force, applies, is stored'],
  [/\blies (?:in|at|under|on|over|there|here|with|within|behind|before|next|between|on)\b/i, 'is, is stored'],
  [/\b(?:lay|lain)\b/i, 'was, was stored'],
  [
    /\bthat one\b(?=[.,;:)]|$| (?:again|alone|and|are|as|at|by|can|does|for|from|goes|has|in|is|itself|may|not|of|on|or|then|to|too|under|was|which|who|whose|with)\b)/i,
    'the noun',
  ],
  [/\bsomebody else\b/i, 'another person, others'],
  [/\b(?:go|goes|going|went|gone) on\b/i, 'continue, resume'],
  [/\blets? no\b/i, 'does not let'],
  [
    /\b(?:asks|comes|counts|finds|gives|goes|holds|keeps|knows|makes|names|pins|reads|says|sees|takes|tells) not\b(?! (?:yet|only|just|to)\b)/i,
    'does not …',
  ],
  [/\bno more(?=[.,;:)]|$| (?:and|but|or|once|when|after|until)\b)/i, 'no longer, no further'],
  [/\bnothing of\b/i, 'no part of, none of'],
  [/\b(?:of|for|to|from|by|with) who\b/i, 'the person, the account, the device that'],
  [
    /^Of (?:an?|the|one|each|all|its|it|what|those|this|these|whom|who|which|every|everybody|nobody|another)\b/,
    'name the noun first',
  ],
  [/\bof (?:before|now|then)\b(?! (?:the|on)\b)/i, 'earlier, current'],
  [/\b(?:is|are|was|were) over(?=[.,;:)]|$)/i, 'has ended'],
  [/\bputs? (?:it |them )?back\b/i, 'restore'],
  [/\bhand(?:s|ed|ing)? in\b/i, 'submit'],
  [/\blets? in\b/i, 'admit, enrol'],
  [/\bshuts?\b(?! down\b)/i, 'close, exclude, lock'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix, repair'],
  [/\bthe house\b/i, 'the repository, the server'],
  [/\bdeeds?\b/i, 'action'],
  [/\bwish(?:es)?\b/i, 'intent, request'],
  [/\bkeepers?\b/i, 'account manager'],
  [/\blate[- ]box(?:es)?\b/i, 'quarantine inbox'],
  [/\brow-changes?\b/i, 'reconcile transaction'],
  [/\b(?:hence|thereby|therein|thereof|whereby|wherein|whence|thence|hitherto|upon)\b/i, 'plainer words'],
])

/**
 * Folders, and files, whose text is not yet rewritten, with the most faults that each may have. A number may only go down, and a folder without faults
 * leaves the list.
 */
export const NOT_YET = /** @type {Readonly<Record<string, number>>} */ ({
  'packages/app/': 167,
})

/** What this check does not read: data of others, generated pages, and this list with its tests. */
const UNREAD =
  /^(?:test\/(?:fixtures|vectors)\/|bench\/pouchdb\/|docs\/assurance\.md$|scripts\/check-words\.mjs$|test\/unit\/scripts\/check-words\.test\.ts$)/

/**
 * The passages of a file that people read: comments and test names of a source, paragraphs of a page.
 *
 * @param {string} source
 * @param {string} file - its ending tells what it holds
 * @returns {Passage[]}
 */
export function passagesOf(source, file) {
  if (file.endsWith('.md')) return paragraphsOf(source)
  const names = /\.test\.tsx?$/.test(file)
    ? testNamesOf(source, file).map((text) => ({ line: lineOf(source, text), text }))
    : []
  return [...commentsOf(source, file), ...names]
}

/** @returns {Passage[]} the comments of a TypeScript or JavaScript source, without markers; line comments that follow each other are one */
function commentsOf(/** @type {string} */ source, /** @type {string} */ file) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  /** @type {Map<number, ts.CommentRange>} */
  const ranges = new Map()
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isJsxText(node) || node.kind === ts.SyntaxKind.JSDoc) return
    const children = node.getChildren(tree)
    for (const child of children) visit(child)
    if (children.length > 0) return
    for (const range of ts.getLeadingCommentRanges(source, node.pos) ?? []) ranges.set(range.pos, range)
    for (const range of ts.getTrailingCommentRanges(source, node.pos) ?? []) ranges.set(range.pos, range)
  }
  visit(tree)
  /** @type {(Passage & { end: number })[]} */
  const passages = []
  for (const { pos, end, kind } of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const last = passages.at(-1)
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia) {
      const text = source.slice(pos + 2, end)
      if (last !== undefined && last.end > 0 && /^\s*$/.test(source.slice(last.end, pos))) {
        last.text += text
        last.end = end
      } else passages.push({ line: lineAt(source, pos), text, end })
    } else {
      const text = source.slice(pos, end).replace(/^\/\*+|\*+\/$/g, '')
      passages.push({ line: lineAt(source, pos), text: text.replace(/\n\s*\*/g, '\n'), end: 0 })
    }
  }
  return passages.map(({ line, text }) => ({ line, text }))
}

/** @returns {Passage[]} */
function paragraphsOf(/** @type {string} */ markdown) {
  const lines = markdown.replace(/^(```|~~~)[^]*?^\1/gm, (block) => block.replace(/[^\n]/g, '')).split('\n')
  /** @type {Passage[]} */
  const passages = []
  let open = false
  for (const [index, text] of lines.entries()) {
    /** A list item, a heading and a row of a table are a passage each. */
    const isRow = /^\s*(?:\||[-*] |\d+\. |#)/.test(text)
    if (text.trim() === '') open = false
    else if (open && !isRow) (passages.at(-1) ?? { text: '' }).text += `\n${text}`
    else passages.push({ line: index + 1, text: text.replace(/^\s*(?:[-*]|\d+\.|#+) /, '') })
    if (text.trim() !== '') open = !text.trimStart().startsWith('|')
  }
  return passages
}

function lineAt(/** @type {string} */ source, /** @type {number} */ position) {
  return source.slice(0, position).split('\n').length
}

function lineOf(/** @type {string} */ source, /** @type {string} */ text) {
  return lineAt(source, Math.max(0, source.indexOf(text.slice(0, 40))))
}

/** The text without code, quotes, link targets and addresses; spaces and line breaks become single spaces. */
function plain(/** @type {string} */ text) {
  return text
    .replace(/\{@link [^}]*\}/g, ' ')
    .replace(/`[^`]*`/g, 'code')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/https?:\/\/\S+/g, ' ')
    .replace(/[\w.-]*\/[\w./-]+|\b[\w-]+\.(?:md|tsx?|mjs)\b/g, 'path')
    .replace(/"[^"]*"|“[^”]*”|「[^」]*」/g, 'quote')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * The banned words of a file.
 *
 * @param {string} source
 * @param {string} file
 * @returns {Fault[]}
 */
export function faultsOf(source, file) {
  return passagesOf(source, file).flatMap(({ line, text }) => {
    // Bold text of a guide quotes the interface.
    const read = plain(file.startsWith('docs/guides/') ? text.replace(/\*\*[^*]+\*\*/g, 'quote') : text)
    return BANNED.flatMap(([pattern, say]) => {
      const found = pattern.exec(read)
      if (found === null) return []
      const words = read.slice(Math.max(0, found.index - 25), found.index + found[0].length + 25)
      return [{ file, line, words, say: `"${found[0]}": ${say}` }]
    })
  })
}

/**
 * What is wrong: each fault outside the list, each folder of it with more faults than it may have, and each that needs its place no longer.
 *
 * @param {readonly Fault[]} faults
 * @param {Readonly<Record<string, number>>} notYet
 * @returns {string[]}
 */
export function complaintsOf(faults, notYet) {
  const folders = Object.keys(notYet)
  const folderOf = (/** @type {string} */ file) => folders.find((folder) => file.startsWith(folder))
  const told = (/** @type {Fault} */ { file, line, words, say }) => `${file}:${line}: … ${words} …\n  ${say}`
  return [
    ...faults.filter(({ file }) => folderOf(file) === undefined).map(told),
    ...folders.flatMap((folder) => {
      const found = faults.filter(({ file }) => folderOf(file) === folder)
      const most = notYet[folder] ?? 0
      if (found.length === 0) return [`${folder} has no banned word: take it off the list in scripts/check-words.mjs`]
      if (found.length <= most) return []
      return [`${folder}: ${found.length} banned words, ${most} at most:`, ...found.slice(-10).map(told)]
    }),
  ]
}

/** @returns {string[]} files that git knows or will know, as paths with `/` */
function files() {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repository, encoding: 'utf8' })
  return list
    .split('\n')
    .filter((file) => /\.(?:md|[cm]?js|tsx?)$/.test(file) && !UNREAD.test(file) && existsSync(join(repository, file)))
}

if (isProgram(import.meta.url)) {
  const read = files()
  const faults = read.flatMap((file) => faultsOf(readFileSync(join(repository, file), 'utf8'), file))
  const asked = process.argv[2]
  if (asked !== undefined) {
    // `node scripts/check-words.mjs sync-server/` shows every fault of a folder, whatever the list allows.
    for (const line of complaintsOf(
      faults.filter(({ file }) => file.startsWith(asked)),
      {},
    ))
      console.error(line)
  }
  const complaints = complaintsOf(faults, NOT_YET)
  for (const complaint of complaints) console.error(complaint)
  console.log(
    `${read.length} files read for banned words; ${faults.length} in folders not yet rewritten; ${complaints.length} faults.`,
  )
  process.exitCode = complaints.length === 0 && read.length > 500 ? 0 : 1
}
