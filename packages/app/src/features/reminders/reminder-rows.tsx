/** Reminders as lines: what, of whom, when; done, or put off. A dose is done by recording it. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { keepReminderAction } from '../../app/reminders/reminder-state.ts'
import type { ChartReminder } from '../../app/reminders/reminder-watch.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import styles from './reminders.module.css'

const HOUR_MS = 3_600_000

export function ReminderRows({
  reminders,
  onChanged,
  onSaid,
}: {
  reminders: readonly ChartReminder[]
  onChanged: () => void
  /** Told to the person, in words. */
  onSaid: (words: string) => void
}) {
  const { t } = useTranslation()
  const session = useSession()
  const labelOf = useChartLabel()
  const { charts, keepOf } = useSessionCharts()
  const own = charts?.filter(({ relation }) => relation === 'own') ?? []
  const language = currentLanguage()
  const keep = (key: string, later: number | null) => {
    keepReminderAction(session, key, later, Date.now()).then(
      () => {
        onSaid(later === null ? t('reminders.isDone') : t('reminders.isLater'))
        onChanged()
      },
      () => onSaid(t('reminders.notKept')),
    )
  }
  return (
    <ul className={styles.rows}>
      {reminders.map(({ upcoming, at, rings, state }) => {
        const { key, kind, record, name, chart, date } = upcoming
        const thing =
          kind === 'shares' ? t('reminders.shareEnds', { name }) : name || (record ? titleOf(record, t) : '')
        const owner = own.find(({ slot }) => slot === chart)
        const person = owner === undefined ? '' : labelOf(owner)
        const what = own.length > 1 ? t('reminders.of', { what: thing, name: person }) : thing
        // A day is a day; only what has a time is shown with one.
        const when = date.includes('T') ? formatMoment(new Date(at), language) : formatDate(date, language)
        const rung = formatMoment(new Date(rings), language)
        const href =
          kind === 'shares' || record === null
            ? addressOf('share', chart)
            : addressOf('record', chart, keepOf(chart).slots.slotOf({ type: 'record', id: record.id }))
        return (
          <li key={key}>
            <span className={styles.what}>
              <a className="ck-alone" href={href}>
                {what}
              </a>
              <span className={styles.when}>
                {[
                  t('reminders.rangAt', { time: when }),
                  state === 'later' ? t('reminders.putOff', { time: rung }) : '',
                  state === 'coming' && rings !== at ? t('reminders.ringsAt', { time: rung }) : '',
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            {state === 'due' ? (
              <span className={styles.actions}>
                {kind === 'doses' ? null : (
                  <Button onClick={() => keep(key, null)} aria-label={t('reminders.doneWhat', { what })}>
                    {t('reminders.done')}
                  </Button>
                )}
                <Button
                  variant="default"
                  onClick={() => keep(key, Date.now() + HOUR_MS)}
                  aria-label={t('reminders.laterWhat', { what })}
                >
                  {t('reminders.later')}
                </Button>
                {kind === 'vaccines' || kind === 'appointments' ? (
                  <Button
                    variant="default"
                    onClick={() => keep(key, Date.now() + 24 * HOUR_MS)}
                    aria-label={t('reminders.tomorrowWhat', { what })}
                  >
                    {t('reminders.tomorrow')}
                  </Button>
                ) : null}
              </span>
            ) : null}
          </li>
        )
      })}
    </ul>
  )
}
