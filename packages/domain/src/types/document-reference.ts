/** A document with its file (https://hl7.org/fhir/R4/documentreference.html). */
import { changedDocument, documentForm, type DocumentForm, EMPTY_DOCUMENT, newDocument } from '../builders/document.ts'
import { stringAt } from '../elements/elements.ts'
import { DocumentReference } from '../schemas/document-reference.ts'
import { EVENT, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const documentReferenceType = recordType({
  type: 'DocumentReference',
  list: 'documents',
  schema: { shape: DocumentReference, invariants: [] },
  title: titled(['description'], ['content', 'attachment', 'title'], ['type'], ['category']),
  code: [['type']],
  date: { elements: ['date'], ends: [], otherwise: (resource) => stringAt(resource, 'context', 'period', 'start') },
  status: {
    ...EVENT,
    special: (_, resource) => (stringAt(resource, 'docStatus') === 'entered-in-error' ? 'error' : null),
  },
  extent: null,
  value: null,
  detail: (resource) => stringAt(resource, 'content', 'attachment', 'contentType'),
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: null,
  form: {
    empty: EMPTY_DOCUMENT,
    read: documentForm,
    make: newDocument,
    change: changedDocument,
    dates: ['date'],
    numbers: {},
    words: null,
  } satisfies RecordForm<DocumentForm>,
})
