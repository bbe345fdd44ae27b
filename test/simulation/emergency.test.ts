/** Scenarios of emergency access among a practice's members who come, change roles and leave. CHARTKEEP_CARE_SCENARIOS says how many. */
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { runEmergency } from '../support/sim-emergency.ts'
import type { EmergencyMistakes } from '../support/sim-emergency-world.ts'

const AMOUNT = Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 9)
const STEPS = 70

test('C13, C4, C10, C11, properties 2, 7: no epoch is opened without a use that the owner knows of, none after its end, and nothing written in it is lost', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runEmergency(seed, STEPS))
  expect(found).toEqual([])
  const wanted = ['open ok', 'open offline', 'opened epoch', 'audit', 'cut expired', 'peek', 'finish', 'left', 'end ok']
  for (const what of [...wanted, 'cut when left']) expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

test.each([
  [653116351, 'C12, F1: a log that is shown to the last cut of what a member has left is an end, and no rollback'],
  [
    653116206,
    'C13, C10: keys that came with an opening whose answer was lost go with its end, beside a share that goes on',
  ],
  [653116280, 'C13, C10: and so in another order of events'],
  [1668669371, 'C13, C10: and with nothing else that lets its device in'],
])('scenario %i, %s', async (seed) => {
  // As it was found, before anybody could end an opening early.
  expect((await runEmergency(seed, STEPS, {}, false)).faults).toEqual([])
})

test('scenario 936569067, C13: who has ended an opening early is shown no keys from then on, though the grant is in force for another member', async () => {
  expect((await runEmergency(936569067, STEPS, {}, true, false)).faults).toEqual([])
})

test.each([1086482469, 1086482527])(
  'scenario %i, C13: a device that comes in by another one has opened none of what that one opened',
  async (seed) => {
    expect((await runEmergency(seed, STEPS, {}, true, false)).faults).toEqual([])
  },
)

test('scenario 77147, C13: an early end of which the server hears after the cut, by a share that continues, is known to each device of the owner', async () => {
  expect((await runEmergency(77147, STEPS, {}, true, false)).faults).toEqual([])
})

/** For one mistake each: what the scenarios say of it, and one that says it where it is not the first. */
const MISTAKES: [what: string, mistakes: EmergencyMistakes, told: RegExp, from?: number][] = [
  [
    'a server that hands out keys and stores no request',
    { handsOut: true },
    /7 C13: .* opens epoch \d+, and the owner/u,
  ],
  ["an owner's device that never cuts", { untidy: true }, /7 C13: .* opens the newest epoch/u, 20_261_124],
  ['a server that shows owners no request', { hidesUses: true }, /C13: .* knows nothing of what/u],
  ['devices that know of no end', { endless: true }, /7 C13: .* keeps what it opened/u, 20_261_124],
  ['a member who ends another opening than hers', { misnames: true }, /C13: .* does not know that/u, 20_261_132],
  ['a server that goes on showing what was ended', { ignoresEnds: true }, /7 C13: .* is shown/u],
  ['C11: a server that shows nothing of what comes late', { dropsLate: true }, /2 C11: .* is lost/u, 20_261_124],
]

test.each(MISTAKES)('C13: %s: told: the property can fail', async (_, mistakes, told, from) => {
  expect(await faultsUntil(told, (seed) => runEmergency(seed, STEPS, mistakes), from)).toMatch(told)
})
