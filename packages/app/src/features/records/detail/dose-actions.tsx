/** On the page of a medicine: one tap writes a dose down, a form is there for one that was skipped or late; then the last doses. */
import { doseForm, isJsonObject, momentOf, parseJsonOrNull, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { Button, Group } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { referenceOf } from '../../../app/words/record-reference.ts'
import { useDeath } from '../../../app/chart/use-death.ts'
import { rowsOf } from '../../../app/words/record-view.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useTakeDose } from '../../../app/chart/use-take-dose.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { formatMoment, formatTime } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card } from '../../../ui/display/card.tsx'
import { RowLinks } from '../../../ui/lists/row-links.tsx'
import { Banner } from '../../../ui/display/status-mark.tsx'

const SHOWN = 5

/** Nothing for a medicine that is not taken now, as far as adding goes; its past doses show. */
export function DoseActions({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, slots, views } = useChart()
  const wording = useWording()
  const { outcome, busy, write, undo } = useTakeDose()
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const records = useObservable(list$) ?? []
  const death = useDeath(summary.slot)
  if (!isJsonObject(views.of(record).resource)) return null
  const reference = referenceOf(record, views)
  const doses = records.filter((other) => {
    const dose = other.type === 'MedicationAdministration' ? views.of(other).resource : null
    return isJsonObject(dose) && doseForm(dose).of === reference && other.status !== 'error'
  })
  const mayAdd =
    record.status === 'active' &&
    views.isCurrent(record) &&
    death === null &&
    mayDo(summary, record.collection, 'append')
  const taken = outcome?.type === 'taken' ? records.find(({ id }) => id === outcome.id) : undefined
  if (!mayAdd && doses.length === 0) return null
  return (
    <Card title={t('dose.list')} flush={doses.length > 0}>
      {mayAdd ? (
        <Group gap="sm" p={doses.length > 0 ? 'md' : 0} className="ck-screen-only">
          <Button
            leftSection={<IconCheck size={20} />}
            onClick={() => void write(record, 'taken', null)}
            loading={busy === record.id}
          >
            {t('dose.takeNow')}
          </Button>
          <Button
            component="a"
            variant="default"
            href={addressOf(
              'form',
              summary.slot,
              slots.slotOf({
                type: 'form',
                collection: record.collection,
                id: null,
                kind: 'doses',
                about: record.id,
              }),
            )}
          >
            {t('dose.other')}
          </Button>
        </Group>
      ) : null}
      <div role="status">
        {outcome?.type === 'failed' ? <Banner status="danger">{t('form.notSaved')}</Banner> : null}
        {outcome?.type === 'undone' ? <Banner status="neutral">{t('dose.undone')}</Banner> : null}
        {outcome?.type === 'taken' ? (
          <Banner
            status="good"
            action={
              taken ? (
                <Button variant="default" onClick={() => void undo(taken)}>
                  {t('deed.undo')}
                </Button>
              ) : null
            }
          >
            {t('dose.saved', { time: formatTime(outcome.at) })}
          </Banner>
        ) : null}
      </div>
      {doses.length === 0 ? (
        <p>{t('dose.none')}</p>
      ) : (
        <RowLinks
          rows={rowsOf(doses.slice(0, SHOWN), wording).map((row, index) => ({
            id: row.id,
            href: row.href,
            title: row.value,
            value: '',
            date: timeOf(doses[index]),
          }))}
        />
      )}
      {doses.length > SHOWN ? <p>{t('dose.all')}</p> : null}
    </Card>
  )
}

/** Doses are told apart by their time of day. */
function timeOf(dose: ChartRecord | undefined): string {
  const at = stringAt(parseJsonOrNull(dose?.resource ?? ''), 'effectiveDateTime') || (dose?.date ?? '')
  return at.includes('T') ? formatMoment(new Date(momentOf(at)), currentLanguage()) : at
}
