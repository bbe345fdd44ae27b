/** The control log of a vault as every reader checks it (C1-C4, C8, K9): what holds, and what a forger, a thief or a bad server tries. */
import { hkdf, sign } from '@chartkeep/crypto'
import { ALL_RIGHTS, AMEND, APPEND, encodeMessage, idText, READ, SIGN, ZERO_HASH, type Head } from '@chartkeep/protocol'
import {
  applyControlEntry,
  controlHead,
  deviceCut,
  hasControlHead,
  heldStreams,
  isOwner,
  keyIdOf,
  readControlLog,
  type ControlBody,
  type ControlEntry,
  type PartOpen,
} from '@chartkeep/protocol/control'
import { entryHash, entryMessage } from '@chartkeep/protocol/signed'
import { emptyStream, streamHead } from '@chartkeep/protocol/streams'
import { MAX_LIVE_GRANTS, MAX_STREAMS } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  addDevice,
  createDevice,
  createPerson,
  deviceAddedBody,
  extendAccount,
  removeDevice,
  type Person,
} from '../../support/protocol-people.ts'
import {
  addOwner,
  controlBody,
  createPart,
  createVault,
  cutGrant,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  grantedStreams,
  grantParts,
  keysOf,
  lookupOf,
  makeGrant,
  signControlBody,
  streamOf,
  type BodyFields,
  type Vault,
} from '../../support/protocol-vault.ts'

const refusal = (reason: string) => ({ type: 'refused', reason })

async function tried(vault: Vault, entry: ControlEntry) {
  return applyControlEntry(vault.state, entry, lookupOf(vault.owner, ...vault.people))
}

async function triedBody(
  vault: Vault,
  fields: BodyFields,
  change: (body: ControlBody) => ControlBody = (body) => body,
) {
  return tried(vault, await signControlBody(change(controlBody(vault, fields)), vault.owner.device))
}

/** An entry that holds, to be bent: one new epoch of the first collection. */
function epochFields(vault: Vault): BodyFields {
  return { type: 'epoch', epochs: freshEpochs(vault, vault.streams.slice(0, 1)).map(epochOf) }
}

let owner: Person
let grantee: Person
let other: Person
beforeAll(async () => {
  owner = await createPerson('owner')
  grantee = await createPerson('grantee')
  other = await createPerson('other')
})

