/**
 * H7 on a disk that is really full: a tmpfs of some megabytes, and the real server process on it. Growth is refused, reads continue, and what takes
 * access away still takes effect.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boxKeyPairFromSecretKey, createChainOpener, randomBytes } from '@chartkeep/crypto'
import { idText, READ } from '@chartkeep/protocol'
import { AuditAnswer, readAccessLeaf } from '@chartkeep/protocol/audit'
import { MEDIA_TYPE, VaultList } from '@chartkeep/protocol/messages'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  addAccessLog,
  addCut,
  addDevice,
  addGrant,
  createAccount,
  createDevice,
  createVault,
  createWriter,
  removeDevice,
  sealDrafts,
  type SealedDraft,
  type TestVault,
} from '../../support/author.ts'
import { connectDevice, helloFrame, openSocket, readMessage, type HttpDevice } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'
import { canMount, openSmallDisk, type SmallDisk } from '../../support/small-disk.ts'

const MIB = 1024 ** 2
const FLOOR = String(MIB)

describe.runIf(canMount())('a server on a disk of 14 MiB', () => {
  let disk: SmallDisk
  let server: ServerProcess | undefined
  let port: number

  beforeEach(async () => {
    disk = await openSmallDisk('14m')
    port = await freePort()
  })
  afterEach(async () => {
    await server?.stop('SIGKILL')
    disk.close()
  })

  const settings = (env: Record<string, string> = {}) => ({
    CHARTKEEP_DISK_FLOOR_BYTES: FLOOR,
    CHARTKEEP_RESERVE_BYTES: String(MIB),
    ...env,
  })

  async function start(env: Record<string, string> = {}): Promise<void> {
    server = await startServerProcess(disk.data, port, settings(env), [], disk.within)
  }

  /** Waits until the reserve is there, or is not. */
  async function reserveOf(bytes: number): Promise<void> {
    const path = join(disk.outside, 'reserve')
    await expect.poll(() => statSync(path, { throwIfNoEntry: false })?.size ?? 0, { timeout: 15_000 }).toBe(bytes)
  }

  const refusal = async (response: Response) => [
    response.status,
    response.ok ? null : ((await response.json()) as { error: string }).error,
  ]
  const ready = async () =>
    ((await (await fetch(`${server!.address}/readyz`)).json()) as { failing?: string[] }).failing ?? []

  /** An owner with a chart of one entry, and a doctor who reads it. */
  async function shared() {
    const owner = await connectDevice(server!.address, await createAccount())
    const doctor = await connectDevice(server!.address, await createAccount())
    const vault = await createVault(owner.account, 1)
    const grant = await addGrant(vault, doctor.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: Date.now() + 3_600_000,
    })
    const secret = randomBytes(32)
    await addAccessLog(vault, secret)
    await owner.postControl(vault.id, vault.entries)
    const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}, {}, {}, {}])
    await owner.push(vault.id, drafts.slice(0, 1))
    return { owner, doctor, vault, grant, secret, next: drafts.slice(1) }
  }
  type Shared = Awaited<ReturnType<typeof shared>>

  const pullAll = (device: HttpDevice, vault: TestVault) =>
    device.ask('POST', `/v1/vaults/${idText(vault.id)}/pull`, {
      streams: [{ stream: vault.streams[0]!, after: 0 }],
      budget: 1 << 20,
    })
  const pushOne = (device: HttpDevice, vault: TestVault, draft: SealedDraft) => {
    const { header, body, proof } = draft
    return device.ask('POST', `/v1/vaults/${idText(vault.id)}/push`, { envelopes: [{ header, body, proof }] })
  }
  const cutOf = async ({ owner, vault, grant }: Shared) => {
    const entry = await addCut(vault, grant)
    return () => owner.ask('POST', `/v1/vaults/${idText(vault.id)}/control`, { entries: [entry] })
  }

  /** Whatever the doctor asks for, none of the chart is in the answer. */
  async function getsNothing({ doctor, vault }: Shared): Promise<void> {
    const id = idText(vault.id)
    const answers = [
      await pullAll(doctor, vault),
      await doctor.ask('POST', `/v1/vaults/${id}/fetch`, { stream: vault.streams[0]!, numbers: [1] }),
      await doctor.ask('GET', `/v1/vaults/${id}/control?after=0`),
      await doctor.ask('GET', `/v1/vaults/${id}/late?after=0`),
      await doctor.ask('GET', `/v1/vaults/${id}/streams/${idText(vault.streams[0]!)}/blobs/${idText(randomBytes(16))}`),
    ]
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => false))
    const { vaults } = await readMessage(await doctor.ask('GET', '/v1/vaults'), VaultList)
    expect(vaults.map(({ moved }) => moved).filter((moved) => moved > 0)).toEqual([])
  }

  test('H7, C6: with 0 bytes free a cut takes effect, and the grantee gets nothing from then on', async () => {
    await start()
    await reserveOf(MIB)
    const all = await shared()
    const cut = await cutOf(all)
    disk.fill()
    expect(disk.free()).toBe(0)
    expect((await pullAll(all.doctor, all.vault)).status).toBe(200)
    expect(await refusal(await pushOne(all.owner, all.vault, all.next[0]!))).toEqual([507, 'server-full'])
    expect((await cut()).status).toBe(200)
    await reserveOf(0)
    expect(await refusal(await pullAll(all.doctor, all.vault))).toEqual([404, 'not-found'])
    expect(await ready()).toEqual(['disk', 'disk-reserve-spent'])
    expect(server!.output()).toContain('the reserve of 1048576 bytes was removed')
    const { output } = await runServerProcess({ CHARTKEEP_DATA: disk.data, ...settings() }, ['doctor'], disk.within)
    expect(output).toMatch(/^fail +Disk.*reserve/m)

    // What it freed is for relief alone: the owner's next entry waits, and a device can still be removed.
    expect(await refusal(await pushOne(all.owner, all.vault, all.next[0]!))).toEqual([507, 'server-full'])
    disk.empty()
    await reserveOf(MIB)
    await expect.poll(ready, { timeout: 10_000 }).toEqual([])
    expect((await pushOne(all.owner, all.vault, all.next[0]!)).status).toBe(200)
  })

  test('H7: with 0 bytes free a device is removed, and the owner reads in the access log who has read', async () => {
    await start()
    await reserveOf(MIB)
    const all = await shared()
    const { owner, vault, doctor, secret } = all
    const phone = createDevice()
    const post = `/v1/accounts/${idText(owner.account.id)}/log`
    expect((await owner.ask('POST', post, { entry: await addDevice(owner.account, phone) })).status).toBe(200)
    const removed = await removeDevice(owner.account, phone.id)
    disk.fill()
    expect((await pullAll(doctor, vault)).status).toBe(200)
    expect((await owner.ask('POST', post, { entry: removed })).status).toBe(200)
    const audit = { known: 0, after: 0, newest: 5000 }
    const answer = await owner.ask('POST', `/v1/vaults/${idText(vault.id)}/audit`, audit)
    const { leaves } = await readMessage(answer, AuditAnswer)
    const open = createChainOpener(boxKeyPairFromSecretKey(secret))
    const entries = leaves.flatMap(({ sealed }) => (sealed === null ? [] : [readAccessLeaf(open(sealed)!)!]))
    const readers = entries.filter(({ kind }) => kind === 'pull').map(({ account }) => idText(account))
    expect(readers).toContain(idText(doctor.account.id))
  })

  test('H7: under the floor growth is refused before its body is read, reads continue, and none of the disk is needed', async () => {
    await start()
    await reserveOf(MIB)
    const { owner, vault, next } = await shared()
    disk.fill(MIB / 2)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const response = await fetch(`${server!.address}/v1/vaults/${idText(vault.id)}/push`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': MEDIA_TYPE },
      // A body that never ends: the answer comes all the same.
      body: new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(100)) }),
      duplex: 'half',
      signal: AbortSignal.timeout(5000),
    } as RequestInit)
    expect([response.status, response.headers.get('retry-after')]).toEqual([507, '60'])
    expect(await refusal(await owner.ask('PUT', '/v1/chunks/0?link=x', new Uint8Array(10)))).toEqual([
      507,
      'server-full',
    ])
    const newcomer = await createAccount()
    await expect(connectDevice(server!.address, newcomer)).rejects.toThrow(/^507/)
    expect((await pullAll(owner, vault)).status).toBe(200)
    expect(existsSync(join(disk.outside, 'reserve'))).toBe(true)
    disk.empty()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await pushOne(owner, vault, next[0]!)).status).toBe(200)
  })

  test('H7: at the limit of the whole server growth is refused as under the floor', async () => {
    await start()
    const { owner, vault, next } = await shared()
    await server!.stop()
    await start({ CHARTKEEP_SERVER_BYTES: '1000' })
    // Who is known signs in and reads.
    const again = await connectDevice(server!.address, owner.account)
    expect((await pullAll(again, vault)).status).toBe(200)
    expect(await refusal(await pushOne(again, vault, next[0]!))).toEqual([507, 'server-full'])
  })

  test('H7, C6: a cut that finds no room and no reserve is refused, and the grantee gets nothing all the same; it takes effect once there is room', async () => {
    await start({ CHARTKEEP_RESERVE_BYTES: '0' })
    const all = await shared()
    const live = await openSocket(server!.address, helloFrame(all.doctor.token))
    await live.until('ready')
    const cut = await cutOf(all)
    disk.fill()
    // The log of the database has room in it for some entries more: until that is used up.
    let answer = await cut()
    for (let tries = 0; answer.ok && tries < 1; tries++) answer = await cut()
    expect(await refusal(answer)).toEqual([507, 'server-full'])
    expect(answer.headers.get('retry-after')).toBe('60')
    await getsNothing(all)
    expect((await pullAll(all.owner, all.vault)).status).toBe(200)
    disk.empty()
    // Room alone gives nothing back: the decision holds until it is stored.
    await getsNothing(all)
    await expect
      .poll(async () => (await pushOne(all.owner, all.vault, all.next[0]!)).status, { timeout: 10_000 })
      .toBe(200)
    await getsNothing(all)
    expect(live.messages.map(({ type }) => type)).toEqual(['ready'])
    expect((await cut()).status).toBe(200)
    await live.until('ended')
    expect(await refusal(await pullAll(all.doctor, all.vault))).toEqual([404, 'not-found'])
  })

  test('H7: on a full disk the server starts by removing its reserve; its devices sign in and read, and a cut takes effect', async () => {
    await start()
    await reserveOf(MIB)
    const all = await shared()
    const entry = await addCut(all.vault, all.grant)
    await server!.stop()
    disk.fill()
    expect(disk.free()).toBe(0)
    await start()
    await reserveOf(0)
    expect(server!.output()).toContain('the reserve of 1048576 bytes was removed')
    const owner = await connectDevice(server!.address, all.owner.account)
    const doctor = await connectDevice(server!.address, all.doctor.account)
    expect((await pullAll(doctor, all.vault)).status).toBe(200)
    const posted = await owner.ask('POST', `/v1/vaults/${idText(all.vault.id)}/control`, { entries: [entry] })
    expect(posted.status).toBe(200)
    expect(await refusal(await pullAll(doctor, all.vault))).toEqual([404, 'not-found'])
  })

  test('H7: on a full disk without a reserve the server does not start, says how much is missing and what may be removed, and starts once it is', async () => {
    await start({ CHARTKEEP_RESERVE_BYTES: '0' })
    const { owner, vault } = await shared()
    const backup = join(disk.data, 'monday')
    const env = { CHARTKEEP_DATA: disk.data, ...settings({ CHARTKEEP_RESERVE_BYTES: '0' }) }
    expect((await runServerProcess(env, ['backup', backup], disk.within)).code).toBe(0)
    await server!.stop()
    disk.fill()
    const { code, output } = await runServerProcess({ ...env, CHARTKEEP_PORT: String(port) }, [], disk.within)
    expect(code).toBe(1)
    const size = Math.ceil(
      readdirSync(join(disk.outside, 'monday')).reduce(
        (sum, name) => sum + statSync(join(disk.outside, 'monday', name)).size,
        0,
      ) / 1024,
    )
    expect(output).toBe(
      [
        `The disk of ${disk.data} is full, and there is no reserve to remove, so the server does not start. Nothing is lost.`,
        '0 KiB are free; at least 1024 KiB more are needed.',
        'These may be removed; of backups keep the newest:',
        `  ${backup} (backup, ${size} KiB)`,
        `Never remove ${join(disk.data, 'chartkeep.sqlite')}, the files beginning with its name, or ${join(disk.data, 'server-key')}.`,
        '',
      ].join('\n'),
    )
    rmSync(join(disk.outside, 'monday'), { recursive: true })
    await start({ CHARTKEEP_RESERVE_BYTES: '0' })
    const again = await connectDevice(server!.address, owner.account)
    expect((await pullAll(again, vault)).status).toBe(200)
  })

  test('H7, H2: a command that finds no room says so, prints no code, and leaves the running server as it is; it works once there is room', async () => {
    await start()
    disk.fill()
    const run = (...args: string[]) =>
      runServerProcess({ CHARTKEEP_DATA: disk.data, CHARTKEEP_REGISTRATION: 'invite' }, args, disk.within)
    const invite = await run('invite', '--count', '200')
    expect(invite.code).toBe(1)
    expect(invite.output).toMatch(/disk has no room.*Nothing was changed/s)
    expect(invite.output).not.toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$|SQLITE|at /m)
    expect((await fetch(`${server!.address}/healthz`)).status).toBe(200)
    disk.empty()
    const again = await run('invite')
    expect([again.code, again.output]).toEqual([0, expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/m)])
    expect((await run('invite', '--list')).output).toMatch(/Open invitations: 1$/m)
  })

  test('H7: a log on the full disk does not end the server', async () => {
    const logged = ['sh', '-c', `exec "$0" "$@" 2> ${join(disk.data, 'log')}`]
    server = await startServerProcess(
      disk.data,
      port,
      settings({ CHARTKEEP_LOG: 'info' }),
      [],
      [...disk.within, ...logged],
    )
    disk.fill()
    for (let asked = 0; asked < 60; asked++)
      expect((await fetch(`${server.address}/v1/server`, { signal: AbortSignal.timeout(5000) })).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  test('H7: a first start on a full disk leaves nothing that would be in the way of the next', async () => {
    disk.fill()
    const env = { CHARTKEEP_DATA: disk.data, CHARTKEEP_PORT: String(port), ...settings() }
    for (const leave of [0, 40 * 1024, 80 * 1024, 120 * 1024, 160 * 1024]) {
      disk.empty()
      disk.fill(leave)
      await runServerProcess({ ...env, CHARTKEEP_HOST: '203.0.113.1' }, [], disk.within)
    }
    disk.empty()
    await start()
    expect(await ready()).toEqual([])
  })

  describe('the words of a backup', () => {
    const backup = (target: string) =>
      runServerProcess({ CHARTKEEP_DATA: disk.data, ...settings() }, ['backup', target], disk.within)
    const doctor = () => runServerProcess({ CHARTKEEP_DATA: disk.data, ...settings() }, ['doctor'], disk.within)
    let elsewhere: string
    beforeEach(async () => {
      elsewhere = mkdtempSync(join(tmpdir(), 'chartkeep-backups-'))
      await start({ CHARTKEEP_RESERVE_BYTES: '0' })
      await shared()
    })
    afterEach(() => rmSync(elsewhere, { recursive: true, force: true }))

    test('H7, H5: without room for the copy the step is named, nothing is left, and nothing is said of the data', async () => {
      disk.fill(8192)
      const { code, output } = await backup(join(disk.data, 'tuesday'))
      expect([code, output]).toEqual([
        1,
        `The data could not be copied: the disk of ${disk.data} is full. No backup was made at ${join(disk.data, 'tuesday')}.\n`,
      ])
      expect(readdirSync(disk.outside).filter((name) => name.includes('tuesday'))).toEqual([])
    })

    test('H7, H5: a complete backup is reported as made, even where the full disk of the data refuses its date; doctor finds it by its manifest', async () => {
      const first = await backup(join(elsewhere, 'monday'))
      expect([first.code, first.output.includes('Warning')]).toEqual([0, false])
      const manifest = join(elsewhere, 'monday', 'manifest.json')
      const old = JSON.parse(readFileSync(manifest, 'utf8')) as object
      writeFileSync(manifest, JSON.stringify({ ...old, made: '2026-01-01T00:00:00.000Z' }))
      expect((await doctor()).output).toMatch(/^warn +Backup +The newest is \d{4} hours old/m)
      disk.fill()
      const second = await backup(join(elsewhere, 'tuesday'))
      expect(second.code).toBe(0)
      expect(second.output).toContain(`Backup made and verified: ${join(elsewhere, 'tuesday')}`)
      expect(second.output).toContain(
        `Warning: The backup stands, but its date could not be noted: the disk of ${disk.data} is full.`,
      )
      expect((await doctor()).output).toMatch(/^ok +Backup +0 hours old/m)
      // What was noted before is whole.
      expect(JSON.parse(readFileSync(join(disk.outside, 'last-backup.json'), 'utf8'))).toMatchObject({
        folders: [elsewhere],
      })
      expect(readdirSync(disk.outside).filter((name) => name.endsWith('.new'))).toEqual([])
    })
  })
})
