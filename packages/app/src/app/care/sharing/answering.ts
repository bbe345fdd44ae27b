/**
 * Who reads a list of a chart and who can answer in it, by the consent of its owner. The one answer for every screen on which a person asks somebody
 * (M9). Pure.
 */
import type { GrantView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

export interface ListReader {
  account: string
  name: string
  isPractice: boolean
}

type Grant = Pick<GrantView, 'account' | 'name' | 'role' | 'state' | 'scopes' | 'until'>

/** An intent that was kept while offline takes effect together with the question. */
export function isInForce({ state, until }: Grant, now: number): boolean {
  return (state === 'active' || state === 'pending') && until > now
}

/** Accounts that may read the list, and with `answers` write in it too; each once, however many of its roles have a grant. */
export function accountsWith(grants: readonly Grant[], list: string, answers: boolean): ListReader[] {
  const granted = grants.filter(({ scopes }) =>
    scopes.some(
      ({ collection, rights }) =>
        collection === list && rights.includes('read') && (!answers || rights.includes('append')),
    ),
  )
  return [
    ...new Map(
      granted.map(({ account, name, role }) => [account, { account, name, isPractice: role !== null }]),
    ).values(),
  ]
}

/** Who can read and answer what is asked in a list. */
export interface Answering {
  people: readonly ListReader[]
  /** Accounts that could before their share ended. */
  before: ReadonlySet<string>
}

/** `now`: milliseconds since 1970. */
export function answeringOf(grants: readonly Grant[], list: string, now: number): Answering {
  const people = accountsWith(
    grants.filter((grant) => isInForce(grant, now)),
    list,
    true,
  )
  const before = new Set(
    accountsWith(
      grants.filter((grant) => !isInForce(grant, now)),
      list,
      true,
    ).map(({ account }) => account),
  )
  return { people, before }
}

/**
 * Why nobody can answer what was asked of an account (null: of any practice), in a sentence; '' where somebody can, and where it is not known here:
 * who may read a chart is its owner's to know.
 */
export function noAnswerWords(answering: Answering | null | undefined, account: string | null, t: TFunction): string {
  if (!answering) return ''
  const { people, before } = answering
  if (people.some((one) => (account === null ? one.isPractice : one.account === account))) return ''
  const hadShare = account === null ? before.size > 0 : before.has(account)
  return t(hadShare ? 'care.shareEnded' : 'care.nobodyAnswers')
}

/** The same for what may be asked of anybody who answers in the list, a practice or a person. */
export function nobodyAnswersWords(answering: Answering | null | undefined, t: TFunction): string {
  return answering?.people.length === 0 ? noAnswerWords(answering, null, t) : ''
}
