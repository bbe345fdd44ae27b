/** Faults of a device that no other test holds: a month asleep while everything changes, and peers that run a newer version. docs/faults.md lists the others. */
import { sign } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { ControlBody, controlHead } from '@chartkeep/protocol/control'
import { entryMessage } from '@chartkeep/protocol/signed'
import { cutDeviceNow, cutGrantNow, deviceRemovedEntry, waitingCount } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noteOutcome } from '../../support/fault-report.ts'
import {
  aside,
  createAttackWorld,
  forge,
  holds,
  resourceOf,
  rowOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
} from '../../support/attack-world.ts'
import { signHeadAs } from '../../support/hostile-server.ts'

const DAY_MS = 24 * 60 * 60_000

let world: AttackWorld
beforeEach(async () => {
  world = await createAttackWorld()
})
afterEach(() => world.close())

test.each([0, 400 * DAY_MS, -400 * DAY_MS])(
  'P6, Y1, C5: 30 days asleep with edits of its own, while devices went, grants ended and keys changed; its clock is off by %d ms: both come into step',
  async (offset) => {
    const { laptop, phone, owner } = world
    const clinic = await world.provider()
    const grant = await share(world, clinic, { medications: ['read'] })
    const tablet = await world.addDevice('tablet')
    await save(phone, 'medications', 'of before')
    await phone.sync()
    await laptop.sync()
    // The laptop saves and falls asleep; none of it has been sent.
    await save(laptop, 'medications', 'on the way to sleep')
    await save(laptop, 'medications', 'of before, changed', rowOf(laptop, 'of before').id)
    await save(laptop, 'labs', 'a lab on the way to sleep')

    await phone.sync()
    expect(await cutGrantNow(phone.machine, phone.server, grant, 'revoked')).toMatchObject({ type: 'done' })
    const book = phone.book.lookup(owner.account)!
    const removal = await deviceRemovedEntry(
      book,
      phone.secrets,
      tablet.secrets.id,
      phone.boxKeys(),
      phone.machine.randomBytes,
    )
    expect((await phone.server.postAccount(owner.account, removal)).type).toBe('ok')
    await phone.book.append(owner.account, [removal])
    expect(await cutDeviceNow(phone.machine, phone.server, owner.account, tablet.secrets.id)).toMatchObject({
      type: 'done',
    })
    for (let day = 0; day < 30; day++) {
      world.time.now += DAY_MS
      if (day % 10 === 0) await save(phone, 'medications', `day ${day}`)
      await phone.sync()
    }

    laptop.clock.offset = offset
    await laptop.reopen()
    expect(waitingCount(laptop.machine)).toBe(3)
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    expect(waitingCount(laptop.machine)).toBe(0)
    await phone.sync()
    await laptop.sync()
    const all = ['of before, changed', 'on the way to sleep', 'day 0', 'day 10', 'day 20']
    for (const device of [laptop, phone]) {
      expect(shown(device, 'medications')).toEqual(texts('medications', ...all))
      expect(shown(device, 'labs')).toEqual(texts('labs', 'a lab on the way to sleep'))
      expect(aside(device)).toEqual([])
    }
    noteOutcome(`30 days asleep, clock off by ${offset / DAY_MS} days`, 'in step')
  },
)

test('P6, E6: records that a newer version wrote are quarantined with their reason; what is understood comes in, and nothing is lost', async () => {
  const { laptop, phone } = world
  await save(laptop, 'labs', 'mine')
  const labs = world.stream('labs')
  const plain = utf8ToBytes(`{"v":2,"vault":"${idText(world.vault)}","shape":"of tomorrow","resource":{}}`)
  const newer = await forge(phone, labs, {}, { bytes: plain })
  expect((await phone.server.push(world.vault, [{ ...newer, body: newer.body!, proof: newer.proof! }])).type).toBe('ok')
  const other = await world.addDevice('of today')
  await other.sync()
  await save(other, 'labs', 'of today')
  await other.sync()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(aside(laptop)).toEqual(['inner'])
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'mine', 'of today'))
  noteOutcome('a record of a newer version', 'put aside, the rest in step')
})

test('P6, C2: an entry of a kind that this version does not know stops the chart with a plain reason; what is saved stays, and is sent once the program is new', async () => {
  const { laptop, phone } = world
  await save(laptop, 'labs', 'mine')
  const known = phone.machine.control!
  const body = encodeMessage({
    ...decodeAs(ControlBody, phone.machine.controlEntries[0]!.body)!,
    n: known.n + 1,
    prev: controlHead(known).h,
    type: 'of-tomorrow',
    streams: [],
    epochs: [],
    parts: [],
  })
  const signature = await sign(phone.secrets.signing, entryMessage('control-entry', body))
  const head = await signHeadAs(world.key, {
    kind: 'control',
    id: world.vault,
    n: known.n + 1,
    h: new Uint8Array(32).fill(7),
  })
  laptop.server.lies.control = (honest) =>
    honest.type === 'ok' ? { type: 'ok', value: { entries: [{ body, signature, parts: [] }], head } } : honest
  const outcome = await laptop.sync()
  expect(outcome).toEqual({ type: 'stopped', fault: 'refused', what: 'control-entry malformed' })
  expect(holds(laptop, resourceOf('labs', 'mine'))).toBe(true)
  expect(waitingCount(laptop.machine)).toBe(1)
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect(shown(phone, 'labs')).toEqual(texts('labs', 'mine'))
  noteOutcome('a log entry of a newer version', 'stopped: control-entry malformed')
})
