/**
 * Where documents come in: files dropped anywhere on the screen, chosen, or photographed, all of them equal; then a line for each, with what
 * is done of it, until the person takes it off.
 */
import { instantText } from '@chartkeep/domain'
import { Button, Progress } from '@mantine/core'
import { IconCamera, IconFilePlus } from '@tabler/icons-react'
import type { ChartRecord } from '@chartkeep/sync'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../../app/place/addresses.ts'
import { useApp, useChart } from '../../../app/context/app-context.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { bytesText } from '../../../i18n/sizes.ts'
import { Card } from '../../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../../ui/display/status-mark.tsx'
import type { AddedFile, AddingFiles } from './adding-files.ts'
import styles from './documents.module.css'

/** Files dropped anywhere on the window, as long as the screen is shown; true while some are held over it. */
export function useDroppedFiles(onFiles: (files: File[]) => void): boolean {
  const [isOver, setOver] = useState(false)
  const latest = useRef(onFiles)
  latest.current = onFiles
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      event.dataTransfer!.dropEffect = 'copy'
      setOver(true)
    }
    // Leaving for another element is no leaving of the window.
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false)
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(false)
      latest.current([...event.dataTransfer!.files])
    }
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [])
  return isOver
}

/** The visible place to drop files, with the two ways that need no mouse; a photograph is called by its time. */
export function AddArea({ isOver, onFiles }: { isOver: boolean; onFiles: (files: File[], title?: string) => void }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const choose = async () => onFiles(await platform.openFile({ accept: '', multiple: true }))
  const photograph = async () =>
    onFiles(
      await platform.openFile({ accept: 'image/*', multiple: false, camera: true }),
      t('docs.photoOf', { time: formatDate(instantText(Date.now()), currentLanguage()) }),
    )
  return (
    <section
      className={`${styles.area} ck-screen-only`}
      data-over={isOver || undefined}
      aria-label={t('docs.addTitle')}
    >
      <div className={styles.actions}>
        <span className={styles.drop}>{t('docs.drop')}</span>
        <Button leftSection={<IconFilePlus size={20} />} onClick={() => void choose()}>
          {t('docs.choose')}
        </Button>
        <Button variant="default" leftSection={<IconCamera size={20} />} onClick={() => void photograph()}>
          {t('docs.photograph')}
        </Button>
      </div>
      <p className={styles.facts}>{t('docs.limit')}</p>
    </section>
  )
}

/** What is being added, and what became of it; nothing while there is none. */
export function AddingList({ adding, documents }: { adding: AddingFiles; documents: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const files = useObservable(adding.files$) ?? []
  if (files.length === 0) return null
  return (
    <Card title={t('docs.adding')}>
      <ul className={styles.lines}>
        {files.map((file) => (
          <AddingLine key={file.key} file={file} adding={adding} documents={documents} />
        ))}
      </ul>
    </Card>
  )
}

function AddingLine({
  file: { key, name, size, step },
  adding,
  documents,
}: {
  file: AddedFile
  adding: AddingFiles
  documents: readonly ChartRecord[]
}) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const record =
    step.type === 'added'
      ? documents.find(({ id }) => id === step.record)
      : step.type === 'known'
        ? documents.find(({ resource }) => chart.files(resource).some(({ id }) => id === step.file))
        : undefined
  const isOver = step.type === 'added' || step.type === 'known' || step.type === 'problem'
  const percent = step.type === 'working' && size > 0 ? (step.doneBytes / size) * 100 : 0
  const working =
    step.type === 'working' ? t('docs.stepWorking', { done: bytesText(step.doneBytes), all: bytesText(size) }) : ''
  return (
    <li>
      <span className={styles.name}>{name}</span>
      <span className={styles.facts}>{size > 0 ? bytesText(size) : ''}</span>
      <div className={styles.lineActions}>
        {step.type === 'added' && record ? (
          <Button
            component="a"
            variant="default"
            aria-label={`${t('docs.describe')}: ${name}`}
            href={addressOf(
              'form',
              summary.slot,
              slots.slotOf({ type: 'form', collection: record.collection, id: record.id, kind: 'documents' }),
            )}
          >
            {t('docs.describe')}
          </Button>
        ) : null}
        {step.type === 'known' && record ? (
          <Button
            component="a"
            variant="default"
            aria-label={`${t('docs.show')}: ${name}`}
            href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: record.id }))}
          >
            {t('docs.show')}
          </Button>
        ) : null}
        {step.type === 'problem' && mayTryAgain(step.problem) ? (
          <Button variant="default" aria-label={`${t('deed.retry')}: ${name}`} onClick={() => adding.again(chart, key)}>
            {t('deed.retry')}
          </Button>
        ) : null}
        {isOver ? (
          <Button variant="subtle" aria-label={`${t('docs.dismiss')}: ${name}`} onClick={() => adding.dismiss(key)}>
            {t('docs.dismiss')}
          </Button>
        ) : (
          <Button variant="default" aria-label={`${t('deed.stop')}: ${name}`} onClick={() => adding.stop(key)}>
            {t('deed.stop')}
          </Button>
        )}
      </div>
      {step.type === 'working' ? (
        <div className={styles.wide}>
          <span className="ck-number">{working}</span>
          <Progress value={percent} size="lg" aria-label={`${name}: ${working}`} />
        </div>
      ) : null}
      <div className={styles.wide} role="status">
        {step.type === 'waits' ? t('docs.stepWaits') : null}
        {step.type === 'added' && !step.isApart ? <StatusMark status="good">{t('docs.stepAdded')}</StatusMark> : null}
        {step.type === 'added' && step.isApart ? <Banner status="attention">{t('docs.stepApart')}</Banner> : null}
        {step.type === 'known' ? <Banner status="info">{t('docs.stepKnown')}</Banner> : null}
        {step.type === 'problem' ? (
          <Banner status={step.problem === 'stopped' ? 'info' : 'danger'}>
            {t(`docs.problem.${step.problem}`, { size: bytesText(size) })}
          </Banner>
        ) : null}
      </div>
    </li>
  )
}

function mayTryAgain(problem: string): boolean {
  return problem === 'full' || problem === 'stopped' || problem === 'failed'
}
