/** The sheet behind (+) in a practice: what can be begun for the patient in view, as far as the member's roles go. */
import {
  IconCalendarPlus,
  IconClipboardList,
  IconFlask2,
  IconMessagePlus,
  IconNotes,
  IconStethoscope,
} from '@tabler/icons-react'
import type { Practice } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { addressOf, type ScreenWord } from '../place/addresses.ts'
import type { ShownSummary } from '../context/app-context.tsx'
import { type Lacking, MayNot, mayHere } from '../practice/may-not.tsx'
import styles from '../../ui/frame/session-frame.module.css'

const BEGUN = [
  { word: 'visit', what: 'write-note', icon: IconStethoscope },
  { word: 'note', what: 'write-note', icon: IconNotes },
  { word: 'results', what: { adds: 'labs' }, icon: IconFlask2 },
  { word: 'plans', what: { adds: 'plans' }, icon: IconClipboardList },
  { word: 'messages', what: 'write-message', icon: IconMessagePlus },
  { word: 'calendar', what: 'book', icon: IconCalendarPlus },
] as const satisfies readonly { word: ScreenWord; what: Lacking; icon: typeof IconNotes }[]

export function PracticeAddSheet({ practice, chart }: { practice: Practice; chart: ShownSummary }) {
  const { t } = useTranslation()
  const { roles } = practice.me
  const begun = BEGUN.filter(({ word }) => word !== 'messages' || chart.file === undefined)
  const offered = begun.filter(({ what }) => mayHere(what, roles))
  const lacking = begun.filter(
    (one, at) => !offered.includes(one) && begun.findIndex(({ what }) => what === one.what) === at,
  )
  return (
    <>
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
      {lacking.map(({ word, what }) => (
        <MayNot key={word} what={what} />
      ))}
    </>
  )
}