describe('the chain and its signers', () => {
  test('C1: a vault starts with its first entry; the signer is its holder', async () => {
    const { state, entries, streams } = await createVault(owner)
    expect(controlHead(state)).toEqual({ n: 1, h: entryHash('control-entry', entries[0]!.body) })
    expect(isOwner(state, owner.state.account)).toBe(true)
    expect(isOwner(state, grantee.state.account)).toBe(false)
    expect(streams.map((id) => state.streams.get(idText(id))?.epoch)).toEqual([1, 1])
  })

  test('C1: an entry that holds moves the head and leaves the state before it alone', async () => {
    const vault = await createVault(owner)
    const before = vault.state
    const keys = freshEpochs(vault, vault.streams.slice(0, 1))
    await extendVault(vault, await signControlBody(controlBody(vault, epochFields(vault)), owner.device), keys)
    expect(before.n).toBe(1)
    expect(before.streams.get(idText(vault.streams[0]!))?.epoch).toBe(1)
    expect(vault.state.n).toBe(2)
    expect(vault.state.streams.get(idText(vault.streams[0]!))?.epoch).toBe(2)
    expect(hasControlHead(vault.state, controlHead(before))).toBe(true)
    expect(hasControlHead(vault.state, { n: 2, h: before.h })).toBe(false)
    expect(hasControlHead(vault.state, { n: 0, h: ZERO_HASH })).toBe(false)
  })

  const bent: [string, string, (body: ControlBody) => ControlBody][] = [
    ['K10: of version 0', 'malformed', (body) => ({ ...body, v: 0 })],
    ['C1: of an unknown type', 'malformed', (body) => ({ ...body, type: 'gift' as 'epoch' })],
    ['C1: with an unknown field', 'malformed', (body) => ({ ...body, more: 1 }) as ControlBody],
    ['C1: at a number that was there', 'not-next', (body) => ({ ...body, n: 1 })],
    ['C1: that leaves a hole', 'not-next', (body) => ({ ...body, n: 3 })],
    ['C1: over another head', 'not-next', (body) => ({ ...body, prev: ZERO_HASH })],
    ['C1: of another vault', 'wrong-vault', (body) => ({ ...body, vault: new Uint8Array(16) })],
    ['C1: that makes a vault twice', 'not-next', (body) => ({ ...body, type: 'vault' })],
    [
      'C1: of an account whose log this reader has not verified',
      'unknown-account',
      (body) => {
        return { ...body, account: new Uint8Array(16) }
      },
    ],
    [
      'C1: at an account-log head that does not exist',
      'account-head',
      (body) => {
        return { ...body, accountLog: { n: 9, h: ZERO_HASH } }
      },
    ],
    [
      'C1: at a forged account-log head',
      'account-head',
      (body) => {
        return { ...body, accountLog: { ...body.accountLog, h: ZERO_HASH } }
      },
    ],
    [
      'C1: of a device that the account never had',
      'signer-not-live',
      (body) => {
        return { ...body, device: new Uint8Array(16) }
      },
    ],
    ['C2: with a grant in an entry that makes none', 'malformed', (body) => ({ ...body, grant: new Uint8Array(16) })],
  ]
  test.each(bent)('%s is refused as %s', async (_, reason, change) => {
    const vault = await createVault(owner)
    expect(await triedBody(vault, epochFields(vault), change)).toEqual(refusal(reason))
  })

  const move = {
    address: 'https://records.example',
    key: new Uint8Array(32).fill(1),
    previous: new Uint8Array(32).fill(2),
  }
  const at = (stream: Uint8Array) => ({ stream, n: 3, h: new Uint8Array(32).fill(4) })
  const refusedMoves: [string, string, object][] = [
    ['without a server', 'malformed', {}],
    [
      'that brings an epoch as well',
      'malformed',
      { server: move, epochs: [{ stream: new Uint8Array(16), epoch: 2, keyId: new Uint8Array(32) }] },
    ],
    ['to an address that is none', 'bad-server', { server: { ...move, address: 'records.example/path' } }],
    ['to itself', 'bad-server', { server: { ...move, previous: move.key } }],
  ]
  test.each(refusedMoves)('S10: a move %s is refused', async (_, reason, fields) => {
    const vault = await createVault(owner)
    const answer = await triedBody(vault, { type: 'server', ...fields })
    expect([refusal(reason), refusal('bad-epochs')]).toContainEqual(answer)
  })

  test('S10: a vault names its server by a holder’s entry; the next move begins where this one ended', async () => {
    const vault = await createVault(owner)
    expect(await triedBody(vault, { type: 'server', server: move })).toMatchObject({ servers: [{ ...move, at: 2 }] })
  })

  test('S9: a restart names known streams, each once, and at least one', async () => {
    const vault = await createVault(owner)
    const [stream] = vault.streams as [Uint8Array]
    const restart = (streams: ReturnType<typeof at>[]) => triedBody(vault, { type: 'restart', restart: { streams } })
    expect(await triedBody(vault, { type: 'restart' })).toEqual(refusal('malformed'))
    expect(await restart([])).toEqual(refusal('bad-restart'))
    expect(await restart([at(stream), at(stream)])).toEqual(refusal('bad-restart'))
    expect(await restart([at(new Uint8Array(16))])).toEqual(refusal('bad-restart'))
    expect(await restart([at(stream)])).toMatchObject({ restarts: [{ streams: [at(stream)], at: 2 }] })
  })

  test('C1: the recovery device signs no control entry', async () => {
    const vault = await createVault(owner)
    const body = controlBody(vault, { ...epochFields(vault), device: owner.recovery.id })
    expect(await tried(vault, await signControlBody(body, owner.recovery))).toEqual(refusal('signer-not-live'))
  })

  test('C1: a grantee signs no control entry, whatever it was granted', async () => {
    const vault = await createVault(owner)
    await makeGrant(vault, { grantee, scopes: vault.streams.map((stream) => ({ stream, rights: ALL_RIGHTS })) })
    const signer = {
      account: grantee.state.account,
      device: grantee.device.id,
      accountLog: { n: 1, h: grantee.state.h },
    }
    const body = controlBody(vault, { ...epochFields(vault), ...signer })
    expect(await tried(vault, await signControlBody(body, grantee.device))).toEqual(refusal('not-an-owner'))
  })

  test('C1: a signature by another key, of another kind, or over another entry is refused', async () => {
    const vault = await createVault(owner)
    const good = await signControlBody(controlBody(vault, epochFields(vault)), owner.device)
    const signatures = [
      vault.entries[0]!.signature,
      await sign(grantee.device.signing, entryMessage('control-entry', good.body)),
      await sign(owner.device.signing, entryMessage('account-entry', good.body)),
      await sign(owner.device.signing, good.body),
    ]
    for (const signature of signatures)
      expect(await tried(vault, { ...good, signature })).toEqual(refusal('bad-signature'))
    expect(await tried(vault, good)).toHaveProperty('n', 2)
  })

  test('C1: a log replayed, out of order, with a hole or spliced from another vault is refused', async () => {
    const vault = await createVault(owner)
    for (let i = 0; i < 2; i++)
      await extendVault(
        vault,
        await signControlBody(controlBody(vault, epochFields(vault)), owner.device),
        freshEpochs(vault, vault.streams.slice(0, 1)),
      )
    const [first, second, third] = vault.entries as [ControlEntry, ControlEntry, ControlEntry]
    const foreign = await createVault(owner)
    await extendVault(foreign, await signControlBody(controlBody(foreign, epochFields(foreign)), owner.device))
    const accounts = lookupOf(owner)
    for (const log of [[first, first], [first, third], [second], [first, third, second], [first, foreign.entries[1]!]])
      expect(await readControlLog(log, accounts)).toEqual(refusal('not-next'))
    expect(await readControlLog([first, second, third], accounts)).toMatchObject({ n: 3, h: vault.state.h })
  })

  test('C1: a lookup that answers with another account is not believed', async () => {
    const vault = await createVault(owner)
    const entry = await signControlBody(controlBody(vault, epochFields(vault)), owner.device)
    expect(await applyControlEntry(vault.state, entry, () => grantee.state)).toEqual(refusal('unknown-account'))
  })
})

