/** What goes on while an account is opened, with how far it is and a way to stop it. */
import { Button, Progress } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import styles from './unlock.module.css'

/** `percent` is null until the store is read. Spoken in steps of 25. */
export function Working({
  isWorking,
  isTakingOver,
  percent,
  onStop,
}: {
  isWorking: boolean
  isTakingOver: boolean
  percent: number | null
  onStop: () => void
}) {
  const { t } = useTranslation()
  const step = percent === null ? null : Math.floor(percent / 25) * 25
  return (
    <>
      <p role="status" className={styles.working}>
        {!isWorking
          ? ''
          : step !== null
            ? t('unlock.openingPart', { percent: step })
            : isTakingOver
              ? t('tab.takingOver')
              : t('unlock.working')}
      </p>
      {isWorking && percent !== null ? (
        <>
          <Progress value={percent} aria-label={t('unlock.opening')} />
          <Button variant="default" onClick={onStop}>
            {t('unlock.cancel')}
          </Button>
        </>
      ) : null}
    </>
  )
}
