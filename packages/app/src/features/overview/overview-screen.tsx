/** The first screen of a chart: what needs the person, what matters most, latest results, recent changes. */
import { Button, Stack } from '@mantine/core'
import { IconFileImport, IconFolderOpen, IconId, IconReportMedical } from '@tabler/icons-react'
import { dateSortKey, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { mayDo, useChart, useSession } from '../../app/app-context.tsx'
import { useSessionCharts } from '../../app/charts-in-session.tsx'
import { chartCardTrouble } from '../../app/card-state.ts'
import { Delayed } from '../../app/delayed.tsx'
import { emptyMark, type NoneList, noneState, statementTitle } from '../../app/none-stated.ts'
import { UNPROVED_KIT } from '../../app/recovery-kit.tsx'
import { criticalityMark, detailWords, rowsOf, titleOf } from '../../app/record-view.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { formatDateOnly, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { RowLinks } from '../../ui/row-links.tsx'
import { StatusIcon, StatusMark } from '../../ui/status-mark.tsx'
import styles from './overview.module.css'

const SHOWN_RESULTS = 6
const SHOWN_CHANGES = 5

/** See ux.md 2, Overview; doses and visits come with their own issue. */
export function OverviewScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  if (records === undefined) {
    return (
      <Screen word="overview">
        <Delayed />
      </Screen>
    )
  }
  const isEmpty = records.every((record) => record.collection === 'audit' || record.collection === 'profile')
  return (
    <Screen word="overview" focusKey={summary.slot}>
      <ScreenHead title={t('screen.overview')}>{summary.name}</ScreenHead>
      <div className={styles.columns}>
        <div>
          <NeedsYou records={records} />
        </div>
        <div>
          {isEmpty ? <Empty /> : <LatestResults records={records} />}
          {isEmpty ? null : <RecentChanges records={records} />}
          {isEmpty || summary.relation !== 'own' ? null : <QuickDeeds chart={summary.slot} />}
        </div>
        <div>{isEmpty ? null : <Important records={records} />}</div>
      </div>
    </Screen>
  )
}