describe('devices that were removed', () => {
  async function withStolen(seed: string) {
    const person = await createPerson(seed)
    const stolen = await addDevice(person)
    const vault = await createVault(person)
    const whenLive: Head = { n: person.state.n, h: person.state.h }
    return { person, stolen, vault, whenLive }
  }

  test('K5: a removed device signs nothing at the newest account-log head', async () => {
    const { person, stolen, vault } = await withStolen('removed')
    await removeDevice(person, stolen.id)
    const body = controlBody(vault, { ...epochFields(vault), device: stolen.id })
    expect(await tried(vault, await signControlBody(body, stolen))).toEqual(refusal('signer-not-live'))
  })

  test('K5: once an entry has named the removal, no later one goes back to a head at which the stolen device was live', async () => {
    const { person, stolen, vault, whenLive } = await withStolen('old-head')
    await removeDevice(person, stolen.id)
    await extendVault(
      vault,
      await signControlBody(controlBody(vault, epochFields(vault)), person.device),
      freshEpochs(vault, vault.streams.slice(0, 1)),
    )
    const body = controlBody(vault, { ...epochFields(vault), device: stolen.id, accountLog: whenLive })
    expect(await tried(vault, await signControlBody(body, stolen))).toEqual(refusal('account-head'))
  })

  test('C4: a device that was cut signs nothing more, whatever head it names', async () => {
    const { person, stolen, vault, whenLive } = await withStolen('cut-device')
    await removeDevice(person, stolen.id)
    const { body, parts, keys } = cutParts(
      vault,
      { account: person.state.account, device: stolen.id, reason: 'device-removed' },
      vault.streams,
    )
    await extendVault(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts), keys)
    expect(deviceCut(vault.state, { account: person.state.account, device: stolen.id })?.at).toBe(2)
    const late = controlBody(vault, { ...epochFields(vault), device: stolen.id })
    expect(await tried(vault, await signControlBody(late, stolen))).toEqual(refusal('signer-not-live'))
    const older = controlBody(vault, { ...epochFields(vault), device: stolen.id, accountLog: whenLive })
    expect(await tried(vault, await signControlBody(older, stolen))).toMatchObject({ type: 'refused' })
  })

  test('C4: a cut alone stops its device, also where this reader knows no removal of it', async () => {
    const vault = await createVault(owner)
    const device = { account: owner.state.account, device: owner.device.id }
    const cut = { grant: null, ...device, reason: 'device-removed' as const, streams: [], at: 1 }
    vault.state = { ...vault.state, deviceCuts: [cut] }
    expect(await triedBody(vault, epochFields(vault))).toEqual(refusal('signer-not-live'))
  })

  test('C4: a device is cut once, and only after its account has removed it', async () => {
    const { person, stolen, vault } = await withStolen('once')
    const cut = { account: person.state.account, device: stolen.id, reason: 'device-removed' as const }
    const early = cutParts(vault, cut, vault.streams)
    expect(
      await tried(
        vault,
        await signControlBody(controlBody(vault, early.body, early.parts), person.device, early.parts),
      ),
    ).toEqual(refusal('bad-cut'))
    await removeDevice(person, stolen.id)
    const good = cutParts(vault, cut, vault.streams)
    await extendVault(
      vault,
      await signControlBody(controlBody(vault, good.body, good.parts), person.device, good.parts),
      good.keys,
    )
    const again = cutParts(vault, cut, vault.streams)
    expect(
      await tried(
        vault,
        await signControlBody(controlBody(vault, again.body, again.parts), person.device, again.parts),
      ),
    ).toEqual(refusal('bad-cut'))
  })

  test("C4: the cut of an owner's device renews every stream, the audit logs of grants included, and says how far it counts", async () => {
    const { person, stolen, vault } = await withStolen('all-streams')
    const { audit } = await makeGrant(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    await removeDevice(person, stolen.id)
    const cut = { account: person.state.account, device: stolen.id, reason: 'device-removed' as const }
    const all = [...vault.streams, audit]
    expect(heldStreams(vault.state, person.state.account).toSorted()).toEqual(all.map(idText).toSorted())
    for (const left of all) {
      const renewed = all.filter((stream) => stream !== left)
      const { body, parts } = cutParts(vault, cut, renewed)
      const outcome = await tried(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts))
      expect(outcome).toEqual(refusal('bad-epochs'))
    }
    const { body, parts } = cutParts(vault, cut, all)
    const unpinned = { ...body, cut: { ...body.cut!, streams: body.cut!.streams.slice(1) } }
    expect(
      await tried(vault, await signControlBody(controlBody(vault, unpinned, parts), person.device, parts)),
    ).toEqual(refusal('bad-cut'))
    expect(
      await tried(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts)),
    ).toHaveProperty('n', 3)
  })

  test("C4: a grantee that publishes the keys of the owner's device as its own gets the owner's device neither cut nor stopped", async () => {
    const thief = await createPerson('key-thief')
    const vault = await createVault(owner)
    const { audit } = await makeGrant(vault, {
      grantee: thief,
      scopes: [{ stream: vault.streams[0]!, rights: ALL_RIGHTS }],
    })
    // Public keys are no secret: the thief's log now holds the owner's device under the very same id, and removes it.
    await extendAccount(thief, deviceAddedBody(thief, { ...owner.device }, thief.device), thief.device)
    await removeDevice(thief, owner.device.id)
    const streams = [vault.streams[0]!, audit]
    const { body, parts, keys } = cutParts(
      vault,
      { account: thief.state.account, device: owner.device.id, reason: 'device-removed' },
      streams,
    )
    await extendVault(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts), keys)
    expect(deviceCut(vault.state, { account: owner.state.account, device: owner.device.id })).toBeNull()
    expect(await triedBody(vault, epochFields(vault))).toHaveProperty('n', 4)
  })
})

