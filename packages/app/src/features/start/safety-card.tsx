/** What keeps a new record safe, and when each part of it comes. */
import { IconDeviceMobile, IconLifebuoy, IconUsers } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/display/card.tsx'
import { IconBox } from '../../ui/display/icon-box.tsx'
import styles from './start.module.css'

const PARTS = [
  { title: 'create.safeNow', text: 'create.safeNowWhat', Icon: IconDeviceMobile, tone: 'accent' },
  { title: 'create.safeSoon', text: 'create.safeSoonWhat', Icon: IconLifebuoy, tone: 'attention' },
  { title: 'create.safeLater', text: 'create.safeLaterWhat', Icon: IconUsers, tone: 'private' },
] as const

export function SafetyCard() {
  const { t } = useTranslation()
  return (
    <div className={styles.safety}>
      <Card title={t('create.safe')}>
        <ul className={styles.parts}>
          {PARTS.map(({ title, text, Icon, tone }) => (
            <li key={title}>
              <IconBox tone={tone}>
                <Icon size={20} stroke={1.75} aria-hidden="true" />
              </IconBox>
              <div>
                <strong>{t(title)}</strong>
                <p>{t(text)}</p>
              </div>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}
