/** Messages: what each reader has read, what waits for an answer, and that none of it is a number that somebody has to keep. */
import {
  accountReference,
  buildThreads,
  CareReader,
  checkResource,
  concerns,
  isPastShowing,
  isWithOthers,
  practiceReference,
  stateWith,
  stringifyJson,
  threadsOf,
  undeliveredIn,
  unreadFor,
  unreadIn,
} from '@chartkeep/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ABOUT, fileBy, LIN, markBy, MEI, messageBy, PRACTICE, WU } from '../../support/care-records.ts'
import { seeded } from '../../support/seeded.ts'

const ME = `account ${MEI.account}`
const DR_LIN = `member ${LIN.id}`
const NURSE_WU = `member ${WU.id}`

/** How often a generator stopped, and what it came to. */
function stepped<T>(steps: Generator<void, T>): [number, T] {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next()
    if (done) return [count, value as T]
  }
}

function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1)
  return items[0] as T
}

test('M1: a thread holds the messages of both sides in the order in which they were sent, a published copy once', () => {
  const asked = messageBy('patient', { id: 'a', sent: '2026-11-20T08:00:00Z', subject: 'Dizzy in the morning' })
  const answer = messageBy(LIN, { id: 'b', sent: '2026-11-20T09:00:00Z', text: 'Since when?' })
  const copy = { ...answer, record: 'row-of-the-copy' }
  for (const order of [
    [asked, answer, copy],
    [answer, asked, copy],
  ]) {
    const thread = only(threadsOf(order))
    expect(thread).toMatchObject({ id: 'thread-1', subject: 'Dizzy in the morning', lastAt: '2026-11-20T09:00:00Z' })
    expect(thread.messages.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(thread.people.map(({ name }) => name)).toEqual(['Mei Chen', 'Dr Lin'])
  }
})

test('M1: who wrote is who signed: a message of the patient that calls itself a member stays the patient', () => {
  const forged = { ...messageBy(LIN, { sent: '2026-11-20T08:00:00Z' }), side: 'patient' as const, author: MEI }
  const { messages } = only(threadsOf([forged]))
  expect(messages[0]?.from).toEqual({ key: ME, name: 'Mei Chen', of: '', side: 'patient' })
})

test('M1: a member is of one practice: what another writes in the name of one is told apart, and each with its practice', () => {
  const blue = { account: 'account-blue', name: 'Blue Clinic' }
  const asked = messageBy('patient', { id: 'asked', sent: '2026-11-20T08:00:00Z' })
  const answer = messageBy(LIN, { sent: '2026-11-20T09:00:00Z' })
  const forged = { ...messageBy(LIN, { sent: '2026-11-20T10:00:00Z' }), author: blue }
  const read = { ...markBy(LIN, 'read', ['asked'], '2026-11-20T08:30:00Z'), author: blue }
  const thread = only(threadsOf([asked, answer, forged, read]))
  expect(thread.messages.slice(1).map(({ from }) => from)).toEqual([
    { key: DR_LIN, name: LIN.name, of: PRACTICE.name, side: 'practice' },
    { key: `${DR_LIN} account-blue`, name: LIN.name, of: blue.name, side: 'practice' },
  ])
  expect(stateWith(thread.messages[0]!, DR_LIN).state).toBe('sent')
  expect(stateWith(thread.messages[0]!, `${DR_LIN} account-blue`).state).toBe('read')
})

test('M1, C12: a member writes and reads in no colleague’s name: who wrote is the member at whose device it was signed', () => {
  const inLinsName = (member: string, name: string) => {
    const author = { ...PRACTICE, member, name }
    const asked = messageBy('patient', { id: 'a', sent: '2026-11-20T08:00:00Z' })
    const answer = { ...messageBy(LIN, { id: 'b', sent: '2026-11-20T09:00:00Z' }), author }
    const read = { ...markBy(LIN, 'read', ['a'], '2026-11-20T08:30:00Z'), author }
    return only(threadsOf([asked, answer, read]))
  }
  const own = inLinsName(LIN.id, LIN.name)
  expect(own.messages[1]?.from).toEqual({ key: DR_LIN, name: LIN.name, of: LIN.name, side: 'practice' })
  expect(unreadIn(own, DR_LIN)).toEqual([])
  // By her colleague: within the practice it has its name, for everybody else that of the practice, and to the physician it is news.
  for (const name of [WU.name, PRACTICE.name]) {
    const thread = inLinsName(WU.id, name)
    expect(thread.messages[1]?.from).toEqual({ key: NURSE_WU, name, of: name, side: 'practice' })
    expect(thread.people.map(({ key }) => key)).toEqual([ME, NURSE_WU])
    expect(unreadIn(thread, DR_LIN).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(stateWith(thread.messages[0]!, DR_LIN).state).toBe('sent')
  }
  // What names nobody of the practice is the practice's, by whichever of its devices.
  const unnamed = { ...messageBy('patient', { sent: '2026-11-20T08:00:00Z' }), side: 'practice' as const }
  const author = { ...PRACTICE, member: LIN.id }
  expect(only(threadsOf([{ ...unnamed, author }])).messages[0]?.from.key).toBe(`account ${PRACTICE.account}`)
})

test('M8: whom a message goes to is called what the patient calls them, or what their account is called, and nothing that others say', () => {
  const blue = { account: 'account-blue', name: 'Blue Clinic' }
  const lie = [practiceReference(blue.account, PRACTICE.name)]
  const theirs = { ...messageBy(LIN, { sent: '2026-11-20T08:00:00Z', to: lie }), author: blue }
  expect(only(threadsOf([theirs])).parties).toEqual([{ account: blue.account, name: '', isPractice: true }])
  const asked = messageBy('patient', {
    sent: '2026-11-20T09:00:00Z',
    to: [practiceReference(blue.account, 'The blue one')],
  })
  expect(only(threadsOf([theirs, asked])).parties[0]?.name).toBe('The blue one')
  const written = { ...messageBy(LIN, { sent: '2026-11-20T10:00:00Z', to: [ABOUT, ...lie] }), author: blue }
  expect(only(threadsOf([theirs, asked, written])).parties).toEqual([{ ...blue, isPractice: true }])
})

test('M2, M8: another person with whom the chart is shared is neither the patient nor the practice: what they write waits for nobody, and settles nothing', () => {
  const others = { side: 'other' as const, author: { account: 'account-blue', name: '' } }
  const theirs = { ...messageBy('patient', { sent: '2026-11-20T08:00:00Z' }), ...others }
  const settled = { ...markBy('patient', 'settled', ['asked'], '2026-11-20T10:00:00Z'), ...others }
  const asked = messageBy('patient', { id: 'asked', sent: '2026-11-20T09:00:00Z' })
  const thread = only(threadsOf([theirs, settled, asked], PRACTICE.account))
  expect(thread.unanswered?.id).toBe('asked')
  expect(only(threadsOf([theirs], PRACTICE.account)).unanswered).toBeNull()
})

test('M1: sent, delivered and read are told for each person, and a later step holds the earlier ones', () => {
  const asked = messageBy('patient', { id: 'a', sent: '2026-11-20T08:00:00Z' })
  const seen = only(threadsOf([asked])).messages[0]!
  expect(stateWith(seen, DR_LIN)).toEqual({ state: 'sent', at: '2026-11-20T08:00:00Z' })
  const marks = [
    markBy(LIN, 'delivered', ['a'], '2026-11-20T08:05:00Z'),
    markBy(LIN, 'read', ['a'], '2026-11-20T08:30:00Z'),
    markBy(WU, 'delivered', ['a'], '2026-11-20T08:10:00Z'),
  ]
  const thread = only(threadsOf([asked, ...marks]))
  expect(stateWith(thread.messages[0]!, DR_LIN)).toEqual({ state: 'read', at: '2026-11-20T08:30:00Z' })
  expect(stateWith(thread.messages[0]!, NURSE_WU)).toEqual({ state: 'delivered', at: '2026-11-20T08:10:00Z' })
  expect(unreadIn(thread, DR_LIN)).toEqual([])
  expect(unreadIn(thread, NURSE_WU).map(({ id }) => id)).toEqual(['a'])
  expect(undeliveredIn(thread, NURSE_WU)).toEqual([])
})

test('M1: that it arrived is said of messages of others in a thread, and of none that a file brought', () => {
  const written = messageBy('patient', { id: 'a', sent: '2026-11-20T08:00:00Z' })
  expect(undeliveredIn(only(threadsOf([written])), DR_LIN).map(({ id }) => id)).toEqual(['a'])
  expect(undeliveredIn(only(threadsOf([written])), ME)).toEqual([])
  const { partOf: _, ...alone } = written.resource
  expect(undeliveredIn(only(threadsOf([{ ...written, resource: alone }])), DR_LIN)).toEqual([])
})

test('M1: "unread count stale": it is worked out from the messages each time, also when an older one arrives late', () => {
  const newer = messageBy('patient', { id: 'newer', sent: '2026-11-21T08:00:00Z' })
  const read = markBy(LIN, 'read', ['newer'], '2026-11-21T09:00:00Z')
  expect(unreadIn(only(threadsOf([newer, read])), DR_LIN)).toHaveLength(0)
  // Written on a phone in a cellar, a day before; a count or a "read up to" would call it read.
  const late = messageBy('patient', { id: 'late', sent: '2026-11-20T08:00:00Z' })
  const thread = only(threadsOf([newer, read, late]))
  expect(unreadIn(thread, DR_LIN).map(({ id }) => id)).toEqual(['late'])
  expect(
    unreadIn(only(threadsOf([newer, late, read, markBy(LIN, 'read', ['late'], '2026-11-22T09:00:00Z')])), DR_LIN),
  ).toEqual([])
})

test('M1: unread is the same in whichever order records arrive, and however often (property)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(9), fc.nat(3)), { maxLength: 25 }),
      fc.infiniteStream(fc.nat()),
      (actions, picks) => {
        const entries = actions.map(([isMessage, index, who], at) => {
          const sent = new Date(Date.parse('2026-11-01T00:00:00Z') + at * 60_000).toISOString()
          const by = ([`patient`, LIN, WU, LIN] as const)[who]!
          return isMessage
            ? messageBy(by, { id: `m${index}`, sent })
            : markBy(by, who === 3 ? 'delivered' : 'read', [`m${index}`, `m${(index + 1) % 10}`], sent)
        })
        // Records of one id are one record: the first stands for all.
        const distinct = entries.filter((entry, at) => entries.findIndex(({ id }) => id === entry.id) === at)
        const shuffled = [...distinct, ...distinct]
          .map((entry) => ({ entry, place: picks.next().value ?? 0 }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ entry }) => entry)
        const counts = (of: readonly (typeof entries)[number][]) =>
          threadsOf(of).map((thread) => [ME, DR_LIN, NURSE_WU].map((key) => unreadIn(thread, key).map(({ id }) => id)))
        expect(counts(shuffled)).toEqual(counts(distinct))
      },
    ),
    seeded(300),
  )
})

