/** Over a chart that is not open here any more: since when, what that means, and what can still be read. */
import { useTranslation } from 'react-i18next'
import { Banner } from '../../../ui/display/status-mark.tsx'
import type { ShownSummary } from '../../context/app-context.tsx'
import { accessEndedText } from '../../people/access-ended-text.ts'

export function AccessEnded({ chart }: { chart: ShownSummary }) {
  const { t } = useTranslation()
  const { file, undelivered } = chart
  return (
    <>
      <Banner status="neutral" title={file === 'unknown' ? t('patients.notHere') : t('shared.over')}>
        {file === 'unknown' ? <p>{t('patients.notHereText')}</p> : <p>{accessEndedText(chart, t)}</p>}
        {file === undefined ? null : <p>{t('patients.oursStays')}</p>}
        {file === undefined ? null : <p>{t('patients.theirsGone')}</p>}
      </Banner>
      {undelivered > 0 ? <Banner status="attention">{t('access.undelivered', { count: undelivered })}</Banner> : null}
    </>
  )
}
