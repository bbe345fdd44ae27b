/**
 * `npm run bench -- sync [--records 10000] [--rounds 3] [--changes 60] [--only ours,control,pouchdb,chromium,history] [--write]`:
 * sealed sync beside plaintext replication, on loopback, in one run.
 */
import { parseArgs } from 'node:util'
import { installNative } from '@chartkeep/crypto/native'
import { median, megabytes, ms, print, quantile, table } from './support/report.ts'
import type { Contestant, Outcome } from './sync/contestant.ts'
import { control } from './sync/control.ts'
import { ours } from './sync/ours.ts'

installNative()

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    changes: { type: 'string', default: '60' },
    batch: { type: 'string', default: '500' },
    only: { type: 'string', default: 'ours,control' },
    write: { type: 'boolean', default: false },
  },
})
const plan = { records: Number(options.records), changes: Number(options.changes) }
const all: Record<string, Contestant> = { ours, control: control(Number(options.batch)) }
const results: { name: string; rounds: Outcome[] }[] = []
for (let round = 0; round < Number(options.rounds); round += 1) {
  for (const [index, name] of options.only.split(',').entries()) {
    const outcome = await all[name]!.run(plan)
    ;(results[index] ??= { name: all[name]!.name, rounds: [] }).rounds.push(outcome)
    print(`${name}: push ${ms(outcome.pushMs)} first ${ms(outcome.firstSyncMs)} live ${ms(median(outcome.liveMs))}`)
  }
}
const of = (pick: (outcome: Outcome) => number) => (rounds: Outcome[]) => median(rounds.map(pick))
const rows: [string, (rounds: Outcome[]) => string][] = [
  ['push (ms)', (r) => ms(of((o) => o.pushMs)(r))],
  ['first sync (ms)', (r) => ms(of((o) => o.firstSyncMs)(r))],
  ['floor first sync', (r) => ms(of((o) => o.floor?.firstSyncMs ?? Number.NaN)(r))],
  ['floor push', (r) => ms(of((o) => o.floor?.pushMs ?? Number.NaN)(r))],
  ['client CPU push', (r) => of((o) => o.client.pushCpu)(r).toFixed(2)],
  ['client CPU first sync', (r) => of((o) => o.client.pullCpu)(r).toFixed(2)],
  ['floor CPU first sync', (r) => of((o) => o.floor?.firstSyncCpu ?? Number.NaN)(r).toFixed(2)],
  ['live p50', (r) => ms(of((o) => quantile(o.liveMs, 0.5))(r))],
  ['live p99', (r) => ms(of((o) => quantile(o.liveMs, 0.99))(r))],
  ['server CPU push', (r) => of((o) => o.server.pushCpu)(r).toFixed(2)],
  ['server CPU pull', (r) => of((o) => o.server.pullCpu)(r).toFixed(2)],
  ['server CPU live', (r) => of((o) => o.server.liveCpu)(r).toFixed(2)],
  ['server idle', (r) => megabytes(of((o) => o.server.idleBytes)(r))],
  ['server peak', (r) => megabytes(of((o) => o.server.peakBytes)(r))],
  ['disk', (r) => megabytes(of((o) => o.server.diskBytes)(r))],
  ['wire push', (r) => megabytes(of((o) => o.pushWire)(r))],
  ['wire pull', (r) => megabytes(of((o) => o.pullWire)(r))],
]
print(
  table(
    ['', ...results.map(({ name }) => name)],
    rows.map(([w, f]) => [w, ...results.map(({ rounds }) => f(rounds))]),
  ),
)
process.exit(0)
