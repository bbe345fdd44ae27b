/**
 * Is the person of a file the person of a chart? Compares names, birth dates, sex and numbers, each by itself, and draws one conclusion. Names are
 * compared without case, accents, order and middle names; scripts are never compared with one another, and nothing is transliterated.
 */
import { isJsonObject, objectsAt, stringAt, stringsAt, type JsonObject } from '@chartkeep/domain'
import { latinNames, type PersonName } from './person-names.ts'

/** A number under which somebody is known; the type is an HL7 code (table 0203), '' for none. */
export interface PersonNumber {
  system: string
  type: string
  assigner: string
  value: string
}

/** All that is known of one person, from one or several descriptions; earlier names are names too. */
export interface PersonFacts {
  names: PersonName[]
  /** FHIR dates of any precision. */
  birthDates: string[]
  /** FHIR codes. */
  sexes: string[]
  numbers: PersonNumber[]
}

/** `alike`: the same but for spelling, an initial or a family name. `script`: written in different scripts. `none`: one side has none. */
export type NameMatch = 'same' | 'alike' | 'differs' | 'script' | 'none'
/** `month`, `year`: they agree as far as the less exact one goes. */
export type DateMatch = 'same' | 'month' | 'year' | 'differs' | 'none'
export type FactMatch = 'same' | 'differs' | 'none'

/** `unsure`: some of it agrees and some does not, or too little can be compared. `nothing`: nothing can be compared. */
export type PersonVerdict = 'same' | 'unsure' | 'different' | 'nothing'

export interface PersonComparison {
  verdict: PersonVerdict
  name: NameMatch
  birthDate: DateMatch
  sex: FactMatch
  number: FactMatch
}

/** The facts of one person from FHIR Patients; what is anonymous or temporary is left out. */
export function personFacts(patients: readonly JsonObject[]): PersonFacts {
  const facts: PersonFacts = { names: [], birthDates: [], sexes: [], numbers: [] }
  for (const patient of patients) {
    for (const name of objectsAt(patient, 'name')) {
      if (['anonymous', 'temp'].includes(stringAt(name, 'use'))) continue
      const [text, family] = [stringAt(name, 'text'), stringAt(name, 'family')]
      facts.names.push({ text, family, given: stringsAt(name, 'given'), suffix: stringsAt(name, 'suffix') })
    }
    const birthDate = stringAt(patient, 'birthDate')
    if (birthDate !== '') facts.birthDates.push(birthDate)
    const sex = stringAt(patient, 'gender')
    if (sex !== '') facts.sexes.push(sex)
    for (const identifier of objectsAt(patient, 'identifier')) {
      const value = stringAt(identifier, 'value')
      if (value === '' || stringAt(identifier, 'use') === 'temp') continue
      const types = objectsAt(identifier, 'type', 'coding').map((coding) => stringAt(coding, 'code'))
      facts.numbers.push({
        system: stringAt(identifier, 'system'),
        type: types.find((code) => code !== '') ?? '',
        assigner: stringAt(identifier, 'assigner', 'display'),
        value,
      })
    }
  }
  return facts
}

/** A person of whom only a name, a birth date and a sex are told. */
export function toldFacts({
  name,
  birthDate,
  gender,
}: {
  name: string
  birthDate: string
  gender: string
}): PersonFacts {
  return {
    names: name === '' ? [] : [{ text: name, family: '', given: [], suffix: [] }],
    birthDates: birthDate === '' ? [] : [birthDate],
    sexes: gender === '' ? [] : [gender],
    numbers: [],
  }
}

/** Compares the person of a file with the person of a chart; the order of the two does not matter. */
export function comparePeople(one: PersonFacts, other: PersonFacts): PersonComparison {
  const parts = {
    name: compareNames(one.names, other.names),
    birthDate: compareDates(one.birthDates, other.birthDates),
    sex: compareSexes(one.sexes, other.sexes),
    number: compareNumbers(one.numbers, other.numbers),
  }
  return { verdict: verdictOf(parts), ...parts }
}

