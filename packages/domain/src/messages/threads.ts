/**
 * Threads of messages as their readers see them. Everything here is derived from the messages and from what readers said of them, each time again:
 * nothing counts up, so no count can go stale. Who wrote is told by the signature of a record; a member only within the practice's own.
 */
import { attachmentForm } from '../builders/attachment.ts'
import {
  COMMUNICATION_SYSTEM,
  MESSAGE_FILE,
  MESSAGE_MARKS,
  type MessageMark,
  SHOWN_UNTIL,
  THREAD_SYSTEM,
} from './message.ts'
import { allSteps, type CareEntry, type CareSide, writtenBy } from '../practice/care-entry.ts'
import { referencedMember, referenceValue } from '../elements/care-references.ts'
import { conceptText, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'

/**
 * Somebody of a thread. `key`: `member <id>` of the practice, or `account <id>`; of a member id that two practices claim, the second has its account
 * behind it. `of`: the practice by which a member is named, as its account is called here; '' for everybody else.
 */
export interface ThreadPerson {
  key: string
  name: string
  of: string
  side: CareSide
}

/** That somebody said so of a message; `at` as the record says. */
export interface MessageReceipt {
  kind: MessageMark
  by: ThreadPerson
  at: string
}

/** A file that a message names and records next to it hold, one in each vault. */
export interface SeparateFile {
  name: string
  sizeBytes: number
  sha256: string
  /** Ids of the records that hold it. */
  heldBy: readonly string[]
}

/** A practice or a person that a message is written to, or that a thread is with, by their account. */
export interface ThreadParty {
  account: string
  name: string
  isPractice: boolean
}

export interface ThreadMessage {
  id: string
  subject: string
  text: string
  /** How many files are in it. */
  files: number
  /** Files that are next to it. */
  separateFiles: readonly SeparateFile[]
  from: ThreadPerson
  /** Whom it names that it was written to, next to the patient. */
  to: readonly ThreadParty[]
  /** It names the patient as whom it was written to. */
  isToPatient: boolean
  sentAt: string
  /** Written here, and not yet at the server. */
  isWaiting: boolean
  /** A FHIR date, '' for no end. */
  shownUntil: string
  isInError: boolean
  receipts: readonly MessageReceipt[]
}

export interface Thread {
  id: string
  chart: string
  subject: string
  /** Oldest first. */
  messages: readonly ThreadMessage[]
  people: readonly ThreadPerson[]
  /** Whom it is with next to the patient: whoever a message of it was written to, and who wrote to the patient in it. None: whoever holds the list. */
  parties: readonly ThreadParty[]
  lastAt: string
  /** The first message of the patient's side to this practice that nobody of it has answered or settled since; null for none. */
  unanswered: ThreadMessage | null
}

/** Key of a member, and of an account of the patient's side. */
export function personKey(person: { member: string } | { account: string }): string {
  return 'member' in person ? `member ${person.member}` : `account ${person.account}`
}

/**
 * Threads of these records, the last one first. A copy of a record that was given before is not counted again. `account`: of the practice that asks
 * what waits for it ({@link concerns}); null where everything does.
 */
export function threadsOf(entries: readonly CareEntry[], account: string | null = null): Thread[] {
  return allSteps(buildThreads(entries, account))
}

/** Entries and threads between two steps. */
const STEP = 200

/** {@link threadsOf} in short steps, for more than a page can put together in one go. */
export function* buildThreads(entries: readonly CareEntry[], account: string | null = null): Generator<void, Thread[]> {
  const threads = new Map<string, Building>()
  const members: Members = new Map()
  const seen = new Set<string>()
  for (const [index, entry] of entries.entries()) {
    if (index % STEP === STEP - 1) yield
    if (seen.has(entry.id)) continue
    const kind = kindOf(entry.resource)
    if (kind === null) continue
    seen.add(entry.id)
    const thread = threadIn(entry)
    // A thread belongs to one chart: two charts with one id stay two threads.
    const key = `${entry.chart} ${thread}`
    let building = threads.get(key)
    if (!building) threads.set(key, (building = { id: thread, chart: entry.chart, messages: [], files: [], marks: [] }))
    if (kind === 'message') building.messages.push(messageOf(entry, members))
    else if (kind === MESSAGE_FILE) building.files.push(entry)
    else building.marks.push({ kind, by: personOf(entry, members), resource: entry.resource })
  }
  const views: Thread[] = []
  for (const [index, building] of [...threads.values()].entries()) {
    if (index % STEP === STEP - 1) yield
    if (building.messages.length > 0) views.push(threadView(building, account))
  }
  return views.toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : a.id < b.id ? -1 : 1))
}

/** A message while its thread is put together. `account`: who signed it, and `author` its name. */
type OpenMessage = ThreadMessage & {
  account: string
  author: string
  receipts: MessageReceipt[]
  separateFiles: (SeparateFile & { heldBy: string[] })[]
}

interface Building {
  id: string
  chart: string
  messages: OpenMessage[]
  files: CareEntry[]
  marks: { kind: MessageMark; by: ThreadPerson; resource: JsonObject }[]
}

