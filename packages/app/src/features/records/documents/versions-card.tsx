/** The versions of a document, the newest first, all of them still to be opened; and adding a new one. */
import { Button } from '@mantine/core'
import { IconFilePlus } from '@tabler/icons-react'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useApp, useChart } from '../../../app/context/app-context.tsx'
import { patientText } from '../../../app/words/chart-patient.ts'
import { referenceOf } from '../../../app/words/record-reference.ts'
import { sourceOf, titleOf } from '../../../app/words/record-view.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { bytesText } from '../../../i18n/sizes.ts'
import { Card } from '../../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../../ui/display/status-mark.tsx'
import { AddingList } from './add-area.tsx'
import styles from './documents.module.css'
import { useAdding, useDocuments } from './use-documents.ts'

/** Says on an older version that there is a newer one; nothing on the newest. */
export function ReplacedBanner({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const found = useDocuments()
  const newest = found?.versions.older.has(record.id) ? found.versions.of(record.id)[0] : undefined
  if (newest === undefined || newest.id === record.id) return null
  return (
    <Banner
      status="attention"
      action={
        <Button
          component="a"
          variant="default"
          href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: newest.id }))}
        >
          {t('docs.toNewest')}
        </Button>
      }
    >
      {t('docs.replacedBanner')}
    </Banner>
  )
}

/** Nothing until the documents are read. */
export function VersionsCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart, summary, slots, views } = useChart()
  const adding = useAdding()
  const found = useDocuments()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const patient = `Patient/${patientText(useObservable(profile$) ?? [], 'id') || 'self'}`
  if (found === undefined) return null
  const versions = found.versions.of(record.id)
  const isNewest = !found.versions.older.has(record.id)
  const mayAdd = isNewest && record.status !== 'error' && mayDo(summary, record.collection, 'append')
  const add = async () => {
    const files = await platform.openFile({ accept: '', multiple: false })
    const replaces = { id: record.id, reference: referenceOf(record, views) }
    adding.add(chart, files, { collection: record.collection, patient, replaces })
  }
  return (
    <>
      <Card title={t('docs.versions')}>
        {versions.length > 1 ? (
          <ol className={styles.links} reversed>
            {versions.map((version, place) => (
              <li key={version.id}>
                <span>
                  {version.id === record.id ? (
                    <span className={styles.name}>{titleOf(version, t)}</span>
                  ) : (
                    <a
                      className="ck-alone"
                      href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: version.id }))}
                    >
                      {titleOf(version, t)}
                    </a>
                  )}{' '}
                  <span className={styles.facts}>
                    {[
                      formatDate(version.date, currentLanguage()),
                      bytesText(chart.files(version.resource).reduce((sum, { size }) => sum + size, 0)),
                      sourceOf(version, t),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </span>
                <span className={styles.marks}>
                  {place === 0 ? <StatusMark status="good">{t('docs.newest')}</StatusMark> : null}
                  {version.id === record.id ? <StatusMark status="info">{t('docs.thisOne')}</StatusMark> : null}
                </span>
              </li>
            ))}
          </ol>
        ) : (
          <p>{t('docs.versionsNone')}</p>
        )}
        {mayAdd ? (
          <Button variant="default" leftSection={<IconFilePlus size={20} />} onClick={() => void add()}>
            {t('docs.addVersion')}
          </Button>
        ) : null}
      </Card>
      <AddingList adding={adding} documents={found.documents} />
    </>
  )
}
