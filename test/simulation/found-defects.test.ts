/**
 * Defects of the sync machine that random scenarios have found, each as the shortest story that showed it.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  acceptNow,
  addOwnerNow,
  appendControl,
  commitAndSeal,
  commitVersions,
  conflictsOf,
  cutGrantNow,
  decisionCount,
  deviceRemovedEntry,
  endOwnerNow,
  purgeRevokedVault,
  entryTable,
  exclusive,
  grantNow,
  submitLate,
  submitBeforePurge,
  handSource,
  importItems,
  keepIntent,
  lateItems,
  outboxOf,
  prepareVersion,
  readLateArrivals,
  sealWhileAway,
  TABLE,
  waitingCount,
  withForerunners,
  type ServerApi,
  type ShareIntent,
} from '@chartkeep/sync/testing'
import { idText, textId } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import { decodeHeader } from '@chartkeep/protocol/streams'
import { decided } from '../support/decisions.ts'
import { SimDevice, syncTask } from '../support/sim-device.ts'
import { imported, newResource } from '../support/sim-records.ts'
import { simRandom } from '../support/sim-random.ts'
import { makeVault } from '../support/sim-scenario.ts'
import { START } from '../support/sim-server.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

let world: SimWorld
let laptop: SimDevice
let phone: SimDevice
let clinic: SimDevice
let praxis: SimDevice
let tablet: SimDevice

beforeEach(async () => {
  world = await createSimWorld()
  const { vault, entry } = await makeVault(world, simRandom('found'))
  const [first, ...others] = (['laptop', 'phone', 'clinic', 'praxis', 'tablet'] as const).map(
    (name) => new SimDevice(world.people[name], world.server, vault, 'found', {}),
  )
  laptop = first!
  phone = others[0]!
  clinic = others[1]!
  praxis = others[2]!
  tablet = others[3]!
  for (const device of [laptop, phone, clinic, praxis, tablet]) await device.start()
  await appendControl(laptop.machine, [entry])
})
afterEach(() => world.close())

/** A task to its end, every call delivered; `stopBefore` leaves it parked before that call. */
async function run(
  device: SimDevice,
  task: (api: ServerApi) => Promise<string> = (api) => syncTask(device, api),
  stopBefore = '',
): Promise<string> {
  if (device.parked === null) await device.begin(task)
  while (device.parked !== null && device.parked.call !== stopBefore) await device.resume('deliver')
  return device.lastOutcome
}

async function write(device: SimDevice, prepared: ReturnType<typeof prepareVersion>): Promise<string> {
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  return prepared.row.id
}

function medication(dose: string, more = ''): string {
  return `{"resourceType":"MedicationStatement","status":"active","dosage":[{"text":"${dose}"}]${more}}`
}

function edit(device: SimDevice, id: string, resource: string): Promise<string> {
  return write(device, prepareVersion(device.machine, { collection: 'medications', id, resource }))
}

function wish(device: SimDevice, collections: string[], rights: ShareIntent['scopes'][number]['rights']): ShareIntent {
  const { account } = device.person
  return {
    kind: 'share',
    id: laptop.machine.randomBytes(16),
    grantee: account,
    scopes: collections.map((collection) => ({ collection, rights })),
    notBefore: START - 1000,
    notAfter: START + 3600_000,
    label: { purpose: 'care', name: 'Ada', birthDate: '', grantee: device.name },
    generation: newestBoxKey(laptop.book.lookup(account)!).generation,
  }
}

async function share(...given: Parameters<typeof wish>): Promise<string> {
  let grant = ''
  await run(laptop, async (api) => {
    const outcome = await grantNow(laptop.machine, api, wish(...given))
    if (outcome.type === 'done') ({ grant } = outcome)
    return outcome.type
  })
  return grant
}

/** Two doses written apart: the phone's has lost and waits for a decision on both devices. */
async function twoDoses(): Promise<string> {
  const id = await write(
    laptop,
    prepareVersion(laptop.machine, { collection: 'medications', resource: medication('1') }),
  )
  for (const device of [laptop, phone]) await run(device)
  await edit(laptop, id, medication('2'))
  await edit(phone, id, medication('3'))
  for (const device of [laptop, phone, laptop]) await run(device)
  return id
}

test('Y3: a decision whose version loses its turn leaves the conflict open on every device', async () => {
  const id = await twoDoses()
  expect([laptop, phone].map(({ machine }) => conflictsOf(machine, id).length)).toEqual([1, 1])

  await write(phone, decided(phone.machine, id, medication('3')))
  expect(conflictsOf(phone.machine, id)).toEqual([])
  await edit(laptop, id, medication('4'))
  for (const device of [laptop, phone, laptop, phone]) await run(device)

  const shown = [laptop, phone].map(({ machine }) => conflictsOf(machine, id).map(({ hash }) => hash))
  expect(shown[0]!.length).toBe(2)
  expect(shown[1]!.toSorted()).toEqual(shown[0]!.toSorted())
  expect(phone.machine.rows.read(id)!.resource).toBe(medication('4'))

  await write(phone, decided(phone.machine, id, medication('3')))
  for (const device of [phone, laptop]) await run(device)
  for (const { machine } of [laptop, phone]) {
    expect(conflictsOf(machine)).toEqual([])
    expect(machine.rows.read(id)!.resource).toBe(medication('3'))
  }
})

test('Y3: another edition of an import is next to the hand edit of a first version and never over it', async () => {
  await run(laptop)
  const first = imported(0, 1)
  await importItems(laptop.machine, [first], 'file')
  const [row] = laptop.machine.rows.all()
  const byHand = medication('by hand')
  const draft = { collection: 'medications', id: row!.id, resource: byHand, importSource: handSource('file') }
  await write(laptop, prepareVersion(laptop.machine, draft))
  for (const device of [laptop, phone]) await run(device)

  expect(await importItems(phone.machine, [imported(0, 2)], 'file')).toMatchObject({ conflicts: 1, added: 0 })
  for (const device of [phone, laptop]) await run(device)
  for (const { machine } of [laptop, phone]) {
    expect(machine.rows.read(row!.id)!.resource).toBe(byHand)
    expect(conflictsOf(machine).map((conflict) => conflict.row.resource)).toEqual([imported(0, 2).text])
  }
  expect(await importItems(laptop.machine, [imported(0, 2)], 'file')).toMatchObject({ unchanged: 1, conflicts: 0 })
})

