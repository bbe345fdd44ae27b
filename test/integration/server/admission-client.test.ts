/** H2 from the person's side: the real client at a real server that takes accounts by invitation, or none; what it is told, and how it comes in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Grantee, Session, SyncStatus } from '@chartkeep/sync'
import { filter, firstValueFrom, timeout, type Observable } from 'rxjs'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createNodeDevice, type NodeDevice } from '../../support/node-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const PASSPHRASE = 'correct horse battery staple'
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-door-'))
let server: ServerProcess | null = null
let devices: NodeDevice[] = []
let sessions: Session[] = []
let address = ''
let env: Record<string, string> = {}

afterEach(async () => {
  for (const session of sessions) await session.lock()
  for (const device of devices) device.remove()
  await server?.stop()
  ;[server, devices, sessions] = [null, [], []]
})
afterAll(() => rmSync(folder, { recursive: true }))

async function start(registration: string, more: Record<string, string> = {}): Promise<void> {
  const port = await freePort()
  const data = mkdtempSync(join(folder, 'data-'))
  env = { CHARTKEEP_DATA: data, CHARTKEEP_REGISTRATION: registration, ...more }
  server = await startServerProcess(data, port, env)
  address = `http://localhost:${port}`
}

async function newCode(): Promise<string> {
  return /^[0-9A-Z-]{19}$/m.exec((await runServerProcess(env, ['invite'])).output)![0]
}

async function person(name: string, invite?: string): Promise<Session> {
  const device = createNodeDevice('Laptop')
  devices.push(device)
  const given = { label: name, name, passphrase: PASSPHRASE, server: address }
  const { session } = await device.accountManager.create(invite === undefined ? given : { ...given, invite })
  sessions.push(session)
  await session.syncNow()
  return session
}

const until = <T>(values: Observable<T>, holds: (value: T) => boolean) =>
  firstValueFrom(values.pipe(filter(holds), timeout(20_000)))
const settled = (session: Session) => until(session.sync$, ({ state }) => state === 'problem' || state === 'confirmed')
const problem = ({ problem: found, state }: SyncStatus) => found?.key ?? state

test('H2: the person is told that the server asks for an invitation, keeps everything, and comes in with a code typed later', async () => {
  await start('invite')
  const session = await person('Ann')
  expect(await devices[0]!.accountManager.registration(address)).toBe('invite')
  const status = await settled(session)
  expect([problem(status), status.problem?.code]).toEqual(['invite', 'invite-required'])
  expect(await session.useInvite('not a code')).toEqual({ type: 'bad-code' })
  expect(await session.useInvite('0000-0000-0000-0000')).toEqual({ type: 'refused' })
  expect(await session.useInvite(` ${(await newCode()).toLowerCase()} `)).toEqual({ type: 'done' })
  await session.syncNow()
  expect(problem(await until(session.sync$, ({ state }) => state === 'confirmed'))).toBe('confirmed')
})

test('H2: a code that was typed when the account was made lets it in at the first contact; a wrong one asks for another', async () => {
  await start('invite')
  const session = await person('Ann', await newCode())
  expect(problem(await settled(session))).toBe('confirmed')
  const wrong = await person('Ben', '0000-0000-0000-0000')
  const status = await settled(wrong)
  expect(problem(status)).toBe('invite')
  expect(await wrong.useInvite(await newCode())).toEqual({ type: 'done' })
  await wrong.syncNow()
  expect(problem(await until(wrong.sync$, ({ state }) => state === 'confirmed'))).toBe('confirmed')
})

test('H2: at a closed server a clinician waits, a patient shares by the code all the same, and the clinician reads the chart', async () => {
  await start('open')
  const patient = await person('Ann')
  expect(problem(await settled(patient))).toBe('confirmed')
  const port = Number(new URL(address).port)
  await server!.stop()
  env = { ...env, CHARTKEEP_REGISTRATION: 'closed' }
  server = await startServerProcess(env['CHARTKEEP_DATA']!, port, env)

  const clinician = await person('Dr. Lee')
  const status = await settled(clinician)
  expect([problem(status), status.problem?.code]).toEqual(['closed', 'closed'])
  const { code } = await clinician.sharingCode()
  await patient.syncNow()
  const grantee = (await patient.readSharingCode(code)) as Grantee
  expect(grantee.name).toBe('Dr. Lee')
  const [summary] = await firstValueFrom(patient.charts$)
  const chart = (await patient.openChart(summary!.slot))!
  const shared = await chart.share({
    grantee,
    scopes: [{ collection: 'labs', rights: ['read'] }],
    until: Date.now() + 3_600_000,
    purpose: 'Check',
    shown: { name: 'Ann', birthDate: '1980-01-01' },
  })
  expect(shared.type).toBe('in-force')
  await clinician.syncNow()
  const charts = await until(clinician.charts$, (all) => all.some(({ relation }) => relation === 'shared'))
  expect(charts.find(({ relation }) => relation === 'shared')!.state).toBe('open')
  // The chart of their own still waits at the door, and says so.
  expect(problem(await until(clinician.sync$, ({ state }) => state === 'problem'))).toBe('closed')
})

test('H9: where no place is left the newcomer is told so; the owner scans the code, and the newcomer finds a place kept', async () => {
  await start('invite', { CHARTKEEP_WAITING_ACCOUNTS: '1' })
  const patient = await person('Ann', await newCode())
  expect(problem(await settled(patient))).toBe('confirmed')
  expect(problem(await settled(await person('Somebody')))).toBe('invite')
  const clinician = await person('Dr. Lee')
  const status = await settled(clinician)
  expect([problem(status), status.problem?.code]).toEqual(['waiting-full', 'waiting-full'])
  const { code } = await clinician.sharingCode()
  expect(await patient.readSharingCode(code)).toEqual({ type: 'expected' })
  await clinician.syncNow()
  expect(problem(await until(clinician.sync$, ({ problem: found }) => found?.key !== 'waiting-full'))).toBe('invite')
  expect(((await patient.readSharingCode(code)) as Grantee).name).toBe('Dr. Lee')
})

test('S9: a server that was restored from a backup has everything again from the one device there is, and the person reads that it lost data', async () => {
  await start('open')
  const session = await person('Ann')
  expect(problem(await settled(session))).toBe('confirmed')
  const backup = join(env['CHARTKEEP_DATA']!, '..', 'backup')
  expect((await runServerProcess(env, ['backup', backup])).code).toBe(0)
  const port = Number(new URL(address).port)
  await server!.stop()
  rmSync(env['CHARTKEEP_DATA']!, { recursive: true })
  expect((await runServerProcess(env, ['restore', backup])).code).toBe(0)
  server = await startServerProcess(env['CHARTKEEP_DATA']!, port, env)
  const [summary] = await firstValueFrom(session.charts$)
  const chart = (await session.openChart(summary!.slot))!
  await chart.rename('Ann Lee')
  await session.syncNow()
  const status = await until(session.sync$, ({ loss, state }) => loss?.whole === true && state === 'confirmed')
  expect([status.problem, status.waiting, status.loss?.devices]).toEqual([null, 0, 0])
  // A person who is new there waits until its operator says that nothing older comes back any more.
  const newcomer = await person('Ben')
  expect(problem(await until(newcomer.sync$, ({ state }) => state === 'problem'))).toBe('refilling')
  expect((await runServerProcess(env, ['go-on'])).code).toBe(0)
  await newcomer.syncNow()
  expect((await until(newcomer.sync$, ({ state }) => state === 'confirmed')).waiting).toBe(0)
})
