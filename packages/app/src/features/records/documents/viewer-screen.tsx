/**
 * One file of a record, shown inside the app. It is opened from the sealed chunks into memory and dropped with the screen: nothing of it is
 * written anywhere, and its address says nothing about it.
 */
import { isJsonObject, parseJsonOrNull, threadIn } from '@chartkeep/domain'
import { Button, Progress } from '@mantine/core'
import type { ChartRecord, FileProblem } from '@chartkeep/sync'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useChartLabel } from '../../../app/people/use-chart-label.ts'
import { addressOf } from '../../../app/place/addresses.ts'
import { useApp, useChart } from '../../../app/context/app-context.tsx'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../../app/place/other-device.tsx'
import { titleOf } from '../../../app/words/record-view.ts'
import { Screen } from '../../../app/place/screen.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { bytesText } from '../../../i18n/sizes.ts'
import { ScreenHead } from '../../../ui/display/card.tsx'
import { EmptyState } from '../../../ui/display/empty-state.tsx'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { showable } from '../../../ui/viewer/file-kind.ts'
import { FileView } from '../../../ui/viewer/file-view.tsx'
import styles from './documents.module.css'
import { FileTrouble, percentOf, type Way, wayText } from './one-file.tsx'
import { saveFileOf } from './save-file.ts'

/** The file behind the slot of the address. */
export function ViewerScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, slots } = useChart()
  const target = slots.targetOf(slot)
  const id = target?.type === 'file' ? target.id : null
  const record$ = useMemo(() => (id === null ? null : chart.record$(id)), [chart, id])
  const record = useObservable(record$)
  if (target?.type !== 'file') return <OtherDevice />
  return (
    <Screen word="docs" focusKey={`${slot ?? ''}${record === undefined ? '' : ' shown'}`}>
      {record === undefined ? (
        <Delayed />
      ) : record === null ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneView key={slot} record={record} index={target.index} />
      )}
    </Screen>
  )
}

type Loaded =
  { type: 'loading'; way: Way } | { type: 'bytes'; bytes: Uint8Array<ArrayBuffer> } | { type: 'failed' } | FileProblem

function OneView({ record, index }: { record: ChartRecord; index: number }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { platform } = useApp()
  const { chart, summary, slots } = useChart()
  const { resource } = record
  const file = useMemo(() => chart.files(resource)[index], [chart, resource, index])
  const may = file === undefined ? 'no' : showable(file)
  const [loaded, setLoaded] = useState<Loaded>({ type: 'loading', way: { doneBytes: 0, allBytes: file?.size ?? 0 } })
  const [saved, setSaved] = useState<string>('')
  const [round, setRound] = useState(0)
  const [stop, setStop] = useState<() => void>(() => () => {})
  useEffect(() => {
    if (may !== 'yes') return
    const control = new AbortController()
    setStop(() => () => control.abort())
    setLoaded({ type: 'loading', way: { doneBytes: 0, allBytes: file?.size ?? 0 } })
    const onProgress = (doneBytes: number, allBytes: number) =>
      setLoaded({ type: 'loading', way: { doneBytes, allBytes } })
    chart.readFile(resource, index, { signal: control.signal, onProgress }).then(
      (read) => {
        if (control.signal.aborted && 'type' in read) return setLoaded({ type: 'cancelled' })
        setLoaded('type' in read ? read : { type: 'bytes', bytes: read.bytes })
      },
      // A chart that was locked meanwhile.
      () => setLoaded({ type: 'failed' }),
    )
    return () => control.abort()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new version of the record is another screen
  }, [chart, index, round, may])
  const save = useCallback(async () => {
    if (file === undefined) return
    const outcome = await saveFileOf(platform, chart, { resource, index, file }, {}).catch(
      () => ({ type: 'failed' }) as const,
    )
    if (outcome.type === 'saved') await chart.note('exported', { collection: record.collection })
    setSaved(outcome.type)
  }, [platform, chart, resource, index, file, record.collection])
  const name = file?.name || t('docs.unnamed')
  const title = titleOf(record, t)
  const thread = useMemo(() => {
    const read = record.type === 'Communication' ? parseJsonOrNull(resource) : null
    return isJsonObject(read) ? threadIn({ id: record.doc, resource: read }) : null
  }, [record.type, record.doc, resource])
  const saveAction = (
    <Button variant="default" onClick={() => void save()}>
      {t('docs.save')}
    </Button>
  )
  return (
    <>
      <p className="ck-screen-only">
        {thread === null ? (
          <a
            className="ck-alone"
            href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: record.id }))}
          >
            {t('deed.backTo', { place: title })}
          </a>
        ) : (
          <a className="ck-alone" href={addressOf('messages', summary.slot, slots.slotOf({ type: 'thread', thread }))}>
            {t('messages.backToThread')}
          </a>
        )}
      </p>
      <ScreenHead title={title} actions={saveAction}>
        {[labelOf(summary), name === title ? '' : name, file === undefined ? '' : bytesText(file.size)]
          .filter(Boolean)
          .join(' · ')}
      </ScreenHead>
      <div role="status">
        {saved === 'saved' ? <Banner status="info">{t('docs.saved')}</Banner> : <FileTrouble trouble={saved} />}
      </div>
      {file === undefined ? (
        <EmptyState title={t('docs.damaged')} />
      ) : may !== 'yes' ? (
        <EmptyState title={t(may === 'large' ? 'viewer.large' : 'viewer.cannot')} action={saveAction}>
          {t('viewer.cannotText')} {t('viewer.unprotected')}
        </EmptyState>
      ) : loaded.type === 'loading' ? (
        <div className={styles.loading} aria-busy="true">
          <p role="status">{t('viewer.loading')}</p>
          <span className="ck-number">{t('docs.way', wayText(loaded.way))}</span>
          <Progress value={percentOf(loaded.way)} size="lg" aria-label={t('docs.fetching')} w="100%" />
          <Button variant="default" onClick={stop}>
            {t('docs.stop')}
          </Button>
        </div>
      ) : loaded.type === 'bytes' ? (
        <FileView bytes={loaded.bytes} name={name} contentType={file.contentType} save={saveAction} />
      ) : (
        <div className={styles.loading}>
          <FileTrouble trouble={loaded.type} />
          <Button variant="default" onClick={() => setRound(round + 1)}>
            {t('deed.retry')}
          </Button>
        </div>
      )}
    </>
  )
}
