/**
 * A server that lies about consent and keys: the control log, its parts, cuts, and what people who lost their rights write with the
 * server's help. Rules C1, C3-C5, C8, C9, K5, K9, P4.
 */
import { randomBytes, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText, textId } from '@chartkeep/protocol'
import { ControlBody, controlHead, deviceCut, PartOpen, type ControlEntry } from '@chartkeep/protocol/control'
import type { ControlLogPage } from '@chartkeep/protocol/messages'
import { entryMessage } from '@chartkeep/protocol/signed'
import type { SignedHead } from '@chartkeep/protocol/streams'
import {
  cutDeviceNow,
  cutGrantNow,
  deviceRemovedEntry,
  keepIntent,
  newestKey,
  recordHistory,
  settleAccess,
  TABLE,
  maintainMembership,
  type Answer,
  type SyncOutcome,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  holds,
  honestStream,
  leaked,
  resourceOf,
  rowOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { makeUpStream, serveInstead, signHeadAs, signInAt } from '../support/hostile-server.ts'

const DAY_MS = 24 * 60 * 60_000

let world: AttackWorld
let clinic: Device
let grant: Uint8Array
let labs: Uint8Array
let medications: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  labs = world.stream('labs')
  medications = world.stream('medications')
  await save(world.laptop, 'medications', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  grant = await share(world, clinic, { medications: ['read'], labs: ['read', 'append'] })
  await save(clinic, 'labs', 'HbA1c')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(await world.laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(world.laptop, 'labs')).toEqual(texts('labs', 'HbA1c'))
})

afterEach(() => world.close())

/** Bends the answers to a device's questions for the control log. */
function bendControl(
  device: Device,
  bend: (page: ControlLogPage, after: number) => ControlLogPage | Promise<ControlLogPage>,
) {
  device.server.lies.control = async (honest, after): Promise<Answer<ControlLogPage>> =>
    honest.type === 'ok' ? { type: 'ok', value: await bend(honest.value, after) } : honest
}

const controlHeadAt = (n: number, h: Uint8Array): Promise<SignedHead> =>
  signHeadAs(world.key, { kind: 'control', id: world.vault, n, h, time: world.time.now })

async function revoke(device: Device = world.laptop): Promise<void> {
  expect(await cutGrantNow(device.machine, device.server, grant, 'revoked')).toMatchObject({ type: 'done' })
}

/** The phone has not read the grant; it is told a lie about it, keeps what it has, and takes the truth afterwards. */
async function phoneIsTold(bend: (page: ControlLogPage) => ControlLogPage, outcome: SyncOutcome): Promise<void> {
  const { phone } = world
  await save(phone, 'medications', 'mine')
  bendControl(phone, bend)
  expect(await phone.sync()).toEqual(outcome)
  expect(phone.machine.control?.grants.size).toBe(0)
  expect(holds(phone, resourceOf('medications', 'mine'))).toBe(true)
  expect(phone.rows.table(TABLE.evidence).size).toBe(1)
  expect(leaked(phone)).toBe(false)
  phone.server.lies = {}
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(phone.machine.control?.grants.size).toBe(1)
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'mine'))
}

function withPart(
  page: ControlLogPage,
  change: (open: PartOpen) => Partial<PartOpen>,
  rehash: boolean,
): ControlLogPage {
  return {
    ...page,
    entries: page.entries.map((entry) => ({
      ...entry,
      parts: entry.parts.map((part) => {
        const open = part.open === null ? null : decodeAs(PartOpen, part.open)
        if (open === null || open.grant === null) return part
        const changed = encodeMessage({ ...open, ...change(open) })
        return { ...part, open: changed, openHash: rehash ? sha256(changed) : part.openHash }
      }),
    })),
  }
}

const refused = (reason: string): SyncOutcome => ({
  type: 'stopped',
  fault: 'refused',
  what: `control-entry ${reason}`,
})

test.each([true, false])(
  'C8: a grant part with an extended end does not hash into the chain (hash fitted: %s)',
  (rehash) =>
    phoneIsTold(
      (page) => withPart(page, ({ notAfter }) => ({ notAfter: notAfter + DAY_MS }), rehash),
      refused('bad-parts'),
    ),
)

