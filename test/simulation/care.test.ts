/** Scenarios in which a patient and a practice write messages, requests and bookings apart. CHARTKEEP_CARE_SCENARIOS says how many. */
import { bookingsOf, unreadIn } from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { seeded } from '../support/seeded.ts'
import { type Deriving, runCare } from '../support/sim-care.ts'

const { seed: first, numRuns } = seeded(Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 8))
const STEPS = 80

test('M1, M4, M5, Y3, properties 1 and 2: no message is lost, no booking is lost, and no double booking is unseen', async () => {
  const found: string[] = []
  const counts: Record<string, number> = {}
  for (let seed = first; seed < first + numRuns; seed++) {
    const result = await runCare(seed, STEPS)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0)
      found.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}\n${result.trace.join('\n')}`)
  }
  console.log(JSON.stringify(counts))
  expect(found).toEqual([])
  for (const what of ['clash', 'open conflict', 'Communication', 'Appointment', 'AppointmentResponse'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

/** Faults of scenarios derived in another way, until one of this kind is found. */
async function faultsWith(deriving: Partial<Deriving>, wanted: RegExp): Promise<string> {
  const faults: string[] = []
  for (let seed = first; seed < first + 20 && !faults.some((fault) => wanted.test(fault)); seed++)
    faults.push(...(await runCare(seed, STEPS, { bookings: bookingsOf, unread: unreadIn, ...deriving })).faults)
  return faults.join('\n')
}

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
  const faults = await faultsWith(derived, unseen)
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
  expect(await faultsWith(derived, wrong)).toMatch(wrong)
})
