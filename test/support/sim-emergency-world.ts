/**
 * The ground of the simulation of emergency access (C13): which grants for emergencies the patient gave, what the server took and showed, and what
 * each member's device knows of held charts. Everything that the server says to a member's device is looked at on its way.
 */
import { decodeAs, idText } from '@chartkeep/protocol'
import type { ReceivedPart } from '@chartkeep/protocol/control'
import { EmergencyEndBody, type EmergencyRequest, emergencyRequestHash } from '@chartkeep/protocol/emergency'
import { HeldCharts, ACCOUNT_TABLE, type AccountRows, ownGrants, type SyncOutcome } from '@chartkeep/sync/testing'
import { type Device, streamOf } from './attack-world.ts'
import { memoryHome } from './memory-rows.ts'
import { type Apart, count } from './sim-apart.ts'
import { keysIn } from './sim-members-checks.ts'
import { type MembersMistakes, type MembersRun, type MembersWith, rolesNow } from './sim-members-world.ts'

/** What goes wrong on purpose. */
export interface EmergencyMistakes extends MembersMistakes {
  /** The server shows the keys to whoever has asked for none, and stores nothing. */
  handsOut?: boolean
  /** The server shows owners no request. */
  hidesUses?: boolean
  /** Members' devices do not know that an opening ends. */
  endless?: boolean
  /** Who ends an opening early names another one. */
  misnames?: boolean
  /** The server says yes to an early end, and continues showing the chart. */
  ignoresEnds?: boolean
}

/** A request as its device made it, and what owners are to read of it. */
export interface Asked {
  grant: string
  request: EmergencyRequest
  reason: string
  /** For the member who asks. */
  name: string
}

/** One that the server took, whether its answer came or not. */
export interface Taken extends Asked {
  device: Device
  from: number
  until: number
  /** When its member ended it early, and when its device knew that the server has that. */
  left?: number
  told?: number
  /** When the server took that word, whether its answer came or not. */
  closed?: number
}

/** What a member's device has of the chart outside of its store. */
interface Charts {
  home: AccountRows
  held: HeldCharts
  /** Grants that had ended when it removed its copy; null before. */
  ended: ReadonlySet<string> | null
}

export interface Emergency {
  apart: Apart
  patient: Device[]
  mistakes: EmergencyMistakes
  /** Members end what they opened before its time as well. */
  isEarly: boolean
  /** Who does is mostly online. */
  isTold: boolean
  /** The role of each grant for emergencies. */
  roles: Map<string, 'physician' | 'nurse'>
  charts: Map<Device, Charts>
  /** Requests by their hash; and the last of each device, while no answer to it came. */
  asked: Map<string, Asked>
  unanswered: Map<Device, Asked>
  taken: Taken[]
  /** Keys of grants for emergencies that the server has shown to a device. */
  shown: Map<Device, ReceivedPart[]>
  /** Live connections of devices that opened something. */
  lines: { device: Device; closed: readonly string[] }[]
  /** The next answer to a request gets lost. */
  losesAnswer: boolean
}

export interface EmergencyRun extends MembersRun {
  emergency: Emergency
}

/** No role reads it but in an emergency. */
export const RARE = 'allergies'
export const OPENED_LISTS = [RARE, 'medications', 'labs'] as const

export function emergencyOf(apart: Apart, mistakes: EmergencyMistakes, isEarly: boolean, isTold: boolean): Emergency {
  return {
    apart,
    patient: [...apart.devices],
    mistakes,
    isEarly,
    isTold,
    roles: new Map(),
    charts: new Map(),
    asked: new Map(),
    unanswered: new Map(),
    taken: [],
    shown: new Map(),
    lines: [],
    losesAnswer: false,
  }
}