function verdictOf({ name, birthDate, sex, number }: Omit<PersonComparison, 'verdict'>): PersonVerdict {
  if (number === 'same') {
    // Families share numbers of insurers, and desks mistype them.
    if (name === 'differs') return birthDate === 'differs' ? 'different' : 'unsure'
    return birthDate === 'differs' || sex === 'differs' ? 'unsure' : 'same'
  }
  if (name === 'differs' || birthDate === 'differs') return 'different'
  const isBirthDate = birthDate === 'same' || birthDate === 'month'
  const isContradicted = sex === 'differs' || number === 'differs'
  switch (name) {
    case 'same':
      return isBirthDate && !isContradicted ? 'same' : 'unsure'
    case 'alike':
      return sex === 'differs' ? 'different' : 'unsure'
    default:
      if (birthDate !== 'none') return 'unsure'
      return isContradicted ? 'different' : 'nothing'
  }
}

const NAME_ORDER: readonly NameMatch[] = ['same', 'alike', 'differs', 'script', 'none']

/** The best that any name of one has with any name of the other: people change their names, and carry one for each script. */
function compareNames(ones: readonly PersonName[], others: readonly PersonName[]): NameMatch {
  const [left, right] = [ones.flatMap(writtenNames), others.flatMap(writtenNames)]
  const found = left.flatMap((one) => right.map((other) => compareWritten(one, other)))
  return NAME_ORDER.find((match) => found.includes(match)) ?? 'none'
}

/** A name in one script. */
interface WrittenName {
  script: string
  name: PersonName
}

const SCRIPTS = [
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Latin',
  'Cyrillic',
  'Greek',
  'Arabic',
  'Hebrew',
  'Thai',
  'Devanagari',
]
const OF_SCRIPT = SCRIPTS.map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'u') }))
const UNWRITTEN = new Set([
  'unknown',
  'unknownpatient',
  'anonymous',
  'noname',
  'notgiven',
  'na',
  'none',
  'patient',
  'unnamed',
  '不詳',
  '無名氏',
  '匿名',
])

/** `王小明 (Wang Xiao-Ming)` is two names. Words that stand for no name are none. */
function writtenNames(name: PersonName): WrittenName[] {
  const parts = [name.family, ...name.given].filter((part) => part !== '')
  const text = parts.length > 0 ? parts.join(' ') : name.text
  if (UNWRITTEN.has(text.toLowerCase().replaceAll(/[\s./()-]/gu, ''))) return []
  const scripts = OF_SCRIPT.filter(({ pattern }) => pattern.test(text)).map(({ script }) => script)
  // Japanese names mix three scripts.
  const groups = [...new Set(scripts.map((script) => (/Hiragana|Katakana/u.test(script) ? 'Han' : script)))]
  if (groups.length <= 1) return groups.map((script) => ({ script, name }))
  return groups.map((script) => {
    const letters =
      script === 'Han' ? '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}' : `\\p{Script=${script}}`
    const only = text.replaceAll(new RegExp(`[^${letters}\\p{M}\\s,'’-]`, 'gu'), ' ').trim()
    return { script, name: { text: only, family: '', given: [], suffix: name.suffix } }
  })
}

function compareWritten(one: WrittenName, other: WrittenName): NameMatch {
  if (one.script !== other.script) return 'script'
  return one.script === 'Han' ? compareHan(one.name, other.name) : latinNames(one.name, other.name)
}

/** What hides a character of a name: 王○明. */
const MASK = /[○〇◯O*＊X●]/u

function hanText({ text, family, given }: PersonName): string {
  const parts = [family, ...given].filter((part) => part !== '')
  return (parts.length > 0 ? parts.join('') : text).normalize('NFKC').replaceAll(/[\s·・‧,.]/gu, '')
}

function compareHan(one: PersonName, other: PersonName): NameMatch {
  const [left, right] = [[...hanText(one)], [...hanText(other)]]
  if (left.join('') === right.join('')) return 'same'
  const isAt = (letter: string, at: number) => letter === right[at] || MASK.test(letter) || MASK.test(right[at] ?? '')
  if (left.length === right.length && left.every(isAt)) return 'alike'
  // One without the family name.
  return left.join('').endsWith(right.join('')) || right.join('').endsWith(left.join('')) ? 'alike' : 'differs'
}

const DATE_ORDER: readonly DateMatch[] = ['same', 'month', 'year', 'differs']

