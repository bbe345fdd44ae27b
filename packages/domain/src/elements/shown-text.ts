/**
 * Text that another person wrote, made safe to show: characters that are invisible or that turn the direction of the text become visible marks
 * (`safe⟦RLO⟧gpj.exe`), so that no name looks like another one. Marks that a script needs stay: joiners in Arabic and Indic scripts and in emoji,
 * direction marks next to right-to-left letters, variation selectors, soft hyphens. https://www.unicode.org/reports/tr9/ and tr36.
 */

const FSI = '\u2068'
const PDI = '\u2069'

const RIGHT_TO_LEFT = '\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFC\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}'
/** Scripts in which ZWNJ and ZWJ choose the form of a letter. */
const JOINING =
  'Arabic Syriac Mandaic Nko Adlam Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Myanmar Khmer Tibetan'
    .split(' ')
    .map((script) => `\\p{scx=${script}}`)
    .join('')

/** Invisible and steering characters where a script or an emoji needs them. */
const NEEDED = [
  `(?<=[${JOINING}])[\\u200C\\u200D]`,
  `(?<=\\p{Script=Mongolian})[\\u180B-\\u180F]`,
  `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})`,
  `(?<=[\\p{L}\\p{N}\\p{P}\\p{S}])[\\uFE00-\\uFE0F]`,
  `(?<=\\p{Script=Han})[\\u{E0100}-\\u{E01EF}]`,
  // A flag of a region, such as Scotland's.
  `(?<=\\u{1F3F4})[\\u{E0020}-\\u{E007E}]{1,8}\\u{E007F}`,
  `(?<=[${RIGHT_TO_LEFT}][\\p{P}\\p{S}\\p{N}\\p{M}\\p{Zs}]{0,8})[\\u200E\\u200F\\u061C]`,
  `[\\u200E\\u200F\\u061C](?=[${RIGHT_TO_LEFT}])`,
  `(?<=\\p{L})\\u00AD(?=\\p{L})`,
].join('|')

/** Characters without a shape: controls, formats, lone surrogates, separators and blank letters. Tab and line ends are white space. */
const SHAPELESS =
  '(?![\\t\\n\\r\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]'
const HAS_SHAPELESS = new RegExp(SHAPELESS, 'u')
const EACH = new RegExp(`(${NEEDED})|${SHAPELESS}`, 'gu')
const BREAKS = /[\v\f\u0085\u2028\u2029]/gu
const HAS_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}]`, 'u')

const NAMES: Readonly<Record<string, string>> = {
  '\u200B': 'ZWSP',
  '\u200C': 'ZWNJ',
  '\u200D': 'ZWJ',
  '\u200E': 'LRM',
  '\u200F': 'RLM',
  '\u061C': 'ALM',
  '\u202A': 'LRE',
  '\u202B': 'RLE',
  '\u202C': 'PDF',
  '\u202D': 'LRO',
  '\u202E': 'RLO',
  '\u2060': 'WJ',
  '\u2066': 'LRI',
  '\u2067': 'RLI',
  '\uFEFF': 'BOM',
}

function markOf(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return `⟦${NAMES[character] ?? `U+${code}`}⟧`
}

/**
 * The text with a visible mark for each character that hides or turns something. Lines stay lines; first-strong isolates, which {@link isolated}
 * writes, stay and end with their line. The same text for a text that was made so already.
 */
export function shownText(text: string): string {
  if (!HAS_SHAPELESS.test(text)) return text
  return text
    .replace(BREAKS, '\n')
    .split('\n')
    .map((line) =>
      balanced(
        line.replace(EACH, (found: string, needed: string | undefined) =>
          needed !== undefined || found === FSI || found === PDI ? found : markOf(found),
        ),
      ),
    )
    .join('\n')
}

/** {@link shownText} in one line, white space collapsed: a title, a name. */
export function shownLine(text: string): string {
  return shownText(text).replace(/\s+/gu, ' ').trim()
}

/** {@link shownText} for the middle of a sentence: what is written from right to left does not move the words next to it. */
export function isolated(text: string): string {
  const shown = shownText(text)
  return HAS_RIGHT_TO_LEFT.test(shown) ? `${FSI}${shown}${PDI}` : shown
}

/** The text without the characters for which {@link shownText} shows a mark: what search compares. */
export function withoutMarks(text: string): string {
  if (!HAS_SHAPELESS.test(text)) return text
  return text.replace(BREAKS, '\n').replace(EACH, (_, needed: string | undefined) => needed ?? '')
}

/** Each isolate ended in its line, and no end without a start. */
function balanced(line: string): string {
  if (!line.includes(FSI) && !line.includes(PDI)) return line
  let open = 0
  const kept = [...line].filter((character) => {
    if (character === FSI) open++
    else if (character === PDI && open-- === 0) {
      open = 0
      return false
    }
    return true
  })
  return kept.join('') + PDI.repeat(open)
}
