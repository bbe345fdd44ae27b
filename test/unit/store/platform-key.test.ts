/**
 * Passphrase or PIN together with a platform key (ST21). The system's key storage is behind its seam with a
 * stand-in for Electron's own object; the passkey is tested on a real authenticator in test/integration/store. Computed
 * with OpenSSL, as keyring.test.ts.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "openssl" }
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateBoxKeyPair, boxKeyPairFromSecretKey, randomBytes } from '@chartkeep/crypto'
import { hexToBytes, concatBytes } from '@chartkeep/crypto/encoding'
import { installEngine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import {
  createKeyring,
  createSlotName,
  isAcceptedPin,
  openKeyring,
  passkey,
  systemKey,
  type KeyringDisk,
  type PlatformKey,
  type SystemKeys,
} from '@chartkeep/store'
import { describe, expect, test } from 'vitest'

installEngine(native)

const recovery = generateBoxKeyPair()
const passphrase = 'four words of list'

function memoryDisk(): KeyringDisk {
  const rows = new Map<string, Uint8Array>()
  return {
    names: async () => [...rows.keys()],
    read: async (name) => rows.get(name) ?? null,
    write: async (name, bytes) => void rows.set(name, bytes.slice()),
    async update(name, change) {
      const changed = change(rows.get(name) ?? null)
      if (changed !== null) rows.set(name, changed.slice())
    },
    remove: async (name) => void rows.delete(name),
    close: async () => {},
  }
}

/** A system that keeps `mask` for this person's login. */
function systemWith(mask: Uint8Array, { isThere = true } = {}): SystemKeys {
  const tag = Uint8Array.of(7, 7)
  const masked = (bytes: Uint8Array) => bytes.map((byte, index) => byte ^ mask[index % mask.length]!)
  return {
    available: async () => isThere,
    protect: async (bytes) => concatBytes(tag, masked(bytes)),
    unprotect: async (sealed) => (sealed[0] === 7 && sealed[1] === 7 ? masked(sealed.subarray(2)) : null),
  }
}

async function newSlot() {
  const disk = memoryDisk()
  const slot = createSlotName()
  const created = await createKeyring({ disk, slot, label: 'Ada', passphrase, recoveryPublicKey: recovery.publicKey })
  if (created.type !== 'created') throw new Error(created.type)
  return { disk, slot, keyring: created.keyring, key: created.key }
}

/** A key that stands for a passkey: the platform counts tries, so that a PIN is allowed. */
function keyThatCounts(keys: SystemKeys): PlatformKey {
  return { ...systemKey(keys), kind: 'passkey' }
}

const mask = randomBytes(64)

test('ST21: with a platform key the PIN opens only together with it, and neither opens alone', async () => {
  const { keyring, key } = await newSlot()
  const platformKey = keyThatCounts(systemWith(mask))
  expect(await keyring.changePassphrase(key, '402851', { platformKey, isPin: true })).toEqual({ type: 'changed' })
  expect(await keyring.label()).toMatchObject({ platform: { kind: 'passkey', isPin: true } })
  expect(await keyring.unlock('402851', platformKey)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock('402851')).toEqual({ type: 'platform-key', why: 'unavailable' })
  expect(await keyring.unlock('402852', platformKey)).toEqual({ type: 'wrong-passphrase', failedTries: 1 })
  expect(await keyring.unlock(passphrase, platformKey)).toMatchObject({ type: 'wrong-passphrase' })
  const otherSystem = keyThatCounts(systemWith(randomBytes(64)))
  expect(await keyring.unlock('402851', otherSystem)).toMatchObject({ type: 'wrong-passphrase' })
})

test('ST21: the key storage of a desktop system takes a passphrase and no PIN, for it gives its key as often as it is asked', async () => {
  const { keyring, key } = await newSlot()
  const platformKey = systemKey(systemWith(mask))
  await expect(keyring.changePassphrase(key, '402851', { platformKey, isPin: true })).rejects.toThrow(/counts tries/u)
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
  expect(await keyring.changePassphrase(key, passphrase, { platformKey, isPin: false })).toEqual({ type: 'changed' })
  expect(await keyring.unlock(passphrase, platformKey)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'platform-key', why: 'unavailable' })
})

test('ST21: the kit opens a slot whose platform key is lost, and a new passphrase turns it off', async () => {
  const { keyring, key } = await newSlot()
  const platformKey = keyThatCounts(systemWith(mask))
  await keyring.changePassphrase(key, passphrase, { platformKey, isPin: false })
  const recovered = await keyring.unlockWithRecoveryKey(recovery)
  expect(recovered).toEqual({ type: 'unlocked', key })
  expect(await keyring.changePassphrase(key, 'other four words here')).toEqual({ type: 'changed' })
  expect(await keyring.label()).toMatchObject({ platform: null })
  expect(await keyring.unlock('other four words here')).toEqual({ type: 'unlocked', key })
})

test('ST21: a slot without a platform key is written as version 1, so that an older program opens it', async () => {
  const { disk, slot, keyring, key } = await newSlot()
  expect((await disk.read(slot))![0]).toBe(1)
  const platformKey = keyThatCounts(systemWith(mask))
  await keyring.changePassphrase(key, '402851', { platformKey, isPin: true })
  expect((await disk.read(slot))![0]).toBe(2)
  await keyring.changePassphrase(key, passphrase)
  expect((await disk.read(slot))![0]).toBe(1)
})

