/** H8: a server whose clock is wrong by years, for a moment, for good and at its start ends nothing and drops nothing; what should end ends afterwards. */
import { join } from 'node:path'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { randomBytes } from '@chartkeep/crypto'
import { READ } from '@chartkeep/protocol'
import { ServerState } from '@chartkeep/protocol/messages'
import { inviteHash, writeInvite } from '@chartkeep/protocol/pairing'
import { createServerCore, type ServerCore } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'
import { addGrant, createAccount, createVault, createWriter, sealDrafts } from '../../support/author.ts'
import { putBlob, SEALED, testBlob } from '../../support/blob-author.ts'
import { connectDevice, readMessage } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess } from '../../support/server-process.ts'
import {
  accepted,
  AUDIENCE,
  createServerWorld,
  errorOf,
  newVault,
  postNewest,
  signIn,
} from '../../support/server-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** A server by invitation with a grant of 60 days, an upload that was begun, and as many newcomers as may wait. */
async function createGround() {
  const world = createServerWorld({ registration: 'invite', limits: { waitingAccounts: 100 } })
  const owner = await createAccount()
  const code = writeInvite(randomBytes(10))
  await world.storage.write((tx) => tx.addInvite(inviteHash(code), world.time.now() + HOUR))
  accepted(await world.core.register({ entry: owner.entries[0]!, invite: code }))
  const session = await signIn(world.core, owner)
  const vault = await newVault(world.core, { account: owner, session })
  const stream = vault.streams[0]!
  const grantee = await createAccount()
  await world.core.register({ entry: grantee.entries[0]! })
  await addGrant(vault, grantee, { streams: [{ stream, rights: READ }], notAfter: world.time.now() + 60 * DAY })
  await postNewest(world.core, session, vault)
  const begun = testBlob(vault.id, stream, [SEALED, 500])
  await putBlob(world.core, session, owner, begun, [0])
  const newcomer = await createAccount()
  // For one network five may wait.
  for (const account of [newcomer, ...(await Promise.all(Array.from({ length: 4 }, () => createAccount())))]) {
    expect(errorOf(await world.core.register({ entry: account.entries[0]! }))).toBe('invite-required')
    world.time.jump(1)
  }

  /** What is in force: the grant, the upload, the place of the newcomer. The owner's device works on meanwhile, and another newcomer asks. */
  async function standing(core: ServerCore) {
    const asOwner = await signIn(core, owner)
    await putBlob(core, asOwner, owner, testBlob(vault.id, stream, [400]))
    await core.register({ entry: (await createAccount()).entries[0]! })
    const asGrantee = await signIn(core, grantee)
    const pulled = await core.pull(asGrantee, vault.id, { streams: [{ stream, after: 0 }], budget: 1 << 20 })
    return {
      grant: errorOf(pulled) === null,
      upload: world.storage.read.blobOf(vault.id, stream, begun.blob) !== null,
      newcomer: world.storage.read.admission(newcomer.id) !== null,
    }
  }
  const again = () =>
    createServerCore({
      storage: world.storage,
      signingKey: world.signingKey,
      clock: world.time,
      timers: world.time.timers,
      audience: AUDIENCE,
      randomBytes,
      registration: 'invite',
      limits: { waitingAccounts: 100 },
    })
  return { world, standing, again }
}

const all = { grant: true, upload: true, newcomer: true }
const nothing = { grant: false, upload: false, newcomer: false }

const wrong = [
  ['+3 years', 3 * YEAR],
  ['+10 years', 10 * YEAR],
  ['-5 years', -5 * YEAR],
] as const

test.each(wrong)(
  'H8: a clock %s ends nothing and drops nothing while the server runs, and at its start; what should end ends once it is right',
  async (_, ahead) => {
    const { world, standing, again } = await createGround()
    const { time } = world
    for (const core of [world.core, again()]) {
      for (const now of [ahead, 0, ahead]) {
        time.setAhead(now)
        await time.advance(3 * 60_000)
        expect(await standing(core)).toEqual(all)
        expect(core.state()).toMatchObject({ clock: now === 0 ? 'sure' : 'unsure' })
      }
    }
    // For good: a week later all of it remains, and a server that starts now is no wiser.
    await time.advance(7 * DAY)
    const started = again()
    for (const core of [world.core, started]) expect(await standing(core)).toEqual(all)
    time.setAhead(0)
    for (const expected of ['waiting', 'sure']) {
      expect(started.state().clock).toBe(expected)
      await time.advance(3 * 60_000)
    }
    await time.advance(54 * DAY)
    expect(await standing(started)).toEqual(nothing)
    await world.close()
  },
)

