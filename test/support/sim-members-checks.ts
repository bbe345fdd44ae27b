/**
 * What must hold of a practice's members when all is at rest (C12): which writes count, who opens what, what signatures are worth, which cuts
 * there are, and where everything is that somebody wrote. Judged by the practice's log and the patient's, with none of what judged on the devices.
 */
import { parseJsonOrNull, signatureRecord } from '@chartkeep/domain'
import { decodeAs, idText } from '@chartkeep/protocol'
import { newestBoxKey, newestRoleKey, rolesAt, ROLES } from '@chartkeep/protocol/account'
import { type ControlEntry, controlHead, PartOpen, type ReceivedPart } from '@chartkeep/protocol/control'
import { contentOrderOf, type ContentSignature, readContentSignature } from '@chartkeep/protocol/records'
import { base64ToBytes } from '@chartkeep/protocol/signed'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import {
  conflictsOf,
  entryTable,
  lateItems,
  lateRowsOf,
  openBoxKeys,
  openParts,
  readEntry,
  TABLE,
} from '@chartkeep/sync/testing'
import { type Device, holds, shown, streamOf } from './attack-world.ts'
import { count } from './sim-apart.ts'
import { CARE, LISTS, listsFor, logOf, type MembersRun, rolesNow, signaturesAt } from './sim-members-world.ts'

export async function checkMembers(run: MembersRun): Promise<void> {
  await checkRest(run)
  checkCounting(run)
  checkKeys(run)
  if (run.shared) checkCuts(run)
  checkNothingLost(run)
  await checkSignatures(run)
}

/** Property 1: everybody has read all that they may, and who may nothing has nothing. */
async function checkRest(run: MembersRun): Promise<void> {
  const { faults, patient, seats, world } = run
  const { laptop } = world
  for (const device of [...patient, ...seats]) {
    const isPatient = patient.includes(device)
    const lists = isPatient ? [...LISTS] : listsFor(run, rolesNow(run, device), 'read')
    const outcome = await run.sync(device)
    if (lists.length === 0) {
      if (device.machine.rows.all().length > 0) faults.push(`7 C12: ${device.name} still has records`)
      continue
    }
    if (outcome.type !== 'synced') faults.push(`1 C12: ${device.name} is ${JSON.stringify(outcome)}`)
    if (controlHead(device.machine.control).n !== controlHead(laptop.machine.control).n)
      faults.push(`1 C12: ${device.name} has another control log`)
    for (const list of LISTS) {
      const [here, there] = [shown(device, list), lists.includes(list) ? shown(laptop, list) : []]
      if (here.join() !== there.join())
        faults.push(`1 C12: ${device.name} shows ${here.length} of ${there.length} ${list}`)
    }
    count(run, 'open conflict', conflictsOf(device.machine).length)
  }
}

interface Counting {
  n: number
  stream: string
  hash: string
  device: string
  accountN: number
}

/** Entries of a practice's devices that count at this device. */
function countingAt({ machine }: Device, practice: string): Counting[] {
  return [...machine.streams.keys()].flatMap((stream) =>
    [...machine.rows.table(entryTable(stream))].flatMap(([n, value]) => {
      const entry = readEntry(value)
      const header = decodeHeader(entry.header)
      if (header === null || idText(header.account) !== practice || entry.outcome === 'void') return []
      if (machine.rows.get(TABLE.quarantine, `${stream}.${n}`) !== undefined) return []
      const hash = idText(envelopeHashOf(entry.header, entry.bodyHash))
      return [{ n: Number(n), stream, hash, device: idText(header.device), accountN: header.accountLog.n }]
    }),
  )
}

/** C9, C12: nothing counts that was sent when its author had no role for it, and nothing beyond the cut of its author. */
function checkCounting(run: MembersRun): void {
  const { faults, patient, inTime } = run
  const practice = idText(logOf(run).account)
  for (const device of patient) {
    const { deviceCuts, roleCuts, accepted } = device.machine.control!
    for (const each of countingAt(device, practice)) {
      count(run, 'counts')
      if (accepted.has(each.hash)) continue
      if (!inTime.has(each.hash)) faults.push(`3 C12: ${device.name} counts what was sent without a role`)
      const cuts = [...deviceCuts, ...roleCuts.filter(({ accountN }) => each.accountN < accountN)].filter(
        (cut) => cut.device !== null && idText(cut.device) === each.device,
      )
      const pins = cuts.flatMap(({ streams }) => streams.filter(({ stream }) => idText(stream) === each.stream))
      if (pins.some(({ n }) => each.n > n)) faults.push(`3 C9: ${device.name} counts what lies beyond a cut`)
    }
  }
}

/** C4, C12: who left opens no newest key of the practice, who lost a role none of it, and neither the chart's newest epochs. */
function checkKeys(run: MembersRun): void {
  const { faults, world, seats } = run
  const log = logOf(run)
  const control = world.laptop.machine.control!
  for (const device of seats) {
    const { secrets, name } = device
    const roles = rolesAt(log, secrets.id, log.n) ?? []
    const keys = openBoxKeys(log, secrets)
    const hasLeft = log.devices.get(idText(secrets.id))!.removedAt !== null
    if (keys.has(newestBoxKey(log).generation) === hasLeft)
      faults.push(`7 C12: ${name} has ${hasLeft ? 'left, and the' : 'not the'} newest key of the practice`)
    for (const role of ROLES) {
      const isHeld = roles.includes(role) || roles.includes('admin')
      if ((keys.roles?.get(role)?.has(newestRoleKey(log, role)!.generation) !== true) === isHeld)
        faults.push(`7 C12: ${name} has ${isHeld ? 'not the' : 'the'} newest key of the role ${role}`)
    }
    if (roles.includes('admin')) continue
    const opened = openParts(control, everyPart(run, device), log.account, keys)
    const mayRead = listsFor(run, roles, 'read')
    for (const list of LISTS) {
      const id = idText(streamOf(world.laptop.machine, list))
      const { epoch } = control.streams.get(id)!
      if (!mayRead.includes(list) && opened.streams.get(id)?.byEpoch.has(epoch) === true)
        faults.push(`7 C4: ${name} opens epoch ${epoch} of ${list}, which it may not read`)
    }
  }
}

