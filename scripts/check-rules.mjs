/**
 * Checks that each rule which docs/spec marks as built, wholly or in part, is named by a test: its number stands in a test's name.
 * A rule starts a line with its number and mark: `**S2** [built] A device pushes ...` or `**S9** [later] ...`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { isProgram, repository } from './pinned-node.mjs'

/** @typedef {{ number: string, mark: 'built' | 'part' | 'later' | null, file: string, line: number }} Rule */

/** @returns {Rule[]} the rules that a page of the specification states, in order */
export function rulesOf(/** @type {string} */ markdown, /** @type {string} */ file) {
  return markdown.split('\n').flatMap((text, index) => {
    const found = /^(?:[-*] )?\*\*([A-Z]{1,2}\d{1,3})\*\*(?: \[([a-z]+)\])?/.exec(text)
    if (!found?.[1]) return []
    const mark = found[2] === 'built' || found[2] === 'part' || found[2] === 'later' ? found[2] : null
    return [{ number: found[1], mark, file, line: index + 1 }]
  })
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

/**
 * What is wrong between specification and tests.
 *
 * @param {readonly Rule[]} rules
 * @param {readonly string[]} names - of all tests
 * @returns {string[]} one sentence for each fault; empty when all is well
 */
export function faultsOf(rules, names) {
  const named = new Set(names.flatMap((name) => name.match(/\b[A-Z]{1,2}\d{1,3}\b/g) ?? []))
  const faults = rules.flatMap(({ number, mark, file, line }, index) => {
    const place = `${file}:${line}`
    if (rules.findIndex((rule) => rule.number === number) !== index) return [`${place}: rule ${number} is stated twice`]
    if (mark === null) return [`${place}: rule ${number} is marked neither [built] nor [part] nor [later]`]
    if (mark !== 'later' && !named.has(number)) return [`${place}: rule ${number} is built, and no test names it`]
    return []
  })
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
