/**
 * F3 with real stores and a real server: a device's folder is copied, or restored from an older copy, and continues as a new device of its account. Nothing
 * that anybody saved is lost, nothing is signed twice under one number, and no stop in between makes a device more.
 */
import { cpSync, rmSync } from 'node:fs'
import { parseRecoveryCode, randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { MAX_LIVE_DEVICES } from '@chartkeep/protocol/testing'
import { holdStore, type SealedLog } from '@chartkeep/store'
import { createAccountManager, type Chart, type DeviceView, type DevicePlatform, type Session } from '@chartkeep/sync'
import {
  createDevice,
  deviceAddedEntry,
  HttpServer,
  openBoxKeys,
  OpenChart,
  recoveryDevice,
} from '@chartkeep/sync/testing'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  confirmed,
  createBentWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import { seenIn } from '../../support/decisions.ts'
import type { HostileProxy } from '../../support/hostile-proxy.ts'
import { joinPractice } from '../../support/join-practice.ts'
import type { NodeDevice } from '../../support/node-device.ts'

let world: DeviceWorld
let proxy: HostileProxy

beforeEach(async () => {
  const bent = await createBentWorld()
  world = bent
  proxy = bent.proxy
})
afterEach(async () => {
  online()
  await world.close()
})

const NOWHERE = 'http://127.0.0.1:9'
let copies = 0

const offline = () => {
  proxy.target = NOWHERE
}
const online = () => {
  proxy.target = world.server.address
}

const allergy = (text: string) =>
  `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${text}"}}`

async function save(chart: Chart, text: string, id?: string): Promise<string> {
  const input = { collection: 'allergies', resource: allergy(text) }
  const saved = await chart.save(id === undefined ? input : { ...input, id })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record.id
}

const recordsOf = (chart: Chart) => firstValueFrom(chart.list$('allergies'))
const textsOf = async (chart: Chart) =>
  (await recordsOf(chart)).map(({ resource }) => /"text":"([^"]*)"/u.exec(resource)![1]!).toSorted()
const devicesOf = async (session: Session): Promise<DeviceView[]> =>
  (await firstValueFrom(session.devices$)).filter(({ kind }) => kind === 'device')

/** A second account manager on a copy of the folder, next to the first one: no lock of this process is between the two. */
function copyOf(device: NodeDevice, platform: Partial<DevicePlatform> = {}): NodeDevice {
  const copy = world.device('Copy')
  cpSync(device.folder, copy.folder, { recursive: true })
  const number = ++copies
  const apart: DevicePlatform = {
    ...copy.platform,
    hold: (slot, options) => holdStore(`${number} ${slot}`, options),
    ...platform,
  }
  return { ...copy, platform: apart, accountManager: createAccountManager(apart) }
}

const unlock = async (device: NodeDevice, session: Session) =>
  world.unlocked(await device.accountManager.unlock(session.slot, PASSPHRASE))

async function person(name = 'Mei'): Promise<{ session: Session; device: NodeDevice; code: string }> {
  const made = await world.account(name, world.device(name))
  await save(await openFirst(made.session), `first of ${name}`)
  await confirmed(made.session)
  return made
}

/** Both are in step with the server and hold the same. */
async function expectSame(sessions: Session[], texts: string[]): Promise<void> {
  // What one sends the others read, and what they merge of it is read again.
  for (const session of [...sessions, ...sessions]) await confirmed(session)
  for (const session of sessions) {
    const chart = await openFirst(session)
    expect(await textsOf(chart)).toEqual(texts.toSorted())
    expect(await firstValueFrom(chart.conflicts$)).toEqual([])
    expect(await firstValueFrom(chart.quarantine$)).toEqual([])
  }
}

