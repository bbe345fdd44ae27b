/** The part of an open chart that changes its holders and managers, as the app sees it (api-owners.ts). */
import { idText, textId } from '@chartkeep/protocol'
import { hasAccountHead, newestBoxKey, type AccountState } from '@chartkeep/protocol/account'
import { isOwner, liveOwners } from '@chartkeep/protocol/control'
import type { Observable } from 'rxjs'
import type { ChartOwners, OwnerOutcome, OwnerRole, Owners } from '../contract/api-owners.ts'
import { addOwnerNow, leaveNow, offerNow, takeOverNow, type LeaveOutcome } from '../consent/owners.ts'
import type { ServerApi } from '../ports/ports.ts'
import { type ControlActionOutcome } from '../consent/control-action.ts'
import { endOwnerNow } from '../consent/sharing.ts'
import { dropIntent, intentsOf, type RemoveIntent } from '../consent/pending-intents.ts'
import { readSharingCode } from '../account/sharing-code.ts'
import { shownName } from '../ports/shown-name.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export interface OwnerActionsInput {
  machine: VaultMachine
  /** This person's account and the name that others see. */
  self: { account: string; name: string }
  state$: Observable<Owners>
  accounts$: Observable<ReadonlySet<string>>
  accountState(account: string): AccountState | null
  /** Runs a network action after those before it; `offline` without a server. */
  action<T extends { type: string }>(work: (server: ServerApi) => Promise<T>): Promise<T | { type: 'offline' }>
  /** The same for actions that take access away: they are intents until done. */
  takeAway(
    intent: RemoveIntent,
    work: (server: ServerApi) => Promise<ControlActionOutcome>,
    isOver: () => boolean,
  ): Promise<ControlActionOutcome | { type: 'offline' }>
  note(action: string, subject: string): Promise<boolean>
  /** Views are updated, and a pass begins soon. */
  changed(): void
}

type AuditedAction = 'owner-added' | 'owner-removed' | 'handed-over' | 'took-over'

export class OwnerActions implements ChartOwners {
  readonly state$: Observable<Owners>
  readonly accounts$: Observable<ReadonlySet<string>>
  readonly #input: OwnerActionsInput

  constructor(input: OwnerActionsInput) {
    this.#input = input
    this.state$ = input.state$
    this.accounts$ = input.accounts$
  }

  whoseCode(text: string): ReturnType<ChartOwners['whoseCode']> {
    const code = readSharingCode(text)
    if (code === null) return { type: 'bad-code' }
    const { control, accounts } = this.#input.machine
    const account = idText(code.account)
    const isOurs = control !== null && liveOwners(control).some((owner) => idText(owner.account) === account)
    const log = accounts.lookup(code.account)
    // An account log that contradicts the code stops everything; a log that has grown since the code was made is fine.
    const holds = log !== null && (code.n > log.n || hasAccountHead(log, { n: code.n, h: code.h }))
    return isOurs && holds ? { type: 'owner', name: shownName(code.name) } : { type: 'other' }
  }

  async add(input: {
    person: { account: string; name: string }
    role: OwnerRole
    shown: { name: string; birthDate: string }
  }): Promise<OwnerOutcome> {
    const { machine, self, accountState } = this.#input
    const state = accountState(input.person.account)
    if (state === null) return { type: 'refused', error: 'grantee' }
    const { name, birthDate } = input.shown
    const people = { [self.account]: self.name }
    const label = { purpose: '', name, birthDate, grantee: input.person.name, people }
    const added = { account: state.account, generation: newestBoxKey(state).generation, role: input.role, label }
    return this.#noted('owner-added', state.account, (server) => addOwnerNow(machine, server, added), input.person.name)
  }

  async remove(account: string): Promise<OwnerOutcome> {
    const id = textId(account)
    if (id === null) return { type: 'refused', error: 'account' }
    const { machine, takeAway } = this.#input
    const outcome = await this.#noteDone('owner-removed', id, () =>
      takeAway(
        { kind: 'remove', owner: id },
        (server) => endOwnerNow(machine, server, id),
        () => machine.control !== null && !isOwner(machine.control, id),
      ),
    )
    return outcome.type === 'offline' ? { type: 'pending' } : outcome
  }

  async keep(account: string): Promise<void> {
    const { machine, changed } = this.#input
    for (const { key, intent } of intentsOf(machine)) {
      if (intent.kind === 'remove' && idText(intent.owner) === account)
        await exclusive(machine, () => dropIntent(machine, key))
    }
    changed()
  }

  async leave(): Promise<OwnerOutcome> {
    const outcome = await this.#input.action<LeaveOutcome>((server) => leaveNow(this.#input.machine, server))
    this.#input.changed()
    return outcome.type === 'waiting' || outcome.type === 'last-holder' ? outcome : outcomeOf(outcome)
  }

  async offer(account: string): Promise<OwnerOutcome> {
    const id = textId(account)
    if (id === null) return { type: 'refused', error: 'account' }
    return this.#noted('handed-over', id, (server) => offerNow(this.#input.machine, server, 'offer', id))
  }

  async withdraw(account: string): Promise<OwnerOutcome> {
    const id = textId(account)
    if (id === null) return { type: 'refused', error: 'account' }
    const outcome = await this.#input.action((server) => offerNow(this.#input.machine, server, 'withdraw', id))
    this.#input.changed()
    return outcomeOf(outcome)
  }

  async takeOver(giver: string): Promise<OwnerOutcome> {
    const id = textId(giver)
    if (id === null) return { type: 'refused', error: 'account' }
    return this.#noted('took-over', id, (server) => takeOverNow(this.#input.machine, server, id))
  }

  #noted(
    action: AuditedAction,
    account: Uint8Array,
    work: (server: ServerApi) => Promise<ControlActionOutcome>,
    name?: string,
  ): Promise<OwnerOutcome> {
    return this.#noteDone(action, account, () => this.#input.action(work), name)
  }

  async #noteDone(
    action: AuditedAction,
    account: Uint8Array,
    work: () => Promise<ControlActionOutcome | { type: 'offline' }>,
    name = this.#input.machine.keys.people.get(idText(account)) ?? '',
  ): Promise<OwnerOutcome> {
    const outcome = await work()
    if (outcome.type === 'done') await this.#input.note(action, name)
    this.#input.changed()
    return outcomeOf(outcome)
  }
}

function outcomeOf(outcome: ControlActionOutcome | { type: 'offline' }): OwnerOutcome {
  if (outcome.type === 'stale') return { type: 'refused', error: outcome.why }
  if (outcome.type === 'error') return { type: 'refused', error: outcome.error }
  return outcome.type === 'done' ? { type: 'done' } : outcome
}
