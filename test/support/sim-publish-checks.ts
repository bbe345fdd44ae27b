/**
 * What must hold of what a practice published when all is at rest (N5): judged by what members saved, signed and published, with none of what
 * decided it on the devices. At the end everything is allowed and published again, and is then there as the practice has it.
 */
import { idText } from '@chartkeep/protocol'
import { decodeHeader } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import {
  conflictsOf,
  entryTable,
  lateRowsOf,
  publishedState,
  readEntry,
  recordNamed,
  TABLE,
  type VaultMachine,
  waitingCount,
} from '@chartkeep/sync/testing'
import type { Device } from './attack-world.ts'
import { count } from './sim-apart.ts'
import { pass } from './sim-publish-passes.ts'
import {
  type List,
  LISTS,
  name,
  type OpenSide,
  partsOf,
  publishOne,
  type PublishRun,
  recordOf,
  restore,
  rolesNow,
  type Seat,
  version,
  versionsIn,
} from './sim-publish-world.ts'

const ROUNDS = 3

export async function checkPublished(run: PublishRun): Promise<void> {
  await checkRest(run, mayRead(run))
  await checkState(run)
  await restore(run)
  await rounds(run)
  await checkRest(run, true)
  await publishAgain(run)
  await rounds(run)
  await checkRest(run, true)
  await checkState(run)
  await checkNewest(run)
}

async function rounds(run: PublishRun): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) for (const device of run.devices) await pass(run, device)
}

const mayRead = ({ given }: PublishRun) => Object.keys(given).length > 0

/** Y1: every pass ends in step and nothing waits; whose access has ended has none of the chart. */
async function checkRest(run: PublishRun, isShared: boolean): Promise<void> {
  const { faults, seats, patient } = run
  for (const device of run.devices) {
    const seat = seats.find((each) => each.device === device)
    const isCare = seat === undefined || rolesNow(run, seat).some((role) => role !== 'auditor')
    const { type, ...more } = await pass(run, device)
    const wanted = seat === undefined || (isShared && isCare) ? 'synced' : 'ended'
    if (type !== wanted) faults.push(`Y1: ${device.name} is ${type} ${JSON.stringify(more)}, not ${wanted}`)
    for (const { machine } of seat === undefined ? [device] : [seat.vault, seat.chart]) {
      if (waitingCount(machine) > 0) faults.push(`Y1: ${waitingCount(machine)} wait at ${device.name}`)
      for (const value of machine.rows.table(TABLE.quarantine).values()) {
        const { reason } = value as { reason: string }
        if (reason !== 'cut' && reason !== 'no-right') faults.push(`E6: ${device.name} put aside: ${reason}`)
        count(run, `aside ${reason}`)
      }
    }
    if (wanted === 'ended' && device.rows.all().length > 0) faults.push(`C10: ${device.name} still has records`)
  }
  const [first] = patient
  const readers = seats.filter(({ chart }) => chart.machine.rows.all().length > 0)
  for (const list of LISTS) {
    for (const device of [...patient, ...readers.map((seat) => seat.device)]) {
      const isRead = patient.includes(device) || run.given[list] !== undefined
      if (isRead) sameShown(run, list, first!.machine, device.machine, `${device.name} in the chart`)
      else if (shownIn(device.machine, list).length > 0) faults.push(`C10: ${device.name} still reads ${list}`)
    }
    const [desk, ward] = seats as [Seat, Seat]
    if (rolesNow(run, ward).some((role) => role !== 'auditor'))
      sameShown(run, list, desk.vault.machine, ward.vault.machine, 'the ward in the vault')
  }
}

function shownIn({ rows }: Pick<OpenSide['machine'], 'rows'>, list: List): string[] {
  return rows
    .all()
    .filter(({ collectionName }) => collectionName === list)
    .map((row) => `${name(row)} ${row.resource}`)
    .toSorted()
}

