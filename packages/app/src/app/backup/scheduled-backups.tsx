/** Makes the backups of the schedule while the app is open and unlocked, and says above any screen when one could not be made. */
import { Button } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../place/addresses.ts'
import { nextBackupAt, type Schedule, scheduleOf } from './backup-schedule.ts'
import styles from '../../ui/frame/session-frame.module.css'
import { Banner } from '../../ui/display/status-mark.tsx'
import { runSchedule } from './scheduled-run.ts'

/** After unlocking, so that the first screen comes first. */
const FIRST_LOOK_MS = 5_000
const NEXT_LOOK_MS = 60_000

export function ScheduledBackups({ session, isQuiet }: { session: Session; isQuiet: boolean }) {
  const { t } = useTranslation()
  const [trouble, setTrouble] = useState<Schedule['trouble']>(() => scheduleOf(session)?.trouble ?? null)
  useEffect(() => {
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      const schedule = scheduleOf(session)
      const now = Date.now()
      if (schedule !== null && nextBackupAt(session, schedule) <= now)
        await runSchedule(session, now, { signal: control.signal, onProgress: () => {} })
      if (control.signal.aborted) return
      setTrouble(scheduleOf(session)?.trouble ?? null)
      timer = setTimeout(start, NEXT_LOOK_MS)
    }
    // A disk that refuses the note of it is told by its own banner.
    const start = () => void look().catch(() => (timer = setTimeout(start, NEXT_LOOK_MS)))
    timer = setTimeout(start, FIRST_LOOK_MS)
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [session])
  if (trouble === null || isQuiet) return null
  return (
    <div className={styles.notice}>
      <Banner
        status="attention"
        action={
          <Button component="a" href={addressOf('backup')}>
            {t('backup.lookAtIt')}
          </Button>
        }
      >
        {t(`backup.trouble.${trouble.why}`)}
      </Banner>
    </div>
  )
}
