/** The account log as every reader checks it (K2, K4, K5, K7): what holds, and each way in which a thief or a server could bend it. */
import { boxKeyPairFromSecretKey, generateBoxKeyPair, isSoundBoxKey, openSealedBox, sign } from '@chartkeep/crypto'
import { accountIdOf, deviceIdOf, encodeMessage, idText, ZERO_HASH } from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  boxKeyContext,
  decodeAccountEntry,
  deviceLiveAt,
  hasAccountHead,
  lastWrapFor,
  liveDevices,
  newestBoxKey,
  readAccountLog,
  wrapFor,
  type AccountEntryBody,
  type AccountState,
} from '@chartkeep/protocol/account'
import { entryHash, entryMessage, type SignedEntry } from '@chartkeep/protocol/signed'
import { MAX_LIVE_DEVICES } from '@chartkeep/protocol/testing'
import { describe, expect, test } from 'vitest'
import {
  accepted,
  addDevice,
  boxKeyGrant,
  createDevice,
  createPerson,
  createRecovery,
  deviceAddedBody,
  extendAccount,
  genesisBody,
  nextBoxKey,
  nextPlace,
  publicKeys,
  removeDevice,
  renewBoxKey,
  signAccountBody,
  type Device,
  type GenesisFields,
  type Person,
} from '../../support/protocol-people.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const refusal = (reason: string) => ({ type: 'refused', reason })

async function applied(person: Person, body: AccountEntryBody, signer: Device) {
  return applyAccountEntry(person.state, await signAccountBody(body, signer))
}

/** The first entry with another recovery device, its box key wrapped to that device. */
function withRecovery(body: GenesisFields, recovery: GenesisFields['recovery']): GenesisFields {
  const [first, second] = body.boxKey.wraps as [Wrap, Wrap]
  const wraps = [first, { ...second, device: deviceIdOf(recovery.sign, recovery.box) }]
  return { ...body, recovery, boxKey: { ...body.boxKey, wraps } }
}
type Wrap = GenesisFields['boxKey']['wraps'][number]

async function genesisWith(change: (body: GenesisFields) => AccountEntryBody, seed = 'genesis') {
  const random = seededBytes(seed)
  const device = createDevice(random)
  const body = genesisBody(random, device, createRecovery(random), generateBoxKeyPair(random))
  return applyAccountEntry(null, await signAccountBody(change(body), device))
}

