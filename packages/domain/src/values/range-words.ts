/**
 * Reference ranges that a report gives in words: `<150`, `3.5 – 5.0 mmol/L`, `up to 40`, `negative`, `陰性`. Only what can mean one thing is read;
 * several limits in one text, or a target instead of a range, stay words.
 */
import { type DecimalMark, plainSigns, readNumber } from './typed-number.ts'

/** What a finding says, or a range asks for. */
export type Polarity = 'negative' | 'positive'

/** The limits in a text; '' for a missing end. `isLowOpen`: the end itself is outside, as 150 is of `<150`. */
export interface RangeInWords {
  low: string
  high: string
  isLowOpen: boolean
  isHighOpen: boolean
  unit: string
  /** The limits are titres: `<1:80`. */
  isTitre: boolean
  expects: Polarity | ''
}

const NOTHING: RangeInWords = {
  low: '',
  high: '',
  isLowOpen: false,
  isHighOpen: false,
  unit: '',
  isTitre: false,
  expects: '',
}
const LONGEST = 80

const NEGATIVE = new Set([
  'negative',
  'neg',
  'non-reactive',
  'nonreactive',
  'non reactive',
  'not reactive',
  'not detected',
  'non-detected',
  'none detected',
  'undetected',
  'undetectable',
  'absent',
  '陰性',
  '阴性',
  '未檢出',
  '未检出',
  '無反應',
  '无反应',
  '(-)',
])
const POSITIVE = new Set([
  'positive',
  'pos',
  'weakly positive',
  'weak positive',
  'strongly positive',
  'reactive',
  'weakly reactive',
  'detected',
  'present',
  '陽性',
  '阳性',
  '弱陽性',
  '弱阳性',
  '強陽性',
  '强阳性',
  '檢出',
  '检出',
  '有反應',
  '有反应',
  '(+)',
  '+',
  '++',
  '+++',
  '++++',
  '1+',
  '2+',
  '3+',
  '4+',
])

/** What a finding in words says; '' for words that are neither (trace, equivocal), and for longer texts. */
export function polarityOf(text: string): Polarity | '' {
  const word = plainSigns(text)
    .trim()
    .toLowerCase()
    .replace(/\s*\((?:qualifier value|finding)\)$/u, '')
    .replace(/[.。]$/u, '')
    .replace(/^(陰性|阴性|negative)\s*\(-\)$/u, '$1')
    .replace(/^(陽性|阳性|positive)\s*\(\+\)$/u, '$1')
  return NEGATIVE.has(word) ? 'negative' : POSITIVE.has(word) ? 'positive' : ''
}

/** Words before a range that say no more than that it is one. */
const LABEL =
  /^(?:normal(?: range| value)?|ref(?:erence|\.)?(?: range| interval| value)?|range|正常(?:值|範圍|范围)?|參考(?:值|範圍)|参考(?:值|范围))\s*[:：]?\s*(?=\S)/iu
const NUMBER = String.raw`(-?(?:\d[\d.,]*|[.,]\d+))`
const TITRE = String.raw`(1:\d+)`
const UNIT = String.raw`\s*((?:10[\^*]?[\d⁰¹²³⁴-⁹]|[^\d\s<>:;,])[^<>:;,]*)?`
const SPAN = new RegExp(
  `^(?:between\\s+)?${NUMBER}(?:\\s*(?:[-–—~〜]|至|到)\\s*|\\s+(?:to|and)\\s+)${NUMBER}${UNIT}$`,
  'iu',
)
const BEFORE: readonly { words: RegExp; end: 'low' | 'high'; isOpen: boolean }[] = [
  {
    words: /^(?:<=|=<|up to|at most|no more than|not more than|maximum|max\.?|不超過|不超过|最高)\s*/iu,
    end: 'high',
    isOpen: false,
  },
  { words: /^(?:<|less than|lower than|below|under|小於|小于|低於|低于|少於|少于)\s*/iu, end: 'high', isOpen: true },
  {
    words: /^(?:>=|=>|at least|no less than|not less than|minimum|min\.?|至少|不低於|不低于|最低)\s*/iu,
    end: 'low',
    isOpen: false,
  },
  {
    words: /^(?:>|greater than|more than|higher than|above|over|大於|大于|高於|高于|超過|超过)\s*/iu,
    end: 'low',
    isOpen: true,
  },
]
const AFTER: readonly { words: RegExp; end: 'low' | 'high' }[] = [
  { words: /\s*(?:或)?以下$|\s+(?:or|and) (?:less|lower|below)$/iu, end: 'high' },
  { words: /\s*(?:或)?以上$|\s+(?:or|and) (?:more|higher|above)$/iu, end: 'low' },
]
const ONE = new RegExp(`^${NUMBER}${UNIT}$`, 'u')
const ONE_TITRE = new RegExp(`^${TITRE}$`, 'u')

/** Null where the text says nothing that a value can surely be compared with. */
export function rangeInWords(text: string, mark: DecimalMark = '.'): RangeInWords | null {
  if (text.length > LONGEST) return null
  const plain = plainSigns(text)
    .trim()
    .replace(LABEL, '')
    .replace(/^[[(](.*\d.*)[\])]$/u, '$1')
    .trim()
  const expects = polarityOf(plain)
  if (expects !== '') return { ...NOTHING, expects }
  const span = SPAN.exec(plain)
  if (span) {
    const [low, high] = [digitsOf(span[1], mark), digitsOf(span[2], mark)]
    if (low === '' || high === '' || Number(low) > Number(high)) return null
    return { ...NOTHING, low, high, unit: (span[3] ?? '').trim() }
  }
  for (const { words, end, isOpen } of BEFORE)
    if (words.test(plain)) return oneLimit(plain.replace(words, ''), end, isOpen, mark)
  for (const { words, end } of AFTER) if (words.test(plain)) return oneLimit(plain.replace(words, ''), end, false, mark)
  return null
}

function oneLimit(text: string, end: 'low' | 'high', isOpen: boolean, mark: DecimalMark): RangeInWords | null {
  const open = end === 'low' ? { isLowOpen: isOpen } : { isHighOpen: isOpen }
  const titre = ONE_TITRE.exec(text)?.[1]
  if (titre !== undefined) return { ...NOTHING, ...open, [end]: titre.slice(2), isTitre: true }
  const match = ONE.exec(text)
  const digits = digitsOf(match?.[1], mark)
  return digits === '' ? null : { ...NOTHING, ...open, [end]: digits, unit: (match?.[2] ?? '').trim() }
}

function digitsOf(text: string | undefined, mark: DecimalMark): string {
  const read = readNumber(text ?? '', mark)
  return read.type === 'number' ? read.digits : ''
}
