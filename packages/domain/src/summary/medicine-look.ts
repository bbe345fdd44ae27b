/**
 * What is next to a medicine in the chart: a recorded allergy to it or to its group, and another current medicine of one of its ingredients. It goes
 * by names, codes and a small table (medicine-names.ts). It is no check of interactions, and finding nothing says nothing.
 */
import { objectsAt, stringAt, stringsAt, typeOf } from '../elements/elements.ts'
import {
  GROUP_NAMES,
  GROUP_WORDS,
  MEDICINE_GROUPS,
  type MedicineGroup,
  OTHER_NAMES,
  PLAIN_WORDS,
} from './medicine-names.ts'
import { noneStated } from './none-stated.ts'
import { validityOf } from '../records/validity.ts'
import { partsOf } from '../types/index.ts'
import type { Reader } from '../dates/zoned-time.ts'

/** A record to be looked at. */
export interface Looked {
  /** By which a medicine is told from the others. */
  id: string
  /** As lists call it: of a medicine that is named elsewhere the reference says nothing. */
  title: string
  resource: unknown
}

/** What was found next to a medicine; the words are those of the records. */
export interface MedicineLook {
  /** What the allergies are to, each once: "penicillin", not "Allergy to penicillin". */
  allergies: string[]
  /** Titles of other current medicines of the same ingredient, each once. */
  same: string[]
}

/** Looks at one medicine, by its record or, while it is typed, by its name alone. */
export interface MedicineLooks {
  of(record: Looked): MedicineLook
  ofName(name: string, id?: string): MedicineLook
}

const NOTHING: MedicineLook = { allergies: [], same: [] }
const MEDICINES = new Set(['MedicationStatement', 'MedicationRequest'])
/** `records`: all that the reader may see; which of them count is decided here, by the reader's clock. */
export function medicineLooks(records: readonly Looked[], reader: Reader): MedicineLooks {
  const counted = records.filter(
    ({ resource }) => validityOf(resource, reader).state === 'current' && noneStated(resource) === null,
  )
  const allergies = counted
    .filter(({ resource }) => typeOf(resource) === 'AllergyIntolerance')
    .map(({ title, resource }) => ({ what: allergenOf(title), meaning: meaningOf(title, resource) }))
  const medicines = counted
    .filter(({ resource }) => MEDICINES.has(typeOf(resource)))
    .map((record) => ({ record, meaning: meaningOf(record.title, record.resource) }))
  const look = (id: string, title: string, type: string, meaning: Meaning): MedicineLook => ({
    allergies: once(allergies.filter((allergy) => isOf(allergy.meaning, meaning)).map(({ what }) => what)),
    same: once(
      medicines
        .filter((other) => other.record.id !== id && isSame(other.meaning, meaning))
        // An order and the statement that it is taken are one medicine, written down twice.
        .filter(({ record }) => type === '' || type === typeOf(record.resource) || record.title !== title)
        .map(({ record }) => record.title),
    ),
  })
  return {
    of: ({ id, title, resource }) => {
      const type = typeOf(resource)
      const { state } = validityOf(resource, reader)
      // A medicine that is still to be begun is warned of in time.
      if (
        !partsOf(type).mayHoldAllergen ||
        (state !== 'current' && state !== 'coming') ||
        noneStated(resource) !== null
      )
        return NOTHING
      const found = look(id, title, type, meaningOf(title, resource))
      return MEDICINES.has(type) ? found : { ...found, same: [] }
    },
    ofName: (name, id = '') => (name.trim() === '' ? NOTHING : look(id, name, '', meaningOf(name, null))),
  }
}

function once(words: readonly string[]): string[] {
  const byWord = new Map(words.map((word) => [word.toLowerCase(), word]))
  return [...byWord.values()]
}

/** What a name means. */
interface Meaning {
  /** By their names in {@link OTHER_NAMES}, or the member of a group itself. */
  ingredients: ReadonlySet<string>
  groups: ReadonlySet<MedicineGroup>
  /** The words that are left of a name that is not known here. */
  words: ReadonlySet<string>
  /** `system|code`. */
  codes: ReadonlySet<string>
}

function isOf(allergy: Meaning, medicine: Meaning): boolean {
  if (meets(allergy.codes, medicine.codes) || meets(allergy.ingredients, medicine.ingredients)) return true
  if (meets(allergy.groups, medicine.groups)) return true
  const own = [...allergy.words]
  return own.length > 0 && own.every((word) => medicine.words.has(word))
}

function isSame(one: Meaning, other: Meaning): boolean {
  if (meets(one.ingredients, other.ingredients) || meets(one.codes, other.codes)) return true
  const words = [...one.words]
  return words.length > 0 && words.length === other.words.size && words.every((word) => other.words.has(word))
}

