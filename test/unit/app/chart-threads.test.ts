/** The conversations of one chart: built in short steps, however many there are, and the same as in one go. */
import { chartThreads, oneThread } from '@chartkeep/app/src/app/care/messages/chart-threads.ts'
import { threadRow, threadRows } from '@chartkeep/app/src/features/messages/thread-rows.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { CareReader, type CareEntry, personKey, stringifyJson, threadsOf } from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { LIN, markBy, MEI, messageBy, PRACTICE } from '../../support/care-records.ts'

const THREADS = 2_000
const AT = Date.parse('2026-01-01T00:00:00Z')

/** The steps of a generator, and what it came to. */
function stepped<T>(steps: Generator<void, T>): [number, T] {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next()
    if (done) return [count, value as T]
  }
}

/** A question, an answer and that the question was read. */
function conversation(at: number): CareEntry[] {
  const thread = `t${at}`
  const sent = (minute: number) => new Date(AT + (at * 30 + minute) * 60_000).toISOString()
  return [
    messageBy('patient', { id: `${at}-a`, thread, subject: `Question ${at}`, sent: sent(0) }),
    markBy(LIN, 'read', [`${at}-a`], sent(5), thread),
    messageBy(LIN, { id: `${at}-b`, thread, text: `Answer ${at}`, sent: sent(9) }),
  ]
}

const entries = Array.from({ length: THREADS }, (_, at) => conversation(at)).flat()
const stored = entries.map(({ id, record, resource, author, savedAt }) => {
  return { id: record, doc: id, revision: 'r', resource: stringifyJson(resource), author, savedAt, waiting: false }
})
const reader = () => new CareReader('chart-mei', (account) => account === PRACTICE.account)
function reading(records: typeof stored) {
  const of = reader()
  return function* () {
    const read = yield* of.reading(records)
    return { entries: read, inChart: new Map(read.map(({ id, record }) => [id, record])) }
  }
}

test('M1: thousands of conversations of one chart are read, put together and made into rows in short steps, and come to the same as in one go', () => {
  const whole = threadsOf(reader().entries(stored))
  const [steps, threads] = stepped(chartThreads(reading(stored), null))
  expect(threads).toEqual(whole)
  // A hundred records read, two hundred put together or sorted into threads: nothing longer is between two looks at the clock.
  expect(steps).toBeGreaterThanOrEqual(stored.length / 100 + stored.length / 200 + THREADS / 200 - 3)
  const words = {
    t: startLanguages('en').t,
    language: 'en' as const,
    now: new Date(AT),
    me: personKey({ account: MEI.account }),
    asked: null,
    side: 'patient' as const,
  }
  const [waits, rows] = stepped(threadRows(threads, (thread) => threadRow(thread, '#', '', words)))
  expect([waits, rows.length]).toEqual([THREADS / 50, THREADS])
  expect(rows[0]).toMatchObject({ title: 'Question 1999', unread: 1, by: 'Dr Lin, Green Clinic' })
})

test('M1: one conversation is put together without the others, with what it needs of them; one that is not there is none', () => {
  const [steps, { thread, rows }] = stepped(oneThread(reading(stored), 't1321', null))
  expect(thread).toEqual(threadsOf(reader().entries(stored)).find(({ id }) => id === 't1321'))
  expect(rows.get('1321-b')).toBe('row-1321-b')
  // Read and looked through, and not sorted into as many threads.
  expect(steps).toBeLessThan(stored.length / 100 + stored.length / 200 + 10)
  expect(steps).toBeGreaterThanOrEqual(stored.length / 100 + stored.length / 200 - 2)
  expect(stepped(oneThread(reading(stored), 'nowhere', null))[1].thread).toBeNull()
})
