/**
 * H7 on a disk that is really full: a tmpfs of some megabytes, and the real server process on it. Growth is refused, reads go on, and what takes
 * access away still takes effect.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { boxKeyPairFromSecretKey, createChainOpener, randomBytes } from '@chartkeep/crypto'
import { AuditAnswer, idText, MEDIA_TYPE, READ, readAccessLeaf } from '@chartkeep/protocol'
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
import { connectDevice, readMessage, type HttpDevice } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'
import { canMount, openSmallDisk, type SmallDisk } from '../../support/small-disk.ts'

const MIB = 1024 ** 2
const FLOOR = String(MIB)

describe.runIf(canMount())('a server on a disk of 14 MiB', () => {
  let disk: SmallDisk
  let server: ServerProcess
  let port: number

  beforeEach(async () => {
    disk = await openSmallDisk('14m')
    port = await freePort()
  })
  afterEach(async () => {
    await server.stop('SIGKILL')
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
    ((await (await fetch(`${server.address}/readyz`)).json()) as { failing?: string[] }).failing ?? []

  /** An owner with a chart of one entry, and a doctor who reads it. */
  async function shared() {
    const owner = await connectDevice(server.address, await createAccount())
    const doctor = await connectDevice(server.address, await createAccount())
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
    expect(server.output()).toContain('the reserve of 1048576 bytes was removed')
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

  test('H7: under the floor growth is refused before its body is read, reads go on, and nothing of the disk is needed', async () => {
    await start()
    await reserveOf(MIB)
    const { owner, vault, next } = await shared()
    disk.fill(MIB / 2)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const response = await fetch(`${server.address}/v1/vaults/${idText(vault.id)}/push`, {
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
    await expect(connectDevice(server.address, newcomer)).rejects.toThrow(/^507/)
    expect((await pullAll(owner, vault)).status).toBe(200)
    expect(existsSync(join(disk.outside, 'reserve'))).toBe(true)
    disk.empty()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await pushOne(owner, vault, next[0]!)).status).toBe(200)
  })

  test('H7: at the limit of the whole server growth is refused as under the floor', async () => {
    await start()
    const { owner, vault, next } = await shared()
    await server.stop()
    await start({ CHARTKEEP_SERVER_BYTES: '1000' })
    const again = await connectDevice(server.address, owner.account).catch((error: unknown) => String(error))
    // Who is known signs in; the entry that is posted again is no growth of the log, but it is a write.
    expect(again).toMatch(/507/)
    expect(vault.entries.length).toBeGreaterThan(0)
    expect(next.length).toBeGreaterThan(0)
  })
})
