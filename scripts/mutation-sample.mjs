/** Which mutants are judged where a whole run would take too long, and how much their score says about all of them. */
import { createHash } from 'node:crypto'

/**
 * Whether a mutant is in the sample: each is with the probability `share`, whatever the others are, and always the same ones for a seed.
 *
 * @param {{ file: string, line: number, column: number, mutator: string, to: string }} mutant - lines and columns from 1
 * @param {number} share - from 0 to 1
 * @param {number} seed
 */
export function isInSample({ file, line, column, mutator, to }, share, seed) {
  if (share >= 1) return true
  const name = [seed, file, line, column, mutator, to].join('\n')
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32 < share
}

/**
 * The 95 % confidence interval (Wilson) of a share of which `hits` of `all` were seen, narrowed for a sample without repetition out of
 * `population`. In percent.
 *
 * @returns {[number, number]}
 */
export function intervalOf(/** @type {number} */ hits, /** @type {number} */ all, /** @type {number} */ population) {
  if (all === 0) return [0, 100]
  if (all >= population) return [(100 * hits) / all, (100 * hits) / all]
  const z = 1.96 * Math.sqrt((population - all) / (population - 1))
  const p = hits / all
  const middle = (p + z ** 2 / (2 * all)) / (1 + z ** 2 / all)
  const half = (z * Math.sqrt((p * (1 - p)) / all + z ** 2 / (4 * all ** 2))) / (1 + z ** 2 / all)
  return [100 * (middle - half), 100 * (middle + half)]
}
