/**
 * Checks docs/threat-model.md and docs/faults.md against the tests: what a row names as shown exists. In the last cell of a row, "Shown by", are files of test/, each
 * with the beginning of one test's name in quotes or with rules in brackets that tests of the file name; or `later: ...`, `none: ...`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { testNamesOf } from './check-rules.mjs'
import { isProgram, repository } from './pinned-node.mjs'

/** @typedef {{ file: string, name: string | null, rules: string[] }} Proof - name: the beginning of a test's name */
/** @typedef {{ page: string, attack: string, line: number, proofs: Proof[], isOpen: boolean }} Row - isOpen: it says that no test shows it */

const HEAD = 'Shown by'

/** @returns {Row[]} of all tables of the page whose last column is "Shown by" */
export function rowsOf(/** @type {string} */ markdown, /** @type {string} */ page) {
  /** @type {Row[]} */
  const rows = []
  let isInside = false
  for (const [index, text] of markdown.split('\n').entries()) {
    if (!text.startsWith('|')) {
      isInside = false
      continue
    }
    const cells = text.split('|').map((cell) => cell.trim())
    const last = cells.at(-2) ?? ''
    if (last === HEAD) isInside = true
    else if (isInside && !/^-+$/.test(last))
      rows.push({ page, attack: cells[1] ?? '', line: index + 1, ...proofsOf(last) })
  }
  return rows
}

/** @returns {{ proofs: Proof[], isOpen: boolean }} */
function proofsOf(/** @type {string} */ cell) {
  const proofs = [...cell.matchAll(/`(test\/[\w./-]+)`([^`]*)/g)].map(([, file = '', rest = '']) => ({
    file,
    // A name may hold quotes itself: it ends where the cell, or the next file, does.
    name: /^\s*"(.*)"[;,\s]*$/.exec(rest)?.[1] ?? null,
    rules: /^\s*\(([^)]*)\)/.exec(rest)?.[1]?.match(/\b[A-Z]{1,2}\d{1,3}\b/g) ?? [],
  }))
  return { proofs, isOpen: /^(later|none)\b/.test(cell) }
}

/**
 * What is wrong with the rows.
 *
 * @param {readonly Row[]} rows
 * @param {(file: string) => string[] | null} namesOf - the names of a file's tests; null where there is no such file
 * @returns {string[]} one sentence for each fault; empty when all is well
 */
export function attackFaultsOf(rows, namesOf) {
  if (rows.length === 0) return ['no page has a row that names a test']
  return rows.flatMap(({ page, attack, line, proofs, isOpen }) => {
    const place = `${page}:${line}: "${attack}"`
    if (proofs.length === 0) return isOpen ? [] : [`${place} names no test`]
    return proofs.flatMap(({ file, name, rules }) => {
      const tests = namesOf(file)
      if (tests === null) return [`${place} names ${file}, which is not there`]
      const named = new Set(tests.flatMap((test) => test.match(/\b[A-Z]{1,2}\d{1,3}\b/g) ?? []))
      const faults = rules
        .filter((rule) => !named.has(rule))
        .map((rule) => `${place}: no test of ${file} names ${rule}`)
      const found = name === null ? 1 : tests.filter((test) => test.startsWith(name)).length
      return found === 1
        ? faults
        : [...faults, `${place}: ${found} tests of ${file} have a name that begins with "${name}"`]
    })
  })
}

if (isProgram(import.meta.url)) {
  const pages = ['docs/threat-model.md', 'docs/faults.md']
  const rows = pages.flatMap((page) => rowsOf(readFileSync(join(repository, page), 'utf8'), page))
  const faults = attackFaultsOf(rows, (file) => {
    const path = join(repository, file)
    return existsSync(path) ? testNamesOf(readFileSync(path, 'utf8'), file) : null
  })
  for (const fault of faults) console.error(fault)
  const named = rows.reduce((sum, { proofs }) => sum + proofs.length, 0)
  console.log(`${rows.length} attacks and faults, ${named} times a test is named; ${faults.length} faults.`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
