/** How the people of charts are shown. */
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { type PersonLabel, symbolOf, toneOf } from '../../ui/person-chip.tsx'
import { isKin } from './kin.ts'

/** How a chart's person is shown: symbol, colour, name, who they are to this person, and for shared charts that they are. */
export function usePersonLabel(): (summary: ChartSummary) => PersonLabel {
  const { t } = useTranslation()
  return ({ name, relation, slot, look }) => {
    const words = [
      ...(isKin(look.kin) ? [t(`kin.${look.kin}`)] : []),
      ...(relation === 'shared' ? [t('state.shared')] : []),
    ]
    return {
      name,
      ...(words.length > 0 ? { relation: words.join(' · ') } : {}),
      symbol: look.symbol || symbolOf(name),
      tone: look.tone ?? toneOf(slot),
    }
  }
}
