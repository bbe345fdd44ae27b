/** The sheet behind the member's name: the other account on this device, the density of the screens, this device, lock. */
import { Checkbox } from '@mantine/core'
import { IconUsersGroup } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isCompact, setCompact } from '../hooks/preferences.ts'
import { DeviceEntries } from './device-entries.tsx'
import { OtherAccount } from './other-account.tsx'
import type { MenuEntry } from './practice-places.ts'
import styles from '../../ui/frame/session-frame.module.css'

/** `places`: those that a phone's bar has no room for. */
export function PracticeSheet({ places, onLock }: { places: readonly MenuEntry[]; onLock: () => void }) {
  const { t } = useTranslation()
  const [compact, setShown] = useState(isCompact)
  return (
    <div>
      <OtherAccount isPractice onLock={onLock} />
      {places.length === 0 ? null : (
        <ul className={styles.sheet}>
          {places.map(({ key, label, href }) => (
            <li key={key}>
              <a href={href}>
                <IconUsersGroup size={24} aria-hidden="true" />
                {label}
              </a>
            </li>
          ))}
        </ul>
      )}
      <h3 className={styles.sheetTitle}>{t('sheet.device')}</h3>
      <Checkbox
        label={t('clinic.compact')}
        description={t('clinic.compactHint')}
        checked={compact}
        onChange={(event) => {
          setCompact(event.currentTarget.checked)
          setShown(event.currentTarget.checked)
        }}
        mb="sm"
        ms="sm"
      />
      <ul className={styles.sheet}>
        <DeviceEntries onLock={onLock} />
      </ul>
    </div>
  )
}
