/** One note, as it stands or being written; the address says which, and of which visit a new one is. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useParams } from 'react-router'
import { takesMore } from '@chartkeep/domain'
import { pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useNotes, useVisits } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { NoteEditor } from './note-editor.tsx'
import { NoteReading } from './note-reading.tsx'

export function NoteScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { summary } = useChart()
  const { keep } = usePractice()
  const visits = useVisits(summary.id)
  const notes = useNotes()
  const [editing, setEditing] = useState<string | null>(null)
  const target = keep.slots.targetOf(slot)
  // A note is written in a visit: the list of visits comes first.
  if (slot === 'new') return <Navigate to={pathOf('visit', summary.slot)} replace />
  if (target === null || (target.type !== 'record' && target.type !== 'form')) return <OtherDevice />
  if (visits === undefined || notes === undefined) return <Delayed />
  const last = notes.find(({ record, chart }) => chart === summary.id && record.id !== target.id) ?? null
  if (target.type === 'form') {
    const visit = visits.find(({ record }) => record.doc === target.about)
    return (
      <Screen word="note" focusKey={slot ?? ''}>
        {visit === undefined || !takesMore(visit.resource) ? (
          <EmptyState isScreen title={t('visit.state.closed')}>
            {t('note.locked')}
          </EmptyState>
        ) : (
          <NoteEditor key={visit.record.doc} visit={visit} note={null} last={last} onDone={() => {}} />
        )}
      </Screen>
    )
  }
  const note = notes.find(({ record, chart }) => record.id === target.id && chart === summary.id)
  const visit = visits.find(({ record }) => record.doc === note?.visit) ?? null
  const isEditing = editing === target.id
  return (
    <Screen word="note" focusKey={`${target.id} ${String(isEditing)} ${String(note !== undefined)}`}>
      {note === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : isEditing ? (
        <NoteEditor key={note.record.doc} visit={visit} note={note} last={last} onDone={() => setEditing(null)} />
      ) : (
        <NoteReading key={note.record.doc} visit={visit} note={note} onEdit={() => setEditing(target.id)} />
      )}
    </Screen>
  )
}
