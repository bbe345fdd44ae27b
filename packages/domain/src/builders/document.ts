/** DocumentReference from a form and back; its files are sealed blobs, named by their url. */
import { datePrecision } from '../dates/dates.ts'
import { conceptText, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { TAG_SYSTEM, tagsOf } from '../elements/tags.ts'
import { type AttachmentForm, attachmentForm, newAttachment } from './attachment.ts'
import { changesFrom, concept, given, list, overlaid, personReference, when, without } from './elements-written.ts'

/** What the form of a document holds; '' means not given. */
export interface DocumentForm {
  title: string
  /** Type in words, e.g. `Discharge summary`. */
  type: string
  category: string
  tags: string[]
  author: string
  /** When the document was made: a time with zone, or in the precision that is known. */
  date: string
  files: AttachmentForm[]
}

/** An empty form. */
export const EMPTY_DOCUMENT: DocumentForm = {
  title: '',
  type: '',
  category: '',
  tags: [],
  author: '',
  date: '',
  files: [],
}

/** A new document of the person `patient`. */
export function newDocument(form: DocumentForm, patient: string): JsonObject {
  return written(
    overlaid(null, { resourceType: 'DocumentReference', status: 'current', subject: personReference(patient) }),
    form,
    null,
  )
}

/** The record with the form written over it; files stay unless the form names others. */
export function changedDocument(previous: JsonObject, form: DocumentForm): JsonObject {
  return written(previous, form, documentForm(previous))
}

/** What a new version takes over: what the document is and what it is about, not who copied it from where. */
const OF_EVERY_VERSION = ['type', 'category', 'subject', 'author', 'description', 'securityLabel', 'context'] as const

/**
 * A new version of a document, with other files and its own date (a time with zone): it names the one that it replaces, and
 * keeps what that one says of itself, tags and links included. `replaced` is a reference to it.
 */
export function newDocumentVersion(
  previous: JsonObject,
  { files, date }: Pick<DocumentForm, 'files' | 'date'>,
  replaced: string,
): JsonObject {
  const kept = Object.fromEntries(OF_EVERY_VERSION.map((element) => [element, previous[element]]))
  const base = overlaid(jsonObject({ resourceType: 'DocumentReference', status: 'current' }), kept)
  const { title, tags } = documentForm(previous)
  const next = written(base, { ...documentForm(base), title, tags, files, date }, documentForm(base))
  return overlaid(next, {
    relatesTo: [jsonObject({ code: 'replaces', target: jsonObject({ reference: replaced }) })],
  })
}

/** The document as one that a newer version has taken the place of. */
export function superseded(document: JsonObject): JsonObject {
  return overlaid(document, { status: 'superseded' })
}

/** References to the documents that this one replaces. */
export function replacedBy(document: unknown): string[] {
  return objectsAt(document, 'relatesTo')
    .filter((relation) => relation['code'] === 'replaces')
    .map((relation) => stringAt(relation, 'target', 'reference'))
    .filter((reference) => reference !== '')
}

/** References to the records that a document proves, in its order (FHIR: `context.related`). */
export function provenBy(document: unknown): { reference: string; display: string }[] {
  return objectsAt(document, 'context', 'related')
    .map((related) => ({ reference: stringAt(related, 'reference'), display: stringAt(related, 'display') }))
    .filter(({ reference }) => reference !== '')
}

/** The document with one more record that it proves; the same one is named once. */
export function withProof(document: JsonObject, reference: string, display: string): JsonObject {
  const related = [
    ...objectsAt(document, 'context', 'related').filter((item) => item['reference'] !== reference),
    jsonObject({ reference, display: given(display) }),
  ]
  return withRelated(document, related)
}

/** The document without the records that these references name. */
export function withoutProof(document: JsonObject, references: readonly string[]): JsonObject {
  const related = objectsAt(document, 'context', 'related')
  return withRelated(
    document,
    related.filter((item) => !references.includes(stringAt(item, 'reference'))),
  )
}

function withRelated(document: JsonObject, related: JsonObject[]): JsonObject {
  const context = overlaid(objectAt(document, 'context'), { related: list(related) })
  return overlaid(document, { context: Object.keys(context).length === 0 ? undefined : context })
}

/** The form that shows the record. */
export function documentForm(resource: JsonObject): DocumentForm {
  return {
    title: stringAt(resource, 'description') || stringAt(resource, 'content', 'attachment', 'title'),
    type: conceptText(resource, 'type'),
    category: conceptText(resource, 'category'),
    tags: tagsOf(resource),
    author: stringsAt(resource, 'author', 'display')[0] ?? '',
    date: stringAt(resource, 'date') || stringAt(resource, 'context', 'period', 'start'),
    files: objectsAt(resource, 'content', 'attachment').map(attachmentForm),
  }
}

function written(previous: JsonObject, form: DocumentForm, before: DocumentForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('tags'), () => ({ meta: withTags(previous, form.tags) })),
    ...when(changed('type'), () => ({ type: concept(form.type) })),
    ...when(changed('category'), () => ({ category: list([concept(form.category) ?? []].flat()) })),
    ...when(changed('author'), () => ({ author: authors(form.author) })),
    ...when(changed('date'), () => dates(previous, form.date)),
    ...when(changed('title'), () => ({ description: given(form.title) })),
    ...when(changed('files'), () => ({
      content: list(form.files.map((file) => jsonObject({ attachment: newAttachment(file) }))),
    })),
  })
}

/** R4 wants an instant as `date`: what is known less exactly is the time that the document is about. */
function dates(previous: JsonObject, date: string): { [element: string]: JsonObject | string | undefined } {
  if (given(date) === undefined || datePrecision(date) === 'time') return { date: given(date) }
  const context = objectAt(previous, 'context')
  const period = overlaid(objectAt(context, 'period'), { start: date })
  return { date: undefined, context: overlaid(context, { period }) }
}

function authors(author: string): JsonObject[] | undefined {
  const display = given(author)
  return display === undefined ? undefined : [jsonObject({ display })]
}

function withTags(previous: JsonObject, tags: string[]): JsonObject | undefined {
  const [meta] = objectsAt(previous, 'meta')
  const ours = tags.flatMap((tag) =>
    given(tag) === undefined ? [] : [jsonObject({ system: TAG_SYSTEM, code: tag.trim() })],
  )
  const result = overlaid(meta ?? null, {
    tag: list([...without(meta, 'tag', (other) => other['system'] === TAG_SYSTEM), ...ours]),
  })
  return Object.keys(result).length === 0 ? undefined : result
}
