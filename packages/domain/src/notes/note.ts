/**
 * Notes of a practice from a form and back: a Composition in four sections (SOAP), and addenda to it. The text of a section is stored as paragraphs of
 * XHTML, as FHIR asks for, and is read back letter for letter.
 */
import { withReason, reasonOf } from '../records/change-reason.ts'
import {
  type CareMember,
  memberReference,
  recordReference,
  referencedMember,
  referenceValue,
} from '../elements/care-references.ts'
import { hasCode, objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { plainText } from '../search/search-text.ts'
import { asJson } from '../practice/care-task.ts'
import { coded, given, overlaid } from '../builders/elements-written.ts'
import { visitOf, visitReference } from './visit.ts'

/** Kinds of notes, with their LOINC codes. */
export const NOTE_TYPES = {
  progress: { code: '11506-3', display: 'Progress note' },
  admission: { code: '34117-2', display: 'History and physical note' },
  discharge: { code: '18842-5', display: 'Discharge summary' },
  consultation: { code: '11488-4', display: 'Consultation note' },
  procedure: { code: '28570-0', display: 'Procedure note' },
} as const
export type NoteType = keyof typeof NOTE_TYPES

/** Sections of a note in their order, with their LOINC codes. */
const NOTE_SECTIONS = {
  subjective: { code: '61150-9', display: 'Subjective' },
  objective: { code: '61149-1', display: 'Objective' },
  assessment: { code: '51848-0', display: 'Assessment' },
  plan: { code: '18776-5', display: 'Plan of care' },
} as const
export type NoteSection = keyof typeof NOTE_SECTIONS
export const NOTE_SECTION_NAMES = Object.keys(NOTE_SECTIONS) as NoteSection[]

export interface NoteForm {
  type: NoteType
  title: string
  sections: Record<NoteSection, string>
  /** Why this version differs from the one before; '' for a first one. */
  change: string
}

export interface NoteContext {
  /** Subject: the person whose chart it is. */
  person: JsonObject
  /** `doc` of the visit; '' for a note without one. */
  visit: string
  author: CareMember
  /** FHIR instant. */
  at: string
}

const LOINC = 'http://loinc.org'
const XHTML = 'http://www.w3.org/1999/xhtml'

export const EMPTY_NOTE: NoteForm = {
  type: 'progress',
  title: '',
  sections: { subjective: '', objective: '', assessment: '', plan: '' },
  change: '',
}

/** `preliminary` is still being written, `final` is whole and waits for signatures or has them, `amended` is final again after a signed version. */
export type NoteStatus = 'preliminary' | 'final' | 'amended'

/** A new note. */
export function newNote(form: NoteForm, { person, visit, author, at }: NoteContext, status: NoteStatus): JsonObject {
  const start = jsonObject({
    resourceType: 'Composition',
    status,
    subject: person,
    ...(visit === '' ? {} : { encounter: visitReference(visit) }),
    date: at,
    author: [asJson(memberReference(author.id, author.name))],
  })
  return written(start, form, status)
}

/** The next version of a note. The author of an earlier version stays named next to the author of this one. */
export function changedNote(
  previous: JsonObject,
  form: NoteForm,
  { author, at }: Pick<NoteContext, 'author' | 'at'>,
  status: NoteStatus,
): JsonObject {
  const before = objectsAt(previous, 'author')
  const isNamed = before.some((one) => referenceValue(one, 'member') === author.id)
  const authors = isNamed ? before : [...before, asJson(memberReference(author.id, author.name))]
  return written(overlaid(previous, { date: at, author: authors }), form, status)
}

export function noteForm(note: JsonObject): NoteForm {
  const sections = objectsAt(note, 'section')
  const textOf = (name: NoteSection) => {
    const section = sections.find((each) => hasCode(each, ['code'], NOTE_SECTIONS[name].code))
    return section === undefined ? '' : narrativeText(stringAt(section, 'text', 'div'))
  }
  return {
    type: noteTypeOf(note) ?? 'progress',
    title: stringAt(note, 'title'),
    sections: Object.fromEntries(NOTE_SECTION_NAMES.map((name) => [name, textOf(name)])) as NoteForm['sections'],
    change: reasonOf(note),
  }
}

/** The kind of a note; null for one of another kind. */
export function noteTypeOf(note: unknown): NoteType | null {
  const types = Object.keys(NOTE_TYPES) as NoteType[]
  return types.find((type) => hasCode(note, ['type'], NOTE_TYPES[type].code)) ?? null
}

/** The sections of any Composition that hold something, in their own order: ours by name, those of other systems by title. */
export function readSections(note: unknown): { name: NoteSection | null; title: string; text: string }[] {
  return objectsAt(note, 'section')
    .map((section) => ({
      name: NOTE_SECTION_NAMES.find((name) => hasCode(section, ['code'], NOTE_SECTIONS[name].code)) ?? null,
      title: stringAt(section, 'title'),
      text: narrativeText(stringAt(section, 'text', 'div')),
    }))
    .filter(({ text }) => text !== '')
}

/** Whether nothing was written: such a note is no note, and is never shown as a finished one. */
export function isBlankNote({ sections }: Pick<NoteForm, 'sections'>): boolean {
  return NOTE_SECTION_NAMES.every((name) => sections[name].trim() === '')
}

function written(previous: JsonObject, form: NoteForm, status: NoteStatus): JsonObject {
  const { type, title, sections, change } = form
  const filled = NOTE_SECTION_NAMES.filter((name) => sections[name].trim() !== '').map((name) =>
    jsonObject({
      title: NOTE_SECTIONS[name].display,
      code: coded(LOINC, NOTE_SECTIONS[name].code, NOTE_SECTIONS[name].display),
      text: narrative(sections[name]),
    }),
  )
  const note = overlaid(previous, {
    status,
    type: coded(LOINC, NOTE_TYPES[type].code, NOTE_TYPES[type].display),
    title: given(title) ?? NOTE_TYPES[type].display,
    section: filled.length === 0 ? undefined : filled,
  })
  return withReason(note, change.trim())
}

/** An addendum: a document of its own that adds to the note and changes none of it. */
export function newAddendum(
  note: { doc: string; resource: JsonObject },
  text: string,
  { author, at }: Pick<NoteContext, 'author' | 'at'>,
): JsonObject {
  const title = stringAt(note.resource, 'title')
  const visit = visitOf(note.resource)
  return jsonObject({
    resourceType: 'Composition',
    status: 'final',
    type: coded(LOINC, '55107-7', 'Addendum Document'),
    subject: objectAt(note.resource, 'subject') ?? undefined,
    ...(visit === '' ? {} : { encounter: visitReference(visit) }),
    date: at,
    author: [asJson(memberReference(author.id, author.name))],
    title: `Addendum: ${title}`,
    relatesTo: [jsonObject({ code: 'appends', targetReference: asJson(recordReference(note.doc, 'Composition')) })],
    section: [jsonObject({ title: 'Addendum', text: narrative(text) })],
  })
}

/** `doc` of the note that an addendum adds to; '' for every other document. */
export function appendedTo(resource: unknown): string {
  const relation = objectsAt(resource, 'relatesTo').find(({ code }) => code === 'appends')
  return referenceValue(relation?.['targetReference'], 'record')
}

/** Who is named as having written it; empty for a document of another system. */
export function authorsOf(note: unknown): CareMember[] {
  return objectsAt(note, 'author').flatMap((one) => referencedMember(one) ?? [])
}

/** Lines as paragraphs; empty lines stay. */
function narrative(text: string): JsonObject {
  const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n')
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join('')
  return jsonObject({ status: 'generated', div: `<div xmlns="${XHTML}">${paragraphs}</div>` })
}

const PARAGRAPH = /<p>([^<]*)<\/p>/g

/** The text of a narrative: ours as it was typed, another's without its tags. */
function narrativeText(div: string): string {
  const inner = new RegExp(`^<div xmlns="${XHTML}">((?:<p>[^<]*</p>)*)</div>$`).exec(div)?.[1]
  if (inner === undefined) return plainText(div)
  return [...inner.matchAll(PARAGRAPH)].map(([, line = '']) => unescaped(line)).join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescaped(text: string): string {
  return text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