test('C8: a grant part with widened rights does not hash into the chain', () =>
  phoneIsTold(
    (page) => withPart(page, ({ streams }) => ({ streams: streams.map((each) => ({ ...each, rights: 15 })) }), true),
    refused('bad-parts'),
  ))

test('C8: a grant part with more streams does not hash into the chain', () =>
  phoneIsTold(
    (page) =>
      withPart(
        page,
        ({ streams }) => ({ streams: [...streams, { stream: world.stream('allergies'), rights: 1, from: 0 }] }),
        true,
      ),
    refused('bad-parts'),
  ))

test('C8: a grant part for another account does not hash into the chain', () =>
  phoneIsTold((page) => withPart(page, () => ({ recipient: randomBytes(16) }), true), refused('bad-parts')))

test('K9: a wrap exchanged for another does not hash into the chain', () =>
  phoneIsTold(
    (page) => ({
      ...page,
      entries: page.entries.map((entry) => ({
        ...entry,
        parts: entry.parts.map((part) => ({ ...part, wrap: randomBytes(part.wrap?.length ?? 64) })),
      })),
    }),
    refused('bad-parts'),
  ))

test('C8: a grant whose part is kept from an owner is withheld: no cut of that owner could end it', () =>
  phoneIsTold(
    (page) => ({
      ...page,
      entries: page.entries.map((entry) => ({
        ...entry,
        parts: entry.parts.map((part) => ({ ...part, open: null, wrap: null })),
      })),
    }),
    { type: 'stopped', fault: 'withheld', what: 'control-part' },
  ))

test('C1: entries kept back under the true head are withheld', () =>
  phoneIsTold((page) => ({ ...page, entries: [] }), { type: 'stopped', fault: 'withheld', what: 'control' }))

test('C1: an entry signed by nobody who is an owner is refused', async () => {
  const forged = await ownersEntry({ account: clinic.person.account, device: clinic.secrets.id }, clinic)
  await phoneIsTold((page) => ({ ...page, entries: [forged] }), refused('not-an-owner'))
})

test('C1: an entry with a broken signature is refused', () =>
  phoneIsTold(
    (page) => ({ ...page, entries: page.entries.map((entry) => ({ ...entry, signature: randomBytes(64) })) }),
    refused('bad-signature'),
  ))

test('C1: an old entry played again is not the next one', async () => {
  const { phone } = world
  const [first] = phone.machine.controlEntries
  await phoneIsTold((page) => ({ ...page, entries: [first!] }), refused('not-next'))
})

/** A control-log entry over the phone's head, with fields as an attacker would have them. */
async function ownersEntry(fields: Partial<ControlBody>, signer: Device): Promise<ControlEntry> {
  const { machine } = world.phone
  const body = encodeMessage({
    ...decodeAs(ControlBody, world.laptop.machine.controlEntries[1]!.body)!,
    n: controlHead(machine.control).n + 1,
    prev: controlHead(machine.control).h,
    parts: [],
    ...fields,
  })
  const signature = await sign(signer.secrets.signing, entryMessage('control-entry', body))
  return { body, signature, parts: [] }
}

test('F1: a control log rolled back is `behind`, one off the chain is a fork; both end the pass before anything is sent', async () => {
  const { laptop } = world
  await save(laptop, 'medications', 'mine')
  const first = laptop.machine.control!.hashes[0]!
  bendControl(laptop, async () => ({ entries: [], head: await controlHeadAt(1, first) }))
  const sent = laptop.server.calls.filter((call) => call === 'push').length
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'control-head' })
  bendControl(laptop, async () => ({ entries: [], head: await controlHeadAt(1, randomBytes(32)) }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'control-head' })
  bendControl(laptop, async () => ({ entries: [], head: await controlHeadAt(2, randomBytes(32)) }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'control-head' })
  bendControl(laptop, (page) => ({ ...page, head: { ...page.head, signature: randomBytes(64) } }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'refused', what: 'control-head' })
  expect(laptop.server.calls.filter((call) => call === 'push').length).toBe(sent)
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test("C4, P5: a cut hidden from another owner's device comes out by the first envelope that names it", async () => {
  const { laptop, phone } = world
  await phone.sync()
  await revoke()
  await save(laptop, 'medications', 'after the cut')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const known = phone.machine.control!
  bendControl(phone, async () => ({ entries: [], head: await controlHeadAt(known.n, known.h) }))
  expect(await phone.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'waiting for control' })
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first'))
  phone.server.lies = {}
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'after the cut'))
})

