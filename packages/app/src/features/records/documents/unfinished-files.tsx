/**
 * Files whose adding was cut short by a reload, a crash or a stop: they are in no list, and this says so. The browser forgets which file it
 * was, so the person chooses it again; it goes on where it stopped.
 */
import { Button } from '@mantine/core'
import type { UnfinishedFile } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { useApp, useChart } from '../../../app/context/app-context.tsx'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { bytesText } from '../../../i18n/sizes.ts'
import { Card } from '../../../ui/display/card.tsx'
import styles from './documents.module.css'

/** Nothing where everything was finished. */
export function UnfinishedFiles({
  unfinished,
  onFiles,
  onChange,
}: {
  unfinished: readonly UnfinishedFile[]
  onFiles: (files: File[]) => void
  onChange: () => void
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart } = useChart()
  if (unfinished.length === 0) return null
  return (
    <Card title={t('docs.unfinishedTitle')}>
      <p>{t('docs.unfinished')}</p>
      <ul className={styles.lines}>
        {unfinished.map(({ id, name: given, size, doneBytes, since }) => {
          const name = given || t('docs.unnamed')
          return (
            <li key={id}>
              <span className={styles.name}>{name}</span>
              <span className={styles.facts}>
                {t('docs.unfinishedOne', {
                  done: bytesText(doneBytes),
                  all: bytesText(size),
                  time: formatMoment(new Date(since), currentLanguage()),
                })}
              </span>
              <div className={styles.lineActions}>
                <Button
                  variant="default"
                  aria-label={`${t('docs.goOn')}: ${name}`}
                  onClick={() => void platform.openFile({ accept: '', multiple: false }).then(onFiles)}
                >
                  {t('docs.goOn')}
                </Button>
                <Button
                  variant="subtle"
                  aria-label={`${t('docs.letGo')}: ${name}`}
                  onClick={() => void chart.dropUnfinished(id).then(onChange, onChange)}
                >
                  {t('docs.letGo')}
                </Button>
              </div>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}
