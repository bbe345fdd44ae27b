/** What rings of a chart in a real store: none of a medicine that has ended or is to come, and nothing for somebody who has died. */
import type { Chart } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { calendarEntries, upcomingEventsOf } from '@chartkeep/app/src/app/reminders/upcoming-events.ts'
import { comingUp } from '@chartkeep/app/src/features/overview/coming.ts'
import { localTime } from '@chartkeep/app/src/ui/fields/date-entry.ts'
import { firstValueFrom } from 'rxjs'
import { createDeviceWorld, type DeviceWorld, openFirst } from '../../support/device-world.ts'

const NOW = new Date(2026, 10, 25, 12)

let world: DeviceWorld
let chart: Chart

beforeEach(async () => {
  world = await createDeviceWorld()
  const { session } = await world.account('Mei', world.device('Laptop'), null)
  chart = await openFirst(session)
})
afterEach(() => world.close())

const medicine = (name: string, more: object) =>
  chart.save({
    collection: 'medications',
    resource: JSON.stringify({
      resourceType: 'MedicationStatement',
      status: 'active',
      medicationCodeableConcept: { text: name },
      dosage: [{ timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd', timeOfDay: ['18:00:00'] } } }],
      ...more,
    }),
  })

async function told(): Promise<{ rings: string[]; calendar: number; coming: number }> {
  const records = await firstValueFrom(chart.all$)
  const views = new RecordViews()
  const { appointments, vaccines, supplies } = comingUp(records, views, NOW)
  return {
    rings: upcomingEventsOf(records, [], views, NOW).map(({ date, record }) => `${record?.title} ${date}`),
    calendar: calendarEntries(records, views, { doses: 0, appointments: 60, vaccines: 0 }, NOW).length,
    coming: [...appointments, ...vaccines, ...supplies].length,
  }
}

test('Ended is ended: a medicine whose period is over no longer rings, one that continues to the evening rings once, one to come not yet', async () => {
  await medicine('Over', { effectivePeriod: { start: '2026-11-01', end: '2026-11-24' } })
  await medicine('Ends tonight', {
    effectivePeriod: { end: localTime(new Date(2026, 10, 25, 19)) },
  })
  await medicine('Ends before', { effectivePeriod: { end: localTime(new Date(2026, 10, 25, 17)) } })
  await medicine('Next week', { effectivePeriod: { start: '2026-12-02' } })
  expect((await told()).rings).toEqual(['Ends tonight 2026-11-25T18:00'])
})

test('Died: nothing rings and nothing comes up in the chart of somebody who has died, and the records stay', async () => {
  await medicine('Metformin', {})
  await chart.save({
    collection: 'appointments',
    resource: JSON.stringify({
      resourceType: 'Appointment',
      status: 'booked',
      description: 'Eyes',
      start: localTime(new Date(2026, 10, 27, 9)),
      participant: [{ status: 'accepted' }],
    }),
  })
  await chart.save({
    collection: 'immunizations',
    resource: JSON.stringify({
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: { text: 'Tetanus' },
      occurrenceDateTime: '2016',
      extension: [{ url: 'urn:chartkeep:extension:next-dose-due', valueDate: '2026-10' }],
    }),
  })
  const before = await told()
  expect(before.rings).toContain('Metformin 2026-11-25T18:00')
  expect([before.calendar, before.coming]).toEqual([2, 2])
  await chart.save({
    collection: 'profile',
    resource: JSON.stringify({ resourceType: 'Patient', name: [{ text: 'Mei' }], deceasedDateTime: '2026-11-20' }),
  })
  expect(await told()).toEqual({ rings: [], calendar: 0, coming: 0 })
  expect((await firstValueFrom(chart.all$)).filter(({ type }) => type !== 'Patient')).toHaveLength(3)
})
