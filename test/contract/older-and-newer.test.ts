/**
 * E6: an older and a newer program read each other's records, whichever of them comes first. The older one is this code with an older table of
 * lists, or with an answer that a newer server or device would have made.
 */
import {
  collectionOf,
  isJsonObject,
  jsonObject,
  LIST_TABLE,
  mayBelongTo,
  parseJsonOrNull,
  RECORD_TYPES,
  stringifyJson,
  typeOf,
  type ListTable,
} from '@chartkeep/domain'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { VaultList } from '@chartkeep/protocol/messages'
import { StreamEntry } from '@chartkeep/protocol/streams'
import { commitVersions, importItems, prepareVersion, TABLE } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aside, createAttackWorld, save, shown, texts, type AttackWorld, type Device } from '../support/attack-world.ts'

/** Before decision 0097: a record was where the reader's own table put it, and nowhere else. */
const STRICT: ListTable = {
  version: LIST_TABLE.version - 1,
  collectionOf: firstTable,
  mayBelongTo: (resource, collection) => firstTable(resource) === collection,
}
/** The first program that goes by the writer's list: it knows less of where records go. */
const OLDER: ListTable = { ...LIST_TABLE, version: LIST_TABLE.version - 1, collectionOf: firstTable }
/** A program to come, which moves a type out of a protected list and one into it. */
const NEWER: ListTable = {
  version: LIST_TABLE.version + 1,
  collectionOf: (resource) => {
    if (typeOf(resource) === 'Schedule') return 'other'
    return typeOf(resource) === 'ServiceRequest' ? 'encounters' : collectionOf(resource)
  },
  mayBelongTo: (resource, collection) => typeOf(resource) === 'Schedule' || mayBelongTo(resource, collection),
}

/** Observations by their category alone; a Device was a record without a page. */
function firstTable(resource: unknown) {
  if (typeOf(resource) === 'Device') return 'other'
  if (typeOf(resource) !== 'Observation') return collectionOf(resource)
  const text = JSON.stringify(resource)
  return text.includes('"laboratory"') ? 'labs' : text.includes('"vital-signs"') ? 'vitals' : 'conditions'
}

const LISTS = ['conditions', 'vitals', 'notes', 'appointments', 'encounters', 'other'] as const
const GLUCOSE = stringifyJson(
  jsonObject({
    resourceType: 'Observation',
    id: 'g1',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }], text: 'Glucose' },
  }),
)
const SCHEDULE = '{"resourceType":"Schedule","id":"s1","comment":"Tuesdays"}'
const ORDER = '{"resourceType":"ServiceRequest","id":"o1","status":"active","code":{"text":"Blood count"}}'

let world: AttackWorld
let older: Device
let newer: Device

beforeEach(async () => {
  world = await createAttackWorld(LISTS, { inMemory: true })
  older = world.laptop
  newer = world.phone
})
afterEach(() => world.close())

async function runs(device: Device, lists: ListTable): Promise<void> {
  device.lists = lists
  await device.reopen()
}

async function writes(device: Device, collection: string, resource: string, id?: string) {
  const prepared = prepareVersion(device.machine, { collection, resource, ...(id === undefined ? {} : { id }) })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  expect((await device.sync()).type).toBe('synced')
  return prepared.row
}

const imports = (device: Device, text: string, list: string) =>
  importItems(
    device.machine,
    [{ text, identity: 'Observation/g1', canonicalHash: 'hash of g1', collection: list }],
    'lab.json',
  )

test('E6: what a newer program writes into another list than an older one would, the older one shows there, changes and sends back', async () => {
  await runs(older, OLDER)
  await runs(newer, NEWER)
  const row = await writes(newer, 'encounters', ORDER)
  await writes(newer, 'labs', GLUCOSE.replace('"id"', '"category":[{"coding":[{"code":"laboratory"}]}],"id"'))
  await older.sync()
  expect(aside(older)).toEqual([])
  expect(shown(older, 'encounters')).toEqual([ORDER])
  expect(shown(older, 'labs')).toHaveLength(1)

  const done = ORDER.replace('active', 'completed')
  await writes(older, 'encounters', done, row.id)
  await newer.sync()
  expect(shown(newer, 'encounters')).toEqual([done])
  expect(aside(newer)).toEqual([])
})

