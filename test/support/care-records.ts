/** Records of messages and appointments as both sides store them, for tests of what is derived from them. */
import {
  type AttachmentForm,
  type CareEntry,
  type CareReference,
  chartReference,
  type JsonObject,
  memberReference,
  newBooking,
  newMark,
  newMessage,
  newMessageFile,
  newRequest,
  type MessageMark,
} from '@chartkeep/domain'

export const MEI = { account: 'account-mei', name: 'Mei Chen' }
export const PRACTICE = { account: 'account-clinic', name: 'Green Clinic' }
export const LIN = { id: 'member-lin', name: 'Dr Lin' }
export const WU = { id: 'member-wu', name: 'Nurse Wu' }
export const ABOUT = chartReference('chart-mei', 'Mei Chen')

let made = 0

/** A stored record of one side; ids follow one another unless one is given. */
export function entryOf(resource: JsonObject, more: Partial<CareEntry> & { side: CareEntry['side'] }): CareEntry {
  const id = more.id ?? `record-${String(++made).padStart(6, '0')}`
  return {
    id,
    record: `row-${id}`,
    chart: 'chart-mei',
    resource,
    author: more.side === 'practice' ? PRACTICE : MEI,
    savedAt: Date.parse('2026-11-22T08:00:00Z'),
    isWaiting: false,
    ...more,
  }
}

export interface MessageWords {
  id?: string
  files?: readonly AttachmentForm[]
  text?: string
  sent: string
  thread?: string
  subject?: string
  shownUntil?: string
  /** To whom: nobody by name where it is not said. */
  to?: readonly CareReference[]
}

/** A message by the patient, or by a member. */
export function messageBy(who: 'patient' | typeof LIN, words: MessageWords): CareEntry {
  const side = who === 'patient' ? 'patient' : 'practice'
  const resource = newMessage({
    thread: words.thread ?? 'thread-1',
    subject: words.subject ?? '',
    text: words.text ?? 'Words',
    files: words.files ?? [],
    from: who === 'patient' ? ABOUT : memberReference(who.id, who.name),
    to: words.to ?? [],
    about: ABOUT,
    sent: words.sent,
    shownUntil: words.shownUntil ?? '',
  })
  return entryOf(resource, { side, ...(words.id === undefined ? {} : { id: words.id }) })
}

/** A record that holds a file next to the messages of its sender. */
export function fileBy(who: 'patient' | typeof LIN, file: AttachmentForm, id: string): CareEntry {
  const from = who === 'patient' ? ABOUT : memberReference(who.id, who.name)
  const place = { thread: 'thread-1', from, about: ABOUT, sent: '2026-11-20T08:00:00Z' }
  return entryOf(newMessageFile(file, place), { side: who === 'patient' ? 'patient' : 'practice', id })
}

/** What a reader says of messages. */
export function markBy(
  who: 'patient' | typeof LIN,
  kind: MessageMark,
  messages: readonly string[],
  sent: string,
  thread = 'thread-1',
): CareEntry {
  const side = who === 'patient' ? 'patient' : 'practice'
  const from = who === 'patient' ? ABOUT : memberReference(who.id, who.name)
  return entryOf(newMark(kind, { thread, messages, from, about: ABOUT, sent }), { side })
}

/** A request for a day. */
export function requestFor(
  start: string,
  more: { id?: string; moves?: string; practice?: CareReference } = {},
): CareEntry {
  const resource = newRequest({
    about: ABOUT,
    what: 'Blood pressure',
    wanted: [{ start, end: '' }],
    note: '',
    practice: more.practice ?? null,
    moves: more.moves ?? '',
    created: '2026-11-20T08:00:00Z',
  })
  return entryOf(resource, { side: 'patient', ...(more.id === undefined ? {} : { id: more.id }) })
}

/** A booking of half an hour. */
export function bookingAt(
  start: string,
  more: { id?: string; member?: typeof LIN; answers?: string; chart?: string; patient?: string; minutes?: number } = {},
): CareEntry {
  const chart = more.chart ?? 'chart-mei'
  const resource = newBooking({
    about: chartReference(chart, more.patient ?? 'Mei Chen'),
    member: more.member ?? LIN,
    what: 'Blood pressure',
    start,
    minutes: more.minutes ?? 30,
    place: 'Room 2',
    instruction: '',
    answers: more.answers ?? '',
    created: '2026-11-20T09:00:00Z',
  })
  return entryOf(resource, { side: 'practice', chart, ...(more.id === undefined ? {} : { id: more.id }) })
}
