/** What is shared, as one thing for each action: roles of a practice, more time, what has ended. */
import type { GrantView } from '@chartkeep/sync'
import { sharesOf } from '@chartkeep/app/src/app/people/shares.ts'
import { expect, test } from 'vitest'

const DAY = 86_400_000
const scope = (collection: string, ...rights: GrantView['scopes'][number]['rights']) => ({ collection, rights })

function grant(id: string, more: Partial<GrantView> = {}): GrantView {
  return {
    id,
    account: 'clinic',
    name: 'Green Clinic',
    role: null,
    scopes: [scope('labs', 'read', 'append'), scope('profile', 'read', 'append')],
    from: 0,
    until: 2 * DAY,
    purpose: '',
    state: 'active',
    since: 0,
    endedAt: null,
    fromNow: false,
    departed: [],
    program: null,
    ...more,
  }
}
const ids = (grants: readonly GrantView[]) => grants.map(({ id }) => id)

test('C12: the grants of a practice’s roles are one share, with the roles in the order of the table and what any of them may do', () => {
  const readOnly = [scope('profile', 'read'), scope('labs', 'read')]
  const shares = sharesOf([
    grant('scribe', { role: 'scribe', scopes: readOnly, departed: [{ device: 'd', at: 5 }] }),
    grant('nurse', { role: 'nurse' }),
    grant('physician', { role: 'physician' }),
    grant('person', { account: 'mei', name: 'Mei' }),
  ])
  expect(shares.map(({ key, roles }) => ({ key, roles }))).toEqual([
    { key: 'scribe', roles: ['physician', 'nurse', 'scribe'] },
    { key: 'person', roles: [] },
  ])
  expect(shares[0]).toMatchObject({ rights: ['read', 'append'], departed: [{ device: 'd', at: 5 }] })
  expect(ids(shares[0]!.grants)).toEqual(['scribe', 'nurse', 'physician'])
})

test('C3: more time is shown with the share that it prolongs; what stops one stops both, and only the newest is prolonged again', () => {
  const [share, ...others] = sharesOf([grant('old'), grant('new', { until: 9 * DAY })])
  expect(others).toEqual([])
  expect(share).toMatchObject({ key: 'new', until: 9 * DAY })
  expect(ids(share!.grants)).toEqual(['new', 'old'])
  expect(ids(share!.newest)).toEqual(['new'])
})

test.each<[string, Partial<GrantView>]>([
  ['fewer lists', { scopes: [scope('labs', 'read', 'append')] }],
  ['fewer rights', { scopes: [scope('labs', 'read'), scope('profile', 'read')] }],
  ['another account', { account: 'mei' }],
  ['another role', { role: 'nurse' as const }],
  ['only from now on', { fromNow: true }],
  ['not yet in force', { state: 'pending' as const }],
  ['an end that waits to be sent', { state: 'stopping' as const }],
])('a longer share with %s is next to the other', (_, more) => {
  const old = grant('old', { role: more.role == null ? null : 'physician' })
  expect(sharesOf([old, grant('new', { until: 9 * DAY, ...more })])).toHaveLength(2)
})

test('a share that is over is never hidden behind one in force, and tells when the last of it ended', () => {
  const shares = sharesOf([
    grant('a', { role: 'nurse', state: 'revoked', endedAt: 7 }),
    grant('b', { role: 'physician', state: 'revoked', endedAt: 9 }),
    grant('new', { until: 9 * DAY }),
  ])
  expect(shares.map(({ state, endedAt }) => ({ state, endedAt }))).toEqual([
    { state: 'revoked', endedAt: 9 },
    { state: 'active', endedAt: null },
  ])
})
