/** Owners of a vault as every reader checks them (C2, C4, K5): what holds, and what a manager, a leaver or a bad server tries. */
import { encodeMessage, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  deviceCut,
  heldStreams,
  holdersOf,
  isOwner,
  mayEnd,
  ownerOf,
  readControlLog,
  staleStreams,
  wasOwner,
  type ControlBody,
  type ControlState,
  type Cut,
  type Member,
} from '@chartkeep/protocol/control'
import { couldWrite, MAX_OWNERS, ownsAt } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Person } from '../../support/protocol-people.ts'
import {
  addedParts,
  addOwner,
  createPart,
  createVault,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  lookupOf,
  makeGrant,
  ownerParts,
  signAs,
  withhold,
  type BodyFields,
  type Vault,
} from '../../support/protocol-vault.ts'

const refusal = (reason: string) => ({ type: 'refused', reason })

let owner: Person
let jun: Person
let ana: Person
let doctor: Person
beforeAll(async () => {
  owner = await createPerson('owners-owner')
  jun = await createPerson('owners-jun')
  ana = await createPerson('owners-ana')
  doctor = await createPerson('owners-doctor')
})

const account = (person: Person) => person.state.account

async function tried(
  vault: Vault,
  signer: Person,
  { body, parts }: { body: BodyFields; parts: Parameters<typeof signAs>[3] },
) {
  const lookup = lookupOf(owner, jun, ana, doctor, ...vault.people)
  return applyControlEntry(vault.state, await signAs(vault, signer, body, parts), lookup)
}

/** Everything that the cut of an owner needs, with a part for each owner who stays. */
function endParts(vault: Vault, ended: Person, change: Partial<Cut> = {}) {
  const streams = [...vault.state.streams.values()].map(({ id }) => id)
  const cut = { account: account(ended), reason: 'member-removed' as const, ...change }
  const { body, keys } = cutParts(vault, cut, streams)
  return { body, parts: ownerParts(vault, keys, ended), keys }
}

/** The same without keys, as somebody writes it who leaves. */
function leaveParts(vault: Vault, ended: Person) {
  const { body } = endParts(vault, ended)
  return { body: { ...body, epochs: [] }, parts: [] }
}

const member = (op: Member['op'], other: Person): { body: BodyFields; parts: never[] } => ({
  body: { type: 'manager', member: { op, account: account(other), role: null, accountLog: null } },
  parts: [],
})

async function extend(
  vault: Vault,
  signer: Person,
  made: { body: BodyFields; parts: Parameters<typeof signAs>[3]; keys?: Parameters<typeof extendVault>[2] },
) {
  await extendVault(vault, await signAs(vault, signer, made.body, made.parts), made.keys)
}

async function managed(): Promise<Vault> {
  const vault = await createVault(owner)
  await addOwner(vault, jun, 'manager')
  return vault
}

