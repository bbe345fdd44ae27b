/**
 * The owner's choice of what an emergency card shows, as a FHIR Basic of the profile (decision 0037): keys of what was chosen, never the values
 * themselves, so that the card always says what the chart says now.
 */
import { isDateTime, momentOf } from '../dates/dates.ts'
import { hasCode, objectsAt, stringsAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { coded, overlaid, without } from './elements-written.ts'

/** In which languages it is written. */
export type CardLanguage = 'en' | 'zh-Hant-TW' | 'both'

/** What the owner chose. */
export interface EmergencyCardChoice {
  /** Keys of what is shown: `name`, `birth-date`, `record <id>`, `contact <name>` ...; in no order. */
  shows: string[]
  language: CardLanguage
  /** When a person last printed, saved or confirmed it: an instant; '' for never. */
  checked: string
}

/** System of the codes and the address of the extension. */
const CARD_SYSTEM = 'urn:chartkeep:basic'
const CARD_CODE = 'emergency-card'
const EXTENSION = 'urn:chartkeep:emergency-card'

/** Whether a record, by its type and the list that it is in, is the owner's choice: the only Basic of a profile (decision 0037). No fact about the person. */
export function isCardRecord({ type, collection }: { type: string; collection: string }): boolean {
  return type === 'Basic' && collection === 'profile'
}

/** Whether the resource is such a choice. */
export function isEmergencyCard(resource: unknown): boolean {
  return typeOf(resource) === 'Basic' && hasCode(resource, ['code'], CARD_CODE, CARD_SYSTEM)
}

/** A first choice, made on `day` (a FHIR date). */
export function newEmergencyCard(choice: EmergencyCardChoice, day: string): JsonObject {
  const resource = jsonObject({
    resourceType: 'Basic',
    code: jsonObject({ ...coded(CARD_SYSTEM, CARD_CODE), text: 'Emergency card' }),
    created: day,
  })
  return changedEmergencyCard(resource, choice)
}

/** The record with another choice; other extensions stay. */
export function changedEmergencyCard(previous: JsonObject, choice: EmergencyCardChoice): JsonObject {
  const part = (url: string, valueString: string) => jsonObject({ url, valueString })
  return overlaid(previous, {
    extension: [
      ...without(previous, 'extension', (extension) => extension['url'] === EXTENSION),
      jsonObject({
        url: EXTENSION,
        extension: [
          part('language', choice.language),
          ...(choice.checked === '' ? [] : [part('checked', choice.checked)]),
          ...[...new Set(choice.shows)].toSorted().map((key) => part('shows', key)),
        ],
      }),
    ],
  })
}

/** The choice that a record holds; null for any other record. */
export function emergencyCardChoice(resource: unknown): EmergencyCardChoice | null {
  if (!isEmergencyCard(resource)) return null
  const parts = objectsAt(resource, 'extension')
    .filter((extension) => extension['url'] === EXTENSION)
    .flatMap((extension) => objectsAt(extension, 'extension'))
  const texts = (url: string) =>
    stringsAt(
      parts.filter((part) => part['url'] === url),
      'valueString',
    )
  const [language = ''] = texts('language')
  const [checked = ''] = texts('checked')
  return {
    shows: texts('shows'),
    language: language === 'en' || language === 'zh-Hant-TW' ? language : 'both',
    checked: isDateTime(checked) ? checked : '',
  }
}

/** Calendar months after which a card is to be looked at again. */
const MONTHS_GOOD = 6

/** Whether the card was last looked at more than six months before `now`; false for one that was never made. */
export function isCardOld(choice: Pick<EmergencyCardChoice, 'checked'>, now: Date): boolean {
  if (choice.checked === '') return false
  const until = new Date(momentOf(choice.checked))
  until.setMonth(until.getMonth() + MONTHS_GOOD)
  return now >= until
}