test('M1: a file next to a message is found by its hash in whichever vault it is held, and nobody puts one into the message of another', () => {
  const plan = { title: 'Plan.pdf', contentType: 'application/pdf', sizeBytes: 5_000_000, url: '', sha256: 'aGFzaA' }
  const at = (url: string) => ({ ...plan, url })
  const message = messageBy(LIN, { id: 'm', sent: '2026-11-20T08:00:00Z', files: [plan] })
  const held = [fileBy(LIN, at('chartkeep-file:own'), 'own'), fileBy(LIN, at('chartkeep-file:copy'), 'copy')]
  const forged = fileBy('patient', at('chartkeep-file:forged'), 'forged')
  const other = fileBy(LIN, { ...at('chartkeep-file:other'), sha256: 'b3RoZXI' }, 'other')
  for (const order of [
    [message, ...held, forged, other],
    [forged, other, ...held, message],
  ]) {
    const { messages } = only(threadsOf(order))
    expect(only(messages)).toMatchObject({
      files: 0,
      separateFiles: [{ name: 'Plan.pdf', sizeBytes: 5_000_000, heldBy: ['own', 'copy'] }],
    })
  }
  // Files alone are no thread, and what is in a message is not next to it.
  expect(threadsOf(held)).toEqual([])
  const inside = messageBy('patient', { sent: '2026-11-20T08:00:00Z', files: [at('chartkeep-file:a')] })
  expect(only(only(threadsOf([inside])).messages)).toMatchObject({ files: 1, separateFiles: [] })
  for (const { resource } of [message, ...held, inside]) expect(checkResource(resource)).toEqual([])
})

