import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, longest first: none of them may begin when the others are over. What is not here comes after them. */
const LONGEST = [
  'simulation/core-1',
  'simulation/core-2',
  'simulation/mutations',
  'simulation/real-stores',
  'sync/pairing',
  'attack/pairing',
  'store/chromium',
  'server/kill',
  'sync/import-everything',
  'server/refill',
  'attack/proof-file',
  'attack/sync-session',
  'server/process',
  'sync/large-files',
  'server/at-the-door',
  'server/backup',
  'sync/two-devices',
  'faults/network',
  'store/torn-tail',
  'end-to-end/whole-purpose',
  'end-to-end/storage-trouble',
  'end-to-end/take-over',
  'end-to-end/pairing',
  'end-to-end/screens',
  'end-to-end/lock',
  'end-to-end/lock-keys',
  'end-to-end/kills',
  'end-to-end/inline-file',
  'end-to-end/who',
].map((name) => `/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(name))
      return place < 0 ? LONGEST.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

/** Three projects: fast and pure; several real parts in one process; a real browser with a real server process. */
export default defineConfig({
  test: {
    // Both cores: the default leaves one of two for watching.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/support/keep-compiled.ts'],
          include: ['test/unit/**/*.test.{ts,tsx}', 'test/contract/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles: ['test/support/keep-compiled.ts'],
          include: ['test/integration/**/*.test.ts', 'test/simulation/**/*.test.ts', 'test/attack/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'end-to-end',
          setupFiles: ['test/support/keep-compiled.ts'],
          include: ['test/end-to-end/**/*.test.ts'],
          testTimeout: 600_000,
          // Whoever asks first makes the seeded profiles; the others wait.
          hookTimeout: 400_000,
        },
      },
    ],
  },
})
