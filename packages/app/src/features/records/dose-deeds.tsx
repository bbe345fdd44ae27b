/** On the page of a medicine: one tap writes a dose down, a form is there for one that was skipped or late; then the last doses. */
import { doseForm, doseOf, isJsonObject, newDose, parseJsonOrNull, stringAt, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { Button, Group } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { mayDo, useChart } from '../../app/app-context.tsx'
import { patientText } from '../../app/chart-patient.ts'
import { rowsOf } from '../../app/record-view.ts'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { enteredInErrorText } from '../../app/version-reason.ts'
import { formatMoment, formatTime } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/card.tsx'
import { localTime } from '../../ui/date-entry.ts'
import { RowLinks } from '../../ui/row-links.tsx'
import { Banner } from '../../ui/status-mark.tsx'

const SHOWN = 5

/** Nothing for a medicine that is not taken now, as far as adding goes; its past doses show. */
export function DoseDeeds({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, slots, views } = useChart()
  const wording = useWording()
  const [done, setDone] = useState<{ record: ChartRecord; at: Date; isUndone: boolean } | null>(null)
  const [isFull, setFull] = useState(false)
  const [isSaving, setSaving] = useState(false)
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const records = useObservable(list$) ?? []
  const profiles = useObservable(profile$) ?? []
  const resource = views.of(record).resource
  if (!isJsonObject(resource)) return null
  const reference = `${record.type}/${stringAt(resource, 'id') || record.id}`
  const doses = records.filter((other) => {
    const dose = other.type === 'MedicationAdministration' ? views.of(other).resource : null
    return isJsonObject(dose) && doseForm(dose).of === reference && other.status !== 'error'
  })
  const mayAdd = record.status === 'active' && mayDo(summary, record.collection, 'append')
  const take = async () => {
    setSaving(true)
    const at = new Date()
    const dose = { ...doseOf(resource, reference), answer: 'taken' as const, at: localTime(at) }
    const outcome = await chart
      .save({
        collection: record.collection,
        resource: stringifyJson(newDose(dose, `Patient/${patientText(profiles, 'id') || 'self'}`)),
      })
      .catch(() => ({ type: 'full' as const }))
    setFull(outcome.type !== 'saved')
    if (outcome.type === 'saved') setDone({ record: outcome.record, at, isUndone: false })
    setSaving(false)
  }
  const undo = async () => {
    const text = done === null ? null : enteredInErrorText(done.record.resource, t('deed.undo'))
    if (done === null || text === null) return
    const outcome = await chart.save({ collection: record.collection, resource: text, id: done.record.id })
    if (outcome.type === 'saved') setDone({ ...done, isUndone: true })
  }
  if (!mayAdd && doses.length === 0) return null
  return (
    <Card title={t('dose.list')} flush={doses.length > 0}>
      {mayAdd ? (
        <Group gap="sm" p={doses.length > 0 ? 'md' : 0} className="ck-screen-only">
          <Button leftSection={<IconCheck size={20} />} onClick={() => void take()} loading={isSaving}>
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
        {isFull ? <Banner status="danger">{t('form.notSaved')}</Banner> : null}
        {done === null ? null : (
          <Banner
            status={done.isUndone ? 'neutral' : 'good'}
            action={
              done.isUndone ? null : (
                <Button variant="default" onClick={() => void undo()}>
                  {t('deed.undo')}
                </Button>
              )
            }
          >
            {done.isUndone ? t('dose.undone') : t('dose.saved', { time: formatTime(done.at) })}
          </Banner>
        )}
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
            date: momentOf(doses[index]),
          }))}
        />
      )}
      {doses.length > SHOWN ? <p>{t('dose.all')}</p> : null}
    </Card>
  )
}

/** Doses are told apart by their time of day. */
function momentOf(dose: ChartRecord | undefined): string {
  const at = stringAt(parseJsonOrNull(dose?.resource ?? ''), 'effectiveDateTime') || (dose?.date ?? '')
  return at.includes('T') ? formatMoment(new Date(at), currentLanguage()) : at
}