test("E6: an owner cannot prepare a new version of a grantee's record, which the server would refuse for ever", async () => {
  await run(laptop)
  await share(clinic, ['labs'], ['read', 'append', 'amend'])
  await run(clinic)
  const draft = { collection: 'labs', resource: newResource('labs', 'w1') }
  const id = await write(clinic, prepareVersion(clinic.machine, draft))
  for (const device of [clinic, laptop]) await run(device)

  expect(laptop.machine.rows.read(id)).not.toBeNull()
  expect(prepareVersion(laptop.machine, { ...draft, id }).type).toBe('no-right')
  expect(prepareVersion(clinic.machine, { ...draft, id }).type).toBe('row')
})

test('C8: a provider that gets a stream later can read what another provider has written there before', async () => {
  await run(laptop)
  await share(clinic, ['medications'], ['read'])
  await share(praxis, ['labs'], ['read', 'append'])
  await run(clinic)
  await run(praxis)
  const id = await write(
    praxis,
    prepareVersion(praxis.machine, { collection: 'labs', resource: newResource('labs', 'w1') }),
  )
  for (const device of [praxis, laptop]) await run(device)

  await share(clinic, ['labs'], ['read'])
  expect(await run(clinic)).toBe('synced')
  expect(clinic.machine.rows.table(TABLE.quarantine).size).toBe(0)
  expect(clinic.machine.rows.read(id)).not.toBeNull()
})

test('C6, F1: a cut between reading the log and reading the streams is no sign of a server that withholds', async () => {
  await run(laptop)
  const labs = await share(clinic, ['labs'], ['read'])
  await share(clinic, ['medications'], ['read'])
  await run(clinic)
  await run(clinic, undefined, 'pull')
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(labs)!, 'revoked')).type)
  expect(await run(clinic)).toBe('synced')
  expect(clinic.machine.rows.table(TABLE.stopped).size).toBe(0)
})

test('Y6: a later edit of a lost version goes out once when the effective version has come without a body', async () => {
  const id = await write(
    laptop,
    prepareVersion(laptop.machine, { collection: 'medications', resource: medication('1') }),
  )
  for (const device of [laptop, phone]) await run(device)
  await edit(phone, id, medication('3'))
  await run(phone, undefined, 'push')
  await edit(laptop, id, medication('2'))
  await run(laptop)
  await phone.resume('drop-answer')
  await edit(phone, id, medication('3', ',"note":[{"text":"later"}]'))
  // Over the one that has won: the phone reads that one without its body.
  await edit(laptop, id, medication('4'))
  await run(laptop)
  for (const device of [phone, laptop, phone]) await run(device)

  const stored = world.server
    .storage()
    .read.envelopesOfDoc(laptop.machine.vault, textId(id.split('.')[0]!)!, textId(id.split('.')[1]!)!)
  expect(stored.length).toBe(5)
  for (const { machine } of [laptop, phone]) {
    expect(machine.rows.read(id)!.resource).toBe(medication('4'))
    expect(conflictsOf(machine, id).map(({ row }) => row.resource)).toEqual([
      medication('3'),
      medication('3', ',"note":[{"text":"later"}]'),
    ])
  }
})

test('Y1, Y6: an edit of a version whose answer is awaited replaces it, though a version next to it is sealed as well', async () => {
  await run(laptop)
  await importItems(laptop.machine, [imported(0, 1)], 'file')
  const [row] = laptop.machine.rows.all()
  const draft = { collection: 'medications', id: row!.id, importSource: handSource('file') }
  await write(laptop, prepareVersion(laptop.machine, { ...draft, resource: medication('by hand') }))
  await importItems(laptop.machine, [imported(0, 2)], 'file')
  await run(laptop, undefined, 'push')
  await write(laptop, prepareVersion(laptop.machine, { ...draft, resource: medication('later') }))
  await run(laptop)
  for (const device of [laptop, phone]) await run(device)

  for (const { machine } of [laptop, phone]) {
    expect(machine.rows.read(row!.id)!.resource).toBe(medication('later'))
    expect(conflictsOf(machine).map((conflict) => conflict.row.resource)).toEqual([imported(0, 2).text])
  }
})

test('Y3: a merge that loses in its turn leaves open what it took in, on its own device as on the others', async () => {
  const note = (text: string) => `,"note":[{"text":"${text}"}]`
  const date = ',"effectiveDateTime":"2020"'
  const id = await write(
    laptop,
    prepareVersion(laptop.machine, { collection: 'medications', resource: medication('1') }),
  )
  for (const device of [laptop, phone]) await run(device)
  await edit(phone, id, medication('1', note('phone')))
  await run(phone, undefined, 'push')
  await edit(laptop, id, medication('1', date))
  await run(laptop)
  // It loses and merges; the merge loses to a note that it cannot merge with.
  await phone.resume('deliver')
  await run(phone, undefined, 'push')
  expect(outboxOf(phone.machine).length).toBe(1)
  await edit(laptop, id, medication('1', date + note('laptop')))
  await run(laptop)
  for (const device of [phone, laptop, phone]) await run(device)

  const shown = [laptop, phone].map(({ machine }) =>
    conflictsOf(machine, id)
      .map(({ hash }) => hash)
      .toSorted(),
  )
  expect(shown[0]!.length).toBe(2)
  expect(shown[1]).toEqual(shown[0])
})

test('C4, Y4: a cut asks for the log of whoever gets new keys, also by a device whose clock is ten years ahead', async () => {
  await run(laptop)
  const cut = await share(clinic, ['labs'], ['read'])
  await share(praxis, ['labs'], ['read'])
  for (const device of [clinic, praxis]) await run(device)

  laptop.die()
  laptop.clockOffset = 10 * 365 * 24 * 3600_000
  await laptop.start()
  const asked: string[] = []
  const outcome = await run(laptop, async (api) => {
    const accountLog: ServerApi['accountLog'] = (account, after) => {
      asked.push(idText(account))
      return api.accountLog(account, after)
    }
    return (await cutGrantNow(laptop.machine, { ...api, accountLog }, textId(cut)!, 'revoked')).type
  })
  expect(outcome).toBe('done')
  expect(asked).toContain(idText(praxis.person.account))
  expect(await run(praxis)).toBe('synced')
})

