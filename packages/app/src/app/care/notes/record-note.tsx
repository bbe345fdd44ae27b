/** A clinic's note in the patient's chart: its text, who signed it, and everything that was added to it. */
import { appendedTo, isJsonObject } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../context/app-context.tsx'
import { useObservable } from '../../hooks/use-observable.ts'
import { Card } from '../../../ui/display/card.tsx'
import { Addenda, BrokenBanner, NoteText } from './note-reading.tsx'
import { SignatureList } from './signature-list.tsx'
import { isOfSameWriter } from '../../practice/writers.ts'

/** Nothing for records of other kinds. */
export function RecordNote({ record }: { record: ChartRecord }) {
  return record.type === 'Composition' ? <OneNote record={record} /> : null
}

function OneNote({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, views } = useChart()
  const own$ = useMemo(() => chart.signaturesOf$(record.doc), [chart, record.doc])
  const own = useObservable(own$)
  const all = useObservable(chart.signatures$)
  const list$ = useMemo(() => chart.list$('notes'), [chart])
  const notes = useObservable(list$)
  const addenda = useMemo(
    () =>
      // A document by another author is a separate record and adds nothing to this one.
      (notes ?? [])
        .filter((each) => isOfSameWriter(each, record))
        .flatMap((each) => {
          const { resource } = views.of(each)
          return isJsonObject(resource) && appendedTo(resource) === record.doc ? [{ record: each, resource }] : []
        })
        .toSorted((a, b) => a.record.savedAt - b.record.savedAt)
        .map((each) => ({ ...each, signatures: (all ?? []).filter((one) => one.record === each.record.doc) })),
    [notes, all, views, record],
  )
  return (
    <>
      {own === undefined ? null : <BrokenBanner signatures={own} record={record} />}
      <Card title={t('note.one')}>
        <NoteText resource={views.of(record).resource} />
      </Card>
      {own === undefined ? null : (
        <Card title={t('sign.list')}>
          <SignatureList signatures={own} record={record} />
        </Card>
      )}
      <Addenda addenda={addenda} />
    </>
  )
}