test('E6: what an older program wrote stays where it is for a newer one, which changes it there', async () => {
  await runs(older, OLDER)
  const row = await writes(older, 'conditions', GLUCOSE)
  await newer.sync()
  expect(shown(newer, 'conditions')).toEqual([GLUCOSE])
  const amended = GLUCOSE.replace('final', 'amended')
  await writes(newer, 'conditions', amended, row.id)
  await older.sync()
  expect(shown(older, 'conditions')).toEqual([amended])
  expect([...aside(older), ...aside(newer)]).toEqual([])
})

test('E6: a file that an older program imported adds nothing again, wherever its records would go now', async () => {
  await runs(older, OLDER)
  expect(await imports(older, GLUCOSE, 'conditions')).toMatchObject({ added: 1 })
  await older.sync()
  await newer.sync()
  for (const device of [newer, older])
    expect(await imports(device, GLUCOSE, 'labs'), device.name).toMatchObject({ added: 0, unchanged: 1 })
  // A corrected file is a version of the record that remains.
  const text = GLUCOSE.replace('final', 'corrected')
  const item = { text, identity: 'Observation/g1', canonicalHash: 'other', collection: 'labs' }
  expect(await importItems(newer.machine, [item], 'lab.json')).toMatchObject({ added: 0, corrected: 1 })
  expect([shown(newer, 'conditions'), shown(newer, 'labs')]).toEqual([[text], []])
})

test.each([
  ['without a network', false],
  ['by a pass', true],
])('E6: what a program quarantined for its list is judged again by the next one, %s', async (_, isOnline) => {
  await runs(newer, NEWER)
  const row = await writes(newer, 'other', SCHEDULE)
  await older.sync()
  expect(aside(older)).toEqual(['collection'])
  // Not at every pass: nothing has changed.
  await older.reopen()
  await older.sync()
  expect([aside(older), shown(older, 'other')]).toEqual([['collection'], []])

  if (!isOnline) older.server.lies = { pull: (honest) => ({ ...honest, streams: [] }) }
  await runs(older, NEWER)
  await older.sync()
  expect([aside(older), shown(older, 'other')]).toEqual([[], [SCHEDULE]])
  older.server.lies = {}
  expect((await older.sync()).type).toBe('synced')
  await writes(older, 'other', SCHEDULE.replace('Tuesdays', 'Mondays'), row.id)
  await newer.sync()
  expect(shown(newer, 'other')).toEqual([SCHEDULE.replace('Tuesdays', 'Mondays')])
})

test('E6: rows that an earlier program quarantined, which kept no version, are judged again too, with their bodies or without', async () => {
  await runs(older, STRICT)
  await runs(newer, NEWER)
  await writes(newer, 'encounters', ORDER)
  await writes(newer, 'other', '{"resourceType":"Device","id":"d1"}')
  await older.sync()
  expect(aside(older)).toEqual(['collection'])
  for (const [key, value] of older.rows.table(TABLE.quarantine)) {
    const { reason, entry } = value as { reason: string; entry: Uint8Array }
    const { body: _, proof: __, ...rest } = decodeAs(StreamEntry, entry)!
    const bare = encodeMessage({ ...rest, body: null, proof: null })
    await older.rows.commit({ sync: [{ table: TABLE.quarantine, key, value: { reason, entry: bare } }] })
  }
  delete older.lists
  await older.reopen()
  expect((await older.sync()).type).toBe('synced')
  expect([aside(older), shown(older, 'encounters')]).toEqual([[], [ORDER]])
})

