/** Results that a practice released: the newest first, what was not opened yet marked, who released each and when. */
import { commentsOf, reportedValues } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { isUnread, releasedResults, useOpened, useOwnerAccounts } from '../../app/practice/unread.ts'
import { useReleasers } from '../../app/care/results/use-releasers.ts'
import { rowsOf } from '../../app/words/record-view.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'

/** A screenful; the rest is in the list of results. */
const SHOWN = 8

/** Nothing where results are not shared with who looks. */
export function ResultsSection({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const wording = useWording()
  const owners = useOwnerAccounts()
  const { opened } = useOpened()
  const releaserOf = useReleasers()
  const now = useMinute().getTime()
  const released = useMemo(
    () =>
      owners === undefined
        ? undefined
        : releasedResults(records, owners, (record) => reportedValues(views.of(record).resource)),
    [records, owners, views],
  )
  if (!mayDo(summary, 'labs', 'read') || released === undefined) return null
  const shown = released.slice(0, SHOWN)
  return (
    <Card
      title={t('care.results')}
      aside={
        released.length > SHOWN ? (
          <a
            className="ck-alone"
            href={addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: 'labs' }))}
          >
            {t('overview.seeAll')}
          </a>
        ) : null
      }
      flush={shown.length > 0}
    >
      {shown.length === 0 ? (
        <p>{t('care.noResults')}</p>
      ) : (
        <RowLinks
          rows={rowsOf(shown, wording).map(({ id, href, title, value, flag, rank }, index) => {
            const record = shown[index]!
            const releaser = releaserOf(record)
            const hasComment = commentsOf(views.of(record).resource).length > 0
            return {
              id,
              href,
              title,
              value,
              date: releaser.words,
              flag,
              rank,
              marks: [
                ...(releaser.isBroken ? [{ status: 'danger' as const, word: t('plan.broken') }] : []),
                ...(isUnread(record, opened, now) ? [{ status: 'info' as const, word: t('results.isNew') }] : []),
                ...(hasComment ? [{ status: 'info' as const, word: t('care.hasComment') }] : []),
              ],
            }
          })}
        />
      )}
    </Card>
  )
}