function sameShown(run: PublishRun, list: List, a: Device['machine'], b: Device['machine'], what: string): void {
  const [here, there] = [shownIn(a, list), shownIn(b, list)]
  if (here.join('\n') === there.join('\n')) return
  const only = (x: string[], y: string[]) => x.filter((each) => !y.includes(each)).map((each) => each.slice(0, 11))
  run.faults.push(`Y4: ${what} shows other ${list}: not ${only(here, there).join()}, but ${only(there, here).join()}`)
}

/** Rows of the chart that are the practice's. */
function copiesIn(run: PublishRun, { rows }: Device['machine']): StoredRecord[] {
  const practice = idText(run.seats[0]!.device.person.account)
  return rows.all().filter(({ account, collectionName }) => account === practice && collectionName !== 'audit')
}

async function checkState(run: PublishRun): Promise<void> {
  const { faults, seats, world } = run
  const { machine } = world.laptop
  const known = knownTexts(run)
  for (const copy of copiesIn(run, machine)) {
    count(run, 'copy')
    if (known.get(copy.revision) !== copy.resource) faults.push(`N5: ${name(copy)} is no version of the practice's`)
    if (!run.published.has(version(copy))) faults.push(`N5: ${name(copy)} is in the chart and was not published`)
  }
  for (const text of run.own)
    if (!machine.rows.all().some(({ resource }) => resource === text)) faults.push('Y3: what the patient wrote is lost')
  checkNothingLost(run)
  for (const seat of seats) {
    if (seat.chart.machine.rows.all().length === 0 || seat.vault.machine.rows.all().length === 0) continue
    await checkSettled(run, seat)
    for (const row of seat.vault.machine.rows.all()) if (isRecord(row)) checkTold(run, seat, row)
  }
  const late = new Set(lateDocs(run))
  for (const { record, state } of await signaturesIn(run))
    if (state.type === 'broken' && !late.has(record)) faults.push(`N2: a signature does not hold: ${state.why}`)
}

const isRecord = ({ type }: StoredRecord) => type === 'Composition' || type === 'Observation'

/** Every version of the practice's vault: what members saved, and what came of it by itself (Y3). */
function knownTexts({ seats, texts }: PublishRun): Map<string, string> {
  const all = seats.flatMap(({ vault }) => versionsIn(vault.machine))
  return new Map([...all.map(({ revision, resource }) => [revision, resource] as const), ...texts])
}

/** N5: copies of one practice are next to each other only where its own vault has no order for them. */
async function checkSettled(run: PublishRun, { device, vault, chart }: Seat): Promise<void> {
  const practice = idText(device.person.account)
  for (const { id, row } of conflictsOf(chart.machine)) {
    // E6: what takes conflicts in is a next version.
    if (row.account !== practice || run.given[row.collectionName as List]?.includes('amend') !== true) continue
    const there = chart.machine.rows.read(id)!
    const own = recordNamed(vault.machine, row.collectionName, row.doc)
    const versions = own === null ? [] : await vault.versionsHere(own.id)
    const order = versions.flatMap(({ outcome, revision }) => (outcome === 'current' ? [revision] : []))
    const haveOrder = order.includes(row.revision) && order.includes(there.revision)
    if (haveOrder) run.faults.push(`N5: ${name(row)} stands beside ${name(there)} at ${device.name}`)
    else count(run, 'without order')
  }
}

/** N5: what a screen says of a record's copy is what the chart shows. */
function checkTold(run: PublishRun, { device, vault, chart }: Seat, row: StoredRecord): void {
  const parts = partsOf(vault, row.doc)
  const isSame = (each: StoredRecord) =>
    recordNamed(chart.machine, each.collectionName, each.doc)?.revision === each.revision
  const isThere = recordNamed(chart.machine, row.collectionName, row.doc) !== null
  const wanted = !isThere ? 'no' : [row, ...parts].every(isSame) ? 'same' : 'older'
  const told = publishedState(vault, chart, row.id)
  count(run, `told ${told}`)
  if (told !== wanted) run.faults.push(`N5: ${device.name} says of ${name(row)} ${told}, it is ${wanted}`)
}

