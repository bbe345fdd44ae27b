/**
 * How search reads text: folded (case, accents, full width), Latin words and codes as they are, Chinese and Japanese by pairs of characters,
 * numbers and dates whole. The same reading for what is kept and for what a person types. No stemming, no guesses at spelling.
 */

/** Han, kana and Bopomofo are written without spaces; Hangul does not. */
const CJK = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Bopomofo}々〆ー'
const PARTS = new RegExp(`[${CJK}]+|(?:(?![${CJK}])[\\p{L}\\p{N}])+(?:[.\\-/](?:(?![${CJK}])[\\p{L}\\p{N}])+)*`, 'gu')
const IS_CJK = new RegExp(`^[${CJK}]`, 'u')
const HAS_DIGIT = /\p{N}/u
const TIMES = /(\d{4}-\d\d-\d\d)t[\d:.]+(?:z|[+-]\d\d:\d\d)?/gu
const THOUSANDS = /(\d),(?=\d{3}(?!\d))/gu
const AMOUNT = /^(\d+(?:\.\d+)?)(\p{L}+)$/u
/** Nobody types more of one word. */
const LONGEST = 40

const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', ı: 'i' }

/** The text as search compares it: lower case, full width as half, letters without their accents. */
export function foldText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is its own folding
  if (/^[\x00-\x7f]*$/u.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[ßæœøđłı]/gu, (letter) => LETTERS[letter] ?? letter)
}

/** Words of a text as they are kept: of `4548-4` also `4548` and `4`, of `血壓` the pair and its last character. */
export function searchTokens(text: string): string[] {
  const tokens: string[] = []
  for (const part of partsOf(foldText(text))) {
    if (IS_CJK.test(part)) {
      const characters = [...part]
      for (let at = 0; at + 1 < characters.length; at += 1) tokens.push(`${characters[at]}${characters[at + 1]}`)
      tokens.push(characters.at(-1)!)
    } else if (HAS_DIGIT.test(part)) {
      tokens.push(part.slice(0, LONGEST))
      if (isDay(part)) continue
      const pieces = /[-/]/u.test(part) ? part.split(/[-/]/u) : []
      for (const piece of pieces) tokens.push(piece.slice(0, LONGEST))
      const [, number, unit] = AMOUNT.exec(part) ?? []
      if (number !== undefined && unit !== undefined) tokens.push(number, unit)
    } else for (const piece of part.split(/[.\-/]/u)) tokens.push(piece.slice(0, LONGEST))
  }
  return tokens
}

/**
 * What a person typed, as words that must all be there, each as the beginning of a kept one. `2024/3/9`, `9 March 2024`, `2024年3月`
 * and `民國113年` become days, months and years as records hold them.
 */
export function queryWords(query: string): string[] {
  const words = partsOf(writtenDates(foldText(query))).flatMap((part) => {
    if (IS_CJK.test(part)) {
      const characters = [...part]
      if (characters.length === 1) return [part]
      return characters.slice(1).map((character, at) => `${characters[at]}${character}`)
    }
    if (!HAS_DIGIT.test(part)) return part.split(/[.\-/]/u).map((piece) => piece.slice(0, LONGEST))
    const [, number, unit] = AMOUNT.exec(part) ?? []
    return number !== undefined && unit !== undefined ? [number, unit] : [part.slice(0, LONGEST)]
  })
  return [...new Set(words)].slice(0, 12)
}

/** Whether words may also be found in the middle of another: `cillin` in penicillin; never numbers, never single letters. */
export function isFoundInside(word: string): boolean {
  return word.length >= 3 && !HAS_DIGIT.test(word) && !IS_CJK.test(word)
}

/** Where the words are in the text: places in it as `[from, to)`, in order, joined where they touch. */
export function foundPlaces(text: string, words: readonly string[]): [number, number][] {
  const places: number[] = []
  let folded = ''
  let at = 0
  for (const character of text) {
    const piece = foldText(character)
    for (let unit = 0; unit < piece.length; unit += 1) places.push(at)
    folded += piece
    at += character.length
  }
  places.push(at)
  const found = words.flatMap((word) => {
    const spans: [number, number][] = []
    for (let from = folded.indexOf(word); from >= 0; from = folded.indexOf(word, from + 1)) {
      const isInside = /[\p{L}\p{N}]$|\d\.$/u.test(folded.slice(Math.max(0, from - 2), from))
      if (!isInside || IS_CJK.test(word) || isFoundInside(word))
        spans.push([places[from]!, places[from + word.length]!])
    }
    return spans
  })
  const joined: [number, number][] = []
  for (const [from, to] of found.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

function partsOf(folded: string): string[] {
  return folded.replace(/['’]/gu, '').replace(TIMES, '$1').replace(THOUSANDS, '$1').match(PARTS) ?? []
}

function isDay(part: string): boolean {
  return /^\d{4}-\d\d(?:-\d\d)?$/u.test(part)
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?'

function writtenDates(folded: string): string {
  return folded
    .replace(/(?:民國|roc)\s*(\d{1,3})(?:\s*年)?/gu, (_, year: string) => `${Number(year) + 1911}年`)
    .replace(/(?<!\d)(\d{2,3})年(?=\s*\d)/gu, (_, year: string) => `${Number(year) + 1911}年`)
    .replace(/(\d{4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日?)?)?/gu, dayText)
    .replace(/(?<!\d)(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?(?!\d)/gu, dayText)
    .replace(
      new RegExp(`(?:(\\d{1,2})\\s+)?\\b${MONTH}\\s+(?:(\\d{1,2}),\\s*)?(\\d{4})(?!\\d)`, 'gu'),
      (_, ...parts) => {
        const [before, month, after, year] = parts as [string?, string?, string?, string?]
        return dayText('', year ?? '', String(MONTHS.indexOf(month ?? '') + 1), before ?? after)
      },
    )
}

function dayText(_: string, year: string, month?: string, day?: string): string {
  return ` ${[year, month, day].flatMap((part) => (part === undefined ? [] : [part.padStart(2, '0')])).join('-')} `
}
