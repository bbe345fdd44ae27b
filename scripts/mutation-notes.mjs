/**
 * Why mutants survive, for the list in docs/assurance.md: single ones by a piece of their line, and classes of them. A survivor that
 * stands here was looked at; one that does not is a task.
 */

/** @typedef {import('./mutation.mjs').Survivor} Survivor */
/**
 * @typedef {object} Note
 * @property {string} file - the end of its path
 * @property {string} code - a piece of the line where the mutant begins
 * @property {string} [to] - a piece of what takes its place, where one line has several mutants
 * @property {string} why
 */

/** @type {readonly Note[]} */
export const notes = []

/** @returns {string | null} null for what nobody has explained */
export function whyOf(/** @type {Survivor} */ { file, code, mutator, to }) {
  const note = notes.find(
    (each) => file.endsWith(each.file) && code.includes(each.code) && (each.to === undefined || to.includes(each.to)),
  )
  if (note) return note.why
  if (mutator === 'StringLiteral' && /\bthrow new \w*Error\(/u.test(code))
    return 'text of an error for a mistake of the caller; tests ask that it throws, not for its words'
  return null
}