test('F3: a copied device continues as a new one, next to the true one, which stays in the log; and never makes more than one', async () => {
  const { session, device } = await person()
  await session.lock()
  const copy = copyOf(device)
  const first = await unlock(device, session)
  const second = await unlock(copy, session)
  expect(second.device).toBe(first.device)

  await save(await openFirst(first), 'of the true one')
  await confirmed(first)
  await save(await openFirst(second), 'of the copy')
  await confirmed(second)
  expect(second.device).not.toBe(first.device)
  await expectSame([first, second], ['first of Mei', 'of the true one', 'of the copy'])
  // Both continue, by turns and at once, and each under its own numbers.
  for (const round of ['a', 'b']) {
    await Promise.all([save(await openFirst(first), `true ${round}`), save(await openFirst(second), `copy ${round}`)])
    await Promise.all([first.syncNow(), second.syncNow()])
  }
  const all = ['first of Mei', 'of the true one', 'of the copy', 'true a', 'true b', 'copy a', 'copy b']
  await expectSame([first, second], all)

  const shown = await devicesOf(second)
  expect(shown.map(({ name, thisDevice, former, removed }) => ({ name, thisDevice, former, removed }))).toEqual([
    { name: 'Mei', thisDevice: false, former: true, removed: false },
    { name: 'Mei (2)', thisDevice: true, former: false, removed: false },
  ])
  expect((await devicesOf(first)).map(({ former, added }) => [former, added.how, added.by])).toEqual([
    [false, 'first', ''],
    [false, 'pairing', 'Mei'],
  ])
  const authors = new Set((await recordsOf(await openFirst(first))).map(({ author }) => author.device))
  expect(authors).toEqual(new Set([first.device, second.device]))

  // The person is told, also after an unlock, until they have read it.
  expect((await firstValueFrom(second.sync$)).renewed).not.toBeNull()
  expect((await firstValueFrom(first.sync$)).renewed).toBeNull()
  const { device: id } = second
  await second.lock()
  const again = await unlock(copy, session)
  expect(again.device).toBe(id)
  expect((await firstValueFrom(again.sync$)).renewed).not.toBeNull()
  await again.acknowledgeRenewal()
  expect((await firstValueFrom(again.sync$)).renewed).toBeNull()
  await save(await openFirst(again), 'later')
  await expectSame([again, first], [...all, 'later'])
  expect(await devicesOf(again)).toHaveLength(2)
  // Who did not copy anything removes the old one.
  expect(await again.removeDevice(first.device)).toEqual({ type: 'done' })
  expect((await devicesOf(again)).map(({ removed }) => removed)).toEqual([true, false])
})

test("F3: a device restored from yesterday's folder continues as a new one, with all that it had sent since", async () => {
  const { session, device } = await person()
  await session.lock()
  const yesterday = copyOf(device)
  const before = await unlock(device, session)
  const chart = await openFirst(before)
  const id = await save(chart, 'of today')
  await confirmed(before)
  await save(chart, 'of today, changed', id)
  await confirmed(before)
  const old = before.device
  await before.lock()
  rmSync(device.folder, { recursive: true })

  const back = await unlock(yesterday, session)
  await save(await openFirst(back), 'after')
  await confirmed(back)
  expect(back.device).not.toBe(old)
  await expectSame([back], ['first of Mei', 'of today, changed', 'after'])
  await save(await openFirst(back), 'of today, again', id)
  await expectSame([back], ['first of Mei', 'of today, again', 'after'])
  expect(await devicesOf(back)).toHaveLength(2)
})

test('F3, Y6: what was unsent, and what was sealed and not answered, goes out under the new id; what both copies had sealed is there once', async () => {
  const { session, device } = await person()
  const chart = await openFirst(session)
  const known = (await recordsOf(chart))[0]!.id
  offline()
  await save(chart, 'sealed by both')
  await save(chart, 'waits in both')
  await session.syncNow()
  await session.lock()
  const copy = copyOf(device)
  const second = await unlock(copy, session)
  const theirs = await openFirst(second)
  await save(theirs, 'of the copy')
  const edited = await save(theirs, 'of the copy, twice')
  await second.syncNow()
  // One more version over one that is sealed already, and one over what the server has.
  await save(theirs, 'of the copy, twice, changed', edited)
  await save(theirs, 'first, changed by the copy', known)
  await until(second.sync$, ({ state }) => state === 'offline')
  expect((await firstValueFrom(second.sync$)).waiting).toBeGreaterThan(0)

  online()
  const first = await unlock(device, session)
  await save(await openFirst(first), 'of the true one')
  await confirmed(first)
  await confirmed(second)
  expect(second.device).not.toBe(first.device)
  await expectSame(
    [first, second],
    [
      'first, changed by the copy',
      'sealed by both',
      'waits in both',
      'of the true one',
      'of the copy',
      'of the copy, twice, changed',
    ],
  )
  expect(await devicesOf(first)).toHaveLength(2)
})

