/** Requests to correct a record, and their answers: two records that point to each other and change nothing. */
import { expect, test } from 'vitest'
import {
  amendmentAnswerOf,
  amendmentOf,
  amendmentState,
  chartReference,
  checkResource,
  collectionOf,
  type Collection,
  type JsonObject,
  newAmendment,
  newAmendmentAnswer,
  parseJsonOrNull,
  withdrawnAmendment,
} from '@chartkeep/domain'

const LIN = { id: 'bGlu', name: 'Lin Wei' }
const MEI = parseJsonOrNull(JSON.stringify(chartReference('Y2hhcnQ', 'Mei'))) as JsonObject
const AT = '2026-11-22T08:00:00Z'
const asked = { wrong: 'I never smoked.', should: 'Non-smoker', at: AT, person: MEI }
const about = (list: Collection) => ({ id: 'bm90ZQ', revision: 'cjE', type: 'Composition', list })
const request = (list: Collection = 'notes') => newAmendment(about(list), asked)!
const given = { by: LIN, at: AT, person: MEI }

test.each(['notes', 'labs', 'allergies'] as const)(
  'T6, E6: a request about a record of %s and its answer are in that list',
  (list) => {
    const answer = newAmendmentAnswer(
      { id: 'cmVx', resource: request(list), list },
      { type: 'declined', reason: 'The note is right.' },
      given,
    )!
    for (const resource of [request(list), answer]) {
      expect(collectionOf(resource)).toBe(list)
      expect(checkResource(resource)).toEqual([])
    }
  },
)

test('T6: a request names the version that was read, what is wrong and what it should be, and needs both texts', () => {
  expect(amendmentOf(request())).toEqual({
    record: 'bm90ZQ',
    revision: 'cjE',
    type: 'Composition',
    wrong: 'I never smoked.',
    should: 'Non-smoker',
    at: AT,
    state: 'open',
  })
  expect(amendmentOf(withdrawnAmendment(request()))?.state).toBe('withdrawn')
  expect(newAmendment(about('notes'), { ...asked, wrong: ' ' })).toBeNull()
  expect(newAmendment(about('notes'), { ...asked, should: '' })).toBeNull()
})

test('T6: an accepted request points to the corrected version; a declined one has a reason, or is no answer', () => {
  const of = { id: 'cmVx', resource: request(), list: 'notes' as const }
  const corrected = { id: 'bm90ZQ', revision: 'cjI' }
  const accepted = amendmentAnswerOf(newAmendmentAnswer(of, { type: 'accepted', corrected, words: '' }, given))
  expect(accepted).toEqual({ request: 'cmVx', isAccepted: true, reason: '', corrected, by: LIN, at: AT })
  const declined = amendmentAnswerOf(newAmendmentAnswer(of, { type: 'declined', reason: 'It is right.' }, given))
  expect(declined).toMatchObject({ isAccepted: false, reason: 'It is right.', corrected: null, by: LIN })
  expect(newAmendmentAnswer(of, { type: 'declined', reason: '\n' }, given)).toBeNull()
})

test('a request and an answer are read as nothing else, and nothing else as one of them', () => {
  const answer = newAmendmentAnswer(
    { id: 'cmVx', resource: request(), list: 'notes' },
    { type: 'declined', reason: 'x' },
    given,
  )
  expect([amendmentOf(answer), amendmentAnswerOf(request())]).toEqual([null, null])
  expect([amendmentOf({ resourceType: 'Task' }), amendmentAnswerOf(null)]).toEqual([null, null])
})

test('T6: a request is open until it is answered or withdrawn; a later answer counts, and both stay to be read', () => {
  const of = { id: 'cmVx', resource: request(), list: 'notes' as const }
  const declined = amendmentAnswerOf(newAmendmentAnswer(of, { type: 'declined', reason: 'x' }, given))!
  const accepted = { ...declined, isAccepted: true, at: '2026-11-23T08:00:00Z' }
  const open = amendmentOf(request())!
  expect(amendmentState(open, [])).toBe('open')
  expect(amendmentState(open, [declined])).toBe('declined')
  expect(amendmentState(open, [accepted, declined])).toBe('accepted')
  expect(amendmentState({ ...open, state: 'withdrawn' }, [])).toBe('withdrawn')
  expect(amendmentState({ ...open, state: 'withdrawn' }, [declined])).toBe('declined')
})
