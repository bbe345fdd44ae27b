/** The part of an open chart that allows emergency access and shows its uses (C13), as the app sees it (api-emergency.ts). */
import { EMERGENCY_ROLES, isPrivateList } from '@chartkeep/domain'
import { idText, MAX_EMERGENCY_MS, MIN_EMERGENCY_MS } from '@chartkeep/protocol'
import type { Grant } from '@chartkeep/protocol/control'
import { map, type Observable } from 'rxjs'
import type {
  ChartEmergency,
  EmergencyGrantView,
  EmergencyInput,
  EmergencyUse,
  ShareInput,
  ShareOutcome,
} from '../contract/api.ts'
import type { ChartHost } from './chart-host.ts'
import type { ChartSharing } from './chart-sharing.ts'
import type { ChartWriter } from './chart-writer.ts'
import { emergencyUses, endsOf, keepSeen, unseenUses, useName } from '../emergency/emergency-uses.ts'
import { pendingShares, scopesOf, grantStatuses, type GrantStatus } from '../consent/grant-views.ts'
import type { People } from '../vault/people.ts'
import { shareIntents } from '../consent/share-intents.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** The shortest reason that the app accepts; the protocol requires one character. */
export const MIN_EMERGENCY_REASON = 10

export interface EmergencyOwnerActionsInput {
  machine: VaultMachine
  session: ChartHost
  vault: string
  sharing: ChartSharing
  writer: ChartWriter
  people: People
  /** Emits whenever the chart or its sync state has changed. */
  changed$: Observable<unknown>
}

export class EmergencyOwnerActions implements ChartEmergency {
  readonly grants$: Observable<EmergencyGrantView[]>
  readonly uses$: Observable<EmergencyUse[]>
  readonly #input: EmergencyOwnerActionsInput

  constructor(input: EmergencyOwnerActionsInput) {
    const { machine, people, changed$ } = input
    this.#input = input
    const own = <T>(view: () => T[]) => changed$.pipe(map(() => (isVaultOwner(machine) ? view() : [])))
    this.grants$ = own(() => emergencyGrants(machine))
    this.uses$ = own(() => emergencyUses(machine, people))
  }

  async allow(input: EmergencyInput): Promise<ShareOutcome> {
    const { machine, session, sharing, writer } = this.#input
    const { grantee, role, collections, durationMs, until, purpose, shown } = input
    if (!(durationMs >= MIN_EMERGENCY_MS && durationMs <= MAX_EMERGENCY_MS))
      return { type: 'refused', error: 'duration' }
    if (collections.length === 0) return { type: 'refused', error: 'collections' }
    // Decision 0044: no grant of this app holds a private list.
    if (collections.some(isPrivateList)) return { type: 'refused', error: 'private-list' }
    const scopes = collections.map((collection) => ({ collection, rights: ['read' as const] }))
    const [first, ...others] = !grantee.practice ? [] : role === undefined ? EMERGENCY_ROLES : [role]
    const wanted: ShareInput = {
      grantee,
      ...(first && { role: first }),
      team: others.map((each) => ({ grantee, role: each })),
      scopes,
      until,
      purpose,
      shown,
    }
    const intents = shareIntents(machine, wanted, (account) => session.accountState(account))
    if (intents === null) return { type: 'refused', error: 'grantee' }
    const outcome = await sharing.shareAll(intents.map((intent) => ({ ...intent, emergency: Math.round(durationMs) })))
    await writer.note('emergency-allowed', { subject: grantee.name, count: collections.length })
    return outcome
  }

  async markSeen(id: string): Promise<void> {
    const { machine, session, vault, writer } = this.#input
    await writer.note('emergency-seen', { record: useName(id) })
    await keepSeen(machine, id)
    await session.updateVaultRow(vault, { emergencyUses: unseenUses(machine) })
  }
}

/** Intents first, then grants, newest first. */
function emergencyGrants(machine: VaultMachine): EmergencyGrantView[] {
  const { control } = machine
  const standing = grantStatuses(machine)
  const made = [...(control?.grants.values() ?? [])].filter(({ emergency }) => emergency !== null)
  return [...pending(machine), ...made.toReversed().map((grant) => madeView(machine, grant, standing(grant)))]
}

function madeView(machine: VaultMachine, grant: Grant, { state, endedAt }: GrantStatus): EmergencyGrantView {
  const id = idText(grant.id)
  const label = machine.keys.labels.get(id)
  return {
    id,
    account: grant.account === null ? '' : idText(grant.account),
    name: label?.grantee ?? '',
    role: treatingRole(grant.role),
    collections: scopesOf(machine, grant).map(({ collection }) => collection),
    durationMs: grant.emergency!.duration,
    from: grant.notBefore,
    until: grant.notAfter,
    purpose: label?.purpose ?? '',
    state: state === 'stands' ? stateOfUse(machine, id) : state,
    since: grant.time,
    endedAt,
  }
}

function treatingRole(role: Grant['role']): EmergencyGrantView['role'] {
  return EMERGENCY_ROLES.find((each) => each === role) ?? null
}

/** `id`: of a grant in force. */
function stateOfUse(machine: VaultMachine, id: string): 'held' | 'open' | 'used' {
  const ends = endsOf(machine, id)
  if (ends.length === 0) return 'held'
  return Math.max(...ends) > machine.clocks.shown ? 'open' : 'used'
}

function pending(machine: VaultMachine): EmergencyGrantView[] {
  return pendingShares(machine).flatMap(({ key, intent }): EmergencyGrantView[] => {
    const { grantee, role, label, scopes, notBefore, notAfter, emergency } = intent
    if (emergency === undefined) return []
    return [
      {
        id: key,
        account: idText(grantee),
        name: label.grantee,
        role: treatingRole(role ?? null),
        collections: scopes.map(({ collection }) => collection),
        durationMs: emergency,
        from: notBefore,
        until: notAfter,
        purpose: label.purpose,
        state: 'pending',
        since: notBefore,
        endedAt: null,
      },
    ]
  })
}
