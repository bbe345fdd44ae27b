/**
 * `npm run bench -- sync [--records 10000] [--rounds 3] [--changes 60] [--batch 500] [--many 50000] [--history 100000] [--only ours,control,pouchdb,many,chromium,history] [--alone] [--write]`:
 * sealed sync next to plaintext replication, on loopback, in one run. `--alone`: in Node the session's thread opens what it pulls itself, without
 * the thread next to it that the app has as a worker (decision 0054). With CHARTKEEP_PROFILE=<folder> every phase leaves a profile there.
 */
import { parseArgs } from 'node:util'
import { installNative } from '@chartkeep/crypto/native'
import { barTable, commandLine, print, provenance, writeToDocs } from './support/report.ts'
import { measureChromium } from './sync/chromium.ts'
import type { Contestant, Outcome } from './sync/contestant.ts'
import { control } from './sync/control.ts'
import { ours } from './sync/ours.ts'
import { pouchdb } from './sync/pouchdb.ts'
import { chromiumTable, historyTable, nodeTable, syncBars, type Results } from './sync/report.ts'

// Server and devices in Node compute with OpenSSL (K1); the page of the browser does not.
installNative()

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    changes: { type: 'string', default: '60' },
    batch: { type: 'string', default: '500' },
    many: { type: 'string', default: '50000' },
    history: { type: 'string', default: '100000' },
    only: { type: 'string', default: 'ours,control,pouchdb,many,chromium,history' },
    alone: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const only = options.only.split(',')
const [records, rounds, changes, batch] = [options.records, options.rounds, options.changes, options.batch].map(
  Number,
) as [number, number, number, number]

const contestants: Record<string, Contestant> = { ours, control: control(batch), pouchdb: pouchdb(batch) }
const results: Results = { records, node: new Map(), many: null, chromium: null, history: null }

async function measure(name: string, size: number): Promise<Outcome> {
  const outcome = await contestants[name]!.run({ records: size, changes, alone: options.alone })
  print(
    `${name}, ${size} records: push ${Math.round(outcome.pushMs)} ms, first sync ${Math.round(outcome.firstSyncMs)} ms`,
  )
  return outcome
}

for (let round = 0; round < rounds; round += 1) {
  for (const name of only.filter((each) => each in contestants)) {
    const known = results.node.get(name) ?? { name: contestants[name]!.name, rounds: [] }
    known.rounds.push(await measure(name, records))
    results.node.set(name, known)
  }
}
if (only.includes('many')) {
  const size = Number(options.many)
  results.many = { size, ours: [], control: [] }
  for (let round = 0; round < rounds; round += 1)
    for (const name of ['ours', 'control'] as const) results.many[name].push(await measure(name, size))
}
if (only.includes('chromium')) results.chromium = await measureChromium(records, rounds, batch)
if (only.includes('history')) {
  const size = Number(options.history)
  // One after the other, whatever ran before: what is compared finds the same compiled code and the same heap.
  results.history = { size, small: [await measure('ours', records)], large: [await measure('ours', size)] }
}

const report = [
  provenance(commandLine('sync')),
  `${records.toLocaleString('en')} records of Synthea, some 900 bytes each; ${rounds} rounds, in turns; median, in brackets the worst.`,
  nodeTable(results),
  ...(results.chromium === null ? [] : ['### In Chromium, into a durable store', chromiumTable(results.chromium)]),
  ...(results.history === null ? [] : ['### With a long history', historyTable(results)]),
  '### Bars of sync',
  barTable(syncBars(results)),
].join('\n\n')
print(`\n${report}`)
if (options.write) await writeToDocs('sync', report)
process.exit(0)
