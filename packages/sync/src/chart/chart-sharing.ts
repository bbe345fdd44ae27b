/**
 * Gives and ends access to an open chart, and decides on late arrivals (C1, C4, C9): at once if the server answers, otherwise as an intent.
 */
import { isPrivateList } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import type { LateOutcome, ShareInput, ShareOutcome } from '../contract/api.ts'
import type { ChartHost } from './chart-host.ts'
import type { ChartWriter } from './chart-writer.ts'
import { lateItems, lateName, takeFromBox, withForerunners } from '../files/quarantine-inbox.ts'
import type { ControlActionOutcome } from '../consent/control-action.ts'
import { LATER, type ServerApi } from '../ports/ports.ts'
import { isForProgram, moreTimeIntents, shareIntents } from '../consent/share-intents.ts'
import { acceptNow, cutGrantNow, GONE, grantNow, type ShareIntent } from '../consent/sharing.ts'
import {
  dropIntent,
  hasIntent,
  keepIntent,
  keepIntents,
  type RemoveIntent,
  type StopIntent,
} from '../consent/pending-intents.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export interface ChartSharingInput {
  machine: VaultMachine
  session: ChartHost
  writer: ChartWriter
  /** Runs the chart's network actions one after another. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  /** Views are updated. */
  changed(): void
}

export class ChartSharing {
  readonly #input: ChartSharingInput

  constructor(input: ChartSharingInput) {
    this.#input = input
  }

