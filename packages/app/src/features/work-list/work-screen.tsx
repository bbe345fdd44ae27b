/** The work list: everything that waits in the practice, whose it is and until when; opening an item leads to where it is done. */
import { mayAssignIn, WORK_KINDS, type WorkItem, type WorkKind } from '@chartkeep/domain'
import type { ChartSummary } from '@chartkeep/sync'
import { Button, Checkbox, Group, NativeSelect, SegmentedControl } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { useChartsOf } from './charts-of.ts'
import { AssignForm, useAssign } from '../../app/care/work/assign-part.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { usePatientRecords } from '../../app/practice/patient-records.ts'
import { useOpenFromWork } from '../../app/practice/from-work.ts'
import { useWork } from '../../app/care/work/use-work.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { formatMoment, formatTime } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { firstPart } from '../../ui/display/first-part.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import { handEachOver } from './hand-each-over.ts'
import { useHrefOf } from './where-done.ts'
import styles from './work.module.css'

/** Rows that are drawn at first. */
const SHOWN = 50

export function WorkScreen() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { practice } = usePractice()
  const work = useWork()
  const records = usePatientRecords()
  const charts = useChartsOf()
  const hrefOf = useHrefOf()
  const openFromWork = useOpenFromWork()
  const assign = useAssign()
  const now = useMinute()
  const [whose, setWhose] = useState<'mine' | 'team'>('mine')
  const [kind, setKind] = useState<WorkKind | ''>('')
  const [hidesNames, setHidesNames] = useState(false)
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [isHanding, setHanding] = useState(false)
  const [more, setMore] = useState(0)
  const wanted = whose === 'mine' ? work?.mine : work?.all
  const rows = useMemo(() => wanted?.filter((item) => kind === '' || item.kind === kind), [wanted, kind])
  if (work === undefined || rows === undefined) return <Delayed />
  const chosen = rows.filter(({ key }) => picked.has(key))
  const handOver = async (how: { owner: string; due: string; comment: string }) => {
    const left = await handEachOver(chosen, (item) => {
      // Who only administers has no chart, and hands over what the practice's own records say of it.
      const chart = charts.get(item.chart) ?? { id: item.chart, name: records?.get(item.chart)?.name ?? '' }
      return assign({ focus: item.focus, list: item.list, chart }, how)
    })
    setPicked(new Set(left.map(({ key }) => key)))
    if (left.length === 0) return ''
    if (left.length === chosen.length) return t('work.failed')
    const names = left.map((item) => `${t(`work.kinds.${item.kind}`)} ${nameFor(charts.get(item.chart), item.chart)}`)
    const done = chosen.length - left.length
    return t('work.partly', { done, count: left.length, names: names.join(t('share.comma')) })
  }
  const nameFor = (chart: ChartSummary | undefined, id: string) => {
    const number = records?.get(id)?.number ?? ''
    return hidesNames
      ? number === ''
        ? t('work.noNumber')
        : `#${number}`
      : chart === undefined
        ? records?.get(id)?.name || t('work.goneChart')
        : labelOf(chart)
  }
  return (
    <Screen word="work">
      <ScreenHead title={t('screen.work')}>{practice.name}</ScreenHead>
      <Group gap="sm" mb="md" align="end">
        <SegmentedControl
          aria-label={t('work.of')}
          value={whose}
          onChange={(value) => setWhose(value as 'mine' | 'team')}
          data={[
            { value: 'mine', label: t('work.mine', { count: work.mine.length }) },
            { value: 'team', label: t('work.team', { count: work.all.length }) },
          ]}
        />
        <NativeSelect
          label={t('work.kind')}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as WorkKind | '')}
          data={[
            { value: '', label: t('work.allKinds') },
            ...(Object.keys(WORK_KINDS) as WorkKind[]).map((value) => ({ value, label: t(`work.kinds.${value}`) })),
          ]}
        />
        <Button variant="default" onClick={() => setHidesNames((before) => !before)}>
          {t(hidesNames ? 'work.showNames' : 'work.hideNames')}
        </Button>
      </Group>
      <p role="status" className="ck-hidden">
        {t('work.shows', { count: rows.length })}
      </p>
      {rows.length === 0 ? (
        <Empty
          isOfKind={kind !== '' && (wanted ?? []).length > 0}
          team={whose === 'mine' ? work.all.length : 0}
          now={now}
          onTeam={() => setWhose('team')}
          onAllKinds={() => setKind('')}
        />
      ) : (
        <ul className={styles.items} aria-label={t('screen.work')}>
          {rows.slice(0, SHOWN + more).map((item) => (
            <Item
              key={item.key}
              item={item}
              name={nameFor(charts.get(item.chart), item.chart)}
              href={hrefOf(item)}
              onOpen={openFromWork}
              isPicked={picked.has(item.key)}
              mayPick={mayAssignIn(practice.me.roles, item.list)}
              now={now}
              onPick={(isPicked) =>
                setPicked((before) => {
                  const next = new Set(before)
                  if (isPicked) next.add(item.key)
                  else next.delete(item.key)
                  return next
                })
              }
            />
          ))}
        </ul>
      )}
      {[...new Set(rows.map(({ list }) => list))].map((list) => (
        <MayNot key={list} what={{ handsOver: list }} />
      ))}
      {rows.length > SHOWN + more ? (
        <Button variant="default" onClick={() => setMore((before) => before + SHOWN)}>
          {t('work.more', { count: rows.length - SHOWN - more })}
        </Button>
      ) : null}
      {chosen.length === 0 ? null : isHanding ? (
        <Card title={t('work.handOverCount', { count: chosen.length })}>
          <AssignForm slot="work" onDone={() => setHanding(false)} onAssign={handOver} />
        </Card>
      ) : (
        <Button mt="md" onClick={() => setHanding(true)}>
          {t('work.handOverCount', { count: chosen.length })}
        </Button>
      )}
    </Screen>
  )
}

