/**
 * The keyring: passphrase or kit to store key; each failure has a name of its own. Computed with OpenSSL, which takes half of the time over a
 * passphrase and has the same answer (test/unit/crypto/native).
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "openssl" }
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ARGON2ID, generateBoxKeyPair, randomBytes } from '@chartkeep/crypto'
import { taggedHash } from '@chartkeep/crypto/hash'
import { installEngine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import {
  createKeyring,
  createSlotName,
  dexieKeyringDisk,
  listSlots,
  openKeyring,
  type KeyringDisk,
} from '@chartkeep/store'
import { sqliteKeyringDisk } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, describe, expect, test } from 'vitest'

installEngine(native)

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-keyring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const recovery = generateBoxKeyPair()
const passphrase = 'four words of list'

const disks: { name: string; newDisk(): () => KeyringDisk }[] = [
  {
    name: 'Dexie',
    newDisk() {
      const indexedDB = new IDBFactory()
      return () => dexieKeyringDisk('a', { indexedDB, IDBKeyRange })
    },
  },
  {
    name: 'node:sqlite',
    newDisk() {
      const path = join(mkdtempSync(join(folder, 'x')), 'a')
      return () => sqliteKeyringDisk(path)
    },
  },
]

describe.each(disks)('the disk of the keyring on $name', ({ newDisk }) => {
  test('ST9: values are written, replaced, listed and removed, and outlive closing', async () => {
    const reopen = newDisk()
    const disk = reopen()
    expect(await disk.names()).toEqual([])
    expect(await disk.read('a')).toBeNull()
    await disk.write('a', Uint8Array.of(1))
    await disk.write('b', Uint8Array.of(2, 3).subarray(1))
    await disk.write('a', Uint8Array.of(4))
    await disk.remove('unknown')
    await disk.close()
    const again = reopen()
    expect((await again.names()).sort()).toEqual(['a', 'b'])
    expect([...(await again.read('a'))!]).toEqual([4])
    expect([...(await again.read('b'))!]).toEqual([3])
    await again.remove('a')
    expect(await again.names()).toEqual(['b'])
    await again.close()
  })

  test('ST9: a value is changed as it is, with no other write between, or left alone', async () => {
    const disk = newDisk()()
    await disk.write('a', Uint8Array.of(1))
    const more = (bytes: Uint8Array | null) => Uint8Array.of(...(bytes ?? []), 2)
    await Promise.all([disk.update('a', more), disk.update('a', more), disk.update('b', more)])
    expect([...(await disk.read('a'))!]).toEqual([1, 2, 2])
    expect([...(await disk.read('b'))!]).toEqual([2])
    await disk.update('a', () => null)
    const broken = () => {
      throw new Error('no value')
    }
    await expect(disk.update('a', broken)).rejects.toThrow('no value')
    expect([...(await disk.read('a'))!]).toEqual([1, 2, 2])
    await disk.update('a', more)
    expect([...(await disk.read('a'))!]).toEqual([1, 2, 2, 2])
    await disk.close()
  })

  test('ST11: the passphrase unlocks the key that was made, after closing too', async () => {
    const reopen = newDisk()
    const disk = reopen()
    const slot = createSlotName()
    const created = await createKeyring({ disk, slot, label: 'Ada', passphrase, recoveryPublicKey: recovery.publicKey })
    if (created.type !== 'created') throw new Error(created.type)
    await disk.close()
    const again = reopen()
    expect(await listSlots(again)).toEqual([slot])
    const keyring = openKeyring({ disk: again, slot })
    expect(await keyring.label()).toEqual({ type: 'label', label: 'Ada', failedTries: 0, platform: null })
    expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key: created.key })
    await again.close()
  })
})

async function newSlot(options: { key?: Uint8Array } = {}) {
  const disk = disks[1]!.newDisk()()
  const slot = createSlotName()
  const recoveryPublicKey = recovery.publicKey
  const created = await createKeyring({ disk, slot, label: 'Ada', passphrase, recoveryPublicKey, ...options })
  if (created.type !== 'created') throw new Error(created.type)
  return { disk, slot, keyring: created.keyring, key: created.key }
}

test('ST11: a wrong passphrase says so and is counted until the right one comes', async () => {
  const { keyring, key, disk } = await newSlot()
  expect(await keyring.unlock('wrong')).toEqual({ type: 'wrong-passphrase', failedTries: 1 })
  expect(await keyring.unlock('')).toEqual({ type: 'wrong-passphrase', failedTries: 2 })
  expect(await keyring.label()).toMatchObject({ failedTries: 2 })
  expect(await listSlots(disk)).toHaveLength(1)
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
  expect(await keyring.label()).toMatchObject({ failedTries: 0 })
})

test('ST11: the recovery device opens the store without the passphrase, and no other key does', async () => {
  const { keyring, key } = await newSlot()
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlockWithRecoveryKey(generateBoxKeyPair())).toEqual({ type: 'wrong-recovery-key' })
})

test('ST11: a changed passphrase replaces the old one and keeps the key', async () => {
  const { keyring, key } = await newSlot()
  expect(await keyring.changePassphrase(key, 'another four words')).toEqual({ type: 'changed' })
  expect(await keyring.unlock('another four words')).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock(passphrase)).toMatchObject({ type: 'wrong-passphrase' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'unlocked', key })
})

test('ST11: a passphrase is not changed for a key that is not this slot’s', async () => {
  const { keyring, key } = await newSlot()
  expect(await keyring.changePassphrase(randomBytes(32), 'x')).toEqual({ type: 'wrong-key' })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
})

test('K7, ST11: another kit in the place of the old one: only it opens the slot, and the passphrase still does', async () => {
  const { keyring, key } = await newSlot()
  const next = generateBoxKeyPair()
  expect(await keyring.changeRecoveryKey(randomBytes(32), next.publicKey)).toEqual({ type: 'wrong-key' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'unlocked', key })
  expect(await keyring.changeRecoveryKey(key, next.publicKey)).toEqual({ type: 'changed' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'wrong-recovery-key' })
  expect(await keyring.unlockWithRecoveryKey(next)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
})

test('K7, ST11: a passphrase and a kit that are changed at one time are both changed', async () => {
  const { keyring, key } = await newSlot()
  const next = generateBoxKeyPair()
  const changing = keyring.changePassphrase(key, 'another four words')
  expect(await keyring.changeRecoveryKey(key, next.publicKey)).toEqual({ type: 'changed' })
  expect(await changing).toEqual({ type: 'changed' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'wrong-recovery-key' })
  expect(await keyring.unlockWithRecoveryKey(next)).toEqual({ type: 'unlocked', key })
  expect(await keyring.unlock('another four words')).toEqual({ type: 'unlocked', key })
})

test('ST11: a missing slot is missing, for every question', async () => {
  const { disk } = await newSlot()
  const keyring = openKeyring({ disk, slot: createSlotName() })
  expect(await keyring.label()).toEqual({ type: 'missing' })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'missing' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'missing' })
  expect(await keyring.changePassphrase(randomBytes(32), 'x')).toEqual({ type: 'missing' })
})

test('ST11: every damaged byte is damage, never a wrong passphrase', async () => {
  const { disk, slot, keyring } = await newSlot()
  const row = (await disk.read(slot))!
  for (let at = 1; at < row.length; at += 1) {
    const damaged = row.slice()
    damaged[at]! ^= 1
    await disk.write(slot, damaged)
    expect(await keyring.unlock(passphrase)).toEqual({ type: 'damaged' })
  }
  for (const length of [0, 1, 32, 33, row.length - 1]) {
    await disk.write(slot, row.slice(0, length))
    expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'damaged' })
  }
})

test('ST11: a row whose version does not fit its content is damage', async () => {
  const { disk, slot, keyring } = await newSlot()
  const row = (await disk.read(slot))!
  for (const version of [0, 2]) {
    row[0] = version
    await disk.write(slot, row)
    expect(await keyring.unlock(passphrase)).toEqual({ type: 'damaged' })
  }
})

test('ST11: a row of a newer version says so', async () => {
  const { disk, slot, keyring } = await newSlot()
  const row = (await disk.read(slot))!
  row[0] = 3
  await disk.write(slot, row)
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'newer', version: 3 })
})

test('ST11: the row of another slot, put in the place of this one, does not unlock', async () => {
  const { disk, slot, keyring } = await newSlot()
  const other = await newSlot()
  await disk.write(slot, (await other.disk.read(other.slot))!)
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'damaged' })
  expect(await keyring.unlockWithRecoveryKey(recovery)).toEqual({ type: 'damaged' })
})

test('ST11: a slot is not made twice', async () => {
  const { disk, slot, keyring, key } = await newSlot()
  const recoveryPublicKey = generateBoxKeyPair().publicKey
  const again = await createKeyring({ disk, slot, label: 'Eve', passphrase: 'x', recoveryPublicKey })
  expect(again).toEqual({ type: 'slot-taken' })
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'unlocked', key })
})

test('ST11: Argon2id below the floor is refused when a slot is made', async () => {
  const disk = disks[1]!.newDisk()()
  const parameters = { ...ARGON2ID, memoryKiB: ARGON2ID.memoryKiB / 2 }
  const slot = {
    disk,
    slot: createSlotName(),
    label: '',
    passphrase,
    recoveryPublicKey: recovery.publicKey,
    parameters,
  }
  await expect(createKeyring(slot)).rejects.toThrow()
  expect(await disk.names()).toEqual([])
})

test('ST3: neither the key nor the passphrase is in the row, and its salt is its own', async () => {
  const key = randomBytes(32)
  const first = await newSlot({ key })
  const second = await newSlot({ key })
  const rows = [(await first.disk.read(first.slot))!, (await second.disk.read(second.slot))!]
  for (const row of rows) {
    const text = Buffer.from(row)
    expect(text.includes(Buffer.from(key))).toBe(false)
    expect(text.includes(passphrase)).toBe(false)
    expect(text.includes(Buffer.from(taggedHash('store-key-check', key)))).toBe(true)
  }
  expect(Buffer.from(rows[0]!).equals(rows[1]!)).toBe(false)
})

test('ST11: a removed slot is gone', async () => {
  const { keyring, disk } = await newSlot()
  await keyring.unlock('wrong')
  await keyring.remove()
  expect(await keyring.unlock(passphrase)).toEqual({ type: 'missing' })
  expect(await disk.names()).toEqual([])
})

test('ST3: slot names carry no meaning and do not repeat', () => {
  const names = Array.from({ length: 100 }, createSlotName)
  expect(new Set(names).size).toBe(100)
  for (const name of names) expect(name).toMatch(/^[a-z2-7]{16}$/)
})
