import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What computes all of its time, and makes way for the others (test/support/sim-run.ts): from the beginning on. */
const COMPUTING = ['simulation/core-1', 'simulation/core-2']

/** Journeys that take longest, longest first: none of them may begin when the others have ended. What is not here comes after them. */
const JOURNEYS = [
  'end-to-end/storage-trouble',
  'end-to-end/whole-purpose',
  'end-to-end/documents',
  'end-to-end/practice',
  'end-to-end/ehr',
  'end-to-end/screens',
  'end-to-end/pairing',
  'end-to-end/roles',
  'end-to-end/inline-file',
  'end-to-end/lock-progress',
  'end-to-end/take-over',
  'end-to-end/concierge',
  'end-to-end/ten-tasks',
  'end-to-end/family',
  'end-to-end/kills',
  'end-to-end/scheduled-backup',
  'end-to-end/lock',
  'end-to-end/portal',
  'end-to-end/lock-keys',
  'end-to-end/offline-phone',
  'end-to-end/access-history',
  'end-to-end/carer',
  'end-to-end/emergency',
]

/** The same of real parts together. */
const PARTS = [
  'sync/pairing',
  'attack/pairing',
  'store/chromium',
  'server/kill',
  'simulation/mutations',
  'sync/copied-device',
  'simulation/real-stores',
  'sync/import-everything',
  'server/reseed',
  'attack/proof-file',
  'attack/sync-session',
  'server/process',
  'sync/large-files',
  'server/admission-client',
  'server/backup',
  'sync/two-devices',
  'faults/network',
  'store/torn-tail',
]

/** The same of the fast and pure. */
const UNITS = ['interop/bad-input', 'store/crash-prefixes', 'store/oracle', 'crypto/verify']

/** Those with the longest files first. */
const PROJECTS = ['end-to-end', 'integration-planted', 'integration', 'unit']

/**
 * The longest first, of each project; what computes before everything. Files of a project follow each other: a process continues with the next
 * file where that is of its own project.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const lists = [...COMPUTING, ...JOURNEYS, ...PARTS, ...UNITS]
    const place = ({ moduleId }: TestSpecification) => {
      const at = lists.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return at < 0 ? lists.length : at
    }
    const project = (file: TestSpecification) => PROJECTS.indexOf(file.project.name)
    const computes = (file: TestSpecification) => Number(place(file) >= COMPUTING.length)
    return files.toSorted(
      (a, b) =>
        computes(a) - computes(b) ||
        project(a) - project(b) ||
        place(a) - place(b) ||
        a.moduleId.localeCompare(b.moduleId),
    )
  }
}

/**
 * Node runs every file as it is: what vite makes of modules costs a fifth of the time of those that compute (each name that is imported is
 * asked for by a function). Screens, which have JSX in them, are read by test/support/read-screens.ts.
 */
const AS_IT_IS = { viteModuleRunner: false, nodeLoader: false }
/** Those put another module in the place of one of ours (`vi.mock`), which only vite's way of running can. */
const PLANTED = 'test/simulation/planted-*.test.ts'

/** Three projects: fast and pure; several real parts in one process, with mistakes planted in a part of it; a real browser with a real server process. */
export default defineConfig({
  test: {
    // Every core, and two at least: the default leaves one of two for watching.
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          experimental: AS_IT_IS,
          // Files share processes, and so what they import: half of the time of most. One that changes what lasts (a platform that was asked
          // once, a global that others find) says `@vitest-environment-options { "alone": "<its name>" }` in its head, and has one of its own.
          isolate: false,
          setupFiles: ['test/support/keep-compiled.ts', 'test/support/read-screens.ts'],
          include: ['test/unit/**/*.test.{ts,tsx}', 'test/contract/**/*.test.ts'],
          // On a machine with ten times the work that it can do.
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'integration',
          experimental: AS_IT_IS,
          // As the unit tests do, and for the same reason.
          isolate: false,
          setupFiles: ['test/support/keep-compiled.ts'],
          include: ['test/integration/**/*.test.ts', 'test/simulation/**/*.test.ts', 'test/attack/**/*.test.ts'],
          exclude: [PLANTED],
          // As above: what waits for a processor is not what hangs.
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration-planted',
          setupFiles: ['test/support/keep-compiled.ts'],
          include: [PLANTED],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'end-to-end',
          experimental: AS_IT_IS,
          // Each file has a world of its own; what it read before it stays read.
          isolate: false,
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
