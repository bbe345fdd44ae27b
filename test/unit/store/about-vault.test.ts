/** Rows about a vault go with the vault's key. */
import { randomBytes } from '@chartkeep/crypto'
import { openAboutVault, sealAboutVault } from '@chartkeep/store'
import { expect, test } from 'vitest'

const key = randomBytes(32)
const value = { name: 'Mei', unread: 3, dates: ['2026-01-02'] }

test('ST19: a value about a vault opens with that vault’s key and shows nothing without it', () => {
  const sealed = sealAboutVault(key, value)
  expect(openAboutVault(key, sealed)).toEqual({ value })
  expect(Buffer.from(sealed).includes('Mei')).toBe(false)
  expect(openAboutVault(randomBytes(32), sealed)).toBeNull()
  expect(openAboutVault(new Uint8Array(32), sealed)).toBeNull()
})

test('ST19: changed bytes open nothing, short values have one size', () => {
  const sealed = sealAboutVault(key, value)
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = sealed.slice()
    changed[at]! ^= 1
    expect(openAboutVault(key, changed)).toBeNull()
  }
  expect(openAboutVault(key, new Uint8Array(0))).toBeNull()
  expect(sealAboutVault(key, 'a').length).toBe(sealAboutVault(key, 'a longer name than that').length)
})