test('C5: a device that was not told of a cut writes under the old epoch, its envelope is void at an honest server, and it seals again', async () => {
  const { laptop, phone } = world
  await phone.sync()
  await revoke()
  const known = phone.machine.control!
  await save(phone, 'medications', 'under the old epoch')
  let told = 0
  bendControl(phone, async (page) => (told++ < 1 ? { entries: [], head: await controlHeadAt(known.n, known.h) } : page))
  expect(await phone.sync()).toEqual({ type: 'synced' })
  const entries = await honestStream(world, medications)
  expect(entries.map(({ outcome }) => outcome)).toEqual(['current', 'void', 'current'])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'first', 'under the old epoch'))
})

test('C5: a void that comes before the cut that makes it lawful asks for the log, and the stream continues', async () => {
  const { laptop, phone } = world
  const tablet = await world.addDevice('tablet')
  await tablet.sync()
  await phone.sync()
  await save(phone, 'medications', 'void first')
  // The tablet has read the log when the cut, the void and its second sealing come.
  const original = tablet.server.lies
  tablet.server.lies = {
    pull: async (_, request) => {
      tablet.server.lies = original
      await revoke()
      let told = 0
      const known = phone.machine.control!
      bendControl(phone, async (page) =>
        told++ < 1 ? { entries: [], head: await controlHeadAt(known.n, known.h) } : page,
      )
      expect(await phone.sync()).toEqual({ type: 'synced' })
      const answer = await tablet.server.pull(world.vault, request)
      if (answer.type !== 'ok') throw new Error(answer.type)
      return answer.value
    },
  }
  expect(await tablet.sync()).toEqual({ type: 'synced' })
  expect(shown(tablet, 'medications')).toEqual(texts('medications', 'first', 'void first'))
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test('P5, C4: after the cut a grantee opens none of the new epoch, whatever the server hands it', async () => {
  const { laptop } = world
  await revoke()
  await save(laptop, 'medications', 'after the cut')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const [, newest] = await honestStream(world, medications)
  // The server shows the whole log with the cut taken for an ordinary part of it, and the stream beyond its end.
  const whole = laptop.machine.controlEntries
  clinic.server.lies = serveInstead(
    medications,
    await makeUpStream(world.key, world.vault, medications, await honestStream(world, medications)),
  )
  clinic.server.lies.control = async (_, after) => ({
    type: 'ok',
    value: {
      entries: whole.slice(after),
      head: await controlHeadAt(whole.length, laptop.machine.control!.h),
    },
  })
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  expect(newest).toBeDefined()
  expect(newestKey(clinic.machine, idText(medications))).toBeNull()
  expect(clinic.rows.all().some(({ resource }) => resource.includes('after the cut'))).toBe(false)
})

test('C4, C8: a cut that is hidden from the grantee gives it nothing: what comes under the new epoch waits, and the log is withheld', async () => {
  const { laptop } = world
  const known = clinic.machine.control!
  await revoke()
  await save(laptop, 'medications', 'after the cut')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const made = await makeUpStream(world.key, world.vault, medications, await honestStream(world, medications))
  // The lie needs an honest answer to bend; the core gives none to somebody who was cut.
  clinic.server.pull = async () => ({ type: 'ok', value: { streams: [pageOf(clinic, made)] } })
  clinic.server.control = async () => ({
    type: 'ok',
    value: { entries: [], head: await controlHeadAt(known.n, known.h) },
  })
  const outcome = await clinic.sync()
  expect(outcome.type).toBe('stopped')
  expect(clinic.rows.all().some(({ resource }) => resource.includes('after the cut'))).toBe(false)
  expect(clinic.rows.table(TABLE.waiting).size).toBe(1)
  expect(shown(clinic, 'medications')).toEqual(texts('medications', 'first'))
})

function pageOf(device: Device, made: Awaited<ReturnType<typeof makeUpStream>>) {
  const { n } = device.machine.streams.get(idText(medications))!
  return { stream: medications, head: made.head, entries: made.entries.slice(n) }
}

test('C3, C8: a revoked grant is not resurrected by the log as it was before its cut, nor by its entry once more', async () => {
  const { laptop } = world
  const before = clinic.machine.control!
  const [, made] = laptop.machine.controlEntries
  await revoke()
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  clinic.server.control = async () => ({
    type: 'ok',
    value: { entries: [], head: await controlHeadAt(before.n, before.h) },
  })
  expect(await clinic.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'control-head' })
  clinic.server.control = async () => ({
    type: 'ok',
    value: { entries: [made!], head: await controlHeadAt(before.n + 2, randomBytes(32)) },
  })
  expect(await clinic.sync()).toEqual(refused('not-next'))
  await clinic.reopen()
  expect(clinic.machine.control!.grants.get(idText(grant))!.cut).not.toBeNull()
})

test("S2: a void under this device's own id that it did not seal stops the stream, also where its epoch would be lawful", async () => {
  const { laptop } = world
  const forged = await forge(laptop, medications)
  await revoke()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const entries = [
    ...(await honestStream(world, medications)),
    { ...forged, outcome: 'void' as const, body: null, proof: null },
  ]
  laptop.server.lies = serveInstead(medications, await makeUpStream(world.key, world.vault, medications, entries))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'own' })
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test('C9: a grantee that writes after its cut, naming the log before it, is quarantined by every owner', async () => {
  const { laptop, phone } = world
  const late = await forge(clinic, labs)
  await revoke()
  const entries = [...(await honestStream(world, labs)), late]
  const made = await makeUpStream(world.key, world.vault, labs, entries)
  for (const device of [laptop, phone]) {
    device.server.lies = serveInstead(labs, made)
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(aside(device)).toEqual(['cut'])
    expect(shown(device, 'labs')).toEqual(texts('labs', 'HbA1c'))
  }
})

test('C4, K5, C1: a cut that the server refuses holds no other up: neither a stop, nor the end of what ran out, nor that of a device that was removed', async () => {
  const { laptop } = world
  const old = await world.secondDevice(clinic, 'old laptop')
  const blocked = [
    await share(world, await world.provider(), { labs: ['read'] }),
    await share(world, await world.provider(), { labs: ['read'] }, 60_000),
  ].map(idText)
  const over = await share(world, await world.provider(), { labs: ['read'] }, 60_000)
  const stopped = await share(world, await world.provider(), { labs: ['read'] })
  await keepIntent(laptop.machine, { kind: 'stop', grant: textId(blocked[0]!)! })
  await keepIntent(laptop.machine, { kind: 'stop', grant: stopped })
  const state = clinic.book.lookup(clinic.person.account)!
  const removal = await deviceRemovedEntry(state, clinic.secrets, old.secrets.id, clinic.boxKeys(), randomBytes)
  expect((await clinic.server.postAccount(clinic.person.account, removal)).type).toBe('ok')
  world.time.now += 120_000
  await laptop.sync()
  laptop.server.lies = {
    postControl: async (honest, entries) => {
      const { cut } = decodeAs(ControlBody, entries[0]!.body)!
      const isRefused = cut !== null && cut.grant !== null && blocked.includes(idText(cut.grant))
      return isRefused ? { type: 'error', error: 'heads-unknown' } : honest()
    },
  }
  expect(await settleAccess(laptop.machine, laptop.server)).toBe(true)
  const { grants } = laptop.machine.control!
  expect([over, stopped].map((id) => grants.get(idText(id))!.cut?.reason)).toEqual(['expired', 'revoked'])
  const subject = { account: clinic.person.account, device: old.secrets.id }
  expect(deviceCut(laptop.machine.control!, subject)).toMatchObject({ reason: 'device-removed' })
  laptop.server.lies = {}
  expect(await settleAccess(laptop.machine, laptop.server)).toBe(true)
  expect(blocked.map((id) => laptop.machine.control!.grants.get(id)!.cut?.reason)).toEqual(['revoked', 'expired'])
})

test('C9, Y4: what lies beyond the pin of a cut is quarantined also where it came before the cut', async () => {
  const { laptop, phone } = world
  await phone.sync()
  // The grantee writes in the moment between the pull of the one who cuts and the cut.
  laptop.server.lies = {
    postControl: async (honest) => {
      await save(clinic, 'labs', 'just before the cut')
      expect(await clinic.sync()).toEqual({ type: 'synced' })
      await phone.sync()
      return honest()
    },
  }
  expect(shown(phone, 'labs')).toEqual(texts('labs', 'HbA1c'))
  await revoke()
  expect(shown(phone, 'labs')).toEqual(texts('labs', 'HbA1c', 'just before the cut'))
  expect(await phone.sync()).toEqual({ type: 'synced' })
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  for (const device of [laptop, phone]) {
    expect(shown(device, 'labs')).toEqual(texts('labs', 'HbA1c'))
    expect(aside(device)).toEqual(['cut'])
    await device.reopen()
    expect(shown(device, 'labs')).toEqual(texts('labs', 'HbA1c'))
    expect(await device.sync()).toEqual({ type: 'synced' })
  }
})

test('P4, C9: a cut that pins another history than this device has seen stops the stream as a fork, and access still ends', async () => {
  const { laptop, phone } = world
  await phone.sync()
  const honest = world.core
  const other = world.forkCore()
  await save(clinic, 'labs', 'shown to the laptop only')
  await clinic.sync()
  await laptop.sync()
  world.replaceCore(other)
  await clinic.reopen()
  await save(phone, 'labs', 'shown to the phone only')
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await revoke(phone)
  const entries = phone.machine.controlEntries.slice(laptop.machine.control!.n)
  const head = await controlHeadAt(phone.machine.control!.n, phone.machine.control!.h)
  world.replaceCore(honest)
  bendControl(laptop, (_, after) => ({ entries: after < head.n ? entries : [], head }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'cut' })
  expect(laptop.machine.control!.grants.get(idText(grant))!.cut).not.toBeNull()
  expect(holds(laptop, resourceOf('labs', 'shown to the laptop only'))).toBe(true)
})

test('E6: a grantee never continues what the patient wrote, with or without a parent', async () => {
  const { laptop } = world
  await save(laptop, 'labs', 'of the patient')
  await laptop.sync()
  await clinic.sync()
  const { id } = rowOf(laptop, 'of the patient')
  const doc = new Uint8Array(Buffer.from(id.split('.')[1]!, 'base64url'))
  const parent = laptop.machine.streams.get(idText(labs))!.records.get(id.split('.')[1]!)!.current!.hash
  const honest = await honestStream(world, labs)
  for (const [fields, outcome] of [
    [{ doc, parent }, 'current'],
    [{ doc }, 'conflict'],
    [{ parent }, 'conflict'],
  ] as const) {
    const forged = await forge(clinic, labs, fields)
    const made = await makeUpStream(world.key, world.vault, labs, [...honest, { ...forged, outcome }])
    const reader = await world.addDevice(`reader ${Math.random()}`)
    reader.server.lies = serveInstead(labs, made)
    await reader.sync()
    expect(aside(reader)).toEqual(['no-right'])
    expect(shown(reader, 'labs')).toEqual(texts('labs', 'HbA1c', 'of the patient'))
  }
})

test('E6: a grantee that may only read writes nothing that counts, though it holds the key', async () => {
  const { laptop } = world
  const forged = await forge(clinic, medications)
  const made = await makeUpStream(world.key, world.vault, medications, [
    ...(await honestStream(world, medications)),
    forged,
  ])
  laptop.server.lies = serveInstead(medications, made)
  await laptop.sync()
  expect(aside(laptop)).toEqual(['no-right'])
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'first'))
})

