/** Words for rows and facts of the chart in view, in the language of the moment. */
import { isCardRecord } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { addressOf } from '../place/addresses.ts'
import { useChart } from '../context/app-context.tsx'
import { usePracticeIfAny } from '../practice/practice-context.tsx'
import type { Wording } from '../words/record-view.ts'

/** Stable while chart and language are. */
export function useWording(): Wording {
  const { summary, slots, views } = useChart()
  const { t, i18n } = useTranslation()
  const isPractice = usePracticeIfAny() !== null
  return useMemo(
    () => ({
      t,
      language: currentLanguage(),
      views,
      hrefOf: (record: ChartRecord) =>
        // The owner's choice for the card is read and changed where the card is, a plan is read and confirmed where plans are.
        isCardRecord(record)
          ? addressOf('card', summary.slot)
          : addressOf(
              record.type === 'CarePlan' && !isPractice ? 'plans' : 'record',
              summary.slot,
              slots.slotOf({ type: 'record', id: record.id }),
            ),
    }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the language is what t depends on
    [t, i18n.language, views, slots, summary.slot, isPractice],
  )
}
