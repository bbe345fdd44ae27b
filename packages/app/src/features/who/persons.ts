/**
 * Who is named in the log, one by one: of a practice each member apart, for each device is one member's (C12). Within the practice a member has their
 * own name; elsewhere the account log seals it, and the name is known once they signed something here (N1). Pure.
 */
import type { AuditLine, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { rolesText } from '../../app/practice/roles-text.ts'

type Author = AuditLine['author']

/** What tells one person of the log from another. */
export interface Naming {
  t: TFunction
  /** The practice of this session; null in a person's. */
  practice: { account: string; name: string } | null
  /** Names of members by account and member ({@link personKey}), as signatures that hold prove them. */
  proved: ReadonlyMap<string, string>
}

export interface LogPerson {
  /** An account, or one member of a practice's. */
  key: string
  label: string
}

/** Of a member account and id; of everybody else the account. */
export function personKey({ account, member }: Pick<Author, 'account' | 'member'>): string {
  return member === '' ? account : `${account} ${member}`
}

/** Whether a line is of whom a key means; '' means everybody, an account all members of that practice. */
export function isOf({ author }: Pick<AuditLine, 'author'>, key: string): boolean {
  return key === '' || key === author.account || key === personKey(author)
}

/** Names of members that signatures prove. */
export function provedNames(signatures: readonly SignatureView[]): Map<string, string> {
  return new Map(
    signatures
      .filter(({ state, who }) => state.type === 'holds' && who.member !== '' && who.name !== '')
      .map(({ who }) => [personKey(who), who.name]),
  )
}

/** "You", a person's name, "Lin Wei, Green Clinic", or "A device of Green Clinic" where nothing here says who sits at it. */
export function personName(author: Author, { t, practice, proved }: Naming): string {
  if (author.me) return t('audit.you')
  const isOurs = practice !== null && author.account === practice.account
  const place = isOurs ? practice.name : author.name || t('audit.someone')
  if (author.member === '' && !isOurs) return place
  const ours = isOurs && author.name !== place ? author.name : ''
  const name = ours || (proved.get(personKey(author)) ?? '')
  return name === '' ? t('who.deviceOf', { practice: place }) : t('who.memberOf', { name, practice: place })
}

/**
 * Everybody who is named in the log, in its order. Members who are called alike are told apart by their roles, else by the beginning of their ids; a
 * practice of which several are named can be chosen as a whole too.
 */
export function personsOf(lines: readonly Pick<AuditLine, 'author'>[], naming: Naming): LogPerson[] {
  const { t } = naming
  const authors = [...new Map(lines.map(({ author }) => [personKey(author), author])).values()]
  const label = toldApart(authors, naming)
  const byAccount = Map.groupBy(authors, ({ account }) => account)
  return [...byAccount].flatMap(([account, all]) => {
    const members = all.map((author) => ({ key: personKey(author), label: label(author) }))
    if (all.length === 1) return members
    const place = account === naming.practice?.account ? naming.practice.name : all[0]!.name || t('audit.someone')
    const rest = members.filter(({ key }) => key !== account)
    return [{ key: account, label: t('who.everybodyOf', { practice: place }) }, ...rest]
  })
}

function toldApart(authors: readonly Author[], naming: Naming): (author: Author) => string {
  const { t } = naming
  const withMore = (label: string, more: string) => (more === '' ? label : t('who.toldApart', { label, more }))
  const named = (author: Author) => personName(author, naming)
  const withRoles = (author: Author) => withMore(named(author), rolesText(author.roles, t))
  const isAlone = (author: Author, words: (one: Author) => string) =>
    authors.filter((one) => words(one) === words(author)).length === 1
  return (author) => {
    if (isAlone(author, named) || author.member === '') return named(author)
    return isAlone(author, withRoles)
      ? withRoles(author)
      : withMore(withRoles(author), author.member.slice(0, ID_SHOWN))
  }
}

/** Letters of an id that tell members apart. */
const ID_SHOWN = 6
