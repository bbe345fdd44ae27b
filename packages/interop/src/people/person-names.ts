/**
 * Names of people in a script with spaces, compared as a desk would: without case, accents, order, titles and middle names. `alike` is for what
 * somebody must look at: an initial, another spelling, another family name with the same given name.
 */

/** A name in its parts; `text` where it is written in one piece. */
export interface PersonName {
  text: string
  family: string
  given: string[]
  suffix: string[]
}

type Match = 'same' | 'alike' | 'differs'

/** A word of a name, folded; `long` has German umlauts written out. */
interface Word {
  plain: string
  long: string
}

interface Words {
  all: Word[]
  /** How many at the beginning of `all` are given names; null where the order is not told. */
  given: number | null
  suffix: string
}

const SUFFIXES = new Map([
  ['jr', 'jr'],
  ['junior', 'jr'],
  ['sr', 'sr'],
  ['senior', 'sr'],
  ['ii', '2'],
  ['2nd', '2'],
  ['iii', '3'],
  ['3rd', '3'],
  ['iv', '4'],
])
const TITLES = new Set(['mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'sir', 'madam', 'herr', 'frau', 'mme', 'sra'])
const DEGREES = new Set(['md', 'phd', 'esq', 'dds', 'rn'])
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}
const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' }

/** Compares two names of one script, given first or family first. */
export function latinNames(one: PersonName, other: PersonName): Match {
  const [left, right] = joined(wordsOf(one), wordsOf(other))
  if (left.suffix !== '' && right.suffix !== '' && left.suffix !== right.suffix) return 'differs'
  return compareWords(left, right)
}

function compareWords(left: Words, right: Words): Match {
  const { exact, initials, restLeft, restRight } = paired(left, right)
  if (restLeft.length === 0 && restRight.length === 0) return initials === 0 || exact >= 2 ? 'same' : 'alike'
  if (restLeft.length === 0 || restRight.length === 0) {
    const [longer, extra] = restLeft.length > 0 ? [left, restLeft] : [right, restRight]
    if (exact + initials === 0) return 'differs'
    return exact >= 2 && extra.every((at) => isMiddle(longer, at)) ? 'same' : 'alike'
  }
  if (exact + initials >= 2) return 'alike'
  const isNear =
    restLeft.length === restRight.length &&
    restLeft.every((at) => restRight.some((there) => near(left.all[at]!.plain, right.all[there]!.plain)))
  if (isNear) return 'alike'
  // The same given name with another family name: people marry. Where the order is not told, the first word counts as the given name.
  return exact === 1 && !restLeft.includes(0) && !restRight.includes(0) ? 'alike' : 'differs'
}

function isMiddle({ all, given }: Words, at: number): boolean {
  return at > 0 && at < (given ?? all.length - 1)
}

/** Words of both that are the same, then initials with what they may stand for; places of those that are left. */
function paired(left: Words, right: Words) {
  const restRight = right.all.map((_, at) => at)
  const take = (isPair: (word: Word) => boolean) => {
    const at = restRight.findIndex((there) => isPair(right.all[there]!))
    if (at >= 0) restRight.splice(at, 1)
    return at >= 0
  }
  let restLeft = left.all.map((_, at) => at).filter((at) => !take((word) => isSame(left.all[at]!, word)))
  const exact = left.all.length - restLeft.length
  restLeft = restLeft.filter((at) => !take((word) => isInitial(left.all[at]!, word)))
  return { exact, initials: left.all.length - restLeft.length - exact, restLeft, restRight }
}

function isSame(one: Word, other: Word): boolean {
  return one.plain === other.plain || one.long === other.plain || one.plain === other.long || one.long === other.long
}

function isInitial({ plain }: Word, { plain: other }: Word): boolean {
  return (plain.length === 1 || other.length === 1) && plain[0] === other[0]
}

function wordsOf({ text, family, given, suffix }: PersonName): Words {
  const suffixes = suffix.flatMap(split)
  if (family !== '' && given.length > 0) return ordered(given.flatMap(split), split(family), suffixes)
  const whole = text || [...given, family].join(' ')
  const [before, after] = whole.split(/[,，]/u).map((part) => withoutExtras(split(part)))
  const [first, second] = [before!, after ?? { words: [], suffix: '' }]
  // `Smith, John` tells its order; `John Smith, Jr.` only a suffix.
  if (second.words.length > 0) return ordered(second.words, first.words, [first.suffix, second.suffix, ...suffixes])
  return { all: first.words.map(wordOf), given: null, suffix: first.suffix || second.suffix || suffixOf(suffixes) }
}

function ordered(given: string[], family: string[], suffixes: string[]): Words {
  const [names, last] = [withoutExtras(given), withoutExtras(family)]
  return {
    all: [...names.words, ...last.words].map(wordOf),
    given: names.words.length,
    suffix: names.suffix || last.suffix || suffixOf(suffixes),
  }
}

function split(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/['’‘`ʼ]/gu, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '')
}

function withoutExtras(words: string[]): { words: string[]; suffix: string } {
  const kept = words.length > 1 && TITLES.has(words[0]!) ? words.slice(1) : [...words]
  let suffix = ''
  while (kept.length > 0 && (SUFFIXES.has(kept.at(-1)!) || DEGREES.has(kept.at(-1)!)))
    suffix = SUFFIXES.get(kept.pop()!) ?? suffix
  return { words: kept, suffix }
}

function suffixOf(words: string[]): string {
  return (
    words
      .map((word) => SUFFIXES.get(word) ?? (/^(?:jr|sr|[234])$/u.test(word) ? word : ''))
      .find((word) => word !== '') ?? ''
  )
}

function wordOf(word: string): Word {
  return { plain: folded(word), long: folded(word.replaceAll(/[äöüøå]/gu, (letter) => UMLAUTS[letter]!)) }
}

function folded(word: string): string {
  return word
    .replaceAll(/[ßæœøłđðþı]/gu, (letter) => LETTERS[letter]!)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
}

/** `Xiao-Ming` and `Xiao Ming` as `Xiaoming`, where the other name writes it so. */
function joined(one: Words, other: Words): [Words, Words] {
  const left = joinedTowards(one, other.all)
  return [left, joinedTowards(other, left.all)]
}

function joinedTowards(words: Words, target: readonly Word[]): Words {
  const { all, given } = words
  for (const length of [3, 2]) {
    for (let at = 0; at + length <= all.length; at++) {
      if (given !== null && at < given && at + length > given) continue
      const parts = all.slice(at, at + length)
      const whole = { plain: parts.map(({ plain }) => plain).join(''), long: parts.map(({ long }) => long).join('') }
      if (!target.some((word) => isSame(word, whole))) continue
      const next = [...all.slice(0, at), whole, ...all.slice(at + length)]
      return joinedTowards(
        { ...words, all: next, given: given === null || at >= given ? given : given - length + 1 },
        target,
      )
    }
  }
  return words
}

/** One letter more, fewer, other or changed places, in words of at least four. */
function near(one: string, other: string): boolean {
  if (Math.max(one.length, other.length) < 4 || Math.abs(one.length - other.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  const [left, right] = [one.slice(start), other.slice(start)]
  if (left.slice(1) === right || left === right.slice(1) || left.slice(1) === right.slice(1)) return true
  return left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2)
}
