/**
 * A simulation of care between a patient and a practice: two devices of each write messages, requests and bookings in any order that the seed draws,
 * mostly apart, while answers get lost. The shipping machine over rows in memory, a real server core; what people see is derived as the app does it.
 */
import {
  bookingsOf,
  type Bookings,
  cancelled,
  type CareEntry,
  CareReader,
  chartReference,
  instantText,
  type JsonObject,
  memberReference,
  moved,
  newBooking,
  newCancellation,
  newDecline,
  newMark,
  newMessage,
  newRequest,
  personKey,
  stringifyJson,
  type Thread,
  threadsOf,
  unreadIn,
} from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import { commitVersions, conflictsOf, prepareVersion } from '@chartkeep/sync/testing'
import type { Device } from './attack-world.ts'
import {
  type Apart,
  type ApartResult,
  type BesideClinic,
  besideClinic,
  count,
  expectInStep,
  runApart,
  syncOnce,
} from './sim-apart.ts'

/** How it is derived; a mistake is planted by another way. */
export interface Deriving {
  bookings: (entries: readonly CareEntry[]) => Bookings
  unread: (thread: Thread, key: string) => { id: string }[]
}

interface Run extends BesideClinic {
  deriving: Deriving
  /** Names of every message and booking that a disk has taken. */
  messages: Set<string>
  bookings: Set<string>
  time: number
}

const ABOUT = chartReference('chart', 'Mei')
/** Members at the two devices of the practice; both may book either. */
const MEMBERS = [
  { id: 'lin', name: 'Dr Lin' },
  { id: 'wu', name: 'Nurse Wu' },
] as const
const FIRST_SLOT = Date.UTC(2026, 11, 1, 1)
const SLOT_MS = 30 * 60_000

export function runCare(
  seed: number,
  steps: number,
  deriving: Deriving = { bookings: bookingsOf, unread: unreadIn },
): Promise<ApartResult> {
  const lists = ['messages', 'appointments']
  const begin = async (run: Apart): Promise<Run> => ({
    ...(await besideClinic(run, lists)),
    deriving,
    messages: new Set(),
    bookings: new Set(),
    time: Date.UTC(2026, 10, 22, 8),
  })
  return runApart({ name: 'care', lists, begin, action, check }, seed, steps)
}

async function action(run: Run): Promise<void> {
  const { random } = run
  run.time += 60_000
  const device = random.pick(run.devices)
  const isPractice = run.practice.includes(device)
  const draw = random.int(100)
  if (draw < 20) return syncOnce(run, device)
  if (draw < 40) return message(run, device)
  if (draw < 55) return read(run, device)
  if (isPractice) return draw < 75 ? book(run, device) : change(run, device)
  return draw < 90 ? ask(run, device) : cancel(run, device)
}

/** What the device shows, as both sides derive it. */
function entries(run: Run, device: Device, collection: string): CareEntry[] {
  const practice = idText(run.practice[0]!.person.account)
  const rows = device.rows.all().filter((row) => row.collectionName === collection)
  const stored = rows.map(({ id, doc, revision, resource, account }) => {
    return { id, doc, revision, resource, author: { account, name: '' }, savedAt: 0, waiting: false }
  })
  return new CareReader('chart', (account) => account === practice).entries(
    stored.toSorted((a, b) => (a.doc < b.doc ? -1 : 1)),
  )
}

async function write(run: Run, device: Device, collection: string, resource: JsonObject, of?: string) {
  const draft = { collection, resource: stringifyJson(resource) }
  const prepared = prepareVersion(device.machine, of === undefined ? draft : { ...draft, id: of })
  if (prepared.type !== 'row') return null
  await commitVersions(device.machine, [prepared])
  const what = String(resource['resourceType'])
  count(run, what)
  run.trace.push(`${device.name} writes ${what} ${prepared.row.doc}`)
  return prepared.row.doc
}