/** Everything that a server could show a device of the keys in the control log; made again for each, for what opened once is remembered by these. */
export function everyPart(run: MembersRun, device: Device): ReceivedPart[] {
  const parts = run.world.laptop.machine.controlEntries.flatMap((entry, index) => keysIn(entry, index + 1))
  return parts.filter((part) => run.isShown(device, part))
}

/** The keys in an entry of the control log, as far as they are shown in it. */
export function keysIn({ parts }: ControlEntry, at: number): ReceivedPart[] {
  return parts.flatMap(({ open: encoded, wrap }) => {
    const open = encoded === null ? null : decodeAs(PartOpen, encoded)
    return open === null || wrap === null ? [] : [{ at, open, wrap }]
  })
}

/** C12: each device of a member who left is cut, each that lost a role by a cut that names a head which says so; each once. */
function checkCuts(run: MembersRun): void {
  const { faults, world } = run
  const log = logOf(run)
  const { deviceCuts, roleCuts } = world.laptop.machine.control!
  const isCare = (roles: readonly string[]) => roles.includes('admin') || CARE.some((role) => roles.includes(role))
  for (const device of log.devices.values()) {
    const member = device.member === null ? undefined : log.practice!.members.get(idText(device.member))
    if (member === undefined) continue
    const isOf = (cut: { device: Uint8Array | null }) => cut.device !== null && idText(cut.device) === idText(device.id)
    const ends = deviceCuts.filter(isOf).length
    const held = member.versions.filter(({ at, roles }) => at <= (device.removedAt ?? log.n) && isCare(roles))
    const wanted = device.removedAt !== null && held.length > 0 ? 1 : 0
    if (ends !== wanted) faults.push(`C12: ${ends} cuts of a device that left, not ${wanted}`)
    const heads = roleCuts.filter(isOf).map(({ accountN }) => accountN)
    if (new Set(heads).size < heads.length) faults.push('C12: two cuts name one loss of a role')
    count(run, 'role cut', heads.length)
    const lost = member.versions.findLast(({ at, roles }, index) => {
      const before = index === 0 ? [] : member.versions[index - 1]!.roles
      const had = (role: string, of: readonly string[]) => of.includes(role) || of.includes('admin')
      return at > device.addedAt && CARE.some((role) => had(role, before) && !had(role, roles))
    })
    if (device.removedAt === null && lost !== undefined && !heads.some((n) => n >= lost.at))
      faults.push('C12: a role that was lost has no cut')
  }
}

/** Property 2, C11: each text is in the chart, under a later one of the same record, or with what came late; what a person left out one device alone may have seen. */
function checkNothingLost(run: MembersRun): void {
  const { faults, patient, written } = run
  const rows = patient.flatMap(({ machine }) => lateRowsOf(machine).map(({ late: { row } }) => row.resource))
  const late = new Set(rows)
  count(run, 'late', late.size)
  for (const device of patient)
    for (const { by, texts } of written.values()) {
      const isThere = texts.map((text) => holds(device, text) || late.has(text))
      for (const text of texts.slice(isThere.lastIndexOf(true) + 1))
        faults.push(`2 C11: "${titleOf(text)}" of ${by.name} is lost for ${device.name}`)
    }
}

const titleOf = (text: string) => /Member \d+ \d+|laptop \d+|phone \d+/u.exec(text)?.[0] ?? 'a signature'

/**
 * N2, N3, C12: what was signed by a role that was held then holds, whatever its signer is now; and one whose predecessor came late is out of order as
 * long as that is in the box.
 */
async function checkSignatures(run: MembersRun): Promise<void> {
  const { faults, world, signed } = run
  const { machine } = world.laptop
  const left = lateItems(machine).filter(({ decision }) => decision !== 'taken')
  const late = left.flatMap(({ late: { row } }) => signatureIn(row.resource) ?? [])
  const lateOnes = new Set(late.map(({ bytes }) => idText(contentOrderOf(bytes))))
  for (const view of await signaturesAt(world.laptop).views()) {
    if (view.state.type === 'broken') {
      const before = signatureIn(machine.rows.read(view.id)!.resource)?.statement.order
      const isLate = view.state.why === 'order' && before !== undefined && lateOnes.has(idText(before))
      if (isLate) count(run, 'signed after what came late')
      else faults.push(`N2: a signature does not hold: ${view.state.why}`)
    }
    const by = [...signed].find(([doc]) => view.id.endsWith(doc))?.[1]
    if (view.state.type !== 'holds' || by === undefined) continue
    count(run, rolesNow(run, by).includes('physician') ? 'holds' : 'holds, role lost since')
  }
}

function signatureIn(resource: string): ContentSignature | null {
  const bytes = base64ToBytes(signatureRecord(parseJsonOrNull(resource))?.data ?? '')
  return bytes === null ? null : readContentSignature(bytes)
}
