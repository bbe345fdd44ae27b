/** What is different between two versions of a plan, in words: added, removed, was and is. */
import type { PlanForm } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { planChanges, type PlanChange } from './plan-difference.ts'

export function PlanChanges({ before, after }: { before: PlanForm; after: PlanForm }) {
  const { t } = useTranslation()
  const changes = planChanges(before, after, (state) => t(`plan.step.${state}`))
  if (changes.length === 0) return <p>{t('plan.sameWords')}</p>
  return (
    <ul aria-label={t('plan.changes')}>
      {changes.map((change) => (
        <li key={`${change.field} ${change.was} ${change.is}`} style={{ overflowWrap: 'anywhere' }}>
          {sentence(change, t)}
        </li>
      ))}
    </ul>
  )
}

function sentence({ field, was, is }: PlanChange, t: TFunction): string {
  const isDate = field === 'start' || field === 'end'
  const shown = (text: string) => (isDate ? formatDate(text, currentLanguage()) : text)
  const label = t(`plan.field.${field}`)
  if (was === '') return t('plan.added', { field: label, is: shown(is) })
  if (is === '') return t('plan.removed', { field: label, was: shown(was) })
  return t('plan.changed', { field: label, was: shown(was), is: shown(is) })
}
