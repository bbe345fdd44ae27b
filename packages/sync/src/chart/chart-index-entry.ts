/**
 * Updates the account store from an open chart after each sync pass: the chart's row in the list of charts, its projection, and its end by
 * a verified cut (C10).
 */
import { compareDescriptions, parseJsonOrNull, personName } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { VaultStore } from '@chartkeep/store'
import { projectionOf } from './chart-projections.ts'
import type { ChartFiles } from './chart-files.ts'
import type { ChartHost } from './chart-host.ts'
import type { ChartViews } from './chart-views.ts'
import { departuresOf } from '../consent/departures.ts'
import { unseenUses } from '../emergency/emergency-uses.ts'
import type { VaultRow } from '../account/account-store.ts'
import { quarantinedCount } from '../files/quarantine-inbox.ts'
import { submitBeforePurge } from '../consent/submit-after-revocation.ts'
import { ownerAccounts } from '../consent/owner-views.ts'
import { lockEnd, locksOf, readableCollections } from '../consent/expired-grant-lock.ts'
import { clockTime } from '../record/record-codec.ts'
import { purgeRevokedVault } from '../consent/revocation-purge.ts'
import { waitingCount } from '../push/vault-push.ts'
import { decisionCount } from '../edit/vault-local.ts'
import { isVaultOwner, ownGrants } from '../vault/vault-rights.ts'
import { TABLE, timeOf, type VaultMachine } from '../vault/vault-state.ts'
import type { SyncOutcome } from '../replicate/vault-sync.ts'

export interface ChartIndexEntryInput {
  machine: VaultMachine
  store: VaultStore
  session: ChartHost
  vault: string
  views: ChartViews
  files: ChartFiles
}

export class ChartIndexEntry {
  readonly #input: ChartIndexEntryInput
  /** The state of the store from which the stored projection was made. */
  #digested = -1
  /** The lists that it was made from; null before the first. */
  #readable: readonly string[] | null = null

  constructor(input: ChartIndexEntryInput) {
    this.#input = input
  }

  /**
   * Stores a practice's projection of this chart, once for each state of its store. `isLess`: it may cover fewer lists than the stored one.
   */
  async keepDigest(isLess = false): Promise<void> {
    const { machine, store, session, vault, views } = this.#input
    if (session.keepDigest === null || machine.control === null || this.#digested === store.sequence) return
    this.#digested = store.sequence
    const readable = readableCollections(machine).map(({ collection }) => collection)
    const owners = new Set(ownerAccounts(machine))
    const hasLost = this.#readable?.some((list) => !readable.includes(list)) === true
    this.#readable = readable
    const digest = projectionOf(views.rows(), {
      readable,
      account: session.account,
      owners,
      now: machine.clock.now(),
    })
    await session.keepDigest(vault, digest, isLess || hasLost)
  }

  /** C10: records in the row when the chart and its next list lock; at the next contact the device reads the chart to confirm the end. */
  async lockParts(): Promise<void> {
    const { machine, session, vault } = this.#input
    this.#digested = -1
    await this.keepDigest(true)
    const until = isVaultOwner(machine) ? 0 : this.#sharedAs().until
    await session.updateVaultRow(vault, { until, partUntil: locksOf(machine).next, settled: null })
  }

  async afterPass(outcome: SyncOutcome): Promise<void> {
    if (outcome.type === 'ended') return this.#end()
    const { session, vault } = this.#input
    await session.updateVaultRow(vault, (row) => this.#row(row))
    await this.keepDigest()
  }

  #row(before: VaultRow): Partial<VaultRow> {
    const { machine } = this.#input
    const { rows, keys } = machine
    const { shown } = keys
    const isOwner = isVaultOwner(machine)
    // C3: the server's list only claims the relation; the verified log proves it.
    const relation = isOwner ? 'own' : 'shared'
    const isOther = machine.control !== null && before.relation !== relation
    // C2: an owner who was added confirms whose chart it is; the person who created it is not asked.
    const wasAdded = isOwner && shown !== null
    const isNew = isOther || (wasAdded && !before.posted)
    return {
      ...(isNew && { relation, confirmed: isOwner && !wasAdded }),
      posted: rows.get(TABLE.meta, 'posted') === true,
      partUntil: locksOf(machine).next,
      waiting: waitingCount(machine),
      quarantined: quarantinedCount(machine),
      conflicts: decisionCount(machine),
      emergencyUses: unseenUses(machine),
      // C10: of a part of the chart whose grant has ended while another continues.
      undelivered: rows.table(TABLE.undelivered).size,
      handed: rows.table(TABLE.handed).size,
      ...(isOwner
        ? { name: this.#ownName(before), until: 0, ...(shown !== null && { birthDate: shown.birthDate }) }
        : this.#sharedAs()),
    }
  }

  /** The name and end of the newest grant in force. */
  #sharedAs(): { name: string; birthDate: string; until: number } {
    const { machine } = this.#input
    const standing = ownGrants(machine).filter(({ cut }) => cut === null)
    const grant = standing.at(-1)
    const label = grant && machine.keys.labels.get(idText(grant.id))
    // If one grant ends before the others, the chart continues (C10).
    const until = Math.max(0, ...standing.map((each) => lockEnd(machine, each)))
    return { name: label?.name ?? '', birthDate: label?.birthDate ?? '', until }
  }

  /** The name of an own chart on a restored device: the chart's own description. */
  #ownName(before: VaultRow): string {
    const { machine, views } = this.#input
    if (before.name !== '') return before.name
    if (machine.keys.shown !== null) return machine.keys.shown.name
    const patients = views
      .rows()
      .filter((row) => row.type === 'Patient')
      .map((row) => ({ ...row, byOwner: views.isByOwner(row), savedAt: clockTime(row.clock) }))
    const [first] = patients.toSorted(compareDescriptions)
    return first === undefined ? '' : personName(parseJsonOrNull(first.resource), 'name')
  }

  /**
   * C10: submits unsent work if the server takes it now, otherwise keeps it sealed; then removes the chart's keys and data. It never
   * deletes the patient's records.
   */
  async #end(): Promise<void> {
    const { machine, session, vault, files } = this.#input
    const { server } = session
    if (server !== null) await submitBeforePurge(machine, server)
    await files.purge()
    const undelivered = await purgeRevokedVault(machine)
    // The time that the app shows for the end: the cut, or else the grant's end.
    const ends = ownGrants(machine).map((grant) => grant.cut?.time ?? grant.notAfter)
    // C12: by roles that the member at this device no longer has.
    if (ends.length === 0) ends.push(timeOf(machine))
    const { account, control } = machine
    const own = control?.owners.filter((owner) => idText(owner.account) === idText(account)) ?? []
    ends.push(...own.flatMap(({ cut }) => cut?.time ?? []))
    const handed = machine.rows.table(TABLE.handed).size
    await session.updateVaultRow(vault, { until: Math.max(...ends), handed })
    await session.endVault(vault, undelivered, {
      grants: ownGrants(machine).map((grant) => idText(grant.id)),
      own: Object.fromEntries(machine.rows.table(TABLE.deviceSequence)),
      departures: departuresOf(machine),
    })
  }
}
