/**
 * N10: what a practice has to keep stays in view. Its own devices refuse to write a version that hides it, in its vault and in a patient's chart;
 * one that a changed app sends all the same is quarantined by every reader, and the version before continues standing.
 */
import {
  enteredInError,
  isJsonObject,
  jsonObject,
  movedAway,
  newSignatureRecord,
  parseJsonOrNull,
  stringifyJson,
  trashed,
  type JsonObject,
} from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import {
  entryAt,
  headOf,
  makeRow,
  prepareVersion,
  recordNamed,
  TABLE,
  type VaultMachine,
} from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aside, createAttackWorld, forge, save, type AttackWorld, type Device } from '../../support/attack-world.ts'
import { pass } from '../../support/sim-publish-passes.ts'
import {
  openPublishing,
  publishOne,
  saveIn,
  signIn,
  type PublishRun,
  type Seat,
} from '../../support/sim-publish-world.ts'
import { simRandom } from '../../support/sim-random.ts'

const AT = '2026-11-23T08:00:00Z'
let world: AttackWorld
let run: PublishRun
let desk: Seat

beforeEach(async () => {
  world = await createAttackWorld(['notes'], { inMemory: true })
  const random = { ...simRandom('kept by law'), chance: () => false, pick: <T>([first]: readonly T[]) => first! }
  const devices = [world.laptop, world.phone]
  run = await openPublishing({ world, random, devices, faults: [], trace: [], counts: {} }, {})
  desk = run.seats[0]!
  await everybody()
})
afterEach(() => world.close())

async function everybody(): Promise<void> {
  for (const device of [...run.devices, ...run.devices]) await pass(run, device)
}

const note = stringifyJson(
  jsonObject({ resourceType: 'Composition', status: 'final', title: 'Visit', type: { text: 'visit' }, date: AT }),
)
const report = stringifyJson(jsonObject({ resourceType: 'DiagnosticReport', status: 'final', code: { text: 'Blood' } }))

function parsed(text: string): JsonObject {
  const value = parseJsonOrNull(text)
  if (!isJsonObject(value)) throw new Error('no object')
  return value
}

/** What hides a record, by the name of what is tried. */
function hiding(text: string): [string, string][] {
  const resource = parsed(text)
  return [
    ['trash', stringifyJson(trashed(resource, AT))],
    ['marker', stringifyJson(movedAway(resource)!)],
    ['error', stringifyJson(enteredInError(resource, ''))],
  ]
}

/** A signed note and a result of the practice, in the patient's chart too. */
async function published(): Promise<StoredRecord[]> {
  const rows = [(await saveIn(run, desk, 'notes', note))!, (await saveIn(run, desk, 'labs', report))!]
  await signIn(run, desk, rows[0]!, { meaning: 'author' })
  await everybody()
  for (const row of rows) expect(await publishOne(run, desk, row)).toBe('published')
  await everybody()
  return rows
}

/** The record as a device has it in the patient's chart. */
function shownIn(machine: VaultMachine, { collectionName, doc }: StoredRecord): StoredRecord {
  return recordNamed(machine, collectionName, doc)!
}

/** A changed app of `device` writes `text` over a record of the patient's chart and sends it. */
async function writesOver(device: Device, row: StoredRecord, text: string, more: object = {}): Promise<Uint8Array> {
  const { machine } = device
  const { id } = shownIn(machine, row)
  const names = { doc: textId(row.doc)!, parent: headOf(machine, id)!.hash }
  const forged = await forge(device, world.stream(row.collectionName), { ...names, ...more }, { text })
  const sent = await device.server.push(world.vault, [{ ...forged, body: forged.body!, proof: forged.proof! }])
  expect(sent.type).toBe('ok')
  return forged.hash
}

test('N10: a device of the practice refuses to hide what it signed or released, in its vault and in the chart', async () => {
  const rows = await published()
  for (const { machine } of [desk.vault, desk.chart]) {
    for (const row of rows) {
      const { id, resource, collectionName: collection } = shownIn(machine, row)
      for (const [how, text] of hiding(resource))
        expect(prepareVersion(machine, { collection, id, resource: text }), how).toEqual({ type: 'no-right' })
      const reason = stringifyJson(enteredInError(parsed(resource), 'Another patient'))
      expect(prepareVersion(machine, { collection, id, resource: reason }).type).toBe('row')
    }
    const signature = machine.rows.all().find(({ type }) => type === 'Provenance')!
    const over = { collection: 'notes', id: signature.id }
    const away = stringifyJson(trashed(parsed(signature.resource), AT))
    expect(prepareVersion(machine, { ...over, resource: away })).toEqual({ type: 'no-right' })
  }
  expect(await desk.vault.writer.move(rows[0]!.id, 'private')).toEqual({ type: 'stays' })
})

