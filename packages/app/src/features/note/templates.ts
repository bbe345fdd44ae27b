/** Beginnings of notes: headings to write behind, in the language of whoever writes. */
import { isBlankNote, NOTE_SECTION_NAMES, type NoteForm } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

export const TEMPLATES = ['followUp', 'firstVisit', 'discharge', 'procedure'] as const
export type TemplateName = (typeof TEMPLATES)[number]

/** The form with the template in its empty sections; what was written stays. */
export function withTemplate(form: NoteForm, name: TemplateName, t: TFunction): NoteForm {
  const sections = { ...form.sections }
  for (const section of NOTE_SECTION_NAMES)
    if (sections[section].trim() === '') sections[section] = t(`note.templateText.${name}.${section}`)
  return { ...form, sections }
}

/** Nobody wrote a word: what stands there, if anything, is what a template put there. */
export function isUnwritten(form: NoteForm, t: TFunction): boolean {
  const sections = { ...form.sections }
  for (const section of NOTE_SECTION_NAMES)
    if (TEMPLATES.some((name) => t(`note.templateText.${name}.${section}`) === sections[section].trim()))
      sections[section] = ''
  return isBlankNote({ sections })
}