test("E6: the history of a record shows no version that was quarantined, and of an older one only what proves to be its author's", async () => {
  const { laptop } = world
  const { id } = rowOf(laptop, '"first"')
  const [doc] = id.split('.').slice(1)
  const record = laptop.machine.streams.get(idText(medications))!.records.get(doc!)!
  const forged = await forge(clinic, medications, {
    doc: new Uint8Array(Buffer.from(doc!, 'base64url')),
    parent: record.current!.hash,
  })
  await save(laptop, 'medications', 'first, changed', id)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const honest = await honestStream(world, medications)
  const people = { author: (account: string, by: string) => ({ account, device: by, member: '', me: false, name: '' }) }
  const reader = await world.addDevice('reader')
  reader.server.lies = serveInstead(
    medications,
    await makeUpStream(world.key, world.vault, medications, [...honest, { ...forged, outcome: 'conflict' }]),
  )
  await reader.sync()
  expect(aside(reader)).toEqual(['no-right'])
  const read = () => recordHistory(reader.machine, people, reader.server, id)
  expect((await read()).map(({ n, current, resource }) => ({ n, current, resource }))).toEqual([
    { n: 2, current: true, resource: resourceOf('medications', 'first, changed') },
    { n: 1, current: false, resource: null },
  ])
  // The server brings the older body under a signature that is not its author's, then as it is.
  const session = await signInAt(world.core, world.owner.account, world.owner.first)
  const fetched = await world.core.fetchBodies(session, world.vault, { stream: medications, numbers: [1] })
  if ('type' in fetched) throw new Error(fetched.error)
  const [first] = fetched.entries
  reader.server.lies.fetchBodies = () => ({
    entries: [{ ...first!, proof: { ...first!.proof!, signature: randomBytes(64) } }],
  })
  expect((await read())[1]!.resource).toBeNull()
  reader.server.lies.fetchBodies = () => ({ entries: [first!] })
  expect((await read())[1]!.resource).toBe(resourceOf('medications', 'first'))
})

