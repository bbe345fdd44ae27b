/** Who sees a result, in words that follow from where its copies are and from nothing else. */
import type { ChartRecord } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Banner } from '../../ui/display/status-mark.tsx'

/** `published`: the copy in the patient's chart; null for none. */
export function WhoSees({ result, published }: { result: PracticeResult; published: ChartRecord | null }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  if (summary.kind === 'practice') return null
  const name = useChartLabel()(summary)
  if (summary.file !== undefined) return <Banner status="neutral">{t('publish.unseen', { name })}</Banner>
  if (!mayDo(summary, 'labs', 'read')) return <Banner status="neutral">{t('release.sees.unknown', { name })}</Banner>
  if (published === null) return <Banner status="private">{t('release.sees.practice')}</Banner>
  const time = formatMoment(new Date(published.savedAt), currentLanguage())
  if (published.revision !== result.record.revision)
    return <Banner status="attention">{t('release.sees.earlier', { name, time })}</Banner>
  if (published.waiting) return <Banner status="info">{t('release.sees.waiting', { name })}</Banner>
  return <Banner status="good">{t('release.sees.both', { name, time })}</Banner>
}
