/** How people of one name are told apart: by birth date, then by number. Pure. */
import { shownLine } from '@chartkeep/domain'
import type { ChartSummary } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { formatDate } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { birthDateOf, nameOf } from '../practice/chart-name.ts'

export interface NamedPerson {
  /** The chart's id. */
  id: string
  name: string
  /** As FHIR writes it, '' where the chart gives none. */
  birthDate: string
  /** The record number, '' for none. */
  number: string
}

export interface PersonWords {
  date: (birthDate: string) => string
  number: (number: string) => string
  noBirthDate: string
}

/** Letters of an id that stand for a person without anything else. */
const ID_LETTERS = 4

/**
 * What each person is called among the others, by id: the name alone where nobody else has it, else with the birth date, else with the number too,
 * else with the last letters of the chart's id. Names that differ in case, width or spaces alone count as one.
 */
export function personLabels(people: readonly NamedPerson[], words: PersonWords): Map<string, string> {
  const labels = new Map<string, string>()
  const tell = (group: readonly NamedPerson[], said: (person: NamedPerson) => string[], step: number) => {
    const next = STEPS[step]
    if (group.length === 1 || next === undefined)
      return group.forEach((person) => labels.set(person.id, said(person).join(' · ')))
    const more = (person: NamedPerson) => [...said(person), next.words(person, words)].filter((word) => word !== '')
    for (const same of groups(group, next.key)) tell(same, more, step + 1)
  }
  for (const same of groups(people, ({ name }) => foldedName(name))) tell(same, ({ name }) => [name], 0)
  return labels
}

const STEPS: readonly {
  key: (person: NamedPerson) => string
  words: (person: NamedPerson, words: PersonWords) => string
}[] = [
  {
    key: ({ birthDate }) => birthDate,
    words: ({ birthDate }, { date, noBirthDate }) => (birthDate === '' ? noBirthDate : date(birthDate)),
  },
  { key: ({ number }) => number, words: ({ number }, words) => (number === '' ? '' : words.number(number)) },
  { key: ({ id }) => id, words: ({ id }) => `…${id.slice(-ID_LETTERS)}` },
]

function groups(people: readonly NamedPerson[], key: (person: NamedPerson) => string): NamedPerson[][] {
  return [...Map.groupBy(people, key).values()]
}

function foldedName(name: string): string {
  return shownLine(name.normalize('NFKC')).toLocaleLowerCase()
}

/** {@link personLabels} of charts by their ids. `records`: the practice's own, by chart; undefined in a person's session. */
export function chartLabels(
  charts: readonly ChartSummary[],
  records: ReadonlyMap<string, { name: string; birthDate: string; number: string }> | undefined,
  t: TFunction,
  language: Language,
): ReadonlyMap<string, string> {
  const people = charts
    .filter(({ kind }) => kind === 'person')
    .map((chart) => {
      const record = records?.get(chart.id)
      const isOver = chart.state !== 'open'
      return {
        id: chart.id,
        name: (isOver && record?.name) || nameOf(chart),
        birthDate: birthDateOf(chart, record),
        number: record?.number || (chart.care?.numbers[0] ?? ''),
      }
    })
  return personLabels(people, {
    date: (date) => formatDate(date, language),
    number: (number) => t('clinic.number', { number }),
    noBirthDate: t('clinic.noBirthDate'),
  })
}
