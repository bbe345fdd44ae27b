/** The tables and bars of the sync benchmark. Every ratio is of the same run. */
import { median, megabytes, ms, quantile, table, times, type Bar } from '../support/report.ts'
import type { ChromiumFigures, ChromiumRun } from './chromium.ts'
import type { Outcome } from './contestant.ts'

export interface Results {
  records: number
  /** By the contestant's short name. */
  node: Map<string, { name: string; rounds: Outcome[] }>
  /** Ours and the control with more records, for what the server computes. */
  many: { size: number; ours: Outcome[]; control: Outcome[] } | null
  chromium: ChromiumFigures | null
  history: { size: number; small: Outcome[]; large: Outcome[] } | null
}

type Pick = (outcome: Outcome) => number

const middle = (rounds: readonly Outcome[], pick: Pick) => median(rounds.map(pick))
const spread = (values: readonly number[], show: (value: number) => string) =>
  values.some(Number.isNaN) ? '-' : `${show(median(values))} (${show(Math.max(...values))})`
const seconds = (value: number) => `${value.toFixed(2)} s`
const livePart =
  (share: number): Pick =>
  (outcome) =>
    quantile(outcome.liveMs, share)
const cpuOf: Pick = ({ server }) => server.pushCpu + server.pullCpu + server.liveCpu

export function nodeTable({ node }: Results): string {
  const rows: [string, Pick, (value: number) => string][] = [
    ['push, until the server has acknowledged all (ms)', ({ pushMs }) => pushMs, ms],
    ['sealed before that, while the server was away (ms)', ({ sealedMs }) => sealedMs ?? Number.NaN, ms],
    ['first sync of a fresh device, until all records are there (ms)', ({ firstSyncMs }) => firstSyncMs, ms],
    [
      'the same, with logs, audit and files brought and confirmed (ms)',
      ({ confirmedMs }) => confirmedMs ?? Number.NaN,
      ms,
    ],
    ['live change, A to B, p50 (ms)', livePart(0.5), ms],
    ['live change, A to B, p99 (ms)', livePart(0.99), ms],
    ['processor time of the server: push', ({ server }) => server.pushCpu, seconds],
    ['processor time of the server: first sync', ({ server }) => server.pullCpu, seconds],
    ['processor time of the server: live changes', ({ server }) => server.liveCpu, seconds],
    ['processor time of the devices: push', ({ client }) => client.pushCpu, seconds],
    ['processor time of the devices: first sync', ({ client }) => client.pullCpu, seconds],
    ['memory of the server: when ready', ({ server }) => server.idleBytes, megabytes],
    ['memory of the server: the most', ({ server }) => server.peakBytes, megabytes],
    ['over the wire: push', ({ pushWire }) => pushWire, megabytes],
    ['over the wire: first sync', ({ pullWire }) => pullWire, megabytes],
    ['on the disk of the server', ({ server }) => server.diskBytes, megabytes],
    ['the floor: push', ({ floor }) => floor?.pushMs ?? Number.NaN, ms],
    ['the floor: first sync', ({ floor }) => floor?.firstSyncMs ?? Number.NaN, ms],
  ]
  return table(
    ['', ...[...node.values()].map(({ name }) => name)],
    rows.map(([what, pick, show]) => [what, ...[...node.values()].map(({ rounds }) => spread(rounds.map(pick), show))]),
  )
}

export function chromiumTable({ ours, control }: ChromiumFigures): string {
  const rows: [string, (run: ChromiumRun) => number, (value: number) => string][] = [
    ['first sync of a fresh device (ms)', (run) => run.ms, ms],
    ['processor time: the page, its own thread', (run) => run.page, seconds],
    ['processor time: its workers', (run) => run.workers, seconds],
    ['processor time: the rest of the browser', (run) => run.rest, seconds],
    ['processor time: the server', (run) => run.server, seconds],
  ]
  return table(
    ['', 'Chartkeep: sealed, verified', 'RxDB Dexie + replicateRxCollection, plaintext'],
    rows.map(([what, pick, show]) => [what, ...[ours, control].map((runs) => spread(runs.map(pick), show))]),
  )
}

const perRecord =
  (pick: Pick, records: number): Pick =>
  (outcome) =>
    (pick(outcome) * 1000) / records

/** With a long history only its beginning is sealed while the server is away; sealing and pushing together do the same work per record. */
const sealedAndPushed: Pick = ({ sealedMs = 0, pushMs }) => sealedMs + pushMs

export function historyTable({ records, history }: Results): string {
  const { size, small, large } = history!
  const rows: [string, (records: number) => Pick][] = [
    ['sealing and push, µs a record', (count) => perRecord(sealedAndPushed, count)],
    ['first sync, µs a record', (count) => perRecord(({ firstSyncMs }) => firstSyncMs, count)],
    ['processor time of the server, µs a record', (count) => perRecord((outcome) => 1000 * cpuOf(outcome), count)],
    ['live change, p50 (ms)', () => livePart(0.5)],
  ]
  return table(
    ['', `${records.toLocaleString('en')} records`, `${size.toLocaleString('en')} records`, 'ratio'],
    rows.map(([what, of]) => {
      const [few, many] = [middle(small, of(records)), middle(large, of(size))]
      return [what, ms(few), ms(many), times(many / few)]
    }),
  )
}

export function syncBars({ records, node, many, chromium, history }: Results): Bar[] {
  const own = node.get('ours')?.rounds ?? []
  const theirs = node.get('control')?.rounds ?? []
  const against = (pick: Pick) => middle(own, pick) / middle(theirs, pick)
  const atMost = (what: string, figure: number, limit: number): Bar => ({
    what,
    figure,
    limit,
    atLeast: false,
    show: times,
  })
  const bars: Bar[] = []
  if (own.length > 0 && theirs.length > 0) {
    bars.push(
      atMost(
        'push, against the plaintext control',
        against(({ pushMs }) => pushMs),
        1,
      ),
      atMost('live change p50, against the plaintext control', against(livePart(0.5)), 3),
      atMost(
        `processor time of the server, all phases, against the control: ${records.toLocaleString('en')}`,
        against(cpuOf),
        1.2,
      ),
      atMost(
        'memory of the server, the most, against the control',
        against(({ server }) => server.peakBytes),
        1,
      ),
    )
  }
  if (own.length > 0) {
    const floor = middle(own, (outcome) => outcome.floor!.firstSyncMs)
    bars.push(atMost('first sync in Node, against the floor', middle(own, ({ firstSyncMs }) => firstSyncMs) / floor, 2))
  }
  if (many !== null) {
    const ratio = middle(many.ours, cpuOf) / middle(many.control, cpuOf)
    bars.push(
      atMost(
        `processor time of the server, all phases, against the control: ${many.size.toLocaleString('en')}`,
        ratio,
        1,
      ),
    )
  }
  if (chromium !== null) {
    const ratio = median(chromium.ours.map((run) => run.ms)) / median(chromium.control.map((run) => run.ms))
    bars.push(atMost('first sync in Chromium, against RxDB with Dexie in plaintext', ratio, 0.5))
  }
  if (history !== null) {
    const { size, small, large } = history
    for (const [what, pick] of [
      ['sealing and push', sealedAndPushed],
      ['first sync', ({ firstSyncMs }: Outcome) => firstSyncMs],
    ] as const) {
      const ratio = middle(large, perRecord(pick, size)) / middle(small, perRecord(pick, records))
      const name = `${what}, a record: ${size.toLocaleString('en')} against ${records.toLocaleString('en')}`
      bars.push(atMost(name, ratio, 1.3))
    }
  }
  return bars
}
