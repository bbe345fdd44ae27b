/**
 * `npm run bench -- messages [--threads 10000] [--write]`: what a practice's list of messages costs the page's thread when it is first built: records read,
 * threads put together, rows made; in slices, as the screen does it, and in one go, in one process, in turns, in processor time.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { threadRow, type ThreadRow } from '@chartkeep/app/src/features/messages/thread-rows.ts'
import {
  buildThreads,
  CareReader,
  chartReference,
  memberReference,
  newMark,
  newMessage,
  personKey,
  type StoredCareRecord,
  stringifyJson,
} from '@chartkeep/domain'
import { runInSlices } from '@chartkeep/store'
import { createPace } from '@chartkeep/store/testing'
import type { TFunction } from 'i18next'
import { barTable, median, print, provenance, table, writeToDocs } from './support/report.ts'

/** Between two looks at the clock, as in the screen. */
const ROWS_AT_ONCE = 50
const ROUNDS = 5
/** No task of the page may be longer. */
const TASK_MS = 50

const { values: options } = parseArgs({
  options: { threads: { type: 'string', default: '10000' }, write: { type: 'boolean', default: false } },
})
const count = Number(options.threads)
if (!Number.isInteger(count) || count < 1) throw new Error('--threads takes a number')

const me = memberReference('member', 'Lin Wei')
const records = Array.from({ length: count }, (_, at) => recordsOf(at)).flat()
const words = {
  t: ((key: string) => key) as unknown as TFunction,
  language: 'en' as const,
  now: new Date(Date.UTC(2026, 10, 22)),
  me: personKey({ member: 'member' }),
  asked: 'clinic',
  side: 'practice' as const,
}

setFlagsFromString('--expose-gc')
/** What the round before left is none of this one's work. */
const collect = runInNewContext('gc') as () => void
const whole: number[] = []
const longest: number[] = []
const sliced: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  collect()
  const steps = building()
  const before = cpu()
  for (let step = steps.next(); !step.done; step = steps.next());
  whole.push(cpu() - before)
  const slices: number[] = []
  collect()
  let begun = cpu()
  const pace = createPace()
  const timed = {
    isDue: () => pace.isDue(),
    async rest() {
      slices.push(cpu() - begun)
      await pace.rest()
      begun = cpu()
    },
  }
  await runInSlices(building(), timed)
  slices.push(cpu() - begun)
  longest.push(Math.max(...slices))
  sliced.push(slices.reduce((sum, ms) => sum + ms, 0))
}

const ms = (figure: number) => `${figure.toFixed(0)} ms`
const report = [
  provenance(
    `npm run bench -- messages${process.argv
      .slice(2)
      .map((arg) => ` ${arg}`)
      .join('')}`,
  ),
  `${count.toLocaleString('en')} threads of ${records.length / count} records each, ${ROUNDS} rounds.`,
  table(
    ['', 'in all, median', 'longest task, first round', 'longest task, worst'],
    [
      ['in one go', ms(median(whole)), ms(whole[0]!), ms(Math.max(...whole))],
      ['in slices', ms(median(sliced)), ms(longest[0]!), ms(Math.max(...longest))],
    ],
  ),
  barTable([
    { what: 'longest task in slices', figure: Math.max(...longest), limit: TASK_MS, atLeast: false, show: ms },
  ]),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('messages', report)

/** As the screen does it, from records that nobody has read yet. */
function* building(): Generator<void, ThreadRow[]> {
  const entries = yield* new CareReader('', () => true).reading(records)
  const threads = yield* buildThreads(entries, words.asked)
  const rows: ThreadRow[] = []
  for (const [index, thread] of threads.entries()) {
    if (index % ROWS_AT_ONCE === 0) yield
    rows.push(threadRow(thread, `#/messages/${thread.id}`, 'Chen Mei', words))
  }
  return rows
}

/** Two messages and what was said of the first. */
function recordsOf(at: number): StoredCareRecord[] {
  const about = chartReference(`chart-${at % 300}`, 'Chen Mei')
  const place = { thread: `thread-${at}`, from: me, about }
  const sent = (minute: number) => new Date(Date.UTC(2026, 0, 1) + (at * 30 + minute) * 60_000).toISOString()
  const message = (minute: number, text: string) =>
    newMessage({
      ...place,
      subject: `Question ${at}`,
      text,
      files: [],
      to: [about],
      sent: sent(minute),
      shownUntil: '',
    })
  const resources = [
    message(0, 'Please come by in the next days, and bring what you take now.'),
    message(5, 'The desk is open from eight.'),
    newMark('read', { ...place, messages: [`${at}-0`], sent: sent(9) }),
  ]
  return resources.map((resource, index) => ({
    id: `row-${at}-${index}`,
    doc: `${at}-${index}`,
    revision: 'r',
    resource: stringifyJson(resource),
    author: { account: 'clinic', name: 'Green Clinic' },
    savedAt: Date.UTC(2026, 0, 1),
    waiting: false,
  }))
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
