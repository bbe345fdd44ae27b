/** The latest entries that people made by hand, each with its author. */
import { isFactRecord } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { authorName, titleOf } from '../words/record-view.ts'
import { useWording } from '../chart/use-wording.ts'

const SHOWN_CHANGES = 5

/** Nothing where nothing was written by hand. */
export function RecentChanges({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const wording = useWording()
  const recent = useMemo(
    () =>
      records
        .filter(
          (record) =>
            // Doses are shown under Now, and would fill this card.
            record.collection !== 'audit' &&
            record.importSource === '' &&
            record.type !== 'MedicationAdministration' &&
            isFactRecord(record),
        )
        .sort((a, b) => b.savedAt - a.savedAt)
        .slice(0, SHOWN_CHANGES),
    [records],
  )
  if (recent.length === 0) return null
  return (
    <Card title={t('overview.recent')} flush>
      <RowLinks
        rows={recent.map((record) => ({
          id: record.id,
          href: wording.hrefOf(record),
          title: titleOf(record, t),
          value: authorName(record, t),
          date: formatMoment(new Date(record.savedAt), currentLanguage()),
        }))}
      />
    </Card>
  )
}
