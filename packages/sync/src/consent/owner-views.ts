/** The holders and managers of a chart (C2), as the app shows them, and the actions available to this person. */
import { idText, MAX_HOLDERS } from '@chartkeep/protocol'
import { holdersOf, mayEnd, ownerOf, type Owner } from '@chartkeep/protocol/control'
import type { Owners, OwnerView } from '../contract/api-owners.ts'
import { handOverOf } from './owners.ts'
import type { People } from '../vault/people.ts'
import { intentsOf } from './pending-intents.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

function howEnded({ account, role }: Owner, by: Uint8Array): 'left' | 'removed' | 'handed-over' {
  if (idText(by) === idText(account)) return 'left'
  return role === 'holder' ? 'handed-over' : 'removed'
}

/** Accounts that own the chart, or did. */
export function ownerAccounts({ control }: VaultMachine): string[] {
  return (control?.owners ?? []).map(({ account }) => idText(account))
}

export function ownersView(machine: VaultMachine, people: People): Owners {
  const { control, account } = machine
  const own = control === null ? null : ownerOf(control, account)
  if (control === null || own === null) return { people: [], role: null, mayLeave: false, handOver: null }
  const offer = handOverOf(machine)
  const removing = new Set(
    intentsOf(machine).flatMap(({ intent }) => (intent.kind === 'remove' ? [idText(intent.owner)] : [])),
  )
  const isHolder = own.role === 'holder'
  const nameOf = (who: Uint8Array) => people.author(idText(who), '')

  function view(owner: Owner): OwnerView {
    const id = idText(owner.account)
    const isOther = owner.cut === null && id !== idText(account)
    const { name, me } = nameOf(owner.account)
    return {
      account: id,
      name,
      me,
      role: owner.role,
      since: owner.time,
      addedBy: owner.addedBy === null ? null : nameOf(owner.addedBy),
      may: {
        remove: isOther && mayEnd(control!, owner.account, account),
        makeHolder: isOther && isHolder && owner.role === 'manager' && holdersOf(control!).length < MAX_HOLDERS,
        offer: isOther && isHolder && owner.role === 'manager' && offer === null,
      },
      removing: removing.has(id),
      ended: owner.cut === null ? null : { at: owner.cut.time, how: howEnded(owner, owner.cut.by) },
    }
  }

  const isGiver = offer !== null && idText(offer.giver) === idText(account)
  const other = offer === null ? null : isGiver ? offer.receiver : offer.giver
  return {
    people: control.owners.map(view),
    role: own.role,
    mayLeave: mayEnd(control, account, account),
    handOver:
      offer === null || other === null
        ? null
        : { way: isGiver ? 'given' : 'received', account: idText(other), name: nameOf(other).name, since: offer.since },
  }
}