test('E6: the record id of another stream names a record of its own here, and touches nothing there', async () => {
  const { laptop } = world
  const { id } = rowOf(laptop, '"first"')
  const doc = new Uint8Array(Buffer.from(id.split('.')[1]!, 'base64url'))
  const forged = await forge(clinic, labs, { doc })
  const made = await makeUpStream(world.key, world.vault, labs, [...(await honestStream(world, labs)), forged])
  laptop.server.lies = serveInstead(labs, made)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'labs')).toEqual(texts('labs', 'HbA1c', 'forged'))
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'first'))
})

test('S5: an audit stream takes no change and no deletion, also from its own author', async () => {
  const { laptop } = world
  const audit = [...clinic.machine.keys.streams.values()].find(({ name }) => name === 'audit')!.stream
  await save(clinic, 'audit', 'opened')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  const { id } = rowOf(laptop, 'opened')
  const doc = new Uint8Array(Buffer.from(id.split('.')[1]!, 'base64url'))
  const parent = laptop.machine.streams.get(idText(audit))!.records.get(id.split('.')[1]!)!.current!.hash
  const honest = await honestStream(world, audit)
  for (const fields of [
    { doc, parent },
    { doc, parent, deleted: true },
  ]) {
    const forged = await forge(clinic, audit, fields)
    const made = await makeUpStream(world.key, world.vault, audit, [...honest, forged])
    const reader = await world.addDevice(`reader ${Math.random()}`)
    reader.server.lies = serveInstead(audit, made)
    await reader.sync()
    expect(aside(reader)).toEqual(['append-only'])
    expect(shown(reader, 'audit')).toEqual(texts('audit', 'opened'))
  }
})

