/** One thread: its messages with how far each has come, and the answer that is being written. */
import {
  newMark,
  chartReference,
  instantText,
  isWithOthers,
  type Thread,
  unreadIn,
  isPastShowing,
} from '@chartkeep/domain'
import { Button, Stack } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { AssignPart } from '../../app/care/work/assign-part.tsx'
import { useCareSelf, useCareWrite, useMayWrite } from '../../app/care/messages/care-chart.ts'
import { useChartThread } from '../../app/care/messages/chart-threads.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { useBackToWork } from '../../app/practice/from-work.ts'
import { emergencyNumber } from '../../app/care/messages/emergency-number.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { localNow } from '../../app/measures/doses.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { MessageCard } from './message-card.tsx'
import { MessageForm } from './message-form.tsx'
import styles from './messages.module.css'
import { peopleText } from './thread-rows.ts'

/** Messages that are drawn at first; earlier ones follow when they are asked for. */
const SHOWN = 30

/** The thread behind the slot of the address, or a new one. */
export function ThreadScreen() {
  const { slot } = useParams()
  const { slots, summary } = useChart()
  const target = slots.targetOf(slot)
  if (slot === 'new') return <ThreadView key={`new ${summary.slot}`} thread={null} />
  if (target?.type !== 'thread') return <OtherDevice />
  return <ThreadView key={target.thread} thread={target.thread} />
}

function ThreadView({ thread: id }: { thread: string | null }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const now = useMinute()
  const [more, setMore] = useState(0)
  const [showsPast, setShowsPast] = useState(false)
  // What was sent from the form of a new thread goes on in it.
  const [begun] = useState(() => id ?? newThreadId())
  const built = useChartThread(begun)
  const thread = built?.thread ?? undefined
  const answering = useAnswering('messages')
  const write = useCareWrite('messages')
  const backToWork = useBackToWork()
  useRead(thread)
  if (built === undefined) return <Delayed />
  if (id !== null && thread === undefined) return <OtherDevice />
  const isOthers = thread !== undefined && isWithOthers(thread, self.asked)
  const { day } = localNow(now)
  const all = thread?.messages ?? []
  const shown = all.slice(Math.max(0, all.length - SHOWN - more))
  const past = shown.filter((message) => isPastShowing(message, day))
  const settle = async () => {
    const messages = all.filter(({ from }) => from.side === 'patient').map((message) => message.id)
    const about = chartReference(summary.id, summary.name)
    const { type } = await write(
      newMark('settled', { thread: begun, messages, from: self.reference, about, sent: instantText(Date.now()) }),
    )
    if (type === 'failed') return t('deed.failed')
    backToWork()
    return ''
  }
  return (
    <Screen word="messages" focusKey={begun}>
      <ScreenHead
        above={
          <a className="ck-alone" href={addressOf('messages', summary.slot)}>
            {t('messages.back')}
          </a>
        }
        title={thread === undefined ? t('messages.newTitle') : thread.subject || t('messages.noSubject')}
      >
        {thread === undefined ? labelOf(summary) : t('messages.with', { names: peopleText(thread, self.asked, t) })}
      </ScreenHead>
      <Banner status="attention">{t('messages.urgent', { sos: emergencyNumber() })}</Banner>
      {shown.length < all.length ? (
        <Button variant="default" my="md" onClick={() => setMore((before) => before + SHOWN)}>
          {t('messages.earlier', { count: all.length - shown.length })}
        </Button>
      ) : null}
      {past.length > 0 && !showsPast ? (
        <p className={styles.past}>
          {t('messages.past', { count: past.length })}{' '}
          <Button variant="subtle" onClick={() => setShowsPast(true)}>
            {t('deed.show')}
          </Button>
        </p>
      ) : null}
      <ol className={styles.thread} aria-label={t('messages.inOrder')}>
        {shown
          .filter((message) => showsPast || !isPastShowing(message, day))
          .map((message) => (
            <li key={message.id} data-mine={message.from.key === self.key || undefined}>
              <MessageCard
                message={message}
                people={thread?.people ?? []}
                me={self.key}
                rows={built.rows}
                answering={answering}
              />
            </li>
          ))}
      </ol>
      {self.side === 'practice' && thread !== undefined && !isOthers ? (
        <>
          {thread.unanswered === null ? null : (
            <Stack gap="sm" align="start" mb="md">
              <ActionButton action={t('messages.settle')} run={settle} />
            </Stack>
          )}
          <AssignPart focus={{ thread: thread.id }} list="messages" chart={summary} />
        </>
      ) : null}
      {isOthers ? (
        <Banner
          status="info"
          action={
            mayWrite ? (
              <Button component="a" variant="default" href={addressOf('messages', summary.slot, 'new')}>
                {t('messages.new')}
              </Button>
            ) : undefined
          }
        >
          {t('messages.othersText', { names: peopleText(thread, self.asked, t) })}
        </Banner>
      ) : mayWrite ? (
        <MessageForm thread={begun} begun={thread ?? null} />
      ) : summary.file === undefined ? (
        <p>{t('messages.noRight')}</p>
      ) : null}
    </Screen>
  )
}

function newThreadId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Says of what is on the screen that it was read: by a record of the reader's own (M1), once. */
function useRead(thread: Thread | undefined) {
  const self = useCareSelf()
  const { summary } = useChart()
  const mayWrite = useMayWrite('messages', 'write-message')
  const write = useCareWrite('messages')
  const said = useRef(new Set<string>())
  useEffect(() => {
    if (!mayWrite || thread === undefined) return
    const tell = () => {
      if (document.visibilityState !== 'visible') return
      const messages = unreadIn(thread, self.key)
        .map(({ id }) => id)
        .filter((id) => !said.current.has(id))
      if (messages.length === 0) return
      for (const id of messages) said.current.add(id)
      const about = chartReference(summary.id, summary.name)
      // What could not be written is said again when the thread is opened next.
      void write(
        newMark('read', { thread: thread.id, messages, from: self.reference, about, sent: instantText(Date.now()) }),
      ).catch(() => {})
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => document.removeEventListener('visibilitychange', tell)
  }, [thread, mayWrite, self, summary.id, summary.name, write])
}
