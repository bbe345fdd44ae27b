/** One sheet for people and charts, what is given away on paper, and this device: import, backup, devices, settings, lock. */
import {
  IconBell,
  IconFileImport,
  IconId,
  IconReportMedical,
  IconStethoscope,
  IconUserCog,
  IconUserPlus,
} from '@tabler/icons-react'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { PersonSymbol } from '../../ui/display/person-chip.tsx'
import { addressOf } from '../place/addresses.ts'
import { usePersonLabel } from '../people/use-person-label.ts'
import { REMINDERS_PATH } from '../reminders/reminders-due.tsx'
import { DeviceEntries } from './device-entries.tsx'
import { OtherAccount } from './other-account.tsx'
import styles from '../../ui/frame/session-frame.module.css'

/** `current` is marked; a shared chart that is not yet confirmed leads to where it is confirmed. */
export function PersonSheet({
  charts,
  current,
  onLock,
}: {
  charts: readonly ChartSummary[]
  current: ChartSummary | undefined
  onLock: () => void
}) {
  const { t } = useTranslation()
  const personOf = usePersonLabel()
  const listed = charts.filter((chart) => chart.state === 'open')
  return (
    <div>
      <OtherAccount isPractice={false} onLock={onLock} />
      <h3 className={styles.sheetTitle}>{t('sheet.charts')}</h3>
      <ul className={styles.sheet}>
        {listed.map((chart) => {
          const person = personOf(chart)
          const isOffered = !chart.confirmed
          return (
            <li key={chart.slot}>
              <a
                href={isOffered ? addressOf('patients') : addressOf('overview', chart.slot)}
                aria-current={chart.slot === current?.slot ? 'true' : undefined}
              >
                <PersonSymbol person={person} />
                <span>
                  <strong>{person.name}</strong>
                  <span className={styles.small}>
                    {[
                      person.relation,
                      isOffered ? t('shared.unconfirmed') : '',
                      chart.slot === current?.slot ? t('sheet.current') : '',
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </span>
              </a>
            </li>
          )
        })}
        <li>
          <a href={addressOf('settings', 'add')}>
            <IconUserPlus size={24} aria-hidden="true" />
            {t('household.add')}
          </a>
        </li>
        <li>
          <a href={addressOf('patients')}>
            <IconStethoscope size={24} aria-hidden="true" />
            {t('shared.title')}
          </a>
        </li>
      </ul>
      <h3 className={styles.sheetTitle}>{t('sheet.device')}</h3>
      <ul className={styles.sheet}>
        {current?.relation === 'own' ? (
          <>
            <li>
              <a href={addressOf('card', current.slot)}>
                <IconId size={24} aria-hidden="true" />
                {t('screen.card')}
              </a>
            </li>
            <li>
              <a href={addressOf('page', current.slot)}>
                <IconReportMedical size={24} aria-hidden="true" />
                {t('screen.page')}
              </a>
            </li>
            <li>
              <a href={addressOf('import', current.slot)}>
                <IconFileImport size={24} aria-hidden="true" />
                {t('screen.import')}
              </a>
            </li>
            <li>
              <a href={addressOf('settings', current.slot)}>
                <IconUserCog size={24} aria-hidden="true" />
                {t('household.settings')}
              </a>
            </li>
          </>
        ) : null}
        <li>
          <a href={`#${REMINDERS_PATH}`}>
            <IconBell size={24} aria-hidden="true" />
            {t('reminders.title')}
          </a>
        </li>
        <DeviceEntries onLock={onLock} />
      </ul>
    </div>
  )
}
