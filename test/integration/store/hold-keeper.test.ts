/**
 * The account manager over real SQLite files: taking an account over between two account managers, stopping an opening, what is said of a
 * store that is gone, damaged or another's, and what a damaged one still gives.
 */
import { DatabaseSync } from 'node:sqlite'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createAccountManager, type Chart, type AccountManager, type Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { createNodeDevice, type NodeDevice } from '../../support/node-device.ts'

const PASSPHRASE = 'lantern orbit meadow saddle'
const devices: NodeDevice[] = []

afterAll(() => devices.forEach((device) => device.remove()))

async function newAccount(): Promise<{
  device: NodeDevice
  accountManager: AccountManager
  session: Session
  slot: string
  chart: Chart
}> {
  const device = createNodeDevice('laptop')
  devices.push(device)
  const { session } = await device.accountManager.create({
    label: 'Account 1',
    name: 'Mei Chen',
    passphrase: PASSPHRASE,
    server: null,
  })
  const [summary] = await firstValueFrom(session.charts$)
  const chart = (await session.openChart(summary!.slot))!
  return { device, accountManager: device.accountManager, session, slot: session.slot, chart }
}

const condition = (text: string) =>
  JSON.stringify({ resourceType: 'Condition', code: { text }, note: [{ text: '1.10' }] })

async function save(chart: Chart, text: string): Promise<void> {
  const outcome = await chart.save({ collection: 'conditions', resource: condition(text) })
  if (outcome.type !== 'saved') throw new Error(outcome.type)
}

/** Files of the stores; the largest is the chart's, for it holds the records. */
function storeFiles(folder: string, except: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite') && name !== 'k.sqlite' && name !== `${except}.sqlite`)
    .map((name) => join(folder, name))
}

function damage(file: string, change: string): void {
  const db = new DatabaseSync(file)
  db.exec(change)
  db.close()
}

test('ST22: another account manager takes the account over; the first finishes its writes, locks, and both find everything', async () => {
  const { device, session, slot, chart } = await newAccount()
  await save(chart, 'Asthma')
  const other = createNodeDeviceOn(device)
  expect(await other.unlock(slot, PASSPHRASE)).toMatchObject({ type: 'in-use', since: expect.any(Number) as number })
  expect(await other.unlock(slot, 'wrong words', { takeOver: true })).toEqual({ type: 'wrong-passphrase' })
  let writing: Promise<unknown> = Promise.resolve()
  const stepped = session.handover.then(async (why) => {
    expect(why).toBe('asked')
    writing = save(chart, 'In flight')
    await session.lock()
  })
  const taken = await other.unlock(slot, PASSPHRASE, { takeOver: true })
  if (taken.type !== 'unlocked') throw new Error(taken.type)
  await stepped
  await writing
  const [summary] = await firstValueFrom(taken.session.charts$)
  const again = (await taken.session.openChart(summary!.slot))!
  const titles = (await firstValueFrom(again.list$('conditions'))).map(({ title }) => title).toSorted()
  expect(titles).toEqual(['Asthma', 'In flight'])
  await taken.session.lock()
})

/** A second account manager on the files of a device, as a second tab is. */
function createNodeDeviceOn(device: NodeDevice): AccountManager {
  return createAccountManager(device.platform)
}

test('an opening that is stopped changes nothing, lets go of the store, and opens at the next try', async () => {
  const { accountManager, session, slot, chart } = await newAccount()
  await save(chart, 'Asthma')
  await session.lock()
  const controller = new AbortController()
  const steps: number[] = []
  const stopped = await accountManager.unlock(slot, PASSPHRASE, {
    signal: controller.signal,
    onProgress({ doneBytes, totalBytes }) {
      steps.push(doneBytes / totalBytes)
      controller.abort()
    },
  })
  expect(stopped).toEqual({ type: 'cancelled' })
  expect(steps.length).toBeGreaterThan(0)
  expect(await accountManager.whereOpen(slot)).toBeNull()
  const opened = await accountManager.unlock(slot, PASSPHRASE)
  if (opened.type !== 'unlocked') throw new Error(opened.type)
  await opened.session.lock()
})

test('ST11: a store that is gone is missing and its slot can go; one that is there cannot', async () => {
  const { device, accountManager, session, slot } = await newAccount()
  expect(await accountManager.removeMissing(slot)).toBe(false)
  await session.lock()
  expect(await accountManager.removeMissing(slot)).toBe(false)
  expect(await accountManager.accounts()).toHaveLength(1)
  for (const name of readdirSync(device.folder)) if (name.startsWith(slot)) rmSync(join(device.folder, name))
  expect(await accountManager.unlock(slot, PASSPHRASE)).toEqual({ type: 'missing' })
  expect(await accountManager.whereOpen(slot)).toBeNull()
  expect(await accountManager.removeMissing(slot)).toBe(true)
  expect(await accountManager.accounts()).toEqual([])
})

test('ST4: a damaged home says so with its reason, and what opens of its charts comes out as it was written', async () => {
  const { device, accountManager, session, slot, chart } = await newAccount()
  await save(chart, 'Asthma')
  await save(chart, 'Hay fever')
  // The damage hits the first of these; what comes after it makes it more than a torn end.
  await session.setSetting('a', 'b')
  await session.setSetting('c', 'd')
  await session.lock()
  const file = join(device.folder, `${slot}.sqlite`)
  damage(file, 'UPDATE a SET s = zeroblob(length(s)) WHERE n = (SELECT max(n) - 1 FROM a)')
  expect(await accountManager.unlock(slot, PASSPHRASE)).toMatchObject({ type: 'damaged' })
  expect(await accountManager.rescue(slot, 'wrong words')).toEqual({ type: 'wrong-passphrase' })
  const rescued = await accountManager.rescue(slot, PASSPHRASE)
  if (rescued.type !== 'rescued') throw new Error(rescued.type)
  expect(rescued.charts).toHaveLength(1)
  const [found] = rescued.charts
  expect(found!.name).toBe('Mei Chen')
  expect(found!.problems).toBe(0)
  const bundle = JSON.parse(found!.bundle) as {
    entry: { resource: { resourceType: string; code?: { text: string } } }[]
  }
  expect(bundle.entry.map(({ resource }) => resource.code?.text ?? resource.resourceType).toSorted()).toEqual([
    'Asthma',
    'Hay fever',
    'Patient',
  ])
  // Verbatim, numbers and all.
  expect(found!.bundle).toContain(condition('Asthma'))
  expect(await accountManager.whereOpen(slot)).toBeNull()
})

test('ST4: a damaged chart does not keep the account closed; it says so, and gives what still opens', async () => {
  const { device, accountManager, session, slot, chart } = await newAccount()
  for (const text of ['Asthma', 'Hay fever', 'Gout']) await save(chart, text)
  await session.lock()
  const [file] = storeFiles(device.folder, slot)
  damage(file!, 'UPDATE a SET s = zeroblob(length(s)) WHERE n = (SELECT max(n) - 1 FROM a)')
  const opened = await accountManager.unlock(slot, PASSPHRASE)
  if (opened.type !== 'unlocked') throw new Error(opened.type)
  const [summary] = await firstValueFrom(opened.session.charts$)
  await expect(opened.session.openChart(summary!.slot)).rejects.toMatchObject({
    name: 'SealedStoreError',
    failure: { type: 'damaged' },
  })
  const rescued = await opened.session.rescueChart(summary!.slot)
  expect(rescued?.records).toBeGreaterThan(2)
  expect(rescued?.problems).toBeGreaterThan(0)
  expect(rescued?.bundle).toContain('Asthma')
  await opened.session.lock()
})
