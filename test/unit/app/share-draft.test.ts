/** What a share that is being made may hold, as recipients come and go. */
import { PRESETS, RIGHTS } from '@chartkeep/app/src/app/people/scopes.ts'
import { type Draft, fitting } from '@chartkeep/app/src/features/share/share-draft.ts'
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
