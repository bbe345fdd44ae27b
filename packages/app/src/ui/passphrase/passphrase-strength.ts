/**
 * How long somebody who has stolen the device would need to guess a passphrase, in steps that have words.
 *
 * Two estimates, of which the lower counts. Ours knows how many words a passphrase of words is drawn from, and Chinese; zxcvbn
 * (passphrase-lists.ts, loaded when it is first needed) knows what people choose: common passwords, names, words, dates, rows of keys, and their
 * disguises. The thief is given 1,000 guesses a second, which is generous against Argon2id with 64 MiB.
 */
import { PASSPHRASE_WORDS } from './passphrase-words.ts'

/** From worst to best; each is a key under `strength.` */
export const STRENGTHS = ['seconds', 'hours', 'days', 'years', 'centuries'] as const
/** One of {@link STRENGTHS}. */
export type Strength = (typeof STRENGTHS)[number]

const listed = new Set(PASSPHRASE_WORDS)
const GUESSES_PER_SECOND = 1000

let lists: Promise<typeof import('./passphrase-lists.ts')> | null = null

/** Loads what is known of common passphrases; null where it cannot be loaded now, and then the next call tries again. */
async function loadLists(): Promise<typeof import('./passphrase-lists.ts') | null> {
  lists ??= import('./passphrase-lists.ts')
  try {
    return await lists
  } catch {
    lists = null
    return null
  }
}

/** Estimated bits of `passphrase`; 0 for an empty one. Where the lists cannot be loaded, by our own estimate alone. */
export async function passphraseBits(passphrase: string): Promise<number> {
  const text = passphrase.normalize('NFKC').trim()
  const own = bitsOfWords(text)
  const known = await loadLists()
  return known === null ? own : Math.min(own, known.bitsByLists(text))
}

/**
 * Listed words count 11 bits, other text counts by length and kind of letters (as in NIST SP 800-63-1, appendix A), repetition counts nothing.
 */
function bitsOfWords(passphrase: string): number {
  const seen = new Set<string>()
  let bits = 0
  for (const part of passphrase.toLowerCase().split(/[\s\-_.,]+/u)) {
    if (part === '' || seen.has(part)) continue
    seen.add(part)
    bits += listed.has(part) ? 11 : bitsOfText(part)
  }
  return bits
}

function bitsOfText(text: string): number {
  const letters = [...text]
  const distinct = new Set(letters).size
  const counted = Math.min(letters.length, distinct * 2)
  const ideographs = letters.filter((letter) => /\p{Script=Han}/u.test(letter)).length
  let bits = 0
  for (let index = 0; index < counted - ideographs; index++) bits += index === 0 ? 4 : index < 8 ? 2 : 1.5
  bits += Math.min(ideographs, counted) * 6
  if (/\d/u.test(text) && /\p{L}/u.test(text)) bits += 3
  if (/[^\p{L}\d]/u.test(text)) bits += 3
  return bits
}

/** The step for a passphrase of so many bits. */
export function strengthOf(bits: number): Strength {
  const seconds = 2 ** (bits - 1) / GUESSES_PER_SECOND
  if (seconds < 3600) return 'seconds'
  if (seconds < 3 * 86_400) return 'hours'
  if (seconds < 365 * 86_400) return 'days'
  if (seconds < 100 * 365 * 86_400) return 'years'
  return 'centuries'
}

/** Four words: 44 bits from the list, and at least 40 when a person thinks of four short ones. Three are fewer. */
const LEAST_BITS = 40

/** True where the app accepts `passphrase` alone for a store: four words or the same strength. */
export async function isPassphraseStrongEnough(passphrase: string): Promise<boolean> {
  return (await passphraseBits(passphrase)) >= LEAST_BITS
}