describe('streams and epochs', () => {
  test('C2: a stream is made once, and with its first epoch', async () => {
    const vault = await createVault(owner)
    const [key] = freshEpochs(vault, vault.streams.slice(0, 1))
    const known = { type: 'stream' as const, streams: [streamOf(key!, owner)], epochs: [epochOf(key!)] }
    expect(await triedBody(vault, known)).toEqual(refusal('bad-streams'))
    const fresh = { stream: owner.random(16), epoch: 1, key: owner.random(32), name: 'new' }
    const twice = {
      type: 'stream' as const,
      streams: [streamOf(fresh, owner), streamOf(fresh, owner)],
      epochs: [epochOf(fresh)],
    }
    expect(await triedBody(vault, twice)).toEqual(refusal('bad-streams'))
    expect(await triedBody(vault, { type: 'stream', streams: [streamOf(fresh, owner)] })).toEqual(refusal('bad-epochs'))
    expect(await triedBody(vault, { type: 'stream', epochs: [epochOf(fresh)] })).toEqual(refusal('bad-epochs'))
    expect(await triedBody(vault, { type: 'stream' })).toEqual(refusal('bad-streams'))
    const good: BodyFields = { type: 'stream', streams: [streamOf(fresh, owner)], epochs: [epochOf(fresh)] }
    expect(await triedBody(vault, good)).toHaveProperty('n', 2)
  })

  test(`C4: a vault has at most ${MAX_STREAMS} streams, for one cut renews them all`, async () => {
    const vault = await createVault(owner, 1)
    const streams = new Map(vault.state.streams)
    const [sample] = streams.values()
    while (streams.size < MAX_STREAMS - 1) streams.set(`stream-${streams.size}`, sample!)
    vault.state = { ...vault.state, streams }
    const add = async (count: number) => {
      const fresh = Array.from({ length: count }, () => ({
        stream: owner.random(16),
        epoch: 1,
        key: owner.random(32),
        name: 'new',
      }))
      return triedBody(vault, {
        type: 'stream',
        streams: fresh.map((key) => streamOf(key, owner)),
        epochs: fresh.map(epochOf),
      })
    }
    expect(await add(2)).toEqual(refusal('bad-streams'))
    expect(await add(1)).toHaveProperty('n', 2)
  })

  test.each([
    ['the epoch in force', 1],
    ['an epoch skipped', 3],
    ['epoch 0', 0],
  ])('C4: %s is no next epoch', async (_, epoch) => {
    const vault = await createVault(owner)
    const keyId = keyIdOf(new Uint8Array(32), vault.streams[0]!, epoch)
    expect(await triedBody(vault, { type: 'epoch', epochs: [{ stream: vault.streams[0]!, epoch, keyId }] })).toEqual(
      refusal('bad-epochs'),
    )
  })

  test('C4: an epoch entry has an epoch, of a stream that exists, and makes no stream', async () => {
    const vault = await createVault(owner)
    const fresh = { stream: owner.random(16), epoch: 1, key: owner.random(32), name: 'new' }
    expect(await triedBody(vault, { type: 'epoch' })).toEqual(refusal('bad-epochs'))
    expect(await triedBody(vault, { type: 'epoch', epochs: [epochOf(fresh)] })).toEqual(refusal('bad-epochs'))
    expect(
      await triedBody(vault, { type: 'epoch', streams: [streamOf(fresh, owner)], epochs: [epochOf(fresh)] }),
    ).toEqual(refusal('bad-streams'))
  })

  test('K9: the key id of an epoch is published once and stays: no two keys for one epoch', async () => {
    const vault = await createVault(owner)
    const [stream] = vault.streams
    const first = vault.state.streams.get(idText(stream!))!.keyIds.get(1)
    const second = { stream: stream!, epoch: 1, keyId: keyIdOf(owner.random(32), stream!, 1) }
    expect(await triedBody(vault, { type: 'epoch', epochs: [second] })).toEqual(refusal('bad-epochs'))
    expect(first).toEqual(keyIdOf(vault.keys.get(idText(stream!))![0]!, stream!, 1))
  })

  test('K9: the key id binds key, stream and epoch', () => {
    const key = hkdf(new Uint8Array(32), 'test', 32)
    const stream = new Uint8Array(16)
    const ids = [
      keyIdOf(key, stream, 1),
      keyIdOf(key, stream, 2),
      keyIdOf(key, stream.slice().fill(1), 1),
      keyIdOf(key.slice().fill(1), stream, 1),
    ]
    expect(new Set(ids.map(idText)).size).toBe(4)
  })
})

