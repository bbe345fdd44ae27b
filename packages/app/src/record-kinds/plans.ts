/** Plans and next steps: a section of the summary. Plans have screens of their own, so there is no kind with a form. */
import { isToCome } from '@chartkeep/domain'
import { ownDeathOf } from '../app/words/chart-patient.ts'
import { localNow } from '../app/measures/doses.ts'
import {
  type ChartSection,
  lineOfRecord,
  newestFirst,
  otherWords,
  recordsIn,
  type SummaryLine,
  type SummarySource,
} from '../app/words/summary-lines.ts'
import { dueVaccines } from '../app/measures/vaccines.ts'
import { deviceZone, formatDateOnly } from '../i18n/dates.ts'
import { asWritten, say } from '../i18n/said.ts'

export const plansSection: ChartSection = {
  title: (t) => t('summary.plans'),
  lists: ['plans', 'appointments', 'immunizations'],
  lines: plans,
  ips: 'plan',
  isPrintedAtFirst: true,
}

/** Plans that run, appointments that come, vaccines that are due. */
function plans(source: SummarySource): SummaryLine[] {
  const zone = deviceZone()
  const running = recordsIn(source, 'plans').filter(
    (record) => source.views.isCurrent(record, source.now) && (record.type === 'CarePlan' || record.type === 'Goal'),
  )
  const coming = recordsIn(source, 'appointments').filter(
    (record) =>
      record.type === 'Appointment' &&
      source.views.isCurrent(record, source.now) &&
      isToCome(record.date, { now: source.now.getTime(), zone }),
  )
  const isDead = ownDeathOf(source.records, source.now) !== null
  const found = isDead ? [] : dueVaccines(source.records, source.views, localNow(source.now))
  const due = found.flatMap((one) =>
    one.record === undefined
      ? []
      : [
          {
            ...lineOfRecord(one.record, source, () => []),
            what: asWritten(one.vaccine),
            words: say((t, language) =>
              one.date === ''
                ? t('due.noDate')
                : t('summary.due', { date: formatDateOnly(one.date, language, 'gregorian') }),
            ),
            when: asWritten(''),
            day: '',
          },
        ],
  )
  return [
    ...newestFirst(running).map((record) => lineOfRecord(record, source, otherWords)),
    ...newestFirst(coming)
      .toReversed()
      .map((record) => lineOfRecord(record, source, otherWords)),
    ...due,
  ]
}