const memberAt = (run: Run, device: Device) => MEMBERS[Math.max(0, run.practice.indexOf(device))]!
const self = (run: Run, device: Device) => {
  if (!run.practice.includes(device)) return ABOUT
  const { id, name } = memberAt(run, device)
  return memberReference(id, name)
}
const keyOf = (run: Run, device: Device) =>
  run.practice.includes(device)
    ? personKey({ member: memberAt(run, device).id })
    : personKey({ account: idText(device.person.account) })

async function message(run: Run, device: Device): Promise<void> {
  const thread = `thread-${run.random.int(5) === 0 ? 1 : 0}`
  // Clocks differ: what is sent later may say an earlier time.
  const sent = instantText(run.time - run.random.int(30) * 60_000)
  const text = `${device.name} ${run.time}`
  const from = self(run, device)
  const doc = await write(
    run,
    device,
    'messages',
    newMessage({ thread, subject: '', text, files: [], from, to: [], about: ABOUT, sent, shownUntil: '' }),
  )
  if (doc !== null) run.messages.add(doc)
}

async function read(run: Run, device: Device): Promise<void> {
  const threads = threadsOf(entries(run, device, 'messages'))
  if (threads.length === 0) return
  const thread = run.random.pick(threads)
  const messages = unreadIn(thread, keyOf(run, device)).map(({ id }) => id)
  if (messages.length === 0) return
  const sent = instantText(run.time)
  const from = self(run, device)
  await write(run, device, 'messages', newMark('read', { thread: thread.id, messages, from, about: ABOUT, sent }))
}

async function ask(run: Run, device: Device): Promise<void> {
  const created = instantText(run.time)
  const wanted = [{ start: '2026-12-01', end: '' }]
  await write(
    run,
    device,
    'appointments',
    newRequest({ about: ABOUT, practice: null, what: 'x', wanted, note: '', moves: '', created }),
  )
}

const slot = (run: Run) => instantText(FIRST_SLOT + run.random.int(6) * SLOT_MS)

/** Books what is asked for, or declines it, or books without being asked; a time that this device knows to be taken is left alone. */
async function book(run: Run, device: Device): Promise<void> {
  const { requests, bookings } = bookingsOf(entries(run, device, 'appointments'))
  const waiting = requests.filter(({ state }) => state === 'waiting')
  const request = waiting.length > 0 && run.random.chance(0.7) ? run.random.pick(waiting) : null
  const member = run.random.pick([...MEMBERS])
  if (request !== null && run.random.chance(0.15)) {
    const refusal = newDecline({ request: request.id, about: ABOUT, member, reason: 'Full' })
    return void (await write(run, device, 'appointments', refusal))
  }
  const start = slot(run)
  const isTaken = bookings.some(
    (one) => one.state === 'booked' && one.member === member.id && one.start === Date.parse(start),
  )
  if (isTaken) return
  const booking = newBooking({
    about: ABOUT,
    member,
    what: `${device.name} ${run.time}`,
    start,
    minutes: 30,
    place: '',
    instruction: '',
    answers: request?.id ?? '',
    created: instantText(run.time),
  })
  const doc = await write(run, device, 'appointments', booking)
  if (doc !== null) run.bookings.add(doc)
}

async function change(run: Run, device: Device): Promise<void> {
  const booked = bookingsOf(entries(run, device, 'appointments')).bookings.filter(({ state }) => state === 'booked')
  if (booked.length === 0) return
  // The same ones, so that two devices meet over one.
  const { resource, record } = run.random.pick(booked.slice(0, 2))
  const next = run.random.chance(0.5)
    ? cancelled(resource, `by ${device.name} ${run.time}`)
    : moved(resource, { start: slot(run), minutes: 30, member: run.random.pick([...MEMBERS]), answers: '' })
  await write(run, device, 'appointments', next, record)
}

async function cancel(run: Run, device: Device): Promise<void> {
  const booked = bookingsOf(entries(run, device, 'appointments')).bookings.filter(({ state }) => state === 'booked')
  if (booked.length === 0) return
  const booking = run.random.pick(booked).id
  await write(run, device, 'appointments', newCancellation({ booking, about: ABOUT, reason: 'Ill' }))
}

