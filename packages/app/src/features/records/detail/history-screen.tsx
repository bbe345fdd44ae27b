/** Every version of a record: who, when, why, and field by field what changed; any version can become the newest again. */
import { Button } from '@mantine/core'
import {
  describe as readDescriptor,
  isJsonObject,
  type JsonValue,
  parseJsonOrNull,
  restored as outOfTrash,
  stringifyJson,
  trashedAt,
  reasonOf,
  withReason,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import type { ChartRecord, RecordRevision } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../../app/people/use-chart-label.ts'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { useIsOthers } from '../../../app/practice/unread.ts'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { titleOf } from '../../../app/words/record-view.ts'
import { VersionChanges } from '../../../app/words/version-changes.tsx'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../../ui/display/card.tsx'
import { Banner, Problem, StatusMark } from '../../../ui/display/status-mark.tsx'
import styles from '../list/records.module.css'
import { SlotRecord } from './slot-record.tsx'

/** The history of the record behind the slot of the address. */
export function HistoryScreen() {
  return <SlotRecord word="history">{(record) => <Versions record={record} />}</SlotRecord>
}

function Versions({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const [versions, setVersions] = useState<RecordRevision[] | null>(null)
  const [restored, setRestored] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let isGone = false
    void chart.history(record.id).then((found) => {
      if (!isGone) setVersions([...found].sort((a, b) => b.savedAt - a.savedAt || b.n - a.n))
    })
    return () => {
      isGone = true
    }
  }, [chart, record.id, record.revision])
  const isOthers = useIsOthers(record)
  const mayRestore = !isOthers && (summary.relation === 'own' || mayDo(summary, record.collection, 'amend'))
  const restore = async (version: RecordRevision) => {
    const resource = version.resource === null ? null : parseJsonOrNull(version.resource)
    if (!isJsonObject(resource)) return
    const time = formatMoment(new Date(version.savedAt), currentLanguage())
    const outcome = await chart
      .save({
        collection: record.collection,
        resource: stringifyJson(withReason(outOfTrash(resource), t('record.restoreThis'))),
        id: record.id,
      })
      .catch(() => ({ type: 'failed' as const }))
    setRestored(outcome.type === 'saved' ? time : '')
    setProblem(outcome.type === 'saved' ? null : outcome.type === 'full' ? t('store.full') : t('form.notSaved'))
  }
  return (
    <>
      <p>
        <a
          className="ck-alone"
          href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: record.id }))}
        >
          {t('deed.backTo', { place: titleOf(record, t) })}
        </a>
      </p>
      <ScreenHead title={t('joined.label', { label: t('record.history'), text: titleOf(record, t) })}>
        <ChartName of={summary} />
      </ScreenHead>
      <div role="status">
        {restored === '' ? null : <Banner status="good">{t('record.restored', { date: restored })}</Banner>}
      </div>
      <Problem text={problem} status="danger" />
      {versions === null ? (
        <Delayed />
      ) : (
        <ol className={styles.versions}>
          {versions.map((version, index) => (
            <li key={version.revision}>
              <Version
                version={version}
                before={versions[index + 1]}
                place={t('record.versionOf', { n: versions.length - index, all: versions.length })}
                onRestore={
                  mayRestore && !version.current && version.resource !== null ? () => void restore(version) : null
                }
              />
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

function Version({
  version,
  before,
  place,
  onRestore,
}: {
  version: RecordRevision
  before: RecordRevision | undefined
  place: string
  onRestore: (() => void) | null
}) {
  const { t } = useTranslation()
  const language = currentLanguage()
  const resource = version.resource === null ? null : parseJsonOrNull(version.resource)
  const older = before?.resource == null ? null : parseJsonOrNull(before.resource)
  const reason = reasonOf(resource)
  return (
    <Card
      title={`${place} · ${formatMoment(new Date(version.savedAt), language)}`}
      aside={
        version.outcome === 'conflict' ? (
          <StatusMark status="attention">{t('state.twoVersions')}</StatusMark>
        ) : version.current ? (
          <StatusMark status="info">{t('record.versionNow')}</StatusMark>
        ) : null
      }
    >
      <Facts
        items={[
          {
            label: t('record.who'),
            value: version.author.me ? t('list.you') : version.author.name || t('audit.someone'),
          },
          ...actionOf(older, resource, before !== undefined, t),
          ...(reason === '' ? [] : [{ label: t('record.reason'), value: reason }]),
        ]}
      />
      {resource === null ? (
        <p>{t('docs.notHere')}</p>
      ) : before === undefined ? (
        <p>{t('record.firstVersion')}</p>
      ) : (
        <VersionChanges from={older} to={resource} />
      )}
      {onRestore ? (
        <Button variant="default" onClick={onRestore} mt="sm">
          {t('record.restoreThis')}
        </Button>
      ) : null}
    </Card>
  )
}

/** What a version did besides changing fields: into the trash, out of it, entered in error. */
function actionOf(from: JsonValue | null, to: JsonValue | null, hasOlder: boolean, t: TFunction) {
  if (!hasOlder || to === null) return []
  const isError = (resource: JsonValue | null) => readDescriptor(resource).status === 'error'
  const [was, is] = [trashedAt(from) !== '', trashedAt(to) !== '']
  const words = [
    ...(!was && is ? [t('trash.wasPut')] : []),
    ...(was && !is ? [t('trash.wasRestored')] : []),
    ...(!isError(from) && isError(to) ? [t('state.error')] : []),
  ]
  return words.map((value) => ({ label: t('record.deed'), value }))
}
