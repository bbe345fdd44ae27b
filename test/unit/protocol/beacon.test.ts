/** Beacons (F2): what a device signs of what it has verified, what each reader is shown of it, and each thing that makes one worth nothing. */
import { sign } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  beaconFor,
  beaconMessage,
  beaconRoot,
  orderedLeaves,
  readBeacon,
  type Beacon,
  type BeaconBody,
  type BeaconLeaf,
} from '@chartkeep/protocol/audit'
import { contradicts } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { countingBytes, flipBit } from '../../support/vectors.ts'

const vault = countingBytes(16, 200)
let person: Person
let phone: Device
let gone: Device
beforeAll(async () => {
  person = await createPerson('beacon')
  phone = await addDevice(person)
  gone = await addDevice(person)
  await removeDevice(person, gone.id)
})

const leaf = (at: number, n = at + 1): BeaconLeaf => ({
  stream: new Uint8Array(16).fill(at + 1),
  n,
  h: new Uint8Array(32).fill(200 + at),
})
const five = [0, 1, 2, 3, 4].map((at) => leaf(at))

async function beaconOf(
  leaves: BeaconLeaf[],
  change: Partial<BeaconBody> = {},
  signer = person.device,
): Promise<Beacon> {
  const body = encodeMessage({
    v: 1,
    vault,
    account: person.state.account,
    device: signer.id,
    accountLog: accountHead(person.state),
    control: { n: 4, h: countingBytes(32) },
    counter: 3,
    time: 5,
    size: leaves.length,
    root: beaconRoot(leaves),
    ...change,
  })
  return { body, signature: await sign(signer.signing, beaconMessage(body)), leaves, places: null }
}
const read = (beacon: Beacon) => readBeacon(beacon, vault, person.state)

describe('F2: a beacon', () => {
  test('F2: holds of any number of streams, by each live device, and says what it had verified', async () => {
    for (const count of [0, 1, 2, 5])
      expect(await read(await beaconOf(five.slice(0, count)))).toMatchObject({ counter: 3, size: count, vault })
    expect(await read(await beaconOf(five, {}, phone))).toMatchObject({ device: phone.id })
  })

  test('F2: whoever may read some of its streams is shown these, and none of the others', async () => {
    const whole = await beaconOf(five)
    for (const shown of [[], [0], [1, 3], [4], [0, 1, 2, 3, 4]]) {
      const part = beaconFor(whole, (stream) => shown.some((at) => Buffer.from(stream).equals(leaf(at).stream)))
      expect(part.leaves).toEqual(shown.map((at) => leaf(at)))
      expect(part.places!.map(({ index }) => index)).toEqual(shown)
      expect(await read(part)).toMatchObject({ size: 5 })
    }
    const one = beaconFor(whole, (stream) => stream === five[2]!.stream)
    for (const hidden of [0, 1, 3, 4])
      expect(Buffer.from(encodeMessage(one)).includes(Buffer.from(five[hidden]!.stream))).toBe(false)
  })

  test('F2: its leaves are in the order of their streams, whatever order they come in', () => {
    const mixed = [leaf(3), leaf(0), leaf(4)]
    expect(orderedLeaves(mixed)).toEqual([leaf(0), leaf(3), leaf(4)])
    expect(mixed[0]).toEqual(leaf(3))
    expect(beaconRoot([leaf(0), leaf(1)])).not.toEqual(beaconRoot([leaf(1), leaf(0)]))
  })
})

describe('F2: a beacon that does not count', () => {
  test('F2: of another chart, of another account, or in another form', async () => {
    expect(await read(await beaconOf(five, { vault: countingBytes(16) }))).toBe('malformed')
    expect(await read(await beaconOf(five, { account: countingBytes(16) }))).toBe('malformed')
    expect(await read({ ...(await beaconOf(five)), body: countingBytes(60) })).toBe('malformed')
  })

  test('F2: at a head that the reader has not', async () => {
    expect(await read(await beaconOf(five, { accountLog: { n: 9, h: countingBytes(32) } }))).toBe('account')
  })

  test('F2, K5: by a device that was removed, not yet there, unknown or only on paper', async () => {
    expect(await read(await beaconOf(five, {}, gone))).toBe('device')
    expect(await read(await beaconOf(five, {}, person.recovery))).toBe('device')
    expect(await read(await beaconOf(five, { device: countingBytes(16) }))).toBe('device')
    const first = { n: 1, h: person.state.hashes[0]! }
    expect(await read(await beaconOf(five, { accountLog: first }, phone))).toBe('device')
  })

  test('F2, K3: with the signature of another device, or for something else', async () => {
    const beacon = await beaconOf(five)
    expect(await read({ ...beacon, signature: flipBit(beacon.signature, 3) })).toBe('signature')
    expect(await read(await beaconOf(five, { device: phone.id }))).toBe('signature')
    expect(await read({ ...beacon, signature: await sign(person.device.signing, beacon.body) })).toBe('signature')
  })

  test('F2: with leaves that are missing, changed, doubled or out of order', async () => {
    const whole = await beaconOf(five)
    const later = five.map((each, at) => (at === 2 ? { ...each, n: 99 } : each))
    for (const leaves of [five.slice(1), five.slice(0, 4), later, five.toReversed(), [...five, five[4]!]])
      expect(await read({ ...whole, leaves })).toBe('leaves')
    expect(await read(await beaconOf([five[1]!, five[0]!])), 'signed out of order').toBe('leaves')
    expect(await read(await beaconOf([five[0]!, five[0]!])), 'signed twice').toBe('leaves')
    expect(await read(await beaconOf(five, { size: 4 })), 'another number').toBe('leaves')
  })

  test('F2: with places that do not lead to its root', async () => {
    const part = beaconFor(await beaconOf(five), (stream) => stream === five[1]!.stream || stream === five[3]!.stream)
    const [first, second] = part.places!
    const wrong: Partial<Beacon>[] = [
      { places: [second!, first!] },
      { places: [first!] },
      { leaves: part.leaves.slice(1) },
      { leaves: [part.leaves[0]!, part.leaves[0]!], places: [first!, first!] },
      { places: [first!, { ...second!, index: 5 }] },
      { places: [first!, { ...second!, path: second!.path.slice(1) }] },
      { leaves: [part.leaves[0]!, { ...part.leaves[1]!, n: 77 }] },
      { leaves: [{ ...part.leaves[0]!, h: countingBytes(32, 9) }, part.leaves[1]!] },
    ]
    for (const change of wrong) expect(await read({ ...part, ...change })).toBe('leaves')
    expect(await read(part)).toMatchObject({ size: 5 })
  })
})

describe('F2: a contradiction', () => {
  test('F2: is another hash for a number that the reader knows; what it does not know, or knows alike, is none', () => {
    const known = (stream: Uint8Array, n: number) =>
      Buffer.from(stream).equals(leaf(3).stream) && n === 4 ? countingBytes(32, 99) : null
    expect(contradicts(five, known)).toEqual(leaf(3))
    expect(contradicts([leaf(3, 5)], known)).toBeNull()
    expect(contradicts(five, () => null)).toBeNull()
    expect(contradicts(five, (stream) => five.find((each) => each.stream === stream)!.h)).toBeNull()
    expect(contradicts([], known)).toBeNull()
  })
})
