/** The sheet behind the member's name: the other account on this device, how close things stand, this device, lock. */
import { Checkbox } from '@mantine/core'
import { IconArchive, IconDevices, IconLock, IconSettings, IconUsersGroup } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../addresses.ts'
import { isCompact, setCompact } from '../preferences.ts'
import { OtherAccount } from './other-account.tsx'
import type { MenuEntry } from './practice-places.ts'
import styles from './session-frame.module.css'

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
        <li>
          <a href={addressOf('backup')}>
            <IconArchive size={24} aria-hidden="true" />
            {t('screen.backup')}
          </a>
        </li>
        <li>
          <a href={addressOf('devices')}>
            <IconDevices size={24} aria-hidden="true" />
            {t('screen.devices')}
          </a>
        </li>
        <li>
          <a href={addressOf('settings')}>
            <IconSettings size={24} aria-hidden="true" />
            {t('screen.settings')}
          </a>
        </li>
        <li>
          <button type="button" onClick={onLock}>
            <IconLock size={24} aria-hidden="true" />
            <strong>{t('sheet.lock')}</strong>
          </button>
        </li>
      </ul>
    </div>
  )
}