/** u = 0, 1, two of order 8, p - 1, p, p + 1, each also with the ignored highest bit. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const point = new Uint8Array(Buffer.from(hex, 'hex'))
  const high = point.slice()
  high[31]! |= 0x80
  return [point, high]
})

describe('the first entry', () => {
  test('K4: the accountId is the hash of the first entry, and the log starts with one device and the recovery device', async () => {
    const { state, entries, device, recovery } = await createPerson('first')
    expect(state.account).toEqual(accountIdOf(entries[0]!.body))
    expect(state.n).toBe(1)
    expect(state.h).toEqual(entryHash('account-entry', entries[0]!.body))
    expect(liveDevices(state).map(({ id, kind }) => [idText(id), kind])).toEqual([
      [idText(device.id), 'device'],
      [idText(recovery.id), 'recovery'],
    ])
  })

  test('K5: the deviceId is the hash of both public keys', async () => {
    const { state, device } = await createPerson('first')
    expect(state.devices.get(idText(deviceIdOf(device.signing.publicKey, device.box.publicKey)))?.id).toEqual(device.id)
  })

  test('K4: two accounts made with the same keys differ by their 32 random bytes', async () => {
    const once = accepted(await genesisWith((body) => body))
    const again = accepted(await genesisWith((body) => ({ ...body, random: new Uint8Array(32).fill(7) })))
    expect(idText(again.account)).not.toBe(idText(once.account))
  })

  const changes: [string, string, (body: GenesisFields) => AccountEntryBody][] = [
    ['K10: of version 0', 'malformed', (body) => ({ ...body, v: 0 })],
    ['K10: of version 2', 'malformed', (body) => ({ ...body, v: 2 })],
    ['K4: with an unknown field', 'malformed', (body) => ({ ...body, more: 1 }) as unknown as GenesisFields],
    ['K4: that is not number 1', 'not-next', (body) => ({ ...body, n: 2 })],
    ['K4: over another entry', 'not-next', (body) => ({ ...body, prev: new Uint8Array(32).fill(1) })],
    [
      'K4: signed for the recovery device',
      'unknown-signer',
      (body) => {
        return { ...body, signer: deviceIdOf(body.recovery.sign, body.recovery.box) }
      },
    ],
    [
      'K7: whose recovery device is an ordinary one',
      'bad-key',
      (body) => {
        return { ...body, recovery: { ...body.recovery, kind: 'device', lookup: null } }
      },
    ],
    [
      'K7: whose recovery device has no lookup id',
      'bad-key',
      (body) => {
        return { ...body, recovery: { ...body.recovery, lookup: null } }
      },
    ],
    [
      'K5: whose device has a lookup id',
      'bad-key',
      (body) => {
        return { ...body, device: { ...body.device, lookup: new Uint8Array(16) } }
      },
    ],
    [
      'K4: whose box key is not generation 1',
      'bad-generation',
      (body) => {
        return { ...body, boxKey: { ...body.boxKey, generation: 2 } }
      },
    ],
    [
      'K4: whose box key claims one before it',
      'bad-generation',
      (body) => {
        return { ...body, boxKey: { ...body.boxKey, previous: new Uint8Array(72) } }
      },
    ],
    [
      'K4: whose box key is not wrapped to the recovery device',
      'bad-key',
      (body) => {
        return { ...body, boxKey: { ...body.boxKey, wraps: body.boxKey.wraps.slice(0, 1) } }
      },
    ],
    [
      'K4: whose box key is wrapped twice to one device',
      'bad-key',
      (body) => {
        const [first] = body.boxKey.wraps
        return { ...body, boxKey: { ...body.boxKey, wraps: [first!, first!] } }
      },
    ],
    [
      'K4: whose box key is wrapped to a stranger too',
      'bad-key',
      (body) => {
        const stranger = { device: new Uint8Array(16), wrap: new Uint8Array(112) }
        return { ...body, boxKey: { ...body.boxKey, wraps: [...body.boxKey.wraps, stranger] } }
      },
    ],
    [
      'K2: whose box key is of small order',
      'bad-key',
      (body) => {
        return { ...body, boxKey: { ...body.boxKey, public: SMALL_ORDER[2]! } }
      },
    ],
    [
      'K5: whose two devices share a signing key',
      'bad-key',
      (body) => {
        return withRecovery(body, { ...body.recovery, sign: body.device.sign })
      },
    ],
    [
      'K5: whose two devices share a box key',
      'bad-key',
      (body) => {
        return withRecovery(body, { ...body.recovery, box: body.device.box })
      },
    ],
  ]
  test.each(changes)('%s is refused as %s', async (_, reason, change) => {
    expect(await genesisWith(change)).toEqual(refusal(reason))
  })

  test('K4: a first entry whose signature is not by its own device is refused: nobody opens an account with the keys of others', async () => {
    const random = seededBytes('rogue')
    const [victim, thief] = [createDevice(random), createDevice(random)]
    const body = genesisBody(random, victim, createRecovery(random), generateBoxKeyPair(random))
    expect(await applyAccountEntry(null, await signAccountBody(body, thief))).toEqual(refusal('bad-signature'))
    expect(await applyAccountEntry(null, await signAccountBody(body, victim))).toHaveProperty('n', 1)
  })

  test('K4: an entry of another type that claims the first place is refused', async () => {
    const person = await createPerson('claims')
    const added = deviceAddedBody(person, createDevice(person.random), person.device)
    const claiming = await signAccountBody({ ...added, n: 1, prev: ZERO_HASH }, person.device)
    expect(await applyAccountEntry(null, claiming)).toEqual(refusal('not-next'))
  })

  test('K4: a later entry cannot be first, and a first one cannot come later', async () => {
    const person = await createPerson('order')
    await addDevice(person)
    expect(await applyAccountEntry(null, person.entries[1]!)).toEqual(refusal('not-next'))
    const again: AccountEntryBody = {
      ...genesisBody(person.random, person.device, person.recovery, person.boxKeys[0]!),
      ...nextPlace(person.state, person.device),
    }
    expect(await applied(person, again, person.device)).toEqual(refusal('not-next'))
  })
})

describe('keys that a log takes in', () => {
  test.each(SMALL_ORDER)(
    'K2: a device whose box key is the small-order point %#, to which nobody could wrap, is refused',
    async (point) => {
      const person = await createPerson('small')
      const bad = { ...createDevice(person.random) }
      const body = deviceAddedBody(person, bad, person.device) as Extract<AccountEntryBody, { type: 'device-added' }>
      const device = { ...body.device, box: point }
      expect(isSoundBoxKey(point)).toBe(false)
      expect(await applied(person, { ...body, device }, person.device)).toEqual(refusal('bad-key'))
    },
  )

  test.each(SMALL_ORDER)('K2: a new box key that is the small-order point %# is refused', async (point) => {
    const person = await createPerson('small-ek')
    const { grant } = nextBoxKey(person)
    const body: AccountEntryBody = {
      ...nextPlace(person.state, person.device),
      type: 'box-key',
      boxKey: { ...grant, public: point },
    }
    expect(await applied(person, body, person.device)).toEqual(refusal('bad-key'))
  })

  test('K2: the list of small-order points agrees with X25519 on 200 other keys', () => {
    const random = seededBytes('sound')
    for (let i = 0; i < 200; i++) expect(isSoundBoxKey(boxKeyPairFromSecretKey(random(32)).publicKey)).toBe(true)
  })

  test.each([
    ['of small order', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['of small order, written another way', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['on no curve', '0200000000000000000000000000000000000000000000000000000000000000'],
  ])('K2: a device whose signing key is %s is refused', async (_, hex) => {
    const person = await createPerson('signing')
    const added = createDevice(person.random)
    const body = deviceAddedBody(person, added, person.device) as Extract<AccountEntryBody, { type: 'device-added' }>
    const device = { ...body.device, sign: new Uint8Array(Buffer.from(hex, 'hex')) }
    expect(await applied(person, { ...body, device }, person.device)).toEqual(refusal('bad-key'))
  })

  test('K5: a device that was removed never comes back, nor does either of its keys', async () => {
    const person = await createPerson('back')
    const lost = await addDevice(person)
    await removeDevice(person, lost.id)
    expect(await applied(person, deviceAddedBody(person, lost, person.device), person.device)).toEqual(
      refusal('bad-key'),
    )
    const other = createDevice(person.random)
    for (const mixed of [
      { ...other, signing: lost.signing },
      { ...other, box: lost.box },
    ]) {
      expect(await applied(person, deviceAddedBody(person, mixed, person.device), person.device)).toEqual(
        refusal('bad-key'),
      )
    }
  })
})

describe('who may sign', () => {
  test('K4: an entry of a device that the log does not know is refused', async () => {
    const person = await createPerson('signer')
    const stranger = createDevice(person.random)
    const body: AccountEntryBody = { ...nextPlace(person.state, stranger), type: 'vaults', sealed: new Uint8Array(8) }
    expect(await applied(person, body, stranger)).toEqual(refusal('unknown-signer'))
  })

  test('K4: nothing that a removed device signs is taken, whichever entry it tries', async () => {
    const person = await createPerson('stolen')
    const stolen = await addDevice(person)
    await removeDevice(person, stolen.id)
    const { grant } = nextBoxKey(person)
    const place = nextPlace(person.state, stolen)
    const tries: AccountEntryBody[] = [
      deviceAddedBody(person, createDevice(person.random), stolen),
      { ...place, type: 'device-removed', device: person.device.id, boxKey: grant },
      { ...place, type: 'box-key', boxKey: grant },
      { ...place, type: 'vaults', sealed: new Uint8Array(8) },
    ]
    for (const body of tries) expect(await applied(person, body, stolen)).toEqual(refusal('signer-not-live'))
  })

  test('K7: the recovery device adds a device and can do nothing else', async () => {
    const person = await createPerson('paper')
    const { recovery } = person
    const { grant } = nextBoxKey(person)
    const place = nextPlace(person.state, recovery)
    const tries: AccountEntryBody[] = [
      { ...place, type: 'device-removed', device: person.device.id, boxKey: grant },
      { ...place, type: 'box-key', boxKey: grant },
      { ...place, type: 'vaults', sealed: new Uint8Array(8) },
    ]
    for (const body of tries) expect(await applied(person, body, recovery)).toEqual(refusal('recovery-may-only-add'))
    const added = await addDevice(person, recovery)
    expect(deviceLiveAt(person.state, added.id, person.state.n)?.kind).toBe('device')
  })

  test('K7: nobody adds a second recovery device as a device', async () => {
    const person = await createPerson('second-kit')
    const body = deviceAddedBody(person, createRecovery(person.random), person.device)
    expect(await applied(person, body, person.device)).toEqual(refusal('bad-key'))
  })

  test('K7: no device removes the recovery device: it is the way back that a thief cannot close', async () => {
    const person = await createPerson('kit-stays')
    const { grant } = nextBoxKey(person, person.recovery.id)
    const body: AccountEntryBody = {
      ...nextPlace(person.state, person.device),
      type: 'device-removed',
      device: person.recovery.id,
      boxKey: grant,
    }
    expect(await applied(person, body, person.device)).toEqual(refusal('recovery-stays'))
  })

  test('K5: a device does not remove itself, for it would know the box key that it makes', async () => {
    const person = await createPerson('itself')
    await addDevice(person)
    const { grant } = nextBoxKey(person, person.device.id)
    const body: AccountEntryBody = {
      ...nextPlace(person.state, person.device),
      type: 'device-removed',
      device: person.device.id,
      boxKey: grant,
    }
    expect(await applied(person, body, person.device)).toEqual(refusal('removes-itself'))
  })

  test('K4: a signature by another live device, over another entry, of another kind, or changed by one bit is refused', async () => {
    const person = await createPerson('signature')
    const second = await addDevice(person)
    const body: AccountEntryBody = {
      ...nextPlace(person.state, person.device),
      type: 'vaults',
      sealed: new Uint8Array(8),
    }
    const good = await signAccountBody(body, person.device)
    const flipped = good.signature.slice()
    flipped[0]! ^= 1
    const signatures = [
      (await signAccountBody(body, second)).signature,
      person.entries[0]!.signature,
      await sign(person.device.signing, entryMessage('control-entry', good.body)),
      await sign(person.device.signing, good.body),
      flipped,
      new Uint8Array(64),
    ]
    for (const signature of signatures)
      expect(await applyAccountEntry(person.state, { ...good, signature })).toEqual(refusal('bad-signature'))
    expect(await applyAccountEntry(person.state, good)).toHaveProperty('n', 3)
  })
})

describe('the chain', () => {
  test('K4: a log replayed, out of order, with a hole, or spliced from another account is refused', async () => {
    const person = await createPerson('chain')
    await addDevice(person)
    await renewBoxKey(person)
    const other = await createPerson('other')
    await addDevice(other)
    const [first, second, third] = person.entries as [SignedEntry, SignedEntry, SignedEntry]
    for (const log of [[first, first], [first, third], [second], [first, third, second], [first, other.entries[1]!]])
      expect(await readAccountLog(log)).toEqual(refusal('not-next'))
    expect(await applyAccountEntry(person.state, second)).toEqual(refusal('not-next'))
    const whole = accepted(await readAccountLog([first, second, third]))
    expect(accountHead(whole)).toEqual(accountHead(person.state))
  })

  test('K4, C12: of a person’s device that was removed no wrap is kept, as one of a practice’s is', async () => {
    const person = await createPerson('chain.wraps')
    const phone = await addDevice(person)
    expect(lastWrapFor(person.state, phone.id)).toMatchObject({ generation: 1 })
    await removeDevice(person, phone.id)
    expect(lastWrapFor(person.state, phone.id)).toBeNull()
    expect(person.state.lateWraps.size).toBe(0)
  })

  test('K4: nothing behind an entry that is refused is read: the first refusal is the answer', async () => {
    const person = await createPerson('chain.first')
    await addDevice(person)
    await renewBoxKey(person)
    const [first, second, third] = person.entries as [SignedEntry, SignedEntry, SignedEntry]
    const forged = { ...second, signature: new Uint8Array(64) }
    expect(await readAccountLog([first, forged, third])).toEqual(refusal('bad-signature'))
    expect(await readAccountLog([forged, first])).toEqual(refusal('not-next'))
  })

  test('K4: a head is on the log at its own position only', async () => {
    const person = await createPerson('heads')
    await addDevice(person)
    const { state } = person
    expect(hasAccountHead(state, { n: 1, h: state.hashes[0]! })).toBe(true)
    expect(hasAccountHead(state, { n: 2, h: state.hashes[1]! })).toBe(true)
    expect(hasAccountHead(state, { n: 2, h: state.hashes[0]! })).toBe(false)
    expect(hasAccountHead(state, { n: 3, h: state.hashes[1]! })).toBe(false)
    expect(hasAccountHead(state, { n: 0, h: ZERO_HASH })).toBe(false)
  })

  test('K5: a device counts from its entry to its removal, and no longer', async () => {
    const person = await createPerson('lifetime')
    const added = await addDevice(person)
    await renewBoxKey(person)
    await removeDevice(person, added.id)
    const live = [1, 2, 3, 4].map((n) => deviceLiveAt(person.state, added.id, n) !== null)
    expect(live).toEqual([false, true, true, false])
  })

  test('K4: applying an entry changes nothing in the state that it was applied to', async () => {
    const person = await createPerson('pure')
    const before = person.state
    const copy = encodeMessage({ n: before.n, h: before.h, hashes: before.hashes, boxKeys: before.boxKeys })
    const added = await addDevice(person)
    await removeDevice(person, added.id)
    expect(encodeMessage({ n: before.n, h: before.h, hashes: before.hashes, boxKeys: before.boxKeys })).toEqual(copy)
    expect(before.devices.size).toBe(2)
  })

  test('K1: bytes that are not the one encoding of their entry are refused', async () => {
    const { entries, device } = await createPerson('canonical')
    const { body } = entries[0]!
    // The number 1 of `n` in its two-byte form: the same value, another hash, and so another account.
    const at = Buffer.from(body).indexOf(Buffer.from([0x61, 0x6e, 0x01]))
    const longer = new Uint8Array([...body.subarray(0, at + 2), 0x18, 0x01, ...body.subarray(at + 3)])
    expect(at).toBeGreaterThan(0)
    expect(decodeAccountEntry(longer)).toBeNull()
    const signature = await sign(device.signing, entryMessage('account-entry', longer))
    expect(await applyAccountEntry(null, { body: longer, signature })).toEqual(refusal('malformed'))
    for (const bytes of [new Uint8Array(), body.subarray(0, -1), new Uint8Array([...body, 0]), new Uint8Array([0xa0])])
      expect(decodeAccountEntry(bytes)).toBeNull()
  })
})

describe('box keys', () => {
  async function removalWith(change: (grant: ReturnType<typeof nextBoxKey>['grant'], person: Person) => object) {
    const person = await createPerson('generations')
    const lost = await addDevice(person)
    const { grant } = nextBoxKey(person, lost.id)
    const boxKey = { ...grant, ...change(grant, person) } as typeof grant
    const place = nextPlace(person.state, person.device)
    return applied(person, { ...place, type: 'device-removed', device: lost.id, boxKey }, person.device)
  }

  test.each([
    ['the same generation again', 1],
    ['a generation skipped', 3],
    ['generation 0', 0],
  ])('K4: %s is refused', async (_, generation) => {
    expect(await removalWith(() => ({ generation }))).toEqual(refusal('bad-generation'))
  })

  test('K4: a box key without the one before it sealed under it is refused', async () => {
    expect(await removalWith(() => ({ previous: null }))).toEqual(refusal('bad-generation'))
  })

  test('K5: the box key of a removal that is wrapped to the removed device as well is refused', async () => {
    const outcome = await removalWith((_, person) => {
      const all = liveDevices(person.state).map(({ id, box }) => ({ id, box }))
      return { wraps: boxKeyGrant(person.random, 2, generateBoxKeyPair(person.random), all, null).wraps }
    })
    expect(outcome).toEqual(refusal('bad-key'))
  })

  test('K4: a box key that leaves a live device out is refused', async () => {
    expect(await removalWith((grant) => ({ wraps: grant.wraps.slice(1) }))).toEqual(refusal('bad-key'))
  })

  test('K4: a box key that was in use before, and that removed devices know, is refused', async () => {
    expect(await removalWith((_, person) => ({ public: newestBoxKey(person.state).public }))).toEqual(
      refusal('bad-key'),
    )
  })

  test('K5: a device that is unknown, or removed already, cannot be removed', async () => {
    const person = await createPerson('unknown')
    const lost = await addDevice(person)
    await removeDevice(person, lost.id)
    for (const device of [lost.id, new Uint8Array(16)]) {
      const { grant } = nextBoxKey(person)
      const body: AccountEntryBody = {
        ...nextPlace(person.state, person.device),
        type: 'device-removed',
        device,
        boxKey: grant,
      }
      expect(await applied(person, body, person.device)).toEqual(refusal('unknown-device'))
    }
  })

  test('K5: a removed device opens no later box key; those that stay open it', async () => {
    const person = await createPerson('opens')
    const lost = await addDevice(person)
    await removeDevice(person, lost.id)
    expect(wrapFor(person.state, lost.id)).toBeNull()
    for (const device of [person.device, person.recovery]) {
      const { generation, wrap } = wrapFor(person.state, device.id)!
      const plain = openSealedBox(device.box, wrap)!
      const published = newestBoxKey(person.state)
      expect(generation).toBe(2)
      expect(plain.subarray(0, 32)).toEqual(boxKeyContext(2, published.public, device.id))
      expect(boxKeyPairFromSecretKey(plain.slice(32)).publicKey).toEqual(published.public)
    }
  })

  test('K4: the context in a wrap differs by generation, by key and by device', () => {
    const key = new Uint8Array(32)
    const device = new Uint8Array(16)
    const other = device.slice().fill(1)
    const contexts = [
      boxKeyContext(1, key, device),
      boxKeyContext(2, key, device),
      boxKeyContext(1, key.slice().fill(1), device),
      boxKeyContext(1, key, other),
    ]
    expect(new Set(contexts.map(idText)).size).toBe(4)
  })

  test('K4: a device added late finds its wrap, and after the next box key the one in that entry', async () => {
    const person = await createPerson('late')
    const added = await addDevice(person)
    expect(wrapFor(person.state, added.id)?.generation).toBe(1)
    await renewBoxKey(person)
    expect(wrapFor(person.state, added.id)?.generation).toBe(2)
  })

  test(`K4: more than ${MAX_LIVE_DEVICES} live devices, which one removal could not wrap to, are refused`, async () => {
    const person = await createPerson('many')
    let state: AccountState = person.state
    while (liveDevices(state).length < MAX_LIVE_DEVICES) {
      await addDevice(person)
      state = person.state
    }
    const body = deviceAddedBody(person, createDevice(person.random), person.device)
    expect(await applied(person, body, person.device)).toEqual(refusal('too-many-devices'))
    const [, , some] = liveDevices(person.state)
    await removeDevice(person, some!.id)
    expect(liveDevices(person.state)).toHaveLength(MAX_LIVE_DEVICES - 1)
  })

  test('K4: the sealed list of vaults is the newest that the log holds', async () => {
    const person = await createPerson('vaults')
    expect(person.state.vaults).toBeNull()
    for (const sealed of [new Uint8Array([1]), new Uint8Array([2, 3])]) {
      await extendAccount(person, { ...nextPlace(person.state, person.device), type: 'vaults', sealed }, person.device)
      expect(person.state.vaults).toEqual(sealed)
    }
  })

  test('K5: the public keys of a device say whether it is one on paper', async () => {
    const person = await createPerson('kinds')
    expect(publicKeys(person.device)).toMatchObject({ kind: 'device', lookup: null })
    expect(publicKeys(person.recovery).kind).toBe('recovery')
    expect(publicKeys(person.recovery).lookup).toHaveLength(16)
  })
})