test('K5: a removed device writes nothing that counts, whether it names the log before or after its removal', async () => {
  const { laptop, phone } = world
  await phone.sync()
  const before = await forge(phone, medications)
  const state = laptop.book.lookup(world.owner.account)!
  const removal = await deviceRemovedEntry(state, laptop.secrets, phone.secrets.id, laptop.boxKeys(), randomBytes)
  expect((await laptop.server.postAccount(world.owner.account, removal)).type).toBe('ok')
  await laptop.book.append(world.owner.account, [removal])
  const account = world.owner.account
  expect(await cutDeviceNow(laptop.machine, laptop.server, account, phone.secrets.id)).toMatchObject({ type: 'done' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })

  const named = laptop.book.lookup(account)!
  const after = await forge(phone, medications, {
    accountLog: { n: named.n, h: named.h },
    control: controlHead(laptop.machine.control),
  })
  const honest = await honestStream(world, medications)
  for (const [forged, reason] of [
    [before, 'cut'],
    [after, 'device-not-live'],
  ] as const) {
    const reader = await world.addDevice(`reader ${Math.random()}`)
    reader.server.lies = serveInstead(
      medications,
      await makeUpStream(world.key, world.vault, medications, [...honest, forged]),
    )
    await reader.sync()
    expect(aside(reader)).toEqual([reason])
    expect(shown(reader, 'medications')).toEqual(texts('medications', 'first'))
  }
  // K4: it cannot open what comes after.
  await save(laptop, 'medications', 'after the removal')
  await laptop.sync()
  expect(
    await phone.server.pull(world.vault, { streams: [{ stream: medications, after: 0 }], budget: 1 << 20 }),
  ).toEqual({ type: 'error', error: 'unauthenticated' })
})