describe('adding', () => {
  test('C2: a manager and a second holder are owners from their entry on, with the keys of all streams', async () => {
    const vault = await managed()
    await addOwner(vault, ana, 'holder')
    const { state } = vault
    expect(state.owners.map(({ role, at, addedBy }) => [role, at, addedBy === null])).toEqual([
      ['holder', 1, true],
      ['manager', 2, false],
      ['holder', 3, false],
    ])
    expect(holdersOf(state).map((each) => each.account)).toEqual([account(owner), account(ana)])
    expect(heldStreams(state, account(jun))).toEqual([...state.streams.keys()])
    expect(couldWrite(state, account(jun), idText(vault.streams[0]!))).toBe(true)
    expect([wasOwner(state, account(jun)), wasOwner(state, account(doctor))]).toEqual([true, false])
    const [stream] = vault.streams
    expect(
      [1, 2, 3].map((n) => ownsAt(state, account(jun), stream!, n, 1, null)),
      'not before it',
    ).toEqual([false, true, true])
    // Another reader, from the bytes.
    const again = (await readControlLog(vault.entries, lookupOf(owner, jun, ana))) as ControlState
    expect(again.owners).toEqual(state.owners)
  })

  test('C2: a manager adds managers, a holder makes a manager a holder, and nobody makes a third', async () => {
    const vault = await managed()
    await addOwner(vault, ana, 'manager', jun)
    expect(await tried(vault, jun, addedParts(vault, ana, 'holder'))).toEqual(refusal('bad-member'))
    expect(await tried(vault, jun, addedParts(vault, ana, 'manager')), 'twice').toEqual(refusal('bad-member'))
    const { body } = addedParts(vault, ana, 'holder')
    await extend(vault, owner, { body, parts: [] })
    expect(ownerOf(vault.state, account(ana))).toMatchObject({ role: 'holder', at: 3 })
    expect(await tried(vault, ana, addedParts(vault, doctor, 'holder'))).toEqual(refusal('bad-member'))
    expect(await tried(vault, owner, { body: addedParts(vault, jun, 'holder').body, parts: [] })).toEqual(
      refusal('bad-member'),
    )
  })

  test('C2, P4: an owner is added with a part of its own, by the account log that its adder was shown', async () => {
    const vault = await createVault(owner)
    const { body, parts } = addedParts(vault, jun, 'manager')
    expect(await tried(vault, owner, { body, parts: [] })).toEqual(refusal('bad-parts'))
    const forOwner = createPart({ vault: vault.id, recipient: owner, keys: [] })
    expect(await tried(vault, owner, { body, parts: [forOwner] })).toEqual(refusal('bad-parts'))
    const elsewhere: Member = { ...(body.member as Member), accountLog: { n: 1, h: ZERO_HASH } }
    expect(await tried(vault, owner, { body: { ...body, member: elsewhere }, parts })).toEqual(refusal('account-head'))
    const entry = await signAs(vault, owner, body, parts)
    expect(await applyControlEntry(vault.state, entry, lookupOf(owner)), 'a reader must know the log').toEqual(
      refusal('unknown-account'),
    )
    // A grantee sees the public part alone, and knows who signs from then on (C8).
    const public_ = withhold(entry, () => ({ open: true, wrap: true }))
    const seen = (await applyControlEntry(vault.state, public_, lookupOf(owner, jun))) as ControlState
    expect(isOwner(seen, account(jun))).toBe(true)
  })

  const bent: [string, string, (body: ControlBody & BodyFields) => BodyFields][] = [
    ['without a member', 'malformed', () => ({ type: 'manager' })],
    ['with a grant', 'malformed', (body) => ({ ...body, grant: new Uint8Array(16) })],
    ['without a role', 'malformed', (body) => ({ ...body, member: { ...body.member!, role: null } })],
    ['without a log head', 'malformed', (body) => ({ ...body, member: { ...body.member!, accountLog: null } })],
    [
      'with a cut',
      'malformed',
      (body) => ({ ...body, cut: { grant: null, account: null, device: null, reason: 'revoked', streams: [] } }),
    ],
    ['with an unknown deed', 'malformed', (body) => ({ ...body, member: { ...body.member!, op: 'crown' as 'add' } })],
    ['whose member stands in an entry of another type', 'malformed', (body) => ({ ...body, type: 'epoch' })],
  ]
  test.each(bent)('C2: an entry %s is refused as %s', async (_, reason, change) => {
    const vault = await createVault(owner)
    const { body, parts } = addedParts(vault, jun, 'manager')
    expect(await tried(vault, owner, { body: change(body as ControlBody & BodyFields), parts })).toEqual(
      refusal(reason),
    )
  })

  test('C2: a vault has so many owners that one entry can reach them all', async () => {
    const vault = await createVault(owner)
    const stay = vault.state.owners[0]!
    const many = Array.from({ length: MAX_OWNERS - 1 }, (_, i) => ({
      ...stay,
      account: new Uint8Array(16).fill(i + 1),
      role: 'manager' as const,
    }))
    vault.state = { ...vault.state, owners: [stay, ...many] }
    expect(await tried(vault, owner, addedParts(vault, jun, 'manager'))).toEqual(refusal('bad-member'))
  })

  test('C2, C4: whoever is no owner adds nobody, and an entry with new keys reaches every owner', async () => {
    const vault = await managed()
    expect(await tried(vault, doctor, addedParts(vault, ana, 'manager'))).toEqual(refusal('not-an-owner'))
    const keys = freshEpochs(vault, vault.streams)
    const body: BodyFields = { type: 'epoch', epochs: keys.map(epochOf) }
    const own = [createPart({ vault: vault.id, recipient: jun, keys })]
    expect(await tried(vault, jun, { body, parts: own }), 'a manager who keeps the keys to itself').toEqual(
      refusal('bad-parts'),
    )
    expect(await tried(vault, jun, { body, parts: ownerParts(vault, keys) })).toHaveProperty('n', 3)
  })
})