/** The account's log says so; no device has synced since. */
async function removeTablet(by: SimDevice): Promise<void> {
  const { account } = by.person
  const state = by.book.lookup(account)!
  const entry = await deviceRemovedEntry(state, by.secrets, tablet.secrets.id, by.boxKeys, by.machine.randomBytes)
  expect(await run(by, async (api) => (await api.postAccount(account, entry)).type)).toBe('ok')
}

/** The vault has cut the tablet, and every stream has keys that it does not hold. */
function expectTabletCut({ machine }: SimDevice): void {
  expect(machine.control!.deviceCuts.map(({ device }) => device && idText(device))).toEqual([tablet.id])
  for (const [id, { epoch }] of machine.control!.streams)
    expect(tablet.machine.keys.streams.get(id)!.byEpoch.has(epoch)).toBe(false)
}

test('K5, C4: a removed device is cut in the very pass in which an intent is fulfilled', async () => {
  await run(laptop)
  const labs = await share(clinic, ['labs'], ['read'])
  for (const device of [phone, tablet]) await run(device)
  await keepIntent(phone.machine, { kind: 'stop', grant: textId(labs)! })
  await removeTablet(phone)

  expect(await run(phone)).toBe('synced')
  expect(phone.machine.control!.grants.get(labs)!.cut?.reason).toBe('revoked')
  expect(phone.machine.rows.table(TABLE.intent).size).toBe(0)
  expectTabletCut(phone)
})

test('K5, C4: a removed device is cut in the very pass in which another device was faster to cut a grant that had run out', async () => {
  await run(laptop)
  const labs = await share(clinic, ['labs'], ['read'])
  for (const device of [phone, tablet]) await run(device)
  world.server.now += 2 * 3600_000
  await removeTablet(laptop)
  await run(laptop, undefined, 'postControl')
  expect(laptop.parked?.call).toBe('postControl')
  await run(phone, async (api) => (await cutGrantNow(phone.machine, api, textId(labs)!, 'expired')).type)

  expect(await run(laptop)).toBe('synced')
  expect(laptop.machine.control!.grants.get(labs)!.cut?.device).toBeNull()
  expectTabletCut(laptop)
})

/** The clinic's first result has come; its second is sealed and on its way when `fate` befalls it, and then its access ends. */
async function endedOnTheWay(fate: 'drop-answer' | 'drop-request', meanwhile = async () => {}): Promise<void> {
  await run(laptop)
  const grant = await share(clinic, ['labs'], ['read', 'append'])
  await run(clinic)
  for (const text of ['first', 'second']) {
    const draft = { collection: 'labs', resource: newResource('labs', text) }
    await write(clinic, prepareVersion(clinic.machine, draft))
    await run(clinic, undefined, text === 'second' ? 'push' : '')
  }
  await clinic.resume(fate)
  expect(clinic.lastOutcome).toBe('offline')
  await meanwhile()
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(grant)!, 'revoked')).type)
  expect(await run(clinic)).toBe('ended')
  await purgeRevokedVault(clinic.machine)
  await share(clinic, ['labs'], ['read', 'append'])
}

const labsOf = ({ machine }: SimDevice) =>
  machine.rows
    .all()
    .filter(({ collectionName }) => collectionName === 'labs')
    .map(({ resource }) => resource)
    .toSorted()
const results = (...texts: string[]) => texts.map((text) => newResource('labs', text)).toSorted()

test.each([
  ['drop-answer', ['first', 'second', 'third']],
  ['drop-request', ['first', 'third']],
] as const)(
  'F3, C7, C10: shared again, a device continues where its chain is, though the end came before the answer to its last push (%s)',
  async (fate, texts) => {
    await endedOnTheWay(fate)
    expect(await run(clinic)).toBe('synced')
    const draft = { collection: 'labs', resource: newResource('labs', 'third') }
    await write(clinic, prepareVersion(clinic.machine, draft))
    expect(await run(clinic)).toBe('synced')
    expect(await run(laptop)).toBe('synced')
    for (const device of [clinic, laptop]) expect(labsOf(device)).toEqual(results(...texts))
  },
)

test('F3: what a copy wrote under its id before the end is still found when the chart is shared again', async () => {
  await endedOnTheWay('drop-request', async () => {
    // The disk as it was before the second result was sealed.
    const { home, disk } = clinic
    const sealedAt = disk.findLastIndex(({ sync }) => sync?.some(({ table }) => table === TABLE.outbox) === true)
    const image = { home, disk: disk.slice(0, sealedAt) }
    const { vault } = clinic.machine
    const copy = new SimDevice(world.people.clinic, world.server, vault, 'copy', {}, { image })
    await copy.start()
    const draft = { collection: 'labs', resource: newResource('labs', 'of the copy') }
    await write(copy, prepareVersion(copy.machine, draft))
    expect(await run(copy)).toBe('synced')
  })
  const before = clinic.id
  expect(await run(clinic)).toBe('synced')
  expect(clinic.id).not.toBe(before)
})

/** The clinic keeps its first grant's work while a second, narrower grant begins and the first one is cut. */
async function narrowTo(collections: string[], work: () => Promise<void>): Promise<string[]> {
  await run(laptop)
  const wide = await share(clinic, ['labs', 'medications'], ['read', 'append', 'amend'])
  await run(clinic)
  await work()
  await share(clinic, collections, ['read'])
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(wide)!, 'revoked')).type)
  const outcome = [await run(clinic), await run(clinic)]
  return outcome
}

async function newLab(text: string): Promise<string> {
  const draft = { collection: 'labs', resource: newResource('labs', text) }
  return write(clinic, prepareVersion(clinic.machine, draft))
}

