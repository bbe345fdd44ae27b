/** A treatment plan as a page to read: what it is for, goals, steps with when, and what else to know. */
import type { PlanForm } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import styles from './plan-body.module.css'

/** What was not written does not appear. */
export function PlanBody({ plan }: { plan: PlanForm }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  const { summary, start, end, goals, steps, details } = plan
  return (
    <div className={styles.plan}>
      {summary === '' ? null : <p className={styles.text}>{summary}</p>}
      {start === '' && end === '' ? null : (
        <p>
          {end === ''
            ? t('plan.since', { start: formatDate(start, language) })
            : start === ''
              ? t('plan.until', { end: formatDate(end, language) })
              : t('plan.span', { start: formatDate(start, language), end: formatDate(end, language) })}
        </p>
      )}
      {goals.length === 0 ? null : (
        <section>
          <h3>{t('plan.goals')}</h3>
          <ul>
            {goals.map((goal) => (
              <li key={goal}>{goal}</li>
            ))}
          </ul>
        </section>
      )}
      {steps.length === 0 ? null : (
        <section>
          <h3>{t('plan.steps')}</h3>
          <ol>
            {steps.map(({ what, when, state }, index) => (
              // Two steps may read the same; their place tells them apart.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={index}>
                {what}
                {when === '' ? null : <span className={styles.when}> · {when}</span>}
                {state === 'not-started' ? null : (
                  <StatusMark status={state === 'completed' ? 'good' : state === 'stopped' ? 'neutral' : 'info'}>
                    {t(`plan.step.${state}`)}
                  </StatusMark>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
      {details === '' ? null : (
        <section>
          <h3>{t('plan.details')}</h3>
          <p className={styles.text}>{details}</p>
        </section>
      )}
    </div>
  )
}
