/** All lists of the chart with how many records each holds; on a phone this is the way into them. */
import {
  IconClipboardList,
  IconClipboardText,
  IconFileText,
  IconMessage,
  IconStack2,
  IconStethoscope,
  IconTimeline,
  IconUsers,
} from '@tabler/icons-react'
import { storedList } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../../app/people/use-chart-label.ts'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { LISTED_COLLECTIONS, listTotal, SHOWN_LISTS } from '../../../app/words/collection-label.ts'
import { Screen } from '../../../app/place/screen.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { isKind, kindOf } from '../../../record-kinds/index.ts'
import { ScreenHead } from '../../../ui/display/card.tsx'
import styles from './records.module.css'

/** Lists that no kind is called after. */
const ICONS: Record<string, typeof IconUsers> = {
  'care-team': IconUsers,
  social: IconClipboardText,
  plans: IconClipboardList,
  messages: IconMessage,
  encounters: IconStethoscope,
  notes: IconFileText,
  other: IconStack2,
}

export function RecordsScreen() {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const counts = useObservable(chart.counts$) ?? {}
  const readable = SHOWN_LISTS.filter((name) => mayDo(summary, storedList(name), 'read'))
  const hidden = LISTED_COLLECTIONS.filter((name) => !mayDo(summary, name, 'read')).length
  return (
    <Screen word="chart" focusKey={summary.slot}>
      <ScreenHead title={t('screen.records')}>
        <ChartName of={summary} />
      </ScreenHead>
      <ul className={styles.tiles}>
        {readable.map((collection) => {
          const Icon = (isKind(collection) ? kindOf(collection).icon : ICONS[collection]) ?? IconStack2
          const href =
            collection === 'documents'
              ? addressOf('docs', summary.slot)
              : addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection }))
          return (
            <li key={collection}>
              <a href={href}>
                <Icon size={24} aria-hidden="true" />
                <span>{t(`collection.${collection}`)}</span>
                <span className={styles.count}>{listTotal(counts, collection)}</span>
              </a>
            </li>
          )
        })}
        <li>
          <a href={addressOf('timeline', summary.slot)}>
            <IconTimeline size={24} aria-hidden="true" />
            <span>{t('screen.timeline')}</span>
          </a>
        </li>
      </ul>
      {summary.relation === 'shared' && hidden > 0 ? <p>{t('list.noRight', { count: hidden })}</p> : null}
    </Screen>
  )
}
