/** S9: a real server process that lost data, and the devices of a patient and her clinician that give them back. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkStore, dataFolder } from '@chartkeep/sync-server/testing'
import type { Chart, Session, SyncStatus } from '@chartkeep/sync'
import { filter, firstValueFrom, timeout, type Observable } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNodeDevice, type NodeDevice } from '../../support/node-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const PASSPHRASE = 'correct horse battery staple'
const LAB =
  '{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"text":"HbA1c"},"valueQuantity":{"value":6.90,"unit":"%"}}'
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-refill-'))
let data = ''
let port = 0
let server: ServerProcess | null = null
const devices: NodeDevice[] = []
const sessions: Session[] = []

/** One family for all: each test begins where the last one ended, with everybody in step. */
let laptop: Person
let phone: Person
let provider: Person

beforeAll(async () => {
  port = await freePort()
  data = mkdtempSync(join(folder, 'data-'))
  await start()
  await family()
}, 120_000)
afterAll(async () => {
  for (const session of sessions) await session.lock()
  for (const device of devices) device.remove()
  await server?.stop('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(): Promise<void> {
  server = await startServerProcess(data, port)
}

function until<T>(source: Observable<T>, condition: (value: T) => boolean): Promise<T> {
  return firstValueFrom(source.pipe(filter(condition), timeout(30_000)))
}

function newDevice(name: string): NodeDevice {
  const made = createNodeDevice(name)
  devices.push(made)
  return made
}

interface Person {
  session: Session
  chart: Chart
}

/** Locks a device; the answer unlocks it again. Sessions and devices are made in one order. */
async function lock({ session }: Person): Promise<() => Promise<Person>> {
  const at = sessions.indexOf(session)
  await session.lock()
  return async () => {
    const unlocked = await devices[at]!.accountManager.unlock(session.slot, PASSPHRASE)
    if (unlocked.type !== 'unlocked') throw new Error(unlocked.type)
    sessions[at] = unlocked.session
    return openFirst(unlocked.session)
  }
}

async function openFirst(session: Session, relation: 'own' | 'shared' = 'own'): Promise<Person> {
  const charts = await until(session.charts$, (all) => all.some((each) => each.relation === relation))
  const chart = await session.openChart(charts.find((each) => each.relation === relation)!.slot)
  return { session, chart: chart! }
}

async function create(name: string): Promise<{ session: Session; code: string }> {
  const given = { label: name, name, passphrase: PASSPHRASE, server: `http://localhost:${port}` }
  const { session, recoveryCode } = await newDevice(name).accountManager.create(given)
  sessions.push(session)
  await session.syncNow()
  return { session, code: recoveryCode }
}

async function byKit(code: string): Promise<Person> {
  const given = { code, label: 'Phone', passphrase: PASSPHRASE, server: `http://localhost:${port}` }
  const restored = await newDevice('Phone').accountManager.restore(given)
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  sessions.push(restored.session)
  await restored.session.syncNow()
  return openFirst(restored.session)
}

const dose = (text: string) =>
  `{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"Metformin"},"subject":{"reference":"Patient/1"},"dosage":[{"text":"${text}"}]}`

async function save({ session, chart }: Person, text: string): Promise<void> {
  expect((await chart.save({ collection: 'medications', resource: dose(text) })).type).toBe('saved')
  await session.syncNow()
}

async function doses({ chart }: Person): Promise<string[]> {
  const records = await firstValueFrom(chart.list$('medications'))
  return records.map(({ resource }) => /"dosage":\[\{"text":"([^"]*)"/.exec(resource)![1]!).toSorted()
}

/** A patient with a laptop and a phone, and a clinician who reads her labs; everybody has seen everything. */
async function family(): Promise<void> {
  const { session, code } = await create('Mei')
  laptop = await openFirst(session)
  await save(laptop, '1 mg')
  phone = await byKit(code)
  const clinician = await create('Dr Lin')
  const grantee = await session.readSharingCode((await clinician.session.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await laptop.chart.share({
    grantee,
    scopes: [{ collection: 'labs', rights: ['read', 'append'] }],
    until: Date.now() + 3_600_000,
    purpose: 'visit',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(shared.type).toBe('in-force')
  await clinician.session.syncNow()
  provider = await openFirst(clinician.session, 'shared')
  for (const each of [laptop, phone, provider, laptop]) await each.session.syncNow()
}

const state = ({ problem, state: shown }: SyncStatus) => (problem === null ? shown : `${problem.key} ${problem.code}`)
const stateOf = async ({ session }: Person) =>
  state(await until(session.sync$, ({ state: shown }) => shown !== 'syncing'))

/** '1 mg' to 'n mg'. */
const milligrams = (n: number) => Array.from({ length: n }, (_, index) => `${index + 1} mg`)

/** Reads the running server's file as a stranger would: every chain, signature, body, device tail and audit tree. */
async function holds(): Promise<void> {
  expect((await checkStore(dataFolder(data).database)).faults).toEqual([])
}

async function loseDisk(): Promise<void> {
  await server!.stop('SIGKILL')
  for (const end of ['', '-wal', '-shm', '.lock']) rmSync(`${dataFolder(data).database}${end}`, { force: true })
  expect(existsSync(dataFolder(data).key)).toBe(true)
  await start()
}

async function restoreBackup(backup: string): Promise<void> {
  await server!.stop('SIGKILL')
  rmSync(data, { recursive: true })
  expect((await runServerProcess({ CHARTKEEP_DATA: data }, ['restore', backup])).code).toBe(0)
  await start()
}

let backups = 0
async function makeBackup(): Promise<string> {
  const backup = join(folder, `backup-${backups++}`)
  expect((await runServerProcess({ CHARTKEEP_DATA: data }, ['backup', backup])).code).toBe(0)
  return backup
}

test('S9, P6: yesterday’s backup is refilled by the devices, the one that is ahead and a clinician’s included; nothing is numbered before, and the person is told', async () => {
  const backup = await makeBackup()
  await save(laptop, '2 mg')
  await phone.session.syncNow()
  const away = await lock(phone)
  await save(laptop, '3 mg')
  const ahead = await lock(laptop)
  // Only the clinician has seen this one: none of the patient's devices is there.
  expect((await provider.chart.save({ collection: 'labs', resource: LAB })).type).toBe('saved')
  await provider.session.syncNow()
  expect(await stateOf(provider)).toBe('confirmed')
  await restoreBackup(backup)
  // A grantee's device helps as far as its streams go.
  await provider.session.syncNow()

  // The phone has not seen the newest entries: its own new one must wait for the laptop.
  phone = await away()
  expect((await phone.chart.save({ collection: 'medications', resource: dose('4 mg') })).type).toBe('saved')
  await phone.session.syncNow()
  const told = await until(phone.session.sync$, ({ problem }) => problem !== null)
  expect([told.problem?.key, told.waiting > 0, told.loss]).toEqual([
    'refilling',
    true,
    expect.objectContaining({ whole: false, devices: 1 }),
  ])
  expect(await doses(phone)).toEqual(['1 mg', '2 mg', '4 mg'])

  laptop = await ahead()
  await laptop.session.syncNow()
  expect(await stateOf(laptop)).toBe('confirmed')
  await phone.session.syncNow()
  expect(await stateOf(phone)).toBe('confirmed')
  await laptop.session.syncNow()
  await provider.session.syncNow()
  expect(await stateOf(provider)).toBe('confirmed')
  for (const each of [laptop, phone]) {
    expect(await doses(each)).toEqual(milligrams(4))
    expect(await firstValueFrom(each.chart.list$('labs'))).toHaveLength(1)
    const status = await firstValueFrom(each.session.sync$)
    expect(status.loss).toMatchObject({ whole: true })
    await each.session.acknowledgeLoss()
    expect((await firstValueFrom(each.session.sync$)).loss).toBeNull()
    expect((await firstValueFrom(each.chart.auditCheck$))?.fault ?? null).toBeNull()
  }
  await holds()
})

test('S9, P6, A3: a disk lost wholly, and the power in the middle of it, is refilled from an empty folder with the same key: accounts, consent, records, audit', async () => {
  await save(laptop, '5 mg')
  await provider.session.syncNow()
  // The power fails while the first streams are back: what was taken is a prefix of what was proved, and the rest is sent again.
  let isKilled = false
  const watching = laptop.session.sync$.subscribe(({ loss }) => {
    if (isKilled || loss === null || loss.done === 0) return
    isKilled = true
    server!.signal('SIGKILL')
  })
  await loseDisk()
  await laptop.session.syncNow()
  watching.unsubscribe()
  expect(isKilled).toBe(true)
  await server!.stop('SIGKILL')
  await start()
  // A clinician sees too little of the consent log to bring it back; the owner's device comes with all of it.
  await provider.session.syncNow()
  await laptop.session.syncNow()
  await phone.session.syncNow()
  await laptop.session.syncNow()
  expect(await stateOf(laptop)).toBe('confirmed')
  await save(phone, '6 mg')
  await laptop.session.syncNow()
  await provider.session.syncNow()
  expect(await stateOf(provider)).toBe('confirmed')
  for (const each of [laptop, phone]) {
    expect(await doses(each)).toEqual(milligrams(6))
    expect((await firstValueFrom(each.chart.auditCheck$))?.fault ?? null).toBeNull()
  }
  await holds()
})

test('S9: where the newest entries do not come back a holder continues without them, and who wrote them sends them again later', async () => {
  const backup = await makeBackup()
  const away = await lock(phone)
  await save(laptop, '7 mg')
  await save(laptop, '8 mg')
  await provider.session.syncNow()
  const ahead = await lock(laptop)
  await restoreBackup(backup)
  phone = await away()
  await save(phone, '9 mg')
  await until(phone.session.sync$, ({ problem }) => problem?.key === 'refilling')
  expect(await phone.session.continueAfterLoss()).toEqual({ type: 'done' })
  expect(await stateOf(phone)).toBe('confirmed')
  expect(await doses(phone)).toEqual([...milligrams(6), '9 mg'])

  laptop = await ahead()
  await laptop.session.syncNow()
  expect(await stateOf(laptop)).toBe('confirmed')
  await phone.session.syncNow()
  await provider.session.syncNow()
  expect(await stateOf(provider)).toBe('confirmed')
  for (const each of [laptop, phone]) {
    expect(await doses(each)).toEqual(milligrams(9))
    expect((await firstValueFrom(each.chart.auditCheck$))?.fault ?? null).toBeNull()
  }
  await holds()
})

test('S10, S9: server and key are gone; the charts move to a server with another key, by the holder’s word, and nobody follows anything else', async () => {
  await save(laptop, 'A mg')
  await phone.session.syncNow()
  const address = `http://localhost:${port}`
  expect(await laptop.session.moveServer(address, { follow: false })).toEqual({ type: 'same-server' })
  await server!.stop('SIGKILL')
  rmSync(data, { recursive: true })
  await start()
  await laptop.session.syncNow()
  expect(await stateOf(laptop)).toContain('server-key')

  expect(await laptop.session.moveServer(address, { follow: false })).toEqual({ type: 'done' })
  await laptop.session.syncNow()
  const told = await until(laptop.session.sync$, ({ loss }) => loss !== null)
  // The phone had left a beacon, so the new server waits for it.
  expect(told.loss).toMatchObject({ isMove: true })
  expect(await phone.session.moveServer(address, { follow: true })).toEqual({ type: 'done' })
  await phone.session.syncNow()
  await laptop.session.syncNow()
  expect(await stateOf(laptop)).toBe('confirmed')
  await save(phone, 'B mg')
  await laptop.session.syncNow()
  expect(await provider.session.moveServer(address, { follow: false })).toEqual({ type: 'done' })
  await provider.session.syncNow()
  expect(await stateOf(provider)).toBe('confirmed')
  expect((await provider.chart.save({ collection: 'labs', resource: LAB })).type).toBe('saved')
  await provider.session.syncNow()
  await laptop.session.syncNow()
  for (const each of [laptop, phone]) {
    await each.session.syncNow()
    expect(await doses(each)).toEqual([...milligrams(9), 'A mg', 'B mg'])
    expect(await firstValueFrom(each.chart.list$('labs'))).toHaveLength(2)
    expect((await firstValueFrom(each.chart.auditCheck$))?.fault ?? null).toBeNull()
    expect((await firstValueFrom(each.session.sync$)).loss).toMatchObject({ whole: true, isMove: true })
  }
  await holds()
})

test('S10: while the old server answers, the other devices of the person find the entry there and follow it by themselves', async () => {
  const before = server!
  const [oldData, oldPort] = [data, port]
  data = mkdtempSync(join(folder, 'next-'))
  port = await freePort()
  await start()
  try {
    const address = `http://localhost:${port}`
    expect(await laptop.session.moveServer(address, { follow: false })).toEqual({ type: 'done' })
    await laptop.session.syncNow()
    await save(phone, 'C mg')
    const moved = await until(phone.session.sync$, ({ server: at, loss, state: now }) => {
      return at?.address === address && loss?.whole === true && now === 'confirmed'
    })
    expect(moved.loss).toMatchObject({ isMove: true })
    await laptop.session.syncNow()
    expect(await stateOf(laptop)).toBe('confirmed')
    for (const each of [laptop, phone]) {
      await each.session.syncNow()
      expect(await doses(each)).toEqual([...milligrams(9), 'A mg', 'B mg', 'C mg'])
    }
    await holds()
  } finally {
    await before.stop('SIGKILL')
    rmSync(oldData, { recursive: true })
    expect(oldPort).not.toBe(port)
  }
})
