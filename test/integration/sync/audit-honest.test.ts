/**
 * With an honest server no device ever says that the log does not hold (A2, A3): two owner's devices and a provider do things in random
 * order, access is given and cut, devices die between commits, and the server comes back from what it had made durable.
 */
import { idText } from '@chartkeep/protocol'
import { auditCheck, auditReadOf, cutGrantNow, syncAudit, type AuditOutcome } from '@chartkeep/sync/testing'
import { afterEach, expect, test } from 'vitest'
import { save, share, type Device } from '../../support/attack-world.ts'
import { createAuditWorld, notes, type AuditDevice, type AuditWorld } from '../../support/audit-world.ts'
import { settle } from '../../support/server-world.ts'
import { simRandom } from '../../support/sim-random.ts'

let world: AuditWorld
afterEach(() => world?.close())

const STEPS = 60

test.each([1, 2, 3, 4, 5, 6])(
  'A2, A3: whatever honest parties do, every log holds and every push has its note (seed %i)',
  async (seed) => {
    const { pick, chance, int } = simRandom(`audit-honest ${seed}`)
    world = await createAuditWorld()
    const owners = [world.own, world.other]
    const provider = await world.provider()
    let grant: Uint8Array | null = null
    const outcomes: AuditOutcome[] = []
    const pass = async ({ device, audit }: AuditDevice) => {
      const synced = await device.sync()
      if (synced.type !== 'synced') throw new Error(JSON.stringify(synced))
      if (chance(0.5)) await settle()
      outcomes.push(await syncAudit(device.machine, audit))
    }
    const write = (device: Device) => save(device, pick(['audit', 'labs', 'medications']), `text ${int(1e9)}`)

    for (let step = 0; step < STEPS; step++) {
      const action = pick(['write', 'write', 'sync', 'sync', 'provider', 'share', 'restart', 'reopen', 'time'])
      if (action === 'write') await write(pick(owners).device)
      if (action === 'sync') await pass(pick(owners))
      if (action === 'time') world.time.now += int(2 * 60 * 60_000)
      if (action === 'reopen') await pick(owners).device.reopen()
      if (action === 'share' && grant === null) {
        grant = await share(world, provider, { labs: ['read', 'append'] }, 30 * 24 * 60 * 60_000)
      } else if (action === 'share' && grant !== null) {
        await world.own.device.sync()
        expect((await cutGrantNow(world.laptop.machine, world.laptop.server, grant, 'revoked')).type).toBe('done')
        grant = null
      }
      if (action === 'provider' && grant !== null) {
        await save(provider, pick(['audit', 'labs']), `provider ${int(1e9)}`)
        await provider.sync()
      }
      // What was not written down yet is lost, as in a crash; what was signed is not.
      if (action === 'restart') world.restart()
    }
    for (let round = 0; round < 3; round++)
      for (const owner of owners) {
        await settle()
        await pass(owner)
      }
    expect(outcomes.filter(({ type }) => type !== 'ok')).toEqual([])
    for (const { device } of owners) {
      const check = auditCheck(device.machine)!
      expect(check).toMatchObject({ fault: null, missing: 0, unnoted: 0, gaps: [], read: check.size })
      expect(notes(device)).not.toContain(null)
      expect(check.witnesses).toHaveLength(1)
    }
    const [a, b] = owners.map(({ device }) => auditReadOf(device.machine)!)
    const shorter = Math.min(a!.accessN, b!.accessN)
    const told = owners.map(({ device }) =>
      notes(device)
        .slice(0, shorter)
        .map((note) => `${note!.kind} ${idText(note!.device)}`),
    )
    expect(told[0]).toEqual(told[1])
    expect(shorter).toBeGreaterThan(5)
  },
)
