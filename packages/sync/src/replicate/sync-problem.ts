/** The outcome of a sync pass as the app reports it: the key of a text that says what happened and what to do. */
import type { SyncStatus } from '../contract/api.ts'
import type { SyncOutcome } from './vault-sync.ts'

/** H2: the server does not accept the account yet; asking every few seconds would change nothing. */
export function awaitsAdmission({ problem }: SyncStatus): boolean {
  return problem !== null && ['invite', 'closed', 'waiting-full'].includes(problem.key)
}

/** A failure of one chart's store, or of memory, as an outcome. */
export function failureOf(error: unknown): SyncOutcome {
  const full = error instanceof Error && /quota/i.test(error.name + error.message)
  return { type: 'error', error: full ? 'full' : 'internal' }
}

type ProblemKey = NonNullable<SyncStatus['problem']>['key']

const PROBLEM_KEYS: ReadonlyMap<string, ProblemKey> = new Map<string, ProblemKey>([
  ['server-key', 'server-key'],
  ['audience', 'server-address'],
  ['full', 'full'],
  ['quota', 'full'],
  ['server-full', 'server-full'],
  ['unauthenticated', 'sign-in'],
  ['invite-required', 'invite'],
  ['invite-refused', 'invite'],
  ['closed', 'closed'],
  ['waiting-full', 'waiting-full'],
  ['refilling', 'refilling'],
  ['join', 'join'],
  ['devices-full', 'devices-full'],
])

export function problemOf(outcome: SyncOutcome): SyncStatus['problem'] {
  if (outcome.type === 'stopped') {
    const key =
      outcome.fault === 'fork' || outcome.fault === 'withheld' || outcome.fault === 'behind' ? outcome.fault : 'refused'
    return { key, code: outcome.what }
  }
  if (outcome.type === 'copied') return { key: 'copied', code: 'copied' }
  if (outcome.type === 'error') {
    const key = PROBLEM_KEYS.get(outcome.error) ?? 'refused'
    return { key, code: outcome.error }
  }
  return null
}
