/**
 * The long runs of `npm run assurance`: tests of npm test, made larger by an environment variable that is in the head of
 * their file. To add one: a row here, with a total that is a multiple of the chunk.
 */

/**
 * @typedef {object} Part
 * @property {string} area - `npm run assurance -- <area>` runs all parts of one
 * @property {string} name - unique; under it the state is kept, so a part with a new meaning needs a new name
 * @property {string} shows - what it shows when nothing fails
 * @property {'unit' | 'integration' | 'end-to-end'} project - of vitest
 * @property {string} file
 * @property {string} [only] - a pattern of test names, where the file holds other tests too
 * @property {string[]} [also] - files or folders that run with it
 * @property {{ title: string, columns: string[] }} [table] - what its tests report, row by row, to the file CHARTKEEP_REPORT
 * @property {string} variable - the environment variable that scales the file
 * @property {string} unit - what is counted
 * @property {number} total
 * @property {number} chunk - how many one start of vitest does; some minutes, since a chunk that is stopped is lost
 */

/** @type {readonly Part[]} */
export const parts = [
  {
    area: 'store',
    name: 'store-oracle',
    shows:
      'the sealed storage answers as RxDB’s memory storage, with reopening, compaction and crashes in between (ST6)',
    project: 'unit',
    file: 'test/unit/store/oracle.test.ts',
    variable: 'CHARTKEEP_RUNS',
    unit: 'random runs',
    total: 20_000,
    chunk: 2_000,
  },
  {
    area: 'store',
    name: 'store-crash-prefixes',
    shows: 'every prefix of the log’s operations, the last one torn, opens to an acknowledged point (ST14)',
    project: 'unit',
    file: 'test/unit/store/crash-prefixes.test.ts',
    variable: 'CHARTKEEP_WRITES',
    unit: 'recorded writes',
    total: 20_000,
    chunk: 4_000,
  },
  {
    area: 'store',
    name: 'store-kill-node',
    shows: 'a killed process loses no acknowledged write on node:sqlite (ST10)',
    project: 'integration',
    file: 'test/integration/store/kill-node.test.ts',
    only: 'ST10',
    variable: 'CHARTKEEP_KILLS',
    unit: 'kills',
    total: 200,
    chunk: 40,
  },
  {
    area: 'store',
    name: 'store-kill-chromium',
    shows: 'a killed Chromium loses no acknowledged write on IndexedDB (ST10)',
    project: 'integration',
    file: 'test/integration/store/chromium.test.ts',
    only: 'ST10',
    variable: 'CHARTKEEP_KILLS',
    unit: 'kills',
    total: 200,
    chunk: 20,
  },
  {
    area: 'sync',
    name: 'sync-core-scenarios',
    shows: 'the sync machine keeps its properties under random faults of network, disks, clocks and people',
    project: 'integration',
    file: 'test/simulation/core-1.test.ts',
    also: ['test/simulation/core-2.test.ts'],
    variable: 'CHARTKEEP_SCENARIOS',
    unit: 'scenarios',
    total: 10_000_000,
    chunk: 40_000,
  },
  {
    area: 'sync',
    name: 'sync-copied-scenarios',
    shows:
      'devices that are copied or put back, again and again, lose nothing and come to rest under ids of their own (F3)',
    project: 'integration',
    file: 'test/simulation/copies.test.ts',
    variable: 'CHARTKEEP_COPY_SCENARIOS',
    unit: 'scenarios',
    total: 100_000,
    chunk: 5_000,
  },
  {
    area: 'sync',
    name: 'sync-long-scenarios',
    shows: 'the same after a long time of everything, 150 steps of people and faults in each scenario',
    project: 'integration',
    file: 'test/simulation/long.test.ts',
    variable: 'CHARTKEEP_LONG_SCENARIOS',
    unit: 'scenarios',
    total: 50_000,
    chunk: 2_500,
  },
  {
    area: 'sync',
    name: 'sync-real-scenarios',
    shows: 'the same over the sealed stores of the app and a server that listens, each with its SQLite files',
    project: 'integration',
    file: 'test/simulation/real-stores.test.ts',
    variable: 'CHARTKEEP_REAL_SCENARIOS',
    unit: 'scenarios',
    total: 50_000,
    chunk: 1_000,
  },
  {
    area: 'server',
    name: 'clocks',
    shows:
      'under random steps of the clock of a server that works and starts again its time never goes back, no grant ends, nothing is pruned or dropped too early (H8)',
    project: 'integration',
    file: 'test/integration/server/clock-steps.test.ts',
    variable: 'CHARTKEEP_CLOCK_RUNS',
    unit: 'runs of 40 steps',
    total: 2_000,
    chunk: 50,
  },
  {
    area: 'care',
    name: 'care-plans',
    shows:
      'no text of a plan counts as approved but the one that was, no signature is lost, two changed plans never become one (N1, N2, Y3)',
    project: 'integration',
    file: 'test/simulation/plans.test.ts',
    variable: 'CHARTKEEP_CARE_SCENARIOS',
    unit: 'scenarios',
    total: 4_000,
    chunk: 400,
  },
  {
    area: 'care',
    name: 'care-members',
    shows:
      'members of a practice who lose a role or leave write and open nothing more, what they signed in time holds, and what comes late is not lost (C12, C9, C11, N2)',
    project: 'integration',
    file: 'test/simulation/members.test.ts',
    only: 'C12, C4, C9, C11',
    variable: 'CHARTKEEP_CARE_SCENARIOS',
    unit: 'scenarios',
    total: 4_000,
    chunk: 200,
  },
  {
    area: 'care',
    name: 'care-emergency',
    shows:
      'in an emergency nobody opens an epoch without a use that the owner knows of, nobody reads after the end what was written after it, and nothing written in it is lost (C13, C10, C11)',
    project: 'integration',
    file: 'test/simulation/emergency.test.ts',
    only: 'C13, C4, C10, C11',
    variable: 'CHARTKEEP_CARE_SCENARIOS',
    unit: 'scenarios',
    total: 4_000,
    chunk: 200,
  },
  {
    area: 'care',
    name: 'care-publish',
    shows:
      'what a practice published from its own vault is in the chart as it has it, alone and in its order, and nothing else; nothing that was written or published is lost (N5, N4, T1, T2, C10, C11)',
    project: 'integration',
    file: 'test/simulation/publish.test.ts',
    only: 'N5, N4, T1',
    variable: 'CHARTKEEP_CARE_SCENARIOS',
    unit: 'scenarios',
    total: 4_000,
    chunk: 200,
  },
  {
    area: 'care',
    name: 'care-scenarios',
    shows:
      'between a patient and a practice that write apart no message is lost and no double booking is unseen (M1, M5)',
    project: 'integration',
    file: 'test/simulation/care.test.ts',
    only: 'M1, M4, M5',
    variable: 'CHARTKEEP_CARE_SCENARIOS',
    unit: 'scenarios',
    total: 20_000,
    chunk: 400,
  },
  {
    area: 'sync',
    name: 'sync-mutations',
    shows: 'of the single-bit and single-byte faults of sealed envelopes the client accepts none (E6)',
    project: 'integration',
    file: 'test/simulation/mutations.test.ts',
    variable: 'CHARTKEEP_MUTATIONS',
    unit: 'faults',
    total: 100_000_000,
    chunk: 4_000_000,
  },
  {
    area: 'sync',
    name: 'sync-random-lies',
    shows: 'any server, its answers bent at random: nothing is lost, nothing leaks, sync ends',
    project: 'integration',
    file: 'test/attack/sync-random-lies.test.ts',
    variable: 'CHARTKEEP_LIES',
    unit: 'rounds of lies',
    total: 4_000,
    chunk: 400,
  },
  {
    area: 'server',
    name: 'server-kill',
    shows:
      'a killed server under load from eight clients loses and doubles no acknowledged write; every chain verifies',
    project: 'integration',
    file: 'test/integration/server/kill.test.ts',
    variable: 'CHARTKEEP_KILLS',
    unit: 'kills',
    total: 500,
    chunk: 50,
  },
  {
    area: 'faults',
    name: 'network-cuts',
    shows:
      'a connection cut behind a byte of an exchange, and every other fault of the network, loses and doubles nothing',
    project: 'integration',
    file: 'test/integration/faults/network.test.ts',
    table: { title: 'How a fault of the network ends', columns: ['Fault', 'What the person reads while it lasts'] },
    variable: 'CHARTKEEP_CUTS',
    unit: 'cuts, each behind another byte',
    total: 30_000,
    chunk: 1_500,
  },
  {
    area: 'faults',
    name: 'server-disk',
    shows: 'a full, failing or damaged disk of the server loses nothing that was acknowledged and shows nothing false',
    project: 'integration',
    file: 'test/integration/faults/server-disk.test.ts',
    table: { title: 'How a fault of the server’s disk ends', columns: ['Fault', 'What came of it'] },
    variable: 'CHARTKEEP_DISK_FAULTS',
    unit: 'faults of each kind',
    total: 1_000,
    chunk: 250,
  },
  {
    area: 'faults',
    name: 'full-disks',
    shows:
      'on a disk that fills up and empties under random work and restarts no accepted write is lost, no cut is undone and the server never dies (H7)',
    project: 'integration',
    file: 'test/integration/faults/full-disk-run.test.ts',
    variable: 'CHARTKEEP_FULL_DISK_SECONDS',
    unit: 'seconds',
    total: 3_600,
    chunk: 300,
  },
  {
    area: 'attacks',
    name: 'bombs',
    shows:
      'a server with a heap of 256 MB answers requests made from the shapes of its routes, as long as each route reads, in the words of its table, and loses nothing of who writes meanwhile (H6, H3)',
    project: 'integration',
    file: 'test/integration/server/bombs.test.ts',
    table: { title: 'How the server answers such requests', columns: ['Answer', 'Times'] },
    variable: 'CHARTKEEP_BOMBS',
    unit: 'requests',
    total: 400_000,
    chunk: 10_000,
  },
  {
    area: 'attacks',
    name: 'attacks',
    shows: 'every named attack of docs/threat-model.md is detected, and in how many answers',
    project: 'integration',
    file: 'test/attack/sync-random-lies.test.ts',
    also: ['test/attack/'],
    table: { title: 'How soon an attack is found', columns: ['Test', 'Verdict', 'Answers until then'] },
    variable: 'CHARTKEEP_LIES',
    unit: 'rounds of lies beside them',
    total: 100,
    chunk: 100,
  },
]