function threadView({ id, chart, messages, files, marks }: Building, account: string | null): Thread {
  messages.sort((a, b) => (a.sentAt < b.sentAt ? -1 : a.sentAt > b.sentAt ? 1 : a.id < b.id ? -1 : 1))
  const byId = new Map(messages.map((message) => [message.id, message]))
  const people = new Map(messages.map(({ from }) => [from.key, from]))
  for (const { kind, by, resource } of marks) {
    if (kind !== 'settled' || by.side === 'practice') people.set(by.key, people.get(by.key) ?? by)
    const at = stringAt(resource, 'sent')
    for (const message of markedIn(resource)) byId.get(message)?.receipts.push({ kind, by, at })
  }
  for (const entry of files) hold(messages, entry)
  const parties = partiesIn(messages)
  for (const message of messages) message.from = named(message.from, parties)
  const last = messages.at(-1)
  return {
    id,
    chart,
    subject: messages.find(({ subject }) => subject !== '')?.subject ?? '',
    messages,
    people: [...people.values()].map((person) => named(person, parties)),
    parties,
    lastAt: last?.sentAt ?? '',
    unanswered: unansweredIn(messages, account),
  }
}

/** A file belongs to messages that name its hash and that the same account signed: nobody puts a file into another's message. */
function hold(messages: readonly OpenMessage[], { id, author, resource }: CareEntry): void {
  const hashes = attachmentsOf(resource).map(({ sha256 }) => sha256)
  for (const { account, separateFiles } of messages) {
    if (account !== author.account) continue
    for (const file of separateFiles) if (hashes.includes(file.sha256)) file.heldBy.push(id)
  }
}

function attachmentsOf(resource: JsonObject) {
  return objectsAt(resource, 'payload', 'contentAttachment').map(attachmentForm)
}

/**
 * Each once: who wrote by the name of the account, the others, and whose account has no name here, as the first message of the patient's side calls
 * them. What anybody else calls an account is no name of it: the patient's answer would go to whom it does not say.
 */
function partiesIn(messages: readonly OpenMessage[]): ThreadParty[] {
  const asked = new Map<string, ThreadParty>()
  for (const { from, to } of messages)
    for (const party of to) {
      const known = asked.get(party.account)
      const name = from.side === 'patient' ? party.name : ''
      if (known === undefined || (known.name === '' && name !== '')) asked.set(party.account, { ...party, name })
    }
  const wrote = messages
    .filter(({ isToPatient }) => isToPatient)
    .map(({ account, author, from }): ThreadParty => {
      const name = author || (asked.get(account)?.name ?? '')
      return { account, name, isPractice: from.side === 'practice' }
    })
  return [...new Map([...asked.values(), ...wrote].map((party) => [party.account, party])).values()]
}

/** Another practice is known here as the thread calls it. */
function named(person: ThreadPerson, parties: readonly ThreadParty[]): ThreadPerson {
  if (person.name !== '') return person
  return { ...person, name: parties.find(({ account }) => personKey({ account }) === person.key)?.name ?? '' }
}

/**
 * Whether a message is for the practice or the person of this account: written to it, or by itself, or to nobody by name, as every message was once.
 * What another person wrote to the patient is not. Null, for whoever holds the chart: everything is.
 */
export function concerns({ to, isToPatient, from }: ThreadMessage, account: string | null): boolean {
  if (account === null || from.side === 'practice') return true
  return to.length === 0 ? !isToPatient : to.some((party) => party.account === account)
}

/** Whether a thread is between the patient and others than the practice or the person of this account: theirs to answer. */
export function isWithOthers({ parties }: Thread, account: string | null): boolean {
  return account !== null && parties.length > 0 && parties.every((party) => party.account !== account)
}

/**
 * What came from the patient's side after the practice wrote last. A message that arrives late, written before an answer that could not know it,
 * still waits: an answer covers only what somebody of the practice had read by then.
 */
function unansweredIn(messages: readonly ThreadMessage[], account: string | null): ThreadMessage | null {
  const answers = messages.filter(({ from, isInError }) => from.side === 'practice' && !isInError)
  return (
    messages.find((message) => {
      if (message.from.side !== 'patient' || message.isInError || !concerns(message, account)) return false
      const said = message.receipts.filter(({ by }) => by.side === 'practice')
      if (said.some(({ kind }) => kind === 'settled')) return false
      const readAt = said.filter(({ kind }) => kind === 'read').map(({ at }) => at)
      const firstRead = readAt.toSorted()[0]
      return !answers.some(({ sentAt }) => firstRead !== undefined && sentAt >= firstRead && sentAt >= message.sentAt)
    }) ?? null
  )
}

/** Messages of others that this person has not read, whoever they were written to. */
export function unreadIn(thread: Thread, key: string): ThreadMessage[] {
  return thread.messages.filter(
    ({ from, receipts, isInError }) =>
      from.key !== key && !isInError && !receipts.some(({ kind, by }) => kind === 'read' && by.key === key),
  )
}

