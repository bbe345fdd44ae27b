/** C10: what happens on a grantee's device when its access ends, and what does not. */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { decodeHeader, type Envelope } from '@chartkeep/protocol/streams'
import { cutGrantNow, purgeRevokedVault, outboxOf, TABLE } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  CANARY,
  createAttackWorld,
  honestStream,
  resourceOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { makeUpStream, serveInstead } from '../../support/hostile-server.ts'

let world: AttackWorld
let clinic: Device
let grant: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  await save(world.laptop, 'medications', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  grant = await share(world, clinic, { medications: ['read'], labs: ['read', 'append'] })
  await save(clinic, 'labs', 'delivered')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
})

afterEach(() => world.close())

/** Everything in the rows of the device, as one text of bytes. */
function inRows(device: Device, text: string): boolean {
  const needle = Buffer.from(utf8ToBytes(text))
  const tables = Object.values(TABLE).flatMap((table) => [...device.rows.table(table).values()])
  const seen = (value: unknown): boolean => {
    if (typeof value === 'string') return value.includes(text)
    if (value instanceof Uint8Array) return Buffer.from(value).includes(needle)
    return typeof value === 'object' && value !== null && Object.values(value).some(seen)
  }
  return device.rows.all().length > 0 || tables.some(seen)
}

async function revoke(): Promise<void> {
  const { laptop } = world
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
}

test("C10: after a verified cut the grantee's rows hold no data and no key, and what was not delivered is kept sealed", async () => {
  await save(clinic, 'labs', 'sealed and unanswered')
  clinic.server.lies = { push: async () => ({ type: 'offline' }) }
  expect(await clinic.sync()).toEqual({ type: 'offline' })
  await save(clinic, 'labs', 'never sealed')
  await save(clinic, 'audit', 'never sealed either')
  clinic.server.lies = {}
  await revoke()
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  expect(inRows(clinic, CANARY)).toBe(true)
  const keys = [...clinic.machine.keys.streams.values()].flatMap(({ byEpoch }) => [...byEpoch.values()])

  expect(await purgeRevokedVault(clinic.machine)).toBe(3)
  expect(inRows(clinic, CANARY)).toBe(false)
  expect(outboxOf(clinic.machine)).toEqual([])
  expect(clinic.machine.keys.streams.size).toBe(0)
  await clinic.reopen()
  // The account's box keys open nothing in what is left.
  expect(clinic.machine.keys.streams.size).toBe(0)
  for (const key of keys) expect(inRows(clinic, Buffer.from(key).toString('latin1'))).toBe(false)
  expect(await clinic.sync()).toEqual({ type: 'ended' })

  // Sealed under the last key that it had: the owner can open it (C11 will take it).
  const kept = [...clinic.rows.table(TABLE.undelivered).values()] as unknown as (Envelope & { stream: string })[]
  expect(kept).toHaveLength(3)
  const labs = world.stream('labs')
  const late = kept.filter(({ stream }) => stream === idText(labs))
  expect(late.map(({ header }) => decodeHeader(header)!.epoch)).toEqual([1, 1])
  const entries = late.map(({ header, body, proof }) => ({
    n: 0,
    outcome: 'current' as const,
    header,
    bodyHash: body,
    body,
    proof,
  }))
  const made = await makeUpStream(world.key, world.vault, labs, [...(await honestStream(world, labs)), ...entries])
  world.phone.server.lies = serveInstead(labs, made)
  await world.phone.sync()
  expect(
    [...world.phone.rows.table(TABLE.quarantine).values()].map((value) => (value as { reason: string }).reason),
  ).toEqual(['cut', 'cut'])
})

test("C10: no deletion leaves the grantee's device, and the patient keeps what the grantee wrote", async () => {
  await revoke()
  await clinic.sync()
  const pushes = clinic.server.pushed.length
  await purgeRevokedVault(clinic.machine)
  await clinic.sync()
  expect(clinic.server.pushed.length).toBe(pushes)
  await world.laptop.sync()
  expect(shown(world.laptop, 'labs')).toEqual(texts('labs', 'delivered'))
})

test.each(['not-found', 'no-right', 'unauthenticated'] as const)(
  "C10, Y5: a refusal with %s alone purges nothing: only a verified cut, or the server's signed time, does",
  async (error) => {
    clinic.server.lies = { everything: () => ({ type: 'error', error }) }
    expect(await clinic.sync()).toEqual({ type: 'error', error })
    expect(shown(clinic, 'medications')).toEqual(texts('medications', 'first'))
    clinic.clock.offset = 3650 * 24 * 60 * 60_000
    expect(await clinic.sync()).toEqual({ type: 'error', error })
    expect(shown(clinic, 'medications')).toEqual(texts('medications', 'first'))
    clinic.server.lies = {}
    expect(await clinic.sync()).toEqual({ type: 'synced' })
  },
)

test("C10: at its end by the server's signed time a grant is over without a cut, and not a moment before", async () => {
  const start = world.time.now
  world.time.now = start + 2 * 24 * 60 * 60_000 - 1
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  world.time.now = start + 2 * 24 * 60 * 60_000 + 1_000
  expect(await clinic.sync()).toEqual({ type: 'ended' })
})

test('C7, F3: a chart that ended and is shared again is read from its beginning, and its device writes on from the head of the server', async () => {
  const { laptop } = world
  await save(clinic, 'labs', 'never delivered')
  await revoke()
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  await purgeRevokedVault(clinic.machine)
  await save(laptop, 'medications', 'second')
  await laptop.sync()
  await share(world, clinic, { medications: ['read'], labs: ['read', 'append'] })
  expect(shown(clinic, 'medications')).toEqual(texts('medications', 'first', 'second'))
  await save(clinic, 'labs', 'under the new grant')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'delivered', 'under the new grant'))
  expect(clinic.rows.all().some(({ resource }) => resource === resourceOf('labs', 'never delivered'))).toBe(false)
})
