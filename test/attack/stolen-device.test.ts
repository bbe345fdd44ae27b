/**
 * A device of the owner that was stolen unlocked and then removed (K4, K5, C4, C9): the thief has its real keys, all that it ever read, and
 * in the second half a server that does whatever he asks. He adds no device, opens no later epoch, and signs nothing that counts.
 */
import { randomBytes } from '@chartkeep/crypto'
import { encodeMessage, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead, applyAccountEntry } from '@chartkeep/protocol/account'
import { controlHead, deviceCut, type ControlEntry } from '@chartkeep/protocol/control'
import type { AccountLogPage, ControlLogPage } from '@chartkeep/protocol/messages'
import { entryHash, type SignedEntry } from '@chartkeep/protocol/signed'
import { decodeHeader, hashEnvelope } from '@chartkeep/protocol/streams'
import {
  acceptEntry,
  authorOf,
  bringPrivateLists,
  createDevice,
  cutGrantNow,
  deviceAddedEntry,
  deviceRemovedEntry,
  grantEntry,
  lateItems,
  newestKey,
  openBoxKeys,
  openParts,
  readLateArrivals,
  maintainMembership,
  type Answer,
  type DeviceSecrets,
} from '@chartkeep/sync/testing'
import type { ServerSession } from '@chartkeep/sync-server/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aside,
  CANARY,
  createAttackWorld,
  forge,
  honestStream,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { hostileServer, makeUpStream, serveInstead, signHeadAs, signInAt } from '../support/hostile-server.ts'

let world: AttackWorld
let thief: Device
/** A session that was open when the device was stolen. */
let session: ServerSession
let labs: Uint8Array
let accomplice: DeviceSecrets
/** Made before the removal, so that it names heads at which the device was live. */
let backdated: Awaited<ReturnType<typeof forge>>

beforeEach(async () => {
  world = await createAttackWorld()
  labs = world.stream('labs')
  const { laptop, owner } = world
  await save(laptop, 'labs', 'first')
  await laptop.sync()
  thief = world.phone
  await thief.sync()
  session = await signInAt(world.core, owner.account, thief.secrets)
  accomplice = createDevice(randomBytes)
  backdated = await forge(thief, labs)

  const state = laptop.book.lookup(owner.account)!
  const removal = await deviceRemovedEntry(state, laptop.secrets, thief.secrets.id, laptop.boxKeys(), randomBytes)
  expect((await laptop.server.postAccount(owner.account, removal)).type).toBe('ok')
  await laptop.book.append(owner.account, [removal])
  await laptop.sync()
  expect(await maintainMembership(laptop.machine, laptop.server, world.time.now)).toBe(true)
  expect(deviceCut(laptop.machine.control!, { account: owner.account, device: thief.secrets.id })).not.toBeNull()
  await save(laptop, 'labs', 'after the removal')
  await laptop.sync()
})
afterEach(() => world.close())

/** The account's log as everybody honest has it now. */
const account = () => world.laptop.book.lookup(world.owner.account)!
const honest = () => texts('labs', 'first', 'after the removal')

/** `device-added` for the accomplice, over the log as it is now, signed with the stolen key. */
function addition(): Promise<SignedEntry> {
  // The newest box key is closed to it; it wraps the last one that it has.
  const newest = account().boxKeys.length
  const keys = new Map([[newest, thief.boxKeys().get(newest - 1)!]])
  return deviceAddedEntry(account(), thief.secrets, accomplice, 'accomplice', keys, randomBytes)
}

/** The stolen device as the author of entries: it has read its own removal, and signs all the same. */
async function asThief() {
  await thief.book.refresh(world.owner.account, world.laptop.server, world.key.publicKey)
  return authorOf(thief.machine)
}

async function grantByThief(): Promise<ControlEntry> {
  const clinic = await world.provider()
  return grantEntry(
    world.laptop.machine.control!,
    thief.machine.keys,
    {
      id: randomBytes(16),
      grantee: clinic.book.lookup(clinic.person.account)!,
      scopes: [{ stream: labs, rights: READ, start: null }],
      notBefore: 0,
      notAfter: world.time.now + 1_000_000,
      label: { purpose: '', name: '', birthDate: '', grantee: '' },
    },
    [],
    await asThief(),
  )
}