test('C10, C11: work that only an ended grant allowed is submitted, though another grant lets the device read on', async () => {
  let edited = ''
  const outcomes = await narrowTo(['labs'], async () => {
    edited = await newLab('first')
    await run(clinic)
    await run(laptop)
    const draft = { collection: 'labs', id: edited, resource: newResource('labs', 'too late') }
    await write(clinic, prepareVersion(clinic.machine, draft))
    await newLab('new, too late')
  })
  expect(outcomes).toEqual(['synced', 'synced'])
  // What is at the server is shown, and what does not is kept sealed until the server's receipt.
  expect(labsOf(clinic)).toEqual(results('first'))
  expect(clinic.machine.unsent.size + outboxOf(clinic.machine).length).toBe(0)
  expect(clinic.machine.rows.table(TABLE.undelivered).size).toBe(2)

  await run(clinic, async (api) => (await submitLate({ ...clinic.machine, device: clinic.secrets.id }, api)).type)
  expect(clinic.machine.rows.table(TABLE.undelivered).size).toBe(0)
  await run(laptop)
  await run(laptop, async (api) => {
    await readLateArrivals(laptop.machine, api)
    return 'looked'
  })
  expect(
    lateItems(laptop.machine)
      .map(({ late }) => late.row.resource)
      .toSorted(),
  ).toEqual(results('new, too late', 'too late'))
  expect(labsOf(laptop)).toEqual(results('first'))
})

test('C10, C11: work that was sealed to be submitted is submitted, though the device died then and may write again before it comes back', async () => {
  await run(laptop)
  const wide = await share(clinic, ['labs', 'medications'], ['read', 'append'])
  await run(clinic)
  await newLab('too late')
  await share(clinic, ['labs'], ['read'])
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(wide)!, 'revoked')).type)
  const isSealed = () => clinic.up && outboxOf(clinic.machine).length > 0
  clinic.withFate(() => (isSealed() ? 'die-before' : 'write'))
  expect(await run(clinic)).toBe('died')
  clinic.withFate(() => 'write')
  await clinic.start()
  expect(isSealed()).toBe(true)

  await run(laptop)
  await share(clinic, ['labs'], ['read', 'append'])
  for (let pass = 0; pass < 3; pass++) expect(await run(clinic)).toBe('synced')
  expect(waitingCount(clinic.machine)).toBe(0)
  await run(clinic, async (api) => (await submitLate({ ...clinic.machine, device: clinic.secrets.id }, api)).type)
  expect(clinic.machine.rows.table(TABLE.undelivered).size).toBe(0)
  await run(laptop, async (api) => {
    await readLateArrivals(laptop.machine, api)
    return 'looked'
  })
  expect(lateItems(laptop.machine).map(({ late }) => late.row.resource)).toEqual(results('too late'))
  await newLab('in time')
  for (const device of [clinic, laptop]) expect(await run(device)).toBe('synced')
  expect(labsOf(laptop)).toEqual(results('in time'))
})

test('C10: nothing that is saved waits for the server while it is asked for what is in the place of work that is submitted', async () => {
  let edited = ''
  await run(laptop)
  const wide = await share(clinic, ['labs', 'medications'], ['read', 'append', 'amend'])
  await run(clinic)
  edited = await newLab('first')
  await run(clinic)
  await run(laptop)
  const draft = { collection: 'labs', id: edited, resource: newResource('labs', 'too late') }
  await write(clinic, prepareVersion(clinic.machine, draft))
  await share(clinic, ['labs'], ['read'])
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(wide)!, 'revoked')).type)
  // A device that does not keep the version under its edit.
  const { rows } = clinic.machine
  const sync = [...rows.table(TABLE.supersededVersions).keys()].map((key) => ({
    table: TABLE.supersededVersions,
    key,
    value: null,
  }))
  await rows.commit({ sync })

  await run(clinic, undefined, 'fetchBodies')
  expect(clinic.parked?.call).toBe('fetchBodies')
  const saved = exclusive(clinic.machine, async () => 'saved')
  const waits = new Promise((resolve) => setTimeout(() => resolve('waits'), 100))
  expect(await Promise.race([saved, waits])).toBe('saved')

  expect(await run(clinic)).toBe('synced')
  expect(labsOf(clinic)).toEqual(results('first'))
  expect(rows.table(TABLE.undelivered).size).toBe(1)
})

test('C10: with the last grant that let it read a collection, its records, its chain and its keys leave the device', async () => {
  let stream = ''
  const outcomes = await narrowTo(['medications'], async () => {
    const id = await newLab('first')
    stream = id.split('.')[0]!
    await run(clinic)
    expect(clinic.machine.keys.streams.get(stream)?.name).toBe('labs')
  })
  expect(outcomes).toEqual(['synced', 'synced'])
  expect(labsOf(clinic)).toEqual([])
  expect(clinic.machine.rows.table(entryTable(stream)).size).toBe(0)
  expect(clinic.machine.rows.get(TABLE.signedHead, stream)).toBeUndefined()
  expect([...clinic.machine.keys.streams.values()].map(({ name }) => name)).toContain('medications')

  // Shared again, it is all there.
  await share(clinic, ['labs'], ['read'])
  expect(await run(clinic)).toBe('synced')
  expect(labsOf(clinic)).toEqual(results('first'))
})

test('C9: an own version that was stored beyond a cut is quarantined on its own device as on the others, until an owner accepts it', async () => {
  await run(laptop)
  const wide = await share(clinic, ['labs'], ['read', 'append', 'amend'])
  await run(clinic)
  await share(clinic, ['labs'], ['read'])
  await run(clinic)
  const cut = async (api: ServerApi) => (await cutGrantNow(laptop.machine, api, textId(wide)!, 'revoked')).type
  await run(laptop, cut, 'postControl')
  // Stored after the owner's device had read the stream for its cut, and before that cut arrived.
  await newLab('beyond')
  await run(clinic, undefined, 'push')
  await clinic.resume('drop-answer')
  await run(laptop)
  for (const device of [clinic, laptop]) await run(device)
  for (const device of [laptop, clinic]) expect([device.name, labsOf(device)]).toEqual([device.name, []])
  expect(clinic.machine.unsent.size + outboxOf(clinic.machine).length).toBe(0)

  await run(laptop, async (api) => {
    await readLateArrivals(laptop.machine, api)
    const [item] = lateItems(laptop.machine)
    return (await acceptNow(laptop.machine, api, withForerunners(laptop.machine, item!.hash))).type
  })
  for (const device of [laptop, clinic]) await run(device)
  for (const device of [laptop, clinic]) expect([device.name, labsOf(device)]).toEqual([device.name, results('beyond')])
})

