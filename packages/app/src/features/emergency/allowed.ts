/** What a person allowed for emergencies, as they did it: the grants of a practice's roles are one thing, shown and stopped as one (C12, C13). */
import { EMERGENCY_ROLES, type EmergencyRole } from '@chartkeep/domain'
import type { EmergencyGrantView } from '@chartkeep/sync'

export interface Allowed extends Pick<
  EmergencyGrantView,
  'account' | 'name' | 'collections' | 'durationMs' | 'until' | 'purpose'
> {
  /** The id of its first grant. */
  key: string
  roles: EmergencyRole[]
  /** Of its grants the one that matters most: open before used, used before held. */
  state: EmergencyGrantView['state']
  grants: string[]
  endedAt: number | null
}

/** What the person must see first. */
const ORDER: readonly EmergencyGrantView['state'][] = [
  'open',
  'used',
  'stopping',
  'pending',
  'held',
  'revoked',
  'expired',
]
const OVER: ReadonlySet<EmergencyGrantView['state']> = new Set(['revoked', 'expired'])

export function isOver({ state }: Pick<Allowed, 'state'>): boolean {
  return OVER.has(state)
}

/** In the order of their first grants. What is over is never one with what is not. */
export function allowedOf(grants: readonly EmergencyGrantView[]): Allowed[] {
  const groups = Map.groupBy(grants, (grant) => {
    const { account, until, durationMs, purpose, collections } = grant
    return JSON.stringify([account, until, durationMs, purpose, collections.toSorted(), isOver(grant)])
  })
  return [...groups.values()].map((group) => {
    const [first] = group
    const { id, account, name, collections, durationMs, until, purpose } = first!
    const ends = group.flatMap(({ endedAt }) => endedAt ?? [])
    return {
      key: id,
      account,
      name,
      collections,
      durationMs,
      until,
      purpose,
      roles: EMERGENCY_ROLES.filter((role) => group.some((grant) => grant.role === role)),
      state: ORDER.find((state) => group.some((grant) => grant.state === state)) ?? first!.state,
      grants: group.map((grant) => grant.id),
      endedAt: ends.length === 0 ? null : Math.max(...ends),
    }
  })
}
