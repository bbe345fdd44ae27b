/**
 * Over every screen of a patient's chart in a practice: who it is, what they must not be given, how long the chart stays open. It never scrolls
 * off, so that the current chart is always in view; on a phone that holds for name, age and birth date, and allergies.
 */
import type { ChartProjection } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import type { ShownSummary } from '../context/app-context.tsx'
import { ageOf } from '../practice/age.ts'
import { allergyMarks } from '../practice/allergy-marks.ts'
import { birthDateOf, nameOf } from '../practice/chart-name.ts'
import type { PatientRecord } from '../practice/patient-records.ts'
import { deathWords } from '../words/chart-patient.ts'
import { useDeath } from '../chart/use-death.ts'
import { useMinute } from '../hooks/use-minute.ts'
import { AccessEnd } from './access-end.tsx'
import { EmergencyDone } from './emergency-done.tsx'
import { EmergencyClock, EmergencyMark } from './emergency-mark.tsx'
import styles from './practice-frame.module.css'

/** `own`: the practice's own record of this person; its number goes before what the chart says. */
export function IdentityStrip({ chart, own }: { chart: ShownSummary; own: PatientRecord | undefined }) {
  const { t } = useTranslation()
  const now = useMinute()
  const language = currentLanguage()
  const { care } = chart
  const birthDate = birthDateOf(chart, own)
  const death = useDeath(chart.file === undefined ? chart.slot : null)
  const age = ageOf(birthDate, now)
  const record = own?.number || (care?.numbers[0] ?? '')
  return (
    <section className={styles.strip} aria-label={t('clinic.identity')}>
      <div className={styles.always}>
        <EmergencyMark chart={chart} />
        <strong className={styles.name}>{nameOf(chart)}</strong>
        <span>
          {birthDate === ''
            ? t('clinic.noBirthDate')
            : [
                age === null || death !== null
                  ? ''
                  : t(age.isAbout ? 'clinic.ageAbout' : 'clinic.age', { count: age.years }),
                formatDate(birthDate, language),
              ]
                .filter(Boolean)
                .join(' · ')}
        </span>
        {death === null ? null : <strong>{deathWords(death, t, language)}</strong>}
        {chart.file === undefined ? (
          <AllergyMarks care={care} />
        ) : (
          <StatusMark status="neutral">{t('patients.allergiesGone')}</StatusMark>
        )}
      </div>
      <div className={styles.more}>
        <span>{genderWord(care?.gender || (own?.gender ?? ''), t)}</span>
        <span>{record === '' ? t('clinic.noNumber') : t('clinic.number', { number: record })}</span>
        {chart.file === undefined ? (
          <AccessEnd chart={chart} />
        ) : (
          <span>{t(chart.file === 'unknown' ? 'patients.notHere' : 'shared.over')}</span>
        )}
        <EmergencyClock chart={chart} />
        <EmergencyDone chart={chart} />
      </div>
    </section>
  )
}

/** The allergies of a digest: each by name, high risk first, or which of the empties it is. */
function AllergyMarks({ care }: { care: ChartProjection | null }) {
  const { t } = useTranslation()
  return (
    <>
      {allergyMarks(care, t).map((mark) => (
        <StatusMark key={mark.word} status={mark.status} filled={mark.status === 'danger'}>
          {mark.word}
        </StatusMark>
      ))}
    </>
  )
}

function genderWord(gender: string, t: TFunction): string {
  return gender === 'female' || gender === 'male' || gender === 'other' ? t(`clinic.${gender}`) : t('clinic.noGender')
}
