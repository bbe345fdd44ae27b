/** Roles of a practice in words, in one line. */
import { PRACTICE_ROLES } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

/** "administrator, physician" in the order of the table; a role that this app does not know is left out. */
export function rolesText(roles: readonly string[], t: TFunction): string {
  return PRACTICE_ROLES.filter((role) => roles.includes(role))
    .map((role) => t(`role.${role}`))
    .join(t('share.comma'))
}
