/** One file of a record: what it is, where it is, opening or saving it, and whether it stays on this device (B3). */
import { Button, Progress, Switch } from '@mantine/core'
import type { ChartRecord, FileProblem, FileState, FileTransfer } from '@chartkeep/sync'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../../app/place/addresses.ts'
import { useApp, useChart } from '../../../app/context/app-context.tsx'
import { bytesText } from '../../../i18n/sizes.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { isViewable } from '../../../ui/viewer/file-kind.ts'
import { saveFileOf, type SaveOutcome } from './save-file.ts'
import styles from '../list/records.module.css'

type Opened = { type: 'closed' } | { type: 'fetching' } | { type: 'saved' } | { type: 'failed' } | FileProblem

/** How far a file has come. */
export interface Way {
  doneBytes: number
  allBytes: number
}

export function OneFile({
  file,
  index,
  record: { id, resource, collection },
  transfer,
}: {
  file: { id: string | null; name: string; contentType: string; size: number }
  index: number
  record: ChartRecord
  transfer: FileTransfer | undefined
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart, summary, slots } = useChart()
  const [opened, setOpened] = useState<Opened>({ type: 'closed' })
  const [way, setWay] = useState<Way | null>(null)
  const [state, setState] = useState<FileState | null>(null)
  const control = useRef<AbortController | null>(null)
  // Leaving the screen stops what it asked for; what is to be kept goes on by itself.
  useEffect(() => () => control.current?.abort(), [])
  const look = useCallback(() => {
    // A chart that was locked meanwhile has no state to show.
    chart.fileState(resource, index).then(setState, () => setState(null))
  }, [chart, resource, index])
  const isMoving = transfer !== undefined
  useEffect(look, [look, isMoving])

  const name = file.name || t('docs.unnamed')
  /** Runs one deed with progress and a way to stop it. */
  const run = async (
    action: (watch: { signal: AbortSignal; onProgress: (done: number, all: number) => void }) => Promise<Opened>,
  ) => {
    const own = new AbortController()
    control.current = own
    setWay({ doneBytes: 0, allBytes: file.size })
    setOpened({ type: 'fetching' })
    const onProgress = (doneBytes: number, allBytes: number) => setWay({ doneBytes, allBytes })
    // A chart that was locked meanwhile, or a full disk.
    const end = await action({ signal: own.signal, onProgress }).catch((): Opened => ({ type: 'failed' }))
    control.current = null
    setWay(null)
    setOpened(end)
    look()
  }
  const save = () =>
    run(async (watch) => {
      const outcome: SaveOutcome = await saveFileOf(platform, chart, { resource, index, file }, watch)
      if (outcome.type === 'saved') await chart.note('exported', { collection })
      return outcome.type === 'not-picked' ? { type: 'closed' } : outcome
    })
  const keep = (isKept: boolean) =>
    run(async (watch) => (await chart.keepFile(resource, index, isKept, watch)) ?? { type: 'closed' })

  const shown: (Way & { label: string; canStop: boolean }) | null =
    way !== null
      ? { ...way, label: t('docs.way', wayText(way)), canStop: true }
      : transfer !== undefined
        ? { ...transfer, label: t(`docs.${transfer.way}`, wayText(transfer)), canStop: false }
        : null
  return (
    <li>
      <span className={styles.fileName}>{name}</span>
      <span className={styles.fileFacts}>
        {[file.contentType, file.size > 0 ? bytesText(file.size) : '', state === null ? '' : placeText(state)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <div className={styles.fileActions}>
        {isViewable(file) ? (
          <Button
            component="a"
            href={addressOf('docs', summary.slot, slots.slotOf({ type: 'file', id, index }))}
            aria-label={`${t('docs.open')}: ${name}`}
          >
            {t('docs.open')}
          </Button>
        ) : null}
        <Button
          variant={isViewable(file) ? 'default' : 'filled'}
          onClick={() => void save()}
          disabled={way !== null}
          aria-label={`${t('docs.save')}: ${name}`}
        >
          {t('docs.save')}
        </Button>
      </div>
      {shown === null ? null : (
        <div className={styles.fileWay}>
          <span className="ck-number">{shown.label}</span>
          <Progress value={percentOf(shown)} size="lg" aria-label={`${shown.label}: ${name}`} />
          {shown.canStop ? (
            <Button variant="default" onClick={() => control.current?.abort()}>
              {t('docs.stop')}
            </Button>
          ) : null}
        </div>
      )}
      <div role="status" className={styles.fileState}>
        {opened.type === 'fetching' ? <span className="ck-hidden">{t('docs.fetching')}</span> : null}
        {opened.type === 'saved' ? t('docs.saved') : ''}
        <FileTrouble trouble={opened.type} />
      </div>
      {state === null ? null : (
        <Switch
          className={styles.fileKeep}
          size="md"
          checked={state.isKept}
          disabled={way !== null}
          onChange={(event) => void keep(event.currentTarget.checked)}
          label={t('docs.keep')}
          aria-label={`${t('docs.keep')}: ${name}`}
          description={keepText(state)}
        />
      )}
    </li>
  )

  function keepText({ place, isKept, isWaiting }: FileState): string {
    if (isKept) return t('docs.kept')
    if (isWaiting) return t('docs.goesLater')
    return place === 'here' ? t('docs.goesConfirmed') : t('docs.notKept')
  }

  function placeText({ place, doneBytes, isKept, isWaiting }: FileState): string {
    if (isWaiting) return t('docs.waiting')
    if (place === 'here') return isKept ? t('docs.here') : t('docs.leaving')
    return place === 'part'
      ? t('docs.part', { done: bytesText(doneBytes), all: bytesText(file.size) })
      : t('docs.server')
  }
}

/** Why a file did not come, and what is safe; nothing for other words. */
export function FileTrouble({ trouble }: { trouble: string }) {
  const { t } = useTranslation()
  switch (trouble) {
    case 'cancelled':
      return <Banner status="info">{t('docs.stopped')}</Banner>
    case 'not-here':
      return <Banner status="info">{t('docs.notHere')}</Banner>
    case 'not-sent':
      return <Banner status="info">{t('docs.notSent')}</Banner>
    case 'failed':
      return <Banner status="attention">{t('docs.failed')}</Banner>
    case 'damaged':
      return <Banner status="danger">{t('docs.damaged')}</Banner>
    default:
      return null
  }
}

export function wayText({ doneBytes, allBytes }: Way): { done: string; all: string } {
  return { done: bytesText(Math.min(doneBytes, allBytes)), all: bytesText(allBytes) }
}

export function percentOf({ doneBytes, allBytes }: Way): number {
  return allBytes === 0 ? 0 : Math.min(100, (doneBytes / allBytes) * 100)
}
