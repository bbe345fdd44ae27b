/** The charts that an account may open in an emergency, and opening one (C13), as the app sees it (api-emergency.ts). */
import { idText, MAX_EMERGENCY_REASON, textId } from '@chartkeep/protocol'
import { rolesAt, type Role } from '@chartkeep/protocol/account'
import { OPENING_ROLES, type ControlState } from '@chartkeep/protocol/control'
import type { EmergencyEnd, EmergencyRequest } from '@chartkeep/protocol/emergency'
import { createSlotName } from '@chartkeep/store'
import { BehaviorSubject, map, type Observable } from 'rxjs'
import type { EmergencyOpening, HeldChart, SessionEmergency } from '../contract/api.ts'
import { MIN_EMERGENCY_REASON } from '../chart/emergency-owner.ts'
import { askToOpen, signEmergencyEnd, signEmergencyRequest } from '../emergency/emergency-request.ts'
import type { EndedCharts } from './ended-charts.ts'
import { newVaultRow, vaultRow } from '../account/account-store.ts'
import { nameOfOpening } from '../emergency/emergency-ends.ts'
import { lockEndOf, type HeldCharts, type HeldGrant, type OpeningRow } from '../emergency/held-charts.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { ServerLink } from './server-link.ts'
import type { SessionAccount } from './session-account.ts'
import type { SessionCharts } from './session-charts.ts'
import { waitingCount } from '../push/vault-push.ts'
import { writableStream } from '../vault/vault-rights.ts'
import { clockError } from '../account/two-clocks.ts'
import type { SyncOutcome } from '../replicate/vault-sync.ts'

interface EmergencyAccessInput {
  platform: DevicePlatform
  account: SessionAccount
  charts: SessionCharts
  ended: EndedCharts
  held: HeldCharts
  link: ServerLink
  /** One pass for one chart. */
  sync: (vault: string) => Promise<SyncOutcome>
  /** Views are updated, and a whole pass comes soon. */
  changed: () => void
}

/** The server's answers to an account that has no grant, or no longer has one. */
const OVER: ReadonlySet<string> = new Set(['not-found', 'no-right'])

export class EmergencyAccess implements SessionEmergency {
  readonly held$: Observable<HeldChart[]>
  readonly #input: EmergencyAccessInput
  readonly #changes = new BehaviorSubject(null)
  /** By grant, its opaque name in addresses. */
  readonly #names = new Map<string, string>()
  /** Requests without an answer, by grant: repeated with the same content, they are the same request and open nothing twice. */
  readonly #asked = new Map<string, { reason: string; request: EmergencyRequest; time: number }>()
  #noting: Promise<void> = Promise.resolve()

  constructor(input: EmergencyAccessInput) {
    this.#input = input
    this.held$ = this.#changes.pipe(map(() => this.#views()))
  }

  /** Updates the views. */
  refresh(): void {
    this.#changes.next(null)
  }

  complete(): void {
    this.#changes.complete()
  }