describe('grants', () => {
  async function grantWith(change: (open: PartOpen) => PartOpen, to: Person = grantee) {
    const vault = await createVault(owner, 2)
    vault.people = [to]
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { body, parts } = grantParts(vault, { grantee: to, scopes }, change)
    return tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts))
  }

  test('C3: a grant names its grantee, streams, rights and window', async () => {
    const vault = await createVault(owner, 3)
    const scopes = [
      { stream: vault.streams[0]!, rights: READ },
      { stream: vault.streams[1]!, rights: READ | APPEND | SIGN },
    ]
    const { grant, audit } = await makeGrant(vault, { grantee, scopes, notBefore: 5, notAfter: 9 })
    const known = vault.state.grants.get(idText(grant))!
    expect(known).toMatchObject({ at: 2, account: grantee.state.account, notBefore: 5, notAfter: 9, cut: null })
    expect([...known.streams]).toEqual([
      [idText(scopes[0]!.stream), { rights: READ, start: null }],
      [idText(scopes[1]!.stream), { rights: READ | APPEND | SIGN, start: null }],
      [idText(audit), { rights: READ | APPEND, start: null }],
    ])
    expect(vault.state.streams.get(idText(audit))).toMatchObject({ appendOnly: true, auditOf: idText(grant) })
    expect(heldStreams(vault.state, grantee.state.account)).toEqual([...known.streams.keys()])
  })

  test('C2: a grant has an id and parts, and is no cut', async () => {
    const vault = await createVault(owner)
    vault.people = [grantee]
    const { body, parts, grant } = grantParts(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const signed = async (fields: BodyFields, some = parts) =>
      tried(vault, await signControlBody(controlBody(vault, fields, some), owner.device, some))
    const cut = { grant, account: null, device: null, reason: 'revoked' as const, streams: [] }
    expect(await signed({ ...body, grant: null })).toEqual(refusal('bad-grant'))
    expect(await signed({ ...body, cut })).toEqual(refusal('bad-grant'))
    expect(await signed(body, [])).toEqual(refusal('bad-grant'))
    expect(await signed(body)).toHaveProperty('n', 2)
  })

  const badOpens: [string, string, (open: PartOpen) => PartOpen][] = [
    ['C3: without a stream', 'bad-grant', (open) => ({ ...open, streams: [] })],
    [
      'C3: of a stream that the vault has not',
      'bad-grant',
      (open) => {
        return { ...open, streams: [...open.streams, { stream: new Uint8Array(16), rights: READ, from: 0 }] }
      },
    ],
    [
      'C3: that names a stream twice',
      'bad-grant',
      (open) => {
        return { ...open, streams: [...open.streams, { ...open.streams[0]!, rights: ALL_RIGHTS }] }
      },
    ],
    [
      'C3: without a right',
      'bad-grant',
      (open) => {
        return { ...open, streams: open.streams.map((each) => ({ ...each, rights: 0 })) }
      },
    ],
    ['C3: that ends as it begins', 'bad-grant', (open) => ({ ...open, notAfter: open.notBefore })],
    ['C3: that ends before it begins', 'bad-grant', (open) => ({ ...open, notBefore: open.notAfter + 1 })],
    [
      'C3: from now on, without a new epoch in the same entry',
      'bad-grant',
      (open) => {
        const [first, ...rest] = open.streams
        return { ...open, streams: [{ ...first!, from: { n: 1, h: ZERO_HASH } }, ...rest] }
      },
    ],
    [
      'C3: sealed to an account-log head that this reader knows otherwise',
      'account-head',
      (open) => {
        return { ...open, accountLog: { n: 1, h: ZERO_HASH } }
      },
    ],
  ]
  test.each(badOpens)('%s is refused as %s', async (_, reason, change) => {
    expect(await grantWith(change)).toEqual(refusal(reason))
  })

  test('C3: rights are four bits: a fifth makes the part unreadable', async () => {
    const outcome = await grantWith((open) => ({
      ...open,
      streams: open.streams.map((each) => ({ ...each, rights: 16 })),
    }))
    expect(outcome).toEqual(refusal('bad-parts'))
  })

  test('C2: an owner is granted nothing', async () => {
    expect(await grantWith((open) => open, owner)).toEqual(refusal('bad-grant'))
  })

  test('C3: a grant id is used once, also after its cut', async () => {
    const vault = await createVault(owner)
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { grant } = await makeGrant(vault, { grantee, scopes })
    await cutGrant(vault, grant)
    const { body, parts } = grantParts(vault, { grantee, scopes, grant })
    expect(await tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts))).toEqual(
      refusal('bad-grant'),
    )
  })

  test('A1: a grant brings exactly one new stream, its append-only audit log', async () => {
    const vault = await createVault(owner)
    vault.people = [grantee]
    const { body, parts, audit } = grantParts(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const second = { stream: owner.random(16), epoch: 1, key: owner.random(32), name: 'second' }
    const tries: BodyFields[] = [
      { ...body, streams: [streamOf(audit, owner, false)] },
      {
        ...body,
        streams: [streamOf(audit, owner, true), streamOf(second, owner, true)],
        epochs: [epochOf(audit), epochOf(second)],
      },
    ]
    for (const fields of tries)
      expect(await tried(vault, await signControlBody(controlBody(vault, fields, parts), owner.device, parts))).toEqual(
        refusal('bad-streams'),
      )
    expect(
      await tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts)),
    ).toHaveProperty('n', 2)
  })

  test('A1: the audit log of a grant is granted to nobody else', async () => {
    const vault = await createVault(owner)
    const { audit } = await makeGrant(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    vault.people.push(other)
    const { body, parts } = grantParts(vault, { grantee: other, scopes: [{ stream: audit, rights: READ }] })
    expect(await tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts))).toEqual(
      refusal('bad-grant'),
    )
  })

  test('C3: two parts that claim the same grant for two people are refused', async () => {
    const vault = await createVault(owner)
    vault.people = [grantee, other]
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { grant, body, parts, audit } = grantParts(vault, { grantee, scopes })
    const more = createPart({
      vault: vault.id,
      recipient: other,
      grant,
      streams: [
        { stream: vault.streams[0]!, rights: READ, from: 0 },
        { stream: audit.stream, rights: READ, from: 0 },
      ],
      notAfter: 9,
      keys: [],
    })
    const all = [...parts, more]
    expect(await tried(vault, await signControlBody(controlBody(vault, body, all), owner.device, all))).toEqual(
      refusal('bad-grant'),
    )
  })

  test(`C4: more than ${MAX_LIVE_GRANTS} live grants, which one cut could not serve, are refused`, async () => {
    const vault = await createVault(owner, 1)
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const { body, parts } = grantParts(vault, { grantee, scopes })
    vault.people = [grantee]
    const { grants } = vault.state
    const full = new Map(grants)
    const sample = {
      id: owner.random(16),
      at: 1,
      time: 0,
      account: null,
      role: null,
      streams: new Map(),
      emergency: null,
      notBefore: 0,
      notAfter: 1,
      cut: null,
    }
    for (let i = 0; i < MAX_LIVE_GRANTS; i++) full.set(`grant-${i}`, sample)
    vault.state = { ...vault.state, grants: full }
    expect(await tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts))).toEqual(
      refusal('bad-grant'),
    )
    full.delete('grant-0')
    expect(
      await tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts)),
    ).toHaveProperty('n', 2)
  })
})

