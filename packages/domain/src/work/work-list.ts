/**
 * What waits in a practice, as one list (M7): from the practice's own records and from the digests of all charts, worked out again each time. An item
 * goes when what it is about is done, by whoever did it; nothing has to be ticked off.
 */
import { assignmentOf, type Assignment, focusKey, type WorkFocus } from './assignment.ts'
import { dueOf } from '../practice/care-task.ts'
import { reviewOf } from '../results/result-review.ts'
import { bookingsOf, type Bookings } from '../calendar/bookings.ts'
import type { ChartProjection, CareWait } from './chart-projection.ts'
import { type CareEntry, writtenBy } from '../practice/care-entry.ts'
import { type CareMember, referencedMember, referenceValue } from '../elements/care-references.ts'
import type { Collection } from '../elements/collection-names.ts'
import { instantText, isMoment, readableTime } from '../dates/dates.ts'
import { objectAt, objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { threadIn } from '../messages/threads.ts'
import { type Reader, spanIn } from '../dates/zoned-time.ts'

/** Kinds of what waits, the one that a person should see first in front; each with the hours in which it should be done. */
export const WORK_KINDS = {
  clash: 4,
  result: 24,
  booking: 24,
  message: 48,
  cancelled: 24,
  amendment: 72,
  sign: 72,
  note: 48,
  plan: 336,
  consent: 0,
} as const
export type WorkKind = keyof typeof WORK_KINDS

export interface WorkItem {
  /** The same for the same thing, whenever it is asked for. */
  key: string
  kind: WorkKind
  /** Id of the chart. */
  chart: string
  /** What is assigned, and the list that an assignment belongs to. */
  focus: WorkFocus
  list: Collection
  /** What waits, in the words of its author; '' for none. */
  title: string
  /** Since when it waits, and when it should be done: milliseconds since 1970. */
  since: number
  due: number
  isLate: boolean
  owner: CareMember | null
  /** How the owner came to it: handed over or assigned, asked for by name (a signer, a reviewer), or as who looks after the patient. */
  through: 'assigned' | 'named' | 'patient' | 'nobody'
  assignment: Assignment | null
}

/** A chart as the list needs it. */
export interface WorkChart {
  id: string
  care: Pick<ChartProjection, 'waits'> | null
  /** When access ends, milliseconds since 1970; null for no end. */
  until: number | null
  /** Who looks after the patient. */
  assigned: CareMember | null
}

/** Access that ends within this waits for somebody to ask for more time. */
const ENDS_SOON_MS = 86_400_000

/** Everything that waits for a reader, what is due first in front. `practice`: records of the practice's own vault. */
export function workItems(
  practice: readonly CareEntry[],
  charts: readonly WorkChart[],
  { now, zone }: Reader,
): WorkItem[] {
  const sorted = sortedByType(practice)
  const assignments = lastAssignments(sorted.tasks)
  const assigned = new Map(charts.map((chart) => [chart.id, chart.assigned]))
  const found = [...ownWork(sorted), ...chartWork(sorted, charts, now)]
  return found
    .map((one): WorkItem => {
      const assignment = assignments.get(focusKey(one.focus)) ?? null
      const patient = assigned.get(one.chart) ?? null
      const [owner, through] =
        assignment !== null && assignment.owner !== null
          ? ([assignment.owner, 'assigned'] as const)
          : assignment === null && one.named !== null
            ? ([one.named, 'named'] as const)
            : assignment === null && patient !== null
              ? ([patient, 'patient'] as const)
              : ([null, 'nobody'] as const)
      const due =
        dueMoment(assignment?.due ?? '', zone) ??
        dueMoment(one.dueText, zone) ??
        one.since + WORK_KINDS[one.kind] * 3_600_000
      const { named: _, dueText: __, ...item } = one
      return {
        ...item,
        key: `${one.kind} ${one.chart} ${focusKey(one.focus)}`,
        due,
        isLate: due < now,
        owner,
        through,
        assignment,
      }
    })
    .toSorted((a, b) => a.due - b.due || a.since - b.since || (a.key < b.key ? -1 : 1))
}

/** Items that wait for this member: theirs, and those that are nobody's. */
export function workOf(items: readonly WorkItem[], member: string): WorkItem[] {
  return items.filter(({ owner }) => owner === null || owner.id === member)
}

/** Each assignment of what waits, the newest first: the story of its hand-overs. */
export function assignmentsOf(practice: readonly CareEntry[], focus: WorkFocus): Assignment[] {
  const key = focusKey(focus)
  return practice
    .flatMap((entry) => givenBy(entry) ?? [])
    .filter((assignment) => assignment.focus === key)
    .toSorted((a, b) => (madeAt(a) < madeAt(b) ? 1 : -1))
}

/** The assignment that this record is, with whoever made it; null for every other one. */
function givenBy({ resource, author }: CareEntry): Assignment | null {
  const assignment = assignmentOf(resource)
  return assignment && { ...assignment, by: writtenBy(author, assignment.by) }
}

/** When an assignment says it was made; what says no time was made before all others. */
function madeAt({ at }: Pick<Assignment, 'at'>): number {
  // The second after 9999-12-31T23:59:59Z is in a year that no FHIR date can say, but must count as later all the same.
  const moment = Date.parse(readableTime(at))
  return Number.isNaN(moment) ? -Infinity : moment
}

/** When the next assignment of something is made: now, and after the last one, or a clock that was ahead would keep it for good. */
export function nextAssignmentAt(story: readonly Pick<Assignment, 'at'>[], now: number): string {
  const last = Math.max(...story.map(madeAt), -Infinity)
  return instantText(last >= now && isMoment(last + 1000) ? last + 1000 : now)
}

/** The practice's records by what they can say here; a practice of years has tens of thousands, and each is looked at once. */
interface Sorted {
  tasks: CareEntry[]
  notes: CareEntry[]
  messages: CareEntry[]
  responses: CareEntry[]
  bookings: Bookings
}

function sortedByType(practice: readonly CareEntry[]): Sorted {
  const of = (...types: string[]) => practice.filter(({ resource }) => types.includes(typeOf(resource)))
  return {
    tasks: of('Task'),
    notes: of('Composition'),
    messages: of('Communication'),
    responses: of('AppointmentResponse'),
    bookings: bookingsOf(of('Appointment', 'AppointmentResponse')),
  }
}

type Found = Pick<WorkItem, 'kind' | 'chart' | 'focus' | 'list' | 'title' | 'since'> & {
  named: CareMember | null
  /** A FHIR date or instant that the record names, '' for none. */
  dueText: string
}

/** Of assignments that were made apart the later one counts; of one moment the same on every device. */
function lastAssignments(practice: readonly CareEntry[]): Map<string, Assignment> {
  const last = new Map<string, { assignment: Assignment; id: string }>()
  for (const entry of practice) {
    const { id } = entry
    const assignment = givenBy(entry)
    if (assignment === null) continue
    const known = last.get(assignment.focus)
    const order = known === undefined ? 1 : madeAt(assignment) - madeAt(known.assignment)
    if (known === undefined || order > 0 || (!(order < 0) && known.id < id))
      last.set(assignment.focus, { assignment, id })
  }
  return new Map([...last].map(([key, { assignment }]) => [key, assignment]))
}

/** What waits by the practice's own records: clashes, signatures, drafts of notes, results before their release. */
function ownWork({ tasks, notes, bookings: { clashes } }: Sorted): Found[] {
  const askedToSign = new Set(
    tasks.flatMap(({ resource }) =>
      signatureAsked(resource) ? [referenceValue(objectAt(resource, 'focus'), 'record')] : [],
    ),
  )
  return [
    ...clashes.flatMap(({ bookings }): Found[] => {
      const [first] = bookings
      if (first === undefined) return []
      const since = Math.max(...bookings.map(({ savedAt }) => savedAt))
      const focus = { type: 'Appointment', record: first.id }
      return [
        {
          kind: 'clash',
          chart: first.chart,
          focus,
          list: 'appointments',
          title: first.what,
          since,
          named: null,
          dueText: '',
        },
      ]
    }),
    ...[...tasks, ...notes].flatMap((entry): Found[] => {
      const { resource, chart, savedAt: since, id } = entry
      const review = reviewOf(resource)
      if (review?.state === 'waiting') {
        const focus = { type: stringAt(resource, 'focus', 'type'), record: review.result }
        return [
          { kind: 'result', chart, focus, list: 'labs', title: '', since, named: review.reviewer, dueText: review.due },
        ]
      }
      if (signatureAsked(resource)) {
        const focus = { type: 'Composition', record: referenceValue(objectAt(resource, 'focus'), 'record') }
        const named = referencedMember(objectAt(resource, 'owner'))
        return [{ kind: 'sign', chart, focus, list: 'notes', title: '', since, named, dueText: dueOf(resource) }]
      }
      if (stringAt(resource, 'resourceType') === 'Composition' && stringAt(resource, 'status') === 'preliminary') {
        if (askedToSign.has(id)) return []
        const named =
          objectsAt(resource, 'author')
            .map(referencedMember)
            .find((member) => member !== null) ?? null
        const focus = { type: 'Composition', record: id }
        return [
          { kind: 'note', chart, focus, list: 'notes', title: stringAt(resource, 'title'), since, named, dueText: '' },
        ]
      }
      return []
    }),
  ]
}

function signatureAsked(resource: unknown): boolean {
  return (
    stringAt(resource, 'resourceType') === 'Task' &&
    stringAt(resource, 'focus', 'type') === 'Composition' &&
    stringAt(resource, 'status') === 'requested' &&
    assignmentOf(resource) === null
  )
}

const WAIT_LISTS = {
  booking: 'appointments',
  cancelled: 'appointments',
  message: 'messages',
  amendment: 'plans',
  plan: 'plans',
} as const satisfies Record<CareWait['kind'], Collection>
const WAIT_TYPES = {
  booking: 'Appointment',
  cancelled: 'Appointment',
  message: 'Communication',
  amendment: 'Task',
  plan: 'CarePlan',
} as const satisfies Record<CareWait['kind'], string>

/** What waits in patients' charts, without what the practice has done already and its copy there does not say yet. */
function chartWork(sorted: Sorted, charts: readonly WorkChart[], now: number): Found[] {
  const isDone = doneIn(sorted)
  return charts.flatMap(({ id: chart, care, until }): Found[] => [
    ...(care?.waits ?? [])
      .filter((wait) => !isDone(wait))
      .map((wait): Found => ({
        kind: wait.kind,
        chart,
        focus: wait.thread === '' ? { type: WAIT_TYPES[wait.kind], record: wait.record } : { thread: wait.thread },
        list: WAIT_LISTS[wait.kind],
        title: wait.title,
        since: wait.since,
        named: null,
        dueText: '',
      })),
    ...(until !== null && until > now && until - now < ENDS_SOON_MS
      ? [
          {
            kind: 'consent' as const,
            chart,
            focus: { type: 'Consent', record: chart },
            list: 'profile' as const,
            title: '',
            since: until - ENDS_SOON_MS,
            named: null,
            dueText: new Date(until).toISOString(),
          },
        ]
      : []),
  ])
}

/** Whether the practice's own records say that it was answered: a digest is as old as the last look into its chart. */
function doneIn({ messages, responses, bookings: { bookings } }: Sorted): (wait: CareWait) => boolean {
  const answered = new Set([
    ...bookings.flatMap(({ answers }) => answers),
    ...responses.map(({ resource }) => referenceValue(objectAt(resource, 'appointment'), 'record')),
  ])
  const noted = new Set(bookings.filter(({ isNoted }) => isNoted).map(({ id }) => id))
  const said = Map.groupBy(messages, threadIn)
  return ({ kind, record, thread }) => {
    if (kind === 'booking') return answered.has(record)
    if (kind === 'cancelled') return noted.has(record)
    if (kind !== 'message') return false
    const inThread = said.get(thread) ?? []
    const own = inThread.filter(({ resource }) =>
      objectsAt(resource, 'inResponseTo').some((one) => referenceValue(one, 'record') === record),
    )
    const code = ({ resource }: CareEntry) => stringAt(resource, 'category', 'coding', 'code')
    if (own.some((entry) => code(entry) === 'settled')) return true
    const readAt = own.filter((entry) => code(entry) === 'read').map(({ resource }) => stringAt(resource, 'sent'))
    const first = readAt.toSorted()[0]
    if (first === undefined) return false
    return inThread.some((entry) => code(entry) === 'message' && stringAt(entry.resource, 'sent') >= first)
  }
}

/** The last moment of a FHIR date, which is over at the end of its day in the zone; null for none. */
function dueMoment(text: string, zone: string): number | null {
  const span = spanIn(text, zone)
  return span === null || span.start === span.end ? (span?.end ?? null) : span.end - 1000
}