test('F3, Y3: one record changed by both copies is a conflict as of any two devices', async () => {
  const { session, device } = await person()
  const { id } = (await recordsOf(await openFirst(session)))[0]!
  await session.lock()
  const copy = copyOf(device)
  const first = await unlock(device, session)
  await save(await openFirst(first), 'by the true one', id)
  await confirmed(first)
  // It has not read that yet: a device syncs as soon as it is unlocked.
  offline()
  const second = await unlock(copy, session)
  await save(await openFirst(second), 'by the copy', id)
  await second.syncNow()
  online()
  await second.syncNow()
  const [conflict] = await until((await openFirst(second)).conflicts$, (all) => all.length > 0)
  expect(conflict!.record.id).toBe(id)
  await (await openFirst(second)).resolve(id, allergy('by both'), seenIn(conflict!))
  await expectSame([second, first], ['by both'])
})

test('F3, B4: a file whose upload was under way is sent by the new device', async () => {
  const { session, device } = await person()
  await session.lock()
  const copy = copyOf(device)
  const first = await unlock(device, session)
  await save(await openFirst(first), 'of the true one')
  await confirmed(first)

  const bytes = randomBytes(3_000_000)
  // Every chunk but the first two is lost on its way.
  let chunks = 0
  proxy.bend = (path, _, method) => {
    if (method === 'PUT' && path.includes('/v1/') && ++chunks > 2) throw new Error('the line is cut')
    return null
  }
  offline()
  const second = await unlock(copy, session)
  const chart = await openFirst(second)
  const content = new Blob([bytes as Uint8Array<ArrayBuffer>])
  const input = { name: 'scan.pdf', contentType: 'application/pdf', content, collection: 'documents' }
  const file = await chart.addFile(input)
  if (file.type !== 'file') throw new Error(file.type)
  const attachment = { url: file.url, title: file.name, contentType: file.contentType, size: file.size }
  const resource = JSON.stringify({ resourceType: 'DocumentReference', status: 'current', content: [{ attachment }] })
  expect((await chart.save({ collection: 'documents', resource })).type).toBe('saved')
  online()
  await second.syncNow()
  proxy.bend = null
  await confirmed(second)
  expect(second.device).not.toBe(first.device)
  await confirmed(first)
  const [record] = await firstValueFrom((await openFirst(first)).list$('documents'))
  const read = await (await openFirst(first)).readFile(record!.resource)
  if ('type' in read) throw new Error(read.type)
  expect(idText(read.bytes)).toBe(idText(bytes))
})

test("F3, C12: a copied device of a member of a practice continues as one more of theirs, with the member's roles", async () => {
  const { session: desk, practice } = await world.practice('Clinic', 'Dr. Wu')
  await desk.syncNow()
  const tablet = world.device('Tablet')
  const nurse = await joinPractice(world, desk, 'Lin', ['nurse'], tablet)
  await until(nurse.charts$, (charts) => charts.length > 0)
  await confirmed(nurse)
  await nurse.lock()
  const copy = copyOf(tablet)
  const first = await unlock(tablet, nurse)
  const own = (session: Session) => session.practice!.open()
  const write = async (session: Session, text: string) => save(await own(session), text)
  await write(first, 'of the true one')
  await confirmed(first)
  const second = await unlock(copy, nurse)
  await write(second, 'of the copy')
  await confirmed(second)
  expect(second.device).not.toBe(first.device)
  expect(second.practice!.me).toMatchObject({ name: 'Lin', roles: ['nurse'], me: true })
  await confirmed(desk)
  const members = await until(practice.members$, (all) => all.some(({ devices }) => devices.length === 2))
  expect(members.map(({ name, devices }) => [name, devices.length])).toEqual([
    ['Dr. Wu', 1],
    ['Lin', 2],
  ])
  expect(await textsOf(await own(desk))).toEqual(['of the copy', 'of the true one'])
  expect(await firstValueFrom((await own(desk)).quarantine$)).toEqual([])
})

