/** Box keys of an account (K4, K5, K7): who opens which generation, and who never does. */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  boxKeyContext,
  newestBoxKey,
  type AccountState,
} from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import {
  createDevice,
  deviceAddedEntry,
  deviceName,
  deviceRemovedEntry,
  genesisEntry,
  openBoxKeys,
  openUnderBoxKey,
  recoveryDevice,
  sealUnderBoxKey,
  vaultsEntry,
  type DeviceSecrets,
} from '@chartkeep/sync/testing'
import { openSealedBox, sealToPublicKey } from '@chartkeep/crypto'
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'

async function apply(state: AccountState | null, entry: SignedEntry): Promise<AccountState> {
  const next = await applyAccountEntry(state, entry)
  if ('type' in next) throw new Error(next.reason)
  return next
}

async function household(seed: string) {
  const random = seededBytes(seed)
  const laptop = createDevice(random)
  const kit = recoveryDevice(random(20))
  const { entry, boxKey } = await genesisEntry(laptop, kit, 'Laptop', random)
  const state = await apply(null, entry)
  return { random, laptop, kit, state, boxKey }
}

async function add(state: AccountState, signer: DeviceSecrets, name: string, random: typeof randomBytes) {
  const device = createDevice(random)
  const keys = openBoxKeys(state, signer)
  return { device, state: await apply(state, await deviceAddedEntry(state, signer, device, name, keys, random)) }
}

async function remove(state: AccountState, signer: DeviceSecrets, gone: DeviceSecrets, random: typeof randomBytes) {
  return apply(state, await deviceRemovedEntry(state, signer, gone.id, openBoxKeys(state, signer), random))
}

test('K4: the first device and the kit both open the first box key', async () => {
  const { laptop, kit, state, boxKey } = await household('first')
  for (const device of [laptop, kit]) expect(openBoxKeys(state, device)).toEqual(new Map([[1, boxKey]]))
})

test('K7: the kit lets a device in that then opens everything, and a device lets another in', async () => {
  const { laptop, kit, state, random } = await household('kit')
  const phone = await add(state, kit, 'Phone', random)
  const tablet = await add(phone.state, phone.device, 'Tablet', random)
  for (const device of [laptop, phone.device, tablet.device])
    expect(openBoxKeys(tablet.state, device)).toEqual(openBoxKeys(tablet.state, kit))
})

test('K4, K5: a removal renews the box key; those who stay open all generations, the one removed none that is new', async () => {
  const { laptop, kit, state, random } = await household('removal')
  const phone = await add(state, laptop, 'Phone', random)
  const tablet = await add(phone.state, laptop, 'Tablet', random)
  const before = openBoxKeys(tablet.state, phone.device)
  let now = await remove(tablet.state, laptop, phone.device, random)
  now = await remove(now, laptop, tablet.device, random)
  const late = await add(now, laptop, 'Late', random)
  now = late.state

  expect(newestBoxKey(now).generation).toBe(3)
  for (const device of [laptop, kit, late.device])
    expect([...openBoxKeys(now, device).keys()].toSorted()).toEqual([1, 2, 3])
  expect(openBoxKeys(now, phone.device).size).toBe(0)
  expect(openBoxKeys(now, tablet.device).size).toBe(0)
  // Nothing that it kept opens a wrap or the chain of a later generation.
  expect([...before.keys()]).toEqual([1])
  const wraps = now.boxKeys.flatMap(({ generation, wraps: all }) => (generation > 1 ? all : []))
  expect(wraps.length).toBeGreaterThan(0)
  for (const { wrap } of wraps) expect(openSealedBox(phone.device.box, wrap)).toBeNull()
  for (const { wrap } of wraps) expect(openSealedBox(before.get(1)!, wrap)).toBeNull()
  const vaults = await vaultsEntry(now, laptop, random(16), openBoxKeys(now, laptop), random)
  now = await apply(now, vaults)
  expect(openUnderBoxKey(now.vaults!, openBoxKeys(now, laptop))).not.toBeNull()
  expect(openUnderBoxKey(now.vaults!, before)).toBeNull()
})

