/** How strong a passphrase is, said on the careful side; and the words that are suggested. */
import { expect, test } from 'vitest'
import {
  isPassphraseStrongEnough,
  passphraseBits,
  passphraseStrength,
} from '@chartkeep/app/src/ui/passphrase-strength.ts'
import { PASSPHRASE_WORDS, suggestPassphrase } from '@chartkeep/app/src/ui/passphrase-words.ts'

test('Passphrase: the list has 2,048 different words, told apart by their first four letters', () => {
  expect(PASSPHRASE_WORDS).toHaveLength(2048)
  expect(new Set(PASSPHRASE_WORDS.map((word) => word.slice(0, 4))).size).toBe(2048)
  expect(PASSPHRASE_WORDS.every((word) => /^[a-z]{3,8}$/u.test(word))).toBe(true)
})

test('Passphrase: four suggested words give 44 bits, more than a lifetime of guessing', () => {
  const suggested = suggestPassphrase(4, (length) => Uint8Array.from({ length }, (_, index) => index * 37))
  expect(suggested.split(' ')).toHaveLength(4)
  expect(passphraseBits(suggested)).toBe(44)
  expect(passphraseStrength(suggested)).toBe('centuries')
})

test('Passphrase: every word can be drawn, by its two bytes', () => {
  const drawn = (first: number, second: number) => suggestPassphrase(1, () => Uint8Array.of(first, second))
  expect(drawn(0, 0)).toBe(PASSPHRASE_WORDS[0])
  expect(drawn(7, 255)).toBe(PASSPHRASE_WORDS[2047])
  expect(drawn(8, 0)).toBe(PASSPHRASE_WORDS[0])
})

test.each([
  '',
  '123456',
  'password',
  'aaaaaaaaaaaaaaaa',
  'zebra zebra zebra zebra',
  'maple otter window',
  '生日快樂',
  'Mei1992',
])('Passphrase: %j is refused as too easy to guess', (passphrase) => {
  expect(isPassphraseStrongEnough(passphrase)).toBe(false)
})

test.each([
  'maple otter window canal',
  'correct horse battery staple',
  'many cats like fish',
  'Kq7!vR2z#Lp9wXmb4T$e',
  '我家樓下有三隻貓',
  'tr0ub4dor & the 3 quiet owls',
])('Passphrase: %j is taken', (passphrase) => {
  expect(isPassphraseStrongEnough(passphrase)).toBe(true)
})
