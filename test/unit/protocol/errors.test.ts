/** Refusals as values (S8): what is one, and what is an answer or anything else. */
import { isSyncError, isSyncErrorCode, SYNC_ERRORS, syncError } from '@chartkeep/protocol'
import { expect, test } from 'vitest'

test('S8: a refusal is told from every answer, whatever it holds', () => {
  for (const code of Object.keys(SYNC_ERRORS).filter(isSyncErrorCode)) expect(isSyncError(syncError(code))).toBe(true)
  const answers = [{ type: 'ok' }, { error: 'quota' }, {}, [], null, undefined, 'error', 1]
  expect(answers.filter(isSyncError)).toEqual([])
  const named = Object.assign(() => {}, { type: 'error' })
  expect(isSyncError(named)).toBe(false)
})

test('S8: a code is one of the table, and no text that every object has', () => {
  expect(['quota', 'no-right'].every(isSyncErrorCode)).toBe(true)
  expect(['toString', '__proto__', 'Quota', '', 4, null, ['quota']].filter(isSyncErrorCode)).toEqual([])
})