function lateDocs({ patient, seats }: PublishRun): string[] {
  const machines = [...patient.map(({ machine }) => machine), seats[0]!.vault.machine]
  return machines.flatMap((machine) => lateRowsOf(machine).flatMap(({ late: { row } }) => [row.doc, recordOf(row)]))
}

async function signaturesIn({ seats, world }: PublishRun) {
  const reading = seats[0]!.chart.signaturesOf(world.laptop.machine)
  return reading.views()
}

/** Y3, C11: the last that was saved of each record is in the vault, or came late there; what was published is in the chart, or came late there. */
function checkNothingLost(run: PublishRun): void {
  const { faults, seats, saved, patient } = run
  const desk = seats[0]!.vault.machine
  const late = lateRowsOf(desk).map(({ late: { row } }) => row.resource)
  const held = new Set([...versionsIn(desk).map(({ resource }) => resource), ...late])
  for (const [doc, texts] of saved) {
    const last = texts.findLastIndex((text) => held.has(text))
    if (last < texts.length - 1) faults.push(`Y3: ${texts.length - 1 - last} versions of ${doc.slice(0, 5)} are lost`)
  }
  const there = new Set(
    patient.flatMap(({ machine }) => [
      ...versionsIn(machine).map(({ doc }) => doc),
      ...lateRowsOf(machine).map(({ late: { row } }) => row.doc),
    ]),
  )
  for (const each of run.published)
    if (!there.has(each.split(' ')[0]!) && !run.mayLack.has(each))
      faults.push(`C11: ${each.slice(0, 5)} was published and is nowhere`)
  const kept = new Set([...sentIn(desk), ...lateRowsOf(desk).map(({ late: { row } }) => version(row))])
  for (const each of run.published)
    if (!kept.has(each) && !run.mayLack.has(each)) faults.push(`N5: ${each} was published and its vault never had it`)
}

/** Versions that a vault's streams hold, as the device has read them: the effective version, what did, and what lost. */
function* sentIn(machine: VaultMachine): Iterable<string> {
  for (const id of machine.streams.keys()) {
    for (const value of machine.rows.table(entryTable(id)).values()) {
      const { outcome, header } = readEntry(value)
      const read = outcome === 'void' ? null : decodeHeader(header)
      if (read !== null) yield version({ doc: idText(read.doc), revision: idText(read.revision) })
    }
  }
}

/** What is in the chart, or was meant to be, is published once more by the desk, which may do everything. */
async function publishAgain(run: PublishRun): Promise<void> {
  const [desk] = run.seats as [Seat]
  const docs = new Set([...run.published].map((each) => each.split(' ')[0]))
  for (const row of desk.vault.machine.rows.all().filter((each) => isRecord(each) && docs.has(each.doc))) {
    const outcome = await publishOne(run, desk, row)
    if (outcome !== 'published') run.faults.push(`N5: ${name(row)} is not published again: ${outcome}`)
    else run.newest.add(row.doc)
  }
}

/** N5: where publishing was allowed last, the patient has the version that is in the practice's vault, alone. */
async function checkNewest(run: PublishRun): Promise<void> {
  const [desk] = run.seats as [Seat]
  const { machine } = run.world.laptop
  for (const row of desk.vault.machine.rows.all()) {
    if (!run.newest.has(row.doc)) continue
    count(run, 'newest')
    const copy = recordNamed(machine, row.collectionName, row.doc)
    if (copy?.revision !== row.revision)
      run.faults.push(`N5: ${name(row)} was published last, and ${copy && name(copy)} is shown`)
    const told = publishedState(desk.vault, desk.chart, row.id)
    if (told !== 'same') run.faults.push(`N5: ${name(row)} was published with all that belongs to it and is ${told}`)
  }
}
