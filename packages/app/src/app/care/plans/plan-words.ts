/** The words for a plan's state, for both sides. */
import type { PlanState, Validity } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { authorName } from '../../words/record-view.ts'
import type { Mark } from '../../../ui/lists/list-rows.ts'
import { validityWord } from '../../words/record-view.ts'
import type { PlanView } from './plan-views.ts'

/** What a plan is called: as its record is everywhere else, where its source gave it no title of its own. */
export function planTitle({ form, record }: Pick<PlanView, 'form' | 'record'>, t: TFunction): string {
  return form.title || record.title || t('plan.untitled')
}

/** What a row of a plan carries: what the patient is to do first, then its state. */
export function planMarks({ broken, asks, acknowledgement, state, validity }: PlanView, t: TFunction): Mark[] {
  return [
    ...(broken === null ? [] : [{ status: 'danger', word: t('plan.broken') } as const]),
    ...(asks ? [{ status: 'attention', word: t('plan.toConfirm') } as const] : []),
    planStateMark(state, t),
    ...validityMarks(validity, t),
    ...(acknowledgement === null ? [] : [{ status: 'good', word: t('plan.confirmed') } as const]),
  ]
}

/** That a plan is over by its end, or has not begun, whatever its state is. */
export function validityMarks(validity: Validity, t: TFunction): Mark[] {
  const word = validityWord(validity, { t, language: currentLanguage() })
  return word === '' ? [] : [{ status: 'neutral', word }]
}

export function planStateMark(state: PlanState, t: TFunction): Mark {
  switch (state) {
    case 'draft':
      return { status: 'neutral', word: t('plan.state.draft') }
    case 'active':
      return { status: 'info', word: t('plan.state.active') }
    case 'on-hold':
      return { status: 'attention', word: t('plan.state.on-hold') }
    case 'completed':
      return { status: 'good', word: t('plan.state.completed') }
    case 'revoked':
      return { status: 'neutral', word: t('plan.state.revoked') }
    case 'unknown':
      return { status: 'neutral', word: t('state.unknown') }
  }
}

/** Who wrote a plan and who approved this version of it. */
export function planSource(
  { record, approval }: Pick<PlanView, 'record' | 'approval'>,
  t: TFunction,
): { label: string; value: string }[] {
  const time = (moment: number) => formatMoment(new Date(moment), currentLanguage())
  return [
    { label: t('record.who'), value: authorName(record, t) },
    { label: t('record.when'), value: time(record.savedAt) },
    {
      label: t('plan.approvedBy'),
      value:
        approval === null ? t('plan.nobody') : t('plan.byAt', { name: approval.who.name, time: time(approval.at) }),
    },
  ]
}
