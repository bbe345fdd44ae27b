/**
 * Scenarios in which a patient and a practice write messages, requests and bookings apart. CHARTKEEP_CARE_SCENARIOS says how many.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { bookingsOf, unreadIn } from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { type Deriving, runCare } from '../support/sim-care.ts'

const AMOUNT = Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 40)
const STEPS = 80

test('M1, M4, M5, Y3, properties 1 and 2: no message is lost, no booking is lost, and no double booking is unseen', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runCare(seed, STEPS))
  expect(found).toEqual([])
  for (const what of ['clash', 'open conflict', 'Communication', 'Appointment', 'AppointmentResponse'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

/** `from`: a scenario that says it. */
const faultsWith = (deriving: Partial<Deriving>, wanted: RegExp, from: number) =>
  faultsUntil(wanted, (seed) => runCare(seed, STEPS, { bookings: bookingsOf, unread: unreadIn, ...deriving }), from)

test('M5: a calendar in which the first of two bookings wins is told: the property can fail', async () => {
  const unseen = /M5: .* are booked at one time and nobody is told/u
  const derived: Partial<Deriving> = {
    bookings: (entries) => {
      const { bookings, ...rest } = bookingsOf(entries)
      const isFirst = (at: number) =>
        bookings.findIndex(({ start, member }) => start === bookings[at]!.start && member === bookings[at]!.member) ===
        at
      return { ...rest, clashes: [], bookings: bookings.filter((_, at) => isFirst(at)) }
    },
  }
  const faults = await faultsWith(derived, unseen, 20_261_123)
  expect(faults).toMatch(unseen)
  expect(faults).toMatch(/M4: booking .* is not there/u)
})

test('M1: a count that reads up to a time is told: the property can fail', async () => {
  const wrong = /M1: .* is unread and shown otherwise/u
  const derived: Partial<Deriving> = {
    unread: ({ messages }, key) => {
      const last = messages.findLastIndex(({ receipts }) =>
        receipts.some(({ kind, by }) => kind === 'read' && by.key === key),
      )
      return messages.slice(last + 1).filter(({ from }) => from.key !== key)
    },
  }
  expect(await faultsWith(derived, wrong, 20_261_124)).toMatch(wrong)
})
