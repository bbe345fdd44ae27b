/** What somebody with whom a chart is shared puts into it never is in the place of what its owner says about the person (C9, E6). */
import { cardRecordOf } from '@chartkeep/app/src/app/chart/card-state.ts'
import { patientName } from '@chartkeep/app/src/app/words/chart-patient.ts'
import { emergencyCardChoice, newEmergencyCard, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

let world: DeviceWorld
let home: Session
let guest: Session
/** The owner's chart as she has it, and as the guest does. */
let mine: Chart
let shared: Chart

beforeAll(async () => {
  world = await createDeviceWorld()
  home = (await world.account('Mei')).session
  guest = (await world.account('Chan')).session
  mine = await openFirst(home)
  mine.hold()
  await confirmed(home)
  await confirmed(guest)
  const grantee = await home.readSharingCode((await guest.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const outcome = await mine.share({
    grantee,
    scopes: ['profile', 'labs'].map((collection) => ({ collection, rights: ['read', 'append', 'amend'] })),
    until: Date.now() + 3_600_000,
    purpose: '',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(outcome.type).toBe('in-force')
  const isTheirs = ({ relation }: ChartSummary) => relation === 'shared'
  await guest.syncNow()
  const { slot } = (await until(guest.charts$, (all) => all.some(isTheirs))).find(isTheirs)!
  await guest.confirmChart(slot)
  await confirmed(guest)
  shared = (await guest.openChart(slot))!
  shared.hold()
}, 120_000)
afterAll(() => world?.close())

async function saved(
  chart: Chart,
  collection: string,
  resource: string,
  more: { id?: string; importSource?: string } = {},
): Promise<void> {
  const outcome = await chart.save({ collection, resource, ...more })
  expect(outcome.type).toBe('saved')
  // The next one is written later.
  await confirmed(chart === mine ? home : guest)
  await confirmed(chart === mine ? guest : home)
}

/** Both sides show the same records, under the names of the same authors. */
async function onBoth<T>(read: (records: ChartRecord[]) => T): Promise<T> {
  const [here, there] = [read(await firstValueFrom(mine.all$)), read(await firstValueFrom(shared.all$))]
  expect(there).toEqual(here)
  return here
}

const person = (name: string) => `{"resourceType":"Patient","name":[{"text":"${name}"}]}`

test('C9: a description of the person that a guest wrote goes after the owner’s, whichever was saved later', async () => {
  await saved(shared, 'profile', person('Somebody Else'))
  expect(await onBoth(patientName)).toBe('Mei')
  const [own] = (await firstValueFrom(mine.list$('profile'))).filter(({ author }) => author.me)
  await saved(mine, 'profile', person('Mei Chen'), { id: own!.id })
  expect(await onBoth(patientName)).toBe('Mei Chen')
})

test('C9: a newer choice for the emergency card that a guest wrote is none', async () => {
  const card = (language: 'en' | 'both') =>
    stringifyJson(newEmergencyCard({ shows: [], language, checked: '' }, '2026-11-23'))
  const language = (records: ChartRecord[]) =>
    emergencyCardChoice(parseJsonOrNull(cardRecordOf(records)?.resource ?? ''))?.language
  await saved(mine, 'profile', card('en'))
  await saved(shared, 'profile', card('both'))
  expect(await onBoth(language)).toBe('en')
})

test('C11: nobody but an owner says whose a record was that came late', async () => {
  const account = home.account
  await saved(shared, 'labs', '{"resourceType":"DiagnosticReport","code":{"text":"Sodium"}}', {
    importSource: `late:${account}:forged`,
  })
  const told = await onBoth((records) => {
    const { author, late, byOwner } = records.find(({ title }) => title === 'Sodium')!
    return { account: author.account, late, byOwner }
  })
  expect(told).toEqual({ account: guest.account, late: null, byOwner: false })
})
