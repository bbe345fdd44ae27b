/** How the people of charts are shown. */
import type { ChartSummary } from '@chartkeep/sync'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { type PersonLabel, symbolOf, toneOf } from '../../ui/display/person-chip.tsx'
import { isKin } from './kin.ts'
import { useChartLabel } from './use-chart-label.ts'

/** How a chart's person is shown: symbol, colour, name, who they are to this person, and for shared charts that they are. `charts`: as for {@link useChartLabel}. */
export function usePersonLabel(charts?: readonly ChartSummary[]): (summary: ChartSummary) => PersonLabel {
  const { t } = useTranslation()
  const labelOf = useChartLabel(charts)
  return useCallback(
    (summary: ChartSummary) => {
      const { name, relation, slot, look } = summary
      const words = [
        ...(isKin(look.kin) ? [t(`kin.${look.kin}`)] : []),
        ...(relation === 'shared' ? [t('state.shared')] : []),
      ]
      return {
        name: labelOf(summary),
        ...(words.length > 0 ? { relation: words.join(' · ') } : {}),
        symbol: look.symbol || symbolOf(name),
        tone: look.tone ?? toneOf(slot),
      }
    },
    [labelOf, t],
  )
}