function compareDates(ones: readonly string[], others: readonly string[]): DateMatch {
  const found = ones.flatMap((one) => others.map((other) => compareTwoDates(one, other)))
  return DATE_ORDER.find((match) => found.includes(match)) ?? 'none'
}

function compareTwoDates(one: string, other: string): DateMatch {
  const [left, right] = [dayParts(one), dayParts(other)]
  if (left === null || right === null) return 'none'
  const exact = Math.min(left.length, right.length)
  if (left.slice(0, exact).join('-') !== right.slice(0, exact).join('-')) return 'differs'
  return exact === 3 ? 'same' : exact === 2 ? 'month' : 'year'
}

function dayParts(date: string): string[] | null {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T|$)/u.exec(date)
  return parts === null ? null : parts.slice(1, 4).filter((part) => part !== undefined)
}

/** Only female and male contradict each other. */
function compareSexes(ones: readonly string[], others: readonly string[]): FactMatch {
  const told = (sexes: readonly string[]) => sexes.filter((sex) => sex === 'female' || sex === 'male')
  const [left, right] = [told(ones), told(others)]
  if (left.length === 0 || right.length === 0) return 'none'
  return left.some((sex) => right.includes(sex)) ? 'same' : 'differs'
}

/** Numbers that a family shares (table 0203: member and subscriber numbers, groups). */
const OF_A_FAMILY = new Set(['MB', 'SN', 'GN', 'AN', 'VN'])
/** Papers that get a new number when they are renewed. */
const RENEWED = new Set(['PPN', 'DL'])

function compareNumbers(ones: readonly PersonNumber[], others: readonly PersonNumber[]): FactMatch {
  const [left, right] = [ones.filter(isOfOne), others.filter(isOfOne)]
  let match: FactMatch = 'none'
  for (const one of left) {
    for (const other of right) {
      const isSame = plainValue(one) === plainValue(other)
      if (isSame && isOneSource(one, other, plainValue(one).length >= 5)) return 'same'
      if (!isSame && !RENEWED.has(one.type) && isOneSource(one, other, false)) match = 'differs'
    }
  }
  return match
}

function plainValue({ value }: PersonNumber): string {
  return value
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/** Neither a family's, nor masked, nor a filler. */
function isOfOne(number: PersonNumber): boolean {
  const plain = plainValue(number)
  if (OF_A_FAMILY.has(number.type) || /[*＊●○]|X{3}/iu.test(number.value)) return false
  return plain.length >= 3 && !/^(.)\1*$/u.test(plain) && !['123456789', 'UNKNOWN', 'NONE'].includes(plain)
}

/** Whether one office gave both. `isLoose`: it is enough that nothing speaks against it, for equal values that are long. */
function isOneSource(one: PersonNumber, other: PersonNumber, isLoose: boolean): boolean {
  const [left, right] = [systemOf(one), systemOf(other)]
  if (left !== '' && right !== '') return left === right
  const isNational = /^(?:SS|NI|NN[A-Z]{3})$/u
  if (one.type === other.type && isNational.test(one.type)) return true
  const [giver, otherGiver] = [one, other].map(({ assigner }) => assigner.trim().toLowerCase())
  if (giver !== '' && giver === otherGiver) return one.type === other.type
  return (
    isLoose && (giver === '' || otherGiver === '') && (one.type === other.type || one.type === '' || other.type === '')
  )
}

const SSN = 'us-ssn'

/** One system is written as a URL, an OID or a URN of it. */
function systemOf({ system, type }: PersonNumber): string {
  const plain = system
    .trim()
    .toLowerCase()
    .replace(/^urn:oid:|^https?:\/\//u, '')
    .replace(/\/+$/u, '')
  if (plain === '2.16.840.1.113883.4.1' || plain === 'hl7.org/fhir/sid/us-ssn' || type === 'SS') return SSN
  return plain
}

/** The facts of what is in the file as a person: a Patient, one inside a record, or only a reference with words. */
export function factsOfFound(found: {
  resource: JsonObject | null
  name: string
  birthDate: string
  gender: string
}): PersonFacts {
  return isJsonObject(found.resource) ? personFacts([found.resource]) : toldFacts(found)
}
