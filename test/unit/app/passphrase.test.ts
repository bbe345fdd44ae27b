/** How strong a passphrase is, said on the careful side, with zxcvbn's lists and ours; and the words that are suggested. */
import { expect, test } from 'vitest'
import {
  isPassphraseStrongEnough,
  passphraseBits,
  strengthOf,
} from '@chartkeep/app/src/ui/passphrase/passphrase-strength.ts'
import { PASSPHRASE_WORDS, suggestPassphrase } from '@chartkeep/app/src/ui/passphrase/passphrase-words.ts'

test('Passphrase: the list has 2,048 different words, told apart by their first four letters', () => {
  expect(PASSPHRASE_WORDS).toHaveLength(2048)
  expect(new Set(PASSPHRASE_WORDS.map((word) => word.slice(0, 4))).size).toBe(2048)
  expect(PASSPHRASE_WORDS.every((word) => /^[a-z]{3,8}$/u.test(word))).toBe(true)
})

test('Passphrase: four suggested words give 44 bits, more than a lifetime of guessing', async () => {
  const suggested = suggestPassphrase(4, (length) => Uint8Array.from({ length }, (_, index) => index * 37))
  expect(suggested.split(' ')).toHaveLength(4)
  expect(await passphraseBits(suggested)).toBe(44)
  expect(strengthOf(44)).toBe('centuries')
})

test('Passphrase: every word can be drawn, by its two bytes', () => {
  const drawn = (first: number, second: number) => suggestPassphrase(1, () => Uint8Array.of(first, second))
  expect(drawn(0, 0)).toBe(PASSPHRASE_WORDS[0])
  expect(drawn(7, 255)).toBe(PASSPHRASE_WORDS[2047])
  expect(drawn(8, 0)).toBe(PASSPHRASE_WORDS[0])
})

/** Typed by people who were asked for something secret: what a thief tries first, in each of its disguises. */
const GUESSABLE = [
  '',
  '123456',
  'password',
  'aaaaaaaaaaaaaaaa',
  'zebra zebra zebra zebra',
  'maple otter window',
  'Mei1992',
  'password1234567',
  'P@ssw0rd!2024',
  'qwertyuiop asdfghjkl',
  '1qaz2wsx3edc4rfv',
  'abcdefghijklmnopqrstuvwxyz',
  'iloveyou iloveyou2',
  'Taipei101Taipei101',
  '19900203 19850412',
  'jennifer michael 1987',
  'woaini1314520',
  'ji32k7au4a83',
  'ji32k7au4a83 su3cl3',
  'Chen Meiling 1988',
  '生日快樂',
  '我愛你 一生一世',
  '祝你生日快樂新年快樂',
  '生日快樂生日快樂生日快樂生日快樂',
  '萬事如意 身體健康',
  '床前明月光 疑是地上霜',
  '生日快樂123456',
  '我愛台灣520',
]

test.each(GUESSABLE)('Passphrase: %j is refused as too easy to guess', async (passphrase) => {
  expect(await isPassphraseStrongEnough(passphrase)).toBe(false)
})

test.each([
  'maple otter window canal',
  'correct horse battery staple',
  'many cats like fish',
  'Kq7!vR2z#Lp9wXmb4T$e',
  '我家樓下有三隻貓',
  '貓愛半夜在屋頂唱歌',
  'tr0ub4dor & the 3 quiet owls',
  '三隻貓 window 半夜唱歌',
])('Passphrase: %j is taken', async (passphrase) => {
  expect(await isPassphraseStrongEnough(passphrase)).toBe(true)
})

test('Passphrase: the lists take next to nothing from suggested words, each of which has 11 bits', async () => {
  for (let n = 0; n < 200; n++) {
    const suggested = suggestPassphrase(4, (length) =>
      Uint8Array.from({ length }, (_, at) => (n * 97 + at * 53 + n * at) & 255),
    )
    const full = 11 * new Set(suggested.split(' ')).size
    const bits = await passphraseBits(suggested)
    expect(bits).toBeLessThanOrEqual(full)
    expect(bits, suggested).toBeGreaterThan(full - 6)
  }
})

test('Passphrase: a very long one is judged at once', async () => {
  expect(await passphraseBits('Ab3$'.repeat(2_000))).toBeLessThan(40)
  expect(await isPassphraseStrongEnough('貓'.repeat(20_000))).toBe(false)
})

test('Passphrase: the steps have their bounds', () => {
  expect([20, 24, 30, 38, 44].map(strengthOf)).toEqual(['seconds', 'hours', 'days', 'years', 'centuries'])
})
