/** The files of a record: opened from the sealed chunks on this device or at the server; pictures are shown, others are saved. */
import { Button } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useChart } from '../../app/app-context.tsx'
import { bytesText } from '../../i18n/sizes.ts'
import { Card } from '../../ui/card.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import styles from './records.module.css'

type Opened =
  | { type: 'closed' }
  | { type: 'fetching' }
  | { type: 'picture'; address: string }
  | { type: 'saved' }
  | { type: 'not-here' }
  | { type: 'damaged' }
  | { type: 'failed' }

/** Only raster pictures are shown inside the page: an SVG or a page of HTML could carry a script. */
const SHOWN = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']
const ENDINGS: Record<string, string> = {
  'application/pdf': '.pdf',
  'application/xml': '.xml',
  'text/xml': '.xml',
  'text/plain': '.txt',
  'text/html': '.html',
  'application/json': '.json',
  'application/dicom': '.dcm',
}

/** Nothing for a record without files of its own. */
export function FilePanel({ resource, collection }: { resource: string; collection: string }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const files = useMemo(() => chart.files(resource), [chart, resource])
  if (files.length === 0) return null
  return (
    <Card title={t('docs.files', { count: files.length })}>
      <ul className={styles.files}>
        {files.map((file, index) => (
          <OneFile key={index} file={file} onRead={() => chart.readFile(resource, undefined, index)} in={collection} />
        ))}
      </ul>
    </Card>
  )
}

function OneFile({
  file,
  onRead,
  in: collection,
}: {
  file: { name: string; contentType: string; size: number }
  onRead: () => ReturnType<ReturnType<typeof useChart>['chart']['readFile']>
  in: string
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart } = useChart()
  const [opened, setOpened] = useState<Opened>({ type: 'closed' })
  const address = opened.type === 'picture' ? opened.address : ''
  useEffect(() => () => (address === '' ? undefined : URL.revokeObjectURL(address)), [address])
  const name = file.name || t('docs.unnamed')
  const open = async () => {
    setOpened({ type: 'fetching' })
    // A chart that was locked meanwhile, or a full disk.
    const read = await onRead().catch(() => ({ type: 'failed' as const }))
    if ('type' in read) return setOpened(read)
    const content = new Blob([new Uint8Array(read.bytes)], { type: read.contentType })
    if (SHOWN.includes(read.contentType)) {
      return setOpened({ type: 'picture', address: URL.createObjectURL(content) })
    }
    // The proposed name says nothing about the person; the sealed title keeps the file's own.
    await platform.saveFile(`document${endingOf(read)}`, content)
    await chart.note('exported', { collection })
    setOpened({ type: 'saved' })
  }
  return (
    <li>
      <span className={styles.fileName}>{name}</span>
      <span className={styles.fileFacts}>
        {[file.contentType, file.size > 0 ? bytesText(file.size) : ''].filter(Boolean).join(' · ')}
      </span>
      {opened.type === 'picture' ? (
        <img className={styles.viewer} src={opened.address} alt={name} />
      ) : (
        <Button
          onClick={() => void open()}
          loading={opened.type === 'fetching'}
          aria-label={`${t('docs.open')}: ${name}`}
        >
          {t('docs.open')}
        </Button>
      )}
      <div role="status" className={styles.fileState}>
        {opened.type === 'fetching' ? t('docs.fetching') : ''}
        {opened.type === 'saved' ? t('docs.saved') : ''}
        {opened.type === 'not-here' ? <Banner status="info">{t('docs.notHere')}</Banner> : null}
        {opened.type === 'failed' ? <Banner status="attention">{t('docs.failed')}</Banner> : null}
        {opened.type === 'damaged' ? <Banner status="danger">{t('docs.damaged')}</Banner> : null}
      </div>
    </li>
  )
}

function endingOf({ name, contentType }: { name: string; contentType: string }): string {
  return /\.[a-z0-9]{1,8}(?:\.gz)?$/iu.exec(name)?.[0] ?? ENDINGS[contentType] ?? ''
}