test('N10: what a changed app of the practice sends to hide a record is quarantined as "deed" by every reader, and the record remains', async () => {
  const rows = await published()
  let tried = 0
  for (const row of rows) {
    for (const [, text] of hiding(row.resource)) {
      await writesOver(desk.device, row, text)
      await everybody()
      tried += 1
      for (const device of run.devices) {
        const shown = shownIn(device.machine, row)
        expect([shown.revision, shown.status], device.name).toEqual([row.revision, row.status])
        expect(aside(device), device.name).toEqual(Array.from({ length: tried }, () => 'deed'))
      }
    }
  }
  // A device that comes later does not get the bodies of versions that were replaced.
  const tablet = await world.addDevice('tablet')
  expect((await tablet.sync()).type).toBe('synced')
  for (const row of rows) expect(shownIn(tablet.machine, row)).toMatchObject({ revision: row.revision })
  // A version that says why goes over all of them.
  const reason = stringifyJson(enteredInError(parsed(note), 'Another patient'))
  await writesOver(desk.device, rows[0]!, reason)
  await everybody()
  for (const { machine } of run.devices) expect(shownIn(machine, rows[0]!).status).toBe('error')
})

test('N10: what an earlier program this rule let into the trash is shown again by the next one', async () => {
  const [row] = await published()
  const { laptop } = world
  await writesOver(desk.device, row!, hiding(note)[0]![1])
  await everybody()
  // As that program would have left it: the version shown, its entry the head, and no word of the rules.
  const before = shownIn(laptop.machine, row!)
  const [key] = [...laptop.rows.table(TABLE.quarantine).keys()]
  const entry = entryAt(laptop.machine, before.stream, key!.split('.')[1]!)!
  const header = decodeHeader(entry.header)!
  const hash = envelopeHashOf(entry.header, entry.bodyHash)
  const head = { hash, revision: idText(header.revision), n: Number(key!.split('.')[1]), epoch: header.epoch }
  const text = hiding(note)[0]![1]
  const away = makeRow({
    ...before,
    name: 'notes',
    revision: head.revision,
    parent: idText(header.parent),
    resource: text,
  })
  await laptop.rows.commit({
    records: [away],
    sync: [
      { table: TABLE.quarantine, key: key!, value: null },
      { table: TABLE.head, key: before.id, value: head },
      { table: TABLE.supersededVersions, key: before.revision, value: { ...before } },
      { table: TABLE.meta, key: 'rules', value: null },
    ],
  })
  await laptop.reopen()
  expect(shownIn(laptop.machine, row!).status).toBe('trash')
  expect((await laptop.sync()).type).toBe('synced')
  expect(shownIn(laptop.machine, row!)).toMatchObject({ revision: before.revision, resource: note })
  expect(aside(laptop)).toEqual(['deed'])
})

test('N10, E6: nobody deletes what a practice wrote, not the owner of the chart either; what the owner wrote they may', async () => {
  const [row] = await published()
  for (const device of [world.phone, desk.device]) {
    const first = await writesOver(device, row!, row!.resource, { deleted: true })
    await everybody()
    // Nor in two steps: by a deletion of the deletion that was quarantined.
    await writesOver(device, row!, row!.resource, { deleted: true, parent: first })
    await everybody()
    for (const { machine } of run.devices) expect(shownIn(machine, row!).revision).toBe(row!.revision)
  }
  expect(aside(world.laptop)).toEqual(['deed', 'deed', 'deed', 'deed'])
  const own = await save(world.laptop, 'labs', 'typed by the patient')
  await everybody()
  await writesOver(world.phone, own, own.resource, { deleted: true })
  await everybody()
  for (const device of run.patient) expect(device.rows.read(own.id)).toBeNull()
  expect(aside(world.laptop)).toHaveLength(4)
})

test('N10: what the patient wrote or imported stays theirs to put away, except for their signatures', async () => {
  const { machine } = world.laptop
  const imported = prepareVersion(machine, {
    collection: 'notes',
    resource: note,
    importHash: 'x',
    importSource: 'a.json',
  })
  if (imported.type !== 'row') throw new Error(imported.type)
  await machine.rows.commit({ records: [imported.row], sync: imported.sync })
  machine.unsent.add(imported.row.id)
  await everybody()
  const { id } = imported.row
  for (const [how, resource] of hiding(note))
    expect(prepareVersion(machine, { collection: 'notes', id, resource }).type, how).toBe('row')

  const signature = newSignatureRecord({
    record: imported.row.doc,
    revision: imported.row.revision,
    type: 'Composition',
    meaning: 'acknowledge',
    at: 0,
    who: { identifier: { system: 'urn:chartkeep:account', value: idText(machine.account) } },
    data: 'AAAA',
  })
  for (const away of [trashed(signature, AT), movedAway(signature)!])
    expect(prepareVersion(machine, { collection: 'notes', resource: stringifyJson(away) })).toEqual({
      type: 'no-right',
    })
})
