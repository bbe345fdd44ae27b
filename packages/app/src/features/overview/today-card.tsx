/** What to do now: today's doses with one tap each, the next appointments, vaccines that are due, medicines that run out. */
import { Button, Stack } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { type DayDose, doseDay, doseOf } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { localNow, type MedicineDoses, medicinesInUse, medicinesWithDoses } from '../../app/measures/doses.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { useTakeDose } from '../../app/chart/use-take-dose.ts'
import { formatTime } from '../../i18n/dates.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import { ComingRows } from './coming-rows.tsx'
import styles from '../../app/glance/glance.module.css'

const SHOWN = 8

/** A line of today: a planned dose, or with `dose` null and `count` a medicine whose record gives no times. */
interface Line {
  key: string
  medicine: MedicineDoses
  place: { index: number; all: number }
  dose: DayDose | null
  count: number
}

/** Doses of medicines in use; those that are taken only as needed are not asked for. */
export function TodayCard({ records, now }: { records: readonly ChartRecord[]; now: Date }) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const day = localNow(now)
  const lines = useMemo(
    () => linesOf(records, views, now),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the minute is what counts
    [records, views, day.day, day.time],
  )
  const mayRead = mayDo(summary, 'medications', 'read')
  const open = lines.filter(({ dose }) => dose === null || dose.dose === null)
  const shown =
    lines.length <= SHOWN ? lines : [...open, ...lines.filter((line) => !open.includes(line))].slice(0, SHOWN)
  const isAllDone = lines.length > 0 && lines.every(({ dose }) => dose?.dose)
  const rest = new Set(lines.filter((line) => !shown.includes(line)).map(({ medicine }) => medicine.record.id)).size
  return (
    <Card title={t('overview.now')}>
      <Stack gap="md">
        {mayRead && lines.length > 0 ? (
          <div className={styles.group}>
            <h3>{t('today.doses')}</h3>
            <DoseLines lines={shown} day={day.day} records={records} />
            {isAllDone ? <p className={styles.when}>{t('today.allDone')}</p> : null}
            {rest > 0 ? (
              <p>
                <a
                  className="ck-alone"
                  href={addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: 'medications' }))}
                >
                  {t('today.more', { count: rest })}
                </a>
              </p>
            ) : null}
          </div>
        ) : null}
        <ComingRows records={records} now={now} isAlone={!mayRead || lines.length === 0} />
      </Stack>
    </Card>
  )
}

function linesOf(records: readonly ChartRecord[], views: ReturnType<typeof useChart>['views'], now: Date): Line[] {
  const day = localNow(now)
  return medicinesWithDoses(medicinesInUse(records, views, now), records, views, 1, now)
    .flatMap((medicine): Line[] => {
      const { plan, doses } = doseDay(medicine.resource, medicine.doses, day.day, day)
      const { id, importSource } = medicine.record
      if (plan.kind === 'open') {
        // A prescription that came with a file and says nothing of its times is in the list of medicines; here it would only be noise.
        if (plan.asNeeded || (importSource !== '' && medicine.doses.length === 0)) return []
        return [{ key: id, medicine, place: { index: 0, all: 0 }, dose: null, count: doses.length }]
      }
      const planned = doses.filter(({ isExtra }) => !isExtra)
      return planned.map((dose, index) => ({
        key: `${id} ${index}`,
        medicine,
        place: { index: index + 1, all: planned.length },
        dose,
        count: 0,
      }))
    })
    .toSorted(
      (a, b) => timeOf(a).localeCompare(timeOf(b)) || a.medicine.record.title.localeCompare(b.medicine.record.title),
    )
}

/** Doses without a time stand after those with one. */
function timeOf({ dose }: Line): string {
  return dose === null ? '99:99' : dose.time || '99:00'
}

