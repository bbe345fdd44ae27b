/** Who may write what (E6, C9, S5), judged by every reader from the logs alone. */
import { AMEND, APPEND, idText, READ, rightsOf, rightWords, SIGN, ZERO_HASH } from '@chartkeep/protocol'
import { admit, continuedAuthor, grantsAt, rightVerdict, type Verdict } from '@chartkeep/protocol/control'
import { BatchVerifier, hasStreamHead, streamHead, type Header } from '@chartkeep/protocol/streams'
import type { AdmitContext } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import {
  createWriter,
  pull,
  read,
  serve,
  store,
  write,
  type Sealed,
  type ServedStream,
  type Writer,
} from '../../support/protocol-stream.ts'
import {
  controlBody,
  createVault,
  cutGrant,
  cutParts,
  epochOf,
  extendVault,
  grantedStreams,
  lookupOf,
  makeGrant,
  ownerParts,
  signControlBody,
  streamOf,
  type Vault,
} from '../../support/protocol-vault.ts'

const admitted: Verdict = { type: 'admitted' }
const quarantine = (reason: string) => ({ type: 'quarantine', reason })

let owner: Person
let doctor: Person
let second: Person
let stranger: Person
beforeAll(async () => {
  owner = await createPerson('rights-owner')
  doctor = await createPerson('rights-doctor')
  second = await createPerson('rights-second')
  stranger = await createPerson('rights-stranger')
})

interface World {
  vault: Vault
  stream: Uint8Array
  served: ServedStream
  byOwner: Writer
  byDoctor: Writer
  grant: Uint8Array
  audit: Uint8Array
}

async function world(rights: number, withAudit = false): Promise<World> {
  const vault = await createVault(owner, 2, withAudit)
  const stream = vault.streams[withAudit ? 1 : 0]!
  const { grant, audit } = await makeGrant(vault, { grantee: doctor, scopes: [{ stream, rights }] })
  const served = serve(vault, stream)
  return {
    vault,
    stream,
    served,
    byOwner: createWriter(vault, stream, owner),
    byDoctor: createWriter(vault, stream, doctor),
    grant,
    audit,
  }
}

/** Writes, numbers as a server would, and answers what a reader who starts from nothing says of it. */
async function put({ vault, served }: World, writer: Writer, fields: Partial<Header> = {}) {
  const sealed = await write(writer, fields, served.state)
  store(served, sealed)
  const full = served.stored.map(({ sealed: each, outcome }, i) => ({
    ...pull(served)[i]!,
    body: outcome === 'void' ? null : each.body,
    proof: outcome === 'void' ? null : each.proof,
  }))
  const { verdicts } = await read(vault.state, served.state.stream, full, lookupOf(owner, doctor, second, stranger))
  return { sealed, verdict: verdicts.at(-1)! }
}

describe('rights as words and bits', () => {
  test('C3: the four rights are told apart and read back', () => {
    expect(rightsOf(['read', 'append', 'amend', 'sign'])).toBe(READ | APPEND | AMEND | SIGN)
    expect(rightWords(READ | SIGN)).toEqual(['read', 'sign'])
    expect(rightWords(0)).toEqual([])
    expect(new Set([READ, APPEND, AMEND, SIGN]).size).toBe(4)
  })
})

