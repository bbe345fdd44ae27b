/**
 * Shown in place of a control that the member's roles do not give: who in the practice may do it, by the table of roles
 * (domain/practice-roles.ts), with their names. Every missing control has this explanation.
 */
import {
  CARE_ROLES,
  type Collection,
  collectionOfStreamName,
  mayAddInChart,
  mayAssignIn,
  mayDoInPractice,
  mayInPractice,
  PRACTICE_ROLES,
  type PracticeAction,
  type PracticeRole,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { mayDo, useChart } from '../context/app-context.tsx'
import { useObservable } from '../hooks/use-observable.ts'
import { usePractice, usePracticeIfAny } from './practice-context.tsx'
import styles from './care.module.css'

/** An action of the table; adding to a list of the practice or of patients' charts; handing over the work of a list. */
export type Lacking = PracticeAction | { adds: Collection } | { addsInChart: Collection } | { handsOver: Collection }

/** Names that are said; of more only how many. */
const NAMED = 3

/** "In this practice only physicians can release results. Ask Lin Wei." Nothing for a member who may. */
export function MayNot({ what }: { what: Lacking }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$) ?? []
  if (mayHere(what, practice.me.roles)) return null
  const roles = rolesFor(what)
  const able = members.filter((member) => !member.removed && member.roles.some((role) => roles.includes(role)))
  const names = able.slice(0, NAMED).map(({ name }) => name)
  if (able.length > NAMED) names.push(t('mayNot.others', { count: able.length - NAMED }))
  return (
    <p className={styles.mayNot}>
      {t('mayNot.only', {
        roles: listed(
          roles.map((role) => t(`mayNot.roles.${role}`)),
          'conjunction',
        ),
        action: wordsOf(what, t),
        ask: names.length === 0 ? t('mayNot.nobody') : t('mayNot.ask', { names: listed(names, 'disjunction') }),
      })}
    </p>
  )
}

/** Why nothing can be added to a list of the chart in view: by the member's roles, or because it is shared for reading. */
export function MayNotAdd({ list }: { list: string }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const view = usePracticeIfAny()
  const collection = collectionOfStreamName(list)
  // A chart opened in an emergency says on every screen that it is for reading.
  if (summary.relation === 'own' || summary.emergency !== null || summary.file !== undefined) return null
  if (mayDo(summary, list, 'append') || !mayDo(summary, list, 'read')) return null
  if (view !== null && collection !== null && !mayAddInChart(view.practice.me.roles, collection))
    return <MayNot what={{ addsInChart: collection }} />
  return <p className={styles.mayNot}>{t('mayNot.readOnly')}</p>
}

/** Why the person cannot change what they added to a list of the chart in view: it is shared for adding. */
export function MayNotAmend({ list }: { list: string }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  if (summary.relation === 'own' || summary.emergency !== null) return null
  if (mayDo(summary, list, 'amend') || !mayDo(summary, list, 'append')) return null
  return <p className={styles.mayNot}>{t('mayNot.addOnly')}</p>
}

/** Whether a member with these roles may. */
export function mayHere(what: Lacking, roles: readonly PracticeRole[]): boolean {
  if (typeof what === 'string') return mayDoInPractice(roles, what)
  if ('adds' in what) return mayInPractice(roles, what.adds, 'append')
  if ('addsInChart' in what) return mayAddInChart(roles, what.addsInChart)
  return mayAssignIn(roles, what.handsOver)
}

/** Whom to ask: administrators own all lists of the practice, and write none about a patient whose chart no role of theirs opens. */
function rolesFor(what: Lacking): readonly PracticeRole[] {
  const asked = typeof what === 'object' && 'adds' in what ? CARE_ROLES : PRACTICE_ROLES
  return asked.filter((role) => mayHere(what, [role]))
}

function wordsOf(what: Lacking, t: TFunction): string {
  if (typeof what === 'string') return t(`practice.deed.${what}`)
  if ('adds' in what) return t('mayNot.add', { list: t(`collection.${what.adds}`) })
  if ('addsInChart' in what) return t('mayNot.addInChart', { list: t(`collection.${what.addsInChart}`) })
  return t('mayNot.handOver', { list: t(`collection.${what.handsOver}`) })
}

function listed(words: readonly string[], type: 'conjunction' | 'disjunction'): string {
  return new Intl.ListFormat(currentLanguage(), { type }).format(words)
}