test('M1: many records are read and put together in short steps, which come to the same as in one go', () => {
  const asked = Array.from({ length: 900 }, (_, at) =>
    messageBy('patient', { id: `m${at}`, thread: `t${at % 450}`, sent: '2026-11-20T08:00:00Z', text: `${at}` }),
  )
  const stored = asked.map(({ id, record, resource, author, savedAt }) => ({
    id: record,
    doc: id,
    revision: '1',
    resource: stringifyJson(resource),
    author,
    savedAt,
    waiting: false,
  }))
  const reading = new CareReader('chart-mei', () => false).reading(stored)
  const [readSteps, entries] = stepped(reading)
  const [buildSteps, threads] = stepped(buildThreads(entries))
  expect([readSteps, buildSteps]).toEqual([9, 6])
  expect(threads).toHaveLength(450)
  expect(threads).toEqual(threadsOf(new CareReader('chart-mei', () => false).entries(stored)))
})

test('M2: a message waits for an answer until somebody of the practice has read it and written after, or has settled it', () => {
  const asked = messageBy('patient', { id: 'a', sent: '2026-11-20T08:00:00Z' })
  const waiting = (more: Parameters<typeof threadsOf>[0]) => only(threadsOf([asked, ...more])).unanswered?.id ?? null
  expect(waiting([])).toBe('a')
  // Read is not answered.
  const read = markBy(LIN, 'read', ['a'], '2026-11-20T09:00:00Z')
  expect(waiting([read])).toBe('a')
  const answer = messageBy(LIN, { id: 'b', sent: '2026-11-20T09:10:00Z' })
  expect(waiting([read, answer])).toBeNull()
  expect(waiting([markBy(WU, 'settled', ['a'], '2026-11-20T09:00:00Z')])).toBeNull()
  // The patient cannot settle for the practice.
  expect(waiting([markBy('patient', 'settled', ['a'], '2026-11-20T09:00:00Z')])).toBe('a')
  // An answer that was written by somebody who had not seen it is no answer to it.
  const late = messageBy('patient', { id: 'late', sent: '2026-11-20T08:30:00Z' })
  expect(waiting([read, answer, late])).toBe('late')
})