function NeedsYou({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary, slots } = useChart()
  const { charts } = useSessionCharts()
  const conflicts = useObservable(chart.conflicts$) ?? []
  const handOver = useObservable(chart.owners.state$)?.handOver ?? null
  const devices = useObservable(session.devices$) ?? []
  const late = (useObservable(chart.late$) ?? []).filter(({ decision }) => decision === 'open')
  const card = useMemo(
    () => (summary.relation === 'own' ? chartCardTrouble(records, new Date()) : null),
    [records, summary.relation],
  )
  const hasKitToPrint = session.setting(UNPROVED_KIT) !== null
  const offered = charts?.filter((other) => !other.confirmed && other.state === 'open') ?? []
  const items = [
    ...devices
      .filter(({ newByKit }) => newByKit)
      .map((device) => ({
        key: device.id,
        text: t('kit.usedBy', { device: device.name }),
        href: addressOf('devices'),
        deed: t('deed.open'),
      })),
    ...conflicts.map((conflict) => ({
      key: conflict.record.id,
      text: t('conflict.title', { what: titleOf(conflict.record, t) }),
      href: addressOf('resolve', summary.slot, slots.slotOf({ type: 'record', id: conflict.record.id })),
      deed: t('deed.choose'),
    })),
    ...(late.length > 0
      ? [
          {
            key: 'late',
            text: t('late.needsYou', { count: late.length }),
            href: addressOf('share', summary.slot),
            deed: t('deed.open'),
          },
        ]
      : []),
    ...(handOver?.way === 'received'
      ? [
          {
            key: 'hand-over',
            text: t('people.needsYou', { name: handOver.name || t('audit.someone') }),
            href: addressOf('share', summary.slot, 'people'),
            deed: t('deed.open'),
          },
        ]
      : []),
    ...offered.map((other) => ({
      key: other.slot,
      text: t('overview.offered'),
      href: addressOf('patients'),
      deed: t('deed.open'),
    })),
    ...(card === null
      ? []
      : [
          {
            key: 'card',
            text: card === 'old' ? t('emergencyCard.needsOld') : t('emergencyCard.needsChanged'),
            href: addressOf('card', summary.slot),
            deed: t('emergencyCard.check'),
          },
        ]),
    ...(hasKitToPrint
      ? [{ key: 'kit', text: t('overview.kitMissing'), href: addressOf('devices'), deed: t('overview.makeKit') }]
      : []),
  ]
  if (items.length === 0) return null
  return (
    <Card title={`${t('overview.needsYou')} (${items.length})`}>
      <ul className={styles.needs}>
        {items.map((item) => (
          <li key={item.key}>
            <StatusIcon status="attention" />
            <span>{item.text}</span>
            <Button component="a" href={item.href} variant="light">
              {item.deed}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** What is handed to others on paper, one tap away. */
function QuickDeeds({ chart }: { chart: string }) {
  const { t } = useTranslation()
  return (
    <div className={styles.deeds}>
      <Button
        component="a"
        variant="default"
        href={addressOf('page', chart)}
        leftSection={<IconReportMedical size={20} />}
      >
        {t('screen.page')}
      </Button>
      <Button component="a" variant="default" href={addressOf('card', chart)} leftSection={<IconId size={20} />}>
        {t('screen.card')}
      </Button>
    </div>
  )
}

function Empty() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const isOwn = summary.relation === 'own'
  return (
    <Card>
      <EmptyState
        icon={<IconFolderOpen size={32} />}
        title={t('overview.emptyTitle')}
        action={
          isOwn ? (
            <>
              <Button component="a" href={addressOf('import', summary.slot)} leftSection={<IconFileImport size={20} />}>
                {t('overview.importFile')}
              </Button>
              <Button
                component="a"
                variant="default"
                href={addressOf(
                  'form',
                  summary.slot,
                  slots.slotOf({ type: 'form', collection: 'allergies', id: null, kind: 'allergies' }),
                )}
              >
                {t('overview.typeOne')}
              </Button>
            </>
          ) : null
        }
      >
        {t('overview.emptyText')}
      </EmptyState>
    </Card>
  )
}

/** The newest result of each test. */
function LatestResults({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const wording = useWording()
  const rows = useMemo(() => {
    const newest = new Map<string, ChartRecord>()
    for (const record of records) {
      if (record.collection !== 'labs' || record.type !== 'Observation' || record.status === 'error') continue
      const key = record.code || record.title
      const known = newest.get(key)
      if (!known || dateSortKey(record.date) > dateSortKey(known.date)) newest.set(key, record)
    }
    return rowsOf(
      [...newest.values()].sort((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? 1 : -1)).slice(0, SHOWN_RESULTS),
      wording,
    )
  }, [records, wording])
  if (!mayDo(summary, 'labs', 'read') || rows.length === 0) return null
  return (
    <Card
      title={t('overview.latest')}
      aside={
        <a href={addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: 'labs' }))}>
          {t('overview.seeAll')}
        </a>
      }
      flush
    >
      <RowLinks rows={rows} />
    </Card>
  )
}

function RecentChanges({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const wording = useWording()
  const recent = useMemo(
    () =>
      records
        .filter((record) => record.collection !== 'audit' && record.importSource === '')
        .sort((a, b) => b.savedAt - a.savedAt)
        .slice(0, SHOWN_CHANGES),
    [records],
  )
  if (recent.length === 0) return null
  return (
    <Card title={t('overview.recent')} flush>
      <RowLinks
        rows={recent.map((record) => ({
          id: record.id,
          href: wording.hrefOf(record),
          title: titleOf(record, t),
          value: record.author.me ? t('list.you') : record.author.name,
          date: formatMoment(new Date(record.savedAt), currentLanguage()),
        }))}
      />
    </Card>
  )
}

/** Allergies with risk (or that nobody asked), medicines in use, conditions: the same three empties everywhere. */
function Important({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const wording = useWording()
  const detailOf = (record: ChartRecord) => {
    const { resource, descriptor } = views.of(record)
    return detailWords(resource, descriptor, t)
  }
  const of = (collection: NoneList, isShown: (record: ChartRecord) => boolean) =>
    records.filter(
      (record) => record.collection === collection && isShown(record) && statementTitle(record.title, t) === null,
    )
  const empty = (collection: NoneList) =>
    emptyMark(
      collection,
      noneState(
        collection,
        records.filter((record) => record.collection === collection),
        views,
      ).answer,
      t,
    )
  const allergies = of('allergies', (record) => record.status !== 'error' && record.status !== 'past')
  const medicines = of(
    'medications',
    (record) => record.status === 'active' && record.type !== 'MedicationAdministration',
  )
  const conditions = of('conditions', (record) => record.type === 'Condition' && record.status === 'active')
  const listOf = (collection: string) => addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection }))
  const group = (collection: 'medications' | 'conditions', found: readonly ChartRecord[]) =>
    mayDo(summary, collection, 'read') ? (
      <div className={styles.group}>
        <h3>
          <a href={listOf(collection)}>
            {t(`collection.${collection}`)} <span className={styles.when}>{found.length}</span>
          </a>
        </h3>
        {found.length === 0 ? (
          <StatusMark status={empty(collection).status}>{empty(collection).word}</StatusMark>
        ) : (
          <ul>
            {found.slice(0, 5).map((record) => (
              <li key={record.id}>
                <a href={wording.hrefOf(record)}>{titleOf(record, t)}</a>{' '}
                <span className={styles.when}>
                  {detailOf(record) || formatDateOnly(record.date, currentLanguage())}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    ) : null
  return (
    <Card title={t('overview.important')}>
      <Stack gap="md">
        {mayDo(summary, 'allergies', 'read') ? (
          <div className={styles.group}>
            <h3>
              <a href={listOf('allergies')}>
                {t('collection.allergies')} <span className={styles.when}>{allergies.length}</span>
              </a>
            </h3>
            {allergies.length === 0 ? (
              <StatusMark status={empty('allergies').status}>{empty('allergies').word}</StatusMark>
            ) : (
              <ul>
                {allergies.slice(0, 8).map((record) => {
                  const criticality = stringAt(views.of(record).resource, 'criticality')
                  const mark = criticalityMark(criticality, t)
                  return (
                    <li key={record.id} className={styles.allergy}>
                      <a href={wording.hrefOf(record)}>{titleOf(record, t)}</a>{' '}
                      <StatusMark status={mark.status} filled={criticality === 'high'}>
                        {mark.word}
                      </StatusMark>
                    </li>
                  )
                })}
              </ul>
            )}
          </div>
        ) : null}
        {group('medications', medicines)}
        {group('conditions', conditions)}
      </Stack>
    </Card>
  )
}
