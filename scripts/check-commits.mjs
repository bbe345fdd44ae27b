/**
 * Checks the subjects of the commits since the last tag: at most 72 characters, no full stop at the end, the first word a verb in the imperative as far as
 * a program can tell. Where the history is not there (a checkout of one commit), it checks what is. Plain JavaScript for Node 20.
 */
import { execFileSync } from 'node:child_process'
import { isProgram, repository } from './pinned-node.mjs'

const LONGEST = 72
/** The rule is as old as this commit; earlier subjects are as they are. */
const SINCE = '06e9cef1'

/**
 * What is wrong with a subject; null for nothing.
 *
 * @param {string} subject
 * @returns {string | null}
 */
export function subjectFault(subject) {
  if (subject.length > LONGEST) return `${subject.length} characters, ${LONGEST} at most`
  if (subject.endsWith('.')) return 'a full stop at the end'
  const [first = ''] = subject.split(/[\s:,]/u)
  if (!/^[A-Z][a-z]+(?:-[a-z]+)*$/u.test(first)) return `"${first}" is no verb with a capital`
  if (/(?:[^s]s|ed|ing)$/u.test(first) && !KEPT.has(first)) return `"${first}" is not in the imperative`
  return null
}

/** Verbs that end as other forms do. */
const KEPT = new Set(['Bring', 'Embed', 'Feed', 'Focus', 'Need', 'Process', 'Seed', 'Shed', 'Speed', 'String'])

function git(/** @type {string[]} */ ...args) {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

/** @returns {string[]} lines `<hash> <subject>`, newest first */
function commitsSince() {
  for (const from of [
    () => git('describe', '--tags', '--abbrev=0'),
    () => git('rev-parse', '--verify', `${SINCE}^{commit}`),
  ])
    try {
      return git('log', '--no-merges', '--format=%h %s', `${from()}..HEAD`)
        .split('\n')
        .filter((line) => line !== '')
    } catch {}
  return []
}

if (isProgram(import.meta.url)) {
  const faults = commitsSince().flatMap((line) => {
    const [hash = ''] = line.split(' ')
    const fault = subjectFault(line.slice(hash.length + 1))
    return fault === null ? [] : [`${line}\n  ${fault}`]
  })
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
