/**
 * K11, C12: backups of a practice, with real sessions, stores and server. A device from an administrator's backup has the vault, the members and the keys
 * of every role; one from a nurse's backup has what she had, and no right beyond hers. And C3, C12: shares with one role and with a team.
 */
import { concatBytes } from '@chartkeep/crypto/encoding'
import { sourceOf } from '@chartkeep/interop'
import { createBackupLock, openBackup, sealBackup, type BackupKey } from '@chartkeep/interop/backup'
import type { Grantee, Session } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  confirmed,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'
import { labResult, visit, vitalSign } from '../../support/role-records.ts'

const BACKUP = 'river lamp seven clouds'
const DAY = 86_400_000

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function backupOf(session: Session): Promise<Uint8Array> {
  const { kit, planned, items } = await session.backup()
  const pieces: Uint8Array[] = []
  for await (const piece of sealBackup({ lock: await createBackupLock(BACKUP), kit, planned, items }))
    pieces.push(piece)
  return concatBytes(...pieces)
}

async function restored(bytes: Uint8Array, key: BackupKey, name: string): Promise<Session> {
  const opened = await openBackup(sourceOf(bytes), key)
  if (opened.type !== 'opened') throw new Error(opened.type)
  const code = 'code' in key ? key.code : null
  const input = { items: opened.items, label: null, passphrase: PASSPHRASE, code }
  return world.unlocked(await world.device(name).accountManager.restoreBackup(input))
}

const titles = async (session: Session, list: string) =>
  (await until((await session.practice!.open()).list$(list), () => true)).map(({ title }) => title)

async function write(session: Session, collection: string, resource: string): Promise<string> {
  return (await (await session.practice!.open()).save({ collection, resource })).type
}

test('K11, C12: an administrator’s backup with the kit is the practice again; from a nurse’s a device has what she had and may what she may', async () => {
  const { session: boss, practice, code, device: desk } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  const nurse = await joinPractice(world, boss, 'Nurse Ng', ['nurse'])
  const member = nurse.practice!.me.id
  expect(await write(nurse, 'vitals', vitalSign('Pulse'))).toBe('saved')
  await confirmed(nurse)
  await confirmed(boss)
  const [whole, hers] = [await backupOf(boss), await backupOf(nurse)]
  await boss.lock()
  desk.remove()

  // All devices of the administrator are lost: the kit in the file lets another one in.
  const again = await restored(whole, { code }, 'New desk')
  await confirmed(again)
  expect(again.practice!.me).toMatchObject({ name: 'Lin Wei', roles: ['admin', 'physician'] })
  expect(again.practice!.name).toBe(practice.name)
  const members = await until(again.practice!.members$, (all) => all.length === 2)
  expect(members.map(({ name, roles }) => [name, roles])).toEqual([
    ['Lin Wei', ['admin', 'physician']],
    ['Nurse Ng', ['nurse']],
  ])
  expect(await titles(again, 'vitals')).toEqual(['Pulse'])
  // It holds the keys of every role: it gives another role, and who has it works by it.
  expect(await again.practice!.setRoles(member, ['nurse', 'scribe'], ['nurse'])).toEqual({ type: 'done' })
  expect(await write(again, 'plans', '{"resourceType":"CarePlan","status":"draft","intent":"plan","subject":{}}')).toBe(
    'saved',
  )
  await confirmed(again)
  await confirmed(nurse)
  expect(nurse.practice!.me.roles).toEqual(['nurse', 'scribe'])
  expect(await until((await nurse.practice!.open()).list$('plans'), (rows) => rows.length === 1)).toHaveLength(1)
  await nurse.lock()

  // Her backup with her passphrase on another device: what she had is there to read, and she may there what she may.
  const copy = await restored(hers, { passphrase: BACKUP }, 'Her tablet')
  expect(await titles(copy, 'vitals')).toEqual(['Pulse'])
  expect(copy.practice!.may('administer-members')).toBe(false)
  expect(await copy.practice!.setRoles(member, ['admin'], ['nurse'])).toEqual({ type: 'refused', error: 'no-right' })
  expect(await write(copy, 'plans', '{"resourceType":"CarePlan","status":"draft","intent":"plan","subject":{}}')).toBe(
    'no-right',
  )
})

