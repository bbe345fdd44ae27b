/** What a commit's subject may be. */
import { expect, test } from 'vitest'
import { subjectFault } from '../../../scripts/check-commits.mjs'

test.each([
  'Judge passphrases by zxcvbn and a Chinese list; PIN only by passkey',
  'Bring tests up with refusals by name, marks in names and route limits',
  'Pass the clock to the pruner (H8)',
  'Test: wait for the form to go',
])('commits: the subject %j is right', (subject) => {
  expect(subjectFault(subject)).toBeNull()
})

test.each([
  ['Names the file of each failure', /imperative/u],
  ['Added a limit', /imperative/u],
  ['Fixing the race of two passes', /imperative/u],
  ['the server refuses a 4 MiB list', /no verb/u],
  ['H8: the line of time', /no verb/u],
  ['Refuse a list that says more than is left.', /full stop/u],
  ['Take back a whole import: records that nobody builds on go to the trash (C14)', /77 characters/u],
])('commits: the subject %j is refused', (subject, fault) => {
  expect(subjectFault(subject)).toMatch(fault)
})
