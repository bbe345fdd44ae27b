/** Threads as rows of a list: about what, with whom, since when, and what of them waits. */
import { isWithOthers, type Thread, type ThreadPerson, unreadFor } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatMoment } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { firstPart } from '../../ui/display/first-part.ts'
import type { ListRow } from '../../ui/lists/list-rows.ts'

export interface ThreadRow extends ListRow {
  unread: number
  isUnanswered: boolean
}

interface Words {
  t: TFunction
  language: Language
  now: Date
  /** Key of who is unlocked here. */
  me: string
  /** What is written to this account is for them; null: everything is. */
  asked: string | null
  /** A practice is told what waits for its answer. */
  side: 'patient' | 'practice'
}

/** `patient`: whose chart it is where the list is of several, else ''. */
export function threadRow(
  thread: Thread,
  href: string,
  patient: string,
  { t, language, now, me, asked, side }: Words,
): ThreadRow {
  const last = thread.messages.at(-1)
  const unread = unreadFor(thread, me, asked).length
  const isOthers = isWithOthers(thread, asked)
  const people = peopleText(thread, asked, t)
  const isUnanswered = side === 'practice' && thread.unanswered !== null
  const title = firstPart(thread.subject) || t('messages.noSubject')
  return {
    id: `${thread.chart} ${thread.id}`,
    href,
    title,
    type: 'Communication',
    value: patient || people,
    range: '',
    state: isUnanswered
      ? { status: 'attention', word: t('messages.unanswered') }
      : isOthers
        ? { status: 'neutral', word: t('messages.toOthers') }
        : undefined,
    date: formatMoment(new Date(thread.lastAt), language, now),
    dateKey: thread.lastAt,
    by: last === undefined ? '' : personText(last.from, side, t),
    marks: [
      ...(unread > 0 ? [{ status: 'info' as const, word: t('messages.unread', { count: unread }) }] : []),
      ...(thread.messages.some(({ isWaiting }) => isWaiting)
        ? [{ status: 'neutral' as const, word: t('messages.waiting') }]
        : []),
    ],
    rank: 0,
    search: [title, patient, people, ...thread.messages.flatMap(({ text, from }) => [text, from.name])]
      .join(' ')
      .normalize('NFKC')
      .toLowerCase(),
    unread,
    isUnanswered,
  }
}

/** Rows between two looks at the clock. */
export const ROWS_AT_ONCE = 50

/** Rows of threads, in short steps. */
export function* threadRows(
  threads: readonly Thread[],
  rowOf: (thread: Thread) => ThreadRow,
): Generator<void, ThreadRow[]> {
  const rows: ThreadRow[] = []
  for (const [index, thread] of threads.entries()) {
    if (index % ROWS_AT_ONCE === 0) yield
    rows.push(rowOf(thread))
  }
  return rows
}

/** Somebody of a thread; for everybody but their practice, members are of it, for it says what they are called. */
export function personText({ name, of }: ThreadPerson, reader: 'patient' | 'practice', t: TFunction): string {
  if (reader === 'patient' && of !== '' && of !== name) return t('care.memberOf', { name, practice: of })
  return name || t('messages.somebody')
}

/** With whom a thread is: the practices and people beside the patient where it is said, and for those it is with who of both sides wrote and read. */
export function peopleText(thread: Thread, asked: string | null, t: TFunction): string {
  const isNamed = thread.parties.length > 0 && (asked === null || isWithOthers(thread, asked))
  return (isNamed ? thread.parties : thread.people)
    .map(({ name }) => name || t('messages.somebody'))
    .join(t('share.comma'))
}