test('C9, F3: a version that is sent again under a new grant is shown, where the current one of the server was stored beyond a cut', async () => {
  await run(laptop)
  const wide = await share(clinic, ['labs'], ['read', 'append', 'amend'])
  await run(clinic)
  const cut = async (api: ServerApi) => (await cutGrantNow(laptop.machine, api, textId(wide)!, 'revoked')).type
  await run(laptop, cut, 'postControl')
  await newLab('beyond')
  const copy = await copyOf(clinic)
  await run(clinic, undefined, 'push')
  await clinic.resume('drop-answer')
  await run(laptop)
  await share(clinic, ['labs'], ['read', 'append', 'amend'])
  for (const device of [copy, laptop, phone]) {
    expect(await run(device)).toBe('synced')
    expect([device.name, labsOf(device)]).toEqual([device.name, results('beyond')])
    expect(conflictsOf(device.machine)).toEqual([])
  }
  copy.die()
  await copy.start()
  expect([copy.machine.unsent.size, labsOf(copy)]).toEqual([0, results('beyond')])
})

/** The clinic's grant to write medications is ended while `meanwhile` is stored: beyond the cut, for its signer had read the stream before. */
async function cutWhile(grant: string, meanwhile: () => Promise<void>): Promise<void> {
  const cut = async (api: ServerApi) => (await cutGrantNow(laptop.machine, api, textId(grant)!, 'revoked')).type
  await run(laptop, cut, 'postControl')
  await meanwhile()
  await run(tablet)
  await run(laptop)
}

/** A dose of the clinic, which it changed beyond a cut; a copy of it has changed it too, and was not cut off when it sent that. */
async function doseBeyond(): Promise<{ id: string; copy: SimDevice; again: string }> {
  await run(laptop)
  const medications = () => share(clinic, ['medications'], ['read', 'append', 'amend'])
  const grant = await medications()
  await run(clinic)
  const id = await write(
    clinic,
    prepareVersion(clinic.machine, { collection: 'medications', resource: medication('1') }),
  )
  await run(clinic)
  const copy = await copyOf(clinic)
  await cutWhile(grant, async () => {
    await edit(clinic, id, medication('2'))
    await run(clinic, undefined, 'push')
    await clinic.resume('drop-answer')
  })
  const again = await medications()
  await edit(copy, id, medication('3'))
  return { id, copy, again }
}

/** Whichever of them read what when. */
async function expectDose(id: string, dose: string, devices: SimDevice[]): Promise<void> {
  for (const device of devices) {
    expect(await run(device)).toBe('synced')
    const { machine } = device
    const shown = [machine.rows.read(id)?.resource, conflictsOf(machine, id).length, machine.unsent.size]
    expect([device.name, ...shown]).toEqual([device.name, medication(dose), 0, 0])
  }
}

test('C9, Y1: an edit that lost to nothing but a version beyond a cut is shown on every device, also once a later one is submitted', async () => {
  const { id, copy } = await doseBeyond()
  expect(tablet.machine.rows.read(id)!.resource).toBe(medication('2'))
  await expectDose(id, '3', [copy, laptop, phone, tablet])
  for (const device of [copy, tablet]) {
    device.die()
    await device.start()
  }
  await edit(copy, id, medication('4'))
  await expectDose(id, '3', [copy, laptop, phone, tablet])
  expect(copy.machine.rows.table(TABLE.undelivered).size).toBe(1)
})

test('C9, Y3: the next version of an owner over such an edit takes it in', async () => {
  const id = await oneDose()
  const { account } = praxis.person
  const added = { ...wish(praxis, [], []), account, role: 'manager' as const }
  await run(laptop, async (api) => (await addOwnerNow(laptop.machine, api, added)).type)
  await run(praxis)
  await run(laptop, async (api) => (await endOwnerNow(laptop.machine, api, account)).type, 'postControl')
  await edit(praxis, id, medication('2'))
  await run(praxis, undefined, 'push')
  await praxis.resume('drop-answer')
  await run(laptop)
  await edit(phone, id, medication('3'))
  await expectDose(id, '3', [phone, laptop, tablet])
  await edit(laptop, id, medication('4'))
  await expectDose(id, '4', [laptop, phone, tablet])
  expect(phone.machine.rows.table(TABLE.conflict).size).toBe(0)
})

test('C9, Y1: where such an edit lies beyond another cut, what was before both is shown again', async () => {
  const { id, copy, again } = await doseBeyond()
  await cutWhile(again, async () => {
    await run(copy, undefined, 'push')
    await copy.resume('drop-answer')
  })
  expect(tablet.machine.rows.read(id)!.resource).toBe(medication('3'))
  await share(clinic, ['medications'], ['read'])
  await expectDose(id, '1', [laptop, tablet, copy, phone])
})

test('E6: who may add, and not change, changes its own record until it is sealed, and no further', async () => {
  await run(laptop)
  await share(clinic, ['medications'], ['read', 'append'])
  await run(clinic)
  const { machine } = clinic
  const change = (id: string) => prepareVersion(machine, { collection: 'medications', id, resource: medication('2') })
  const id = await write(clinic, prepareVersion(machine, { collection: 'medications', resource: medication('1') }))
  await write(clinic, change(id))
  expect(await run(clinic)).toBe('synced')
  expect(machine.rows.read(id)?.resource).toBe(medication('2'))
  expect(change(id).type).toBe('no-right')
  // Sealed, and no answer has come.
  const second = await write(clinic, prepareVersion(machine, { collection: 'medications', resource: medication('1') }))
  await run(clinic, undefined, 'push')
  await clinic.resume('drop-answer')
  expect(change(second).type).toBe('no-right')
})

test('E6, Y3: two versions of a grantee’s record wait for the grantee’s decision, and nobody else is asked for one', async () => {
  await run(laptop)
  await share(clinic, ['medications'], ['read', 'append', 'amend'])
  await run(clinic)
  const id = await write(
    clinic,
    prepareVersion(clinic.machine, { collection: 'medications', resource: medication('1') }),
  )
  await run(clinic)
  const copy = await copyOf(clinic)
  await edit(clinic, id, medication('2'))
  await edit(copy, id, medication('3'))
  for (const device of [clinic, copy, clinic, laptop]) expect(await run(device)).toBe('synced')
  const decide = ({ machine }: SimDevice) => decided(machine, id, medication('3')).type
  for (const device of [clinic, copy, laptop]) expect(conflictsOf(device.machine, id)).toHaveLength(1)
  expect([clinic, copy, laptop].map(({ machine }) => decisionCount(machine))).toEqual([1, 1, 0])
  expect([clinic, copy, laptop].map(decide)).toEqual(['row', 'row', 'no-right'])
})

