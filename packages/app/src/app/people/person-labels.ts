/** How people of one name are told apart: by birth date, then by number. Pure. */
import { shownLine } from '@chartkeep/domain'

export interface NamedPerson {
  /** Of the chart. */
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
