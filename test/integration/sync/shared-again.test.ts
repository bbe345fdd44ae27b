/** A chart that was shared, stopped and shared again with the same person: the everyday case of a second visit. */
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openKeyring, rescueStore } from '@chartkeep/store'
import type { Chart, Session } from '@chartkeep/sync'
import { createDeviceWorld, type DeviceWorld, openFirst, PASSPHRASE, until } from '../../support/device-world.ts'
import type { NodeDevice } from '../../support/node-device.ts'
import { canBeRead } from '../../support/sealed-bytes.ts'

const LAB =
  '{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"text":"HbA1c"},"valueQuantity":{"value":6.90,"unit":"%"}}'

const HOUR = 3_600_000
/** A share that runs out while the test looks on; long enough to be prolonged on a busy machine. */
const SOON = 12_000

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function person(name: string): Promise<{ session: Session; device: NodeDevice }> {
  const { session, device } = await world.account(name, world.device(name))
  await session.syncNow()
  return { session, device }
}

async function shareLabs(patient: Session, chart: Chart, provider: Session, forTime = HOUR): Promise<string> {
  const grantee = await patient.readSharingCode((await provider.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await chart.share({
    grantee,
    scopes: [{ collection: 'labs', rights: ['read', 'append'] }],
    until: Date.now() + forTime,
    purpose: 'visit',
    shown: { name: 'Mei', birthDate: '' },
  })
  if (shared.type !== 'in-force') throw new Error(shared.type)
  return shared.grant
}

/** The key of home, and in home's rows that of the one shared chart. Reads next to the open session. */
async function keysOf({ platform }: NodeDevice, slot: string): Promise<{ homeKey: Uint8Array; vaultKey: Uint8Array }> {
  const unlocked = await openKeyring({ disk: platform.keyring, slot }).unlock(PASSPHRASE)
  if (unlocked.type !== 'unlocked') throw new Error(unlocked.type)
  const rescued = await rescueStore({ key: unlocked.key, log: platform.log(slot) })
  if (rescued.type !== 'rescued') throw new Error(rescued.type)
  const rows = rescued.rows.flatMap(({ table, value }) =>
    table === 'vaults' ? [value as unknown as { relation: string; key: Uint8Array }] : [],
  )
  return { homeKey: unlocked.key, vaultKey: rows.find(({ relation }) => relation === 'shared')!.key }
}

/** Every entry and segment of a log, kept apart ones too. */
async function sealedParts({ platform }: NodeDevice, name: string): Promise<Uint8Array[]> {
  const log = platform.log(name)
  const parts = (await log.aside()).map(({ sealed }) => sealed)
  for await (const { sealed } of log.loadSegments()) parts.push(sealed)
  for await (const { sealed } of log.load()) parts.push(sealed)
  await log.close()
  return parts
}

async function openShared(session: Session): Promise<Chart> {
  const charts = await until(session.charts$, (all) =>
    all.some(({ relation, state, name }) => relation === 'shared' && state === 'open' && name !== ''),
  )
  return (await session.openChart(charts.find(({ relation }) => relation === 'shared')!.slot))!
}

test.each(['in the same session', 'after the provider locked and the ended chart was destroyed'])(
  'C3, C10, F3, ST15, ST19: a chart that was stopped and is shared again is read and written again, %s',
  async (when) => {
    const patient = await person('Mei')
    const provider = await person('Dr Lin')
    const chart = await openFirst(patient.session)

    const grant = await shareLabs(patient.session, chart, provider.session)
    await provider.session.syncNow()
    const first = await openShared(provider.session)
    expect((await first.save({ collection: 'labs', resource: LAB })).type).toBe('saved')
    await provider.session.syncNow()
    await patient.session.syncNow()
    await until(chart.list$('labs'), (records) => records.length === 1)

    expect((await chart.revoke(grant)).type).toBe('in-force')
    await provider.session.syncNow()
    await until(provider.session.charts$, (all) => all.some(({ state }) => state === 'ended'))
    const over = (await firstValueFrom(provider.session.charts$)).find(({ state }) => state === 'ended')
    expect(over!.until, 'it ended at the cut, not when it would have run out').toBeLessThanOrEqual(Date.now())
    // Nothing new from the server: an ended chart stays ended.
    await provider.session.syncNow()
    expect((await firstValueFrom(provider.session.charts$)).find(({ relation }) => relation === 'shared')?.state).toBe(
      'ended',
    )
    let { session } = provider
    if (when !== 'in the same session') {
      const { homeKey, vaultKey } = await keysOf(provider.device, session.slot)
      expect(await canBeRead(await sealedParts(provider.device, session.slot), homeKey, vaultKey)).toBe(true)
      await session.lock()
      expect(
        await canBeRead(await sealedParts(provider.device, session.slot), homeKey, vaultKey),
        'the key of the destroyed chart is in no entry of home any more',
      ).toBe(false)
      session = world.unlocked(await provider.device.accountManager.unlock(session.slot, PASSPHRASE))
      const gone = (await firstValueFrom(session.charts$)).find(({ relation }) => relation === 'shared')
      expect(gone, 'nor are name and birth date of the person').toMatchObject({
        name: '',
        birthDate: '',
        state: 'ended',
      })
    }

    await shareLabs(patient.session, chart, session)
    await session.syncNow()
    const again = await openShared(session)
    await until(again.list$('labs'), (records) => records.length === 1)
    expect((await again.save({ collection: 'labs', resource: LAB.replace('6.90', '7.10') })).type).toBe('saved')
    await session.syncNow()
    expect((await until(session.sync$, ({ state }) => state !== 'syncing')).state).toBe('confirmed')
    await patient.session.syncNow()
    const labs = await until(chart.list$('labs'), (records) => records.length === 2)
    expect(labs.map(({ author }) => author.name)).toEqual(['Dr Lin', 'Dr Lin'])
    expect((await firstValueFrom(chart.quarantine$)).length).toBe(0)
  },
  90_000,
)

test('C10: the patient reads that the device reported its copy as removed, after the stop and after a restart of that device', async () => {
  const { session: patient } = await person('Mei')
  const { session: provider, device } = await person('Dr Lin')
  const chart = await openFirst(patient)
  const grant = await shareLabs(patient, chart, provider)
  await provider.syncNow()
  await openShared(provider)
  await chart.revoke(grant)
  await world.server.stop()
  // The device learns of nothing, is locked, and comes back when the server does.
  await provider.syncNow()
  await provider.lock()
  await world.server.start()
  const [slot] = await device.accountManager.accounts()
  const unlocked = world.unlocked(await device.accountManager.unlock(slot!.slot, PASSPHRASE))
  await unlocked.syncNow()
  await until(unlocked.charts$, (all) => all.some(({ state }) => state === 'ended'))
  await unlocked.syncNow()
  await patient.syncNow()
  const grants = await until(chart.grants$, ([first]) => (first?.departed.length ?? 0) > 0)
  expect(grants[0]).toMatchObject({ state: 'revoked', departed: [{ device: unlocked.device }] })
}, 60_000)

test('C3, C4, C10: more time continues past the end of the first grant, whose cut takes nothing away; shorter time and a stopped share are refused', async () => {
  const { session: patient } = await person('Mei')
  const { session: provider } = await person('Dr Lin')
  const chart = await openFirst(patient)
  const end = Date.now() + SOON
  const grant = await shareLabs(patient, chart, provider, SOON)
  expect(await chart.moreTime({ grants: [grant], until: end - 1000 })).toEqual({ type: 'refused', error: 'grant' })
  const given = await chart.moreTime({ grants: [grant], until: end + HOUR })
  if (given.type !== 'in-force') throw new Error(given.type)
  const [longer, first] = await until(chart.grants$, (grants) => grants.length === 2)
  expect(longer).toMatchObject({ id: given.grant, name: 'Dr Lin', until: end + HOUR, purpose: 'visit' })
  expect(longer!.scopes).toEqual(first!.scopes)

  await provider.syncNow()
  const shared = await openShared(provider)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, end + 500 - Date.now())))
  await patient.syncNow()
  expect((await until(chart.grants$, ([, old]) => old!.state === 'expired')).map(({ state }) => state)).toEqual([
    'active',
    'expired',
  ])
  await chart.save({ collection: 'labs', resource: LAB })
  await patient.syncNow()
  await provider.syncNow()
  await until(shared.list$('labs'), (records) => records.length === 1)
  expect((await shared.save({ collection: 'labs', resource: LAB })).type).toBe('saved')
  await provider.syncNow()
  await patient.syncNow()
  await until(chart.list$('labs'), (records) => records.length === 2)
  expect(await firstValueFrom(chart.quarantine$)).toEqual([])
  const { state, until: shownEnd } = (await firstValueFrom(provider.charts$)).find(
    ({ relation }) => relation === 'shared',
  )!
  expect({ state, shownEnd }).toEqual({ state: 'open', shownEnd: end + HOUR })

  expect((await chart.revoke(given.grant)).type).toBe('in-force')
  expect(await chart.moreTime({ grants: [given.grant], until: end + 2 * HOUR })).toEqual({
    type: 'refused',
    error: 'grant',
  })
}, 90_000)
