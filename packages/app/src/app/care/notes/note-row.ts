/** A note in a short list: its title, its kind, when it was saved, its state. */
import type { TFunction } from 'i18next'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import type { LinkRow } from '../../../ui/lists/row-links.tsx'
import { addressOf } from '../../place/addresses.ts'
import type { SlotBook } from '../../place/slots.ts'
import { noteMark } from './note-words.ts'
import type { CareNote } from './notes.ts'

/** `chartSlot`: of the chart that the note is about; `slots`: of the practice. */
export function noteRow(note: CareNote, chartSlot: string, slots: SlotBook, t: TFunction): LinkRow {
  const { id, savedAt } = note.record
  return {
    id,
    href: addressOf('note', chartSlot, slots.slotOf({ type: 'record', id })),
    title: note.form.title,
    value: t(`note.type.${note.form.type}`),
    date: formatMoment(new Date(savedAt), currentLanguage()),
    marks: [noteMark(note, t)],
  }
}
