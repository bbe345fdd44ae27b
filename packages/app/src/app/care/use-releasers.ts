/** Who released results, as signatures over the very texts prove it; the account that sent them where none does. */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../app-context.tsx'
import { useObservable } from '../use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'

export interface Releaser {
  /** "released by Lin Wei, Green Clinic, 12:59". */
  words: string
  /** A signature of the version that stands does not hold. */
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

function releaserOf(
  { revision, author, savedAt }: ChartRecord,
  signatures: readonly SignatureView[],
  t: TFunction,
): Releaser {
  const ofThis = signatures.filter((one) => one.revision === revision)
  const proved = ofThis.findLast(({ meaning, state }) => meaning === 'review' && state.type === 'holds')
  const names = [proved?.who.name ?? '', author.name].filter((name) => name !== '')
  return {
    words: t('care.releasedBy', {
      name: names.join(t('share.comma')) || t('audit.someone'),
      time: formatMoment(new Date(savedAt), currentLanguage()),
    }),
    isBroken: ofThis.some(({ state }) => state.type === 'broken'),
  }
}
