/** What arrived after sharing had ended: nothing of it is in the chart, and the person takes it in or leaves it out. */
import { Button, Group, Stack } from '@mantine/core'
import type { LateView } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { recordListLabel } from '../../app/words/collection-label.ts'
import { detailWords, readResource, titleOf } from '../../app/words/record-view.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import styles from '../../app/people/share.module.css'

/** Nothing while nothing came. What was taken in is in the chart and no longer here. Neither answer is put before the other. */
export function LateCard() {
  const { t } = useTranslation()
  const { chart } = useChart()
  const late = useObservable(chart.late$) ?? []
  const open = late.filter(({ decision }) => decision === 'open' || decision === 'waiting')
  const left = late.filter(({ decision }) => decision === 'left')
  if (open.length + left.length === 0) return null
  const senders = [...new Set(open.map(({ author }) => senderOf(author)))]
  return (
    <Card
      title={t('late.title')}
      {...(open.length > 0
        ? { aside: <StatusMark status="attention">{t('late.open', { count: open.length })}</StatusMark> }
        : {})}
    >
      <Stack gap="lg">
        {senders.map((sender) => (
          <Sender key={sender} items={open.filter(({ author }) => senderOf(author) === sender)} />
        ))}
        {left.length > 0 ? (
          <details>
            <summary>{t('late.leftTitle', { count: left.length })}</summary>
            <p>{t('late.leftText')}</p>
            <LateList items={left} />
          </details>
        ) : null}
      </Stack>
    </Card>
  )
}

function senderOf({ account, name }: LateView['author']): string {
  return `${account} ${name}`
}

function Sender({ items }: { items: readonly LateView[] }) {
  const { t } = useTranslation()
  const author = items[0]!.author
  const words = { name: author.name || t('audit.someone'), count: items.length }
  return (
    <div>
      <p>{author.me ? t('late.ownDevice', words) : t('share.late', words)}</p>
      <LateList items={items} />
    </div>
  )
}

type Problem = 'pending' | 'refused' | 'failed' | null

function LateList({ items }: { items: readonly LateView[] }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<Problem>(null)
  const decide = async (key: string, action: () => Promise<Problem>) => {
    setBusy(key)
    setProblem(null)
    try {
      setProblem(await action())
    } catch {
      setProblem('failed')
    } finally {
      setBusy(null)
    }
  }
  const take = (ids: string[], key: string) =>
    decide(key, async () => {
      const outcome = await chart.takeLate(ids)
      return outcome.type === 'taken' ? null : outcome.type
    })
  const leave = (ids: string[], key: string) =>
    decide(key, async () => {
      await chart.leaveLate(ids)
      return null
    })
  const waiting = items.filter(({ decision }) => decision === 'open')
  const all = waiting.map(({ id }) => id)
  return (
    <>
      <ul className={styles.late}>
        {items.map((item) => (
          <li key={item.id}>
            <LateRecord item={item} />
            <Actions
              item={item}
              isBusy={busy !== null}
              onTake={() => void take([item.id], item.id)}
              onLeave={() => void leave([item.id], item.id)}
            />
          </li>
        ))}
      </ul>
      {problem === 'pending' ? <Banner status="info">{t('late.pending')}</Banner> : null}
      {problem === 'refused' ? <Banner status="attention">{t('late.refused')}</Banner> : null}
      {problem === 'failed' ? (
        <Banner status="attention" urgent>
          {t('late.failed')}
        </Banner>
      ) : null}
      {all.length > 1 ? (
        <Group gap="sm" mt="md">
          <Button variant="default" onClick={() => void take(all, 'all')} disabled={busy !== null}>
            {t('late.takeAll', { count: all.length })}
          </Button>
          <Button variant="default" onClick={() => void leave(all, 'none')} disabled={busy !== null}>
            {t('late.leaveAll', { count: all.length })}
          </Button>
        </Group>
      ) : null}
    </>
  )
}

function LateRecord({ item }: { item: LateView }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  const { resource, descriptor } = readResource(item.resource)
  const value = descriptor.value?.shown ?? detailWords(resource, descriptor, t)
  const parts = [recordListLabel(item, t), value, formatDate(item.date, language)].filter((part) => part !== '')
  return (
    <div className={styles.lateRecord}>
      <strong>{titleOf(item, t)}</strong>
      <span>{parts.join(' · ')}</span>
      <span className={styles.lateWhen}>
        {t('late.written', { time: formatMoment(new Date(item.writtenAt), language) })}
        {item.arrivedAt === null
          ? ''
          : ` · ${t('late.arrived', { time: formatMoment(new Date(item.arrivedAt), language) })}`}
      </span>
    </div>
  )
}

function Actions({
  item,
  isBusy,
  onTake,
  onLeave,
}: {
  item: LateView
  isBusy: boolean
  onTake: () => void
  onLeave: () => void
}) {
  const { t } = useTranslation()
  if (item.decision === 'waiting') return <StatusMark status="info">{t('late.waiting')}</StatusMark>
  const what = titleOf(item, t)
  return (
    <Group gap="sm">
      <Button variant="default" onClick={onTake} disabled={isBusy} aria-label={t('late.takeOf', { what })}>
        {t('late.take')}
      </Button>
      {item.decision === 'open' ? (
        <Button variant="default" onClick={onLeave} disabled={isBusy} aria-label={t('late.leaveOf', { what })}>
          {t('late.leave')}
        </Button>
      ) : null}
    </Group>
  )
}