/** Those of {@link unreadIn} that are for the practice or the person of this account ({@link concerns}): what is counted. */
export function unreadFor(thread: Thread, key: string, account: string | null): ThreadMessage[] {
  return unreadIn(thread, key).filter((message) => concerns(message, account))
}

/** Messages of others of which nothing says that they have reached this person. One that is in no thread was brought by a file: nobody waits for word of it. */
export function undeliveredIn(thread: Thread, key: string): ThreadMessage[] {
  return thread.messages.filter(
    ({ id, from, receipts }) => id !== thread.id && from.key !== key && !receipts.some(({ by }) => by.key === key),
  )
}

/** How far a message has come with a person: a later step holds the earlier ones. `at`: when the furthest was. */
export function stateWith(message: ThreadMessage, key: string): { state: 'sent' | 'delivered' | 'read'; at: string } {
  for (const state of ['read', 'delivered'] as const) {
    const times = message.receipts.filter(({ kind, by }) => by.key === key && kind === state).map(({ at }) => at)
    const first = times.toSorted()[0]
    if (first !== undefined) return { state, at: first }
  }
  return { state: 'sent', at: message.sentAt }
}

/** Whether the time for which a message is shown is over on a day (`2026-11-22`). It stays in the chart and can be shown. */
export function isPastShowing({ shownUntil }: ThreadMessage, day: string): boolean {
  return shownUntil !== '' && shownUntil < day
}

function messageOf(entry: CareEntry, members: Members): OpenMessage {
  const { id, resource, isWaiting } = entry
  const attachments = objectsAt(resource, 'payload', 'contentAttachment')
  const isSeparate = (attachment: JsonObject) => attachment['url'] === undefined && attachment['data'] === undefined
  return {
    id,
    subject: conceptText(resource, 'topic'),
    text: stringsAt(resource, 'payload', 'contentString').join('\n\n'),
    files: attachments.filter((attachment) => !isSeparate(attachment)).length,
    separateFiles: attachments.filter(isSeparate).map((attachment) => {
      const { title, sizeBytes, sha256 } = attachmentForm(attachment)
      return { name: title, sizeBytes, sha256, heldBy: [] }
    }),
    account: entry.author.account,
    author: entry.author.name,
    from: personOf(entry, members),
    ...recipientsOf(resource),
    sentAt: stringAt(resource, 'sent') || new Date(entry.savedAt).toISOString(),
    isWaiting,
    shownUntil: stringAt(
      objectsAt(resource, 'extension').find((extension) => extension['url'] === SHOWN_UNTIL),
      'valueDate',
    ),
    isInError: stringAt(resource, 'status') === 'entered-in-error',
    receipts: [],
  }
}

/** Recipients that are named as records of ours name them; those of an import are none. */
function recipientsOf(resource: JsonObject): Pick<ThreadMessage, 'to' | 'isToPatient'> {
  const recipients = objectsAt(resource, 'recipient')
  return {
    to: recipients.flatMap((party) => {
      const account = referenceValue(party, 'account')
      const [name, isPractice] = [stringAt(party, 'display'), stringAt(party, 'type') === 'Organization']
      return account === '' ? [] : [{ account, name, isPractice }]
    }),
    isToPatient: recipients.some((party) => referenceValue(party, 'chart') !== ''),
  }
}

/** The account by which each member id was named first. */
type Members = Map<string, string>

/**
 * A practice's own records name the member ({@link writtenBy}); whatever others claim, they are the account that signed. A member is of one practice.
 */
function personOf({ resource, side, author }: CareEntry, members: Members): ThreadPerson {
  const member = side === 'practice' ? writtenBy(author, referencedMember(objectAt(resource, 'sender'))) : null
  if (member === null) return { key: personKey({ account: author.account }), name: author.name, of: '', side }
  const { id, name } = member
  const first = members.get(id) ?? author.account
  members.set(id, first)
  const key = personKey({ member: first === author.account ? id : `${id} ${author.account}` })
  return { key, name: name || author.name, of: author.name, side }
}

function kindOf(resource: JsonObject): MessageMark | typeof MESSAGE_FILE | 'message' | null {
  if (resource['resourceType'] !== 'Communication') return null
  const category = objectsAt(resource, 'category', 'coding').find(({ system }) => system === COMMUNICATION_SYSTEM)
  const code = stringAt(category, 'code')
  return code === MESSAGE_FILE ? code : (MESSAGE_MARKS.find((kind) => kind === code) ?? 'message')
}

/** Id of the thread of a Communication. A message that names none, as an import brings it, is one by itself. */
export function threadIn({ id, resource }: Pick<CareEntry, 'id' | 'resource'>): string {
  const part = objectsAt(resource, 'partOf', 'identifier').find(({ system }) => system === THREAD_SYSTEM)
  return stringAt(part, 'value') || id
}

function markedIn(resource: JsonObject): string[] {
  return objectsAt(resource, 'inResponseTo')
    .map((reference) => referenceValue(reference, 'record'))
    .filter((id) => id !== '')
}
