/** Who released results, as signatures over the very texts prove it; the account that sent them where none does. */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../context/app-context.tsx'
import { useObservable } from '../../hooks/use-observable.ts'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { breaks, writerOf } from '../../practice/writers.ts'

export interface Releaser {
  /** "released by Lin Wei, Green Clinic, 12:59". */
  words: string
  /** A signature of the current version does not hold. */
  isBroken: boolean
}

/** Reads the signatures of the chart in view once for all its records. */
export function useReleasers(): (record: ChartRecord) => Releaser {
  const { t } = useTranslation()
  const { chart } = useChart()
  const signatures = useObservable(chart.signatures$)
  const byDoc = useMemo(() => Map.groupBy(signatures ?? [], ({ record }) => record), [signatures])
  return (record) => releaserOf(record, byDoc.get(record.doc) ?? [], t)
}

/** Nobody but who put the result here releases it. */
export function releaserOf(record: ChartRecord, signatures: readonly SignatureView[], t: TFunction): Releaser {
  const { revision, author, savedAt } = record
  const ofThis = signatures.filter((one) => one.revision === revision)
  const proved = ofThis.findLast(
    ({ meaning, state, who }) => meaning === 'review' && state.type === 'holds' && who.account === writerOf(record),
  )
  const names = [proved?.who.name ?? '', author.name].filter((name) => name !== '')
  return {
    words: t('care.releasedBy', {
      name: names.join(t('share.comma')) || t('audit.someone'),
      time: formatMoment(new Date(savedAt), currentLanguage()),
    }),
    isBroken: ofThis.some((one) => breaks(one, record)),
  }
}
