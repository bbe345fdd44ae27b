/** docs/roles.md holds the very tables that packages/domain/src/practice-roles.ts is made of. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  CARE_ROLES,
  COLLECTIONS,
  mayDoInPractice,
  PRACTICE_DEEDS,
  PRACTICE_ROLES,
  rightsInChart,
  rightsInPractice,
  type ListRight,
} from '@chartkeep/domain'

const page = readFileSync(new URL('../../../docs/roles.md', import.meta.url), 'utf8')

/** Rows of the table below a heading, each as its cells; the heads of columns are the first. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /mu).find((part) => part.startsWith(heading)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  return lines.filter((line) => !/^\|[\s:|-]+$/u.test(line)).map(cells)
}

const words = (rights: readonly ListRight[]) => (rights.length === 0 ? '–' : rights.join(', '))

describe('C12: the page of roles', () => {
  test('C12: says of each list what each role holds in the practice’s vault', () => {
    expect(tableUnder('The vault of the practice')).toEqual([
      ['List', ...PRACTICE_ROLES],
      ...COLLECTIONS.map((list) => [list, ...PRACTICE_ROLES.map((role) => words(rightsInPractice(role, list)))]),
    ])
  })

  test('C12: says what a role gets of what a patient gives the practice', () => {
    const given: ListRight[][] = [
      ['read'],
      ['read', 'append'],
      ['read', 'append', 'amend'],
      ['read', 'append', 'amend', 'sign'],
    ]
    expect(tableUnder('The chart of a patient')).toEqual([
      ['The patient gives', ...CARE_ROLES],
      ...given.map((rights) => [words(rights), ...CARE_ROLES.map((role) => words(rightsInChart(role, rights)))]),
    ])
  })

  test('C12: says of each deed who does it', () => {
    const mark = (may: boolean) => (may ? 'yes' : '–')
    expect(tableUnder('Deeds')).toEqual([
      ['Deed', ...PRACTICE_ROLES],
      ...PRACTICE_DEEDS.map((deed) => [deed, ...PRACTICE_ROLES.map((role) => mark(mayDoInPractice([role], deed)))]),
    ])
  })
})
