/** What the sheet of a person and that of a practice's member end with: what concerns this device, and the lock. */
import { IconArchive, IconDevices, IconLock, IconSettings } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../place/addresses.ts'

/** Rows of the sheet's list. */
export function DeviceEntries({ onLock }: { onLock: () => void }) {
  const { t } = useTranslation()
  return (
    <>
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
    </>
  )
}