test('C3, C12: one role of a practice is given a chart, and nobody else there; a team is given it in one action, each with what is theirs', async () => {
  const { session: boss } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  const nurse = await joinPractice(world, boss, 'Nurse Ng', ['nurse'])
  const { session: friend } = await world.account('Chen Bo')
  await confirmed(friend)
  const { session: patient } = await world.account('Mei')
  const mine = await openFirst(patient)
  await confirmed(patient)
  const granteeOf = async (session: Session): Promise<Grantee> => {
    const read = await patient.readSharingCode((await session.sharingCode()).code)
    if ('type' in read) throw new Error(read.type)
    return read
  }
  const input = {
    scopes: [{ collection: 'vitals', rights: ['read' as const, 'append' as const] }],
    until: Date.now() + DAY,
    purpose: 'Care',
    shown: { name: 'Mei', birthDate: '' },
  }
  const clinic = await granteeOf(boss)
  const people = async (session: Session) => {
    await confirmed(session)
    const charts = await until(session.charts$, () => true)
    return charts.filter(({ kind, relation, state }) => kind === 'person' && relation === 'shared' && state === 'open')
  }
  expect((await mine.share({ ...input, grantee: clinic, role: 'nurse' })).type).toBe('in-force')
  const grants = await until(mine.grants$, (all) => all.length === 1)
  expect(grants[0]).toMatchObject({ role: 'nurse' })
  const [given] = await people(nurse)
  const byNurse = (await nurse.openChart(given!.slot))!
  expect((await byNurse.save({ collection: 'vitals', resource: vitalSign('Pulse') })).type).toBe('saved')
  expect(await byNurse.save({ collection: 'appointments', resource: visit })).toEqual({ type: 'no-right' })
  await confirmed(nurse)
  // The administrator holds the key of the role and is a physician: the server shows her no chart that only nurses were given.
  expect(await people(boss)).toEqual([])

  const team = [{ grantee: await granteeOf(friend) }]
  const signed = [{ collection: 'vitals', rights: ['read' as const, 'append' as const, 'sign' as const] }]
  expect((await mine.share({ ...input, scopes: signed, grantee: clinic, role: 'physician', team })).type).toBe(
    'in-force',
  )
  const grantsNow = await until(mine.grants$, (each) => each.length === 3)
  const rightsOf = (role: string | null) =>
    grantsNow.find((grant) => grant.role === role)!.scopes.find(({ collection }) => collection === 'vitals')!.rights
  expect(rightsOf('physician')).toEqual(['read', 'append', 'sign'])
  // Nobody signs for themselves in another's chart: that is a practice's, whoever is in the team with it.
  expect(rightsOf(null)).toEqual(['read', 'append'])
  for (const session of [boss, friend]) {
    const [theirs] = await people(session)
    const chart = (await session.openChart(theirs!.slot))!
    await until(chart.list$('vitals'), (rows) => rows.length === 1)
  }
  // What was given to the team is taken from one of them alone.
  const friends = (await until(mine.grants$, (all) => all.length === 3)).find(({ role }) => role === null)!
  expect((await mine.revoke(friends.id)).type).toBe('in-force')
  expect(await people(friend)).toEqual([])
  expect(await people(boss)).toHaveLength(1)
})

test('K11, C13, C10: what was opened in an emergency is not for a device that a backup made, and leaves it at its first contact; what is shared stays', async () => {
  const { session: mei } = await world.account('Mei')
  const { session: kin, code } = await world.account('Uncle')
  await mei.createChart({ name: 'Sister' })
  for (const session of [mei, kin]) await confirmed(session)
  const grantee = await mei.readSharingCode((await kin.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const until400 = Date.now() + 400 * DAY
  const both = await until(mei.charts$, (charts) => charts.length === 2)
  for (const { slot, name } of both) {
    const chart = (await mei.openChart(slot))!
    for (const [collection, resource] of [
      ['labs', labResult('Potassium')],
      ['vitals', vitalSign('Pulse')],
    ] as const)
      expect((await chart.save({ collection, resource })).type).toBe('saved')
    const shown = { name, birthDate: '' }
    const held = { grantee, collections: ['labs'], durationMs: DAY, until: until400, purpose: '', shown }
    expect(await chart.emergency.allow(held)).toMatchObject({ type: 'in-force' })
    const scopes = [{ collection: 'vitals', rights: ['read' as const] }]
    if (name === 'Sister')
      expect(await chart.share({ grantee, scopes, until: until400, purpose: '', shown })).toMatchObject({
        type: 'in-force',
      })
  }
  await confirmed(mei)
  await confirmed(kin)
  const charts = await until(kin.emergency.held$, (all) => all.length === 2)
  for (const { id } of charts)
    expect(await kin.emergency.open(id, 'Found unconscious at home')).toMatchObject({ type: 'opened' })
  await confirmed(kin)
  const shared = async (session: Session, state: string) =>
    (await until(session.charts$, (all) => all.filter((each) => each.state === state).length > 0)).filter(
      (each) => each.relation === 'shared' && each.state === state,
    )
  expect(await shared(kin, 'open')).toHaveLength(2)

  const bytes = await backupOf(kin)
  // All of them are in this process, where RxDB allows 13 collections.
  await mei.lock()
  await kin.lock()
  const copy = await restored(bytes, { code }, 'New laptop')
  await copy.syncNow()
  await until(copy.charts$, (all) => all.some(({ relation, state }) => relation === 'shared' && state === 'ended'))
  const [sister] = await shared(copy, 'open')
  expect(await shared(copy, 'open')).toHaveLength(1)
  const chart = (await copy.openChart(sister!.slot))!
  expect((await until(chart.all$, (all) => all.length === 1)).map(({ title }) => title)).toEqual(['Pulse'])
  // It may open them itself, as any device of his.
  expect((await until(copy.emergency.held$, (all) => all.length === 2)).map(({ state }) => state)).toEqual([
    'held',
    'held',
  ])
})
