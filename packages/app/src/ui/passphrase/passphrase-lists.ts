/** What people choose for a passphrase: zxcvbn with its common and English lists, and a Chinese list of ours. A megabyte; loaded when a passphrase is chosen. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { CHINESE_PHRASES, TYPED_CHINESE } from './chinese-passphrases.ts'

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common, ...english, 'typed-chinese': TYPED_CHINESE },
  graphs: adjacencyGraphs,
  // More disguises take a quarter of a second for twenty letters, and find nothing in passphrases that would pass.
  l33tMaxSubstitutions: 5,
  maxLength: 100,
})

const IDEOGRAPHS = /\p{Script=Han}+/gu
/** A phrase of the list, and an ideograph outside of it. */
const PHRASE_BITS = Math.log2(CHINESE_PHRASES.length)
const IDEOGRAPH_BITS = 6

const phrases = new Set(CHINESE_PHRASES)
const longest = Math.max(...CHINESE_PHRASES.map((phrase) => phrase.length))

/** Estimated bits of `text` (NFKC, trimmed): what it has of Chinese, and the rest as zxcvbn guesses it. */
export function bitsByLists(text: string): number {
  const rest = text.replaceAll(IDEOGRAPHS, ' ').trim()
  const chinese = bitsOfChinese((text.match(IDEOGRAPHS) ?? []).join(''))
  return chinese + (rest === '' ? 0 : Math.log2(zxcvbn.check(rest).guesses))
}

/** Longest phrases first; what comes again counts nothing. */
function bitsOfChinese(text: string): number {
  const seen = new Set<string>()
  let bits = 0
  for (let at = 0; at < text.length;) {
    const phrase = phraseAt(text, at)
    if (!seen.has(phrase)) bits += phrases.has(phrase) ? PHRASE_BITS : IDEOGRAPH_BITS
    seen.add(phrase)
    at += phrase.length
  }
  return bits
}

function phraseAt(text: string, at: number): string {
  for (let length = longest; length > 1; length--) {
    const phrase = text.slice(at, at + length)
    if (phrase.length === length && phrases.has(phrase)) return phrase
  }
  return String.fromCodePoint(text.codePointAt(at)!)
}
