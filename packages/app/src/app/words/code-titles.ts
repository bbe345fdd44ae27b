/**
 * What a record is called that brings a code and no words, in the language of the screen: the domain names it in English (code-names.ts), and
 * here are the Chinese names, ours, and the word "Code". A record with words of its own keeps them.
 */
import { codeInWords, codeName, describeForLists, parseJsonOrNull } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { TESTS_ZH } from './test-codes.ts'
import { VACCINES_ZH } from './vaccine-codes.ts'

const MEDICINES_ZH: ReadonlyMap<string, string> = new Map([
  ['161', '乙醯胺酚'],
  ['519', '別嘌呤醇'],
  ['723', '安莫西林'],
  ['1191', '阿斯匹靈'],
  ['1886', '咖啡因'],
  ['2555', '順鉑'],
  ['2670', '可待因'],
  ['3407', '地高辛'],
  ['5640', '布洛芬'],
  ['6809', '二甲雙胍'],
  ['7052', '嗎啡'],
  ['7407', '尼古丁'],
  ['7980', '盤尼西林 G'],
  ['7984', '盤尼西林 V'],
  ['9071', '奎寧'],
  ['11289', '華法林'],
])
const CHINESE: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['http://loinc.org', TESTS_ZH],
  ['http://hl7.org/fhir/sid/cvx', VACCINES_ZH],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', MEDICINES_ZH],
])
/** The English names of those, by which most titles are told at once to be none of them. */
const NAMES = new Set(
  [...CHINESE].flatMap(([system, names]) => [...names.keys()].map((code) => codeName(system, code))),
)

/** The title in the language of `t`; null where the title is words that the record brought, or a name that there is only in English. */
export function codeTitle({ title, resource }: { title: string; resource: string }, t: TFunction): string | null {
  const bare = codeInWords(title)
  if (bare !== null) return bare.system === '' ? t('thing.codeAlone', bare) : t('thing.code', bare)
  const { lng } = t as TFunction & { lng?: string | null }
  if ((lng ?? currentLanguage()) === 'en' || !NAMES.has(title)) return null
  const { code } = describeForLists(parseJsonOrNull(resource))
  if (code === null || code.display !== '' || codeName(code.system, code.code) !== title) return null
  return CHINESE.get(code.system)?.get(code.code) ?? null
}

/**
 * Semantic tags of SNOMED CT's fully specified names (https://confluence.ihtsdotools.org/display/DOCEG), in the languages in which they come: what
 * kind of thing a name is about, which the list says already.
 */
const SEMANTIC_TAG =
  /\s*\((?:finding|disorder|situation|procedure|regime\/therapy|observable entity|substance|product|medicinal product|clinical drug|organism|event|person|morphologic abnormality|body structure|qualifier value|context-dependent category|social concept|environment|physical object)\)\s*$/u
/** Characters without width, by which some sources mark where a name may be broken. */
const NO_WIDTH = /[\u{200B}\u{2060}\u{FEFF}]/gu

/** A name as people say it: without the source's semantic tag and without characters that nobody sees. The record keeps the whole name. */
export function withoutTail(title: string): string {
  const cut = title.replace(NO_WIDTH, '').replace(SEMANTIC_TAG, '')
  return cut.trim() === '' ? title : cut
}
