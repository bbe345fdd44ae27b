/**
 * C12, C14: every action of the table of roles by every role, through what the app calls, with real sessions and a real server: allowed, and it stands for
 * everybody, or refused, and nothing is written. Then by a program that asks nobody, with that role's keys: what every reader makes of it.
 */
import {
  closedVisit,
  COLLECTIONS,
  jsonObject,
  type JsonObject,
  mayDoInPractice,
  mayInPractice,
  newSignatureRecord,
  PRACTICE_ACTIONS,
  type PracticeRole,
  stringifyJson,
} from '@chartkeep/domain'
import type { Chart, Practice, Session } from '@chartkeep/sync'
import {
  commitVersions,
  exclusive,
  makeRow,
  nextClock,
  OpenChart,
  prepareVersion,
  writableStream,
  type VaultMachine,
} from '@chartkeep/sync/testing'
import { idText } from '@chartkeep/protocol'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actionRecords, NOBODY, openVisit } from '../../support/action-records.ts'
import { type AtWork, ACTIONS, memberOf, prepare } from '../../support/actions-done.ts'
import { confirmed, createDeviceWorld, openFirst, type DeviceWorld } from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'

let world: DeviceWorld
let boss: Session
let clinic: Practice
let own: Chart
let wu: Session
let home: Session
let mine: Chart
/** For the patient, as who administers the practice and cares for patients has it. */
let lin: AtWork

/** In the order in which one member gets them, one after another: who loses care loses the patient's chart too. */
const ROLES: readonly PracticeRole[] = ['physician', 'nurse', 'scribe', 'auditor', 'admin']

