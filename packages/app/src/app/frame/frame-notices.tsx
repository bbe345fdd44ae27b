/** What every unlocked screen may have to say above itself: what the disk does not do, a backup that is due, the coming lock. */
import type { Session } from '@chartkeep/sync'
import type { DiskTrouble } from '@chartkeep/store'
import { Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { Banner } from '../../ui/display/status-mark.tsx'
import { lazyPart } from '../../ui/display/lazy-part.ts'
import { pathOf } from '../place/addresses.ts'
import { useApp } from '../context/app-context.tsx'
import { BackupDue } from '../backup/backup-due.tsx'
import { scheduleOf } from '../backup/backup-schedule.ts'
import { REMINDERS_PATH, RemindersDue } from '../reminders/reminders-due.tsx'
import { useObservable } from '../hooks/use-observable.ts'
import { ClockBanner } from './clock-banner.tsx'
import { TroubleBanner } from './trouble-banner.tsx'
import styles from '../../ui/frame/session-frame.module.css'

/** A write that shows whether the disk takes writes again. */
const PROBE = 'storage-probe'
/** Troubles that pass, and how often it is looked whether one has: what is told must not stay when it is not true any more. */
const PASSING: readonly DiskTrouble[] = ['full', 'disk', 'busy']
const PROBE_MS = 10_000

const ScheduledBackups = lazyPart(
  () => import('../backup/scheduled-backups.tsx'),
  (part) => part.ScheduledBackups,
)

/** `isWarned`: this device locks in a minute. */
export function FrameNotices({ session, isWarned }: { session: Session; isWarned: boolean }) {
  const { t } = useTranslation()
  const { trouble, clearTrouble } = useApp()
  const { pathname } = useLocation()
  const sync = useObservable(session.sync$)
  const clocks = sync?.clocks ?? null
  // A brief pass that goes well leaves the problem of the last whole one.
  const isServerFull = sync?.problem?.key === 'server-full' && ['problem', 'syncing'].includes(sync.state)
  const isBackup = pathname.startsWith('/backup')
  const isPassing = trouble !== null && PASSING.includes(trouble)
  const look = () => void session.setSetting(PROBE, String(Date.now())).then(clearTrouble, () => {})
  useEffect(() => {
    if (!isPassing) return
    const timer = setInterval(look, PROBE_MS)
    return () => clearInterval(timer)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- while the trouble lasts
  }, [isPassing, session])
  return (
    <>
      {trouble === null ? null : (
        <div className={styles.notice}>
          <TroubleBanner trouble={trouble} onRetry={look} />
        </div>
      )}
      {/* Sync health says it in its own place. */}
      {clocks === null || pathname === pathOf('sync') ? null : (
        <div className={styles.notice} role="status">
          <ClockBanner clocks={clocks} />
        </div>
      )}
      {isServerFull && pathname !== pathOf('sync') ? (
        <div className={styles.notice} role="status">
          <Banner status="attention">{t('sync.serverFull')}</Banner>
        </div>
      ) : null}
      {/* A practice's patients are reminded at their own devices. */}
      {session.practice === null ? <RemindersDue session={session} isHidden={pathname === REMINDERS_PATH} /> : null}
      {isBackup ? null : <BackupDue session={session} />}
      {scheduleOf(session) === null ? null : (
        <Suspense>
          <ScheduledBackups session={session} isQuiet={isBackup} />
        </Suspense>
      )}
      {isWarned ? (
        <div className={styles.notice}>
          <Banner status="attention" urgent>
            {t('lock.soon')}
          </Banner>
        </div>
      ) : null}
    </>
  )
}
