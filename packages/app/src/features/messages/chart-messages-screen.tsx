/** Threads of one chart: what was written between the patient and those who care for them. */
import { chartReference, instantText, newMark, threadsOf, undeliveredIn } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { IconMessagePlus } from '@tabler/icons-react'
import { useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { useCareRecords, useCareSelf, useCareWrite, useMayWrite } from '../../app/care/care-chart.ts'
import { Delayed } from '../../app/delayed.tsx'
import { Screen } from '../../app/screen.tsx'
import { useMinute } from '../../app/use-minute.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { RecordList } from '../../ui/record-list.tsx'
import { threadRow } from './thread-rows.ts'

export function ChartMessagesScreen() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const self = useCareSelf()
  const records = useCareRecords('messages')
  const mayWrite = useMayWrite('messages', 'write-message')
  const now = useMinute()
  const threads = useMemo(() => (records ? threadsOf(records.entries) : undefined), [records])
  useDelivered(threads)
  const rows = useMemo(
    () =>
      threads?.map((thread) =>
        threadRow(
          thread,
          addressOf('messages', summary.slot, slots.slotOf({ type: 'thread', thread: thread.id })),
          '',
          {
            t,
            language: currentLanguage(),
            now,
            me: self.key,
            side: self.side,
          },
        ),
      ),
    [threads, summary.slot, slots, t, now, self],
  )
  const write = mayWrite ? (
    <Button component="a" href={addressOf('messages', summary.slot, 'new')} leftSection={<IconMessagePlus size={20} />}>
      {t('messages.new')}
    </Button>
  ) : null
  return (
    <Screen word="messages" focusKey={summary.slot}>
      <ScreenHead title={t('screen.messages')} deeds={rows?.length === 0 ? null : write}>
        {summary.name}
      </ScreenHead>
      {rows === undefined ? (
        <Delayed />
      ) : (
        <RecordList
          name={t('screen.messages')}
          rows={rows}
          words={{
            search: t('messages.search'),
            heads: {
              title: t('messages.about'),
              value: t('messages.people'),
              date: t('messages.last'),
              by: t('messages.lastBy'),
            },
            none: t('messages.none'),
            count: (count) => t('messages.count', { count }),
          }}
          empty={
            <EmptyState title={t('messages.empty')} action={write}>
              {t(self.side === 'patient' ? 'messages.emptyPatient' : 'messages.emptyPractice')}
            </EmptyState>
          }
        />
      )}
    </Screen>
  )
}

/** That messages have reached this person: said once, by a record of their own (M1). */
function useDelivered(threads: ReturnType<typeof threadsOf> | undefined) {
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const { summary } = useChart()
  const write = useCareWrite('messages')
  const said = useRef(new Set<string>())
  useEffect(() => {
    if (!mayWrite) return
    for (const thread of threads ?? []) {
      const messages = undeliveredIn(thread, self.key)
        .map(({ id }) => id)
        .filter((id) => !said.current.has(id))
      if (messages.length === 0) continue
      for (const id of messages) said.current.add(id)
      const about = chartReference(summary.id)
      void write(
        newMark('delivered', {
          thread: thread.id,
          messages,
          from: self.reference,
          about,
          sent: instantText(Date.now()),
        }),
      )
    }
  }, [threads, mayWrite, self, summary.id, write])
}
