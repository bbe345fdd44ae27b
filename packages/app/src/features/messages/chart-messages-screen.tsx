/** Threads of one chart: what was written between the patient and those who care for them. */
import type { Thread } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { IconMessagePlus } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareSelf, useMayWrite } from '../../app/care/messages/care-chart.ts'
import { nobodyAnswersWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { useChartThreads } from '../../app/care/messages/chart-threads.ts'
import { useDelivered } from '../../app/care/messages/delivery.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useInSlices } from '../../app/hooks/use-in-slices.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { RecordList } from '../../ui/lists/record-list.tsx'
import { threadRow, threadRows } from './thread-rows.ts'

export function ChartMessagesScreen() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const now = useMinute()
  const threads = useChartThreads()
  // The patient's own have said so already, with the chart (Delivery).
  useDelivered(self.side === 'practice' ? threads : undefined)
  const listing = useMemo(() => {
    if (threads === undefined) return null
    const hrefOf = (thread: Thread) =>
      addressOf('messages', summary.slot, slots.slotOf({ type: 'thread', thread: thread.id }))
    const words = { t, language: currentLanguage(), now, me: self.key, asked: self.asked, side: self.side }
    return () => threadRows(threads, (thread) => threadRow(thread, hrefOf(thread), '', words))
  }, [threads, summary.slot, slots, t, now, self])
  const rows = useInSlices(listing)
  const nobody = nobodyAnswersWords(useAnswering('messages'), t)
  const write =
    mayWrite && nobody === '' ? (
      <Button
        component="a"
        href={addressOf('messages', summary.slot, 'new')}
        leftSection={<IconMessagePlus size={20} />}
      >
        {t('messages.new')}
      </Button>
    ) : null
  return (
    <Screen word="messages" focusKey={summary.slot}>
      <ScreenHead title={t('screen.messages')} actions={rows === undefined || rows.length === 0 ? null : write}>
        <ChartName of={summary} />
      </ScreenHead>
      {nobody === '' ? null : <ShareFirst list="messages" words={nobody} />}
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
