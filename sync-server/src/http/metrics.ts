/**
 * The server's metrics in the Prometheus text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A label holds a route pattern, method, status,
 * outcome or file name, never an account, vault, stream or device. Our own code instead of a library: counters, gauges
 * and one kind of histogram are enough.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { PushAnswer, ServerState } from '@chartkeep/protocol/messages'
import { OUTCOMES, type Outcome } from '@chartkeep/protocol/streams'
import type { RoomState } from '../guard/disk-room.ts'
import { systemClock } from '../time/server-clock.ts'

type Labels = Record<string, string>

export interface Counter {
  add(count: number, labels?: Labels): void
}
export interface Histogram {
  observe(seconds: number, labels?: Labels): void
}

const ROOM_STATES: readonly RoomState[] = ['roomy', 'low', 'relief', 'full']
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Metrics {
  readonly requests: Counter
  readonly requestSeconds: Histogram
  readonly bytesIn: Counter
  readonly bytesOut: Counter
  readonly refusals: Counter
  entries(outcome: Outcome, count: number): void
  /** Pushes over live connections (S7). */
  readonly livePushes: Counter
  /** Envelopes stored in the quarantine inbox (C11). */
  readonly late: Counter
  socket(change: 1 | -1): void
  /** Called by the storage after each commit. */
  commit(jobs: number, ms: number): void
  /** The page; `now` has the values of this moment. */
  render(now: {
    storage: Record<string, number>
    diskFree: number | null
    room: RoomState
    reserveBytes: number
    restored: boolean
    clock: ServerState
    backupAgeSeconds: number | null
  }): string
  close(): void
}