function meets(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean {
  for (const item of one) if (other.has(item)) return true
  return false
}

const INGREDIENTS = new Map<string, string[]>()
for (const [ingredient, names] of Object.entries(OTHER_NAMES))
  for (const name of [ingredient, ...names.split(',')].map((each) => each.trim()))
    INGREDIENTS.set(name, [...(INGREDIENTS.get(name) ?? []), ingredient])
const HAN_NAMES = [...INGREDIENTS.keys()].filter((name) => /\p{Script=Han}/u.test(name))
const PHRASES = [...INGREDIENTS.keys()].filter((name) => name.includes(' '))
/** Longer names are cut: a medicine's name has a few words. */
const LONGEST = 400

/** What is expressly not in it: "codeine-free", "non-latex", 不含乳膠. */
const WITHOUT =
  /\b[a-z]+[\s-]free\b|\bnon[\s-](?!steroid)[a-z]+\b|\bwithout [a-z]+\b|\b5[\s-]?asa\b|(?:不含|未含)\p{Script=Han}{2,8}|[無无](?:乳[膠胶]|青[黴霉]素|阿斯匹[靈林])/giu

function meaningOf(title: string, resource: unknown): Meaning {
  const concepts = ['code', 'medicationCodeableConcept'].flatMap((element) => objectsAt(resource, element))
  const codings = concepts.flatMap((concept) => objectsAt(concept, 'coding'))
  const texts = [
    title,
    ...concepts.map((concept) => stringAt(concept, 'text')),
    ...codings.map((coding) => stringAt(coding, 'display')),
    ...stringsAt(resource, 'reaction', 'substance', 'text'),
    ...stringsAt(resource, 'reaction', 'substance', 'coding', 'display'),
    ...stringsAt(resource, 'contained', 'code', 'text'),
    ...stringsAt(resource, 'contained', 'code', 'coding', 'display'),
    ...stringsAt(resource, 'contained', 'ingredient', 'itemCodeableConcept', 'text'),
    ...stringsAt(resource, 'contained', 'ingredient', 'itemCodeableConcept', 'coding', 'display'),
    ...stringsAt(resource, 'deviceName', 'name'),
    ...stringsAt(resource, 'type', 'text'),
  ]
  const ingredients = new Set<string>()
  const groups = new Set<MedicineGroup>()
  const words = new Set<string>()
  for (const text of new Set(texts)) readName(text, ingredients, groups, words)
  return {
    ingredients,
    groups,
    // Once an ingredient is known its other words say nothing more: a strength, a form, a salt.
    words: ingredients.size > 0 || groups.size > 0 ? new Set() : words,
    codes: new Set(
      codings
        .filter((coding) => stringAt(coding, 'code') !== '')
        .map((coding) => `${stringAt(coding, 'system')}|${stringAt(coding, 'code')}`),
    ),
  }
}

function readName(text: string, ingredients: Set<string>, groups: Set<MedicineGroup>, words: Set<string>): void {
  const plain = text
    .slice(0, LONGEST)
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(WITHOUT, ' ')
  const latin = plain.match(/[a-z]+/gu) ?? []
  const line = ` ${latin.join(' ')} `
  const add = (name: string) => {
    for (const ingredient of INGREDIENTS.get(name) ?? []) {
      ingredients.add(ingredient)
      for (const group of groupsOf(ingredient)) groups.add(group)
    }
  }
  for (const phrase of PHRASES) if (line.includes(` ${phrase} `)) add(phrase)
  for (const [phrase, group] of Object.entries(GROUP_WORDS)) if (line.includes(` ${phrase} `)) groups.add(group)
  for (const word of latin) {
    add(word)
    const own = groupsOf(word)
    for (const group of own) groups.add(group)
    if (own.length > 0 && !INGREDIENTS.has(word) && !isGroupName(word)) ingredients.add(word)
    if (word.length >= 4 && !PLAIN_WORDS.has(word)) words.add(word)
  }
  for (const name of HAN_NAMES) if (plain.includes(name)) add(name)
  for (const group of MEDICINE_GROUPS) if (GROUP_NAMES[group].han.test(plain)) groups.add(group)
  const han = plain.replace(
    /[過过]敏(?:性|反[應应]|史)?|[對对]|[藥药](?:物|品)?|[錠锭]|[膠胶]囊|毫克|公克|注射液?/gu,
    ' ',
  )
  for (const [word] of han.matchAll(/\p{Script=Han}{2,}/gu)) words.add(word)
}

function groupsOf(word: string): MedicineGroup[] {
  return MEDICINE_GROUPS.filter(
    (group) => GROUP_NAMES[group].word.test(word) && GROUP_NAMES[group].but?.test(word) !== true,
  )
}

/** "Statins" names the group and no ingredient. */
function isGroupName(word: string): boolean {
  return /^(?:penicillins|cephalosporins?|sulfa|sulpha|sulfonamides?|sulphonamides?|nsaids?|opioids?|opiates?|statins?|acei|macrolides?|(?:fluoro)?quinolones?|tetracyclines|contrast|radiocontrast|latex)$/u.test(
    word,
  )
}

/** "penicillin" of "Allergy to penicillin (finding)", 盤尼西林 of 對盤尼西林過敏; the title where nothing else is left. */
export function allergenOf(title: string): string {
  const name = title
    .replace(/\s*\((?:finding|disorder|situation|substance)\)\s*$/iu, '')
    .replace(
      /^(?:(?:drug |food )?allerg(?:y|ic)(?: reaction)?|(?:drug )?intolerance|hypersensitivity|adverse reaction) (?:to|caused by) /iu,
      '',
    )
    .replace(/\s+allergy$/iu, '')
    .replace(/^[對对](.+)[過过]敏$/u, '$1')
    .replace(/(?<=\p{Script=Han})[過过]敏$/u, '')
    .trim()
  if (name === '') return title
  const lower = name.toLowerCase()
  // A generic name is no proper name: "an allergy to penicillin".
  return Object.hasOwn(OTHER_NAMES, lower) || (/^[A-Z][a-z]+$/u.test(name) && groupsOf(lower).length > 0) ? lower : name
}
