/**
 * Three answers where a list is empty: "none known" and "not asked" are records of their own, made on a date; nothing recorded is no record.
 * What we write is coded by HL7's list-empty-reason, which anybody may use. What others write is read by the codes of SNOMED CT, of the International
 * Patient Summary and of HL7's null flavors, and by the words that people use in English and in Chinese.
 */
import { coded, coding, given, personReference } from '../builders/elements-written.ts'
import { describe } from '../records/descriptor.ts'
import { conceptText, objectsAt, stringAt, stringsAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { mayRelyOn } from '../records/record-status.ts'
import { validityOf } from '../records/validity.ts'
import type { Reader } from '../dates/zoned-time.ts'

/** What a record states that names no thing. `none-of-kind`: there is none of one kind ("no known food allergy"), and none of the others. */
export type NoneStated = 'none-known' | 'not-asked' | 'none-of-kind'
/** Kinds of allergies that a statement may be about. */
export const NONE_SCOPES = ['drug', 'food', 'environment', 'insect', 'animal', 'latex'] as const
export type NoneScope = (typeof NONE_SCOPES)[number]
/** Types of records that can say that there are none of them. */
export type NoneType = 'AllergyIntolerance' | 'MedicationStatement' | 'Condition'
/** What may be stated. */
export type NoneAnswer = 'none-known' | 'not-asked'

const EMPTY_REASON = 'http://terminology.hl7.org/CodeSystem/list-empty-reason'
const WRITTEN = {
  'none-known': { system: EMPTY_REASON, code: 'nilknown', display: 'Nil Known' },
  'not-asked': { system: EMPTY_REASON, code: 'notasked', display: 'Not Asked' },
} as const

/** What a statement says in its own text, in English as FHIR's displays are; screens have words of their own. */
export const NONE_TEXTS: Readonly<Record<NoneType, Readonly<Record<NoneAnswer, string>>>> = {
  AllergyIntolerance: { 'none-known': 'No known allergies', 'not-asked': 'Not asked about allergies' },
  MedicationStatement: { 'none-known': 'No known medicines', 'not-asked': 'Not asked about medicines' },
  Condition: { 'none-known': 'No known conditions', 'not-asked': 'Not asked about conditions' },
}

/** The statement as a record of the person `patient`, made at `recorded` (a date or a time). */
export function newNoneStated(type: NoneType, answer: NoneAnswer, patient: string, recorded: string): JsonObject {
  const code = jsonObject({ coding: [coding(WRITTEN[answer])], text: NONE_TEXTS[type][answer] })
  const person = personReference(patient)
  const date = given(recorded)
  switch (type) {
    case 'AllergyIntolerance':
      return jsonObject({
        resourceType: type,
        ...clinical('http://terminology.hl7.org/CodeSystem/allergyintolerance', 'verification', answer),
        code,
        patient: person,
        recordedDate: date,
      })
    case 'Condition':
      return jsonObject({
        resourceType: type,
        ...clinical('http://terminology.hl7.org/CodeSystem/condition', 'ver-status', answer),
        category: [coded('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item')],
        code,
        subject: person,
        recordedDate: date,
      })
    case 'MedicationStatement':
      return jsonObject({
        resourceType: type,
        status: answer === 'none-known' ? 'not-taken' : 'unknown',
        medicationCodeableConcept: code,
        subject: person,
        dateAsserted: date,
      })
  }
}

function clinical(system: string, verification: string, answer: NoneAnswer): { [element: string]: JsonObject } {
  return {
    clinicalStatus: coded(`${system}-clinical`, 'active'),
    verificationStatus: coded(`${system}-${verification}`, answer === 'none-known' ? 'confirmed' : 'unconfirmed'),
  }
}

/** A statement as it is read. `scopes`: the kinds that it names; [] for `none-of-kind` where the kind has no word here ("no regular medicines"). */
interface Statement {
  answer: NoneStated
  scopes: readonly NoneScope[]
}

const ALL: Statement = { answer: 'none-known', scopes: [] }
const NOT_ASKED: Statement = { answer: 'not-asked', scopes: [] }
const PART: Statement = { answer: 'none-of-kind', scopes: [] }
const only = (...scopes: NoneScope[]): Statement => ({ answer: 'none-of-kind', scopes })

/**
 * SNOMED CT, and the list of absent and unknown data of IPS 1.1. A code speaks of its own type and of no other: "no known allergy" among the
 * conditions is no answer about conditions. The system is not compared: senders write it as a URL, as an OID, or not at all.
 */
const CODES: Readonly<
  Record<'allergy' | 'medicine' | 'condition' | 'procedure' | 'vaccine', Record<string, Statement>>
> = {
  allergy: {
    '716186003': ALL,
    '160244002': ALL,
    'no-known-allergies': ALL,
    '409137002': only('drug'),
    'no-known-medication-allergies': only('drug'),
    '429625007': only('food'),
    'no-known-food-allergies': only('food'),
    '428607008': only('environment'),
    'no-known-environmental-allergies': only('environment'),
    '428197003': only('insect'),
    '716220001': only('animal'),
    '716184000': only('latex'),
    '1003774007': only('latex'),
    'no-allergy-info': NOT_ASKED,
  },
  medicine: {
    '787481004': ALL,
    // SNOMED CT, Australian edition: no known current medications.
    '1234391000168107': ALL,
    'no-known-medications': ALL,
    // No drug therapy prescribed; patient not on self-medications.
    '182849000': PART,
    '408350003': PART,
    'no-medication-info': NOT_ASKED,
  },
  condition: { '160245001': ALL, 'no-known-problems': ALL, 'no-problem-info': NOT_ASKED },
  procedure: { '787480003': ALL, 'no-known-procedures': ALL, 'no-procedure-info': NOT_ASKED },
  vaccine: { 'no-known-immunizations': ALL, 'no-immunization-info': NOT_ASKED },
}
type Kind = keyof typeof CODES

const ELEMENTS: ReadonlyMap<string, readonly [kind: Kind, element: string]> = new Map([
  ['AllergyIntolerance', ['allergy', 'code']],
  ['Condition', ['condition', 'code']],
  ['MedicationStatement', ['medicine', 'medicationCodeableConcept']],
  ['MedicationRequest', ['medicine', 'medicationCodeableConcept']],
  ['Procedure', ['procedure', 'code']],
  ['Immunization', ['vaccine', 'vaccineCode']],
] as const)

/** For every type: HL7's list-empty-reason, and "patient not asked" of SNOMED CT. */
const ANY_TYPE: Readonly<Record<string, Statement>> = { nilknown: ALL, notasked: NOT_ASKED, '1631000175102': NOT_ASKED }
/** "Nobody knows" in the place of a thing: HL7's null flavors and data-absent-reason. With a reaction it is a thing that nobody can name. */
const NULLS = new Set(['NI', 'UNK', 'NASK', 'ASKU', 'NAV', 'unknown', 'not-asked', 'asked-unknown', 'asked-declined'])

/**
 * Whether the record names no thing but states that there is none: `none-known` ("no known allergies"), `none-of-kind` ("no known food
 * allergy") or `not-asked` (nobody has asked, no information). Null for an ordinary record.
 */
export function noneStated(resource: unknown): NoneStated | null {
  return statementOf(resource)?.answer ?? null
}

/** The kinds of allergies of which the record states that there is none; [] for every other record, and for a statement of none at all. */
export function noneScopes(resource: unknown): readonly NoneScope[] {
  return statementOf(resource)?.scopes ?? []
}

function statementOf(resource: unknown): Statement | null {
  const [kind, element] = ELEMENTS.get(typeOf(resource)) ?? []
  if (kind === undefined || element === undefined) return null
  const codes = stringsAt(resource, element, 'coding', 'code')
  const text = conceptText(resource, element) || stringAt(resource, 'medicationReference', 'display')
  const byCode = codes.flatMap((code) => codeStatement(kind, code) ?? [])
  const byWords = wordsStatement(kind, text)
  if (byCode.length > 0) return narrowest(byWords === null ? byCode : [...byCode, byWords])
  // Words alone say nothing against a reaction that somebody had.
  if (objectsAt(resource, 'reaction').length > 0) return null
  if (byWords !== null) return byWords
  const isUnknown = codes.length > 0 && codes.every((code) => NULLS.has(code)) && codes.includes(text)
  return isUnknown && stringAt(resource, 'criticality') === '' ? NOT_ASKED : null
}

function codeStatement(kind: Kind, code: string): Statement | null {
  const own = (table: Readonly<Record<string, Statement>>) => (Object.hasOwn(table, code) ? table[code]! : null)
  const elsewhere = Object.values(CODES).some((table) => own(table)?.answer === 'none-known')
  return own(CODES[kind]) ?? own(ANY_TYPE) ?? (elsewhere ? PART : null)
}

/** Of several statements the one that says least: no answer before none of one kind, and that before none at all. */
function narrowest(statements: readonly Statement[]): Statement | null {
  const ANSWERS: readonly NoneStated[] = ['not-asked', 'none-of-kind', 'none-known']
  return ANSWERS.flatMap((answer) => statements.filter((statement) => statement.answer === answer))[0] ?? null
}

/** What a word does in a statement: `part` narrows it to some of the medicines or conditions, `unknown` takes the answer back. */
type Role = 'no' | 'thing' | 'part' | 'unknown' | 'filler' | NoneScope
type Roles = ReadonlyMap<string, readonly Role[]>

function roles(table: Readonly<Partial<Record<Role, string>>>): [string, Role[]][] {
  return Object.entries(table).flatMap(([role, words]) =>
    words.split(/\s+/u).map((word): [string, Role[]] => [word, [role as Role]]),
  )
}

const COMMON = roles({
  no: 'no nil none zero denies denied denying without negative 無 无 沒有 没有 沒 没 未 否認 否认 查無 查无',
  unknown:
    'unknown information info recorded documented record records file data available listed 不詳 不详 不明 未知 不清楚 未詢問 未询问 未問 紀錄 記錄 记录 资料 資料',
  filler:
    'the a an patient pt he she they has have having had reports states stated reported for of to or and any anything at this time present all is are in on known current currently active aware history status situation finding disorder 病人 患者 個案 个案 本人 目前 現在 现在 現 现 平時 平时 過去 过去 對 对 已知 任何 的 之 有 曾 史 者 情形 情況 情况 發生 发生 自述 表示 及 和 與 与 或',
  part: 'other significant 其他 其它 特別 特别 明顯 明显',
})
/** Phrases of two words, as the words above say them. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bnot (?=(?:aware|taking|on (?!file)|allergic|using)\b)/gu, 'no '],
  [/\b(?:not|never) (?:yet )?(?:known|asked|recorded|documented|available|obtained|assessed|on file)\b/gu, 'unknown'],
  [/\bunable to (?:obtain|assess|determine)\b/gu, 'unknown'],
]
/** The whole of a statement that names nothing. */
const BARE_NONE =
  /^(?:none|none (?:known|reported|stated|currently|at (?:this time|present))|nil|nil known|no|no known|denies|denied|[無无](?:已知|任何)?|[沒没]有?|否[認认]|目前[無无])[\s.。!]*$/u
const SCOPES = roles({
  drug: 'drug drugs medication medications medicine medicines med meds medicinal 藥物 药物 藥品 药品 藥 药',
  food: 'food foods 食物 食品',
  environment: 'environment environmental seasonal inhalant inhalants airborne 環境 环境',
  insect: 'insect insects bee venom 昆蟲 昆虫',
  animal: 'animal animals pet pets 動物 动物',
  latex: 'latex 乳膠 乳胶',
})
const WORDS: Readonly<Record<'allergy' | 'medicine' | 'condition', Roles>> = {
  allergy: new Map([
    ...COMMON,
    ...SCOPES,
    ...roles({
      thing:
        'allergy allergies allergic allergen allergens reaction reactions adverse intolerance intolerances hypersensitivity hypersensitivities 過敏 过敏 過敏原 过敏原 過敏性 不良 反應 反应 不良反應 不良反应 不耐 不耐受',
    }),
    ...Object.entries({ nka: [], nkda: ['drug'], nkma: ['drug'], nkfa: ['food'], nkea: ['environment'] } as const).map(
      ([word, scopes]): [string, Role[]] => [word, ['no', 'thing', ...scopes]],
    ),
  ]),
  medicine: new Map([
    ...COMMON,
    ...roles({
      thing:
        'drug drugs medication medications medicine medicines med meds medicament medicaments pills therapy 藥物 药物 藥品 药品 藥 药 用藥 用药 服藥 服药 吃藥 吃药',
      filler: 'take takes taking taken use uses using used treatment 服用 使用 吃 在 正在 治療 治疗',
      part: 'regular regularly routine daily home prescribed prescription otc long-term self-medication self-medications 長期 长期 固定 規則 规则 慢性 慢性病 處方 处方 常規 常规',
    }),
  ]),
  condition: new Map([
    ...COMMON,
    ...roles({
      thing:
        'problem problems condition conditions disease diseases illness illnesses comorbidity comorbidities diagnosis diagnoses pmh 疾病 病史 健康問題 健康问题 診斷 诊断 問題 问题 疾患 病 傷病 伤病',
      filler: 'medical health disability relevant',
      part: 'chronic serious significant major past prior 慢性 重大 特殊 長期 长期',
    }),
  ]),
}
/** Longer than any statement: what is there is a sentence about something. */
const LONGEST = 80
const LONGEST_HAN = 5

/** What words say that are a statement from end to end; null where there is any other word among them. */
function wordsStatement(kind: Kind, text: string): Statement | null {
  if (kind === 'procedure' || kind === 'vaccine' || text.length > LONGEST) return null
  const words = PHRASES.reduce(
    (said, [phrase, word]) => said.replace(phrase, word),
    text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim(),
  )
  if (BARE_NONE.test(words)) return ALL
  const own = readBy(kind, words)
  // That there are no allergies is no answer about conditions, and no condition either.
  return own ?? (kind === 'condition' && readBy('allergy', words)?.answer === 'none-known' ? PART : null)
}

function readBy(kind: keyof typeof WORDS, text: string): Statement | null {
  const found = rolesIn(WORDS[kind], text)
  if (found === null) return null
  const has = (role: Role) => found.includes(role)
  const scopes = kind === 'allergy' ? NONE_SCOPES.filter(has) : []
  if (has('unknown')) {
    // "Unknown drug" is a thing that nobody can name, "drugs: unknown" is no answer.
    const isThing = found[0] === 'unknown' && found.length > 1 && (kind !== 'allergy' || scopes.length > 0)
    return isThing ? null : NOT_ASKED
  }
  if (!has('no') || !has('thing')) return null
  if (scopes.length > 0) return only(...scopes)
  return has('part') ? PART : ALL
}

/** The roles of all words in their order; null where there is none, or a word is not known here. */
function rolesIn(known: Roles, text: string): Role[] | null {
  const found: Role[] = []
  for (const [word] of text.matchAll(/[a-z][a-z'-]*|\p{Script=Han}+|[^\s.,;:/&()[\]、。,;:·–—-]/gu)) {
    if (!/^\p{Script=Han}/u.test(word)) {
      const own = known.get(word)
      if (own === undefined) return null
      found.push(...own)
      continue
    }
    for (let at = 0; at < word.length;) {
      const length = Array.from({ length: LONGEST_HAN }, (_, less) => LONGEST_HAN - less).find((letters) =>
        known.has(word.slice(at, at + letters)),
      )
      if (length === undefined) return null
      found.push(...known.get(word.slice(at, at + length))!)
      at += length
    }
  }
  return found.length > 0 ? found : null
}

/**
 * What a chart says to a reader: `some` are recorded and have not ended, `past-only`, `none-known`, `none-of-kind` or `not-asked` was stated, or `nothing` is recorded.
 * `unclear`: none of them can be relied on, because an entry is under a condition that is not known here. A statement of none next to a thing does
 * not hide the thing; entries in error do not count.
 */
export function listAnswer(
  type: NoneType,
  resources: readonly JsonObject[],
  reader: Reader,
): 'some' | 'past-only' | NoneStated | 'nothing' | 'unclear' {
  const isOfType = (resource: JsonObject) =>
    typeOf(resource) === type || (type === 'MedicationStatement' && typeOf(resource) === 'MedicationRequest')
  const valid = resources.filter((resource) => isOfType(resource) && mayRelyOn(describe(resource)))
  const isPast = (resource: JsonObject) => ['set-aside', 'ended'].includes(validityOf(resource, reader).state)
  const things = valid.filter((resource) => noneStated(resource) === null)
  if (things.some((resource) => !isPast(resource))) return 'some'
  if (resources.some((resource) => isOfType(resource) && describe(resource).status === 'unclear')) return 'unclear'
  const stated = valid.filter((resource) => describe(resource).status !== 'past').map(noneStated)
  if (stated.includes('none-known')) return 'none-known'
  if (stated.includes('none-of-kind')) return 'none-of-kind'
  if (things.length > 0) return 'past-only'
  return stated.includes('not-asked') ? 'not-asked' : 'nothing'
}
