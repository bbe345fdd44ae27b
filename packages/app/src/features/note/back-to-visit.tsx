/** The way back from a note: to its visit, or to the notes of the chart where it belongs to none. */
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import type { CareVisit } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'

export function BackToVisit({ visit }: { visit: CareVisit | null }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { keep } = usePractice()
  return (
    <p>
      <a
        className="ck-alone"
        href={
          visit === null
            ? addressOf('note', summary.slot)
            : addressOf('visit', summary.slot, keep.slots.slotOf({ type: 'record', id: visit.record.id }))
        }
      >
        {t('deed.backTo', { place: t(visit === null ? 'note.title' : 'visit.one') })}
      </a>
    </p>
  )
}
