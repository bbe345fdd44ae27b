/**
 * H8: random steps of a server's clock, and restarts, while devices work: the server's time never goes back, and nothing ends or goes before its
 * time. CHARTKEEP_CLOCK_RUNS makes more of them, CHARTKEEP_SEED others.
 */
import { randomBytes } from '@chartkeep/crypto'
import { READ } from '@chartkeep/protocol'
import { createServerCore } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'
import { addAccessLog, addGrant, createAccount } from '../../support/author.ts'
import { putBlob, SEALED, testBlob } from '../../support/blob-author.ts'
import {
  accepted,
  AUDIENCE,
  createServerWorld,
  newMember,
  newVault,
  postNewest,
  settle,
  signIn,
} from '../../support/server-world.ts'
import { simRandom } from '../../support/sim-random.ts'

const RUNS = Number(process.env['CHARTKEEP_CLOCK_RUNS'] ?? 1)
const SEED = Number(process.env['CHARTKEEP_SEED'] ?? 20261125)
const STEPS = 40
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
/** Days of the access log; a run lives through fewer. */
const KEPT_DAYS = 30

async function runSteps(seed: number): Promise<{ steps: number; unsure: number; followed: number }> {
  const random = simRandom(`clock steps ${seed}`)
  const below = (most: number) => random.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) % most
  const world = createServerWorld()
  const { time, storage } = world
  const start = time.now()
  const owner = await newMember(world.core)
  const vault = await newVault(world.core, owner)
  const stream = vault.streams[0]!
  accepted(
    await world.core.postControl(owner.session, vault.id, { entries: [await addAccessLog(vault, randomBytes(32))] }),
  )
  const grantee = await createAccount()
  accepted(await world.core.register({ entry: grantee.entries[0]! }))
  await addGrant(vault, grantee, { streams: [{ stream, rights: READ }], notAfter: start + 300 * DAY })
  await postNewest(world.core, owner.session, vault)
  const begun = testBlob(vault.id, stream, [SEALED, 500])
  await putBlob(world.core, owner.session, owner.account, begun, [0])
  const again = () =>
    createServerCore({
      storage,
      signingKey: world.signingKey,
      clock: time,
      timers: time.timers,
      audience: AUDIENCE,
      randomBytes,
      accessLogDays: KEPT_DAYS,
    })
  let core = again()
  let [before, starts, unsure, followed, last] = [0, 1, 0, 0, 'sure']
  for (let step = 0; step < STEPS; step++) {
    const sign = below(2) === 0 ? -1 : 1
    const size = [0, below(4 * MINUTE), below(2 * DAY), below(60 * DAY), below(12 * YEAR)][below(5)]!
    time.setAhead(sign * size)
    // In small steps as requests come, the clock standing or not.
    for (let piece = 0; piece < 3; piece++) {
      await time.advance(below(90) * MINUTE)
      const { clock, time: line, day } = await core.keepTime()
      expect(line, `seed ${seed}, step ${step}`).toBeGreaterThanOrEqual(before)
      before = line
      const lived = time.steady()
      // Two days for each begun day, and 30 at each start.
      expect(line - start).toBeLessThanOrEqual(
        lived + 2 * DAY * (Math.floor(lived / DAY) + 1 + starts) + 30 * DAY * starts,
      )
      expect(day).toBeLessThanOrEqual(Math.floor(lived / (20 * HOUR)) + starts)
      if (clock === 'unsure') unsure++
      if (last === 'waiting' && clock === 'sure') followed++
      last = clock
    }
    const asGrantee = await signIn(core, grantee)
    accepted(await core.pull(asGrantee, vault.id, { streams: [{ stream, after: 0 }], budget: 1 << 20 }))
    const asOwner = await signIn(core, owner.account)
    await putBlob(core, asOwner, owner.account, testBlob(vault.id, stream, [300]))
    const { leaves } = accepted(await core.audit(asOwner, vault.id, { known: 0, after: 0, newest: 5000 }))
    await settle()
    expect(leaves.filter(({ stream: of, sealed }) => of === null && sealed === null)).toEqual([])
    expect(storage.read.blobOf(vault.id, stream, begun.blob)).not.toBeNull()
    if (starts < 4 && below(10) === 0) {
      starts++
      core = again()
      // What starts reads the newest time of the other, which had to the minute written it.
      before = Math.min(before, (await core.keepTime()).time + MINUTE) - MINUTE
    }
  }
  await world.close()
  return { steps: STEPS, unsure, followed }
}

test(
  'H8: random steps of the clock, with restarts: the line never goes back, no grant ends, nothing is pruned or dropped',
  async () => {
    const seen = { steps: 0, unsure: 0, followed: 0 }
    for (let run = 0; run < RUNS; run++) {
      const { steps, unsure, followed } = await runSteps(SEED + run)
      seen.steps += steps
      seen.unsure += unsure
      seen.followed += followed
    }
    console.log(`${seen.steps} steps, ${seen.unsure} looks while unsure, ${seen.followed} steps followed`)
    expect(seen.unsure).toBeGreaterThan(0)
    expect(seen.followed).toBeGreaterThan(0)
  },
  60_000 + RUNS * 20_000,
)
