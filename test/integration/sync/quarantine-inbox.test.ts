/** What arrives after the end (C9, C10, C11) between real machines and the real server core: submitted, kept apart, decided, and nothing lost. */
import { idText, textId } from '@chartkeep/protocol'
import type { LateAnswer } from '@chartkeep/protocol/ended'
import type { Envelope } from '@chartkeep/protocol/streams'
import {
  acceptNow,
  quarantinedCount,
  commitVersions,
  cutGrantNow,
  purgeRevokedVault,
  exclusive,
  submitLate,
  submitBeforePurge,
  lateItems,
  lateName,
  prepareVersion,
  readLateArrivals,
  TABLE,
  takeFromBox,
  waitingToSubmit,
  withForerunners,
} from '@chartkeep/sync/testing'
import { newAuditEvent, stringifyJson } from '@chartkeep/domain'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  resourceOf,
  rowOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { flipped } from '../../support/flipped.ts'
import { signInAt } from '../../support/hostile-server.ts'

const DAY_MS = 24 * 60 * 60_000
let world: AttackWorld
let clinic: Device
let grant: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  clinic = await world.provider()
  grant = await share(world, clinic, { medications: ['read'], labs: ['read', 'append', 'amend'] })
  await save(clinic, 'labs', 'in time')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
})
afterEach(() => world.close())

async function revoke(which = grant): Promise<void> {
  const { laptop } = world
  expect(await cutGrantNow(laptop.machine, laptop.server, which, 'revoked')).toMatchObject({ type: 'done' })
}

/** What the app does when a chart has ended: submits, removes its copy; answers how many envelopes stay here, sealed. */
async function leave(device = clinic): Promise<number> {
  expect(await device.sync()).toEqual({ type: 'ended' })
  await submitBeforePurge(device.machine, device.server)
  return purgeRevokedVault(device.machine)
}

async function look(device: Device): Promise<void> {
  await device.sync()
  await readLateArrivals(device.machine, device.server)
}

const items = (device: Device) =>
  lateItems(device.machine)
    .map(({ late, decision }) => `${decision} ${late.row.resource}`)
    .toSorted()
const item = (decision: string, text: string) => `${decision} ${resourceOf('labs', text)}`
const retry = (device = clinic) => submitLate({ ...device.machine, device: device.secrets.id }, device.server)

/** The decision as the app writes it down: an event of the owners' audit log. */
async function decide(device: Device, action: 'late-taken' | 'late-left', hash: string): Promise<void> {
  const resource = stringifyJson(
    newAuditEvent({
      action,
      account: '',
      device: '',
      name: '',
      at: 0,
      collection: 'labs',
      subject: '',
      count: 0,
      records: [lateName(hash)],
    }),
  )
  await exclusive(device.machine, async () => {
    const prepared = prepareVersion(device.machine, { collection: 'audit', resource })
    if (prepared.type !== 'row') throw new Error(prepared.type)
    await commitVersions(device.machine, [prepared])
  })
}

async function box(): Promise<Envelope[]> {
  const session = await signInAt(world.core, world.owner.account, world.laptop.secrets)
  const page = await world.core.lateBox(session, world.vault, 0)
  if (!('items' in page)) throw new Error(page.error)
  return page.items.map(({ envelope }) => envelope)
}

test('C10, C11: a device revoked while offline gets 0 bytes when it returns; what it had queued is in the box, is shown and not merged', async () => {
  const { laptop, phone } = world
  // Offline: one change of its own record, two new ones, an event. Nothing is sent.
  await save(clinic, 'labs', 'late change', rowOf(clinic, 'in time').id)
  await save(clinic, 'labs', 'late one')
  await save(clinic, 'labs', 'late two')
  await save(clinic, 'audit', 'late event')
  await revoke()
  await save(laptop, 'medications', 'after the cut')
  await laptop.sync()

  const before = clinic.server.calls.length
  expect(await leave()).toBe(0)
  // Back online it read the log, and not one entry of a list.
  expect(clinic.server.calls.slice(before)).not.toContain('pull')
  expect(clinic.server.calls.slice(before)).not.toContain('fetch')
  expect(clinic.rows.all()).toEqual([])
  expect(await box()).toHaveLength(4)

  for (const device of [laptop, phone]) {
    await look(device)
    expect(items(device)).toEqual(
      [item('open', 'late change'), item('open', 'late one'), item('open', 'late two')].toSorted(),
    )
    // Not merged, by any device, however often it looks.
    await look(device)
    expect(shown(device, 'labs')).toEqual(texts('labs', 'in time'))
    await device.reopen()
    expect(items(device)).toHaveLength(3)
  }
})

