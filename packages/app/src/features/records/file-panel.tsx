/** The file of a DocumentReference: opened from the sealed chunks on this device; pictures are shown, others are saved. */
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useChart } from '../../app/app-context.tsx'
import { Card } from '../../ui/card.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import styles from './records.module.css'

type Opened =
  | { type: 'closed' }
  | { type: 'fetching'; done: number; all: number }
  | { type: 'picture'; address: string; name: string }
  | { type: 'saved' }
  | { type: 'not-here' }
  | { type: 'damaged' }

/** Only raster pictures are shown inside the page: an SVG or a page of HTML could carry a script. */
const SHOWN = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']

/** `resource` is the DocumentReference's text. */
export function FilePanel({ resource }: { resource: string }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart } = useChart()
  const [opened, setOpened] = useState<Opened>({ type: 'closed' })
  const address = opened.type === 'picture' ? opened.address : ''
  useEffect(() => () => (address === '' ? undefined : URL.revokeObjectURL(address)), [address])
  const open = async () => {
    setOpened({ type: 'fetching', done: 0, all: 0 })
    const file = await chart.readFile(resource, (done, all) => setOpened({ type: 'fetching', done, all }))
    if ('type' in file) return setOpened(file)
    const content = new Blob([new Uint8Array(file.bytes)], { type: file.contentType })
    if (SHOWN.includes(file.contentType)) {
      return setOpened({ type: 'picture', address: URL.createObjectURL(content), name: file.name })
    }
    // The proposed name says nothing about the person; the sealed title keeps the file's own.
    await platform.saveFile(`document${/\.[a-z0-9]{1,8}(?:\.gz)?$/iu.exec(file.name)?.[0] ?? ''}`, content)
    await chart.note('exported', { collection: 'documents' })
    setOpened({ type: 'saved' })
  }
  return (
    <Card title={t('element.content')}>
      {opened.type === 'picture' ? (
        <img className={styles.viewer} src={opened.address} alt={opened.name} />
      ) : (
        <Button onClick={() => void open()} loading={opened.type === 'fetching'}>
          {t('docs.open')}
        </Button>
      )}
      <div role="status">
        {opened.type === 'fetching' ? t('docs.fetching') : ''}
        {opened.type === 'not-here' ? <Banner status="info">{t('docs.notHere')}</Banner> : null}
        {opened.type === 'damaged' ? <Banner status="danger">{t('docs.damaged')}</Banner> : null}
      </div>
    </Card>
  )
}