test('M3: a message past the time for which it is shown stays in the thread, and says so', () => {
  const kept = messageBy('patient', { sent: '2025-11-20T08:00:00Z', shownUntil: '2026-11-20' })
  const { messages } = only(threadsOf([kept]))
  expect(isPastShowing(messages[0]!, '2026-11-20')).toBe(false)
  expect(isPastShowing(messages[0]!, '2026-11-21')).toBe(true)
  expect(messages[0]?.text).toBe('Words')
})

test('M1: what is written fits its schema, and a mark of nothing does not', () => {
  expect(checkResource(messageBy(LIN, { sent: '2026-11-20T08:00:00Z' }).resource)).toEqual([])
  expect(checkResource(markBy(LIN, 'read', ['a'], '2026-11-20T08:00:00Z').resource)).toEqual([])
  expect(checkResource(markBy(LIN, 'read', [], '2026-11-20T08:00:00Z').resource)).not.toEqual([])
  expect(checkResource(messageBy(LIN, { sent: '2026-11-20T08:00:00Z', text: ' ' }).resource)).toEqual([
    { path: 'payload', key: 'required' },
  ])
})

test('M1: a stored record is read once for each version, and its side is that of the account which signed it', () => {
  const reader = new CareReader('chart-mei', (account) => account === PRACTICE.account)
  const stored = {
    id: 'row',
    doc: 'a',
    revision: '1',
    resource: stringifyJson(messageBy('patient', { sent: '2026-11-20T08:00:00Z' }).resource),
    author: MEI,
    savedAt: 1,
    waiting: true,
  }
  const first = only(reader.entries([stored]))
  expect(first).toMatchObject({ id: 'a', record: 'row', chart: 'chart-mei', side: 'patient', isWaiting: true })
  expect(only(reader.entries([stored]))).toBe(first)
  const sent = only(reader.entries([{ ...stored, waiting: false }]))
  expect(sent.isWaiting).toBe(false)
  expect(sent.resource).toBe(first.resource)
  expect(reader.entries([{ ...stored, revision: '2', resource: '[' }])).toEqual([])
  // Whose device it was may be known later than the record.
  const named = only(reader.entries([{ ...stored, author: { ...PRACTICE, member: WU.id } }]))
  expect(named.author).toEqual({ ...PRACTICE, member: WU.id })
  // For the practice's vault the record itself says whose chart it is about.
  const own = new CareReader('', () => true)
  expect(only(own.entries([stored])).chart).toBe(ABOUT.identifier.value)
})

const GREEN = practiceReference(PRACTICE.account, PRACTICE.name)
const BLUE = practiceReference('account-blue', 'Blue Clinic')
const HSU = accountReference('account-hsu', 'Dr Hsu')

test('C9, C11: a reader goes by whoever signed and by whoever owns the chart, and by whose it was that an owner took in late', () => {
  const reader = new CareReader('chart-mei', (account) => account === PRACTICE.account)
  const { resource } = messageBy('patient', { sent: '2026-11-20T08:00:00Z' })
  const stored = {
    id: 'row',
    doc: 'row',
    revision: '1',
    resource: stringifyJson(resource),
    author: MEI,
    savedAt: 1,
    waiting: false,
  }
  const sideOf = (more: object) => only(reader.entries([{ ...stored, ...more }])).side
  expect(sideOf({ byOwner: true })).toBe('patient')
  // Known again under the same version once it is known who owns the chart.
  expect(sideOf({ byOwner: false })).toBe('other')
  expect(sideOf({ id: 'late', byOwner: false, late: PRACTICE })).toBe('practice')
})

