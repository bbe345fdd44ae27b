/** What a share that is being made may hold, as recipients come and go. */
import { PRESETS, RIGHTS } from '@chartkeep/app/src/app/people/scopes.ts'
import { type Draft, fitting, givenTo } from '@chartkeep/app/src/features/share/share-draft.ts'
import type { Grantee } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const recipient = (practice: boolean) => ({ grantee: { practice } as Grantee, role: null })
const draft: Draft = {
  preset: 'presetCare',
  collections: [...PRESETS.presetCare],
  rights: [...RIGHTS],
  from: 'all',
  until: '2026-12-01T10:00',
  purpose: '',
}

test('C3: what only a practice is offered goes with the last practice; the lists that are ticked stay', () => {
  expect(fitting(draft, [recipient(true), recipient(false)])).toEqual(draft)
  for (const others of [[recipient(false)], []])
    expect(fitting(draft, others)).toEqual({ ...draft, preset: 'presetChoose', rights: ['read', 'append', 'amend'] })
})

test('C3, C12: of a team the practices are given to sign, the people the rest, and it is said of each', () => {
  const [clinic, other, friend] = [recipient(true), recipient(true), recipient(false)]
  expect(givenTo([friend, clinic, other], RIGHTS)).toEqual([
    { recipients: [clinic, other], rights: RIGHTS },
    { recipients: [friend], rights: ['read', 'append', 'amend'] },
  ])
  expect(givenTo([friend, clinic], ['read'])).toEqual([{ recipients: [friend, clinic], rights: ['read'] }])
  expect(givenTo([clinic, other], RIGHTS)).toEqual([{ recipients: [clinic, other], rights: RIGHTS }])
})