test('C3: an account log of a peer that forks is named, and nothing is shared over it', async () => {
  const { laptop } = world
  const other = await createAttackWorld()
  const page = await other.core.accountLog(null as never, other.owner.account, 0)
  await other.close()
  if ('type' in page) throw new Error(page.error)
  const known = laptop.book.lookup(clinic.person.account)!
  const head = await signHeadAs(world.key, {
    kind: 'account',
    id: clinic.person.account,
    n: known.n,
    h: randomBytes(32),
  })
  laptop.server.lies.accountLog = (honest, account) =>
    idText(account) === idText(clinic.person.account) ? { type: 'ok', value: { entries: [], head } } : honest
  expect(await laptop.book.refresh(clinic.person.account, laptop.server, world.key.publicKey)).toEqual({ type: 'fork' })
  laptop.server.lies.accountLog = (honest, account) =>
    idText(account) === idText(clinic.person.account) ? { type: 'ok', value: { ...page, head } } : honest
  expect(await laptop.book.refresh(clinic.person.account, laptop.server, world.key.publicKey)).toEqual({ type: 'fork' })
  expect(laptop.book.lookup(other.owner.account)).toBeNull()
  // A stranger's log in the place of one that was never seen is not kept either.
  const unseen = randomBytes(16)
  const named = await signHeadAs(world.key, { kind: 'account', id: unseen, n: page.head.n, h: page.head.h })
  laptop.server.lies.accountLog = () => ({ type: 'ok', value: { ...page, head: named } })
  expect(await laptop.book.refresh(unseen, laptop.server, world.key.publicKey)).toEqual({ type: 'fork' })
  expect(laptop.book.lookup(other.owner.account)).toBeNull()
})

test('F1: an account log asked for twice at the same time is no fork', async () => {
  const { laptop } = world
  const newcomer = await world.provider()
  const ask = () => laptop.book.refresh(newcomer.person.account, laptop.server, world.key.publicKey)
  expect(await Promise.all([ask(), ask(), ask()])).toMatchObject([{ type: 'ok' }, { type: 'ok' }, { type: 'ok' }])
})

test('E6, Y2: what is written by an account whose log the server keeps back waits, and says so', async () => {
  const { phone } = world
  phone.server.lies.accountLog = (honest, account) =>
    idText(account) === idText(clinic.person.account) ? { type: 'error', error: 'not-found' } : honest
  expect(await phone.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'waiting for account' })
  expect(shown(phone, 'labs')).toEqual([])
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first'))
  phone.server.lies = {}
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(shown(phone, 'labs')).toEqual(texts('labs', 'HbA1c'))
})

test('C4: "stored" but dropped: a cut that the server only pretends to take is not in force here', async () => {
  const { laptop } = world
  laptop.server.lies.postControl = async () => ({
    type: 'ok',
    value: { head: await controlHeadAt(3, randomBytes(32)) },
  })
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toEqual({
    type: 'error',
    error: 'wrong-answer',
  })
  expect(laptop.machine.control!.grants.get(idText(grant))!.cut).toBeNull()
  laptop.server.lies = {}
  await revoke()
})

test("C4: a wrong clock of an owner's device ends nobody's access and takes nobody's keys", async () => {
  const { laptop } = world
  const other = await world.provider()
  await share(world, other, { medications: ['read'] })
  laptop.clock.offset = 3650 * DAY_MS
  await laptop.sync()
  await maintainMembership(laptop.machine, laptop.server, laptop.machine.clocks.server)
  expect([...laptop.machine.control!.grants.values()].every(({ cut }) => cut === null)).toBe(true)
  await revoke()
  await save(laptop, 'medications', 'still shared with one')
  await laptop.sync()
  expect(await other.sync()).toEqual({ type: 'synced' })
  expect(shown(other, 'medications')).toEqual(texts('medications', 'first', 'still shared with one'))
})
