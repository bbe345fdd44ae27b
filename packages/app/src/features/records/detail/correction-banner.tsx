/** "Was / is": a result whose value an earlier version gave otherwise. */
import type { ChartRecord } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { earlierValue } from '../../../app/chart/earlier-value.ts'

/** Nothing for a record that was never corrected, and nothing until the versions are read. */
export function CorrectionBanner({ record, value }: { record: ChartRecord; value: string }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [old, setOld] = useState<string | null>(null)
  useEffect(() => {
    let isGone = false
    setOld(null)
    void chart.history(record.id).then((versions) => {
      if (!isGone) setOld(earlierValue(versions, value)?.text ?? null)
    })
    return () => {
      isGone = true
    }
  }, [chart, record.id, record.revision, value])
  if (old === null) return null
  // An imported version that nobody edited by hand since is the laboratory's, whoever imported it.
  const isByLab = !record.author.me || (record.importSource !== '' && !record.importSource.startsWith('edited:'))
  const words = { date: formatMoment(new Date(record.savedAt), currentLanguage()), old, new: value }
  return <Banner status="attention">{t(isByLab ? 'result.corrected' : 'result.correctedHere', words)}</Banner>
}