test('ST21: a change keeps the platform key that is there; one that is gone gets another', async () => {
  const { keyring, key } = await newSlot()
  let made = 0
  const counted = (keys: SystemKeys): PlatformKey => {
    const inner = keyThatCounts(keys)
    return { ...inner, create: () => ((made += 1), inner.create()) }
  }
  const platformKey = counted(systemWith(mask))
  await keyring.changePassphrase(key, '402851', { platformKey, isPin: true })
  await keyring.changePassphrase(key, '739164', { platformKey, isPin: true })
  expect(made).toBe(1)
  expect(await keyring.unlock('739164', platformKey)).toEqual({ type: 'unlocked', key })
  const forgetful: SystemKeys = { ...systemWith(mask), unprotect: async () => null }
  expect(await keyring.changePassphrase(key, '402851', { platformKey: counted(forgetful), isPin: true })).toEqual({
    type: 'changed',
  })
  expect(made).toBe(2)
  expect(await keyring.unlock('402851', platformKey)).toEqual({ type: 'unlocked', key })
})

test('ST21: a platform key that does not come changes nothing and is no wrong passphrase', async () => {
  const { keyring, key } = await newSlot()
  const none = keyThatCounts(systemWith(mask, { isThere: false }))
  expect(await keyring.changePassphrase(key, '402851', { platformKey: none, isPin: true })).toEqual({
    type: 'platform-key',
    why: 'unavailable',
  })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
  const platformKey = keyThatCounts(systemWith(mask))
  await keyring.changePassphrase(key, '402851', { platformKey, isPin: true })
  const cancelling: PlatformKey = { ...platformKey, unlock: async () => ({ type: 'refused', why: 'cancelled' }) }
  expect(await keyring.unlock('402851', cancelling)).toEqual({ type: 'platform-key', why: 'cancelled' })
  expect(await keyring.label()).toMatchObject({ failedTries: 0 })
  const forgetful = keyThatCounts({ ...systemWith(mask), unprotect: async () => null })
  expect(await keyring.unlock('402851', forgetful)).toEqual({ type: 'platform-key', why: 'gone' })
  const throwing = keyThatCounts({ ...systemWith(mask), unprotect: () => Promise.reject(new Error('no')) })
  expect(await keyring.unlock('402851', throwing)).toEqual({ type: 'platform-key', why: 'gone' })
})

test('ST21: a row whose platform key was taken out or changed is damage', async () => {
  const { disk, slot, keyring, key } = await newSlot()
  const platformKey = keyThatCounts(systemWith(mask))
  await keyring.changePassphrase(key, '402851', { platformKey, isPin: true })
  const row = (await disk.read(slot))!
  for (const at of [0, 40, row.length - 1]) {
    const damaged = row.slice()
    damaged[at]! ^= 3
    await disk.write(slot, damaged)
    expect(await keyring.unlock('402851', platformKey)).toEqual({ type: 'damaged' })
  }
})

describe('a PIN', () => {
  test.each(['402851', '112233', '000001', '739164820'])('ST21: %s is accepted', (pin) => {
    expect(isAcceptedPin(pin)).toBe(true)
  })
  test.each([
    '',
    '40285',
    '4028511234567',
    '000000',
    '777777',
    '123456',
    '987654',
    '890123',
    '40 851',
    'abcdef',
    '４０２８５１',
  ])('ST21: %j is refused', (pin) => {
    expect(isAcceptedPin(pin)).toBe(false)
  })
  test('ST21: it is refused by the keyring too, and nothing is written', async () => {
    const { keyring, key } = await newSlot()
    const platformKey = keyThatCounts(systemWith(mask))
    await expect(keyring.changePassphrase(key, '123456', { platformKey, isPin: true })).rejects.toThrow(RangeError)
    expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
  })
})

test('ST21: where there is no WebAuthn a passkey is not available and says so', async () => {
  const key = passkey(undefined)
  expect(await key.available()).toBe(false)
  expect(await key.create()).toEqual({ type: 'refused', why: 'unavailable' })
  expect(await key.unlock(new Uint8Array(40))).toEqual({ type: 'refused', why: 'unavailable' })
})

interface RowFixture {
  slot: string
  row: string
  passphrase: string
  key: string
  recoverySecret: string
  systemMask?: string
}

test.each([1, 2])('ST21: a row of version %i opens for ever, by passphrase and by kit', async (version) => {
  const file = join(import.meta.dirname, `../../fixtures/keyring/version-${version}.json`)
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as RowFixture
  const disk = memoryDisk()
  const row = new Uint8Array(Buffer.from(fixture.row, 'base64'))
  expect(row[0]).toBe(version)
  await disk.write(fixture.slot, row)
  const keyring = openKeyring({ disk, slot: fixture.slot })
  const platformKey = fixture.systemMask ? systemKey(systemWith(hexToBytes(fixture.systemMask)!)) : null
  const key = hexToBytes(fixture.key)
  expect(await keyring.unlock(fixture.passphrase, platformKey)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock('another passphrase', platformKey)).toMatchObject({ type: 'wrong-passphrase' })
  const pair = boxKeyPairFromSecretKey(hexToBytes(fixture.recoverySecret)!)
  expect(await keyring.unlockWithRecoveryKey(pair)).toEqual({ type: 'unlocked', key })
})
