/** What a record is called: its name in the source's words, and its best code. */
import { objectsAt, stringAt } from '../elements/elements.ts'
import { plainText } from '../search/search-text.ts'
import { partsOf } from '../types/index.ts'

/** One code of one system. */
export interface RecordCode {
  system: string
  code: string
  display: string
}

/** The title, '' when the resource says nothing. */
export function titleOf(type: string, resource: unknown): string {
  return partsOf(type).title(resource) || narrativeTitle(resource)
}

/** Some systems send nothing but a narrative: its first words are better than no title. */
function narrativeTitle(resource: unknown): string {
  return plainText(stringAt(resource, 'text', 'div')).slice(0, 80)
}

/** Code systems that make the best key for trends and for finding the same thing again. */
const PREFERRED_SYSTEMS = [
  'http://loinc.org',
  'http://hl7.org/fhir/sid/cvx',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://snomed.info/sct',
]

/** The code that trends and duplicates go by: LOINC, CVX, RxNorm or SNOMED CT before others; null without any. */
export function codeOf(type: string, resource: unknown): RecordCode | null {
  for (const path of [...partsOf(type).code, ['code'], ['type']]) {
    const concepts = objectsAt(resource, ...path)
    const codings = concepts.flatMap((concept) => [...objectsAt(concept, 'coding'), concept])
    const usable = codings.filter((coding) => typeof coding['code'] === 'string' && coding['code'] !== '')
    const best =
      PREFERRED_SYSTEMS.map((system) => usable.find((coding) => coding['system'] === system)).find(
        (coding) => coding !== undefined,
      ) ?? usable[0]
    if (best !== undefined)
      return { system: stringAt(best, 'system'), code: stringAt(best, 'code'), display: stringAt(best, 'display') }
  }
  return null
}
