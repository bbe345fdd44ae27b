/** Above the list of vaccines: what is due by what records say, then each vaccine with its doses. Never that somebody is protected. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { useDeath } from '../../../app/chart/use-death.ts'
import { localNow } from '../../../app/measures/doses.ts'
import { doseNumberWords, dueRow } from '../../../app/measures/due-words.ts'
import { useMinute } from '../../../app/hooks/use-minute.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { dueVaccines, vaccineKinds, type VaccineDose } from '../../../app/measures/vaccines.ts'
import { formatDateOnly } from '../../../i18n/dates.ts'
import { Card } from '../../../ui/display/card.tsx'
import { RowLinks } from '../../../ui/lists/row-links.tsx'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import styles from './records.module.css'

const SHOWN = 5

/** `records` are those of the list; recommendations that came with a file stand among other records. */
export function VaccineHistory({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { chart, summary, views } = useChart()
  const death = useDeath(summary.slot)
  const { hrefOf, language } = useWording()
  const { day, zone } = localNow(useMinute())
  const others$ = useMemo(() => chart.list$('other'), [chart])
  const others = useObservable(others$)
  const due = useMemo(
    () => (death === null ? dueVaccines([...records, ...(others ?? [])], views, { day, zone }) : []),
    [records, others, views, day, zone, death],
  )
  const kinds = useMemo(() => vaccineKinds(records, views), [records, views])
  return (
    <>
      {due.length === 0 ? null : (
        <Card title={t('immunization.dueTitle')} flush>
          <RowLinks rows={due.map((one) => dueRow(one, hrefOf, t, language))} />
          <p className={styles.hint}>{t('immunization.dueHint')}</p>
        </Card>
      )}
      {kinds.length === 0 ? null : (
        <Card title={t('immunization.history')}>
          <ul className={styles.vaccines}>
            {kinds.map(({ key, name, doses }) => (
              <li key={key}>
                <h3>
                  {name}{' '}
                  <span className={styles.schedule}>
                    {t('immunization.doses', { count: doses.filter((dose) => dose.isGiven).length })}
                  </span>
                </h3>
                <Doses doses={doses.slice(0, SHOWN)} isNumbered={doses.some(({ doseNumber }) => doseNumber !== '')} />
                {doses.length > SHOWN ? (
                  <details>
                    <summary>{t('important.more', { count: doses.length - SHOWN })}</summary>
                    <Doses doses={doses.slice(SHOWN)} isNumbered={doses.some(({ doseNumber }) => doseNumber !== '')} />
                  </details>
                ) : null}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

/** `isNumbered`: some doses of the kind have a number, so that one without is told. */
function Doses({ doses, isNumbered }: { doses: readonly VaccineDose[]; isNumbered: boolean }) {
  const { t } = useTranslation()
  const { hrefOf, language } = useWording()
  return (
    <ol>
      {doses.map((dose) => (
        <li key={dose.record.id}>
          <a className="ck-alone" href={hrefOf(dose.record)}>
            {formatDateOnly(dose.record.date, language) || t('list.noDate')}
          </a>{' '}
          <DoseWords dose={dose} isNumbered={isNumbered} />
        </li>
      ))}
    </ol>
  )
}

function DoseWords({ dose, isNumbered }: { dose: VaccineDose; isNumbered: boolean }) {
  const { t } = useTranslation()
  if (!dose.isGiven) {
    const why = dose.reason || t('record.notGiven')
    return <StatusMark status="neutral">{t('immunization.notGivenWhy', { why })}</StatusMark>
  }
  const words = [
    doseNumberWords(dose.doseNumber, dose.seriesDoses, t) || (isNumbered ? t('immunization.doseUnnumbered') : ''),
    dose.lot === '' ? '' : t('immunization.lotIs', { lot: dose.lot }),
    dose.performer === '' ? '' : t('immunization.by', { who: dose.performer }),
  ]
  return <span className={styles.schedule}>{words.filter(Boolean).join(t('share.comma'))}</span>
}