test('C5, Y6: what was sealed under a grant that has ended goes out under the one that continues', async () => {
  await run(laptop)
  const first = await share(clinic, ['labs'], ['read', 'append'])
  await run(clinic)
  await write(clinic, prepareVersion(clinic.machine, { collection: 'labs', resource: newResource('labs', 'sealed') }))
  await run(clinic, undefined, 'push')
  await clinic.resume('drop-request')
  await share(clinic, ['labs'], ['read', 'append'])
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(first)!, 'revoked')).type)
  for (const device of [clinic, laptop]) expect(await run(device)).toBe('synced')
  expect([labsOf(laptop), labsOf(clinic)]).toEqual([results('sealed'), results('sealed')])
  expect(clinic.machine.rows.table(TABLE.undelivered).size).toBe(0)
})

test('C5, Y6: what was sealed over a version that comes out as void is void with it, and goes out under the current grant', async () => {
  await run(laptop)
  await share(clinic, ['labs'], ['read', 'append', 'amend'])
  await run(clinic)
  const draft = { collection: 'labs', resource: newResource('labs', 'first') }
  const id = await write(clinic, prepareVersion(clinic.machine, draft))
  await run(clinic, undefined, 'push')
  await clinic.resume('drop-request')
  await write(clinic, prepareVersion(clinic.machine, { ...draft, id, resource: newResource('labs', 'second') }))
  world.server.now += 2 * 3600_000
  expect(await run(clinic)).toBe('ended')
  // Both are sealed to be submitted, the second over the first, when the line ends.
  await clinic.begin(async (api) => submitBeforePurge(clinic.machine, api).then(() => 'done'))
  await clinic.resume('drop-request')
  expect(outboxOf(clinic.machine).map(({ decoded }) => decoded.deviceSeq)).toEqual([1, 2])

  expect(await run(laptop)).toBe('synced')
  const now = { notBefore: world.server.now - 1000, notAfter: world.server.now + 3600_000 }
  const again = { ...wish(clinic, ['labs'], ['read', 'append', 'amend']), ...now }
  await run(laptop, async (api) => (await grantNow(laptop.machine, api, again)).type)
  for (const device of [clinic, laptop]) expect(await run(device)).toBe('synced')
  expect([labsOf(laptop), labsOf(clinic)]).toEqual([results('second'), results('second')])
  expect(waitingCount(clinic.machine)).toBe(0)
})

test.each([
  ['is sealed', 2],
  ['waits', 1],
])(
  'C9, Y6: a correction that %s when what it corrects is quarantined goes out by itself, where no grant that is over let its author change anything',
  async (_, pushes) => {
    await run(laptop)
    const first = await share(clinic, ['labs'], ['read', 'append'])
    await run(clinic)
    const draft = { collection: 'labs', resource: newResource('labs', 'first') }
    const id = await write(clinic, prepareVersion(clinic.machine, draft))
    await run(clinic, undefined, 'push')
    await clinic.resume('drop-request')
    await share(clinic, ['labs'], ['read', 'append', 'amend'])
    await run(clinic, undefined, 'push')
    await write(clinic, prepareVersion(clinic.machine, { ...draft, id, resource: newResource('labs', 'second') }))
    // The end is on its way when the first version comes.
    await run(
      laptop,
      async (api) => (await cutGrantNow(laptop.machine, api, textId(first)!, 'revoked')).type,
      'postControl',
    )
    await clinic.resume('deliver')
    for (let push = 1; push < pushes; push++) {
      await run(clinic, undefined, 'push')
      expect(clinic.parked?.call).toBe('push')
    }
    expect(await run(laptop)).toBe('done')
    for (const device of [clinic, clinic, laptop, clinic]) await run(device)
    for (const device of [clinic, laptop]) expect(await run(device)).toBe('synced')
    expect([labsOf(laptop), labsOf(clinic)]).toEqual([results('second'), results('second')])
    expect(waitingCount(clinic.machine)).toBe(0)
  },
)

test('C5, Y6: what was written over a version that the server took as void is sealed over what that version was on', async () => {
  await run(laptop)
  const grant = await share(clinic, ['medications'], ['read'])
  for (const device of [laptop, phone]) await run(device)
  await importItems(phone.machine, [imported(0, 1)], 'file')
  await run(phone, undefined, 'push')
  await phone.resume('drop-request')
  // Over the sealed version a hand edit, and next to that another edition of the file.
  const [row] = phone.machine.rows.all()
  const draft = { collection: 'medications', id: row!.id, importSource: handSource('file') }
  await write(phone, prepareVersion(phone.machine, { ...draft, resource: medication('by hand') }))
  await importItems(phone.machine, [imported(0, 2)], 'file')
  // Its epoch is over before it arrives.
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(grant)!, 'revoked')).type)

  expect([await run(phone), await run(phone), await run(laptop)]).toEqual(['synced', 'synced', 'synced'])
  for (const { machine } of [laptop, phone]) {
    expect(machine.rows.read(row!.id)!.resource).toBe(medication('by hand'))
    expect(conflictsOf(machine).map((conflict) => conflict.row.resource)).toEqual([imported(0, 2).text])
  }
})

test('C5, S2: what the server takes as void twice, one epoch after the other, is counted through and goes out at last', async () => {
  await run(laptop)
  const rotated = async () => {
    const grant = await share(clinic, ['medications'], ['read'])
    await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(grant)!, 'revoked')).type)
  }
  await rotated()
  await run(phone)
  const dose = (text: string) => ({ collection: 'medications', resource: medication(text) })
  for (const text of ['1', '2']) await write(phone, prepareVersion(phone.machine, dose(text)))
  expect(await sealWhileAway(phone.machine)).toBe(2)
  await rotated()
  // Both are void. Under the new epoch they are sealed again, and that epoch has ended too before they leave.
  await run(phone, undefined, 'push')
  await phone.resume('deliver')
  await run(phone, undefined, 'push')
  expect(outboxOf(phone.machine).map(({ decoded: { deviceSeq, voids } }) => [deviceSeq, voids])).toEqual([
    [3, 2],
    [4, 0],
  ])
  await rotated()

  expect(await run(phone)).toBe('synced')
  expect(await run(laptop)).toBe('synced')
  for (const { machine } of [phone, laptop])
    expect(machine.rows.all().map(({ resource }) => resource)).toEqual([medication('1'), medication('2')])
})

