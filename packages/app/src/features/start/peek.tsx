/** A look into the app next to the welcome: a drawing, hidden from screen readers, of invented people. */
import {
  IconAlertOctagon,
  IconCheck,
  IconCloudCheck,
  IconLock,
  IconSearch,
  IconTriangleInvertedFilled,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { IconBox } from '../../ui/display/icon-box.tsx'
import styles from './peek.module.css'

export function Peek() {
  const { t } = useTranslation()
  return (
    <div className={styles.peek} aria-hidden="true">
      <div className={styles.blob} />
      <div className={styles.disc} />
      <div className={styles.phone}>
        <div className={styles.row}>
          <span className={styles.who}>
            <span className={styles.initials}>{t('peek.initials')}</span>
            <b>{t('peek.name')}</b>
          </span>
          <IconSearch size={20} stroke={1.75} />
        </div>
        <div className={styles.greeting}>{t('peek.greeting')}</div>
        <div className={styles.dose}>
          <b>{t('peek.time')}</b>
          <strong>{t('peek.medicine')}</strong>
          <span className={styles.taken}>
            <IconCheck size={18} />
            {t('peek.taken')}
          </span>
        </div>
        <div className={styles.card}>
          <div className={styles.row}>
            <b>{t('peek.allergy')}</b>
            <span className={styles.severe}>
              <IconAlertOctagon size={16} />
              {t('peek.severe')}
            </span>
          </div>
          <span>{t('peek.reaction')}</span>
        </div>
        <div className={`${styles.card} ${styles.row}`}>
          <span>
            <b>{t('peek.test')}</b>
            <br />
            <span>{t('peek.value')}</span>
          </span>
          <span className={styles.trend}>
            <svg width="90" height="34" viewBox="0 0 90 34">
              <rect x="0" y="14.3" width="90" height="12.3" rx="3" fill="var(--ck-band)" />
              <polyline
                points="5,20.1 56.4,6.5 85,27.5"
                fill="none"
                stroke="var(--ck-accent)"
                strokeWidth="1.75"
                strokeLinejoin="round"
                opacity="0.75"
              />
            </svg>
            <IconTriangleInvertedFilled size={8} />
          </span>
        </div>
        <div className={`${styles.card} ${styles.visit}`}>
          <span className={styles.day}>
            {t('peek.month')}
            <b>3</b>
          </span>
          <span>
            <b>{t('peek.visit')}</b>
            <br />
            <span>{t('peek.days')}</span>
          </span>
        </div>
      </div>
      <div className={`${styles.float} ${styles.lower}`}>
        <IconBox>
          <IconLock size={20} stroke={1.75} />
        </IconBox>
        {t('peek.encrypted')}
      </div>
      <div className={`${styles.float} ${styles.upper}`}>
        <IconBox tone="good">
          <IconCloudCheck size={20} stroke={1.75} />
        </IconBox>
        {t('peek.synced')}
      </div>
    </div>
  )
}