test('M8: a message to another practice waits for nobody here and is not unread; one to nobody by name is for each, as before', () => {
  const sent = '2026-11-20T08:00:00Z'
  const waits = (to: readonly (typeof GREEN)[], account: string | null) => {
    const thread = only(threadsOf([messageBy('patient', { id: 'a', sent, to })], account))
    expect(unreadFor(thread, DR_LIN, account).map(({ id }) => id)).toEqual(thread.unanswered === null ? [] : ['a'])
    // What was read is said whoever it was written to.
    expect(unreadIn(thread, DR_LIN)).toHaveLength(1)
    return [thread.unanswered !== null, isWithOthers(thread, account)]
  }
  for (const account of [PRACTICE.account, 'account-blue', 'account-hsu', null])
    expect(waits([], account)).toEqual([true, false])
  expect(waits([GREEN], PRACTICE.account)).toEqual([true, false])
  expect(waits([GREEN], 'account-blue')).toEqual([false, true])
  expect(waits([GREEN, HSU], 'account-hsu')).toEqual([true, false])
  expect(waits([GREEN, HSU], 'account-blue')).toEqual([false, true])
  // Who holds the chart sees everything as theirs.
  expect(waits([GREEN], null)).toEqual([true, false])
})

test('M8: a thread is with whom it was written to and with whoever wrote to the patient in it; a file names nobody of ours', () => {
  const asked = messageBy('patient', { sent: '2026-11-20T08:00:00Z' })
  const answer = messageBy(LIN, { sent: '2026-11-20T09:00:00Z', to: [ABOUT] })
  const parties = (...entries: Parameters<typeof threadsOf>[0][number][]) =>
    only(threadsOf(entries)).parties.map(({ account, name, isPractice }) => [account, name, isPractice])
  expect(parties(asked)).toEqual([])
  expect(parties(asked, answer)).toEqual([[PRACTICE.account, 'Green Clinic', true]])
  // A practice goes by its account's name, whatever somebody wrote next to its identifier.
  const misnamed = messageBy('patient', {
    sent: '2026-11-20T07:00:00Z',
    to: [practiceReference(PRACTICE.account, 'Mine'), HSU],
  })
  expect(parties(misnamed, answer).toSorted()).toEqual([
    [PRACTICE.account, 'Green Clinic', true],
    ['account-hsu', 'Dr Hsu', false],
  ])
  const imported = { ...asked, resource: { ...asked.resource, recipient: [{ reference: 'Practitioner/1' }] } }
  expect(parties(imported)).toEqual([])
  expect(concerns(only(only(threadsOf([imported])).messages), 'account-blue')).toBe(true)
})

test('M8: what another practice wrote to the patient waits for nobody here, and what a colleague wrote is unread as before', () => {
  const blue = {
    ...messageBy('patient', { sent: '2026-11-20T08:00:00Z', to: [ABOUT] }),
    author: { account: 'account-blue', name: 'Blue Clinic' },
  }
  const theirs = only(threadsOf([blue], PRACTICE.account))
  expect([theirs.unanswered, isWithOthers(theirs, PRACTICE.account)]).toEqual([null, true])
  expect(unreadFor(theirs, DR_LIN, PRACTICE.account)).toEqual([])
  // The account of another practice has no name here: it goes by how the patient called it.
  const asked = messageBy('patient', { sent: '2026-11-20T07:00:00Z', to: [BLUE] })
  const unnamed = only(threadsOf([asked, { ...blue, author: { ...blue.author, name: '' } }], PRACTICE.account))
  expect(unnamed.parties.map(({ name }) => name)).toEqual(['Blue Clinic'])
  expect(unnamed.people.map(({ name }) => name)).toEqual(['Mei Chen', 'Blue Clinic'])
  expect(unnamed.messages.map(({ from }) => from.name)).toEqual(['Mei Chen', 'Blue Clinic'])
  const colleague = messageBy(WU, { id: 'wu', sent: '2026-11-20T08:00:00Z', to: [ABOUT] })
  const ours = only(threadsOf([colleague], PRACTICE.account))
  expect(isWithOthers(ours, PRACTICE.account)).toBe(false)
  expect(unreadFor(ours, DR_LIN, PRACTICE.account).map(({ id }) => id)).toEqual(['wu'])
})
