/** What the patient asked a practice to correct, and what became of each request. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { amendmentMark } from '../../app/care/amendments/amendment-words.ts'
import { amendmentsOf } from '../../app/care/amendments/amendments.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnsweringOf } from '../../app/care/sharing/list-readers.ts'
import { writerOf } from '../../app/practice/writers.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'

/** A request begins at the record that it is about; here they are only followed. Nothing where there is none. */
export function RequestsSection({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const answeringIn = useAnsweringOf()
  const requests = useMemo(() => amendmentsOf(records, views), [records, views])
  if (requests.length === 0) return null
  // Of a record that is gone nobody knows who wrote it.
  const noAnswerTo = (record: ChartRecord) =>
    noAnswerWords(answeringIn && answeringIn(record.collection), record.byOwner ? null : writerOf(record), t)
  return (
    <Card title={t('amend.title')} flush>
      <RowLinks
        rows={requests.map(({ record, request, state }) => {
          const about = records.find(({ doc }) => doc === request.record)
          return {
            id: record.id,
            href: addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: about?.id ?? record.id })),
            title: about ? titleOf(about, t) : t('amend.gone'),
            value: request.wrong,
            date: formatDate(request.at, currentLanguage()),
            marks: [amendmentMark(state, noAnswerTo(about ?? record), t)],
          }
        })}
      />
    </Card>
  )
}
