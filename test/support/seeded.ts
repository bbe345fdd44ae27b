/** Settings of a property test: a seed that is printed, so that a failure can be run again with CHARTKEEP_SEED. */
export function seeded(numRuns: number): { seed: number; numRuns: number } {
  const given = Number(process.env['CHARTKEEP_SEED'] ?? '')
  const seed = Number.isInteger(given) && given !== 0 ? given : Date.now() % 2 ** 31
  console.log(`seed ${seed}`)
  return { seed, numRuns }
}
