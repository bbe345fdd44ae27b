/** docs/roles.md holds the very tables that packages/domain/src/practice/practice-roles.ts is made of. */
import { describe, expect, test } from 'vitest'
import {
  CARE_ROLES,
  type Collection,
  COLLECTIONS,
  EMERGENCY_ROLES,
  mayDoInPractice,
  PRACTICE_ACTIONS,
  PRACTICE_ROLES,
  rightsInChart,
  rightsInPractice,
  type ListRight,
} from '@chartkeep/domain'
import { OPENING_ROLES } from '@chartkeep/protocol/control'
import { rolesTable } from '../../support/roles-page.ts'

const words = (rights: readonly ListRight[]) => (rights.length === 0 ? '–' : rights.join(', '))

describe('C12: the page of roles', () => {
  test('C13: a grant for emergencies can be given to the roles that may open one', () => {
    expect(EMERGENCY_ROLES).toEqual(PRACTICE_ROLES.filter((role) => mayDoInPractice([role], 'emergency-access')))
    expect(EMERGENCY_ROLES).toEqual(OPENING_ROLES)
  })

  test('C12: says of each list what each role holds in the practice’s vault', () => {
    expect(rolesTable('The vault of the practice')).toEqual([
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
    expect(rolesTable('The chart of a patient')).toEqual([
      ['The patient gives', ...CARE_ROLES, 'nurse, of labs and plans', 'scribe, of messages and appointments'],
      ...given.map((rights) => [
        words(rights),
        ...CARE_ROLES.map((role) => words(rightsInChart(role, 'notes', rights))),
        words(rightsInChart('nurse', 'labs', rights)),
        words(rightsInChart('scribe', 'messages', rights)),
      ]),
    ])
    // All other lists are as notes are.
    const all = given.at(-1)!
    const likeOf: Partial<Record<string, Collection>> = {
      'nurse labs': 'labs',
      'nurse plans': 'labs',
      'scribe messages': 'messages',
      'scribe appointments': 'messages',
    }
    for (const role of CARE_ROLES)
      for (const list of COLLECTIONS) {
        const like = likeOf[`${role} ${list}`] ?? 'notes'
        expect(rightsInChart(role, list, all), `${role} ${list}`).toEqual(rightsInChart(role, like, all))
      }
  })

  test('C12: says of each action who does it', () => {
    const mark = (may: boolean) => (may ? 'yes' : '–')
    expect(rolesTable('Actions')).toEqual([
      ['Action', ...PRACTICE_ROLES],
      ...PRACTICE_ACTIONS.map((action) => [
        action,
        ...PRACTICE_ROLES.map((role) => mark(mayDoInPractice([role], action))),
      ]),
    ])
  })
})