  #roles(): readonly Role[] | null {
    const { state, device } = this.#input.account
    return rolesAt(state, device.id, state.n)
  }

  #views(): HeldChart[] {
    const { held, link } = this.#input
    const now = link.clocks.later
    const found = held.all(this.#roles()).filter(({ grant }) => grant.notAfter > now)
    // A member with two roles may hold two grants to one chart: it is shown as one patient.
    return [...Map.groupBy(found, ({ vault }) => vault)].map(([vault, each]) => {
      const states = each.map(({ grant }) => ({ grant, opening: held.opening(grant.id) }))
      const [{ grant, opening }] = states.toSorted((a, b) => byUse(a, b, (state) => this.#stateOf(state))) as [
        HeldState,
      ]
      return this.#view(vault, grant, opening)
    })
  }

  /** By the later clock (H8). */
  #stateOf(opening: OpeningRow | null): HeldChart['state'] {
    const { platform, link } = this.#input
    const now = Math.max(platform.clock.now(), link.clocks.server + (opening?.clockAhead ?? 0))
    return stateOf(opening, now)
  }

  #view(vault: string, grant: HeldGrant, opening: OpeningRow | null): HeldChart {
    const { id, name, birthDate, durationMs, notAfter } = grant
    const state = this.#stateOf(opening)
    const isOpen = state === 'open'
    const row = isOpen ? this.#input.charts.row(vault) : null
    const known = this.#names.get(id) ?? createSlotName()
    this.#names.set(id, known)
    return {
      id: known,
      name,
      birthDate,
      durationMs,
      until: notAfter,
      state,
      openUntil: opening === null ? null : (opening.ended?.at ?? lockEndOf(opening)),
      isUntold: opening?.ended !== undefined && opening.ended.told !== 'told',
      isClockAhead: opening !== null && !isOpen && this.#runs(opening),
      slot: row === null || row.ended ? null : row.slot,
    }
  }

  /** Whether an opening that this device's clock has locked is still open by the server's clock. */
  #runs({ until, ended }: OpeningRow): boolean {
    const { server, shown } = this.#input.link.clocks
    return ended === undefined && server > 0 && Math.max(server, shown) < until
  }

  async open(id: string, typed: string): Promise<EmergencyOpening> {
    const { held, link } = this.#input
    const reason = typed.trim()
    if (reason.length < MIN_EMERGENCY_REASON || reason.length > MAX_EMERGENCY_REASON)
      return { type: 'refused', why: 'reason' }
    const roles = this.#roles()
    if (roles !== null && !roles.some((role) => OPENING_ROLES.includes(role)))
      return { type: 'refused', why: 'no-role' }
    const found = held.all(roles).find(({ grant }) => this.#names.get(grant.id) === id)
    if (found === undefined) return { type: 'refused', why: 'over' }
    const { server } = link
    if (server === null) return { type: 'offline' }
    const read = await held.read(textId(found.vault)!, server)
    if (read.type === 'offline') return read
    if (read.type === 'refused') return refusal(read.error)
    // An early end that the owners do not know of must not be forgotten when the chart is opened again.
    await this.noteOpenings(found.vault)
    const grant = read.state.grants.get(found.grant.id)
    if (grant === undefined || grant.cut !== null) return { type: 'refused', why: 'over' }
    const opened = await this.#ask(read.state, found.grant, reason)
    this.#input.changed()
    return typeof opened === 'object' ? opened : this.#fetch(found.vault, opened)
  }

  /** Signs the request and accepts the receipt; resolves to the end of the opening. */
  async #ask(state: ControlState, { id }: HeldGrant, reason: string): Promise<number | EmergencyOpening> {
    const { held, link, charts, platform } = this.#input
    const { server, key } = link
    const log = this.#input.account.state
    const asked = this.#asked.get(id)
    const isAgain = asked?.reason === reason
    // A repeated request keeps its first time, because the server may have accepted it then.
    const time = isAgain ? asked.time : platform.clock.now()
    const request = isAgain ? asked.request : await this.#sign(state, { grant: textId(id)!, reason, time })
    if (request === null || server === null || key === null)
      return { type: 'refused', why: 'refused', error: 'access-log' }
    this.#asked.set(id, { reason, request, time })
    const answer = await askToOpen(server, key, request, state, log)
    if (answer.type === 'offline') return answer
    if (answer.type === 'error') {
      this.#asked.delete(id)
      return refusal(answer.error)
    }
    const { from, until } = answer.value
    const vault = idText(state.vault)
    const fresh = vaultRow(vault, newVaultRow('shared', '', platform.randomBytes))
    const clockAhead = clockError(time, from, platform.clock.now())
    await held.keepOpening(id, { vault, from, until, reason, clockAhead }, () =>
      charts.row(vault) === null ? [fresh] : [],
    )
    this.#asked.delete(id)
    return until
  }

  #signEnd(control: ControlState, grant: string, from: number): Promise<EmergencyEnd> {
    const { account, platform } = this.#input
    const by = { log: account.state, device: account.device }
    return signEmergencyEnd(control, { grant: textId(grant)!, from, time: platform.clock.now() }, by)
  }

  #sign(
    state: ControlState,
    what: { grant: Uint8Array; reason: string; time: number },
  ): Promise<EmergencyRequest | null> {
    const { account, platform } = this.#input
    const by = { log: account.state, device: account.device, member: account.currentMember() }
    return signEmergencyRequest(state, what, by, platform.randomBytes)
  }

  /** Reads the chart, or the lists that have become readable. */
  async #fetch(vault: string, until: number): Promise<EmergencyOpening> {
    const { charts, ended, sync } = this.#input
    if (charts.row(vault)?.ended === true) await ended.regain(vault)
    const chart = await charts.openVault(vault)
    const outcome = chart === null ? null : await sync(vault)
    const slot = charts.row(vault)?.slot
    const isThere = outcome?.type === 'synced' || outcome?.type === 'waiting'
    if (!isThere || slot === undefined) return { type: 'refused', why: 'unread' }
    await this.noteOpenings(vault)
    return { type: 'opened', slot, until }
  }

  /** The chart is locked when this resolves; {@link EmergencyAccess.noteOpenings} reports the end in the following passes. */
  async end(slot: string): Promise<void> {
    const { charts, changed } = this.#input
    const vault = charts.vaultOf(slot)
    if (vault === null || !(await charts.endEmergency(vault))) return
    // If nothing can be written now, the following passes do it.
    await this.noteOpenings(vault).catch(() => {})
    changed()
  }

  /**
   * A1: records in the chart's audit log that it was opened and why, and that it was ended; repeated after each pass until the log has it.
   * One run at a time, because a pass and an opening may coincide.
   */
  noteOpenings(vault: string): Promise<void> {
    const next = this.#noting.then(() => this.#noteNow(vault))
    this.#noting = next.catch(() => {})
    return next
  }

  /** C10: by the newest time that the server has signed for the chart. */
  async #setClock(vault: string): Promise<void> {
    const { link, held, platform, changed } = this.#input
    const signed = link.clocks.server
    if (signed > 0 && (await held.setClock(vault, signed, platform.clock.now()))) changed()
  }

  async #noteNow(vault: string): Promise<void> {
    const { charts, held } = this.#input
    await this.#setClock(vault)
    for (const [grant, { reason, from, ended }] of held.openingsIn(vault)) {
      if (reason === null && (ended === undefined || ended.told === 'told')) continue
      const chart = await charts.openIfSound(vault)
      if (chart === null || writableStream(chart.machine, 'audit') === null) return
      if (reason !== null) {
        await chart.note('emergency', { subject: reason })
        await held.noted(grant, from)
      }
      if (ended === undefined) continue
      if (ended.told === 'not') {
        await chart.note('emergency-ended', { record: nameOfOpening(grant, from), at: ended.at })
        await held.endTold(grant, from, 'noted')
      } else if (waitingCount(chart.machine) === 0) {
        // The server has it: the next pass removes the copy, by the time that the server signs.
        await held.endTold(
          grant,
          from,
          chart.machine.clocks.server,
          await this.#signEnd(chart.machine.control!, grant, from),
        )
        this.#input.changed()
      }
    }
  }
}

interface HeldState {
  grant: HeldGrant
  opening: OpeningRow | null
}

function stateOf(opening: OpeningRow | null, now: number): HeldChart['state'] {
  if (opening === null) return 'held'
  return lockEndOf(opening) > now ? 'open' : 'ended'
}

const STATES: readonly HeldChart['state'][] = ['open', 'held', 'ended']

/** Open charts first, then unopened ones, of these the grant with the most lists first. */
function byUse(a: HeldState, b: HeldState, stateNow: (opening: OpeningRow | null) => HeldChart['state']): number {
  const place = ({ opening }: HeldState) => STATES.indexOf(stateNow(opening))
  const [one, other] = [a.grant, b.grant]
  const lists = (other.lists ?? 0) - (one.lists ?? 0)
  return place(a) - place(b) || lists || other.durationMs - one.durationMs || (one.id < other.id ? -1 : 1)
}

function refusal(error: string): EmergencyOpening {
  if (OVER.has(error)) return { type: 'refused', why: 'over' }
  return error === 'quota' ? { type: 'refused', why: 'quota' } : { type: 'refused', why: 'refused', error }
}