  async share(input: ShareInput): Promise<ShareOutcome> {
    // Decision 0044: no grant of this app holds a private list.
    if (input.scopes.some(({ collection }) => isPrivateList(collection)))
      return { type: 'refused', error: 'private-list' }
    if (!isForProgram(input, this.#input.machine.clock.now())) return { type: 'refused', error: 'program' }
    const { machine, session, writer } = this.#input
    const intents = shareIntents(machine, input, (account) => session.accountState(account))
    if (intents === null) return { type: 'refused', error: 'grantee' }
    const outcome = await this.shareAll(intents)
    const subject = [input, ...(input.team ?? [])].map(({ grantee }) => grantee.name).join(', ')
    await writer.note('shared', { subject, count: input.scopes.length })
    return outcome
  }

  /** C3: extends shares unchanged to a later end. */
  async moreTime(input: { grants: readonly string[]; until: number }): Promise<ShareOutcome> {
    const { machine, session, writer } = this.#input
    const intents = moreTimeIntents(machine, input, (account) => session.accountState(account))
    if (intents === null) return { type: 'refused', error: 'grant' }
    const outcome = await this.shareAll(intents)
    const names = new Set(intents.map(({ label }) => label.grantee))
    await writer.note('shared', { subject: [...names].join(', '), count: intents[0]!.scopes.length })
    return outcome
  }

  /** Stores all intents before the first is carried out, so that whatever a crash or the network interrupts is done later (C1). */
  async shareAll(intents: ShareIntent[]): Promise<ShareOutcome> {
    const { machine, session } = this.#input
    await exclusive(machine, () => keepIntents(machine, intents))
    const granted: string[] = []
    for (const intent of intents) {
      const outcome = await this.action((server) => this.#grant(server, intent))
      if (outcome.type === 'taken-back') continue
      if (outcome.type === 'offline') {
        session.wake()
        return { type: 'pending' }
      }
      const isDone = outcome.type === 'done'
      // If one is refused, the others are not carried out later by themselves.
      const settled = isDone ? [intent] : intents
      for (const { id } of settled) await this.dropIntent(idText(id))
      if (!isDone) return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
      granted.push(idText(intent.id))
    }
    return granted[0] === undefined ? { type: 'refused', error: GONE } : { type: 'in-force', grant: granted[0] }
  }

  /** By the time this runs, an earlier pass may have made the grant, or the person may have withdrawn the intent. */
  async #grant(server: ServerApi, intent: ShareIntent): Promise<ControlActionOutcome | { type: 'taken-back' }> {
    const { machine } = this.#input
    const id = idText(intent.id)
    if (await hasIntent(machine, id)) return grantNow(machine, server, intent)
    return machine.control?.grants.has(id) === true ? { type: 'done', grant: id } : { type: 'taken-back' }
  }

  async revoke(grant: string): Promise<ShareOutcome> {
    const id = textId(grant)
    if (id === null) return { type: 'refused', error: 'grant' }
    const { machine, writer } = this.#input
    const subject = machine.keys.labels.get(grant)?.grantee ?? ''
    const outcome = await this.takeAway(
      { kind: 'stop', grant: id },
      (server) => cutGrantNow(machine, server, id, 'revoked'),
      () => machine.control?.grants.get(grant)?.cut != null,
    )
    await writer.note('revoked', { subject })
    if (outcome.type === 'offline') return { type: 'pending' }
    if (outcome.type === 'done') return { type: 'in-force', grant }
    return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
  }

  /**
   * C1: an action that takes access away is stored before it is tried: it may have to wait for a long pass, and if the device is closed
   * meanwhile it acts when it is next opened. `isOver`: whether the log already has it. `offline`: it stays an intent.
   */
  async takeAway(
    intent: StopIntent | RemoveIntent,
    work: (server: ServerApi) => Promise<ControlActionOutcome>,
    isOver: () => boolean,
  ): Promise<ControlActionOutcome | { type: 'offline' }> {
    const { machine, session, changed } = this.#input
    const key = await exclusive(machine, () => keepIntent(machine, intent))
    changed()
    // An earlier pass may have carried it out, or the person may have withdrawn it.
    const outcome = await this.action<ControlActionOutcome>(async (server) =>
      (await hasIntent(machine, key))
        ? work(server)
        : isOver()
          ? { type: 'done', grant: '' }
          : { type: 'stale', why: GONE },
    )
    if (outcome.type === 'offline' || (outcome.type === 'error' && LATER.includes(outcome.error))) {
      session.wake()
      return { type: 'offline' }
    }
    await this.dropIntent(key)
    return outcome
  }

  async dropIntent(key: string): Promise<void> {
    const { machine, changed } = this.#input
    await exclusive(machine, () => dropIntent(machine, key))
    changed()
  }

  /** Runs a network action after those before it; `offline` without a server. */
  async action<T extends { type: string }>(work: (server: ServerApi) => Promise<T>): Promise<T | { type: 'offline' }> {
    const { machine, session, exclusively, changed } = this.#input
    const { server } = session
    if (server === null || session.serverKey() === null) return { type: 'offline' }
    machine.awaited++
    const outcome = await exclusively(() => {
      machine.awaited--
      return work(server)
    })
    changed()
    session.wake()
    return outcome
  }

  async takeLate(ids: readonly string[]): Promise<LateOutcome> {
    const { machine, session, changed } = this.#input
    const items = lateItems(machine).filter(({ hash, decision }) => ids.includes(hash) && decision !== 'taken')
    const beyond = new Map<string, { stream: Uint8Array; hash: Uint8Array }>()
    for (const { hash, late } of items) {
      if (late.n === null) {
        if (!(await takeFromBox(machine, hash))) return { type: 'refused', error: 'no-right' }
        await this.#noteLate('late-taken', hash, late.row)
        continue
      }
      for (const each of withForerunners(machine, hash)) beyond.set(idText(each.hash), each)
    }
    session.wake()
    if (beyond.size === 0) return { type: 'taken' }
    const envelopes = [...beyond.values()]
    const outcome = await this.action((server) => acceptNow(machine, server, envelopes))
    if (outcome.type !== 'done' && outcome.type !== 'offline')
      return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
    for (const { hash, late } of items) if (late.n !== null) await this.#noteLate('late-taken', hash, late.row)
    if (outcome.type === 'done') return { type: 'taken' }
    await exclusive(machine, () => keepIntent(machine, { kind: 'accept', envelopes }))
    changed()
    return { type: 'pending' }
  }

  async leaveLate(ids: readonly string[]): Promise<void> {
    const items = lateItems(this.#input.machine)
    const open = items.filter(({ hash, decision }) => ids.includes(hash) && decision === 'open')
    for (const { hash, late } of open) await this.#noteLate('late-left', hash, late.row)
  }

  #noteLate(action: 'late-taken' | 'late-left', hash: string, row: StoredRecord): Promise<boolean> {
    const { collectionName: collection, title: subject } = row
    return this.#input.writer.note(action, { collection, subject, record: lateName(hash) })
  }
}
