/** What a member's device does with all those charts, in a process of its own that has run nothing before. Prints its figures as one line of JSON. */
import { join } from 'node:path'
import { searchCharts } from '@chartkeep/app/src/app/search/charts-search.ts'
import { patientRows } from '@chartkeep/app/src/features/patients/patient-rows.ts'
import { shownRows } from '@chartkeep/app/src/ui/lists/list-rows.ts'
import { ARGON2ID, derivePassphraseKey, open, randomBytes, seal } from '@chartkeep/crypto'
import { bytesToUtf8, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { foldText, queryWords } from '@chartkeep/domain'
import { holdStore, whoHolds } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import { sqliteKeyringDisk, sqliteLog } from '@chartkeep/store/node'
import { createAccountManager, type Chart, type ChartSummary, type Session } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { filter, firstValueFrom } from 'rxjs'
import { memoryOf } from '../support/process-figures.ts'
import { median } from '../support/report.ts'
import { confirmed, machineOf, PASSPHRASE } from '../sync/device.ts'
import type { Figures, Given } from './prepare.ts'

/** So many charts are opened one after the other, and looked into. */
const OPENED = 20
const SEARCHED = 40
const HOUR = 3_600_000
const TYPED = ['chen mei', 'wang 1', '1942', 'okafor ngozi', 'novak']

const given = JSON.parse(process.argv[2]!) as Given
const before = resident()
/** Names of the stores that were opened since somebody last looked. */
const opened = new Set<string>()
let clockAhead = 0
const accountManager = createAccountManager({
  keyring: sqliteKeyringDisk(join(given.folder, 'k.sqlite')),
  log(name) {
    opened.add(name)
    return sqliteLog(join(given.folder, `${name}.sqlite`))
  },
  chunks: () => memoryChunks(),
  hold: (slot, options) => holdStore(slot, options),
  whoHolds: (slot) => whoHolds(slot),
  watchTrouble: () => () => {},
  clock: { now: () => Date.now() + clockAhead },
  randomBytes,
  deviceName: 'Desk',
})

const argonMs = await cpuMs(() => derivePassphraseKey(PASSPHRASE, randomBytes(16), ARGON2ID))
let session: Session | null = null
let charts: ChartSummary[] = []
const unlockMs = await cpuMs(async () => {
  const unlocked = await accountManager.unlock(given.slot, PASSPHRASE)
  if (unlocked.type !== 'unlocked') throw new Error(`the practice does not open: ${unlocked.type}`)
  session = unlocked.session
  const all = await firstValueFrom(session.charts$.pipe(filter((some) => some.length > given.charts)))
  charts = all.filter(({ kind }) => kind === 'person')
  if (charts.some(({ care }) => care === null)) throw new Error('a chart has no digest')
  patientRows(charts, new Map(), words())
})
const practice = session! as Session
const list = resident()
await confirmed(practice)

// Passes: one in which nothing moved, and one that looks into every chart because half a day has gone.
opened.clear()
const passMs = await cpuMs(() => practice.syncNow())
const openedByPass = opened.size
clockAhead = 13 * HOUR
opened.clear()
const lookPassMs = await cpuMs(() => practice.syncNow())
const openedByLook = opened.size

const openMs: number[] = []
const floorMs: number[] = []
let textBytes = 0
const texts: string[][] = []
for (const { slot } of charts.slice(0, OPENED)) {
  let chart: Chart | null = null
  let count = 0
  openMs.push(
    await cpuMs(async () => {
      chart = await practice.openChart(slot)
      count = (await firstValueFrom(chart!.all$)).length
    }),
  )
  const rows = machineOf(chart!)
    .rows.all()
    .filter(({ collectionName }) => collectionName !== 'audit')
  if (rows.length !== count) throw new Error(`${rows.length} records and ${count} shown`)
  textBytes += rows.reduce((sum, { resource }) => sum + resource.length, 0)
  texts.push(rows.map(({ title, text, date }) => `${title} ${text} ${date}`))
  const key = randomBytes(32)
  const sealed = seal(utf8ToBytes(JSON.stringify(rows.map(({ resource }) => resource))), key)
  floorMs.push(
    await cpuMs(() => {
      for (const text of JSON.parse(bytesToUtf8(open(sealed, key)!)!) as string[]) JSON.parse(text)
    }),
  )
}
const memoryOpen = resident()

const rows = patientRows(charts, new Map(), words())
const names = charts.map(({ care, name }) => `${care?.name || name} ${care?.birthDate ?? ''}`.toLowerCase())
const findMs: number[] = []
const plainMs: number[] = []
for (const typed of [...TYPED, ...TYPED])
  for (let at = 1; at <= typed.length; at++) {
    const query = typed.slice(0, at)
    findMs.push(await cpuMs(() => shownRows(rows, query, [], [], { column: 'title', descending: false })))
    plainMs.push(await cpuMs(() => names.filter((name) => query.split(' ').every((word) => name.includes(word)))))
  }

const slots = charts.slice(-SEARCHED).map(({ slot }) => slot)
const searchMs = await cpuMs(async () => {
  const progress = searchCharts(slots, 'glucose 2014', (slot) => practice.openChart(slot), new AbortController().signal)
  for await (const { leftOut } of progress) if (leftOut > 0) throw new Error('a chart was left out')
})
const query = queryWords('glucose 2014')
const plainLookMs = await cpuMs(() => {
  for (const chart of texts)
    for (const text of chart) {
      const folded = foldText(text)
      query.every((word) => folded.includes(word))
    }
})
const searched = resident()
const digestBytes = charts.reduce((sum, { care }) => sum + JSON.stringify(care).length, 0)
await practice.lock()

const figures: Figures = {
  unlock: { ours: unlockMs, floor: argonMs },
  pass: { ours: passMs, floor: lookPassMs / charts.length },
  lookPass: lookPassMs,
  open: { ours: median(openMs), floor: median(floorMs) },
  find: { ours: Math.max(...findMs.slice(findMs.length / 2)), floor: Math.max(...plainMs.slice(plainMs.length / 2)) },
  search: { ours: searchMs / slots.length, floor: median(floorMs) + plainLookMs / texts.length },
  searched: slots.length,
  openedByPass,
  openedByLook,
  digestBytes,
  memory: {
    before,
    list,
    open: memoryOpen,
    searched,
    texts: (textBytes / Math.min(OPENED, charts.length)) * charts.length,
  },
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)

/** Texts by their keys: no language file is part of what is measured. */
function words() {
  return { t: ((key: string) => key) as unknown as TFunction, language: 'en' as const, now: new Date() }
}

async function cpuMs(work: () => unknown): Promise<number> {
  const started = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}

function resident(): number {
  globalThis.gc?.()
  return memoryOf(process.pid).now
}
