/**
 * Charts of one name in a practice, on real stores and a real server: they are told apart, whose they are is compared with what they give, and who
 * shares them knows who can answer.
 */
import { answeringOf, noAnswerWords } from '@chartkeep/app/src/app/care/sharing/answering.ts'
import { chartLabels } from '@chartkeep/app/src/app/people/person-labels.ts'
import { comparableOf } from '@chartkeep/app/src/features/patients/told-identity.ts'
import { patientRows } from '@chartkeep/app/src/features/patients/patient-rows.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import type { Chart, Grantee, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, createDeviceWorld, type DeviceWorld, until } from '../../support/device-world.ts'

const { t } = startLanguages('en')
const DAY = 86_400_000

let world: DeviceWorld
let desk: Session
let home: Session
let grantee: Grantee

beforeAll(async () => {
  world = await createDeviceWorld()
  desk = (await world.practice('Green Clinic', 'Lin Wei')).session
  await confirmed(desk)
  home = (await world.account('Ann')).session
  await confirmed(home)
  const read = await home.readSharingCode((await desk.sharingCode()).code)
  if ('type' in read) throw new Error(read.type)
  grantee = read
}, 120_000)
afterAll(() => world?.close())

async function shared(name: string, birthDate: string): Promise<Chart> {
  const chart = await home.openChart((await home.createChart({ name, birthDate })).slot)
  if (chart === null) throw new Error(`${name} did not open`)
  chart.hold()
  await home.syncNow()
  const outcome = await chart.share({
    grantee,
    scopes: ['profile', 'messages'].map((collection) => ({ collection, rights: ['read', 'append'] })),
    until: Date.now() + DAY,
    purpose: 'Care',
    shown: { name, birthDate },
  })
  if (outcome.type !== 'in-force') throw new Error(outcome.type)
  return chart
}

test('C12, M9: namesakes have labels of their own, nothing is compared where a chart gives nothing, and who can answer follows the share', async () => {
  const first = await shared('Chen Bo', '1980-01-02')
  await shared('Chen Bo', '')
  // A chart is listed before its name is read.
  for (let pass = 0; pass < 3; pass++) await desk.syncNow()
  const all = await until(desk.charts$, (charts) => charts.filter(({ name }) => name === 'Chen Bo').length === 2)
  const people = all.filter(({ kind }) => kind === 'person')
  const labels = [...chartLabels(people, undefined, t, 'en').values()].toSorted()
  expect(labels).toEqual(['Chen Bo · 2 Jan 1980', 'Chen Bo · birth date not given'])
  // The list of patients says the same once they are confirmed.
  for (const { slot } of people) await desk.confirmChart(slot)
  const now = await until(desk.charts$, (charts) => charts.every(({ confirmed: isKnown }) => isKnown))
  const rows = patientRows(
    now.filter(({ kind }) => kind === 'person'),
    new Map(),
    { t, language: 'en', now: new Date() },
  )
  expect(rows.map(({ title }) => title).toSorted()).toEqual(labels)

  const given = people.map((chart) => comparableOf(chart).way)
  expect(given.toSorted()).toEqual(['date', 'nothing'])

  const words = async () => {
    const grants = await firstValueFrom(first.grants$)
    const answering = answeringOf(grants, 'messages', Date.now())
    return noAnswerWords(answering, grantee.account, t)
  }
  expect(await words()).toBe('')
  // A share with all of a practice is a grant to each of its roles: the last one that ends leaves nobody.
  for (const { id } of await firstValueFrom(first.grants$)) expect((await first.revoke(id)).type).toBe('in-force')
  expect(await words()).toBe('Sharing has ended. No one can answer this.')
}, 120_000)
