/** What each role of a practice gets of one share, as the person who shares reads it. */
import { roleLines, roleScopes } from '@chartkeep/app/src/app/people/role-rights.ts'
import { RIGHTS } from '@chartkeep/app/src/app/people/scopes.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { expect, test } from 'vitest'

const { t } = startLanguages('en')
const LISTS = ['profile', 'allergies', 'medications', 'labs', 'plans', 'messages', 'appointments']

test('C12, C14: of one share with a practice each role is told what it gets, where the table gives one less than another', () => {
  expect(roleLines(roleScopes(null, LISTS, RIGHTS), RIGHTS, t)).toEqual([
    'physician: read, add records, edit records, sign',
    'nurse: read, add records, edit records, sign; Lab results, Plans: read',
    'scribe: read; Messages, Appointments: read, add records, edit records',
  ])
  expect(roleLines(roleScopes('scribe', ['labs'], ['read', 'append']), ['read', 'append'], t)).toEqual(['scribe: read'])
})

test('C12: where every role gets the same, what stands for the share says it', () => {
  expect(roleLines(roleScopes(null, LISTS, ['read']), ['read'], t)).toEqual([])
  expect(roleLines(roleScopes('physician', LISTS, RIGHTS), RIGHTS, t)).toEqual([])
  expect(roleLines(roleScopes(null, ['messages'], ['read', 'append']), ['read', 'append'], t)).toEqual([])
  // With a person there are no roles.
  expect(roleLines([], RIGHTS, t)).toEqual([])
})
