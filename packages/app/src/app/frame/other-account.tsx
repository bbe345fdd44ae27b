/** "My family / My practice": the way to the other account on this device. It goes through the lock, so that the two never share a list. */
import { IconHome, IconSwitchHorizontal } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../context/app-context.tsx'
import styles from '../../ui/frame/session-frame.module.css'

/** Nothing if this device has one account. Other accounts are sealed: their labels are shown only on the unlock screen. */
export function OtherAccount({ isPractice, onLock }: { isPractice: boolean; onLock: () => void }) {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const [count, setCount] = useState(0)
  useEffect(() => {
    let isGone = false
    accountManager.accounts().then(
      (accounts) => {
        if (!isGone) setCount(accounts.length)
      },
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [accountManager])
  if (count < 2) return null
  return (
    <ul className={styles.sheet} aria-label={t('clinic.accounts')}>
      <li>
        <span className={styles.here} aria-current="true">
          <IconHome size={24} aria-hidden="true" />
          {isPractice ? t('clinic.myPractice') : t('clinic.myFamily')}
        </span>
      </li>
      <li>
        <button type="button" onClick={onLock}>
          <IconSwitchHorizontal size={24} aria-hidden="true" />
          <span>
            <strong>{isPractice ? t('clinic.myFamily') : t('clinic.myPractice')}</strong>
            <span className={styles.small}>
              {isPractice ? t('clinic.switchLocksPractice') : t('clinic.switchLocksFamily')}
            </span>
          </span>
        </button>
      </li>
    </ul>
  )
}