test.each(wrong)(
  'H8: with a clock %s the end of a grant comes by the line, and removals wait until the clock is accepted',
  async (_, ahead) => {
    const { world, standing } = await createGround()
    const { core, time } = world
    time.setAhead(ahead)
    await time.advance(61 * DAY)
    expect(await standing(core)).toEqual({ ...all, grant: false })
    await world.storage.write((tx) => tx.setMark('clock-accepted', String(time.now())))
    expect(await core.keepTime()).toMatchObject({ clock: 'sure', time: time.now() })
    expect(world.storage.read.mark('clock-accepted')).toBeNull()
    // An earlier clock brings the days of the grant back, for it names a date.
    expect(await standing(core)).toEqual({ ...nothing, grant: ahead < 0 })
    await world.close()
  },
)

test.each([
  ['an hour old, while the server runs', -HOUR - 1],
  ['of another time', -YEAR],
])('H8: a word of the operator that is %s is not taken, and goes', async (_, since) => {
  const { world } = await createGround()
  world.time.setAhead(3 * YEAR)
  await world.storage.write((tx) => tx.setMark('clock-accepted', String(world.time.now() + since)))
  expect(await world.core.keepTime()).toMatchObject({ clock: 'unsure' })
  expect(world.storage.read.mark('clock-accepted')).toBeNull()
  await world.close()
})

test('H8: an accepted leap of three years makes nothing older than a day', async () => {
  const { world, standing, again } = await createGround()
  world.time.setAhead(3 * YEAR)
  await world.storage.write((tx) => tx.setMark('clock-accepted', String(world.time.now())))
  const core = again()
  expect(core.state()).toMatchObject({ clock: 'sure', day: 1 })
  expect(await standing(core)).toEqual({ ...all, grant: false })
  await world.time.advance(DAY)
  expect(core.state().day).toBe(2)
  expect(await standing(core)).toEqual({ ...all, grant: false })
  await world.time.advance(31 * DAY)
  expect(await standing(core)).toEqual(nothing)
  await world.close()
})

test('H8: a real server whose clock is set years ahead and back continues by its own time, says so, and takes the word of its operator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-time-'))
  const data = join(folder, 'data')
  const offset = join(folder, 'offset')
  const setClock = (ms: number) => writeFileSync(offset, String(ms))
  const preload = pathToFileURL(join(import.meta.dirname, '../../support/wrong-clock.mjs')).href
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const env = {
    NODE_OPTIONS: `--import ${preload}`,
    WRONG_CLOCK: offset,
    CHARTKEEP_DATA: data,
    CHARTKEEP_PORT: String(port),
  }
  setClock(0)
  const state = async () => readMessage(await fetch(`${address}/v1/server/state`), ServerState)
  const until = (clock: ServerState['clock']) =>
    expect.poll(async () => (await state()).clock, { timeout: 20_000, interval: 200 }).toBe(clock)
  let server = await startServerProcess(data, port, env)
  const owner = await connectDevice(address, await createAccount())
  const grantee = await connectDevice(address, await createAccount())
  const vault = await createVault(owner.account)
  const [stream] = vault.streams
  const request = { streams: [{ stream: stream!, after: 0 }], budget: 1 << 20 }
  await addGrant(vault, grantee.account, { streams: [{ stream: stream!, rights: READ }], notAfter: Date.now() + HOUR })
  await owner.postControl(vault.id, vault.entries)
  await owner.push(vault.id, await sealDrafts(createWriter(vault, owner.account, stream!), [{}]))
  const reads = async () => (await grantee.pull(vault.id, request)).streams[0]!.entries.length

  for (const ahead of [3 * YEAR, -5 * YEAR]) {
    setClock(ahead)
    await until('unsure')
    const { time, machine } = await state()
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
    expect(Math.abs(machine - ahead - Date.now())).toBeLessThan(60_000)
    expect(await reads()).toBe(1)
    expect(await (await fetch(`${address}/readyz`)).json()).toMatchObject({ status: 'ready', clock: 'unsure' })
    setClock(0)
    await until('sure')
  }
  setClock(3 * YEAR)
  await server.stop()
  server = await startServerProcess(data, port, env)
  expect((await state()).clock).toBe('unsure')
  expect(server.output()).toContain('clock is not believed')
  const doctor = await runServerProcess(env, ['doctor'])
  expect(doctor.output).toMatch(/fail +Clock .*clock accept/)
  const back = await connectDevice(address, grantee.account)
  expect((await back.pull(vault.id, request)).streams[0]!.entries).toHaveLength(1)
  const word = await runServerProcess(env, ['clock', 'accept'])
  expect([word.code, word.output]).toEqual([0, expect.stringContaining('is accepted')])
  await until('sure')
  expect(Math.abs((await state()).time - 3 * YEAR - Date.now())).toBeLessThan(60_000)
  await server.stop()
  rmSync(folder, { recursive: true })
})