async function check(run: Run): Promise<void> {
  await expectInStep(run)
  const views = run.devices.map((device) => view(run, device))
  const [reference] = views
  for (const [at, each] of views.entries())
    if (each.text !== reference!.text) run.faults.push(`1 M1: ${run.devices[at]!.name} shows something else`)
  for (const doc of run.messages)
    if (!reference!.messages.has(doc)) run.faults.push(`2 M1: message ${doc} is in no thread`)
  for (const doc of run.bookings)
    if (!reference!.bookings.has(doc)) run.faults.push(`2 M4: booking ${doc} is not there`)
  for (const device of run.devices) for (const fault of seen(run, device)) run.faults.push(`${fault} (${device.name})`)
}

function view(run: Run, device: Device) {
  const threads = threadsOf(entries(run, device, 'messages'))
  const { requests, bookings, clashes } = run.deriving.bookings(entries(run, device, 'appointments'))
  const conflicts = conflictsOf(device.machine)
    .map(({ hash }) => hash)
    .toSorted()
  count(run, 'open conflict', conflicts.length)
  count(run, 'clash', clashes.length)
  return {
    // Keys of rows are of the device's stream, names and contents are everybody's.
    text: JSON.stringify([
      threads,
      requests.map(({ id, state, bookings: answers }) => [id, state, answers]),
      bookings.map(({ id, state, start, member }) => [id, state, start, member]),
      clashes.map(({ key }) => key),
      conflicts,
    ]),
    messages: new Set(threads.flatMap(({ messages }) => messages.map(({ id }) => id))),
    bookings: new Set(bookings.map(({ id }) => id)),
  }
}

/** M1 and M5 in plain words, with none of what derives them: each pair that overlaps is told, and what nobody said was read is unread. */
function seen(run: Run, device: Device): string[] {
  const faults: string[] = []
  const found = entries(run, device, 'appointments')
  const { clashes } = run.deriving.bookings(found)
  const told = (a: string, b: string) =>
    clashes.some(({ bookings }) => [a, b].every((id) => bookings.some((one) => one.id === id)))
  const gone = new Set(
    found
      .filter(({ resource, side }) => resource['resourceType'] === 'AppointmentResponse' && side === 'patient')
      .map(({ resource }) => /"urn:chartkeep:record","value":"([^"]+)"/u.exec(stringifyJson(resource))?.[1] ?? ''),
  )
  const live = found
    .filter(({ id, side, resource }) => side === 'practice' && resource['status'] === 'booked' && !gone.has(id))
    .map(({ id, resource }) => ({
      id,
      start: Date.parse(String(resource['start'])),
      end: Date.parse(String(resource['end'])),
      member: /"urn:chartkeep:member","value":"([^"]+)"/u.exec(stringifyJson(resource))?.[1],
    }))
  for (const a of live)
    for (const b of live)
      if (a.id < b.id && a.member === b.member && a.start < b.end && b.start < a.end && !told(a.id, b.id))
        faults.push(`M5: ${a.id} and ${b.id} are booked at one time and nobody is told`)
  const key = keyOf(run, device)
  const texts = entries(run, device, 'messages')
  const said = texts.filter(({ resource }) => 'inResponseTo' in resource).map((entry) => entry)
  for (const thread of threadsOf(texts)) {
    const unread = new Set(run.deriving.unread(thread, key).map(({ id }) => id))
    for (const { id, from } of thread.messages) {
      const isRead = said.some(
        (entry) =>
          stringifyJson(entry.resource).includes(`"${id}"`) &&
          (entry.side === 'practice'
            ? stringifyJson(entry.resource).includes(`"${key.slice('member '.length)}"`)
            : key === `account ${entry.author.account}`),
      )
      const isOwn = from.key === key
      if (unread.has(id) === (isRead || isOwn))
        faults.push(`M1: ${id} is ${isRead ? 'read' : 'unread'} and shown otherwise`)
    }
  }
  return faults
}
