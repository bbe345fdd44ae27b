/** The sheet behind (+): what can be written into the chart in view, and import. */
import {
  IconAlertCircle,
  IconCalendar,
  IconCamera,
  IconCheck,
  IconClipboardHeart,
  IconFile,
  IconFileImport,
  IconFlask2,
  IconHeartbeat,
  IconPhone,
  IconPill,
  IconScissors,
  IconUser,
  IconUsers,
  IconVaccine,
} from '@tabler/icons-react'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../addresses.ts'
import { mayDo } from '../app-context.tsx'
import { ADDED_KINDS, FORM_KINDS } from '../chart/form-kinds.ts'
import type { SlotBook } from '../slots.ts'
import styles from './session-frame.module.css'

const ICONS = {
  doses: IconCheck,
  allergies: IconAlertCircle,
  medications: IconPill,
  labs: IconFlask2,
  vitals: IconHeartbeat,
  immunizations: IconVaccine,
  appointments: IconCalendar,
  conditions: IconClipboardHeart,
  procedures: IconScissors,
  family: IconUsers,
  contacts: IconPhone,
  profile: IconUser,
  documents: IconFile,
}

/** Only what this account may add is offered. */
export function AddSheet({ summary, slots }: { summary: ChartSummary; slots: SlotBook }) {
  const { t } = useTranslation()
  const offered = ADDED_KINDS.filter((kind) => mayDo(summary, FORM_KINDS[kind], 'append'))
  return (
    <>
      {offered.length === 0 && summary.relation === 'shared' ? <p>{t('add.none')}</p> : null}
      <ul className={styles.tiles}>
        {offered.map((kind) => {
          const Icon = ICONS[kind]
          return (
            <li key={kind}>
              <a
                href={addressOf(
                  'form',
                  summary.slot,
                  slots.slotOf({ type: 'form', collection: FORM_KINDS[kind], id: null, kind }),
                )}
              >
                <Icon size={24} aria-hidden="true" />
                {t(`add.${kind}`)}
              </a>
            </li>
          )
        })}
        {mayDo(summary, 'documents', 'append') ? (
          <li>
            <a href={addressOf('docs', summary.slot)}>
              <IconCamera size={24} aria-hidden="true" />
              {t('add.documents')}
            </a>
          </li>
        ) : null}
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
