/**
 * Mistakes in the place of a module of protocol, client or server, which the scenarios of a practice's members must tell (C12). Each scenario passes
 * without them (members.test.ts).
 */
import { idText } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { afterEach, expect, test, vi } from 'vitest'
import { faultsUntil } from '../support/sim-apart.ts'
import { runMembers } from '../support/sim-members.ts'

const planted = vi.hoisted(() => ({
  serverForgetsRoles: false,
  roleKeysStay: false,
  lossesUnseen: false,
  judgedByToday: false,
  handsInAsToday: false,
  rolesUnnoted: false,
  untidy: false,
  cutsIgnored: false,
}))

vi.mock('../../sync-server/src/access/access.ts', async (original) => {
  const access = await original<typeof import('../../sync-server/src/access/access.ts')>()
  // Every role: whatever its account was given, a device may use.
  const roles = ['admin', 'physician', 'nurse', 'scribe', 'auditor'] as const
  return {
    ...access,
    accessOf: (...[control, who, now]: Parameters<typeof access.accessOf>) =>
      access.accessOf(control, planted.serverForgetsRoles && who.roles ? { ...who, roles } : who, now),
    controlWithin: (...[control, who, now]: Parameters<typeof access.controlWithin>) =>
      access.controlWithin(control, planted.serverForgetsRoles && who.roles ? { ...who, roles } : who, now),
  }
})

vi.mock('../../packages/protocol/src/account/practice-log.ts', async (original) => {
  const log = await original<typeof import('../../packages/protocol/src/account/practice-log.ts')>()
  return {
    ...log,
    withRoleKeys(...[before, next, brought]: Parameters<typeof log.withRoleKeys>) {
      const told = log.withRoleKeys(before, next, brought)
      if (!planted.roleKeysStay || told !== 'role-key-stays') return told
      const kept = next.practice!
      const lateWraps = new Map(kept.lateWraps)
      for (const { role, device, wrap } of brought.roleWraps ?? [])
        lateWraps.set(`${role}.${idText(device)}`, { generation: kept.roleKeys.get(role)!.length, wrap })
      return { ...next, practice: { ...kept, lateWraps } }
    },
    roleLostAt: (...given: Parameters<typeof log.roleLostAt>) =>
      planted.lossesUnseen ? null : log.roleLostAt(...given),
    actingHead(...given: Parameters<typeof log.actingHead>) {
      const [state] = given
      return planted.handsInAsToday ? accountHead(state) : log.actingHead(...given)
    },
  }
})

vi.mock('../../packages/sync/src/account/role-keys.ts', async (original) => {
  const keys = await original<typeof import('../../packages/sync/src/account/role-keys.ts')>()
  return {
    ...keys,
    nextRoleKeys: (...given: Parameters<typeof keys.nextRoleKeys>) =>
      planted.roleKeysStay ? [] : keys.nextRoleKeys(...given),
  }
})

vi.mock('../../packages/protocol/src/records/content-signature.ts', async (original) => {
  const signature = await original<typeof import('../../packages/protocol/src/records/content-signature.ts')>()
  return {
    ...signature,
    verifyContentSignature(...[read, content, account]: Parameters<typeof signature.verifyContentSignature>) {
      const today = planted.judgedByToday && account !== null ? { accountLog: accountHead(account) } : {}
      return signature.verifyContentSignature({ ...read, statement: { ...read.statement, ...today } }, content, account)
    },
  }
})

vi.mock('../../packages/sync/src/vault/control-parts.ts', async (original) => {
  const parts = await original<typeof import('../../packages/sync/src/vault/control-parts.ts')>()
  return {
    ...parts,
    noteRoles: async (...given: Parameters<typeof parts.noteRoles>) => {
      if (!planted.rolesUnnoted) await parts.noteRoles(...given)
    },
  }
})

vi.mock('../../packages/protocol/src/control/admit.ts', async (original) => {
  const admit = await original<typeof import('../../packages/protocol/src/control/admit.ts')>()
  type Control = Parameters<typeof admit.rightVerdict>[0]
  const uncut = new WeakMap<Control, Control>()
  // One for each state of the log, for what is known of a stream is kept by it.
  const read = (control: Control): Control => {
    if (!planted.cutsIgnored) return control
    const known = uncut.get(control) ?? { ...control, deviceCuts: [], roleCuts: [] }
    uncut.set(control, known)
    return known
  }
  return {
    ...admit,
    rightVerdict: (...[control, ...rest]: Parameters<typeof admit.rightVerdict>) =>
      admit.rightVerdict(read(control), ...rest),
    continuedAuthor: (...[control, ...rest]: Parameters<typeof admit.continuedAuthor>) =>
      admit.continuedAuthor(read(control), ...rest),
    judgeAuthor: (...[header, hash, n, context]: Parameters<typeof admit.judgeAuthor>) =>
      admit.judgeAuthor(header, hash, n, { ...context, control: read(context.control) }),
    admit: (...[header, hash, proof, n, context]: Parameters<typeof admit.admit>) =>
      admit.admit(header, hash, proof, n, { ...context, control: read(context.control) }),
  }
})

afterEach(() => {
  for (const name of Object.keys(planted) as (keyof typeof planted)[]) planted[name] = false
})

const STEPS = 70

/** Property, what is planted, what the scenarios must say, and a scenario that says it where it is not the first. */
const MISTAKES: [what: string, switched: (keyof typeof planted)[], told: RegExp, from?: number][] = [
  [
    'C12: a server that asks nobody for a role, of patients who cut nobody',
    ['serverForgetsRoles', 'untidy'],
    /3 C12: .* sent without a role/u,
  ],
  ['C12: keys of roles that stay when a role is lost', ['roleKeysStay'], /7 C12: .* has the newest key of the role/u],
  ['C12: patients who cut nobody that lost a role', ['lossesUnseen'], /C12: a role that was lost has no cut/u],
  ['N2, C12: signatures judged by the roles of today', ['judgedByToday'], /N2: a signature does not hold/u],
  ['C11, C12: a device that hands in under the roles of today', ['handsInAsToday'], /2 C11: .* is lost/u],
  [
    'C9, C12: readers, the server among them, that count what lies beyond the cut of its device',
    ['cutsIgnored'],
    /3 C9: .* counts what lies beyond a cut/u,
    20_261_125,
  ],
  ['C12, property 1: a device that reads nothing again when it gains a role', ['rolesUnnoted'], /1 C12/u, 20_261_123],
]

test.each(MISTAKES)('%s is told: the property can fail', async (_, switched, told, from) => {
  for (const name of switched) planted[name] = true
  expect(await faultsUntil(told, (seed) => runMembers(seed, STEPS, planted), from)).toMatch(told)
})
