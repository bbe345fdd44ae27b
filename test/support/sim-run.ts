/** Core scenarios in bulk, for test/simulation: which seeds, what went wrong in them, and what happened how often. */
import { setPriority } from 'node:os'
import { runScenario } from './sim-scenario.ts'
import type { ScenarioOptions } from './sim-types.ts'
import type { SimWorld } from './sim-world.ts'
import { seeded } from './seeded.ts'

/** How many parts a file runs: each says how far it has come. */
export const PARTS_OF_A_FILE = 10

/** A part waits for as long as others have more to do: one that was given up would continue next to the next one, in the same world. Milliseconds. */
export const PART_MS = 3_600_000

/** This process computes and waits for nothing: where others run next to it, a browser with a person's patience among them, it goes after them. */
export function makeWay(): void {
  setPriority(5)
}

/**
 * Seeds of core scenarios: CHARTKEEP_SCENARIOS of them (20,000 in npm run test:all, 3,000 in npm test) from CHARTKEEP_SEED on, half of them in each of
 * two files, so that two processes share them. Where no seed is given, those of the second half move with the commit (CHARTKEEP_COMMIT_SEED): each
 * commit meets scenarios that none before it has met, and the same ones again whenever it is run.
 */
export function coreSeeds(half: 0 | 1): { first: number; parts: { from: number; to: number }[] } {
  const { seed, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_SCENARIOS'] ?? 20_000))
  const moved = Number(process.env['CHARTKEEP_COMMIT_SEED'])
  const first = half === 1 && process.env['CHARTKEEP_SEED'] === undefined && moved > 0 ? moved : seed
  const edge = (part: number) => first + Math.floor((amount * (half * PARTS_OF_A_FILE + part)) / (2 * PARTS_OF_A_FILE))
  const parts = Array.from({ length: PARTS_OF_A_FILE }, (_, part) => ({ from: edge(part), to: edge(part + 1) }))
  return { first, parts }
}

/** What went wrong in scenarios `from` to `to` - 1, each with its seed; the first ten at most. Prints what happened, and adds it to `counts`. */
export async function failuresIn(
  world: SimWorld,
  { from, to }: { from: number; to: number },
  options: ScenarioOptions = {},
  counts: Record<string, number> = {},
): Promise<string[]> {
  const failures: string[] = []
  const started = performance.now()
  for (let seed = from; seed < to && failures.length < 10; seed++) {
    const result = await runScenario(world, seed, options)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0) failures.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}`)
  }
  console.log(`seeds ${from} to ${to - 1}: ${Math.round(performance.now() - started)} ms`, JSON.stringify(counts))
  return failures
}
