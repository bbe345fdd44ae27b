/**
 * Settings of a property test. The seed is the same in every run, so that a commit that is green stays green; CHARTKEEP_SEED gives
 * another one, or with `random` a fresh one (`npm run assurance` does so). It is printed: a failure can be run again.
 */
const USUAL = 20_261_121

export function seeded(numRuns: number): { seed: number; numRuns: number } {
  const given = process.env['CHARTKEEP_SEED'] ?? ''
  const seed = given === 'random' ? Date.now() % 2 ** 31 : Number(given || USUAL)
  if (!Number.isInteger(seed)) throw new Error(`CHARTKEEP_SEED is a whole number or "random", not "${given}"`)
  console.log(`seed ${seed}`)
  return { seed, numRuns }
}
