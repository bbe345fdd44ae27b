/** What each role of a practice gets of one share, in words: the table of roles gives one less than another (C12), which "read, add" for all would hide. */
import { CARE_ROLES, type CareRole, isCollection, type PracticeRole, rightsInChart } from '@chartkeep/domain'
import type { GrantView, RightWord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { scopeLabel } from '../words/collection-label.ts'
import { rightsText } from './scopes.ts'

export interface RoleScopes {
  role: PracticeRole
  scopes: GrantView['scopes']
}

/** As a share will be given: `role` null is every role that patients are cared for by. */
export function roleScopes(
  role: CareRole | null,
  collections: readonly string[],
  rights: readonly RightWord[],
): RoleScopes[] {
  return (role === null ? CARE_ROLES : [role]).map((each) => ({
    role: each,
    scopes: collections.map((collection) => ({
      collection,
      rights: isCollection(collection) ? [...rightsInChart(each, collection, rights)] : [],
    })),
  }))
}

/** One line for each role, what it may with most lists first; none where all of them get `rights` with every list. */
export function roleLines(given: readonly RoleScopes[], rights: readonly RightWord[], t: TFunction): string[] {
  const whole = rightsText(rights, t)
  const roles = given.map(({ role, scopes }) => ({
    role,
    groups: [...Map.groupBy(scopes, (scope) => rightsText(scope.rights, t))].toSorted(
      ([, a], [, b]) => b.length - a.length,
    ),
  }))
  if (roles.every(({ groups }) => groups.every(([text]) => text === whole))) return []
  return roles.map(({ role, groups }) => {
    const parts = groups.map(([text, scopes], at) => {
      if (at === 0) return text
      const lists = scopes.map(({ collection }) => scopeLabel(collection, t)).join(t('share.comma'))
      return t('joined.label', { label: lists, text })
    })
    return t('joined.label', {
      label: t(`role.${role}`),
      text: parts.reduce((text, more) => t('joined.more', { text, more })),
    })
  })
}
