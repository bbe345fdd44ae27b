/** What each role may do, in words, from the one table of the domain (practice-roles.ts) that keys and server follow too. */
import {
  CARE_ROLES,
  type CareRole,
  type Collection,
  COLLECTIONS,
  mayDoInPractice,
  PRACTICE_ACTIONS,
  PRACTICE_ROLES,
  type PracticeRole,
  rightsInChart,
  rightsInPractice,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../ui/display/card.tsx'
import styles from './practice.module.css'

export function RoleTable() {
  const { t } = useTranslation()
  return (
    <>
      {PRACTICE_ROLES.map((role) => (
        <section key={role} className={styles.role} aria-label={t(`role.${role}`)}>
          <h3>{t(`role.${role}`)}</h3>
          <Facts
            items={[
              { label: t('practice.inPractice'), value: inPractice(role, t) },
              { label: t('practice.inCharts'), value: inCharts(role, t) },
              { label: t('practice.deeds'), value: actionsOf(role, t) || t('practice.nothing') },
            ]}
          />
        </section>
      ))}
    </>
  )
}

/** "sign notes, book appointments", in the order of the table. */
export function actionsOf(role: PracticeRole, t: TFunction): string {
  return PRACTICE_ACTIONS.filter((action) => mayDoInPractice([role], action))
    .map((action) => t(`practice.deed.${action}`))
    .join(t('share.comma'))
}

function inPractice(role: PracticeRole, t: TFunction): string {
  const held = COLLECTIONS.filter((list) => rightsInPractice(role, list).length > 0)
  if (held.length === 0) return t('practice.nothing')
  if (held.every((list) => list === 'audit')) return t('practice.auditOnly')
  const written = held.filter((list) => rightsInPractice(role, list).includes('append'))
  if (written.length === COLLECTIONS.length) return t('practice.everything')
  return t('practice.writes', { lists: written.map((list) => t(`collection.${list}`)).join(t('share.comma')) })
}

function inCharts(role: PracticeRole, t: TFunction): string {
  if (!isCareRole(role)) return t('practice.nothing')
  const writes = (list: Collection) => rightsInChart(role, list, ['read', 'append']).includes('append')
  const read = COLLECTIONS.filter((list) => !writes(list))
  const written = COLLECTIONS.filter(writes)
  const named = (lists: readonly Collection[]) => lists.map((list) => t(`collection.${list}`)).join(t('share.comma'))
  if (read.length === 0) return t('practice.chartAll')
  if (written.length === 0) return t('practice.chartRead')
  return written.length < read.length
    ? t('practice.chartFew', { lists: named(written) })
    : t('practice.chartMost', { lists: named(read) })
}

function isCareRole(role: PracticeRole): role is CareRole {
  return (CARE_ROLES as readonly PracticeRole[]).includes(role)
}