export function createMetrics(version: string): Metrics {
  const parts: (() => string)[] = []

  function counter(name: string, help: string): Counter {
    const values = new Map<string, { labels: Labels; count: number }>()
    parts.push(() =>
      family(
        name,
        help,
        'counter',
        [...values.values()].map(({ labels, count }) => `${name}${textOf(labels)} ${count}`),
      ),
    )
    return {
      add(count, labels = NO_LABELS) {
        const key = keyOf(labels)
        const known = values.get(key)
        if (known === undefined) values.set(key, { labels, count })
        else known.count += count
      },
    }
  }

  function histogram(name: string, help: string): Histogram {
    const values = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>()
    parts.push(() => {
      const lines = [...values.values()].flatMap(({ labels, counts, sum, count }) => [
        ...SECONDS.map((le, index) => `${name}_bucket${textOf({ ...labels, le: String(le) })} ${counts[index]}`),
        `${name}_bucket${textOf({ ...labels, le: '+Inf' })} ${count}`,
        `${name}_sum${textOf(labels)} ${sum}`,
        `${name}_count${textOf(labels)} ${count}`,
      ])
      return family(name, help, 'histogram', lines)
    })
    return {
      observe(seconds, labels = NO_LABELS) {
        const key = keyOf(labels)
        const known = values.get(key) ?? { labels, counts: SECONDS.map(() => 0), sum: 0, count: 0 }
        for (const [index, le] of SECONDS.entries()) if (seconds <= le) known.counts[index]! += 1
        known.sum += seconds
        known.count += 1
        values.set(key, known)
      },
    }
  }

  const requests = counter('chartkeep_http_requests_total', 'Requests by method, route and status.')
  const requestSeconds = histogram('chartkeep_http_request_seconds', 'Time to answer, by route.')
  const bytesIn = counter(
    'chartkeep_http_request_bytes_total',
    'Bytes of request bodies, by route: a push is what devices send.',
  )
  const bytesOut = counter(
    'chartkeep_http_response_bytes_total',
    'Bytes of answers, by route: a pull is what devices fetch.',
  )
  const refusals = counter('chartkeep_refusals_total', 'Refusals by code.')
  const entries = counter('chartkeep_stored_entries_total', 'Envelopes stored, by outcome.')
  const livePushes = counter('chartkeep_live_pushes_total', 'Pushes that came over a live connection.')
  const late = counter('chartkeep_late_envelopes_total', 'Envelopes that devices handed in after the end of a grant.')
  const jobs = counter('chartkeep_commit_jobs_total', 'Writes that were committed; several share a commit.')
  const commits = histogram('chartkeep_commit_seconds', 'Time of a commit, the flush to disk included.')
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const started = systemClock.now() / 1000
  let sockets = 0

  return {
    requests,
    requestSeconds,
    bytesIn,
    bytesOut,
    refusals,
    livePushes,
    late,
    entries: (outcome, count) => entries.add(count, { outcome }),
    socket: (change) => void (sockets += change),
    commit(count, ms) {
      jobs.add(count)
      commits.observe(ms / 1000)
    },
    render({ storage, diskFree, room, reserveBytes, restored, clock, backupAgeSeconds }) {
      const gauge = (name: string, help: string, values: [Labels, number][]) =>
        family(
          name,
          help,
          'gauge',
          values.map(([labels, value]) => `${name}${textOf(labels)} ${value}`),
        )
      const { user, system } = process.cpuUsage()
      const quantiles = [0.5, 0.9, 0.99].map((q): [Labels, number] => [
        { quantile: String(q) },
        delay.percentile(q * 100) / 1e9,
      ])
      const page = [
        ...parts.map((part) => part()),
        gauge('chartkeep_sockets', 'Live connections that are open.', [[{}, sockets]]),
        gauge('chartkeep_event_loop_delay_seconds', 'How late the event loop ran since the last look.', [
          ...quantiles,
          [{ quantile: '1' }, delay.max / 1e9],
        ]),
        gauge(
          'chartkeep_storage_bytes',
          'Size of the files of the storage.',
          Object.entries(storage).map(([file, size]) => [{ file }, size]),
        ),
        gauge(
          'chartkeep_disk_free_bytes',
          'Space that is left beside them.',
          diskFree === null ? [] : [[{}, diskFree]],
        ),
        gauge(
          'chartkeep_disk_room',
          'Room on the disk (H7): 1 for the state that holds. In relief and full nothing new is taken.',
          ROOM_STATES.map((state) => [{ state }, state === room ? 1 : 0]),
        ),
        gauge('chartkeep_reserve_bytes', 'Space that the server keeps for itself; 0 once it is spent.', [
          [{}, reserveBytes],
        ]),
        gauge('chartkeep_restored', '1 while the server waits for what it lost (S9).', [[{}, restored ? 1 : 0]]),
        gauge('chartkeep_clock_unsure', "1 while the server does not go by its machine's clock (H8).", [
          [{}, clock.clock === 'sure' ? 0 : 1],
        ]),
        gauge(
          'chartkeep_clock_ahead_seconds',
          "How far the machine's clock is ahead of the time that the server signs.",
          [[{}, (clock.machine - clock.time) / 1000]],
        ),
        gauge(
          'chartkeep_backup_age_seconds',
          'Age of the newest backup; absent where none was made.',
          backupAgeSeconds === null ? [] : [[{}, backupAgeSeconds]],
        ),
        gauge('chartkeep_info', 'Version of the program and of Node.', [[{ version, node: process.version }, 1]]),
        family('process_cpu_seconds_total', 'CPU time of the process.', 'counter', [
          `process_cpu_seconds_total ${(user + system) / 1e6}`,
        ]),
        gauge('process_resident_memory_bytes', 'Memory of the process.', [[{}, process.memoryUsage.rss()]]),
        gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', [[{}, started]]),
      ].join('')
      delay.reset()
      return page
    },
    close: () => void delay.disable(),
  }
}

/** Counts the envelopes of a push by outcome. */
export function countOutcomes(metrics: Metrics, { results }: PushAnswer): void {
  for (const outcome of OUTCOMES) {
    const count = results.reduce((sum, result) => (result.outcome === outcome ? sum + 1 : sum), 0)
    if (count > 0) metrics.entries(outcome, count)
  }
}

function family(name: string, help: string, type: string, lines: string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.map((line) => `${line}\n`).join('')}`
}

const NO_LABELS: Labels = {}

/** One key per set of values; the labels of a family have the same names. The page turns them into text. */
function keyOf(labels: Labels): string {
  let key = ''
  for (const name in labels) key += `${labels[name]}\n`
  return key
}

function textOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
