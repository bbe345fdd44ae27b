/** The notes of a patient in this practice, the newest first. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { noteRow } from '../../app/care/notes/note-row.ts'
import { useNotes } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PagedLinks } from '../../ui/lists/paged-links.tsx'

export function NotesScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { keep } = usePractice()
  const notes = useNotes()?.filter(({ chart }) => chart === summary.id)
  return (
    <Screen word="note" focusKey={summary.slot}>
      <ScreenHead title={t('note.title')}>
        <ChartName of={summary} />
      </ScreenHead>
      {notes === undefined ? (
        <Delayed />
      ) : notes.length === 0 ? (
        <EmptyState
          title={t('note.empty')}
          action={
            <Button component="a" href={addressOf('visit', summary.slot)}>
              {t('visit.title')}
            </Button>
          }
        >
          {t('note.emptyText')}
        </EmptyState>
      ) : (
        <Card flush>
          <PagedLinks rows={notes.map((note) => noteRow(note, summary.slot, keep.slots, t))} />
        </Card>
      )}
    </Screen>
  )
}
