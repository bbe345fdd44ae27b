/** Threads as rows of a list: about what, with whom, since when, and what of them waits. */
import { type Thread, unreadIn } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatMoment } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { ListRow } from '../../ui/list-rows.ts'

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
  /** A practice is told what waits for its answer. */
  side: 'patient' | 'practice'
}

/** `patient`: whose chart it is where the list is of several, else ''. */
export function threadRow(
  thread: Thread,
  href: string,
  patient: string,
  { t, language, now, me, side }: Words,
): ThreadRow {
  const last = thread.messages.at(-1)
  const unread = unreadIn(thread, me).length
  const isUnanswered = side === 'practice' && thread.unanswered !== null
  const title = thread.subject || t('messages.noSubject')
  return {
    id: `${thread.chart} ${thread.id}`,
    href,
    title,
    type: 'Communication',
    value: patient || thread.people.map(({ name }) => name).join(t('share.comma')),
    range: '',
    state: isUnanswered ? { status: 'attention', word: t('messages.unanswered') } : undefined,
    date: formatMoment(new Date(thread.lastAt), language, now),
    dateKey: thread.lastAt,
    by: last?.from.name ?? '',
    marks: [
      ...(unread > 0 ? [{ status: 'info' as const, word: t('messages.unread', { count: unread }) }] : []),
      ...(thread.messages.some(({ isWaiting }) => isWaiting)
        ? [{ status: 'neutral' as const, word: t('messages.waiting') }]
        : []),
    ],
    rank: 0,
    search: [title, patient, ...thread.messages.flatMap(({ text, from }) => [text, from.name])]
      .join(' ')
      .normalize('NFKC')
      .toLowerCase(),
    unread,
    isUnanswered,
  }
}