beforeAll(async () => {
  world = await createDeviceWorld()
  const desk = await world.practice('Green Clinic', 'Lin Wei')
  boss = desk.session
  clinic = desk.practice
  own = await clinic.open()
  own.hold()
  await confirmed(boss)
  wu = await joinPractice(world, boss, 'Wu Ling', ['physician'])
  home = (await world.account('Mei')).session
  mine = await openFirst(home)
  mine.hold()
  await confirmed(home)
  const grantee = await home.readSharingCode((await boss.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await mine.share({
    grantee,
    scopes: COLLECTIONS.filter((list) => list !== 'audit').map((collection) => ({
      collection,
      rights: ['read', 'append', 'amend', 'sign'],
    })),
    until: Date.now() + 86_400_000,
    purpose: 'Care',
    shown: { name: 'Mei', birthDate: '1992-03-04' },
  })
  expect(shared.type).toBe('in-force')
  // For another chart nothing is shared; it may be opened in an emergency.
  const bo = await home.openChart((await home.createChart({ name: 'Bo', birthDate: '1961-11-30' })).slot)
  await confirmed(home)
  const allowed = await bo!.emergency.allow({
    grantee,
    collections: ['allergies'],
    durationMs: 3_600_000,
    until: Date.now() + 86_400_000,
    purpose: 'Emergencies',
    shown: { name: 'Bo', birthDate: '1961-11-30' },
  })
  expect(allowed.type).toBe('in-force')
  await boss.syncNow()
  lin = await atWork(boss)
  lin.chart!.hold()
}, 120_000)
afterAll(() => world?.close())

async function atWork(session: Session): Promise<AtWork> {
  const practice = session.practice!
  const charts = await firstValueFrom(session.charts$)
  const found = charts.find(({ kind, state, name }) => kind === 'person' && state === 'open' && name === 'Mei')
  return {
    session,
    practice,
    vault: await practice.open(),
    patient: found ?? lin.patient,
    chart: found === undefined ? null : await session.openChart(found.slot),
  }
}

/** What one wrote is with all, and what follows from it. */
async function everybody(): Promise<void> {
  for (const session of [wu, boss, home]) await confirmed(session)
  for (const session of [boss, wu]) await confirmed(session)
}

/** What is in a chart, but for whoever looked at it. */
async function contentOf(chart: Chart | null): Promise<string[]> {
  const records = chart === null ? [] : await firstValueFrom(chart.all$)
  return records
    .filter(({ collection }) => collection !== 'audit')
    .map(({ doc, revision }) => `${doc} ${revision}`)
    .toSorted()
}

const asideIn = async (chart: Chart) => (await firstValueFrom(chart.quarantine$)).map(({ reason }) => reason)

/** What the member at `at` writes past every gate of this app, straight into the rows that are sealed and sent next. */
async function writeStraight(machine: VaultMachine, collection: string, resource: JsonObject): Promise<string | null> {
  const stream = writableStream(machine, collection)
  if (stream === null) return null
  return exclusive(machine, async () => {
    const row = makeRow({
      stream,
      doc: idText(machine.randomBytes(16)),
      name: collection,
      revision: idText(machine.randomBytes(16)),
      parent: '',
      clock: nextClock(machine.clock.now(), machine.lastClock, idText(machine.device.id)),
      account: idText(machine.account),
      device: idText(machine.device.id),
      resource: stringifyJson(resource),
      importHash: '',
      importSource: '',
    })
    // For a signature the type is not told: else the device sees that it may not seal it.
    await commitVersions(machine, [{ row: row.type === 'Provenance' ? { ...row, type: '' } : row, sync: [] }])
    return row.doc
  })
}

function machineOf(chart: Chart): VaultMachine {
  if (!(chart instanceof OpenChart)) throw new Error('no open chart')
  return chart.machine
}

async function becomes(role: PracticeRole): Promise<AtWork> {
  const member = wu.practice!.me
  if (!member.roles.includes(role))
    expect(await clinic.setRoles(member.id, [role], member.roles)).toEqual({ type: 'done' })
  await wu.syncNow()
  expect(wu.practice!.me.roles).toEqual([role])
  await everybody()
  return atWork(wu)
}

test.each(ROLES)(
  'C12, C14: in the app %s does what the table of actions says, which stands for all, and is refused the rest, of which nothing is written',
  async (role) => {
    const at = await becomes(role)
    const prepared = await prepare(lin)
    await everybody()
    for (const action of PRACTICE_ACTIONS) {
      const before = [await contentOf(at.vault), await contentOf(at.chart)]
      const outcomes = await ACTIONS[action](at, prepared)
      if (mayDoInPractice([role], action)) {
        for (const outcome of outcomes) expect(outcome, `${role}: ${action}`).toBe('done')
        continue
      }
      for (const outcome of outcomes)
        expect(['no-right', 'no-role', 'nothing of others'], `${role}: ${action}`).toContain(outcome)
      expect([await contentOf(at.vault), await contentOf(at.chart)], `${role}: ${action}`).toEqual(before)
    }
    await everybody()
    if (mayInPractice([role], 'notes', 'read')) expect(await contentOf(own)).toEqual(await contentOf(at.vault))
    if (at.chart !== null) expect(await contentOf(at.chart)).toEqual(await contentOf(mine))
    for (const chart of [own, mine]) expect(await asideIn(chart)).toEqual([])
  },
  60_000,
)

test.each(ROLES.toReversed())(
  'C14, E6: what %s writes straight, with the keys of the role and past the app, stands for readers only where the table gives the action',
  async (role) => {
    const at = await becomes(role)
    const person = jsonObject({ display: 'Mei' })
    const visit = openVisit(person)
    const open = await own.save({ collection: 'encounters', resource: stringifyJson(visit) })
    if (open.type !== 'saved') throw new Error(open.type)
    await everybody()
    const before = (await asideIn(own)).length
    const machine = machineOf(at.vault)
    const written: { doc: string; list: string; isInForce: boolean; what: string }[] = []
    for (const { action, list, resource } of actionRecords(at.patient.id, memberOf(at.practice))) {
      const doc = await writeStraight(machine, list, resource)
      // The lists that the role does not write have no key and no right there: test/integration/care/roles.test.ts.
      if (doc === null) expect(mayInPractice([role], list, 'append'), `${role} ${list}`).toBe(false)
      else
        written.push({
          doc,
          list,
          isInForce: action === null || mayDoInPractice([role], action),
          what: action ?? 'by its list',
        })
    }
    // E6: a signature that the role may not write.
    const signature = newSignatureRecord({
      record: NOBODY,
      revision: NOBODY,
      type: 'Composition',
      meaning: 'author',
      at: 0,
      who: { identifier: { system: 'urn:chartkeep:member', value: 'x' } },
      data: 'AAAA',
    })
    const signed = await writeStraight(machine, 'notes', signature)
    if (signed !== null)
      written.push({ doc: signed, list: 'notes', isInForce: mayInPractice([role], 'notes', 'sign'), what: 'signature' })
    // The visit of another member, closed over its last version.
    const over = mayInPractice([role], 'encounters', 'amend')
      ? prepareVersion(machine, { collection: 'encounters', id: open.record.id, resource: stringifyJson(visit) })
      : null
    const closed = stringifyJson(closedVisit(visit, [], memberOf(at.practice), '2026-11-22T08:00:00Z'))
    if (over?.type === 'row')
      await exclusive(machine, () => commitVersions(machine, [{ ...over, row: { ...over.row, resource: closed } }]))
    await everybody()
    for (const { doc, list, isInForce, what } of written) {
      // Who does not know what it sealed shows it; nobody else does.
      for (const chart of what === 'signature' ? [own] : [own, at.vault])
        expect(chart.referencedNow(list, doc) !== null, `${role}: ${what}`).toBe(isInForce)
    }
    const shown = own.recordNow(open.record.id)!
    const mayClose = over?.type === 'row' && mayDoInPractice([role], 'lock-visit')
    expect(shown.resource).toBe(mayClose ? closed : open.record.resource)
    const refused = written.filter(({ isInForce }) => !isInForce)
    const isCloseRefused = over?.type === 'row' && !mayClose
    const reasons = [
      ...refused.map(({ what }) => (what === 'signature' ? 'sign' : 'deed')),
      ...(isCloseRefused ? ['deed'] : []),
    ]
    expect((await asideIn(own)).slice(before).toSorted()).toEqual(reasons.toSorted())
    // Whoever may continues over what was quarantined.
    expect((await own.save({ collection: 'encounters', id: open.record.id, resource: closed })).type).toBe('saved')
    await everybody()
    expect(own.recordNow(open.record.id)).toMatchObject({ resource: closed, conflict: false })
  },
  60_000,
)