/** Nothing to show is not always nothing that waits: another kind, or what the team has, is named with the way to it. */
function Empty({
  isOfKind,
  team,
  now,
  onTeam,
  onAllKinds,
}: {
  isOfKind: boolean
  /** What waits in the team and is not shown here. */
  team: number
  now: Date
  onTeam: () => void
  onAllKinds: () => void
}) {
  const { t } = useTranslation()
  const checked = t('work.checked', { time: formatTime(now) })
  if (isOfKind)
    return (
      <EmptyState
        title={t('work.emptyKind')}
        action={
          <Button variant="default" onClick={onAllKinds}>
            {t('work.allKinds')}
          </Button>
        }
      >
        {checked}
      </EmptyState>
    )
  if (team > 0)
    return (
      <EmptyState
        title={t('work.emptyMine')}
        action={
          <Button variant="default" onClick={onTeam}>
            {t('work.toTeam', { count: team })}
          </Button>
        }
      >
        {checked}
      </EmptyState>
    )
  return <EmptyState title={t('work.empty')}>{checked}</EmptyState>
}

function Item({
  item,
  name,
  href,
  onOpen,
  isPicked,
  mayPick,
  now,
  onPick,
}: {
  item: WorkItem
  name: string
  href: string
  onOpen: (href: string) => void
  isPicked: boolean
  mayPick: boolean
  now: Date
  onPick: (isPicked: boolean) => void
}) {
  const { t } = useTranslation()
  const language = currentLanguage()
  const what = t(`work.kinds.${item.kind}`)
  const { assignment } = item
  const heading = (
    <>
      <strong className={styles.what}>{what}</strong> {name}
    </>
  )
  return (
    <li className={styles.item}>
      <div className={styles.text}>
        {mayPick ? (
          <Checkbox
            py="xs"
            checked={isPicked}
            onChange={(event) => onPick(event.currentTarget.checked)}
            label={heading}
          />
        ) : (
          heading
        )}
        {item.title === '' ? null : <div>{firstPart(item.title)}</div>}
        <div className={styles.small}>
          {t('work.since', { time: formatMoment(new Date(item.since), language, now) })}{' '}
          {item.isLate ? (
            <StatusMark status="attention">
              {t('work.late', { time: formatMoment(new Date(item.due), language, now) })}
            </StatusMark>
          ) : (
            t('work.due', { time: formatMoment(new Date(item.due), language, now) })
          )}{' '}
          {item.owner === null ? t('work.withNobody') : t(`work.through.${item.through}`, { name: item.owner.name })}
        </div>
        {assignment?.comment ? (
          <div className={styles.small}>
            {t('work.saidBy', { name: assignment.by?.name ?? '', text: assignment.comment })}
          </div>
        ) : null}
      </div>
      <Button
        component="a"
        variant="default"
        href={href}
        onClick={() => onOpen(href)}
        aria-label={t('work.openThing', { action: t(`work.deed.${item.kind}`), what, name })}
      >
        {t(`work.deed.${item.kind}`)}
      </Button>
    </li>
  )
}
