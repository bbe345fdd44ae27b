/**
 * What is shared with whom, as the person did it. One deed with a practice stands in the control log as a grant for each role (C12), and more time as a
 * further grant beside the one that runs out (C3): here each is one thing, which is shown, prolonged and stopped as one.
 */
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import type { GrantView, RightWord } from '@chartkeep/sync'

export interface ShareDeed extends Pick<GrantView, 'account' | 'name' | 'until' | 'purpose' | 'fromNow' | 'state'> {
  /** The id of one of its grants. */
  key: string
  /** Of a practice the roles that have it, in the order of the table; none for a person. */
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
export function shareDeeds(grants: readonly GrantView[]): ShareDeed[] {
  const groups = Map.groupBy(grants, deedKey)
  const deeds = [...groups.values()].map(deedOf)
  const shown = deeds.filter((deed) => !deeds.some((other) => isCovered(deed, other)))
  return shown.map((deed) => ({
    ...deed,
    grants: [...deed.newest, ...deeds.filter((other) => isCovered(other, deed)).flatMap(({ newest }) => newest)],
  }))
}

function deedKey({ account, until, purpose, fromNow, state, scopes }: GrantView): string {
  const collections = scopes.map(({ collection }) => collection).toSorted()
  return JSON.stringify([account, until, purpose, fromNow, state, collections])
}

function deedOf(grants: readonly GrantView[]): ShareDeed {
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
function isCovered(deed: ShareDeed, other: ShareDeed): boolean {
  return (
    deed.account === other.account &&
    deed.state === 'active' &&
    other.state === 'active' &&
    deed.until < other.until &&
    (!other.fromNow || deed.fromNow) &&
    deed.roles.every((role) => other.roles.includes(role)) &&
    deed.collections.every((collection) => other.collections.includes(collection)) &&
    deed.rights.every((right) => other.rights.includes(right))
  )
}
