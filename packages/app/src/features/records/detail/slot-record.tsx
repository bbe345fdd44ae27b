/** A screen about the one record that its address names: waits for it, and says so where it is another device's or gone. */
import type { ChartRecord } from '@chartkeep/sync'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { ScreenWord } from '../../../app/place/addresses.ts'
import { useChart } from '../../../app/context/app-context.tsx'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../../app/place/other-device.tsx'
import { Screen } from '../../../app/place/screen.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { EmptyState } from '../../../ui/display/empty-state.tsx'

/** The heading takes the focus once the record is shown. */
export function SlotRecord({ word, children }: { word: ScreenWord; children: (record: ChartRecord) => ReactNode }) {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, slots } = useChart()
  const target = slots.targetOf(slot)
  const id = target?.type === 'record' ? target.id : null
  const record$ = useMemo(() => (id === null ? null : chart.record$(id)), [chart, id])
  const record = useObservable(record$)
  return (
    <Screen word={word} focusKey={`${id ?? ''}${record === undefined ? '' : ' shown'}`}>
      {id === null ? (
        <OtherDevice />
      ) : record === undefined ? (
        <Delayed />
      ) : record === null ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        children(record)
      )}
    </Screen>
  )
}