test('C11: taken in, it is a record of the owner that names its source, once, on every device; left out, it stays out; both free the box', async () => {
  const { laptop, phone } = world
  await save(clinic, 'labs', 'late one')
  await save(clinic, 'labs', 'late two')
  await revoke()
  await leave()
  for (const device of [laptop, phone]) await look(device)
  const hashOf = (text: string) =>
    lateItems(laptop.machine).find(({ late }) => late.row.resource === resourceOf('labs', text))!.hash

  // Both devices of the owner decide the same at once, far from each other.
  for (const device of [laptop, phone]) {
    expect(await takeFromBox(device.machine, hashOf('late one'))).toBe(true)
    await decide(device, 'late-taken', hashOf('late one'))
  }
  await decide(laptop, 'late-left', hashOf('late two'))
  for (const device of [laptop, phone, laptop, phone]) await look(device)
  for (const device of [laptop, phone]) {
    expect(shown(device, 'labs')).toEqual(texts('labs', 'in time', 'late one'))
    const taken = rowOf(device, 'late one')
    expect(taken.account).toBe(idText(world.owner.account))
    expect(taken.importSource).toBe(`late:${idText(clinic.person.account)}:${hashOf('late one')}`)
    expect(items(device)).toEqual([item('left', 'late two'), item('taken', 'late one')].toSorted())
  }
  expect(await box()).toEqual([])

  // A decision can be changed; the device that keeps the envelope still has it.
  expect(await takeFromBox(phone.machine, hashOf('late two'))).toBe(true)
  phone.clock.offset += 1000
  await decide(phone, 'late-taken', hashOf('late two'))
  await look(phone)
  await look(laptop)
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'in time', 'late one', 'late two'))
  expect(items(laptop).filter((each) => each.startsWith('left'))).toEqual([])
})

test('C11: what the server does not take stays sealed here, and a receipt that is none lets nothing go', async () => {
  await save(clinic, 'labs', 'late one')
  await revoke()
  clinic.server.lies = { handIn: async () => ({ type: 'offline' }) }
  expect(await leave()).toBe(1)
  const kept = () => clinic.rows.table(TABLE.undelivered).size
  expect(await retry()).toEqual({ type: 'offline' })
  clinic.server.lies = { handIn: async () => ({ type: 'error', error: 'server-error' }) }
  expect(await retry()).toEqual({ type: 'ok', handed: 0, left: 1, refused: 'server-error' })

  const bent: ((answer: LateAnswer) => LateAnswer)[] = [
    (answer) => ({ ...answer, signature: answer.signature.map((byte) => byte ^ 1) }),
    (answer) => ({ ...answer, time: answer.time + 1 }),
    (answer) => ({ ...answer, taken: [new Uint8Array(32)] }),
    (answer) => ({ ...answer, taken: [] }),
    (answer) => ({ ...answer, refused: 'quota' }),
  ]
  for (const bend of bent) {
    clinic.server.lies = {
      // The server does not even keep it.
      handIn: async (honest) => {
        const answer = await honest()
        return answer.type === 'ok' ? { type: 'ok', value: bend(answer.value) } : answer
      },
    }
    expect(await retry()).toMatchObject({ handed: 0, left: 1 })
    expect(kept()).toBe(1)
  }
  clinic.server.lies = {}
  expect(await retry()).toEqual({ type: 'ok', handed: 1, left: 0, refused: null })
  expect(kept()).toBe(0)
  // The same again, as after a lost answer, is one envelope.
  expect(await box()).toHaveLength(1)
})