describe('owners', () => {
  test('E6: an owner makes, changes and deletes records', async () => {
    const at = await world(READ)
    const made = await put(at, at.byOwner)
    const { doc } = made.sealed.header
    const changed = await put(at, at.byOwner, { doc, parent: made.sealed.hash })
    const deleted = await put(at, at.byOwner, { doc, parent: changed.sealed.hash, deleted: true })
    expect([made.verdict, changed.verdict, deleted.verdict]).toEqual([admitted, admitted, admitted])
  })

  test("E6: an owner deletes a grantee's record and never rewrites it", async () => {
    const at = await world(READ | APPEND)
    const { sealed } = await put(at, at.byDoctor)
    const { doc } = sealed.header
    expect((await put(at, at.byOwner, { doc, parent: sealed.hash })).verdict).toEqual(quarantine('no-right'))
    expect((await put(at, at.byOwner, { doc })).verdict).toEqual(quarantine('no-right'))
    const current = at.served.state.records.get(idText(doc))!.current!.hash
    expect((await put(at, at.byOwner, { doc, parent: current, deleted: true })).verdict).toEqual(admitted)
  })

  test('E6: a parent that is no earlier entry of the same record is no parent', async () => {
    const at = await world(READ)
    const { sealed } = await put(at, at.byOwner)
    expect((await put(at, at.byOwner, { parent: sealed.hash })).verdict).toEqual(quarantine('no-right'))
    expect((await put(at, at.byOwner, { parent: new Uint8Array(32).fill(1) })).verdict).toEqual(quarantine('no-right'))
  })

  test('E6: a quarantined current revision may be superseded by an owner', async () => {
    const at = await world(READ | APPEND)
    const { sealed } = await put(at, at.byOwner)
    const { doc } = sealed.header
    const stolen = await put(at, at.byDoctor, { doc, parent: sealed.hash })
    expect(stolen.verdict).toEqual(quarantine('no-right'))
    expect(at.served.state.records.get(idText(doc))?.current?.hash).toEqual(stolen.sealed.hash)
    expect((await put(at, at.byOwner, { doc, parent: stolen.sealed.hash })).verdict).toEqual(admitted)
  })

  test('A1: an owner writes nothing into the audit log of a grant; its grantee does', async () => {
    const at = await world(READ)
    const inAudit = { ...at, stream: at.audit, served: serve(at.vault, at.audit) }
    expect((await put(inAudit, createWriter(at.vault, at.audit, owner))).verdict).toEqual(quarantine('no-right'))
    expect((await put(inAudit, createWriter(at.vault, at.audit, doctor))).verdict).toEqual(admitted)
    expect((await put(inAudit, createWriter(at.vault, at.audit, second))).verdict).toEqual(quarantine('no-right'))
  })
})

