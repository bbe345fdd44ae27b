/** What the scenarios of publishing found of work in a practice's own vault whose member lost a role (C11, C12, N5). */
import { jsonObject, stringifyJson } from '@chartkeep/domain'
import { conflictsOf, lateItems, recordNamed, sealAhead, syncVault, TABLE, waitingCount } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, type AttackWorld } from '../../support/attack-world.ts'
import { pass } from '../../support/sim-publish-passes.ts'
import {
  openPublishing,
  publishOne,
  saveIn,
  setRoles,
  signIn,
  type PublishRun,
  type Seat,
} from '../../support/sim-publish-world.ts'
import { simRandom } from '../../support/sim-random.ts'

let world: AttackWorld
let run: PublishRun
let desk: Seat
let ward: Seat

beforeEach(async () => {
  world = await createAttackWorld(['notes'], { inMemory: true })
  const random = { ...simRandom('lost roles'), chance: () => false, pick: <T>([first]: readonly T[]) => first! }
  const devices = [world.laptop, world.phone]
  run = await openPublishing({ world, random, devices, faults: [], trace: [], counts: {} }, {})
  ;[desk, ward] = run.seats as [Seat, Seat]
  for (const device of run.devices) await pass(run, device)
})

afterEach(() => world.close())

const note = (text: string, more: object = {}) =>
  stringifyJson(
    jsonObject({
      resourceType: 'Composition',
      status: 'final',
      title: text,
      type: { text: 'visit' },
      date: '2026-11-23',
      section: [{ title: 'plan', text: { status: 'generated', div: `<div>${text}</div>` } }],
      ...more,
    }),
  )

test('C11, C12: what is written over work that is late, and next to it, is submitted or goes out, though the role is there again', async () => {
  const { device } = ward
  device.server.lies = { push: () => Promise.resolve({ type: 'offline' }) }
  const first = await saveIn(run, ward, 'notes', note('by a role that was lost since'))
  // Unknown to the device, which works on.
  await setRoles(run, ['auditor'])
  const second = await saveIn(run, ward, 'notes', note('over it'), first!.id)
  const other = await saveIn(run, ward, 'notes', note('beside it'))
  await setRoles(run, ['physician'])
  await device.book.refresh(device.person.account, device.server, world.key.publicKey)
  expect(await sealAhead(ward.vault.machine, new Set())).toBe(0)
  device.server.lies = {}
  await signIn(run, ward, other!, { meaning: 'author' })
  for (let round = 0; round < 3; round += 1) for (const each of run.devices) await pass(run, each)

  const { machine } = ward.vault
  expect(machine.rows.table(TABLE.undelivered).size).toBe(0)
  expect(waitingCount(machine)).toBe(0)
  const late = lateItems(desk.vault.machine).map((item) => item.late.row.resource)
  const there = desk.vault.machine.rows.all().map(({ resource }) => resource)
  for (const row of [first!, second!]) expect(late).toContain(row.resource)
  expect([...late, ...there]).toContain(other!.resource)
})

async function everybody(): Promise<void> {
  for (const device of [...run.devices, ...run.devices]) await pass(run, device)
}

/** Saved at the ward and published; the patient's chart has it, and the practice's vault not yet. */
async function publishFirst(resource: string, id: string) {
  const row = (await saveIn(run, ward, 'notes', resource, id))!
  expect(await publishOne(run, ward, row)).toBe('published')
  expect(await syncVault(ward.chart.machine, ward.device.server)).toEqual({ type: 'synced' })
  for (const { machine, server } of [world.laptop, desk.device])
    expect(await syncVault(machine, server)).toEqual({ type: 'synced' })
  return row
}

test('N5, C11: a correction of what was published by a role that was lost before the vault had it goes to the patient', async () => {
  const first = (await saveIn(run, desk, 'notes', note('first')))!
  await everybody()
  expect(await publishOne(run, desk, first)).toBe('published')
  await everybody()
  const second = await publishFirst(note('second'), first.id)
  await setRoles(run, ['auditor'])
  await everybody()
  expect(lateItems(desk.vault.machine).map(({ late }) => late.row.revision)).toContain(second.revision)
  const third = (await saveIn(run, desk, 'notes', note('third'), first.id))!
  expect(await publishOne(run, desk, third)).toBe('published')
  await everybody()
  const { machine } = world.laptop
  expect(recordNamed(machine, 'notes', first.doc)!.revision).toBe(third.revision)
  expect(conflictsOf(machine)).toEqual([])
})

test('N5: an addendum that another person has published since stays, and holds up no correction of its note', async () => {
  const first = (await saveIn(run, desk, 'notes', note('note')))!
  const appends = { identifier: { system: 'urn:chartkeep:record', value: first.doc }, type: 'Composition' }
  const addendum = (text: string) => note(text, { relatesTo: [{ code: 'appends', targetReference: appends }] })
  const added = (await saveIn(run, desk, 'notes', addendum('added')))!
  await everybody()
  expect(await publishOne(run, desk, first)).toBe('published')
  await everybody()
  const changed = await publishFirst(addendum('added otherwise'), added.id)
  const corrected = (await saveIn(run, desk, 'notes', note('corrected'), first.id))!
  expect(await publishOne(run, desk, corrected)).toBe('published')
  await everybody()
  const { machine } = world.laptop
  expect(recordNamed(machine, 'notes', first.doc)!.revision).toBe(corrected.revision)
  expect(recordNamed(machine, 'notes', added.doc)!.revision).toBe(changed.revision)
})
