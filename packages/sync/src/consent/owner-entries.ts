/**
 * Writes the entries that add, change and end owners (C2). control-owners.ts of packages/protocol has the rules by which every reader
 * checks them.
 */
import { randomBytes as systemRandom } from '@chartkeep/crypto'
import { accountHead, type AccountState, type Waited } from '@chartkeep/protocol/account'
import {
  controlHead,
  type ControlEntry,
  type ControlState,
  type Cut,
  type Member,
  type OwnerRole,
} from '@chartkeep/protocol/control'
import type { GrantLabel, VaultKeys } from '../vault/content-keys.ts'
import { renewal, shownIn, signEntry } from './control-writer.ts'
import { ownerPart, type Author, type FreshKey, type Remaining } from '../vault/entry-parts.ts'

/**
 * Makes `added` an owner and gives it every key of every epoch, those of the audit log and the access log included, and the secret of
 * document ids. A manager who becomes a holder has them already. `label`: the chart's name, and the names of its owners.
 */
export function addOwnerEntry(
  control: ControlState,
  keys: VaultKeys,
  added: { account: AccountState; role: OwnerRole; isOwner: boolean },
  label: GrantLabel,
  author: Author,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const { account, role } = added
  const member: Member = { op: 'add', account: account.account, role, accountLog: accountHead(account) }
  const all = [...keys.streams.values()].flatMap(({ stream, name, byEpoch }) =>
    [...byEpoch].map(([epoch, key]): FreshKey => ({ stream, epoch, key, name })),
  )
  const others = (author.owners ?? [author.account]).filter((owner) => owner.account !== account.account)
  const parts = [
    ...(added.isOwner ? [] : [ownerPart(control.vault, account, all, keys.docSecret, label, randomBytes)]),
    ...others.map((owner) => ownerPart(control.vault, owner, [], null, label, randomBytes)),
  ]
  return signEntry(control.vault, controlHead(control), author, { type: 'manager', member }, parts)
}

/** Offers the signer's place as holder, or withdraws the offer. */
export function offerEntry(
  control: ControlState,
  op: 'offer' | 'withdraw',
  other: Uint8Array,
  author: Author,
  waited: Waited | null = null,
): Promise<ControlEntry> {
  const member: Member = { op, account: other, role: null, accountLog: null }
  return signEntry(control.vault, controlHead(control), author, { type: 'manager', member, ...shownIn(waited) }, [])
}

/** The receiver's half of a hand-over: ends the giver, with new keys that the giver does not receive. */
export function takeOverEntry(
  control: ControlState,
  keys: VaultKeys,
  cut: Cut & { account: Uint8Array },
  remaining: Remaining[],
  author: Author,
): Promise<ControlEntry> {
  const member: Member = { op: 'take-over', account: cut.account, role: null, accountLog: null }
  const all = [...control.streams.keys()]
  return renewal(control, keys, { type: 'manager', member, cut }, all, remaining, author, cut.account)
}

/** A leaving owner makes no new keys, because it would know them; the next owner's device does. */
export function leaveEntry(
  control: ControlState,
  cut: Cut,
  author: Author,
  waited: Waited | null = null,
): Promise<ControlEntry> {
  return signEntry(control.vault, controlHead(control), author, { type: 'cut', cut, ...shownIn(waited) }, [])
}
