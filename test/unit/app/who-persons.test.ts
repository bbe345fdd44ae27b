/** Who is named in "Who saw what": members of one practice apart, by what the account log and the signatures say. */
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { isOf, type Naming, personName, personsOf, provedNames } from '@chartkeep/app/src/features/who/persons.ts'
import type { AuditLine, SignatureView } from '@chartkeep/sync'
import { expect, test } from 'vitest'

type Author = AuditLine['author']

const { t } = startLanguages('en')
const line = (change: Partial<Author>): Pick<AuditLine, 'author'> => ({
  author: { account: 'clinic', device: 'd', member: '', name: 'Green Clinic', me: false, roles: [], ...change },
})
const labels = (lines: readonly Pick<AuditLine, 'author'>[], naming: Naming) =>
  personsOf(lines, naming).map(({ label }) => label)

const lin = line({ member: 'm-lin', name: 'Lin Wei', me: true, roles: ['admin', 'physician'] })
const su = line({ member: 'm-su', device: 's', name: 'Su An', roles: ['scribe'] })
const ours: Naming = { t, practice: { account: 'clinic', name: 'Green Clinic' }, proved: new Map() }

test('A5, C12: within a practice each member is one person of the log, by their own name and never as You for a colleague', () => {
  expect(labels([lin, su, su], ours)).toEqual(['Everyone at Green Clinic', 'You', 'Su An, Green Clinic'])
  const persons = personsOf([lin, su], ours)
  const [all, me, other] = persons.map(({ key }) => key)
  expect([lin, su].map((each) => isOf(each, all!))).toEqual([true, true])
  expect([lin, su].map((each) => isOf(each, me!))).toEqual([true, false])
  expect([lin, su].map((each) => isOf(each, other!))).toEqual([false, true])
})

test('A5, C12: members of one name are told apart by their roles, else by their ids', () => {
  const nurse = line({ member: 'm-1', name: 'Chen Yu', roles: ['nurse'] })
  const scribe = line({ member: 'm-2', name: 'Chen Yu', roles: ['scribe'] })
  const second = line({ member: 'abcdefghij', name: 'Chen Yu', roles: ['scribe'] })
  expect(labels([nurse, scribe], ours).slice(1)).toEqual([
    'Chen Yu, Green Clinic (nurse)',
    'Chen Yu, Green Clinic (scribe)',
  ])
  expect(labels([nurse, scribe, second], ours).slice(1)).toEqual([
    'Chen Yu, Green Clinic (nurse)',
    'Chen Yu, Green Clinic (scribe) (m-2)',
    'Chen Yu, Green Clinic (scribe) (abcdef)',
  ])
})

test('A5, N1: a patient reads the name of a member once a signature proves it, and before that whose device it is', () => {
  const mei = line({ account: 'mei', name: 'Mei', me: true })
  const [one, two] = [
    line({ member: 'm-lin', roles: ['physician'] }),
    line({ member: 'm-ng', device: 'n', roles: ['nurse'] }),
  ]
  const signed = (member: string, name: string, state: SignatureView['state']) =>
    ({ state, who: { account: 'clinic', member, name, roles: [], me: false } }) as unknown as SignatureView
  const before: Naming = { t, practice: null, proved: new Map() }
  expect(labels([mei, one, two], before)).toEqual([
    'You',
    'Everyone at Green Clinic',
    'A device of Green Clinic (physician)',
    'A device of Green Clinic (nurse)',
  ])
  const proved = provedNames([
    signed('m-lin', 'Lin Wei', { type: 'holds' }),
    signed('m-ng', 'Forged', { type: 'broken', why: 'signer' }),
  ])
  expect(labels([one, two], { ...before, proved }).slice(1)).toEqual([
    'Lin Wei, Green Clinic',
    'A device of Green Clinic',
  ])
  // For a practice whose log is not here nobody knows who sits where; the name is that of the share.
  expect(personName(line({}).author, before)).toBe('Green Clinic')
})
