/**
 * What one entry of a control log may hold next to what it says (C2, C4, C9): nothing that belongs to another kind. And the edges at which a hand-over,
 * a cut or a grant is still in force.
 */
import { APPEND, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead, hasAccountHead } from '@chartkeep/protocol/account'
import { accessLogId } from '@chartkeep/protocol/audit'
import {
  applyControlEntry,
  controlHead,
  hasControlHead,
  holdersOf,
  liveOwners,
  ownerOf,
  readControlLog,
  type ControlPart,
  type ControlState,
  type Cut,
  type Member,
} from '@chartkeep/protocol/control'
import { MAX_LIVE_GRANTS, MAX_OWNERS } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Person } from '../../support/protocol-people.ts'
import {
  addedParts,
  addOwner,
  createPart,
  createVault,
  cutGrant,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  grantParts,
  keysOf,
  lookupOf,
  makeGrant,
  ownerParts,
  signAs,
  streamOf,
  withhold,
  type BodyFields,
  type KeyOf,
  type Vault,
} from '../../support/protocol-vault.ts'

let owner: Person
let jun: Person
let ana: Person
let doctor: Person
beforeAll(async () => {
  owner = await createPerson('refusals-owner')
  jun = await createPerson('refusals-jun')
  ana = await createPerson('refusals-ana')
  doctor = await createPerson('refusals-doctor')
})

interface Made {
  body: BodyFields
  parts?: ControlPart[]
  keys?: KeyOf[]
}

const lookup = () => lookupOf(owner, jun, ana, doctor)

/** What every reader says of an entry over the vault's head: its reason, or the state after it; nothing changes. */
async function after(vault: Vault, { body, parts = [] }: Made, signer = owner): Promise<ControlState | string> {
  const outcome = await applyControlEntry(vault.state, await signAs(vault, signer, body, parts), lookup())
  return 'type' in outcome ? outcome.reason : outcome
}

/** The reason alone, or `taken`. */
async function said(vault: Vault, made: Made, signer = owner): Promise<string> {
  const outcome = await after(vault, made, signer)
  return typeof outcome === 'string' ? outcome : 'taken'
}

async function extend(vault: Vault, made: Made, signer = owner) {
  vault.people = [jun, ana, doctor]
  await extendVault(vault, await signAs(vault, signer, made.body, made.parts ?? []), made.keys)
}

/** A new list with its first key: what an entry of another kind has no room for. */
function newList(vault: Vault) {
  const key = { stream: owner.random(16), epoch: 1, key: owner.random(32), name: 'new' }
  return { streams: [streamOf(key, owner)], epochs: [epochOf(key)], parts: ownerParts(vault, [key]) }
}

const account = (person: Person) => person.state.account
const noCut: Cut = { grant: null, account: null, device: null, reason: 'revoked', streams: [] }

