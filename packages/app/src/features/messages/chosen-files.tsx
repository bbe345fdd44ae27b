/** The files that are chosen for a message: each can be taken out again; how far their sealing is, and what went wrong. */
import { Button, Progress } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { bytesText } from '../../i18n/sizes.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import type { FilesProblem } from './message-files.ts'
import styles from './messages.module.css'

/** How far the sealing is. */
export interface SealingWay {
  doneBytes: number
  allBytes: number
}

/** `way`: null while nothing is being sealed; files stay as they are meanwhile. */
export function ChosenFiles({
  files,
  way,
  problem,
  onRemove,
  onStop,
}: {
  files: readonly File[]
  way: SealingWay | null
  problem: FilesProblem | null
  onRemove: (file: File) => void
  onStop: () => void
}) {
  const { t } = useTranslation()
  const words = way && t('messages.sealing', { done: bytesText(way.doneBytes), all: bytesText(way.allBytes) })
  return (
    <>
      {files.length > 0 ? (
        <ul className={styles.chosen} aria-label={t('messages.chosen')}>
          {files.map((file, index) => (
            <li key={index}>
              <span>
                {file.name} <span className="ck-number">{bytesText(file.size)}</span>
              </span>
              <Button
                variant="subtle"
                disabled={way !== null}
                aria-label={`${t('deed.remove')}: ${file.name}`}
                onClick={() => onRemove(file)}
              >
                {t('deed.remove')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {way === null ? null : (
        <div className={styles.sealing}>
          <span className="ck-number">{words}</span>
          <Progress value={(way.doneBytes / way.allBytes) * 100} size="lg" aria-label={words ?? ''} />
          <Button variant="default" onClick={onStop}>
            {t('deed.stop')}
          </Button>
        </div>
      )}
      {problem === null ? null : (
        <Banner status={problem.type === 'cancelled' ? 'info' : 'attention'} urgent={problem.type !== 'cancelled'}>
          {t(`messages.fileProblem.${problem.type}`, { name: problem.name })}
        </Banner>
      )}
    </>
  )
}