test('K5: a removed device signs nothing that is taken, and cannot wrap itself back in', async () => {
  const { laptop, state, random } = await household('stolen')
  const phone = await add(state, laptop, 'Phone', random)
  const keys = openBoxKeys(phone.state, phone.device)
  const now = await remove(phone.state, laptop, phone.device, random)
  const another = createDevice(random)
  // Over the log as it was, its entry is valid, but the server's order has the removal there.
  const stale = await deviceAddedEntry(phone.state, phone.device, another, 'x', keys, random)
  expect(await applyAccountEntry(now, stale)).toEqual({ type: 'refused', reason: 'not-next' })
  await expect(deviceAddedEntry(now, phone.device, another, 'x', keys, random)).rejects.toThrow()
  const forged = { ...now, boxKeys: phone.state.boxKeys }
  const entry = await deviceAddedEntry(forged, phone.device, another, 'x', keys, random)
  expect(await applyAccountEntry(now, entry)).toEqual({ type: 'refused', reason: 'signer-not-live' })
})

test('K4: a wrap for another device, generation or key does not open, though the box does', async () => {
  const { laptop, state, boxKey, random } = await household('context')
  const withWrap = (context: Uint8Array, secret = boxKey.secretKey): AccountState => ({
    ...state,
    boxKeys: [
      {
        ...state.boxKeys[0]!,
        wraps: [
          { device: laptop.id, wrap: sealToPublicKey(laptop.box.publicKey, concatBytes(context, secret), random) },
        ],
      },
    ],
  })
  const right = boxKeyContext(1, boxKey.publicKey, laptop.id)
  expect(openBoxKeys(withWrap(right), laptop).size).toBe(1)
  expect(openBoxKeys(withWrap(boxKeyContext(2, boxKey.publicKey, laptop.id)), laptop).size).toBe(0)
  expect(openBoxKeys(withWrap(boxKeyContext(1, random(32), laptop.id)), laptop).size).toBe(0)
  expect(openBoxKeys(withWrap(boxKeyContext(1, boxKey.publicKey, random(16))), laptop).size).toBe(0)
  // A secret that is not the one of the published key is nobody's EK.
  expect(openBoxKeys(withWrap(right, random(32)), laptop).size).toBe(0)
  expect(openBoxKeys(withWrap(right, random(31)), laptop).size).toBe(0)
})

test('K4: a chain to older keys that was changed ends where it breaks, and the newest key still opens', async () => {
  const { laptop, state, random } = await household('chain')
  const phone = await add(state, laptop, 'Phone', random)
  const now = await remove(phone.state, laptop, phone.device, random)
  const broken = { ...now, boxKeys: now.boxKeys.map((grant) => ({ ...grant, previous: grant.previous && random(72) })) }
  expect([...openBoxKeys(broken, laptop).keys()]).toEqual([2])
})

test("K4: another account's devices open nothing", async () => {
  const { state } = await household('mine')
  const { laptop, kit } = await household('theirs')
  expect(openBoxKeys(state, laptop).size).toBe(0)
  expect(openBoxKeys(state, kit).size).toBe(0)
})

test('K4: names of devices and the list of vaults are sealed; what does not open is empty', async () => {
  const { laptop, state, boxKey, random } = await household('names')
  const keys = openBoxKeys(state, laptop)
  const [named] = [...state.devices.values()].filter(({ id }) => idText(id) === idText(laptop.id))
  expect(deviceName(named!.name, keys)).toBe('Laptop')
  expect(deviceName(named!.name, new Map())).toBe('')
  expect(deviceName(new Uint8Array(), keys)).toBe('')
  expect(deviceName(new Uint8Array(3), keys)).toBe('')
  const sealed = sealUnderBoxKey(utf8ToBytes('x'), 1, boxKey, random)
  sealed[9]! ^= 1
  expect(openUnderBoxKey(sealed, keys)).toBeNull()
  expect(openUnderBoxKey(sealUnderBoxKey(utf8ToBytes('x'), 7, boxKey, random), keys)).toBeNull()
  expect(accountHead(state).n).toBe(1)
})