test.each(['die-before', 'die-after'] as const)(
  'C10, C11: killed (%s) as the receipt is written, the device submits once more, and the owner sees one record',
  async (fate) => {
    await save(clinic, 'labs', 'late one')
    await revoke()
    expect(await clinic.sync()).toEqual({ type: 'ended' })
    let commits = 0
    // The first commit seals, the second keeps the receipt.
    clinic.fate = () => (++commits === 2 ? fate : 'write')
    void submitBeforePurge(clinic.machine, clinic.server)
    await clinic.died
    clinic.fate = () => 'write'
    await clinic.reopen()
    expect(waitingToSubmit(clinic.machine)).toHaveLength(fate === 'die-before' ? 1 : 0)
    expect(await leave()).toBe(0)
    expect(await box()).toHaveLength(1)
    await look(world.laptop)
    expect(items(world.laptop)).toEqual([item('open', 'late one')])
  },
)

test('C11: for 90 days after the end and no longer, by the clock of the server; what it took it keeps', async () => {
  await save(clinic, 'labs', 'in the last minute')
  await revoke()
  const end = world.time.now
  clinic.server.lies = { handIn: async () => ({ type: 'offline' }) }
  expect(await leave()).toBe(1)
  clinic.server.lies = {}
  world.time.now = end + 90 * DAY_MS - 1
  expect(await retry()).toEqual({ type: 'ok', handed: 1, left: 0, refused: null })
  world.time.now = end + 900 * DAY_MS
  await look(world.laptop)
  expect(items(world.laptop)).toEqual([item('open', 'in the last minute')])
})

test('C11: 90 days after the end what comes is refused, and stays on the device', async () => {
  await save(clinic, 'labs', 'a minute too late')
  await revoke()
  const end = world.time.now
  clinic.server.lies = { handIn: async () => ({ type: 'offline' }) }
  expect(await leave()).toBe(1)
  clinic.server.lies = {}
  world.time.now = end + 90 * DAY_MS
  expect(await retry()).toEqual({ type: 'ok', handed: 0, left: 1, refused: 'too-late' })
})

test('C11, C6: nobody but owners reads or settles the box, and who never held the grant puts nothing in', async () => {
  await save(clinic, 'labs', 'late one')
  await revoke()
  await leave()
  const [envelope] = await box()
  const stranger = await world.provider()
  const at = async (device: Device) => signInAt(world.core, device.person.account, device.secrets)
  const nowhere = textId('A'.repeat(22))!
  const absent = { type: 'error', error: 'not-found' }
  for (const device of [clinic, stranger]) {
    const session = await at(device)
    expect(await world.core.lateBox(session, world.vault, 0)).toEqual(absent)
    expect(await world.core.lateBox(session, nowhere, 0)).toEqual(absent)
    expect(await world.core.settleLate(session, world.vault, { hashes: [] })).toEqual(absent)
  }
  const post = { envelopes: [envelope!] }
  expect(await world.core.handIn(await at(stranger), world.vault, post)).toEqual(absent)
  expect(await world.core.handIn(await at(stranger), nowhere, post)).toEqual(absent)
  // Somebody with an ended grant of its own brings what another one wrote.
  const other = await share(world, stranger, { labs: ['read', 'append'] })
  expect(await world.core.handIn(await at(stranger), world.vault, post)).toEqual(absent)
  await revoke(other)
  expect(await world.core.handIn(await at(stranger), world.vault, post)).toMatchObject({
    taken: [],
    refused: 'refused',
  })
  expect(await box()).toHaveLength(1)
})

