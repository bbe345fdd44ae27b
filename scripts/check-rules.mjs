/**
 * Checks the rules of docs/spec: a test names each rule that is marked as built, wholly or in part, and no rule has more than 80 words.
 * A rule starts a line with its number and mark: `**S2** [built] A device pushes ...` or `**S9** [later] ...`.
 * A rule that needs more words is split into lettered parts: `**C13a** [built] ...`, `**C13b** [later] ...`. A test that names C13b covers
 * that part; a test that names C13 covers all its parts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { isProgram, repository } from './pinned-node.mjs'

/** @typedef {{ number: string, mark: 'built' | 'part' | 'later' | null, words: number, file: string, line: number }} Rule */

/** The most words that a rule or a lettered part may have. */
export const MOST_WORDS = 80

/**
 * The rules and lettered parts that a page of the specification states, in order. `words` counts the text up to the next rule, heading,
 * table or code block, without paragraphs that begin with "Why:" or "Later in".
 *
 * @returns {Rule[]}
 */
export function rulesOf(/** @type {string} */ markdown, /** @type {string} */ file) {
  const lines = markdown.split('\n')
  return lines.flatMap((text, index) => {
    const found = RULE_START.exec(text)
    if (!found?.[1]) return []
    const mark = found[2] === 'built' || found[2] === 'part' || found[2] === 'later' ? found[2] : null
    const words = wordsOf([text.slice(found[0].length), ...lines.slice(index + 1)])
    return [{ number: found[1], mark, words, file, line: index + 1 }]
  })
}

const RULE_START = /^(?:[-*] )?\*\*([A-Z]{1,2}\d{1,3}[a-z]?)\*\*(?: \[([a-z]+)\])?/

/** @returns {number} words of the rule whose text begins with the first line */
function wordsOf(/** @type {readonly string[]} */ lines) {
  const end = lines.findIndex((text, index) => index > 0 && (RULE_START.test(text) || /^(?:#|\||```)/.test(text)))
  const paragraphs = lines
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .split(/\n\s*\n/)
  const counted = paragraphs.filter((paragraph) => !/^(?:Why: |Later in )/.test(paragraph.trimStart()))
  return counted
    .join(' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}

/**
 * The names that a test file gives to its tests and groups. Skipped ones and those still to be written do not count.
 *
 * @param {string} source - TypeScript
 * @param {string} fileName - its ending tells whether it holds JSX
 * @returns {string[]} of a template the text between its holes, joined by spaces
 */
export function testNamesOf(source, fileName) {
  /** @type {string[]} */
  const names = []
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isCallExpression(node) && node.arguments[0]) {
      const words = calleeWords(node.expression)
      if (['test', 'it', 'describe'].includes(words[0] ?? '')) {
        // The whole of a skipped group is passed over.
        if (words.includes('skip') || words.includes('todo')) return
        const name = textOf(node.arguments[0])
        if (name !== null) names.push(name)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, false))
  return names
}

/** `test.each(rows)` gives test, each; `describe.skip` gives describe, skip. @returns {string[]} */
function calleeWords(/** @type {ts.Expression} */ callee) {
  if (ts.isIdentifier(callee)) return [callee.text]
  if (ts.isPropertyAccessExpression(callee)) return [...calleeWords(callee.expression), callee.name.text]
  if (ts.isCallExpression(callee)) return calleeWords(callee.expression)
  if (ts.isTaggedTemplateExpression(callee)) return calleeWords(callee.tag)
  return []
}

/** @returns {string | null} */
function textOf(/** @type {ts.Expression} */ node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (ts.isTemplateExpression(node))
    return [node.head, ...node.templateSpans.map((span) => span.literal)].map((part) => part.text).join(' ')
  return null
}

/** @returns {string} `C13` of the part `C13b` and of the rule `C13` */
function wholeOf(/** @type {string} */ number) {
  return number.replace(/[a-z]$/, '')
}

/**
 * What is wrong between specification and tests.
 *
 * @param {readonly Rule[]} rules
 * @param {readonly string[]} names - of all tests
 * @returns {string[]} one sentence for each fault; empty when all is well
 */
export function faultsOf(rules, names) {
  const named = new Set(names.flatMap((name) => name.match(/\b[A-Z]{1,2}\d{1,3}[a-z]?\b/g) ?? []))
  const stated = new Set(rules.map(({ number }) => number))
  const faults = rules.flatMap(({ number, mark, words, file, line }, index) => {
    const place = `${file}:${line}`
    const whole = wholeOf(number)
    if (rules.findIndex((rule) => rule.number === number) !== index) return [`${place}: rule ${number} is stated twice`]
    if (number !== whole && stated.has(whole)) return [`${place}: rule ${whole} is stated whole and in parts`]
    if (mark === null) return [`${place}: rule ${number} is marked neither [built] nor [part] nor [later]`]
    if (words > MOST_WORDS)
      return [`${place}: rule ${number} has ${words} words, more than ${MOST_WORDS}; split it into lettered parts`]
    if (mark !== 'later' && !named.has(number) && !named.has(whole))
      return [`${place}: rule ${number} is built, and no test names it`]
    return []
  })
  const wholes = new Set(rules.map(({ number }) => wholeOf(number)))
  for (const name of named)
    if (name !== wholeOf(name) && wholes.has(wholeOf(name)) && !stated.has(name))
      faults.push(`a test names ${name}, which docs/spec does not state`)
  // With no rule to check, this check would hold whatever the tests do.
  if (!rules.some(({ mark }) => mark === 'built' || mark === 'part'))
    faults.push('docs/spec states no rule that is built')
  return faults
}

/** @returns {string[]} paths under `folder` that end in `ending` */
function filesUnder(/** @type {string} */ folder, /** @type {RegExp} */ ending) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => join(folder, file))
    .sort()
}

if (isProgram(import.meta.url)) {
  const rules = filesUnder(join(repository, 'docs/spec'), /\.md$/).flatMap((file) =>
    rulesOf(readFileSync(file, 'utf8'), file.slice(repository.length + 1)),
  )
  const names = filesUnder(join(repository, 'test'), /\.test\.tsx?$/).flatMap((file) =>
    testNamesOf(readFileSync(file, 'utf8'), file),
  )
  const faults = faultsOf(rules, names)
  for (const fault of faults) console.error(fault)
  const built = rules.filter(({ mark }) => mark !== 'later').length
  console.log(
    `${rules.length} rules, ${built} of them built; ${names.length} test names read; ${faults.length} faults.`,
  )
  process.exitCode = faults.length === 0 ? 0 : 1
}