test('C1, Y5: a device that is killed at any write of its first pass over a shared chart comes to rest in step', async () => {
  await write(laptop, prepareVersion(laptop.machine, { collection: 'medications', resource: medication('1') }))
  await run(laptop)
  for (let writes = 0, ended = ''; ended !== 'synced'; writes++) {
    const device = new SimDevice(world.people.phone, world.server, laptop.machine.vault, `killed ${writes}`, {})
    await device.start()
    let left = writes
    device.withFate(() => (left-- > 0 ? 'write' : 'die-after'))
    ended = await run(device)
    if (!device.up) await device.start()
    device.withFate(() => 'write')
    // What came from a server is never posted to it as this device's own.
    const { control, rows } = device.machine
    expect(control === null || rows.get(TABLE.meta, 'posted') === true, `after ${writes} writes`).toBe(true)
    expect(await run(device), `after ${writes} writes`).toBe('synced')
  }
})

/** F3: a second machine with what the device has on its disks now. */
async function copyOf(device: SimDevice): Promise<SimDevice> {
  const copy = device.copy('copy', device.commits + 1)
  await copy.start()
  return copy
}

/** Two devices and a dose that both know. */
async function oneDose(): Promise<string> {
  const id = await write(
    laptop,
    prepareVersion(laptop.machine, { collection: 'medications', resource: medication('1') }),
  )
  for (const device of [laptop, phone]) await run(device)
  return id
}

/** The phone reads that another version is current than the one that its unsent edit was written over, and ends before that is sealed. */
async function endsBeforeSealing(id: string): Promise<void> {
  const hasMet = () => phone.up && phone.machine.rows.table(TABLE.remoteCurrent).size > 0
  phone.withFate(() => (hasMet() ? 'die-before' : 'write'))
  expect(await run(phone)).toBe('died')
  phone.withFate(() => 'write')
  await phone.start()
  expect([hasMet(), phone.machine.unsent.has(id)]).toEqual([true, true])
}

test('Y3: what was written over a sealed version holds, though it says the effective version and the sealed one then loses', async () => {
  const id = await oneDose()
  const first = prepareVersion(phone.machine, {
    collection: 'medications',
    id,
    resource: medication('1', ',"note":[{"text":"not so"}]'),
  })
  if (first.type !== 'row') throw new Error(first.type)
  await commitAndSeal(phone.machine, [first])
  const meant = medication('1', ',"effectiveDateTime":"2026"')
  await edit(phone, id, meant)
  await edit(laptop, id, meant)
  for (const device of [laptop, phone, laptop, phone]) expect(await run(device)).toBe('synced')
  for (const { machine } of [phone, laptop]) {
    expect(machine.rows.read(id)!.resource).toBe(meant)
    expect([conflictsOf(machine, id).length, machine.rows.table(TABLE.remoteCurrent).size]).toEqual([0, 0])
  }
})

test('Y3: what an unsent edit was in dispute with is forgotten once the edit takes in what was written over that', async () => {
  const id = await oneDose()
  const note = (text: string) => `,"note":[{"text":"${text}"}]`
  await edit(laptop, id, medication('1', note('laptop')))
  await run(laptop)
  await edit(phone, id, medication('1', note('phone')))
  await endsBeforeSealing(id)
  await edit(laptop, id, medication('1', ',"effectiveDateTime":"2026"'))
  await run(laptop)

  for (const device of [phone, laptop]) expect(await run(device)).toBe('synced')
  for (const { machine } of [phone, laptop]) {
    const { resource } = machine.rows.read(id)!
    expect(JSON.parse(resource)).toMatchObject({ note: [{ text: 'phone' }], effectiveDateTime: '2026' })
    expect([conflictsOf(machine, id).length, machine.rows.table(TABLE.remoteCurrent).size]).toEqual([0, 0])
  }
})

/** Another dose than the phone has is at the server; the phone's is next to it. */
function expectBeside({ machine }: SimDevice, id: string, dose: string): void {
  expect(machine.rows.read(id)!.resource).toBe(medication(dose))
  expect(conflictsOf(machine, id).map(({ row }) => row.resource)).toEqual([medication('3')])
  const [stream, doc] = id.split('.').map((part) => textId(part)!)
  const stored = world.server.storage().read.envelopesOfDoc(machine.vault, stream!, doc!)
  const { revision } = conflictsOf(machine, id)[0]!.row
  expect(stored.filter(({ header }) => idText(decodeHeader(header)!.revision) === revision).length).toBe(1)
  expect([machine.unsent.size, machine.rows.table(TABLE.remoteCurrent).size]).toEqual([0, 0])
}

test('F3, Y3: what a copy has sent, and lost, is on neither of the two', async () => {
  const id = await oneDose()
  await edit(laptop, id, medication('2'))
  await run(laptop)
  await edit(phone, id, medication('3'))
  const copy = await copyOf(phone)
  const before = copy.id
  for (const device of [phone, copy]) expect(await run(device)).toBe('synced')

  expect([phone.id, copy.id === before]).toEqual([before, false])
  for (const device of [phone, copy]) expectBeside(device, id, '2')
  copy.die()
  await copy.start()
  expectBeside(copy, id, '2')
})

test('F3, S4: neither does it where what it lost to has come without a body', async () => {
  const id = await oneDose()
  await edit(laptop, id, medication('2'))
  await run(laptop)
  await edit(phone, id, medication('3'))
  const copy = await copyOf(phone)
  await run(phone)
  await edit(laptop, id, medication('4'))
  for (const device of [laptop, phone, copy]) expect(await run(device)).toBe('synced')
  for (const device of [phone, copy]) expectBeside(device, id, '4')
})

test('F3, Y6: what a copy has sent is not sealed again by a device that continues as a new one', async () => {
  const id = await oneDose()
  await edit(laptop, id, medication('2'))
  await run(laptop)
  await edit(phone, id, medication('3'))
  const copy = await copyOf(phone)
  expect(await sealWhileAway(copy.machine)).toBe(1)
  for (const device of [phone, copy, laptop]) expect(await run(device)).toBe('synced')
  for (const device of [phone, copy, laptop]) expectBeside(device, id, '2')
})

