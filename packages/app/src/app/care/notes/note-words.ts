/** The words for a note's state, and for why an action on a note failed. */
import type { NoteState } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import type { Mark } from '../../../ui/lists/list-rows.ts'
import type { Status } from '../../../ui/display/status-mark.tsx'
import type { NoteProblem } from './note-actions.ts'
import type { CareNote } from './notes.ts'

const STATUS: Record<NoteState, Status> = {
  draft: 'neutral',
  written: 'attention',
  'under-review': 'info',
  signed: 'good',
  amended: 'good',
  broken: 'danger',
}

export function noteMark({ state }: Pick<CareNote, 'state'>, t: TFunction): Mark {
  return { status: STATUS[state], word: t(`note.state.${state}`) }
}

export function noteProblem(problem: NoteProblem, t: TFunction): string {
  switch (problem) {
    case 'no-right':
      return t('note.noRight')
    case 'full':
      return t('note.full')
    case 'changed':
      return t('note.changedMeanwhile')
  }
}