test("F3, C3, K9: an owner's copied device takes all its charts along, and a grantee's copied device continues reading and writing", async () => {
  const { session: mei, device } = await person('Mei')
  await mei.createChart({ name: 'Ann' })
  await confirmed(mei)
  const jun = await person('Jun')
  const grantee = await mei.readSharingCode((await jun.session.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const charts = async (session: Session) =>
    (await firstValueFrom(session.charts$)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const named = async (session: Session, name: string) => {
    const found = (await charts(session)).find((chart) => chart.name === name)
    return (await session.openChart(found!.slot))!
  }
  const scopes = [{ collection: 'allergies', rights: ['read' as const, 'append' as const] }]
  const shown = { name: 'Mei', birthDate: '' }
  const wish = { grantee, scopes, until: Date.now() + 3_600_000, purpose: '', shown }
  expect((await (await named(mei, 'Mei')).share(wish)).type).toBe('in-force')
  await confirmed(mei)
  await confirmed(jun.session)
  await mei.lock()
  await jun.session.lock()
  const [meiCopy, junCopy] = [copyOf(device), copyOf(jun.device)]

  // One after another: a process holds a few open charts and no further.
  const during = async <T>(on: NodeDevice, session: Session, work: (opened: Session) => Promise<T>): Promise<T> => {
    const opened = await unlock(on, session)
    await confirmed(opened)
    const done = await work(opened)
    await confirmed(opened)
    await opened.lock()
    return done
  }
  const writeIn =
    (who: string, names: string[]) =>
    async (session: Session): Promise<string> => {
      for (const name of names) await save(await named(session, name), `${who}, in ${name}`)
      await confirmed(session)
      return session.device
    }
  const trueOne = await during(device, mei, writeIn('true', ['Ann', 'Mei']))
  expect(await during(meiCopy, mei, writeIn('copy', ['Ann', 'Mei']))).not.toBe(trueOne)
  const reader = await during(jun.device, jun.session, writeIn('true one of Jun', ['Mei']))
  expect(await during(junCopy, jun.session, writeIn('copy of Jun', ['Mei']))).not.toBe(reader)
  const inMei = ['copy of Jun, in Mei', 'copy, in Mei', 'first of Mei', 'true one of Jun, in Mei', 'true, in Mei']
  for (const [on, session] of [
    [device, mei],
    [meiCopy, mei],
    [jun.device, jun.session],
    [junCopy, jun.session],
  ] as const)
    await during(on, session, async (opened) => {
      expect(await textsOf(await named(opened, 'Mei'))).toEqual(inMei)
      expect(await firstValueFrom((await named(opened, 'Mei')).quarantine$)).toEqual([])
      expect(await devicesOf(opened)).toHaveLength(2)
      if (session === mei) expect(await textsOf(await named(opened, 'Ann'))).toEqual(['copy, in Ann', 'true, in Ann'])
    })
  // What was admitted acts as an owner's device: it ends the access of the other one.
  await during(meiCopy, mei, async (opened) => {
    const own = await named(opened, 'Mei')
    const [grant] = await until(own.grants$, (all) => all.length > 0)
    expect((await own.revoke(grant!.id)).type).toBe('in-force')
  })
})

/** The platform of a device that dies in its write number `at` from when `arm` is called: neither that write nor any after it answers before `bury`, and none is made. */
function dying(platform: DevicePlatform, at: number, fate: 'before' | 'after') {
  let writes = -1
  let die = () => {}
  const died = new Promise<'died'>((resolve) => {
    die = () => resolve('died')
  })
  let isDead = false
  let bury = () => {}
  const buried = new Promise<void>((resolve) => {
    bury = resolve
  })
  const never = async (): Promise<never> => {
    await buried
    throw new Error('this device is dead')
  }
  const log = (name: string): SealedLog => {
    const real = platform.log(name)
    return new Proxy(real, {
      get(target, key) {
        const value = Reflect.get(target, key) as unknown
        if (typeof value !== 'function') return value
        const call = (...args: unknown[]) => (value as (...all: unknown[]) => unknown).apply(target, args)
        if (key !== 'append' && key !== 'replace') return call
        return async (...args: unknown[]) => {
          if (isDead) return never()
          const isLast = writes >= 0 && writes++ === at
          if (isLast && fate === 'after') await call(...args)
          if (!isLast) return call(...args)
          isDead = true
          die()
          return never()
        }
      },
    })
  }
  return { log, died, arm: () => void (writes = 0), isDead: () => isDead, bury }
}

test('F3, Y6: killed at any write while it continues as a new device, it is the old one or the new one, makes no second one, and loses nothing', async () => {
  const { session, device } = await person()
  await session.lock()
  const copy = copyOf(device)
  offline()
  const saving = await unlock(copy, session)
  await save(await openFirst(saving), 'of the copy')
  await saving.lock()
  online()
  const first = await unlock(device, session)
  await save(await openFirst(first), 'of the true one')
  await confirmed(first)

  let added = 0
  let deaths = 0
  let afterwards = 0
  for (let at = 0; afterwards < 6; at++) {
    const fate = at % 2 === 0 ? 'before' : 'after'
    const base = copyOf(copy)
    const doomed = dying(base.platform, Math.floor(at / 2), fate)
    const accountManager = createAccountManager({ ...base.platform, log: doomed.log })
    const opened = await accountManager.unlock(session.slot, PASSPHRASE)
    if (opened.type !== 'unlocked') throw new Error(opened.type)
    doomed.arm()
    const ended = await Promise.race([doomed.died, opened.session.syncNow().then(() => 'ended' as const)])
    expect([ended, doomed.isDead()]).toEqual(['died', true])
    deaths++
    if (opened.session.device !== first.device) afterwards++
    const revived = copyOf(base)
    // What is left of it reaches nobody, and lets go of its store.
    offline()
    doomed.bury()
    await opened.session.lock().catch(() => {})
    online()
    const again = await unlock(revived, session)
    await confirmed(again)
    added++
    expect(again.device).not.toBe(first.device)
    // One device for each copy that continued, however often it was stopped.
    expect(await devicesOf(again)).toHaveLength(1 + added)
    const texts = await textsOf(await openFirst(again))
    expect(texts).toEqual(['first of Mei', 'of the copy', 'of the true one'])
    expect(await firstValueFrom((await openFirst(again)).quarantine$)).toEqual([])
    await again.lock()
  }
  expect(deaths - afterwards).toBeGreaterThan(6)
  expect(afterwards).toBe(6)
  await expectSame([first], ['first of Mei', 'of the copy', 'of the true one'])
}, 240_000)

test('F3, K4: where the account has as many devices as it may have, a copied one says so, keeps what was saved, and continues once there is room', async () => {
  const { session, device, code } = await person()
  await session.lock()
  const copy = copyOf(device)
  const first = await unlock(device, session)
  const chart = await openFirst(first)
  await save(chart, 'of the true one')
  await confirmed(first)
  // The kit and the laptop are two of them.
  const { accounts, account, serverKey } = (chart as OpenChart).machine
  const kit = recoveryDevice(parseRecoveryCode(code)!)
  const server = new HttpServer({ address: world.address, account, device: kit, serverKey })
  for (let count = 2; count < MAX_LIVE_DEVICES; count++) {
    const state = accounts.lookup(account)!
    const keys = openBoxKeys(state, kit)
    const entry = await deviceAddedEntry(state, kit, createDevice(randomBytes), `D${count}`, keys, randomBytes)
    expect((await server.postAccount(account, entry)).type).toBe('ok')
    await accounts.append(account, [entry])
  }
  const second = await unlock(copy, session)
  await save(await openFirst(second), 'of the copy')
  await second.syncNow()
  const { problem, waiting } = await until(second.sync$, ({ state }) => state === 'problem')
  expect(problem).toEqual({ key: 'devices-full', code: 'devices-full' })
  expect(waiting).toBeGreaterThan(0)
  const old = second.device
  const [, spare] = await devicesOf(second)
  expect(await first.removeDevice(spare!.id)).toEqual({ type: 'done' })
  await confirmed(second)
  expect(second.device).not.toBe(old)
  await expectSame([first, second], ['first of Mei', 'of the true one', 'of the copy'])
})
