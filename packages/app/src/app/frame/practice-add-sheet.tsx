/** The sheet behind (+) in a practice: what can be begun for the patient in view, as far as the member's roles go. */
import {
  IconCalendarPlus,
  IconClipboardList,
  IconFlask2,
  IconMessagePlus,
  IconNotes,
  IconStethoscope,
} from '@tabler/icons-react'
import type { PracticeDeed } from '@chartkeep/domain'
import type { ChartSummary, Practice } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { addressOf, type ScreenWord } from '../addresses.ts'
import styles from './session-frame.module.css'

const BEGUN = [
  { word: 'visit', deed: 'write-note', icon: IconStethoscope },
  { word: 'note', deed: 'write-note', icon: IconNotes },
  { word: 'results', deed: 'release-result', icon: IconFlask2 },
  { word: 'plans', deed: 'approve-plan', icon: IconClipboardList },
  { word: 'messages', deed: 'write-message', icon: IconMessagePlus },
  { word: 'calendar', deed: 'book', icon: IconCalendarPlus },
] as const satisfies readonly { word: ScreenWord; deed: PracticeDeed; icon: typeof IconNotes }[]

export function PracticeAddSheet({ practice, chart }: { practice: Practice; chart: ChartSummary }) {
  const { t } = useTranslation()
  const offered = BEGUN.filter(({ deed }) => practice.may(deed))
  return (
    <>
      {offered.length === 0 ? <p>{t('clinic.addNone')}</p> : null}
      <ul className={styles.tiles}>
        {offered.map(({ word, icon: Icon }) => (
          <li key={word}>
            <a href={addressOf(word, chart.slot, 'new')}>
              <Icon size={24} aria-hidden="true" />
              {t(`clinic.add.${word}`)}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