describe('cuts', () => {
  async function granted(rights = READ | APPEND | AMEND) {
    const vault = await createVault(owner, 3)
    const scopes = vault.streams.slice(0, 2).map((stream) => ({ stream, rights }))
    const { grant, audit } = await makeGrant(vault, { grantee, scopes })
    return { vault, grant, audit, streams: grantedStreams(vault, grant) }
  }
  const signed = async (vault: Vault, { body, parts }: { body: BodyFields; parts: ControlEntry['parts'] }) =>
    tried(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts))

  test('C4: a cut ends the grant, opens new epochs and is kept with its position', async () => {
    const { vault, grant, streams } = await granted()
    await cutGrant(vault, grant)
    expect(vault.state.grants.get(idText(grant))?.cut).toMatchObject({ at: 3, reason: 'revoked' })
    expect(streams.map((stream) => vault.state.streams.get(idText(stream))?.epoch)).toEqual([2, 2, 2])
    expect(vault.state.streams.get(idText(vault.streams[2]!))?.epoch).toBe(1)
    expect(heldStreams(vault.state, grantee.state.account)).toEqual([])
  })

  test('C4: a cut that leaves one stream of the grant, its audit log included, in the old epoch is refused', async () => {
    const { vault, grant, streams } = await granted()
    for (const left of streams)
      expect(
        await signed(
          vault,
          cutParts(
            vault,
            { grant },
            streams.filter((stream) => stream !== left),
          ),
        ),
      ).toEqual(refusal('bad-epochs'))
  })

  test('C4: a cut names a position for every stream that could be written, each once, and none of another vault', async () => {
    const { vault, grant, streams } = await granted()
    const { body, parts } = cutParts(vault, { grant }, streams)
    const pins = body.cut!.streams
    const foreign = { stream: new Uint8Array(16), n: 0, h: ZERO_HASH }
    for (const wrong of [pins.slice(1), [...pins, pins[0]!], [...pins, foreign], []])
      expect(await signed(vault, { body: { ...body, cut: { ...body.cut!, streams: wrong } }, parts })).toEqual(
        refusal('bad-cut'),
      )
  })

  test('C4: a grant that is unknown, or cut already, cannot be cut', async () => {
    const { vault, grant, streams } = await granted()
    expect(await signed(vault, cutParts(vault, { grant: new Uint8Array(16) }, streams))).toEqual(refusal('bad-cut'))
    await cutGrant(vault, grant)
    expect(await signed(vault, cutParts(vault, { grant }, streams))).toEqual(refusal('bad-cut'))
  })

  test('C4: a cut is of one grant or of one device, of nothing else and of not both', async () => {
    const { vault, grant, streams } = await granted()
    const device = { account: grantee.state.account, device: grantee.device.id }
    for (const cut of [
      {},
      { grant, ...device },
      { account: device.account },
      { device: device.device },
      { grant, account: device.account },
    ])
      expect(await signed(vault, cutParts(vault, cut, streams))).toEqual(refusal('bad-cut'))
    const { body, parts } = cutParts(vault, { grant }, streams)
    expect(await signed(vault, { body: { ...body, cut: null }, parts })).toEqual(refusal('bad-cut'))
    expect(await signed(vault, { body: { ...body, grant }, parts })).toEqual(refusal('bad-cut'))
  })

  test("C4: the cut of a grantee's device renews every stream of that grantee", async () => {
    const { vault, streams } = await granted()
    const cut = { account: grantee.state.account, device: grantee.device.id, reason: 'device-removed' as const }
    expect(await signed(vault, cutParts(vault, cut, streams.slice(1)))).toEqual(refusal('bad-epochs'))
    expect(await signed(vault, cutParts(vault, cut, streams))).toHaveProperty('n', 3)
  })

  test('C2: nobody cuts the device of another holder', async () => {
    const vault = await createVault(owner)
    vault.people = [other]
    await addOwner(vault, other, 'holder')
    const lost = await addDevice(other)
    await removeDevice(other, lost.id)
    const { body, parts } = cutParts(
      vault,
      { account: other.state.account, device: lost.id, reason: 'device-removed' },
      vault.streams,
    )
    expect(await signed(vault, { body, parts })).toEqual(refusal('bad-cut'))
  })

  test('C4: no part brings new keys to the grant that ends, nor to one that ended before', async () => {
    const { vault, grant, streams } = await granted()
    const { body, parts, keys } = cutParts(vault, { grant }, streams)
    const keeps = [...parts, createPart({ vault: vault.id, recipient: grantee, grant, keys })]
    expect(await signed(vault, { body, parts: keeps })).toEqual(refusal('bad-parts'))
    await cutGrant(vault, grant)
    const fresh = freshEpochs(vault, streams)
    const revived = [createPart({ vault: vault.id, recipient: grantee, grant, keys: fresh })]
    expect(await signed(vault, { body: { type: 'epoch', epochs: fresh.map(epochOf) }, parts: revived })).toEqual(
      refusal('bad-parts'),
    )
  })

  test('C4: a part for somebody who is neither owner nor grantee is refused', async () => {
    const vault = await createVault(owner)
    const keys = freshEpochs(vault, vault.streams)
    const body: BodyFields = { type: 'epoch', epochs: keys.map(epochOf) }
    const stranger = [createPart({ vault: vault.id, recipient: other, keys })]
    expect(await signed(vault, { body, parts: stranger })).toEqual(refusal('bad-parts'))
    const unknown = [createPart({ vault: vault.id, recipient: other, grant: new Uint8Array(16), keys })]
    expect(await signed(vault, { body, parts: unknown })).toEqual(refusal('bad-parts'))
  })

  test('C4: a part for a grant serves its own grantee and widens nothing', async () => {
    const { vault, grant } = await granted()
    vault.people.push(other)
    const keys = freshEpochs(vault, vault.streams.slice(0, 1))
    const body: BodyFields = { type: 'epoch', epochs: keys.map(epochOf) }
    const toOther = [createPart({ vault: vault.id, recipient: other, grant, keys })]
    expect(await signed(vault, { body, parts: toOther })).toEqual(refusal('bad-parts'))
    const wider = [
      createPart({
        vault: vault.id,
        recipient: grantee,
        grant,
        streams: [{ stream: vault.streams[2]!, rights: ALL_RIGHTS, from: 0 }],
        keys,
      }),
    ]
    expect(await signed(vault, { body, parts: wider })).toEqual(refusal('bad-parts'))
    const plain = [createPart({ vault: vault.id, recipient: grantee, grant, keys })]
    expect(await signed(vault, { body, parts: plain })).toHaveProperty('n', 3)
  })

  test('C4: the cost of a cut depends on recipients: 3 streams or 1,000 records make the same entry', async () => {
    const { vault, grant, streams } = await granted()
    const heads = new Map(streams.map((stream) => [idText(stream), { n: 1000, h: new Uint8Array(32).fill(1) }]))
    const sizes = [new Map<string, Head>(), heads].map((each) => {
      const { body, parts } = cutParts(vault, { grant }, streams, each)
      return encodeMessage(parts).length + encodeMessage(body.cut!).length
    })
    expect(Math.abs(sizes[0]! - sizes[1]!)).toBeLessThan(16)
    expect(streamHead(emptyStream(vault.id, streams[0]!)).n).toBe(0)
  })

  test('C3: keys that a grant brings are those of every epoch of its streams', async () => {
    const { vault, grant, streams } = await granted()
    await cutGrant(vault, grant)
    expect(keysOf(vault, streams[0]!).map(({ epoch }) => epoch)).toEqual([1, 2])
    const lost = createDevice(owner.random)
    expect(deviceCut(vault.state, { account: owner.state.account, device: lost.id })).toBeNull()
  })
})
