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
export const notes = [
  { file: 'check-proof.ts', code: 'MAX_PROOF_BYTES', why: 'a file of exactly 16 MiB; no test makes one' },
  {
    file: 'check-proof.ts',
    code: 'plain === null ? null',
    why: 'equivalent: what is no text reads as no record either',
  },
  {
    file: 'check-proof.ts',
    code: '?? -1',
    why: 'equivalent: without a text the next line gives null, whatever the place',
  },
  {
    file: 'check-proof.ts',
    code: "at < 0 || !text.endsWith('}')",
    why: 'equivalent: each of the two is refused by the JSON behind it as well; the check says it at once',
  },
  { file: 'check-proof.ts', code: 'found++', why: 'equivalent: only compared with 0' },
  { file: 'report.ts', code: 'hex.match', why: 'equivalent: fingerprints are never empty' },
  {
    file: 'report.ts',
    code: 'json.match',
    why: 'equivalent: the parts are put together again, and JSON is never empty',
  },
]

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
