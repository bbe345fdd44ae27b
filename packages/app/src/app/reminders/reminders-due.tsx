/** Reminders of the open session in React: watching from unlock to lock, ringing, and a line above any screen when something comes due. */
import { Button, Group } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { pathOf } from '../place/addresses.ts'
import { remindersIn } from './reminder-watch.ts'
import { wantsRinging } from './reminder-state.ts'
import { ring } from './ring.ts'
import styles from '../../ui/frame/session-frame.module.css'

/** Where reminders are seen and chosen. */
export const REMINDERS_PATH = `${pathOf('settings')}/reminders`
/** Overview comes first. */
const AFTER_MS = 1_500

/** Watches and rings; shows what has come due since, until it is closed. `isHidden` where the list itself is on the screen. */
export function RemindersDue({ session, isHidden }: { session: Session; isHidden: boolean }) {
  const { t } = useTranslation()
  const [count, setCount] = useState(0)
  useEffect(() => {
    const watch = remindersIn(session)
    let stop = () => {}
    const timer = setTimeout(() => {
      stop = watch.start()
    }, AFTER_MS)
    const subscription = watch.rang$.subscribe((rung) => {
      setCount((before) => before + rung.length)
      // Where the browser refuses, the line above the screen stays.
      if (wantsRinging(session)) ring(t('notify.any')).catch(() => {})
    })
    return () => {
      clearTimeout(timer)
      subscription.unsubscribe()
      stop()
    }
  }, [session, t])
  useEffect(() => {
    if (isHidden) setCount(0)
  }, [isHidden])
  if (count === 0 || isHidden) return null
  return (
    <div className={styles.notice} role="status">
      <Banner
        status="info"
        action={
          <Group gap="sm">
            <Button component="a" href={`#${REMINDERS_PATH}`}>
              {t('reminders.show')}
            </Button>
            <Button variant="subtle" onClick={() => setCount(0)}>
              {t('reminders.close')}
            </Button>
          </Group>
        }
      >
        {t('reminders.rang', { count })}
      </Banner>
    </div>
  )
}