describe('grantees', () => {
  test.each([
    ['read', READ, quarantine('no-right'), quarantine('no-right')],
    ['read and append', READ | APPEND, admitted, quarantine('no-right')],
    ['read and amend', READ | AMEND, quarantine('no-right'), quarantine('no-right')],
    ['read, append and amend', READ | APPEND | AMEND, admitted, admitted],
    ['read and sign', READ | SIGN, quarantine('no-right'), quarantine('no-right')],
  ])('E6: with %s: a new record, then a change of it', async (_, rights, made, changed) => {
    const at = await world(rights)
    const first = await put(at, at.byDoctor)
    const { doc } = first.sealed.header
    const next = await put(at, at.byDoctor, { doc, parent: first.sealed.hash })
    expect([first.verdict, next.verdict]).toEqual([made, changed])
  })

  test('E6: a grantee changes its own record again and again, and a reader of the last version alone admits it', async () => {
    const at = await world(READ | APPEND | AMEND)
    const first = await put(at, at.byDoctor)
    const { doc } = first.sealed.header
    let parent = first.sealed.hash
    for (let i = 0; i < 4; i++) {
      const next = await put(at, at.byDoctor, { doc, parent })
      expect(next.verdict).toEqual(admitted)
      parent = next.sealed.hash
    }
    const { verdicts, withheld } = await read(at.vault.state, at.stream, pull(at.served), lookupOf(owner, doctor))
    expect(verdicts).toEqual([null, null, null, null, admitted])
    expect(withheld).toEqual([])
  })

  test('E6: a grantee deletes its own record with amend, and no other', async () => {
    const at = await world(READ | APPEND | AMEND)
    const own = await put(at, at.byDoctor)
    const theirs = await put(at, at.byOwner)
    const remove = ({ sealed }: { sealed: Sealed }) => ({ doc: sealed.header.doc, parent: sealed.hash, deleted: true })
    expect((await put(at, at.byDoctor, remove(own))).verdict).toEqual(admitted)
    expect((await put(at, at.byDoctor, remove(theirs))).verdict).toEqual(quarantine('no-right'))
    expect((await put(at, at.byDoctor, { deleted: true })).verdict).toEqual(quarantine('no-right'))
  })

  test('E6: a grantee with every right changes nothing that the owner or another grantee wrote', async () => {
    const at = await world(READ | APPEND | AMEND | SIGN)
    await makeGrant(at.vault, { grantee: second, scopes: [{ stream: at.stream, rights: READ | APPEND | AMEND }] })
    for (const writer of [at.byOwner, createWriter(at.vault, at.stream, second)]) {
      const { sealed } = await put(at, writer)
      const { doc } = sealed.header
      for (const fields of [
        { doc, parent: sealed.hash },
        { doc, parent: sealed.hash, deleted: true },
        { doc },
        { doc, parent: new Uint8Array(32).fill(7) },
      ])
        expect((await put(at, at.byDoctor, fields)).verdict).toEqual(quarantine('no-right'))
    }
  })

  test("E6: a parent from the grantee's own record opens no record of the owner", async () => {
    const at = await world(READ | APPEND | AMEND)
    const own = await put(at, at.byDoctor)
    const theirs = await put(at, at.byOwner)
    const foreign = await put(at, at.byDoctor, { doc: theirs.sealed.header.doc, parent: own.sealed.hash })
    expect(foreign.verdict).toEqual(quarantine('no-right'))
    const again = await put(at, at.byDoctor, { doc: theirs.sealed.header.doc, parent: foreign.sealed.hash })
    expect(again.verdict).toEqual(quarantine('no-right'))
  })

  test('E6: nobody without a grant writes, and nobody before the grant was in the log', async () => {
    const at = await world(READ | APPEND)
    expect((await put(at, createWriter(at.vault, at.stream, stranger))).verdict).toEqual(quarantine('no-right'))
    const before = { n: 1, h: at.vault.state.hashes[0]! }
    expect((await put(at, at.byDoctor, { control: before })).verdict).toEqual(quarantine('no-right'))
  })

  test('E6: a grant on one stream is none on another', async () => {
    const at = await world(READ | APPEND)
    const elsewhere = { ...at, stream: at.vault.streams[1]!, served: serve(at.vault, at.vault.streams[1]!) }
    expect((await put(elsewhere, createWriter(at.vault, at.vault.streams[1]!, doctor))).verdict).toEqual(
      quarantine('no-right'),
    )
  })
})

describe('append-only streams', () => {
  test('S5: neither owner nor grantee replaces, deletes or merges there', async () => {
    const at = await world(READ | APPEND | AMEND, true)
    for (const writer of [at.byOwner, at.byDoctor]) {
      const { sealed, verdict } = await put(at, writer)
      expect(verdict).toEqual(admitted)
      const { doc } = sealed.header
      for (const fields of [
        { doc, parent: sealed.hash },
        { doc, parent: sealed.hash, deleted: true },
        { deleted: true },
        { merged: [sealed.hash] },
      ])
        expect((await put(at, writer, fields)).verdict).toEqual(quarantine('append-only'))
    }
  })
})

