/** Reminds of a backup, above any screen, when the days that the person chose have gone. */
import { Button, Group } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf } from '../place/addresses.ts'
import styles from '../../ui/frame/session-frame.module.css'
import { scheduleOf } from './backup-schedule.ts'
import { beginToCount, dueDays, remindLater } from './backup-state.ts'

export function BackupDue({ session }: { session: Session }) {
  const { t } = useTranslation()
  const [isLater, setLater] = useState(false)
  useEffect(() => {
    // What the disk refuses is told by whoever writes next.
    beginToCount(session, Date.now()).catch(() => {})
  }, [session])
  // Where backups make themselves, what is wrong with them is said instead.
  const due = isLater || scheduleOf(session) !== null ? null : dueDays(session, Date.now())
  if (due === null) return null
  const later = () => {
    setLater(true)
    remindLater(session, Date.now()).catch(() => {})
  }
  return (
    <div className={styles.notice}>
      <Banner
        status="info"
        action={
          <Group gap="sm">
            <Button component="a" href={addressOf('backup')}>
              {t('backup.now')}
            </Button>
            <Button variant="subtle" onClick={later}>
              {t('backup.later')}
            </Button>
          </Group>
        }
      >
        {t(due.isFirst ? 'backup.dueFirst' : 'backup.due', { count: due.days })}
      </Banner>
    </div>
  )
}