test('C11: an owner keeps nothing from the box that does not prove itself, and what does comes through all of it', async () => {
  const { laptop } = world
  await save(clinic, 'labs', 'true')
  await revoke()
  await leave()
  const [honest] = await box()
  const bent: Envelope[] = [
    { ...honest!, body: flipped(honest!.body, 80) },
    { ...honest!, header: flipped(honest!.header, 60) },
    { ...honest!, header: honest!.header.slice(1) },
    { ...honest!, proof: { ...honest!.proof, signature: flipped(honest!.proof.signature, 3) } },
    { ...honest!, body: honest!.body.slice(1) },
  ]
  laptop.server.lies = {
    lateBox: (_, after) => ({
      type: 'ok',
      value: {
        items: [...bent, honest!].map((envelope, index) => ({ place: index + 1, time: 5, envelope })).slice(after),
        last: bent.length + 1,
      },
    }),
  }
  await look(laptop)
  expect(items(laptop)).toEqual([item('open', 'true')])
  expect(laptop.rows.table(TABLE.late).size).toBe(1)
  // A box whose places do not move ends the reading.
  laptop.server.lies = {
    lateBox: () => ({ type: 'ok', value: { items: [{ place: 1, time: 5, envelope: bent[0]! }], last: 99 } }),
  }
  await look(laptop)
  expect(items(laptop)).toEqual([item('open', 'true')])
})

test('C9, Y4: what was numbered beyond the cut is shown, and accepted it counts on every device, whatever came first', async () => {
  const { laptop, phone } = world
  const third = await world.addDevice('tablet')
  // The cut pins what the laptop has read; the clinic writes on between that and the cut.
  await laptop.sync()
  await phone.sync()
  await save(clinic, 'labs', 'beyond', rowOf(clinic, 'in time').id)
  await save(clinic, 'labs', 'beside')
  const pulls = laptop.server.lies
  laptop.server.lies = {
    postControl: async (honest) => {
      laptop.server.lies = pulls
      expect(await clinic.sync()).toEqual({ type: 'synced' })
      return honest()
    },
  }
  await phone.sync()
  await revoke()
  for (const device of [laptop, phone]) {
    await look(device)
    expect(shown(device, 'labs')).toEqual(texts('labs', 'in time'))
    expect(items(device)).toEqual([item('open', 'beside'), item('open', 'beyond')])
    expect(quarantinedCount(device.machine)).toBe(0)
    expect(aside(device)).toEqual(['cut', 'cut'])
  }
  const hashes = new Map(lateItems(laptop.machine).map(({ late, hash }) => [late.row.resource, hash]))
  const envelopes = withForerunners(laptop.machine, hashes.get(resourceOf('labs', 'beyond'))!)
  expect(await acceptNow(laptop.machine, laptop.server, envelopes)).toMatchObject({ type: 'done' })
  // Asked twice it is one entry.
  const { n } = laptop.machine.control!
  expect(await acceptNow(laptop.machine, laptop.server, envelopes)).toMatchObject({ type: 'done' })
  expect(laptop.machine.control!.n).toBe(n)
  for (const device of [laptop, phone, third]) {
    await look(device)
    expect(shown(device, 'labs')).toEqual(texts('labs', 'beyond'))
    expect(items(device).filter((each) => each.startsWith('open'))).toEqual([item('open', 'beside')])
    const row = rowOf(device, 'beyond')
    expect(row.account).toBe(idText(clinic.person.account))
    await device.reopen()
    expect(shown(device, 'labs')).toEqual(texts('labs', 'beyond'))
  }
})

test('C9: an `accept` of what the server does not have is refused there, and a grantee signs none', async () => {
  const { laptop } = world
  const stream = world.stream('labs')
  const made = [{ stream, hash: new Uint8Array(32).fill(7) }]
  expect(await acceptNow(laptop.machine, laptop.server, made)).toEqual({ type: 'error', error: 'heads-unknown' })
  expect(await acceptNow(clinic.machine, clinic.server, made)).toMatchObject({ type: 'error' })
})

test('C7, C11: shared again, the device submits what it had kept of the first grant', async () => {
  await save(clinic, 'labs', 'kept since')
  await revoke()
  clinic.server.lies = { handIn: async () => ({ type: 'offline' }) }
  expect(await leave()).toBe(1)
  clinic.server.lies = {}
  await share(world, clinic, { labs: ['read', 'append'] })
  expect(await retry()).toMatchObject({ handed: 1, left: 0 })
  await look(world.laptop)
  expect(items(world.laptop)).toEqual([item('open', 'kept since')])
  expect(shown(world.laptop, 'labs')).toEqual(texts('labs', 'in time'))
})