function DoseLines({ lines, day, records }: { lines: readonly Line[]; day: string; records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { outcome, busy, write, undo } = useTakeDose()
  const mayAdd = mayDo(summary, 'medications', 'append')
  return (
    <>
      <ul className={styles.doses}>
        {lines.map((line) => (
          <li key={line.key}>
            <DoseWords line={line} />
            {line.dose?.dose ? (
              <Answer line={line} dose={records.find(({ id }) => id === line.dose?.dose?.id)} onUndo={undo} />
            ) : mayAdd ? (
              <DoseActions line={line} day={day} isBusy={busy === line.medicine.record.id} onWrite={write} />
            ) : null}
          </li>
        ))}
      </ul>
      <div role="status">
        {outcome === null ? null : outcome.type === 'failed' ? (
          <Banner status="danger">{t('form.notSaved')}</Banner>
        ) : (
          <p className="ck-hidden">
            {outcome.type === 'undone'
              ? t('dose.undone')
              : outcome.type === 'taken'
                ? t('today.savedTaken', { what: titleOf(outcome.medicine, t), time: formatTime(outcome.at) })
                : t('today.savedSkipped', { what: titleOf(outcome.medicine, t) })}
          </p>
        )}
      </div>
    </>
  )
}

function DoseWords({ line }: { line: Line }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const { medicine, dose, place, count } = line
  const amount = doseOf(medicine.resource, medicine.reference).dose
  const when =
    dose === null
      ? t('today.noTimes')
      : dose.time !== ''
        ? dose.time
        : place.all > 1
          ? t('today.timesLeft', { n: place.index, all: place.all })
          : t('today.anyTime')
  return (
    <span className={styles.dose}>
      <a
        className="ck-alone"
        href={addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: medicine.record.id }))}
      >
        {titleOf(medicine.record, t)}
      </a>
      {/\p{L}/u.test(amount) ? <span className="ck-nowrap"> {amount}</span> : null}
      <span className={styles.when}>
        {' '}
        {when}
        {dose === null && count > 0 ? ` · ${t('today.countToday', { count })}` : ''}
        {dose?.state === 'not-recorded' ? ` · ${t('today.past')}` : ''}
      </span>
    </span>
  )
}

function Answer({
  line,
  dose,
  onUndo,
}: {
  line: Line
  dose: ChartRecord | undefined
  onUndo: (dose: ChartRecord) => Promise<void>
}) {
  const { t } = useTranslation()
  const recorded = line.dose?.dose
  if (!recorded) return null
  const time = recorded.time
  return (
    <span className={styles.answer}>
      <StatusMark status={recorded.answer === 'skipped' ? 'neutral' : recorded.answer === 'late' ? 'info' : 'good'}>
        {recorded.answer === 'skipped'
          ? t('today.skipped')
          : recorded.answer === 'late'
            ? t('today.lateAt', { time })
            : t('today.takenAt', { time })}
      </StatusMark>
      {dose?.author.me ? (
        <Button
          variant="subtle"
          onClick={() => void onUndo(dose)}
          aria-label={t('today.undoWhat', { what: dose.title || line.medicine.record.title })}
        >
          {t('deed.undo')}
        </Button>
      ) : null}
    </span>
  )
}

function DoseActions({
  line,
  day,
  isBusy,
  onWrite,
}: {
  line: Line
  day: string
  isBusy: boolean
  onWrite: ReturnType<typeof useTakeDose>['write']
}) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const { record } = line.medicine
  const planned = line.dose === null ? null : { day, time: line.dose.time }
  const what = `${titleOf(record, t)} ${line.dose?.time ?? ''}`.trim()
  const form = slots.slotOf({ type: 'form', collection: record.collection, id: null, kind: 'doses', about: record.id })
  return (
    <span className={`${styles.answer} ck-screen-only`}>
      <Button
        leftSection={<IconCheck size={20} />}
        variant={line.dose?.state === 'coming' ? 'light' : 'filled'}
        loading={isBusy}
        onClick={() => void onWrite(record, 'taken', planned)}
        aria-label={t('today.takeWhat', { what })}
      >
        {t('today.take')}
      </Button>
      <Button
        variant="default"
        onClick={() => void onWrite(record, 'skipped', planned)}
        aria-label={t('today.skipWhat', { what })}
      >
        {t('today.skip')}
      </Button>
      <Button
        component="a"
        variant="subtle"
        href={addressOf('form', summary.slot, form)}
        aria-label={t('today.otherWhat', { what })}
      >
        {t('today.other')}
      </Button>
    </span>
  )
}
