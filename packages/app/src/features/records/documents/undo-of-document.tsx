/** On the page of a document that is the original of an import: the import can be taken back. */
import { documentForm, importIdOf, importSourceOf, isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { map } from 'rxjs'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { UndoImport } from '../../../app/chart/undo-import.tsx'
import { useSessionCharts } from '../../../app/context/charts-in-session.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { Card } from '../../../ui/display/card.tsx'

/** Nothing for a document from which no record of the chart came. */
export function UndoOfDocument({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const { keepOf } = useSessionCharts()
  const id = useMemo(() => {
    const resource = parseJsonOrNull(record.resource)
    const hash = isJsonObject(resource) ? (documentForm(resource).files[0]?.sha256 ?? '') : ''
    return hash === '' || summary.relation !== 'own' ? null : importIdOf(hash)
  }, [record.resource, summary.relation])
  const count$ = useMemo(
    () =>
      id === null
        ? null
        : chart.all$.pipe(
            map((records) => records.filter(({ importSource }) => importSourceOf(importSource)?.id === id).length),
          ),
    [chart, id],
  )
  const count = useObservable(count$) ?? 0
  // Stays when all of it has gone, for what it says at the end.
  const wasShown = useMemo(() => ({ current: false }), [id])
  wasShown.current ||= count > 0
  if (id === null || !wasShown.current) return null
  return (
    <Card title={t('undo.card')}>
      {count > 0 ? <p>{t('undo.from', { count })}</p> : null}
      <UndoImport importId={id} open={() => keepOf(summary.slot).open()} />
    </Card>
  )
}
