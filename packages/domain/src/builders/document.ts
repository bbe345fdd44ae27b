/** DocumentReference from a form and back; its files are sealed blobs, named by their url. */
import { datePrecision } from '../dates.ts'
import { conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from '../elements.ts'
import { JsonNumber, jsonObject, type JsonObject } from '../json.ts'
import { changesFrom, concept, given, list, overlaid, personReference, when, without } from './elements-written.ts'

/** One file of a document. */
export interface AttachmentForm {
  title: string
  contentType: string
  sizeBytes: number
  /** Where the sealed file is: opaque text that the sync side gives out, kept as it is. */
  url: string
  /** base64url SHA-256 of the file's bytes, '' when not known. */
  sha256: string
}

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

const TAG = 'urn:chartkeep:tag'
const SHA256 = 'urn:chartkeep:extension:sha-256'

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

/** A new version of a document: the old one is named as replaced. `replaced` is a reference to it. */
export function newDocumentVersion(form: DocumentForm, patient: string, replaced: string): JsonObject {
  return overlaid(newDocument(form, patient), {
    relatesTo: [jsonObject({ code: 'replaces', target: jsonObject({ reference: replaced }) })],
  })
}

/** The form that shows the record. */
export function documentForm(resource: JsonObject): DocumentForm {
  return {
    title: stringAt(resource, 'description') || stringAt(resource, 'content', 'attachment', 'title'),
    type: conceptText(resource, 'type'),
    category: conceptText(resource, 'category'),
    tags: objectsAt(resource, 'meta', 'tag')
      .filter((tag) => tag['system'] === TAG)
      .map((tag) => stringAt(tag, 'code')),
    author: stringsAt(resource, 'author', 'display')[0] ?? '',
    date: stringAt(resource, 'date') || stringAt(resource, 'context', 'period', 'start'),
    files: objectsAt(resource, 'content', 'attachment').map((attachment) => ({
      title: stringAt(attachment, 'title'),
      contentType: stringAt(attachment, 'contentType'),
      sizeBytes: Number(numberTextAt(attachment, 'size') || '0'),
      url: stringAt(attachment, 'url'),
      sha256: stringAt(
        objectsAt(attachment, 'extension').find((extension) => extension['url'] === SHA256),
        'valueString',
      ),
    })),
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
      content: list(form.files.map((file) => jsonObject({ attachment: attachmentOf(file) }))),
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
  const ours = tags.flatMap((tag) => (given(tag) === undefined ? [] : [jsonObject({ system: TAG, code: tag.trim() })]))
  const result = overlaid(meta ?? null, {
    tag: list([...without(meta, 'tag', (other) => other['system'] === TAG), ...ours]),
  })
  return Object.keys(result).length === 0 ? undefined : result
}

function attachmentOf({ title, contentType, sizeBytes, url, sha256 }: AttachmentForm): JsonObject {
  return jsonObject({
    extension: sha256 === '' ? undefined : [jsonObject({ url: SHA256, valueString: sha256 })],
    contentType: given(contentType),
    url: given(url),
    size: new JsonNumber(String(sizeBytes)),
    title: given(title),
  })
}