test('E6: a type that no table knows and fields that no schema knows are kept as they are, in both directions', async () => {
  await runs(older, OLDER)
  const unknown = '{"resourceType":"Sequel","id":"x","newField":{"deep":[1.10,"é"]},"text":{"status":"generated"}}'
  const row = await writes(newer, 'other', unknown)
  await older.sync()
  expect(shown(older, 'other')).toEqual([unknown])
  const changed = unknown.replace('1.10', '1.20')
  await writes(older, 'other', changed, row.id)
  await newer.sync()
  expect(shown(newer, 'other')).toEqual([changed])
  // Two who change another field each: what nobody here knows is merged whole.
  const value = parseJsonOrNull(changed)
  if (!isJsonObject(value)) throw new Error('no object')
  const mine = prepareVersion(older.machine, {
    collection: 'other',
    id: row.id,
    resource: stringifyJson(jsonObject({ ...value, ofOlder: true })),
  })
  if (mine.type !== 'row') throw new Error(mine.type)
  await commitVersions(older.machine, [mine])
  await writes(newer, 'other', stringifyJson(jsonObject({ ...value, ofNewer: true })), row.id)
  await older.sync()
  await newer.sync()
  const [both] = shown(newer, 'other').map((text) => parseJsonOrNull(text))
  expect(both).toEqual(jsonObject({ ...value, ofNewer: true, ofOlder: true }))
})

test('E6: an implant that a newer program files with the conditions, an older one keeps there whole, and what it filed elsewhere stays', async () => {
  await runs(older, OLDER)
  const implant = (id: string) =>
    stringifyJson(
      jsonObject({
        ...RECORD_TYPES.Device.form.make(
          { ...RECORD_TYPES.Device.form.empty, name: 'Pacemaker', serial: 'S-1', udi: '(01)05414734509565(21)S-1' },
          'Patient/1',
        ),
        id,
      }),
    )
  const [mine, theirs] = [implant('new'), implant('old')]
  const row = await writes(newer, collectionOf(parseJsonOrNull(mine)), mine)
  const before = await writes(older, firstTable(parseJsonOrNull(theirs)), theirs)
  await newer.sync()
  await older.sync()
  for (const device of [older, newer]) {
    expect([shown(device, 'conditions'), shown(device, 'other')], device.name).toEqual([[mine], [theirs]])
    expect(aside(device)).toEqual([])
  }
  // Each changes what the other wrote, where it is.
  const [noted, removed] = [mine.replace('"S-1"', '"S-2"'), theirs.replace('"Pacemaker"', '"Pacemaker, removed"')]
  await writes(older, 'conditions', noted, row.id)
  await writes(newer, 'other', removed, before.id)
  await older.sync()
  await newer.sync()
  for (const device of [older, newer])
    expect([shown(device, 'conditions'), shown(device, 'other')], device.name).toEqual([[noted], [removed]])
})

test('C1, F1: an entry of a newer log stops the pass and nothing else: what is here is read and written on, and goes out when it can be read', async () => {
  await save(newer, 'labs', 'before')
  await newer.sync()
  await older.sync()
  const body = encodeMessage({ v: 9, type: 'of-a-newer-program' })
  const entry = { body, signature: new Uint8Array(64), parts: [] }
  older.server.lies = {
    control: (honest) =>
      honest.type === 'ok'
        ? { ...honest, value: { ...honest.value, entries: [...honest.value.entries, entry] } }
        : honest,
  }
  expect((await older.sync()).type).not.toBe('synced')
  expect(shown(older, 'labs')).toEqual(texts('labs', 'before'))
  await save(older, 'labs', 'meanwhile')
  await older.reopen()
  expect(shown(older, 'labs')).toEqual(texts('labs', 'before', 'meanwhile'))
  // The program that knows the entry reads the same log.
  older.server.lies = {}
  expect((await older.sync()).type).toBe('synced')
  await newer.sync()
  expect(shown(newer, 'labs')).toEqual(texts('labs', 'before', 'meanwhile'))
})

test('H1: an answer with a field or a word that this program does not know is no answer, and never half of one', () => {
  const read = (message: object) => decodeAs(VaultList, encodeMessage(message))
  expect(read({ vaults: [] })).toEqual({ vaults: [] })
  expect(read({ vaults: [], ofANewerServer: 1 })).toBeNull()
  expect(read({ ofANewerServer: [] })).toBeNull()
})
