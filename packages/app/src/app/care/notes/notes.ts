/** The visits and notes of a practice as its screens have them: read from its own vault, with signatures, requests and addenda. */
import {
  appendedTo,
  chartOf,
  isJsonObject,
  noteForm,
  noteStateOf,
  requestsOf,
  signRequestOf,
  visitForm,
  visitOf,
  visitStateOf,
  type JsonObject,
  type JudgedRequest,
  type NoteForm,
  type NoteState,
  type SignRequest,
  type VisitForm,
  type VisitState,
} from '@chartkeep/domain'
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import { useMemo } from 'react'
import type { RecordViews } from '../../words/record-view.ts'
import { useObservable } from '../../hooks/use-observable.ts'
import { usePractice } from '../../practice/practice-context.tsx'

export interface CareVisit {
  record: ChartRecord
  resource: JsonObject
  chart: string
  form: VisitForm
  state: VisitState
}

export type NoteRequest = JudgedRequest<SignRequest & { task: ChartRecord }>

export interface CareNote {
  record: ChartRecord
  resource: JsonObject
  /** Id of the chart that it is about, and `doc` of its visit; '' for none. */
  chart: string
  visit: string
  form: NoteForm
  state: NoteState
  signatures: SignatureView[]
  requests: NoteRequest[]
  /** The first one in front, each with its signatures. */
  addenda: { record: ChartRecord; resource: JsonObject; signatures: SignatureView[] }[]
}

/** Notes of a list of records, the newest first; what was entered in error is left out. */
function notesOf(
  records: readonly ChartRecord[],
  signatures: readonly SignatureView[],
  views: RecordViews,
): CareNote[] {
  const parsed = records
    .filter(({ status }) => status !== 'error')
    .flatMap((record) => {
      const { resource } = views.of(record)
      return isJsonObject(resource) ? [{ record, resource }] : []
    })
  const requests = parsed.flatMap(({ record, resource }) => {
    const request = record.type === 'Task' ? signRequestOf(resource) : null
    return request === null ? [] : [{ ...request, task: record }]
  })
  const signaturesByDoc = Map.groupBy(signatures, ({ record }) => record)
  const of = (doc: string) => signaturesByDoc.get(doc) ?? []
  const requestsByNote = Map.groupBy(requests, (request) => request.note)
  const documents = parsed.filter(({ record }) => record.type === 'Composition')
  const addendaByNote = Map.groupBy(documents, ({ resource }) => appendedTo(resource))
  return (addendaByNote.get('') ?? [])
    .map(({ record, resource }) => {
      const own = of(record.doc)
      const asked = requestsByNote.get(record.doc) ?? []
      const note = { doc: record.doc, revision: record.revision, status: statusOf(resource) }
      return {
        record,
        resource,
        chart: chartOf(resource),
        visit: visitOf(resource),
        form: noteForm(resource),
        signatures: own,
        state: noteStateOf(note, asked, own),
        requests: requestsOf(note, asked, own),
        addenda: (addendaByNote.get(record.doc) ?? [])
          .toSorted((a, b) => a.record.savedAt - b.record.savedAt)
          .map((each) => ({ ...each, signatures: of(each.record.doc) })),
      }
    })
    .toSorted((a, b) => b.record.savedAt - a.record.savedAt)
}

function statusOf(resource: JsonObject): string {
  return typeof resource['status'] === 'string' ? resource['status'] : ''
}

/** Every note of the practice; undefined until notes and signatures are read. */
export function useNotes(): CareNote[] | undefined {
  const { vault, keep } = usePractice()
  const list$ = useMemo(() => vault.list$('notes'), [vault])
  const records = useObservable(list$)
  const signatures = useObservable(vault.signatures$)
  return useMemo(
    () => (records === undefined || signatures === undefined ? undefined : notesOf(records, signatures, keep.views)),
    [records, signatures, keep],
  )
}

/** The visits of one chart, the newest first. */
export function useVisits(chart: string): CareVisit[] | undefined {
  const { vault, keep } = usePractice()
  const list$ = useMemo(() => vault.list$('encounters'), [vault])
  const records = useObservable(list$)
  return useMemo(
    () =>
      records?.flatMap((record): CareVisit[] => {
        const { resource } = keep.views.of(record)
        if (!isJsonObject(resource) || record.status === 'error' || chartOf(resource) !== chart) return []
        return [{ record, resource, chart, form: visitForm(resource), state: visitStateOf(resource) }]
      }),
    [records, keep, chart],
  )
}
