/** The sheet behind (+): what can be written into the chart in view, and import. */
import { IconFileImport, IconFlask2, IconPill, IconUser, IconVaccine, IconAlertCircle } from '@tabler/icons-react'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { addressOf } from './addresses.ts'
import { mayDo } from './app-context.tsx'
import type { SlotBook } from './slots.ts'
import styles from './session-frame.module.css'

/** Collections that have a form of their own, with their icon. */
export const FORM_COLLECTIONS = ['allergies', 'medications', 'labs', 'immunizations', 'profile'] as const

const ICONS = {
  allergies: IconAlertCircle,
  medications: IconPill,
  labs: IconFlask2,
  immunizations: IconVaccine,
  profile: IconUser,
}

/** Only what this account may add is offered. */
export function AddSheet({ summary, slots }: { summary: ChartSummary; slots: SlotBook }) {
  const { t } = useTranslation()
  const offered = FORM_COLLECTIONS.filter((name) => name !== 'profile' && mayDo(summary, name, 'append'))
  return (
    <>
      {offered.length === 0 && summary.relation === 'shared' ? <p>{t('add.none')}</p> : null}
      <ul className={styles.tiles}>
        {offered.map((collection) => {
          const Icon = ICONS[collection]
          return (
            <li key={collection}>
              <a
                href={addressOf(
                  'form',
                  summary.slot,
                  slots.slotOf({ type: 'form', collection, id: null, kind: collection }),
                )}
              >
                <Icon size={24} aria-hidden="true" />
                {t(`add.${collection}`)}
              </a>
            </li>
          )
        })}
        {summary.relation === 'own' ? (
          <li>
            <a href={addressOf('import', summary.slot)}>
              <IconFileImport size={24} aria-hidden="true" />
              {t('add.import')}
            </a>
          </li>
        ) : null}
      </ul>
    </>
  )
}