describe('at a real server', () => {
  test('K5, C6: the session that was open has ended, and there is no new one', async () => {
    const { core, vault, owner } = world
    const over = { type: 'error', error: 'unauthenticated' }
    const streams = [{ stream: labs, after: 0 }]
    expect(await core.pull(session, vault, { streams, budget: 1 << 20 })).toEqual(over)
    expect(await core.fetchBodies(session, vault, { stream: labs, numbers: [1] })).toEqual(over)
    expect(await core.push(session, vault, { envelopes: [] })).toEqual(over)
    expect(await core.postAccount(session, owner.account, { entry: await addition() })).toEqual(over)
    expect(await core.lateBox(session, vault, 0)).toEqual(over)
    expect(await core.handIn(session, vault, { envelopes: [] })).toEqual(over)
    await expect(signInAt(core, owner.account, thief.secrets)).rejects.toThrow('not signed in')
    await expect(signInAt(core, owner.account, accomplice)).rejects.toThrow('not signed in')
    expect(await thief.sync()).toEqual({ type: 'error', error: 'unauthenticated' })
  })

  test('K4: what it signs is refused there, whoever carries it in: no device, no entry, no envelope', async () => {
    const { core, vault, owner, laptop } = world
    const carrier = await signInAt(core, owner.account, laptop.secrets)
    const refused = { type: 'error', error: 'refused' }
    expect(await core.postAccount(carrier, owner.account, { entry: await addition() })).toEqual(refused)
    const author = await asThief()
    const accept = { envelopes: [{ stream: labs, hash: backdated.hash }] }
    const entry = await acceptEntry(laptop.machine.control!, accept, author)
    expect(await core.postControl(carrier, vault, { entries: [entry] })).toEqual(refused)
    const { header, body, proof } = backdated
    const pushed = await core.push(carrier, vault, { envelopes: [{ header, body: body!, proof: proof! }] })
    expect(pushed).toMatchObject({ results: [], refused: 'refused' })
    expect(await core.handIn(carrier, vault, { envelopes: [{ header, body: body!, proof: proof! }] })).toEqual({
      type: 'error',
      error: 'not-found',
    })
    await laptop.sync()
    expect(shown(laptop, 'labs')).toEqual(honest())
  })
})