describe('ending', () => {
  test('C2: nobody removes a holder, and a manager only whom it added', async () => {
    const vault = await managed()
    await addOwner(vault, ana, 'manager')
    expect(await tried(vault, jun, endParts(vault, owner))).toEqual(refusal('bad-cut'))
    expect(await tried(vault, jun, endParts(vault, ana))).toEqual(refusal('bad-cut'))
    await addOwner(vault, doctor, 'manager', jun)
    expect([
      mayEnd(vault.state, account(doctor), account(jun)),
      mayEnd(vault.state, account(jun), account(doctor)),
    ]).toEqual([true, false])
    expect(await tried(vault, jun, endParts(vault, doctor))).toHaveProperty('n', 5)
    expect(await tried(vault, owner, endParts(vault, doctor)), 'a holder any manager').toHaveProperty('n', 5)
  })

  test('C2, C4: the cut of an owner renews every stream, pins what it could write, and reaches those who stay alone', async () => {
    const vault = await managed()
    const { body, parts, keys } = endParts(vault, jun)
    const lessEpochs = { ...body, epochs: body.epochs!.slice(1) }
    expect(await tried(vault, owner, { body: lessEpochs, parts })).toEqual(refusal('bad-epochs'))
    const pins = body.cut!.streams
    for (const streams of [pins.slice(1), [...pins, pins[0]!], [...pins, { ...pins[0]!, stream: new Uint8Array(16) }]])
      expect(await tried(vault, owner, { body: { ...body, cut: { ...body.cut!, streams } }, parts })).toEqual(
        refusal('bad-cut'),
      )
    expect(await tried(vault, owner, { body: { ...body, cut: { ...body.cut!, reason: 'revoked' } }, parts })).toEqual(
      refusal('bad-cut'),
    )
    const toTheEnded = [...parts, createPart({ vault: vault.id, recipient: jun, keys })]
    expect(await tried(vault, owner, { body, parts: toTheEnded })).toEqual(refusal('bad-parts'))
    const subject = accountHead(jun.state)
    expect(await tried(vault, owner, { body: { ...body, subject }, parts })).toEqual(refusal('malformed'))

    await extend(vault, owner, { body, parts, keys })
    const { state } = vault
    expect([isOwner(state, account(jun)), wasOwner(state, account(jun)), heldStreams(state, account(jun))]).toEqual([
      false,
      true,
      [],
    ])
    const [stream] = vault.streams
    expect(
      [1, 2].map((n) => ownsAt(state, account(jun), stream!, 2, n, null)),
      'the pin lies at 0',
    ).toEqual([false, false])
    expect(ownsAt(state, account(jun), stream!, 3, 1, null)).toBe(false)
    expect(await tried(vault, jun, addedParts(vault, ana, 'manager'))).toEqual(refusal('not-an-owner'))
    expect(await tried(vault, owner, endParts(vault, jun)), 'twice').toEqual(refusal('bad-cut'))
    vault.others = []
    await addOwner(vault, jun, 'manager')
    expect(ownerOf(vault.state, account(jun)), 'a new stay').toMatchObject({ at: 4, cut: null })
  })

  test('C2, C4: who is ended loses what it was granted next to, with the same new keys', async () => {
    const vault = await createVault(owner)
    const { grant } = await makeGrant(vault, { grantee: jun, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    await addOwner(vault, jun, 'manager')
    expect(couldWrite(vault.state, account(jun), idText(vault.streams[1]!))).toBe(true)
    await extend(vault, owner, endParts(vault, jun))
    expect(vault.state.grants.get(idText(grant))!.cut).toMatchObject({ at: 4, reason: 'member-removed' })
  })

  test('C2, C4: who leaves brings no keys, the last holder stays, and the streams are stale until an owner renews them', async () => {
    const vault = await managed()
    expect(await tried(vault, owner, leaveParts(vault, owner))).toEqual(refusal('bad-cut'))
    expect(await tried(vault, jun, endParts(vault, jun)), 'keys that it would know').toEqual(refusal('bad-epochs'))
    const made = leaveParts(vault, jun)
    const stray = [createPart({ vault: vault.id, recipient: owner, keys: [] })]
    expect(await tried(vault, jun, { ...made, parts: stray })).toEqual(refusal('bad-parts'))
    await extend(vault, jun, made)
    vault.others = []
    expect(staleStreams(vault.state)).toEqual(vault.streams.map(idText))
    const keys = freshEpochs(vault, vault.streams)
    await extend(vault, owner, {
      body: { type: 'epoch', epochs: keys.map(epochOf) },
      parts: ownerParts(vault, keys),
      keys,
    })
    expect(staleStreams(vault.state)).toEqual([])

    await addOwner(vault, ana, 'holder')
    expect(await tried(vault, owner, leaveParts(vault, owner)), 'another one holds it').toHaveProperty('n', 6)
  })
})

describe('hand-over', () => {
  const offered = async () => {
    const vault = await managed()
    await extend(vault, owner, member('offer', jun))
    return vault
  }
  const taken = (vault: Vault) => {
    const { body, parts, keys } = endParts(vault, owner)
    const takeOver: Member = { op: 'take-over', account: account(owner), role: null, accountLog: null }
    return { body: { ...body, type: 'manager' as const, member: takeOver }, parts, keys }
  }

  test('C2: giver and receiver sign; the receiver holds the chart and the giver ends with new epochs', async () => {
    const vault = await offered()
    expect([...vault.state.offers]).toEqual([
      [idText(account(owner)), { to: account(jun), at: 3, time: expect.any(Number) }],
    ])
    expect(
      holdersOf(vault.state).map((each) => each.account),
      'an offer changes nothing',
    ).toEqual([account(owner)])
    const made = taken(vault)
    const without = { ...made.body, epochs: made.body.epochs!.slice(1) }
    expect(await tried(vault, jun, { body: without, parts: made.parts })).toEqual(refusal('bad-epochs'))
    expect(await tried(vault, jun, { body: { ...made.body, cut: null }, parts: made.parts })).toEqual(
      refusal('bad-cut'),
    )
    const self = { ...made.body, cut: { ...made.body.cut!, account: account(jun) } }
    expect(await tried(vault, jun, { body: self, parts: made.parts })).toEqual(refusal('bad-cut'))
    expect(await tried(vault, owner, made), 'the giver cannot sign for the receiver').toEqual(refusal('bad-member'))
    await extend(vault, jun, made)
    expect(holdersOf(vault.state).map((each) => each.account)).toEqual([account(jun)])
    expect([ownerOf(vault.state, account(owner)), vault.state.offers.size]).toEqual([null, 0])
    expect(mayEnd(vault.state, account(jun), account(jun)), 'the last holder').toBe(false)
  })

  test('C2: only a holder offers, and only to a manager; an offer is taken back or turned down by its two sides alone', async () => {
    const vault = await offered()
    await addOwner(vault, ana, 'manager')
    expect(await tried(vault, jun, member('offer', ana))).toEqual(refusal('bad-member'))
    expect(await tried(vault, owner, member('offer', doctor))).toEqual(refusal('bad-member'))
    expect(await tried(vault, ana, member('withdraw', jun))).toEqual(refusal('bad-member'))
    const withPart = { ...member('withdraw', jun), parts: ownerParts(vault, []) }
    expect(await tried(vault, owner, withPart)).toEqual(refusal('bad-parts'))
    const withEpochs = member('withdraw', jun)
    const epochs = freshEpochs(vault, vault.streams).map(epochOf)
    expect(await tried(vault, owner, { ...withEpochs, body: { ...withEpochs.body, epochs } })).toEqual(
      refusal('malformed'),
    )
    for (const [signer, other] of [
      [owner, jun],
      [jun, owner],
    ] as const) {
      const after = (await tried(vault, signer, member('withdraw', other))) as ControlState
      expect(after.offers.size).toBe(0)
    }
    // Made to another person since: the first one has none.
    await extend(vault, owner, member('offer', ana))
    expect(await tried(vault, jun, taken(vault))).toEqual(refusal('bad-member'))
  })

  test('C2: an offer ends with either side', async () => {
    const vault = await offered()
    const after = (await tried(vault, owner, endParts(vault, jun))) as ControlState
    expect(after.offers.size).toBe(0)
  })
})

describe('devices of owners', () => {
  test("K5, C2: a removed device of another owner is cut on the word of that owner's account log, and of nothing else", async () => {
    const helper = await createPerson('owners-helper')
    const lost = await addDevice(helper)
    const kept = await addDevice(helper)
    const vault = await createVault(owner)
    await addOwner(vault, helper, 'manager')
    const before = accountHead(helper.state)
    await removeDevice(helper, lost.id)
    const cutOf = (device: Uint8Array) =>
      cutParts(vault, { account: account(helper), device, reason: 'device-removed' }, vault.streams)
    const { body, parts, keys } = cutOf(lost.id)
    expect(await tried(vault, owner, { body, parts }), 'no log named').toEqual(refusal('bad-cut'))
    expect(await tried(vault, owner, { body: { ...body, subject: before }, parts }), 'still live there').toEqual(
      refusal('bad-cut'),
    )
    const subject = accountHead(helper.state)
    const foreign = { n: subject.n, h: ZERO_HASH }
    expect(await tried(vault, owner, { body: { ...body, subject: foreign }, parts })).toEqual(refusal('account-head'))
    expect(
      await tried(vault, owner, { body: { ...cutOf(kept.id).body, subject }, parts: cutOf(kept.id).parts }),
    ).toEqual(refusal('bad-cut'))
    expect(await tried(vault, helper, { body: { ...body, subject }, parts }), 'its own needs no other head').toEqual(
      refusal('bad-cut'),
    )
    const entry = await signAs(vault, owner, { ...body, subject }, parts)
    expect(await applyControlEntry(vault.state, entry, lookupOf(owner))).toEqual(refusal('unknown-account'))
    await extendVault(vault, entry, keys)
    expect(deviceCut(vault.state, { account: account(helper), device: lost.id })).not.toBeNull()
    expect(isOwner(vault.state, account(helper))).toBe(true)
  })
})

describe('bytes', () => {
  test('C1: an entry without these fields has the bytes that it always had', async () => {
    const vault = await createVault(owner)
    const keys = freshEpochs(vault, vault.streams)
    const { body } = await signAs(vault, owner, { type: 'epoch', epochs: keys.map(epochOf) }, ownerParts(vault, keys))
    expect(Buffer.from(body).includes(Buffer.from(encodeMessage('member')))).toBe(false)
    expect(Buffer.from(body).includes(Buffer.from(encodeMessage('subject')))).toBe(false)
  })
})