describe('after a cut', () => {
  test("C9: what was numbered by the cut's pin counts, what lies beyond does not, whatever head it names", async () => {
    const at = await world(READ | APPEND | AMEND)
    const whenGranted = { n: 2, h: at.vault.state.hashes[1]! }
    const early = await put(at, at.byDoctor)
    const pin = streamHead(at.served.state)
    await cutGrant(at.vault, at.grant, new Map([[idText(at.stream), pin]]))
    const late = await put(at, at.byDoctor, { control: whenGranted, epoch: 1 })
    const open = await put(at, at.byDoctor, { epoch: 1 })
    expect([late.verdict, open.verdict]).toEqual([quarantine('cut'), quarantine('cut')])
    const { state, verdicts } = await read(at.vault.state, at.stream, pull(at.served), lookupOf(owner, doctor))
    expect(verdicts).toEqual([admitted, quarantine('cut'), quarantine('cut')])
    expect(state.envelopes.get(idText(early.sealed.hash))?.n).toBe(1)
  })

  test('C9: a change of an own record beyond the pin does not count either, and is not built on', async () => {
    const at = await world(READ | APPEND | AMEND)
    const early = await put(at, at.byDoctor)
    const { doc } = early.sealed.header
    await cutGrant(at.vault, at.grant, new Map([[idText(at.stream), streamHead(at.served.state)]]))
    const whenGranted = { n: 2, h: at.vault.state.hashes[1]! }
    const late = await put(at, at.byDoctor, { doc, parent: early.sealed.hash, control: whenGranted, epoch: 1 })
    expect(late.verdict).toEqual(quarantine('cut'))
    const again = await makeGrant(at.vault, { grantee: doctor, scopes: [{ stream: at.stream, rights: READ | AMEND }] })
    expect(again.grant).not.toEqual(at.grant)
    const onTop = await put(at, at.byDoctor, { doc, parent: late.sealed.hash })
    expect(onTop.verdict).toEqual(quarantine('no-right'))
  })

  test('C9: at an expiry the cut pins what was signed by then: expired rights write nothing behind it', async () => {
    const at = await world(READ | APPEND)
    await put(at, at.byDoctor)
    const pin = streamHead(at.served.state)
    await put(at, at.byDoctor)
    const streams = grantedStreams(at.vault, at.grant)
    const { body, parts, keys } = cutParts(
      at.vault,
      { grant: at.grant, reason: 'expired' },
      streams,
      new Map([[idText(at.stream), pin]]),
    )
    await extendVault(at.vault, await signControlBody(controlBody(at.vault, body, parts), owner.device, parts), keys)
    const { verdicts } = await read(at.vault.state, at.stream, pull(at.served), lookupOf(owner, doctor))
    expect(verdicts).toEqual([admitted, quarantine('cut')])
  })

  test("C9: a second grant to the same person revives nothing that was beyond the first one's pin", async () => {
    const at = await world(READ | APPEND)
    await put(at, at.byDoctor)
    await cutGrant(at.vault, at.grant, new Map([[idText(at.stream), streamHead(at.served.state)]]))
    const whenGranted = { n: 2, h: at.vault.state.hashes[1]! }
    const between = await put(at, at.byDoctor, { control: whenGranted, epoch: 1 })
    await makeGrant(at.vault, { grantee: doctor, scopes: [{ stream: at.stream, rights: READ | APPEND }] })
    const after = await put(at, at.byDoctor)
    const { verdicts } = await read(at.vault.state, at.stream, pull(at.served), lookupOf(owner, doctor))
    expect([between.verdict, after.verdict]).toEqual([quarantine('cut'), admitted])
    expect(verdicts).toEqual([admitted, quarantine('cut'), admitted])
  })

  test('C9: up to the pin a grant holds at every head before the cut, and at none from the cut on', async () => {
    const at = await world(READ | APPEND)
    await cutGrant(at.vault, at.grant, new Map([[idText(at.stream), { n: 9, h: ZERO_HASH }]]))
    const { account } = doctor.state
    const held = (controlN: number, n: number) => grantsAt(at.vault.state, account, at.stream, controlN, n, null).length
    expect([held(1, 9), held(2, 9), held(3, 9), held(4, 9)]).toEqual([0, 1, 0, 0])
    expect([held(2, 10), held(3, 10)]).toEqual([0, 0])
  })

  test('C9: for an envelope about to be stored, a cut grant is no grant', async () => {
    const at = await world(READ | APPEND)
    const sealed = await write(at.byDoctor, {}, at.served.state)
    expect(rightVerdict(at.vault.state, sealed.header, null, null, null, null)).toEqual(admitted)
    await cutGrant(at.vault, at.grant)
    expect(rightVerdict(at.vault.state, sealed.header, null, null, null, null)).toEqual(quarantine('cut'))
    expect(grantsAt(at.vault.state, doctor.state.account, at.stream, 2, null, null)).toEqual([])
  })

  test("C4: a device that was cut counts up to the pin, and its account's other devices continue", async () => {
    const person = await createPerson('two-devices')
    const lost: Device = await addDevice(person)
    const vault = await createVault(person)
    const stream = vault.streams[0]!
    const served = serve(vault, stream)
    const byLost = createWriter(vault, stream, person, lost)
    const whenLive = {
      control: { n: 1, h: vault.state.h },
      accountLog: { n: person.state.n, h: person.state.h },
      epoch: 1,
    }
    store(served, await write(byLost, {}, served.state))
    const pin = streamHead(served.state)
    await removeDevice(person, lost.id)
    const cut = { account: person.state.account, device: lost.id, reason: 'device-removed' as const }
    const { body, parts, keys } = cutParts(vault, cut, vault.streams, new Map([[idText(stream), pin]]))
    await extendVault(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts), keys)
    store(served, await write(byLost, whenLive, served.state))
    store(served, await write(createWriter(vault, stream, person), {}, served.state))
    const { verdicts } = await read(vault.state, stream, pull(served), lookupOf(person))
    expect(verdicts).toEqual([admitted, quarantine('cut'), admitted])
  })

  test('C9, C4: who names a position before a list was made writes nothing there: a device that was cut gets into no later one', async () => {
    const person = await createPerson('later-list')
    const lost: Device = await addDevice(person)
    const vault = await createVault(person)
    const whenLive = {
      control: { n: 1, h: vault.state.h },
      accountLog: { n: person.state.n, h: person.state.h },
    }
    await removeDevice(person, lost.id)
    const cut = { account: person.state.account, device: lost.id, reason: 'device-removed' as const }
    const { body, parts, keys } = cutParts(vault, cut, vault.streams)
    await extendVault(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts), keys)
    const key = { stream: person.random(16), epoch: 1, key: person.random(32), name: 'later' }
    const forOwners = ownerParts(vault, [key])
    const streams = [streamOf(key, person)]
    const made = controlBody(vault, { type: 'stream', streams, epochs: [epochOf(key)] }, forOwners)
    const entry = await signControlBody(made, person.device, forOwners)
    await extendVault(vault, entry, [key])

    const served = serve(vault, key.stream)
    // Whoever has the key of the list could seal for the thief; its cut pins no list that was not there.
    store(served, await write(createWriter(vault, key.stream, person, lost), whenLive, served.state))
    store(served, await write(createWriter(vault, key.stream, person), {}, served.state))
    const { verdicts } = await read(vault.state, key.stream, pull(served), lookupOf(person))
    expect(verdicts).toEqual([quarantine('no-right'), admitted])
  })
})