test('F3, Y6: neither where what it lost to was read before it was sealed', async () => {
  const id = await oneDose()
  await edit(laptop, id, medication('2'))
  await run(laptop)
  await edit(phone, id, medication('3'))
  await endsBeforeSealing(id)
  const copy = await copyOf(phone)
  expect(await sealWhileAway(copy.machine)).toBe(1)
  for (const device of [phone, copy, laptop]) expect(await run(device)).toBe('synced')
  for (const device of [phone, copy, laptop]) expectBeside(device, id, '2')
  copy.die()
  await copy.start()
  expectBeside(copy, id, '2')
})

test('F3, Y6: neither where it was written over a version that is sealed, and another copy has sent it', async () => {
  const id = await oneDose()
  const first = await copyOf(phone)
  await edit(phone, id, medication('other'))
  expect(await sealWhileAway(phone.machine)).toBe(1)
  await edit(phone, id, medication('3'))
  const second = await copyOf(phone)
  await write(first, prepareVersion(first.machine, { collection: 'medications', resource: medication('first') }))
  await run(first)
  for (const dose of ['2', '4']) {
    await edit(laptop, id, medication(dose))
    for (const device of [laptop, phone]) expect(await run(device)).toBe('synced')
  }
  for (const device of [second, laptop]) expect(await run(device)).toBe('synced')
  for (const device of [phone, second, laptop, first]) {
    expect(await run(device)).toBe('synced')
    expectBeside(device, id, '4')
  }
})

test.each([
  ['before it is read', true],
  // It is read in the same breath as it is found out.
  ['while the device goes on as a new one', false],
])(
  'F3, Y3: an edit over what a copy has sent, and the effective version, continues from there; made %s',
  async (_, isBefore) => {
    const id = await oneDose()
    await edit(phone, id, medication('3'))
    const copy = await copyOf(phone)
    expect(await sealWhileAway(copy.machine)).toBe(1)
    expect(await run(phone)).toBe('synced')
    if (isBefore) await edit(copy, id, medication('4'))
    await run(copy, undefined, 'postAccount')
    if (!isBefore) await edit(copy, id, medication('4'))
    for (const device of [copy, phone, laptop]) expect(await run(device)).toBe('synced')
    for (const { machine } of [copy, phone, laptop]) {
      expect(machine.rows.read(id)!.resource).toBe(medication('4'))
      expect(conflictsOf(machine, id)).toEqual([])
      expect(machine.rows.table(TABLE.remoteCurrent).size).toBe(0)
    }
  },
)

test('F3, Y6: what is next to a version that a device seals again as a new one goes out over what that version was on', async () => {
  await oneDose()
  const copy = await copyOf(phone)
  await write(copy, prepareVersion(copy.machine, { collection: 'medications', resource: medication('2') }))
  await run(copy)
  await importItems(phone.machine, [imported(0, 1)], 'file')
  expect(await sealWhileAway(phone.machine)).toBe(1)
  // Over the sealed version a hand edit, and next to that another edition of the file.
  const row = phone.machine.rows.all().find(({ importHash }) => importHash !== '')!
  const draft = { collection: 'medications', id: row.id, importSource: handSource('file') }
  await write(phone, prepareVersion(phone.machine, { ...draft, resource: medication('by hand') }))
  await importItems(phone.machine, [imported(0, 2)], 'file')

  const before = phone.id
  for (const device of [phone, laptop, copy]) expect(await run(device)).toBe('synced')
  expect(phone.id).not.toBe(before)
  for (const { machine } of [laptop, phone, copy]) {
    expect(machine.rows.read(row.id)!.resource).toBe(medication('by hand'))
    expect(conflictsOf(machine).map((conflict) => conflict.row.resource)).toEqual([imported(0, 2).text])
  }
})

/** A dose that the phone has sealed twice, for the server took the first as void; and a copy of the phone that knows of neither. */
async function doseAfterVoid(): Promise<{ copy: SimDevice; id: string }> {
  await oneDose()
  const labs = await share(clinic, ['labs', 'medications'], ['read'])
  await run(phone)
  const copy = await copyOf(phone)
  await write(laptop, prepareVersion(laptop.machine, { collection: 'medications', resource: medication('2') }))
  await run(laptop)
  const draft = { collection: 'medications', resource: medication('3') }
  const id = await write(phone, prepareVersion(phone.machine, draft))
  expect(await sealWhileAway(phone.machine)).toBe(1)
  await run(laptop, async (api) => (await cutGrantNow(laptop.machine, api, textId(labs)!, 'revoked')).type)
  expect(await run(phone)).toBe('synced')
  return { copy, id }
}

async function expectNewId(copy: SimDevice): Promise<void> {
  const before = copy.id
  expect(await run(copy)).toBe('synced')
  expect(copy.id).not.toBe(before)
}

test('F3, C5: a copy is told by an envelope that came after one that the server took as void', async () => {
  const { copy } = await doseAfterVoid()
  await expectNewId(copy)
})

test('F3, S4, C5: so it is where that envelope has come without a body, for another version is in force', async () => {
  const { copy, id } = await doseAfterVoid()
  await run(laptop)
  await edit(laptop, id, medication('4'))
  await run(laptop)
  await expectNewId(copy)
  expect(copy.machine.rows.read(id)!.resource).toBe(medication('4'))
})

test('F3, C5: so it is where the page of the server ends between the two', async () => {
  const { copy } = await doseAfterVoid()
  const before = copy.id
  let cuts = 0
  const shortPages = (api: ServerApi): ServerApi => ({
    ...api,
    async pull(...asked) {
      const answer = await api.pull(...asked)
      if (answer.type !== 'ok') return answer
      const upToVoid = ({ entries, ...page }: (typeof answer.value.streams)[number]) => {
        // Something before the void is on that page too.
        const end = entries.findIndex(({ outcome }) => outcome === 'void')
        if (end > 0) cuts++
        return { ...page, entries: end > 0 ? entries.slice(0, end + 1) : entries }
      }
      return { type: 'ok', value: { streams: answer.value.streams.map(upToVoid) } }
    },
  })
  expect(await run(copy, (api) => syncTask(copy, shortPages(api)))).toBe('synced')
  expect(cuts).toBeGreaterThan(0)
  expect(copy.id).not.toBe(before)
})
