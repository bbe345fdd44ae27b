/** Who can answer what a person asks, by the shares of the chart: the one answer behind every form, and what is said where it is nobody. */
import { amendmentMark } from '@chartkeep/app/src/app/care/amendments/amendment-words.ts'
import { answeringOf, noAnswerWords } from '@chartkeep/app/src/app/care/sharing/answering.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import type { GrantView, RightWord } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const { t } = startLanguages('en')
const NOW = Date.parse('2026-11-25T10:00:00Z')

function grant(more: Partial<GrantView> = {}, rights: RightWord[] = ['read', 'append'], list = 'messages'): GrantView {
  return {
    account: 'clinic',
    name: 'Green Clinic',
    role: 'physician',
    state: 'active',
    until: NOW + 1000,
    scopes: [{ collection: list, rights }],
    ...more,
  } as GrantView
}

const ENDED = 'Sharing has ended. No one can answer this.'
const NOBODY = 'No one can answer this now.'

test.each<[string, GrantView[], string | null, string]>([
  ['no share at all', [], null, NOBODY],
  ['no share with that one', [grant({ account: 'other' })], 'clinic', NOBODY],
  ['a practice that reads and writes', [grant()], null, ''],
  ['the practice that was asked', [grant()], 'clinic', ''],
  ['a wish kept while offline', [grant({ state: 'pending' })], 'clinic', ''],
  ['a practice that may only read', [grant({}, ['read'])], 'clinic', NOBODY],
  ['a practice that may only write', [grant({}, ['append'])], 'clinic', NOBODY],
  ['a share of another list', [grant({}, ['read', 'append'], 'labs')], 'clinic', NOBODY],
  ['one role of several', [grant({ role: 'nurse' }, ['read']), grant()], 'clinic', ''],
  ['a share that was stopped', [grant({ state: 'revoked' })], 'clinic', ENDED],
  ['a share that ran out', [grant({ state: 'expired' })], null, ENDED],
  ['a stop that waits for the network', [grant({ state: 'stopping' })], 'clinic', ENDED],
  ['a share that is past its end by the clock', [grant({ until: NOW })], 'clinic', ENDED],
  ['one share that ended and one that stands', [grant({ state: 'revoked' }), grant()], 'clinic', ''],
  ['another practice that stands', [grant({ state: 'revoked' }), grant({ account: 'other' })], 'clinic', ENDED],
  ['a person, where a practice is asked', [grant({ account: 'son', role: null })], null, NOBODY],
  ['a person who was asked', [grant({ account: 'son', role: null })], 'son', ''],
])('M9: %s', (_, grants, account, words) => {
  expect(noAnswerWords(answeringOf(grants, 'messages', NOW), account, t)).toBe(words)
})

test('M9: where the shares are not known yet, or are not for this person to know, nothing is said of them', () => {
  expect(noAnswerWords(undefined, 'clinic', t)).toBe('')
  expect(noAnswerWords(null, null, t)).toBe('')
})

test('M9: a request for a correction that nobody can answer does not wait for an answer', () => {
  expect(amendmentMark('open', '', t).word).toBe('Waiting for an answer')
  expect(amendmentMark('open', ENDED, t).word).toBe('No one can answer')
  expect(amendmentMark('declined', ENDED, t).word).toBe(t('amend.declined'))
})