/** What emergencies bring to the practice. `shared`: its roles have ordinary grants too. */
export function membersWith(emergency: Emergency, shared: boolean): MembersWith {
  return {
    shared,
    entered: (run, device) => enter(run, emergency, device),
    sync: (device) => syncListed(emergency, device),
    writes: (run, device) => auditStreams(run, emergency, device),
    isShown: (device, part) => !isOfEmergency(emergency, part) || isAmong(emergency.shown.get(device) ?? [], part),
  }
}

function isOfEmergency({ roles }: Emergency, { open }: ReceivedPart): boolean {
  return open.grant !== null && roles.has(idText(open.grant))
}

function isAmong(parts: readonly ReceivedPart[], { at, wrap }: ReceivedPart): boolean {
  return parts.some((each) => each.at === at && idText(each.wrap) === idText(wrap))
}

/** What is open to a device: taken, not over, not cut as far as the patient knows, and of a role that its member has. */
export function openTo(run: MembersRun, emergency: Emergency, device: Device): Taken[] {
  const { now } = run.world.time
  const isCut = (id: string) => run.patient.some(({ machine }) => machine.control!.grants.get(id)?.cut != null)
  return emergency.taken.filter(
    ({ device: by, grant, from, until, closed }) =>
      by === device &&
      from <= now &&
      now < (closed ?? until) &&
      !isCut(grant) &&
      rolesNow(run, device).includes(emergency.roles.get(grant)!),
  )
}

/** What the copy of a device relies on: what is open to it, and was not ended early and told. */
export function openHere(run: MembersRun, emergency: Emergency, device: Device): Taken[] {
  return openTo(run, emergency, device).filter(({ told }) => told === undefined)
}

/** The audit logs of grants by which it acts now. */
function auditStreams(run: MembersRun, emergency: Emergency, device: Device): string[] {
  const logs = run.patient.map(({ machine }) => machine.control!)
  const { grants, streams } = logs.reduce((last, each) => (each.n > last.n ? each : last))
  const open = new Set(openTo(run, emergency, device).map(({ grant }) => grant))
  const roles: readonly string[] = rolesNow(run, device)
  return [...grants].flatMap(([id, grant]) => {
    const acts = emergency.roles.has(id) ? open.has(id) : roles.includes(grant.role ?? '')
    return acts ? [...grant.streams.keys()].filter((stream) => streams.get(stream)?.auditOf !== null) : []
  })
}

function enter(run: MembersRun, emergency: Emergency, device: Device): void {
  const { world } = run
  const { mistakes } = emergency
  const home = memoryHome(device.home)
  const held = new HeldCharts({
    accountStore: home,
    accounts: device.book,
    account: device.person.account,
    boxKeys: () => device.boxKeys(),
    serverKey: () => world.key.publicKey,
  })
  emergency.charts.set(device, { home, held, ended: null })
  emergency.shown.set(device, [])
  const ends = () => held.endsIn(idText(world.vault))
  device.openings = mistakes.endless === true ? () => new Map([...ends().keys()].map((id) => [id, Infinity])) : ends
  if (mistakes.hidesUses === true)
    for (const each of run.patient)
      each.server.emergencies = async () => ({ type: 'ok', value: { items: [], last: 0 } })
  watchReading(run, emergency, device)
  watchAsking(emergency, device)
}