describe('with a server that accepts all of it', () => {
  /** The account log as the hostile server serves it: with entries of the thief behind the true ones. */
  async function withEntries(more: SignedEntry[]): Promise<NonNullable<Device['server']['lies']['accountLog']>> {
    const n = account().n + more.length
    const h = entryHash('account-entry', more.at(-1)!.body)
    const head = await signHeadAs(world.key, { kind: 'account', id: world.owner.account, n, h })
    return (answer: Answer<AccountLogPage>, id, after) => {
      if (answer.type !== 'ok' || idText(id) !== idText(world.owner.account) || after > account().n) return answer
      return { type: 'ok', value: { entries: [...answer.value.entries, ...more], head } }
    }
  }

  test('K4, K5: no reader takes the device that it adds', async () => {
    const entry = await addition()
    expect(await applyAccountEntry(account(), entry)).toEqual({ type: 'refused', reason: 'signer-not-live' })
    const tablet = await world.addDevice('tablet')
    for (const device of [world.laptop, tablet]) {
      device.server.lies = { accountLog: await withEntries([entry]) }
      expect((await device.sync()).type).not.toBe('synced')
      expect(device.book.lookup(world.owner.account)!.devices.has(idText(accomplice.id))).toBe(false)
      device.server.lies = {}
      expect(await device.sync()).toEqual({ type: 'synced' })
      expect(shown(device, 'labs')).toEqual(honest())
    }
  })

  test('K4, C4: everything that the server has, handed over as to the owner, opens no later epoch', async () => {
    const { laptop, core, owner } = world
    const before = newestKey(thief.machine, idText(labs))!
    // The server answers the thief as it answers the laptop.
    thief.server = hostileServer(() => core, owner.account, laptop.secrets)
    await thief.sync()
    expect(thief.machine.control!.n).toBe(laptop.machine.control!.n)
    // It holds the later envelopes, sealed; not one is open to it.
    expect(thief.machine.streams.get(idText(labs))!.n).toBe(laptop.machine.streams.get(idText(labs))!.n)
    expect(shown(thief, 'labs')).toEqual(texts('labs', 'first'))
    const inRows = [...thief.rows.table('waiting').values()].map((value) => Buffer.from(encodeMessage(value)))
    expect(inRows.length).toBeGreaterThan(0)
    expect(inRows.some((bytes) => bytes.includes(CANARY))).toBe(false)
    const opened = openBoxKeys(account(), thief.secrets)
    expect(opened.has(account().boxKeys.length)).toBe(false)
    for (const keys of [opened, thief.boxKeys()]) {
      const { streams } = openParts(thief.machine.control!, thief.machine.control!.received, owner.account, keys)
      for (const [id, { epoch }] of laptop.machine.control!.streams)
        expect(streams.get(id)?.byEpoch.has(epoch) ?? false, id).toBe(false)
      expect(streams.get(idText(labs))?.byEpoch.get(before.epoch)).toEqual(before.key)
    }
  })

  test('C1, C9: no reader takes what it signs into the control log: neither a grant, nor an accept of its own work', async () => {
    const { laptop, vault } = world
    const author = await asThief()
    const accept = { envelopes: [{ stream: labs, hash: backdated.hash }] }
    const byThief = [await acceptEntry(laptop.machine.control!, accept, author), await grantByThief()]
    for (const entry of byThief) {
      const tablet = await world.addDevice('tablet')
      await tablet.sync()
      for (const device of [laptop, tablet]) {
        const { n } = device.machine.control!
        const h = entryHash('control-entry', entry.body)
        const head = await signHeadAs(world.key, { kind: 'control', id: vault, n: n + 1, h })
        device.server.lies = {
          control: (answer: Answer<ControlLogPage>, after) =>
            answer.type === 'ok' && after === n ? { type: 'ok', value: { entries: [entry], head } } : answer,
        }
        expect(await device.sync()).toMatchObject({ type: 'stopped', fault: 'refused' })
        expect(device.machine.control!.n).toBe(n)
        device.server.lies = {}
        expect(await device.sync()).toEqual({ type: 'synced' })
      }
    }
  })

  test('E6, C9: nothing that it writes counts, backdated or not; the owner is shown what proves itself, and none of it is merged', async () => {
    const { laptop } = world
    const knowing = await forge(thief, labs, {
      accountLog: accountHead(account()),
      control: controlHead(laptop.machine.control),
    })
    const entries = await honestStream(world, labs)
    for (const [forged, reason] of [
      [backdated, 'cut'],
      [knowing, 'device-not-live'],
    ] as const) {
      const reader = await world.addDevice(`reader ${reason}`)
      const made = await makeUpStream(world.key, world.vault, labs, [...entries, forged])
      reader.server.lies = serveInstead(labs, made)
      await reader.sync()
      expect(aside(reader)).toEqual([reason])
      await readLateArrivals(reader.machine, reader.server)
      // What a key that was live then has signed is shown as late; only a person could take it in.
      const late = lateItems(reader.machine).map(({ decision, hash }) => [decision, hash])
      expect(late).toEqual(reason === 'cut' ? [['open', idText(hashEnvelope({ ...forged, body: forged.body! }))]] : [])
      await reader.sync()
      expect(shown(reader, 'labs')).toEqual(honest())
    }
  })

  test('C9, C4: into a list that was made after its removal it writes nothing, though somebody who reads that list seals for it', async () => {
    const { laptop } = world
    const { control, accountLog } = decodeHeader(backdated.header)!
    await bringPrivateLists(laptop.machine, laptop.server)
    const later = world.stream('labs-private')
    await save(laptop, 'labs-private', 'hers')
    await laptop.sync()
    const live = { control, accountLog, device: thief.secrets.id, deviceSeq: 1, devicePrevious: ZERO_HASH, voids: 0 }
    const forged = await forge(laptop, later, live, { signing: thief.secrets.signing })
    const made = await makeUpStream(world.key, world.vault, later, [...(await honestStream(world, later)), forged])
    const reader = await world.addDevice('reader of later lists')
    reader.server.lies = serveInstead(later, made)
    await reader.sync()
    expect(aside(reader)).toEqual(['no-right'])
    expect(shown(reader, 'labs-private')).toEqual(texts('labs-private', 'hers'))
  })

  test('C11: it puts nothing into the quarantine inbox that an owner would be shown', async () => {
    const { laptop } = world
    const { header, body, proof } = backdated
    // Some grant has ended, so that the owner looks into the box at all.
    laptop.server.lies = {
      lateBox: () => ({
        type: 'ok',
        value: { items: [{ place: 1, time: 1, envelope: { header, body: body!, proof: proof! } }], last: 1 },
      }),
    }
    const clinic = await world.provider()
    const grant = await share(world, clinic, { labs: ['read'] })
    expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
    await laptop.sync()
    await readLateArrivals(laptop.machine, laptop.server)
    expect(laptop.server.calls).toContain('lateBox')
    expect(lateItems(laptop.machine)).toEqual([])
  })
})
