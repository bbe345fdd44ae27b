/**
 * Shares as a person made them. Sharing with a practice creates a grant for each role in the control log (C12), and more time creates a
 * further grant in addition to the expiring one (C3): here they are one share, which is shown, extended and stopped as one.
 */
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import type { GrantView, RightWord } from '@chartkeep/sync'

export interface Share extends Pick<GrantView, 'account' | 'name' | 'until' | 'purpose' | 'fromNow' | 'state'> {
  /** The id of one of its grants. */
  key: string
  /** The practice's roles that have it, in the order of the table; empty for a person. */
  roles: PracticeRole[]
  collections: string[]
  rights: RightWord[]
  /** Its grants, those that gave less time before included: whoever stops it stops all of them. */
  grants: GrantView[]
  /** Its own grants alone. */
  newest: GrantView[]
  endedAt: number | null
  departed: GrantView['departed']
}

/** In the order of their first grants. */
export function sharesOf(grants: readonly GrantView[]): Share[] {
  const groups = Map.groupBy(grants, shareKey)
  const shares = [...groups.values()].map(shareOf)
  const shown = shares.filter((share) => !shares.some((other) => isCovered(share, other)))
  return shown.map((share) => ({
    ...share,
    grants: [...share.newest, ...shares.filter((other) => isCovered(other, share)).flatMap(({ newest }) => newest)],
  }))
}

function shareKey({ account, until, purpose, fromNow, state, scopes }: GrantView): string {
  const collections = scopes.map(({ collection }) => collection).toSorted()
  return JSON.stringify([account, until, purpose, fromNow, state, collections])
}

function shareOf(grants: readonly GrantView[]): Share {
  const [first] = grants
  const { id, account, name, until, purpose, fromNow, state } = first!
  const scopes = grants.flatMap((grant) => grant.scopes)
  const ends = grants.flatMap(({ endedAt }) => endedAt ?? [])
  return {
    key: id,
    account,
    name,
    until,
    purpose,
    fromNow,
    state,
    roles: PRACTICE_ROLES.filter((role) => grants.some((grant) => grant.role === role)),
    collections: [...new Set(scopes.map(({ collection }) => collection))],
    rights: [...new Set(scopes.flatMap(({ rights }) => rights))],
    grants: [...grants],
    newest: [...grants],
    endedAt: ends.length === 0 ? null : Math.max(...ends),
    departed: grants.flatMap(({ departed }) => departed),
  }
}

/** Whether `other` gives the same people all of it, for longer. */
function isCovered(share: Share, other: Share): boolean {
  return (
    share.account === other.account &&
    share.state === 'active' &&
    other.state === 'active' &&
    share.until < other.until &&
    (!other.fromNow || share.fromNow) &&
    share.roles.every((role) => other.roles.includes(role)) &&
    share.collections.every((collection) => other.collections.includes(collection)) &&
    share.rights.every((right) => other.rights.includes(right))
  )
}