describe('the checks in their order', () => {
  async function context(at: World, change: Partial<AdmitContext> = {}): Promise<AdmitContext> {
    return {
      control: at.vault.state,
      author: doctor.state,
      hasStreamHead: (head) => hasStreamHead(at.served.state, head),
      parentAuthor: null,
      verifier: new BatchVerifier(),
      ...change,
    }
  }
  const judge = async (at: World, sealed: Sealed, change: Partial<AdmitContext> = {}) =>
    admit(sealed.header, sealed.hash, sealed.proof, 1, await context(at, change))

  test('E6: what fits is admitted', async () => {
    const at = await world(READ | APPEND)
    expect(await judge(at, await write(at.byDoctor))).toEqual(admitted)
  })

  test('E6: a log that this reader has not seen yet makes an envelope wait; it is no fault', async () => {
    const at = await world(READ | APPEND)
    expect(await judge(at, await write(at.byDoctor), { author: null })).toEqual({ type: 'waiting', for: 'account' })
    const later = { n: doctor.state.n + 1, h: ZERO_HASH }
    expect(await judge(at, await write(at.byDoctor, { accountLog: later }))).toEqual({
      type: 'waiting',
      for: 'account',
    })
    const control = { n: 9, h: ZERO_HASH }
    expect(await judge(at, await write(at.byDoctor, { control }))).toEqual({ type: 'waiting', for: 'control' })
    const unknown = await write({ ...at.byDoctor, stream: new Uint8Array(16) })
    expect(await judge(at, unknown)).toEqual({ type: 'waiting', for: 'control' })
  })

  test("E6: a stranger's envelope is judged at once and waits for no log", async () => {
    const at = await world(READ | APPEND)
    const forged = await write(createWriter(at.vault, at.stream, stranger))
    expect(await judge(at, forged, { author: null })).toEqual(quarantine('no-right'))
  })

  test("E6: heads that are not on this reader's chains are named, whichever they are", async () => {
    const at = await world(READ | APPEND)
    for (const fields of [
      { control: { n: 2, h: ZERO_HASH } },
      { accountLog: { n: 1, h: ZERO_HASH } },
      { streamHead: { n: 0, h: ZERO_HASH } },
      { streamHead: { n: 1, h: ZERO_HASH } },
      { accountLog: { n: 0, h: ZERO_HASH } },
    ])
      expect(await judge(at, await write(at.byDoctor, fields))).toEqual(quarantine('heads'))
  })

  test('E6: an envelope of another vault, of a device not live, of the recovery device, or by another key is quarantined', async () => {
    const at = await world(READ | APPEND)
    expect(await judge(at, await write(at.byDoctor, { vault: new Uint8Array(16) }))).toEqual(quarantine('place'))
    expect(await judge(at, await write(at.byDoctor, { device: new Uint8Array(16) }))).toEqual(
      quarantine('device-not-live'),
    )
    const paper = createWriter(at.vault, at.stream, doctor, doctor.recovery)
    expect(await judge(at, await write(paper))).toEqual(quarantine('device-not-live'))
    const forged = await write({ ...at.byDoctor, device: { ...stranger.device, id: doctor.device.id } })
    expect(await judge(at, forged)).toEqual(quarantine('signature'))
  })

  test('E6: an account log of another person proves nothing', async () => {
    const at = await world(READ | APPEND)
    expect(await judge(at, await write(at.byDoctor), { author: owner.state })).toEqual({
      type: 'waiting',
      for: 'account',
    })
  })

  test('E6: a device removed from its account writes nothing at a head after its removal', async () => {
    const person = await createPerson('removed-writer')
    const lost = await addDevice(person)
    const vault = await createVault(person)
    await removeDevice(person, lost.id)
    const served = serve(vault, vault.streams[0]!)
    store(served, await write(createWriter(vault, vault.streams[0]!, person, lost)))
    const { verdicts } = await read(vault.state, vault.streams[0]!, pull(served), lookupOf(person))
    expect(verdicts).toEqual([quarantine('device-not-live')])
  })

  test('E6: whose work an envelope continues is found in its own record, before its own number', async () => {
    const at = await world(READ | APPEND)
    const made = await put(at, at.byOwner)
    const { doc } = made.sealed.header
    const control = at.vault.state
    const header = { ...made.sealed.header, parent: made.sealed.hash }
    expect(continuedAuthor(control, at.served.state, header, null, lookupOf(owner, doctor))).toEqual({
      account: owner.state.account,
      byOwner: true,
    })
    expect(continuedAuthor(control, at.served.state, header, 1, lookupOf(owner, doctor))).toBeNull()
    expect(
      continuedAuthor(control, at.served.state, { ...header, doc: new Uint8Array(16) }, null, lookupOf(owner, doctor)),
    ).toBeNull()
    expect(
      continuedAuthor(control, at.served.state, { ...header, doc, parent: ZERO_HASH }, null, lookupOf(owner, doctor)),
    ).toEqual({
      account: owner.state.account,
      byOwner: true,
    })
    expect(continuedAuthor(control, at.served.state, made.sealed.header, 1, lookupOf(owner, doctor))).toBeNull()
  })
})
