/** Who is a member of the simulated practice (C12): devices come in, members join, change roles and leave. */
import { idText } from '@chartkeep/protocol'
import { memberRolesAt, type Role } from '@chartkeep/protocol/account'
import { randomBytes } from '@chartkeep/crypto'
import { AccountActions, createDevice, deviceAddedEntry, memberAddedEntry } from '@chartkeep/sync/testing'
import type { Device } from './attack-world.ts'
import { memoryHome } from './memory-rows.ts'
import { count } from './sim-apart.ts'
import { logOf, type MembersRun, noteSending, rolesNow } from './sim-members-world.ts'

const ROLES_OF: readonly (readonly Role[])[] = [
  ['physician'],
  ['nurse'],
  ['scribe'],
  ['nurse', 'scribe'],
  ['physician', 'nurse'],
  ['admin', 'physician'],
  ['auditor'],
]
/** A practice has as many members at a time, and as many devices have been in it in the end. */
const MAX_LIVE = 4
const MAX_SEATS = 8

/** A device of a member takes part from now on. */
export function enter(run: MembersRun, device: Device): void {
  noteSending(run, device)
  if (run.mistakes.dropsLate === true)
    for (const each of run.patient)
      each.server.quarantineInbox = async () => ({ type: 'ok', value: { items: [], last: 0 } })
  run.seats.push(device)
  run.devices.push(device)
  run.entered(run, device)
}

const memberOf = (run: MembersRun, { secrets }: Device) => logOf(run).devices.get(idText(secrets.id))!.member!

function actionsOf(run: MembersRun, { book, home: disk, person, secrets, boxKeys, server }: Device): AccountActions {
  return new AccountActions({
    accountStore: memoryHome(disk),
    accounts: book,
    account: person.account,
    device: secrets,
    boxKeys,
    randomBytes,
    server: () => ({ api: server, key: run.world.key.publicKey }),
    hasServer: () => true,
  })
}

/** Somebody joins; or a member gets one more device. */
export async function come(run: MembersRun, admin: Device): Promise<void> {
  if (run.seats.length >= MAX_SEATS) return
  const secrets = createDevice(randomBytes)
  const name = `Member ${run.seats.length + 1}`
  const live = run.seats.filter((seat) => rolesNow(run, seat).length > 0)
  const members = new Set(live.map((seat) => idText(memberOf(run, seat))))
  const isSecond = members.size >= MAX_LIVE || (run.steps > 0 && run.random.chance(0.2))
  const by = isSecond ? run.random.pick(live) : admin
  const member = { id: randomBytes(16), name, roles: run.random.pick(ROLES_OF) }
  const outcome = await actionsOf(run, by).post((state) =>
    isSecond
      ? deviceAddedEntry(state, by.secrets, secrets, name, by.boxKeys(), randomBytes)
      : memberAddedEntry(state, by.secrets, member, { ...secrets, name }, by.boxKeys(), randomBytes),
  )
  told(run, isSecond ? 'second device' : 'come', name, outcome)
  if (outcome.type === 'done') enter(run, await run.world.openDevice(by, name, secrets))
}

export async function change(run: MembersRun, admin: Device): Promise<void> {
  const target = run.random.pick(run.seats)
  const log = logOf(run)
  const known = log.practice!.members.get(idText(memberOf(run, target)))!
  if (known.removedAt !== null || idText(known.id) === idText(memberOf(run, admin))) return
  const roles = run.random.pick(ROLES_OF)
  const was = memberRolesAt(known, log.n)
  const outcome = await actionsOf(run, admin).changeMember({ id: known.id, name: target.name, roles }, was)
  told(run, 'change', `${target.name} from ${was.join()} to ${roles.join()}`, outcome)
}

export async function leave(run: MembersRun, admin: Device): Promise<void> {
  const target = run.random.pick(run.seats)
  const member = memberOf(run, target)
  if (rolesNow(run, target).length === 0 || idText(member) === idText(memberOf(run, admin))) return
  told(run, 'leave', target.name, await actionsOf(run, admin).removeMember(member))
}

/** Notes what came of an action. */
export function told(run: MembersRun, what: string, whom: string, outcome: { type: string }): void {
  count(run, `${what} ${outcome.type}`)
  run.trace.push(`${run.steps} ${what} ${whom}: ${JSON.stringify(outcome)}`)
}
