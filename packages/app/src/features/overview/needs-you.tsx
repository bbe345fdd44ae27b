/** What only the person can settle, each line with its one deed. Nothing here is lost by waiting. */
import { Button } from '@mantine/core'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { chartCardTrouble } from '../../app/chart/card-state.ts'
import { useCareTasks } from '../../app/care/plans/use-care-tasks.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { isIdentified } from '../../app/practice/chart-name.ts'
import { whoOpened } from '../../app/people/emergency-use.tsx'
import { type FamilyTask, useFamilyTasks } from '../../app/people/family-tasks.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { versionsTitle } from '../../app/words/versions-title.ts'
import { isPutOff } from '../../app/people/later.ts'
import { isSample } from '../../app/people/sample-account.ts'
import { KIT_QUESTION, useWaysBack } from '../../app/people/use-ways-back.ts'
import { hasWayBack } from '../../app/people/ways-back.ts'
import { sharesOf } from '../../app/people/shares.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { StatusIcon } from '../../ui/display/status-mark.tsx'
import styles from '../../app/glance/glance.module.css'

/** Shares that end within this time are named, so that they can be let end or be given more time. */
const SHARE_ENDS_MS = 3 * 86_400_000

/** Nothing where nothing needs the person. */
export function NeedsYou({ records, now }: { records: readonly ChartRecord[]; now: Date }) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary, slots } = useChart()
  const { charts } = useSessionCharts()
  const conflicts = (useObservable(chart.conflicts$) ?? []).filter(({ mayDecide }) => mayDecide)
  const owners = useObservable(chart.owners.state$)
  const handOver = owners?.handOver ?? null
  const family = useFamilyTasks(records, owners)
  const devices = useObservable(session.devices$) ?? []
  const late = (useObservable(chart.late$) ?? []).filter(({ decision }) => decision === 'open')
  const ending = sharesOf(useObservable(chart.grants$) ?? []).filter(
    ({ state, until }) => state === 'active' && until > now.getTime() && until - now.getTime() <= SHARE_ENDS_MS,
  )
  const uses = (useObservable(chart.emergency.uses$) ?? []).filter(({ seen }) => !seen)
  const care = useCareTasks(records, now)
  const card = useMemo(
    () => (summary.relation === 'own' ? chartCardTrouble(records, new Date()) : null),
    [records, summary.relation],
  )
  const ways = useWaysBack()
  const asksForKit =
    ways !== undefined && !hasWayBack(ways) && !isSample(session) && !isPutOff(session, KIT_QUESTION, session.account)
  const offered = charts?.filter((other) => !isIdentified(other) && other.state === 'open') ?? []
  const items: (Omit<FamilyTask, 'later'> & { later?: () => void })[] = [
    ...(asksForKit
      ? [
          {
            key: 'kit',
            text: t('overview.kitMissing'),
            href: addressOf('devices', 'kit'),
            action: t('overview.makeKit'),
          },
        ]
      : []),
    ...uses.map((use) => ({
      key: use.id,
      text: t('emerg.needs', { name: whoOpened(use, t) }),
      href: addressOf('share', summary.slot, 'emergency'),
      action: t('deed.open'),
    })),
    ...devices
      .filter(({ newByKit }) => newByKit)
      .map((device) => ({
        key: device.id,
        text: t('kit.usedBy', { device: device.name }),
        href: addressOf('devices'),
        action: t('deed.open'),
      })),
    ...conflicts.map((conflict) => ({
      key: conflict.record.id,
      text: versionsTitle(conflict.others.length + 1, titleOf(conflict.record, t), t),
      href: addressOf('resolve', summary.slot, slots.slotOf({ type: 'record', id: conflict.record.id })),
      action: t('deed.choose'),
    })),
    ...(late.length > 0
      ? [
          {
            key: 'late',
            text: t('late.needsYou', { count: late.length }),
            href: addressOf('share', summary.slot),
            action: t('deed.open'),
          },
        ]
      : []),
    ...(handOver?.way === 'received'
      ? [
          {
            key: 'hand-over',
            text: t('people.needsYou', { name: handOver.name || t('audit.someone') }),
            href: addressOf('share', summary.slot, 'people'),
            action: t('deed.open'),
          },
        ]
      : []),
    ...care,
    ...ending.map(({ key, name, until }) => ({
      key: `ends ${key}`,
      text: t('share.ends', {
        name: name || t('audit.someone'),
        time: formatMoment(new Date(until), currentLanguage(), now),
      }),
      href: addressOf('share', summary.slot),
      action: t('deed.open'),
    })),
    ...offered.map((other) => ({
      key: other.slot,
      text: t('overview.offered'),
      href: addressOf('patients'),
      action: t('deed.open'),
    })),
    ...family,
    ...(card === null
      ? []
      : [
          {
            key: 'card',
            text: card === 'old' ? t('emergencyCard.needsOld') : t('emergencyCard.needsChanged'),
            href: addressOf('card', summary.slot),
            action: t('emergencyCard.check'),
          },
        ]),
  ]
  if (items.length === 0) return null
  return (
    <Card title={t('joined.bracket', { text: t('overview.needsYou'), more: items.length })}>
      <ul className={styles.needs}>
        {items.map((item) => (
          <li key={item.key}>
            <StatusIcon status="attention" />
            <span>{item.text}</span>
            <span className={styles.answers}>
              <Button component="a" href={item.href} variant="light">
                {item.action}
              </Button>
              {item.later ? (
                <Button variant="subtle" onClick={item.later}>
                  {t('opener.later')}
                </Button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