describe('entries that make lists and keys', () => {
  test('C2: `vault`, `stream` and `epoch` carry neither a grant nor a cut', async () => {
    const vault = await createVault(owner)
    const { parts, ...list } = newList(vault)
    const keys = freshEpochs(vault, vault.streams)
    const made: Made[] = [
      { body: { type: 'stream', ...list }, parts },
      { body: { type: 'epoch', epochs: keys.map(epochOf) }, parts: ownerParts(vault, keys) },
    ]
    for (const { body, parts: given } of made) {
      expect(await said(vault, { body, parts: given! })).toBe('taken')
      for (const more of [{ cut: noCut }, { grant: owner.random(16) }])
        expect(await said(vault, { body: { ...body, ...more }, parts: given! })).toBe('malformed')
    }
  })

  test('A2: only key ids of the access log are keys of boxes; of a list any 32 bytes are', async () => {
    const vault = await createVault(owner)
    const [stream] = vault.streams
    const zeros = { stream: stream!, epoch: 2, keyId: new Uint8Array(32) }
    expect(await said(vault, { body: { type: 'epoch', epochs: [zeros] }, parts: ownerParts(vault, []) })).toBe('taken')
    const log = { stream: accessLogId(vault.id), epoch: 1, key: owner.random(32), name: 'access-log' }
    const named = (keyId: Uint8Array): Made => ({
      body: { type: 'stream', streams: [streamOf(log, owner, true)], epochs: [{ ...epochOf(log), keyId }] },
      parts: ownerParts(vault, [log]),
    })
    expect(await said(vault, named(new Uint8Array(32)))).toBe('bad-epochs')
    expect(await said(vault, named(owner.device.box.publicKey))).toBe('taken')
  })

  test('A1: only the list that a grant brings is the audit log of that grant', async () => {
    const vault = await createVault(owner, 2, true)
    const { grant, audit } = await makeGrant(vault, { grantee: doctor, scopes: [] })
    const audits = [...vault.state.streams.values()].map(({ id, auditOf }) => [idText(id), auditOf])
    expect(audits).toEqual([...vault.streams.map((stream) => [idText(stream), null]), [idText(audit), idText(grant)]])
  })

  test('K9, C8: a reader keeps the parts that it got whole, in their order, each with its entry', async () => {
    const vault = await createVault(owner)
    const { entry } = await makeGrant(vault, { grantee: doctor, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const { received } = vault.state
    expect(received.map(({ at, open, wrap }) => [at, idText(open.recipient), idText(wrap)])).toEqual([
      [1, idText(account(owner)), idText(vault.entries[0]!.parts[0]!.wrap!)],
      [2, idText(account(doctor)), idText(entry.parts[0]!.wrap!)],
      [2, idText(account(owner)), idText(entry.parts[1]!.wrap!)],
    ])
    const own = withhold(entry, (index) => ({ open: index !== 0, wrap: index !== 0 }))
    const [first] = vault.entries
    const seen = (await readControlLog([first!, own], lookup())) as ControlState
    expect(seen.received.map(({ at }) => at)).toEqual([1, 2])
    const nothing = withhold(entry, () => ({ wrap: true }))
    expect(((await readControlLog([first!, nothing], lookup())) as ControlState).received).toHaveLength(1)
  })

  test('C1: a log is read up to the first entry that does not hold, and says why', async () => {
    const vault = await createVault(owner)
    await makeGrant(vault, { grantee: doctor, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    await addOwner(vault, jun, 'manager')
    const [first, second, third] = vault.entries
    const forged = { ...second!, signature: second!.signature.map((byte) => byte ^ 1) }
    expect(await readControlLog([first!, forged, third!], lookup())).toEqual({
      type: 'refused',
      reason: 'bad-signature',
    })
    expect(
      await readControlLog([third!], lookup(), (await readControlLog([first!, second!], lookup())) as ControlState),
    ).toMatchObject({ n: 3 })
    expect(await readControlLog([], lookup())).toBeNull()
  })

  test('C1, K4: a position is known where the log goes as far, and nowhere before its first entry', async () => {
    const { state } = await createVault(owner)
    expect(hasControlHead(state, controlHead(state))).toBe(true)
    expect(hasAccountHead(owner.state, accountHead(owner.state))).toBe(true)
    for (const n of [0, 2, -1]) {
      expect(hasControlHead(state, { n, h: n === 0 ? ZERO_HASH : state.h })).toBe(false)
      expect(hasAccountHead(owner.state, { n, h: n === 0 ? ZERO_HASH : owner.state.h })).toBe(false)
    }
  })
})

describe('grants', () => {
  test(`C4: of the ${MAX_LIVE_GRANTS} grants those that were cut do not count`, async () => {
    const vault = await createVault(owner, 1)
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { grant } = await makeGrant(vault, { grantee: doctor, scopes })
    await cutGrant(vault, grant)
    const over = vault.state.grants.get(idText(grant))!
    const grants = new Map(vault.state.grants)
    for (let i = 0; i < MAX_LIVE_GRANTS - 1; i++) grants.set(`live-${i}`, { ...over, cut: null, streams: new Map() })
    vault.state = { ...vault.state, grants }
    const made = grantParts(vault, { grantee: doctor, scopes })
    expect(await said(vault, made)).toBe('taken')
    grants.set('one more', { ...over, cut: null, streams: new Map() })
    expect(await said(vault, made)).toBe('bad-grant')
  })

  test('A1: a grant without a list of its own is none', async () => {
    const vault = await createVault(owner)
    const { body, parts } = grantParts(vault, {
      grantee: doctor,
      scopes: [{ stream: vault.streams[0]!, rights: READ }],
    })
    expect(await said(vault, { body: { ...body, streams: [], epochs: [] }, parts })).toBe('bad-streams')
  })

  test('P4: a grant may name a head of the grantee’s log that this reader has not got to; one that it knows must be it', async () => {
    const vault = await createVault(owner)
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const named = (n: number, h: Uint8Array) =>
      grantParts(vault, { grantee: doctor, scopes }, (open) => ({ ...open, accountLog: { n, h } }))
    const { n, h } = doctor.state
    expect(await said(vault, named(n, h))).toBe('taken')
    expect(await said(vault, named(n, ZERO_HASH))).toBe('account-head')
    expect(await said(vault, named(n + 1, ZERO_HASH)), 'not known yet').toBe('taken')
  })
})

describe('what this reader was not shown', () => {
  test('C8: a part for a grant whose grantee it was not shown it takes as it is', async () => {
    const vault = await createVault(owner)
    vault.people = [doctor]
    const { grant } = await makeGrant(vault, { grantee: doctor, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const known = vault.state.grants.get(idText(grant))!
    const keys = freshEpochs(vault, vault.streams.slice(0, 1))
    const body: BodyFields = { type: 'epoch', epochs: keys.map(epochOf) }
    const parts = [...ownerParts(vault, keys), createPart({ vault: vault.id, recipient: doctor, grant, keys })]
    expect(await said(vault, { body, parts })).toBe('taken')
    const grants = new Map(vault.state.grants).set(idText(grant), { ...known, role: 'nurse' as const })
    expect(await said({ ...vault, state: { ...vault.state, grants } }, { body, parts })).toBe('bad-parts')
    const unseen = new Map(grants).set(idText(grant), { ...known, account: null, role: 'nurse' as const })
    expect(await said({ ...vault, state: { ...vault.state, grants: unseen } }, { body, parts })).toBe('taken')
  })

  test('C2, C12: an owner is granted nothing, by a role neither, whoever has its log', async () => {
    const vault = await createVault(owner)
    await addOwner(vault, jun, 'manager')
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { body, parts } = grantParts(vault, { grantee: jun, scopes }, (open) => ({ ...open, role: 'nurse' }))
    const entry = await signAs(vault, owner, body, parts)
    for (const reader of [lookupOf(owner, jun), lookupOf(owner)])
      expect(await applyControlEntry(vault.state, entry, reader)).toEqual({ type: 'refused', reason: 'bad-grant' })
  })

  test('C1: a chart may begin without a list', async () => {
    const { body, parts } = (await createVault(owner, 0)).entries[0]!
    expect(parts).toHaveLength(1)
    expect(body.length).toBeGreaterThan(0)
  })
})

describe('cuts', () => {
  async function granted(rights: number) {
    const vault = await createVault(owner)
    const { grant, audit } = await makeGrant(vault, {
      grantee: doctor,
      scopes: [{ stream: vault.streams[0]!, rights }],
    })
    return { vault, grant, made: cutParts(vault, { grant }, [vault.streams[0]!, audit]) }
  }

  test('C4: a list that could only be read needs no position', async () => {
    for (const [rights, outcome] of [
      [READ, 'taken'],
      [READ | APPEND, 'bad-cut'],
    ] as const) {
      const { vault, made } = await granted(rights)
      const streams = made.body.cut!.streams.slice(1)
      expect(await said(vault, { ...made, body: { ...made.body, cut: { ...made.body.cut!, streams } } })).toBe(outcome)
    }
  })

  test('C2, C4: a cut makes no list', async () => {
    const { vault, made } = await granted(READ)
    const { parts, streams, epochs } = newList(vault)
    expect(await said(vault, made)).toBe('taken')
    expect(
      await said(vault, {
        body: { ...made.body, streams, epochs: [...made.body.epochs!, ...epochs] },
        parts: [...made.parts, ...parts],
      }),
    ).toBe('bad-cut')
  })

  test('C4, K5: of whoever is no owner the device is cut without a head of its log; of an owner a device that its log has', async () => {
    const { vault, made } = await granted(READ | APPEND)
    const subject = accountHead(doctor.state)
    const device = {
      grant: null,
      account: account(doctor),
      device: doctor.device.id,
      reason: 'device-removed' as const,
    }
    const body = { ...made.body, cut: { ...made.body.cut!, ...device } }
    expect(await said(vault, { ...made, body })).toBe('taken')
    expect(await said(vault, { ...made, body: { ...body, subject } })).toBe('malformed')
    const own = cutParts(
      vault,
      { ...device, account: account(owner), device: owner.random(16) },
      [...vault.state.streams.values()].map(({ id }) => id),
    )
    expect(await said(vault, own)).toBe('bad-cut')
  })

  test('C12: a role is lost by a device, never by a grant', async () => {
    const { vault, made } = await granted(READ)
    const cut = { ...made.body.cut!, reason: 'role-lost' as const }
    expect(await said(vault, { ...made, body: { ...made.body, cut } })).toBe('bad-cut')
    // Nor does the cut of a grant name a device or a head of an account.
    const withDevice = { ...made.body.cut!, device: doctor.device.id }
    expect(await said(vault, { ...made, body: { ...made.body, cut: withDevice } })).toBe('bad-cut')
    expect(await said(vault, { ...made, body: { ...made.body, subject: accountHead(doctor.state) } })).toBe('bad-cut')
  })

  test('K5, C4: a device is removed at the very head that takes it away, and not before', async () => {
    const helper = await createPerson('refusals-helper')
    const lost = await addDevice(helper)
    const vault = await createVault(owner)
    vault.people = [helper]
    await addOwner(vault, helper, 'manager')
    const before = accountHead(helper.state)
    await removeDevice(helper, lost.id)
    const streams = [...vault.state.streams.values()].map(({ id }) => id)
    const cut = { account: account(helper), device: lost.id, reason: 'device-removed' as const }
    const { body, parts } = cutParts(vault, cut, streams)
    const tried = async (subject: { n: number; h: Uint8Array }) => {
      const entry = await signAs(vault, owner, { ...body, subject }, parts)
      const outcome = await applyControlEntry(vault.state, entry, lookupOf(owner, helper))
      return 'type' in outcome ? outcome.reason : 'taken'
    }
    expect([await tried(before), await tried(accountHead(helper.state))]).toEqual(['bad-cut', 'taken'])
  })
})

describe('accept', () => {
  test('C9: an accept brings no list, no key, no part and no cut', async () => {
    const vault = await createVault(owner)
    const body: BodyFields = {
      type: 'accept',
      accept: { envelopes: [{ stream: vault.streams[0]!, hash: owner.random(32) }] },
    }
    expect(await said(vault, { body })).toBe('taken')
    const { parts, ...list } = newList(vault)
    const epochs = freshEpochs(vault, vault.streams).map(epochOf)
    const beside: Made[] = [
      { body: { ...body, ...list } },
      { body: { ...body, ...list }, parts },
      { body: { ...body, epochs } },
      { body: { ...body, epochs: epochs.slice(1) }, parts: ownerParts(vault, []) },
      { body, parts: ownerParts(vault, []) },
      { body: { ...body, cut: noCut } },
      { body: { ...body, grant: owner.random(16) } },
    ]
    for (const made of beside) expect(await said(vault, made)).toBe('malformed')
  })

  test('C9: each list that it names is one of the chart, and the first accept of an envelope is the one that counts', async () => {
    const vault = await createVault(owner)
    const hash = owner.random(32)
    const other = owner.random(32)
    const named = (...envelopes: { stream: Uint8Array; hash: Uint8Array }[]): Made => ({
      body: { type: 'accept', accept: { envelopes } },
    })
    const [stream] = vault.streams
    expect(await said(vault, named({ stream: stream!, hash }, { stream: owner.random(16), hash: other }))).toBe(
      'bad-accept',
    )
    await extend(vault, named({ stream: stream!, hash }))
    await extend(vault, named({ stream: stream!, hash }, { stream: stream!, hash: other }))
    expect([...vault.state.accepted]).toEqual([
      [idText(hash), 2],
      [idText(other), 3],
    ])
  })
})

describe('owners', () => {
  test('C2: a holder is not made one again, and who is raised is raised alone', async () => {
    const vault = await createVault(owner)
    await addOwner(vault, jun, 'manager')
    await addOwner(vault, ana, 'manager')
    const { body } = addedParts(vault, owner, 'holder')
    expect(await said(vault, { body })).toBe('bad-member')
    await extend(vault, { body: addedParts(vault, ana, 'holder').body })
    expect(liveOwners(vault.state).map(({ role }) => role)).toEqual(['holder', 'manager', 'holder'])
  })

  test('C2: an entry of owners makes no list', async () => {
    const vault = await createVault(owner)
    const { body, parts } = addedParts(vault, jun, 'manager')
    const { streams, epochs } = newList(vault)
    expect(await said(vault, { body, parts })).toBe('taken')
    expect(await said(vault, { body: { ...body, streams, epochs }, parts })).toBe('malformed')
  })

  test('C2: among as many owners as may be, a manager still becomes a holder', async () => {
    const vault = await createVault(owner)
    await addOwner(vault, jun, 'manager')
    const [, manager] = vault.state.owners
    const more = Array.from({ length: MAX_OWNERS - 2 }, (_, i) => ({
      ...manager!,
      account: new Uint8Array(16).fill(i + 1),
    }))
    vault.state = { ...vault.state, owners: [...vault.state.owners, ...more] }
    expect(await said(vault, { body: addedParts(vault, jun, 'holder').body })).toBe('taken')
    expect(await said(vault, addedParts(vault, ana, 'manager'))).toBe('bad-member')
  })

  test('C2: a part of a grant that the new owner has is no owner’s part', async () => {
    const vault = await createVault(owner)
    vault.people = [jun]
    const { grant } = await makeGrant(vault, { grantee: jun, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const { body, parts } = addedParts(vault, jun, 'manager')
    const ofGrant = createPart({ vault: vault.id, recipient: jun, grant, keys: keysOf(vault, vault.streams[0]!) })
    expect(await said(vault, { body, parts: [ofGrant] })).toBe('bad-parts')
    expect(await said(vault, { body, parts: [ofGrant, ...parts] })).toBe('taken')
  })

  test('C4: new keys reach an owner by an owner’s part; a reader who is not shown all parts cannot tell', async () => {
    const vault = await createVault(owner)
    vault.people = [jun]
    const { grant } = await makeGrant(vault, { grantee: jun, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    await addOwner(vault, jun, 'manager')
    const keys = freshEpochs(vault, vault.streams.slice(0, 1))
    const body: BodyFields = { type: 'epoch', epochs: keys.map(epochOf) }
    const [forOwner, forJun] = ownerParts(vault, keys)
    const ofGrant = createPart({ vault: vault.id, recipient: jun, grant, keys })
    expect(await said(vault, { body, parts: [forOwner!, forJun!] })).toBe('taken')
    expect(await said(vault, { body, parts: [forOwner!, ofGrant] })).toBe('bad-parts')
    const entry = await signAs(vault, owner, body, [forOwner!, ofGrant])
    const partly = withhold(entry, (index) => ({ open: index === 1, wrap: index === 1 }))
    expect(await applyControlEntry(vault.state, partly, lookup())).toMatchObject({ n: vault.state.n + 1 })
  })

  const member = (op: Member['op'], other: Person): Made => ({
    body: { type: 'manager', member: { op, account: account(other), role: null, accountLog: null } },
  })
  /** Everything with which the receiver of a holder's place ends its giver. */
  function takeOver(vault: Vault, giver: Person) {
    const streams = [...vault.state.streams.values()].map(({ id }) => id)
    const cut = { account: account(giver), reason: 'member-removed' as const }
    const { body, keys } = cutParts(vault, cut, streams)
    const parts = ownerParts(vault, keys, giver)
    return { body: { ...member('take-over', giver).body, ...body, type: 'manager' as const }, parts, keys }
  }

  test('C2: a place is taken over by whoever was offered it, with the cut of the giver and of nothing else', async () => {
    const vault = await createVault(owner)
    await addOwner(vault, jun, 'manager')
    expect(await said(vault, takeOver(vault, owner), jun), 'without an offer').toBe('bad-member')
    await extend(vault, member('offer', jun))
    const made = takeOver(vault, owner)
    expect(await said(vault, made, jun)).toBe('taken')
    const pins = made.body.cut!.streams
    const bent: [Partial<Cut>, string][] = [
      [{ reason: 'revoked' }, 'bad-cut'],
      [{ grant: owner.random(16) }, 'bad-cut'],
      [{ device: owner.device.id }, 'bad-cut'],
      [{ account: null }, 'bad-cut'],
      [{ account: account(jun) }, 'bad-cut'],
      [{ streams: [...pins, pins[0]!] }, 'bad-cut'],
      [{ streams: [...pins, { ...pins[0]!, stream: owner.random(16) }] }, 'bad-cut'],
      [{ streams: pins.slice(1) }, 'bad-cut'],
    ]
    for (const [change, reason] of bent) {
      const body = { ...made.body, cut: { ...made.body.cut!, ...change } }
      expect(await said(vault, { ...made, body }, jun), Object.keys(change)[0]).toBe(reason)
    }
    const { parts, streams, epochs } = newList(vault)
    const beside = { ...made.body, streams, epochs: [...made.body.epochs!, ...epochs] }
    expect(await said(vault, { body: beside, parts: [...made.parts, ...parts] }, jun), 'with a list').toBe('malformed')
  })

  test('C2, C4: who is ended loses what it was granted next to that still remains, and nobody else loses anything', async () => {
    const vault = await createVault(owner)
    vault.people = [jun, doctor]
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const earlier = await makeGrant(vault, { grantee: jun, scopes })
    await cutGrant(vault, earlier.grant)
    const own = await makeGrant(vault, { grantee: jun, scopes })
    const other = await makeGrant(vault, { grantee: doctor, scopes })
    await addOwner(vault, jun, 'manager')
    // One that this reader was not shown.
    const unseen = { ...vault.state.grants.get(idText(other.grant))!, id: owner.random(16), account: null }
    vault.state = { ...vault.state, grants: new Map(vault.state.grants).set('unseen', unseen) }
    const streams = [...vault.state.streams.values()].map(({ id }) => id)
    const cut = { account: account(jun), reason: 'member-removed' as const }
    const { body, keys } = cutParts(vault, cut, streams)
    const ended = (await after(vault, { body, parts: ownerParts(vault, keys, jun) })) as ControlState
    const of = (id: string) => ended.grants.get(id)!.cut
    expect(of(idText(earlier.grant))).toEqual(vault.state.grants.get(idText(earlier.grant))!.cut)
    expect(of(idText(own.grant))).toMatchObject({ at: ended.n, reason: 'member-removed' })
    expect([of(idText(other.grant)), of('unseen')]).toEqual([null, null])
  })

  test('C2: the end of one holder ends its offer, and not that of the other', async () => {
    const vault = await createVault(owner)
    await addOwner(vault, jun, 'holder')
    await addOwner(vault, ana, 'manager')
    await addOwner(vault, doctor, 'manager')
    await extend(vault, member('offer', ana))
    await extend(vault, member('offer', doctor), jun)
    const taken = (await after(vault, takeOver(vault, owner), ana)) as ControlState
    expect([...taken.offers.keys()]).toEqual([idText(account(jun))])
    expect(holdersOf(taken).map((each) => idText(each.account))).toEqual([account(jun), account(ana)].map(idText))
    expect(ownerOf(taken, account(owner))).toBeNull()
    // The end of a manager ends what was offered to it.
    const streams = [...vault.state.streams.values()].map(({ id }) => id)
    const cut = { account: account(doctor), reason: 'member-removed' as const }
    const { body, keys } = cutParts(vault, cut, streams)
    const ended = (await after(vault, { body, parts: ownerParts(vault, keys, doctor) })) as ControlState
    expect([...ended.offers.keys()]).toEqual([idText(account(owner))])
  })
})

describe('where a chart is kept', () => {
  const key = (at: number) => new Uint8Array(32).fill(at)
  const move = (from: number, to: number, address = 'https://records.example'): Made => ({
    body: { type: 'server', server: { address, key: key(to), previous: key(from) } },
  })

  test('S10: each move begins where the last one ended, however many there were', async () => {
    const vault = await createVault(owner)
    await extend(vault, move(1, 2))
    await extend(vault, move(2, 3))
    await extend(vault, move(3, 4))
    expect([await said(vault, move(4, 5)), await said(vault, move(3, 5)), await said(vault, move(1, 5))]).toEqual([
      'taken',
      'bad-server',
      'bad-server',
    ])
  })

  test('S10: an address is one of the web from its first letter on', async () => {
    const vault = await createVault(owner)
    for (const address of ['ws://http:81', 'ftp://records.example', 'wss://records.example'])
      expect(await said(vault, move(1, 2, address)), address).toBe('bad-server')
    expect(await said(vault, move(1, 2, 'http://localhost:8787'))).toBe('taken')
  })

  test('S9, S10: next to neither of them is a list with its key, nor a key with its part', async () => {
    const vault = await createVault(owner)
    const { parts, ...list } = newList(vault)
    const epochs = freshEpochs(vault, vault.streams.slice(1)).map(epochOf)
    const restart = { streams: [{ stream: vault.streams[0]!, n: 3, h: key(4) }] }
    for (const body of [move(1, 2).body, { type: 'restart', restart } satisfies BodyFields]) {
      expect(await said(vault, { body })).toBe('taken')
      expect(await said(vault, { body: { ...body, ...list }, parts })).toBe('malformed')
      expect(await said(vault, { body: { ...body, ...list } })).toBe('malformed')
      expect(await said(vault, { body: { ...body, epochs }, parts: ownerParts(vault, []) })).toBe('malformed')
    }
  })
})
