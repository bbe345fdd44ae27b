/**
 * How dangerous an allergy is, by all that its record says: the risk of the next reaction (FHIR R4 AllergyIntolerance.criticality), how bad each
 * past reaction was, and reactions that are life-threatening whatever severity is written next to them. The past and the next reaction stay two facts.
 */
import { objectsAt, stringAt, stringsAt } from '../elements/elements.ts'

/** Severities of a past reaction, the worst first. */
export const SEVERITIES = ['severe', 'moderate', 'mild'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What a record says of the danger; '' where it says nothing. */
export interface AllergyDanger {
  /** The worst past reaction. A life-threatening one is severe. */
  worst: Severity | ''
  /** The risk of the next reaction. */
  criticality: 'high' | 'low' | 'unable-to-assess' | ''
  /** A severe past reaction or a high risk: shown first and in red wherever the allergy is named. */
  isHigh: boolean
}

/**
 * SNOMED CT: anaphylaxis (39579001), anaphylactic shock or reaction by cause, edema of larynx, Stevens-Johnson syndrome, Lyell's syndrome.
 * ICD-10: anaphylactic shock.
 */
const LIFE_THREATENING =
  /^(?:39579001|417516000|51599000|73442001|768962006|t78\.?[02](?:\w|$).*|t80\.?5.*|t88\.?6.*)$/iu
/** The same in words, English and Chinese. */
const LIFE_THREATENING_WORDS =
  /anaphyla(?:xis|ctic|ctoid)|stevens[\s-]?johnson|toxic epidermal necrolysis|\b(?:airway|throat|laryngeal|larynx|glottic)\b.{0,12}(?:o?edema|swell|clos|obstruct)|o?edema of (?:the )?(?:larynx|glottis|airway)|\b(?:cardiac|respiratory) arrest\b|(?:[過过]敏性)?休克|喉[頭头]?水[腫肿]|(?:呼吸道|氣道|气道)(?:水[腫肿]|阻塞)|全身[型性]?(?:嚴重|严重)?[過过]敏性?反[應应]|史[帝蒂]文[生斯][\s-]?[強强][生森]|毒性表皮(?:溶解|壞死|坏死)|(?:呼吸|心[跳臟脏])停止/iu
/** Before such words: that it did not happen. */
const NEGATED =
  /(?:\b(?:no|not|non|without|denies|denied|never|negative for|ruled out)\b[\s\w-]{0,20}|[無无未非]|[沒没]有|否[認认])$/iu

/** Never throws; codes are read whatever their system is called. */
export function allergyDanger(resource: unknown): AllergyDanger {
  const reactions = objectsAt(resource, 'reaction')
  const severities = reactions.map((reaction) =>
    isLifeThreatening(reaction) ? 'severe' : severityOf(stringAt(reaction, 'severity')),
  )
  const worst = SEVERITIES.find((severity) => severities.includes(severity)) ?? ''
  const criticality = criticalityOf(stringAt(resource, 'criticality'))
  return { worst, criticality, isHigh: worst === 'severe' || criticality === 'high' }
}

/** FHIR's three, and what older formats and other senders write for the worst. */
function severityOf(text: string): Severity | '' {
  const severity = text.trim().toLowerCase()
  if (['fatal', 'life-threatening', 'life threatening'].includes(severity)) return 'severe'
  return SEVERITIES.find((known) => known === severity) ?? ''
}

/** R4's codes, and those of DSTU2. */
function criticalityOf(text: string): AllergyDanger['criticality'] {
  const code = text.trim().toLowerCase()
  if (code === 'crith') return 'high'
  if (code === 'critl') return 'low'
  if (code === 'critu') return 'unable-to-assess'
  return code === 'high' || code === 'low' || code === 'unable-to-assess' ? code : ''
}

function isLifeThreatening(reaction: unknown): boolean {
  if (stringsAt(reaction, 'manifestation', 'coding', 'code').some((code) => LIFE_THREATENING.test(code))) return true
  const words = [
    ...stringsAt(reaction, 'manifestation', 'text'),
    ...stringsAt(reaction, 'manifestation', 'coding', 'display'),
    ...stringsAt(reaction, 'description'),
  ]
  return words.some((text) => {
    const told = text.slice(0, 500).normalize('NFKC')
    const found = LIFE_THREATENING_WORDS.exec(told)
    return found !== null && !NEGATED.test(told.slice(0, found.index))
  })
}
