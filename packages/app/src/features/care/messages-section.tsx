/** Messages with a clinic, as Care shows them: what is not read, the last conversations, and the way to all of them. */
import { type Thread, unreadFor } from '@chartkeep/domain'
import { Button, Group } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareSelf, useMayWrite } from '../../app/care/messages/care-chart.ts'
import { nobodyAnswersWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { useChartThreads } from '../../app/care/messages/chart-threads.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'

const SHOWN = 3
const NONE: readonly Thread[] = []

export function MessagesSection() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const threads = useChartThreads() ?? NONE
  const nobody = nobodyAnswersWords(useAnswering('messages'), t)
  const unread = useMemo(
    () => threads.reduce((sum, thread) => sum + unreadFor(thread, self.key, self.asked).length, 0),
    [threads, self],
  )
  return (
    <Card
      title={t('messages.careTitle')}
      aside={
        unread > 0 ? <StatusMark status="info">{t('messages.careUnread', { count: unread })}</StatusMark> : undefined
      }
    >
      {threads.length === 0 ? <p>{t('messages.careNone')}</p> : null}
      <RowLinks
        rows={threads.slice(0, SHOWN).map((thread) => ({
          id: thread.id,
          href: addressOf('messages', summary.slot, slots.slotOf({ type: 'thread', thread: thread.id })),
          title: thread.subject || t('messages.noSubject'),
          value: thread.messages.at(-1)?.from.name ?? '',
          date: formatMoment(new Date(thread.lastAt), currentLanguage()),
          marks:
            unreadFor(thread, self.key, self.asked).length === 0
              ? []
              : [
                  {
                    status: 'info',
                    word: t('messages.unread', { count: unreadFor(thread, self.key, self.asked).length }),
                  },
                ],
        }))}
      />
      {nobody === '' ? null : <ShareFirst list="messages" words={nobody} />}
      <Group gap="sm" mt="md">
        {mayWrite && nobody === '' ? (
          <Button component="a" href={addressOf('messages', summary.slot, 'new')}>
            {t('messages.new')}
          </Button>
        ) : null}
        <Button component="a" variant="default" href={addressOf('messages', summary.slot)}>
          {t('messages.back')}
        </Button>
      </Group>
    </Card>
  )
}
