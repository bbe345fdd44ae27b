/** The sheet behind (+): what can be written into the chart in view, and import. */
import { IconCamera, IconFileImport } from '@tabler/icons-react'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../place/addresses.ts'
import { mayDo } from '../context/app-context.tsx'
import type { SlotBook } from '../place/slots.ts'
import { kindOf, OFFERED_KINDS } from '../../record-kinds/index.ts'
import styles from '../../ui/frame/session-frame.module.css'

/** Only what this account may add is offered. */
export function AddSheet({ summary, slots }: { summary: ChartSummary; slots: SlotBook }) {
  const { t } = useTranslation()
  const offered = OFFERED_KINDS.filter((kind) => mayDo(summary, kindOf(kind).list, 'append'))
  return (
    <>
      {offered.length === 0 && summary.relation === 'shared' ? <p>{t('add.none')}</p> : null}
      <ul className={styles.tiles}>
        {offered.map((kind) => {
          const { icon: Icon, words, list } = kindOf(kind)
          return (
            <li key={kind}>
              <a
                href={addressOf('form', summary.slot, slots.slotOf({ type: 'form', collection: list, id: null, kind }))}
              >
                <Icon size={24} aria-hidden="true" />
                {words.add(t)}
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
