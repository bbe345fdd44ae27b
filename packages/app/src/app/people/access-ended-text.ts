/** Why a chart that others share is not to be read here any more, in words. */
import type { ChartSummary } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'

/** For a chart that has ended, or is locked by this device's clock or by the current member. */
export function accessEndedText({ name, state, until, emergencyEnded }: ChartSummary, t: TFunction): string {
  if (state !== 'locked')
    return until === null
      ? t('access.endedBefore')
      : t('access.ended', { time: formatMoment(new Date(until), currentLanguage()) })
  const clock = () => formatMoment(new Date(), currentLanguage())
  if (emergencyEnded === null) return t('access.locked', { time: clock() })
  return t(emergencyEnded.told ? 'emerg.youEnded' : 'emerg.youEndedUntold', { name })
}
