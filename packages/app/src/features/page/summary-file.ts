/**
 * The one-page summary as a file for other programs: an International Patient Summary of the facts that stand on the page, no more. Sections that
 * were left out and that an IPS must have say that they were withheld.
 */
import { isJsonObject, type JsonObject, mayRelyOn, noneStated, type NoneStated, stringifyJson } from '@chartkeep/domain'
import { type IpsEmptyReason, ipsDocument, type IpsSection, REQUIRED_IPS_SECTIONS } from '@chartkeep/interop'
import type { ChartRecord } from '@chartkeep/sync'
import { deathOf } from '../../app/words/chart-patient.ts'
import type { RecordViews } from '../../app/words/record-view.ts'
import { identityOf, SECTIONS } from '../../app/glance/summary.ts'
import { contactsOf, type SummaryLine } from '../../app/words/summary-lines.ts'
import { deviceZone } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { lineOf, say } from '../../i18n/said.ts'
import { type SectionName, SUMMARY_SECTIONS } from '../../record-kinds/index.ts'
import { type PageBlock, sectionSaid } from './page-blocks.ts'

const GENDERS = ['male', 'female', 'other', 'unknown']

/** The text of the file. `chosen`: the sections of the page in their order; `blocks`: what stands in them; `noRight`: those that are not shared. */
export function summaryFile(given: {
  records: readonly ChartRecord[]
  views: RecordViews
  chartName: string
  chosen: readonly SectionName[]
  blocks: readonly PageBlock[]
  noRight: readonly SectionName[]
  languages: readonly Language[]
  now: Date
}): string {
  const { records, views, chosen, blocks, languages, now } = given
  const byId = new Map(records.map((record) => [record.id, record]))
  const ticked = chosen.flatMap((name): IpsSection[] => {
    const { ips } = SUMMARY_SECTIONS[name]
    if (ips === null) return []
    const own = blocks.filter(({ group, isHeading }) => group === name && !isHeading)
    const resources = own.map(({ line }) => resourceOf(line, byId, views)).filter(isJsonObject)
    const answers = resources.map((resource) => noneStated(resource))
    const stated = answers.find((answer) => answer === 'none-known' || answer === 'not-asked') ?? null
    // That there is none of one kind is no reason for an empty section: it goes along as a record, unless there is none at all.
    const isTaken = (answer: NoneStated | null | undefined) =>
      answer === null || (answer === 'none-of-kind' && stated !== 'none-known')
    return [
      {
        name: ips,
        title: lineOf(sectionSaid(name), languages),
        lines: own.map(({ said, line }) => (line === null ? lineOf(said, languages) : wordsOf(line, languages))),
        records: resources.filter((_, at) => isTaken(answers[at])),
        empty: given.noRight.includes(name) ? 'withheld' : reasonOf(stated),
      },
    ]
  })
  const missing = REQUIRED_IPS_SECTIONS.filter((ips) => ticked.every(({ name }) => name !== ips)).map(
    (ips): IpsSection => ({
      name: ips,
      title: lineOf(sectionSaid(sectionNamed(ips)), languages),
      lines: [
        lineOf(
          say((t) => t('onePage.leftOut')),
          languages,
        ),
      ],
      records: [],
      empty: 'withheld',
    }),
  )
  const { name, birthDate, gender, recordNumbers } = identityOf(records, given.chartName)
  return stringifyJson(
    ipsDocument({
      title: lineOf(
        say((t) => t('onePage.fileTitle')),
        languages,
      ),
      language: languages[0] === 'zh-Hant-TW' ? 'zh-TW' : 'en',
      person: {
        name,
        birthDate,
        gender: GENDERS.includes(gender) ? gender : '',
        numbers: recordNumbers,
        death: deathOf(records, now)?.date ?? null,
        contacts: chosen.includes('contacts') ? contactsOf(records) : [],
      },
      sections: [...ticked, ...missing],
      // Lists that are private lead nowhere.
      others: records
        .filter((record) => mayRelyOn(record) && !record.collection.endsWith('-private'))
        .map((record) => views.of(record).resource)
        .filter(isJsonObject),
      now: now.getTime(),
      zone: deviceZone(),
      newId: () => crypto.randomUUID(),
    }),
  )
}

function sectionNamed(ips: string): SectionName {
  return SECTIONS.find((name) => SUMMARY_SECTIONS[name].ips === ips)!
}

function reasonOf(stated: 'none-known' | 'not-asked' | null): IpsEmptyReason {
  return stated === null ? 'unavailable' : stated === 'none-known' ? 'nilknown' : 'notasked'
}

/** The record behind a line; null for a line of several or of none. */
function resourceOf(
  line: SummaryLine | null,
  byId: ReadonlyMap<string, ChartRecord>,
  views: RecordViews,
): JsonObject | null {
  const record = line?.key.startsWith('record ') ? byId.get(line.key.slice('record '.length)) : undefined
  const resource = record === undefined ? null : views.of(record).resource
  return isJsonObject(resource) ? resource : null
}

function wordsOf(line: SummaryLine, languages: readonly Language[]): string {
  return [line.what, line.words, line.when]
    .map((said) => lineOf(said, languages))
    .filter(Boolean)
    .join(', ')
}
