/**
 * H7 for a given time: a real server on a disk that fills up and empties, random work of an owner and a doctor, kills and restarts between.
 * CHARTKEEP_FULL_DISK_SECONDS: how long.
 */
import { idText, READ } from '@chartkeep/protocol'
import { PushAnswer } from '@chartkeep/protocol/messages'
import { envelopeHashOf } from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addCut,
  addGrant,
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type SealedDraft,
  type TestGrant,
  type TestVault,
} from '../../support/author.ts'
import { connectDevice, readMessage, type HttpDevice } from '../../support/http-device.ts'
import { seeded } from '../../support/seeded.ts'
import { freePort, startServerProcess, type ServerProcess } from '../../support/server-process.ts'
import { canMount, openSmallDisk, type SmallDisk } from '../../support/small-disk.ts'

const { seed, numRuns: SECONDS } = seeded(Number(process.env['CHARTKEEP_FULL_DISK_SECONDS'] ?? 6))
const KIB = 1024
/** A control log of thousands of entries would be what takes the time. */
const MAX_CUTS = 150

describe.runIf(canMount())('a disk that fills up and empties', () => {
  let disk: SmallDisk
  let server: ServerProcess
  let port: number
  let owner: HttpDevice
  let doctor: HttpDevice
  let vault: TestVault

  /** Numbers from 0 to `below` without it, the same for each seed. */
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }

  const start = async () => {
    const env = {
      CHARTKEEP_DISK_FLOOR_BYTES: String(256 * KIB),
      // Without one a cut can be refused, and a start.
      CHARTKEEP_RESERVE_BYTES: String(random(2) * 512 * KIB),
      CHARTKEEP_REQUESTS_PER_MINUTE: '10000000',
      CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE: '10000000',
      CHARTKEEP_SIGN_INS_PER_MINUTE: '10000000',
      CHARTKEEP_REGISTRATIONS_PER_HOUR: '10000000',
    }
    server = await startServerProcess(disk.data, port, env, [], disk.within)
  }
  beforeAll(async () => {
    disk = await openSmallDisk('32m')
    port = await freePort()
    await start()
    owner = await connectDevice(server.address, await createAccount())
    doctor = await connectDevice(server.address, await createAccount())
    vault = await createVault(owner.account, 1)
    await owner.postControl(vault.id, vault.entries)
  })
  afterAll(async () => {
    await server.stop('SIGKILL')
    disk.close()
  })

  test('H7, S3, C6: no accepted write is lost, no cut is undone, nothing but server-full is told, and the server never dies', async () => {
    const [stream] = vault.streams
    const writer = createWriter(vault, owner.account, stream!)
    const path = (what: string) => `/v1/vaults/${idText(vault.id)}/${what}`
    /** Acknowledged: n to hash. */
    const taken = new Map<number, string>()
    let waiting: SealedDraft[] = []
    let grant: TestGrant | null = null
    /** An entry of the control log that is not stored yet. */
    let pending: { entry: object; isCut: boolean } | null = null
    /** Since a cut was stored or refused; a restart forgets one that was refused. */
    let isOut = true
    const counts = { pushed: 0, full: 0, cuts: 0, cutsRefused: 0, starts: 0 }

    const isFull = async (response: Response) => {
      const { error } = (await response.json()) as { error: string }
      expect([response.status, error]).toEqual([507, 'server-full'])
      counts.full++
    }

    async function push(): Promise<void> {
      // What is sealed names the newest entry of the control log, so that has to be stored.
      if (waiting.length === 0 && pending !== null) return
      if (waiting.length === 0)
        waiting = await sealDrafts(
          writer,
          Array.from({ length: 1 + random(12) }, () => ({})),
        )
      const envelopes = waiting.map(({ header, body, proof }) => ({ header, body, proof }))
      const response = await owner.ask('POST', path('push'), { envelopes })
      if (!response.ok) return isFull(response)
      const { results, refused } = await readMessage(response, PushAnswer)
      expect([results.length, refused]).toEqual([waiting.length, null])
      for (const { n, hash } of results) taken.set(n, idText(hash))
      counts.pushed += waiting.length
      waiting = []
    }

    async function postPending(): Promise<void> {
      const response = await owner.ask('POST', path('control'), { entries: [pending!.entry] })
      if (response.ok) {
        if (pending!.isCut) counts.cuts++
        isOut = pending!.isCut
        pending = null
        return
      }
      await isFull(response)
      if (pending!.isCut) {
        counts.cutsRefused++
        isOut = true
      }
    }

    async function changeAccess(): Promise<void> {
      if (pending === null && (waiting.length > 0 || counts.cuts >= MAX_CUTS)) return
      if (pending === null && grant === null) {
        grant = await addGrant(vault, doctor.account, {
          streams: [{ stream: stream!, rights: READ }],
          notAfter: Date.now() + 3_600_000,
        })
        pending = { entry: vault.entries.at(-1)!, isCut: false }
      } else if (pending === null) {
        pending = { entry: await addCut(vault, grant!), isCut: true }
        grant = null
      }
      await postPending()
    }

    async function look(): Promise<void> {
      expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
      const response = await doctor.ask('POST', path('pull'), { streams: [{ stream, after: 0 }], budget: 1 << 20 })
      if (isOut) expect([404, 507]).toContain(response.status)
      else expect(response.status).toBe(200)
    }

    async function restart(): Promise<void> {
      await server.stop(random(2) === 0 ? 'SIGKILL' : 'SIGTERM')
      counts.starts++
      await start().catch(async (error: unknown) => {
        // Only where the reserve was spent before.
        expect(String(error)).toContain('there is no reserve to remove')
        disk.empty()
        await start()
      })
      owner = await connectDevice(server.address, owner.account)
      doctor = await connectDevice(server.address, doctor.account)
      if (pending?.isCut) isOut = false
    }

    const end = Date.now() + SECONDS * 1000
    while (Date.now() < end) {
      const step = random(20)
      if (step < 8) await push()
      else if (step < 12) await changeAccess()
      else if (step < 14) disk.fill([0, 0, 8 * KIB, 100 * KIB, 600 * KIB][random(5)]!)
      else if (step < 16) disk.empty()
      else if (step === 16 && random(4) === 0) await restart()
      await look()
    }

    disk.empty()
    await expect.poll(async () => (await fetch(`${server.address}/readyz`)).status, { timeout: 30_000 }).toBe(200)
    const found = new Map<number, string>()
    for (let after = 0; ;) {
      const ask = { streams: [{ stream: stream!, after }], budget: 1 << 22 }
      const { entries } = (await owner.pull(vault.id, ask)).streams[0]!
      if (entries.length === 0) break
      for (const { n, header, bodyHash } of entries) found.set(n, idText(envelopeHashOf(header, bodyHash)))
      after = entries.at(-1)!.n
    }
    expect([...taken].filter(([n, hash]) => found.get(n) !== hash)).toEqual([])
    console.log(`${SECONDS} s: ${JSON.stringify(counts)}`)
    expect(counts.pushed).toBeGreaterThan(0)
    expect(counts.full).toBeGreaterThan(0)
  }, 36_000_000)
})