/** 7: keys and records that are behind an emergency are shown to nobody to whom none is open. */
function watchReading(run: MembersRun, emergency: Emergency, device: Device): void {
  const { world, faults } = run
  const { control, pull } = device.server
  const shown = emergency.shown.get(device)!
  const ask = emergency.mistakes.handsOut === true ? world.laptop.server.control : control
  device.server.control = async (vault, after) => {
    const answer = await ask(vault, after)
    if (answer.type !== 'ok') return answer
    const parts = answer.value.entries.flatMap((entry, index) => keysIn(entry, after + index + 1))
    for (const part of parts.filter((each) => isOfEmergency(emergency, each))) {
      const grant = idText(part.open.grant!)
      if (!openTo(run, emergency, device).some((each) => each.grant === grant))
        faults.push(`7 C13: ${device.name} is shown keys that are not open to it`)
      if (!isAmong(shown, part)) shown.push(part)
    }
    return answer
  }
  device.server.pull = async (vault, request) => {
    const answer = await pull(vault, request)
    const rare = idText(streamOf(world.laptop.machine, RARE))
    const pages = answer.type === 'ok' ? answer.value.streams : []
    const isRead = pages.some((page) => idText(page.stream) === rare && page.entries.some(({ body }) => body !== null))
    if (isRead && openTo(run, emergency, device).length === 0)
      faults.push(`7 C13: ${device.name} is shown records that are not open to it`)
    return answer
  }
}

const OK = { type: 'ok', value: null } as const

/** It is known what the server took, though its answer gets lost. */
function watchAsking(emergency: Emergency, device: Device): void {
  const { openEmergency, endEmergency } = device.server
  let ends = 0
  device.server.endEmergency = async (vault, end) => {
    const { grant, from } = decodeAs(EmergencyEndBody, end.body)!
    const answer = emergency.mistakes.ignoresEnds === true ? OK : await endEmergency(vault, end)
    const now = emergency.apart.world.time.now
    if (answer.type === 'ok')
      for (const each of emergency.taken)
        if (each.device === device && each.grant === idText(grant) && each.from <= from) each.closed ??= now
    count(emergency.apart, `end ${answer.type}`)
    // Not drawn: the rest of a scenario stays the same.
    return ++ends % 5 === 0 ? { type: 'offline' } : answer
  }
  device.server.openEmergency = async (vault, request) => {
    const answer = await openEmergency(vault, request)
    const asked = emergency.asked.get(idText(emergencyRequestHash(request.body)))
    if (answer.type === 'ok' && asked !== undefined) {
      const { from, until } = answer.value
      if (!emergency.taken.some((each) => each.request === asked.request))
        emergency.taken.push({ ...asked, device, from, until })
    }
    return emergency.losesAnswer ? { type: 'offline' } : answer
  }
}

/**
 * As a session does it (account-sync.ts): a chart that is only held for emergencies has no store here, and one whose access has ended is left alone
 * until the server names a grant that had not.
 */
async function syncListed({ apart, charts }: Emergency, device: Device): Promise<SyncOutcome> {
  const known = charts.get(device)
  if (known === undefined) return device.sync()
  const { server, book, person, machine } = device
  const { key, vault } = apart.world
  const refreshed = await book.refresh(person.account, server, key.publicKey)
  if (refreshed.type === 'offline') return refreshed
  const list = await server.vaults()
  if (list.type === 'offline') return list
  const vaults = list.type === 'ok' ? list.value.vaults : []
  if (!(await known.held.follow(vaults, server))) return { type: 'offline' }
  const named = vaults.filter((each) => !known.held.isHeld(each)).map(({ grant }) => idText(grant!))
  const isNew = named.some((grant) => known.ended?.has(grant) !== true)
  if (!isNew && !isHere(known, vault)) return { type: known.ended === null ? 'synced' : 'ended' }
  await keepRow(known, vault, false)
  const outcome = await device.sync()
  if (outcome.type !== 'ended') return outcome
  await keepRow(known, vault, true)
  known.ended = new Set(ownGrants(machine).map(({ id }) => idText(id)))
  return outcome
}

function isHere({ home }: Charts, vault: Uint8Array): boolean {
  return (home.get(ACCOUNT_TABLE.vaults, idText(vault)) as { ended: boolean } | undefined)?.ended === false
}

/** The row of the chart in home, as far as it is asked for here. */
export function keepRow({ home }: Charts, vault: Uint8Array, ended: boolean): Promise<void> {
  return home.commit([{ table: ACCOUNT_TABLE.vaults, key: idText(vault), value: { ended } }])
}
