/** Accounts, charts and records between real devices (sealed SQLite stores) and a real server on a port of this machine. */
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bytesToHex, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { canonicalJson, importIdentity, newEmergencyCard, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'
import type { Chart, ChartRecord, Session } from '@chartkeep/sync'
import { outboxOf, type ImportItem, type VaultMachine } from '@chartkeep/sync/testing'
import { seenIn } from '../../support/decisions.ts'
import { createDeviceWorld, type DeviceWorld, openFirst, PASSPHRASE, until } from '../../support/device-world.ts'
import type { NodeDevice } from '../../support/node-device.ts'

const DAY_MS = 24 * 60 * 60_000

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function createPatient(): Promise<{ session: Session; code: string; chart: Chart; device: NodeDevice }> {
  const { session, code, device } = await world.account('Mei')
  await session.syncNow()
  return { session, code, chart: await openFirst(session), device }
}

async function restore(code: string): Promise<{ session: Session; chart: Chart }> {
  const session = await world.restore(code)
  return { session, chart: await openFirst(session) }
}

async function clinic(): Promise<Session> {
  const { session } = await world.account('Dr Lin Wei', world.device('Clinic PC'))
  await session.syncNow()
  return session
}

function medication(dose: string): string {
  return `{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"Metformin"},"subject":{"reference":"Patient/1"},"dosage":[{"text":"${dose}"}]}`
}

async function addMedication(chart: Chart, dose: string): Promise<ChartRecord> {
  const saved = await chart.save({ collection: 'medications', resource: medication(dose) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record
}

test('Y1, K7: a record saved on one device appears, verbatim, on a second one that entered by the recovery code', async () => {
  const { session, code, chart } = await createPatient()
  await addMedication(chart, '1.10 mg')
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'confirmed')

  const phone = await restore(code)
  const [record] = await until(phone.chart.list$('medications'), (records) => records.length === 1)
  expect(record!.resource).toBe(medication('1.10 mg'))
  expect(record!.author).toMatchObject({ me: true, account: session.account, device: session.device })
  expect(phone.session.device).not.toBe(session.device)

  // K7: the use of the kit is announced on the other devices until the person says that it was them.
  await session.syncNow()
  await until(session.devices$, (all) => all.some(({ id, newByKit }) => id === phone.session.device && newByKit))
  await session.acknowledgeDevice(phone.session.device)
  await until(session.devices$, (all) => all.every(({ newByKit }) => !newByKit))
  expect((await firstValueFrom(phone.session.devices$)).some(({ newByKit }) => newByKit)).toBe(false)
}, 60_000)

test('S7: where the page refuses to make a socket passes continue, and a later one listens again', async () => {
  const native = globalThis.WebSocket
  const Refused = function refused() {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
  try {
    Object.assign(globalThis, { WebSocket: Refused })
    const { session, code, chart } = await createPatient()
    const phone = await restore(code)
    await addMedication(chart, '1 mg')
    await session.syncNow()
    await phone.session.syncNow()
    await until(phone.chart.list$('medications'), (records) => records.length === 1)
    Object.assign(globalThis, { WebSocket: native })
    await session.syncNow()
    await phone.session.syncNow()
    await addMedication(chart, '2 mg')
    await until(phone.chart.list$('medications'), (records) => records.length === 2)
  } finally {
    Object.assign(globalThis, { WebSocket: native })
  }
})

test('S7: an edit on one device reaches the other one live, without a call', async () => {
  const { session, code, chart } = await createPatient()
  const phone = await restore(code)
  await until(session.sync$, ({ state }) => state === 'confirmed')
  await until(phone.session.sync$, ({ state }) => state === 'confirmed')
  await addMedication(chart, '500 mg')
  await until(phone.chart.list$('medications'), (records) => records.length === 1)
}, 60_000)

/** A medication as a file brings it, another one for each dose. */
function importItem(dose: string): ImportItem {
  const text = medication(dose).replace('{', `{"id":"${dose}",`)
  const resource = parseJsonOrNull(text)!
  const canonicalHash = bytesToHex(sha256(utf8ToBytes(canonicalJson(resource))))
  return { text, identity: importIdentity(resource), canonicalHash, collection: 'medications' }
}

/** Sealed envelopes that wait for an answer, and records that are not sealed. */
function waitingIn(chart: Chart): [sealed: number, unsent: number] {
  const { machine } = chart as unknown as { machine: VaultMachine }
  return [outboxOf(machine).length, machine.unsent.size]
}

test('Y6: what is imported while no server answers is sealed by itself once the import rests, across a lock, and arrives when one does', async () => {
  const { session, code, chart, device } = await createPatient()
  await until(session.sync$, ({ state }) => state === 'confirmed')
  await world.server.stop()
  const items = Array.from({ length: 700 }, (_, at) => importItem(`${at} mg`))
  for (let at = 0; at < items.length; at += 350) await chart.importBatch(items.slice(at, at + 350), 'a file')
  expect(waitingIn(chart)[1]).toBe(700)
  await expect.poll(() => waitingIn(chart)[1], { timeout: 60_000, interval: 100 }).toBe(0)
  const sealed = waitingIn(chart)
  expect(sealed[0]).toBeGreaterThanOrEqual(700)
  await session.lock()
  const again = world.unlocked(await device.accountManager.unlock(session.slot, PASSPHRASE))
  const opened = await openFirst(again)
  expect(waitingIn(opened)[0]).toBeGreaterThanOrEqual(sealed[0])
  await world.server.start()
  await again.syncNow()
  await until(again.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  expect(waitingIn(opened)).toEqual([0, 0])
  const phone = await restore(code)
  await until(phone.chart.list$('medications'), (records) => records.length === 700)
}, 120_000)

test('Y3: two doses written offline on two devices end in a conflict on both, nothing lost, and a decision settles it everywhere', async () => {
  const { session, code, chart } = await createPatient()
  const record = await addMedication(chart, '250 mg')
  await session.syncNow()
  const phone = await restore(code)
  await until(phone.chart.list$('medications'), (records) => records.length === 1)

  await world.server.stop()
  await chart.save({ collection: 'medications', id: record.id, resource: medication('500 mg') })
  await phone.chart.save({ collection: 'medications', id: record.id, resource: medication('850 mg') })
  await world.server.start()
  await session.syncNow()
  await phone.session.syncNow()
  await session.syncNow()

  for (const each of [chart, phone.chart]) {
    const [conflict] = await until(each.conflicts$, (conflicts) => conflicts.length === 1)
    const doses = [conflict!.current.resource, ...conflict!.others.map(({ resource }) => resource)]
    expect(doses.toSorted()).toEqual([medication('500 mg'), medication('850 mg')].toSorted())
  }

  const [both] = await firstValueFrom(phone.chart.conflicts$)
  // Of less than what waits, or of what was before, a decision is none.
  for (const unseen of [{ others: [] }, { current: record.revision }])
    expect(await phone.chart.resolve(record.id, medication('850 mg'), { ...seenIn(both!), ...unseen })).toEqual({
      type: 'changed',
    })
  expect(await firstValueFrom(phone.chart.conflicts$)).toEqual([both])
  const decided = await phone.chart.resolve(record.id, medication('850 mg'), seenIn(both!))
  expect(decided.type).toBe('saved')
  await phone.session.syncNow()
  await session.syncNow()
  await until(chart.conflicts$, (conflicts) => conflicts.length === 0)
  const now = await until(chart.record$(record.id), (value) => value?.resource === medication('850 mg'))
  expect(now?.conflict).toBe(false)
  const history = await chart.history(record.id)
  expect(history.map(({ resource }) => resource)).toContain(medication('500 mg'))
}, 60_000)

test('C3, C4, C8: a provider reads exactly what was granted, adds a result, and gets nothing after the cut; the choice for the emergency card comes with the profile alone', async () => {
  const { session, chart } = await createPatient()
  await addMedication(chart, '500 mg')
  await chart.save({
    collection: 'allergies',
    resource: '{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"Penicillin"}}',
  })
  // What the owner chose for the emergency card goes with the profile (decision 0037).
  const choice = newEmergencyCard({ shows: ['name'], language: 'en', checked: '' }, '2026-11-22')
  expect((await chart.save({ collection: 'profile', resource: stringifyJson(choice) })).type).toBe('saved')
  await session.syncNow()

  const provider = await clinic()
  const code = await provider.sharingCode()
  const grantee = await session.readSharingCode(code.code)
  if ('type' in grantee) throw new Error(grantee.type)
  expect(grantee.words).toEqual(code.words)
  expect(grantee.digits).toBe(code.digits)

  const shared = await chart.share({
    grantee,
    scopes: [
      { collection: 'medications', rights: ['read'] },
      { collection: 'labs', rights: ['read', 'append'] },
    ],
    until: Date.now() + 2 * DAY_MS,
    purpose: 'visit',
    shown: { name: 'Mei Chen', birthDate: '1992-03-04' },
  })
  expect(shared.type).toBe('in-force')

  await provider.syncNow()
  const charts = await until(provider.charts$, (all) =>
    all.some(({ relation, name }) => relation === 'shared' && name !== ''),
  )
  const summary = charts.find(({ relation }) => relation === 'shared')!
  expect(summary).toMatchObject({ name: 'Mei Chen', birthDate: '1992-03-04', confirmed: false, state: 'open' })
  expect(summary.collections.map(({ collection }) => collection).toSorted()).toEqual(['labs', 'medications'])
  const theirs = (await provider.openChart(summary.slot))!
  await until(theirs.list$('medications'), (records) => records.length === 1)
  expect((await firstValueFrom(theirs.list$('allergies'))).length).toBe(0)
  const typesOf = (records: ChartRecord[]) => records.map(({ type }) => type)
  expect(typesOf(await firstValueFrom(theirs.all$))).toEqual(['MedicationStatement'])
  // Given the profile as well, the provider has it; taken back, he no longer has it.
  const widened = await chart.share({
    grantee,
    scopes: [{ collection: 'profile', rights: ['read'] }],
    until: Date.now() + DAY_MS,
    purpose: 'card',
    shown: { name: 'Mei Chen', birthDate: '1992-03-04' },
  })
  if (widened.type !== 'in-force') throw new Error('not shared')
  await provider.syncNow()
  await until(theirs.list$('profile'), (records) => typesOf(records).includes('Basic'))
  expect((await chart.revoke(widened.grant)).type).toBe('in-force')
  await provider.syncNow()
  expect(await theirs.save({ collection: 'medications', resource: medication('1 g') })).toEqual({ type: 'no-right' })

  const lab =
    '{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"text":"HbA1c"},"valueQuantity":{"value":6.90,"unit":"%"}}'
  expect((await theirs.save({ collection: 'labs', resource: lab })).type).toBe('saved')
  await provider.syncNow()
  await session.syncNow()
  const [result] = await until(chart.list$('labs'), (records) => records.length === 1)
  expect(result!.author).toMatchObject({ name: 'Dr Lin Wei', me: false })
  const audit = await until(chart.audit$, (lines) =>
    lines.some(({ action, author }) => action === 'opened' && !author.me),
  )
  expect(
    audit.some(
      ({ action, collection, author }) =>
        action === 'read' && collection === 'medications' && author.name === 'Dr Lin Wei',
    ),
  ).toBe(true)

  if (shared.type !== 'in-force') throw new Error('not shared')
  expect((await chart.revoke(shared.grant)).type).toBe('in-force')
  await addMedication(chart, '850 mg')
  await session.syncNow()
  await provider.syncNow()
  const ended = await until(provider.charts$, (all) => all.some(({ state }) => state === 'ended'))
  expect(ended.find(({ relation }) => relation === 'shared')?.state).toBe('ended')
  expect((await firstValueFrom(chart.grants$))[0]).toMatchObject({ state: 'revoked', name: 'Dr Lin Wei' })
  // The patient's chart still holds what the provider wrote.
  expect((await firstValueFrom(chart.list$('labs'))).length).toBe(1)
}, 90_000)

test('K6: a wrong passphrase, a missing account and a locked session are told apart, and nothing is erased', async () => {
  const { session, code, device: laptop } = await world.account('Mei', world.device('Laptop'), null)
  const chart = await openFirst(session)
  await addMedication(chart, '500 mg')
  const { slot } = session
  expect(await laptop.accountManager.unlock(slot, PASSPHRASE)).toMatchObject({ type: 'in-use' })
  await session.lock()
  expect(await laptop.accountManager.unlock(slot, 'wrong')).toEqual({ type: 'wrong-passphrase' })
  expect(await laptop.accountManager.unlock('nothere', PASSPHRASE)).toEqual({ type: 'missing' })
  expect((await laptop.accountManager.accounts())[0]).toMatchObject({ label: 'Account 1', failedTries: 1 })
  const again = world.unlocked(
    await laptop.accountManager.unlockWithKit(slot, code.toLowerCase(), 'another long passphrase'),
  )
  await until((await openFirst(again)).list$('medications'), (records) => records.length === 1)

  // A1: failed tries are written after the next unlock.
  await again.lock()
  expect(await laptop.accountManager.unlock(slot, 'wrong again')).toEqual({ type: 'wrong-passphrase' })
  const last = world.unlocked(await laptop.accountManager.unlock(slot, 'another long passphrase'))
  await until((await openFirst(last)).audit$, (lines) =>
    lines.some(({ action, count }) => action === 'failed-unlock' && count === 1),
  )
}, 60_000)

test('A1, A5: what a person did is in the audit log of every own device in plain words, checked against its chain, newest first', async () => {
  const { session, code, chart } = await createPatient()
  await addMedication(chart, '500 mg')
  await session.syncNow()
  const phone = await restore(code)
  const lines = await until(phone.chart.audit$, (all) => all.some(({ action }) => action === 'created'))
  const created = lines.find(({ action }) => action === 'created')!
  expect(created).toMatchObject({ collection: 'medications', subject: 'Metformin', confirmed: true })
  expect(created.author).toMatchObject({ me: true, device: session.device })
  expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted((a, b) => b - a))
  const state = await until(phone.chart.auditState$, ({ checked }) => checked >= 2)
  expect(state.fault).toBeNull()
}, 60_000)

test('C1: sharing and stopping while offline are intents, shown as not yet in force; online each takes effect once', async () => {
  const { session, chart } = await createPatient()
  await addMedication(chart, '500 mg')
  const provider = await clinic()
  const grantee = await session.readSharingCode((await provider.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)

  await world.server.stop()
  const wish = {
    grantee,
    scopes: [{ collection: 'medications', rights: ['read' as const] }],
    until: Date.now() + DAY_MS,
    purpose: 'visit',
    shown: { name: 'Mei', birthDate: '' },
  }
  expect(await chart.share(wish)).toEqual({ type: 'pending' })
  await until(chart.grants$, ([grant]) => grant?.state === 'pending')
  await world.server.start()
  await session.syncNow()
  const [active, ...others] = await until(chart.grants$, ([grant]) => grant?.state === 'active')
  expect(others).toEqual([])

  await world.server.stop()
  expect(await chart.revoke(active!.id)).toEqual({ type: 'pending' })
  await until(chart.grants$, ([grant]) => grant?.state === 'stopping')
  await world.server.start()
  await session.syncNow()
  await until(chart.grants$, ([grant]) => grant?.state === 'revoked')
  await provider.syncNow()
  await until(provider.charts$, (charts) =>
    charts.every(({ relation, state }) => relation === 'own' || state === 'ended'),
  )
}, 60_000)
