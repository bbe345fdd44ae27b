/**
 * Faults of the server's disk, on real files. Where the means are real: a file system that is full, a limit on the size of files, bits flipped and ends
 * cut off between two runs, a write-ahead log as a kill at each boundary leaves it. A failing call in the middle of a run is thrown by a storage
 * that is between the server and SQLite. CHARTKEEP_DISK_FAULTS: how many of each kind.
 */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { idText } from '@chartkeep/protocol'
import { BatchVerifier, emptyStream, stepStream } from '@chartkeep/protocol/streams'
import { TABLE } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAttackWorld, save, shown, texts, type AttackWorld } from '../../support/attack-world.ts'
import { createAccount, createVault, createWriter, sealDrafts, type SealedDraft } from '../../support/author.ts'
import { failingStorage, type FailingStorage } from '../../support/failing-storage.ts'
import { noteOutcome } from '../../support/fault-report.ts'
import { openSession, type OwnDevice } from '../../support/fault-world.ts'
import { connectDevice, type HttpDevice } from '../../support/http-device.ts'
import { signInAt } from '../../support/hostile-server.ts'
import { startServer, type ListeningServer } from '../../support/listening-server.ts'
import { createNodeDevice } from '../../support/node-device.ts'
import { seeded } from '../../support/seeded.ts'
import { freePort, startServerProcess } from '../../support/server-process.ts'

const { seed, numRuns: FAULTS } = seeded(Number(process.env['CHARTKEEP_DISK_FAULTS'] ?? 12))
const STRIDE = 7919

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-server-disk-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a server process whose disk is full', () => {
  /** Pushes until it is refused or the server is gone; answers what was acknowledged. */
  async function fill(device: HttpDevice, vault: Uint8Array, drafts: SealedDraft[]): Promise<number> {
    for (const [index, draft] of drafts.entries()) {
      const answer = await device.push(vault, [draft]).catch(() => null)
      if (answer === null) return index
    }
    return drafts.length
  }

  /** A mount of its own that only the server's process sees, where the system lets one make it. */
  const mount = (data: string, command: string) =>
    [
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o size=1m tmpfs "${data}" && ${command}`],
    ] as const
  const canMount = spawnSync(...mount(folder, 'true')).status === 0

  test('S3, P6: a disk that fills up refuses what is new, answers what is there, loses nothing that it acknowledged, and continues with room', async () => {
    // A limit on the size of a file is what a full disk is to SQLite, one code apart, and its files stay for the second run.
    const data = mkdtempSync(join(folder, 'limit-'))
    const port = await freePort()
    const account = await createAccount()
    const vault = await createVault(account, 1)
    const writer = createWriter(vault, account, vault.streams[0]!)
    const drafts = await sealDrafts(
      writer,
      Array.from({ length: 60 }, () => ({})),
    )
    const limited = await startServerProcess(data, port, {}, [], ['sh', '-c', 'ulimit -f 700; exec "$0" "$@"'])
    const device = await connectDevice(limited.address, account)
    await device.postControl(vault.id, vault.entries)
    const acknowledged = await fill(device, vault.id, drafts)
    expect(acknowledged).toBeGreaterThan(0)
    expect(acknowledged).toBeLessThan(drafts.length)
    // Reading continues, up to what was acknowledged.
    const ask = { streams: [{ stream: writer.stream, after: 0 }], budget: 1 << 22 }
    expect((await device.pull(vault.id, ask)).streams[0]!.head.n).toBe(acknowledged)
    await limited.stop('SIGKILL')

    const roomy = await startServerProcess(data, port)
    const again = await connectDevice(roomy.address, account)
    const state = emptyStream(vault.id, writer.stream)
    const verifier = new BatchVerifier()
    for (const entry of (await again.pull(vault.id, ask)).streams[0]!.entries) {
      const stepped = stepStream(state, entry)
      if ('type' in stepped) throw new Error(stepped.fault)
      expect(await verifier.verify(stepped.hash, stepped.header, entry.proof!, account.device.signing.publicKey)).toBe(
        true,
      )
    }
    expect(state.n).toBeGreaterThanOrEqual(acknowledged)
    expect(await fill(again, vault.id, drafts)).toBe(drafts.length)
    expect(await roomy.stop()).toBe(0)
    noteOutcome('disk full (limit on a file)', `refused after ${acknowledged}; nothing lost; goes on with room`)
  })

  test.runIf(canMount)(
    'S3, P6, H7: a file system of one megabyte: refused with a plain code, and the process lives',
    async () => {
      const data = mkdtempSync(join(folder, 'tmpfs-'))
      const port = await freePort()
      const account = await createAccount()
      const vault = await createVault(account, 1)
      const writer = createWriter(vault, account, vault.streams[0]!)
      const drafts = await sealDrafts(
        writer,
        Array.from({ length: 100 }, () => ({})),
      )
      const [program, args] = mount(data, 'exec "$0" "$@"')
      const server = await startServerProcess(data, port, { CHARTKEEP_DISK_FLOOR_BYTES: '0' }, [], [program, ...args])
      const device = await connectDevice(server.address, account)
      await device.postControl(vault.id, vault.entries)
      const acknowledged = await fill(device, vault.id, drafts)
      expect(acknowledged).toBeGreaterThan(0)
      expect(acknowledged).toBeLessThan(drafts.length)
      const refused = await device.ask('POST', `/v1/vaults/${idText(vault.id)}/push`, {
        envelopes: drafts
          .slice(acknowledged, acknowledged + 1)
          .map(({ header, body, proof }) => ({ header, body, proof })),
      })
      expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([507, 'server-full'])
      const read = await device.pull(vault.id, { streams: [{ stream: writer.stream, after: 0 }], budget: 1 << 22 })
      expect(read.streams[0]!.head.n).toBe(acknowledged)
      expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
      await server.stop()
      noteOutcome('disk full (file system)', `507 after ${acknowledged}; reading goes on`)
    },
  )
})

describe('a storage that fails', () => {
  let storage: FailingStorage
  let server: ListeningServer
  let laptop: OwnDevice
  const nodes: ReturnType<typeof createNodeDevice>[] = []
  beforeAll(async () => {
    server = await startServer({ wrap: (inner) => (storage = failingStorage(inner)) })
    nodes.push(createNodeDevice('Laptop'))
    laptop = await openSession(nodes[0]!, server.address)
  })
  afterAll(async () => {
    await laptop.session.lock()
    for (const node of nodes) node.remove()
    await server.close()
  })

  test('S3, P6: a storage that fails at the n-th call of an exchange, for every n: a plain answer, nothing lost, nothing doubled', async () => {
    const saved: string[] = []
    const write = async () => {
      const resource = `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"record ${saved.length}"}}`
      expect((await laptop.chart.save({ collection: 'allergies', resource })).type).toBe('saved')
      saved.push(resource)
    }
    await laptop.confirmed()
    storage.failAt(null)
    await write()
    await laptop.confirmed()
    const { calls } = storage
    const told = new Map<string, number>()
    for (let fault = 0; fault < FAULTS; fault++) {
      await write()
      storage.failAt(((seed + fault) * STRIDE) % calls)
      const status = await laptop.sync()
      const end = status.problem === null ? status.state : `${status.state} ${status.problem.code}`
      expect(['confirmed', 'offline', 'problem server-error']).toContain(end)
      told.set(end, (told.get(end) ?? 0) + 1)
      storage.failAt(null)
      await laptop.confirmed()
    }
    const all = [...told].map(([end, count]) => `${count} ${end}`).join(', ')
    console.log(`${FAULTS} failures among ${calls} calls: ${all}`)
    expect(told.has('problem server-error')).toBe(true)
    nodes.push(createNodeDevice('Phone'))
    const found = await laptop.readElsewhere(nodes[1]!)
    expect(found).toEqual(saved.toSorted())
    noteOutcome('EIO at the n-th call', all)
  }, 36_000_000)
})

describe('files that were damaged while the server was down', () => {
  let world: AttackWorld
  /** The head of the stream after each acknowledged push: n to h. */
  const heads = new Map<number, string>()
  const wanted: string[] = []
  beforeAll(async () => {
    world = await createAttackWorld()
    const { phone, laptop } = world
    const stream = idText(world.stream('medications'))
    for (let at = 0; at < 12; at++) {
      await save(phone, 'medications', `record ${at}`)
      wanted.push(`record ${at}`)
      expect(await phone.sync()).toEqual({ type: 'synced' })
      const state = phone.machine.streams.get(stream)!
      heads.set(state.n, idText(state.h))
    }
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    heads.set(0, idText(laptop.machine.streams.get(stream)!.hashes[0]!))
  })
  afterAll(() => world.close())

  /** A device that read everything, before the damage, on a world restored to that moment. */
  async function whatDevicesSay(change: (path: string) => void): Promise<string> {
    const { laptop } = world
    const sound = world.core
    let damaged: ReturnType<AttackWorld['openDamaged']>
    try {
      damaged = world.openDamaged(change)
    } catch (error) {
      // The operator reads why; the server does not start on what it cannot trust.
      return `refused: ${(error as Error).name}`
    }
    world.replaceCore(damaged)
    laptop.server.answersFailures = true
    const outcome = await laptop.sync()
    expect(shown(laptop, 'medications')).toEqual(texts('medications', ...wanted))
    // One that has nothing yet is never shown anything but what was written.
    const newcomer = world.phone
    newcomer.server.answersFailures = true
    await newcomer.sync()
    expect(shown(newcomer, 'medications')).toEqual(texts('medications', ...wanted))
    world.replaceCore(sound)
    // What was told is kept as evidence, and the sound server's word is taken again unless another history was signed.
    const told =
      outcome.type === 'stopped' ? `${outcome.fault}` : outcome.type === 'error' ? outcome.error : outcome.type
    laptop.server.answersFailures = false
    newcomer.server.answersFailures = false
    if (laptop.rows.table(TABLE.stopped).size === 0) expect((await laptop.sync()).type).toBe('synced')
    return told
  }

  function report(name: string, told: string[]): void {
    const counts = new Map<string, number>()
    for (const each of told) counts.set(each, (counts.get(each) ?? 0) + 1)
    const all = [...counts].map(([end, count]) => `${count} ${end}`).join(', ')
    console.log(`${name}: ${all}`)
    noteOutcome(name, all)
  }

  test('P3, P6: a bit flipped in the file: the server says so or answers, and no device loses or takes anything false', async () => {
    const told: string[] = []
    for (let fault = 0; fault < FAULTS; fault++) {
      const flip = (path: string) => {
        const target = existsSync(`${path}-wal`) && fault % 2 === 0 ? `${path}-wal` : path
        const { size } = statSync(target)
        const at = ((seed + fault) * 104_729) % size
        const file = openSync(target, 'r+')
        const byte = Buffer.alloc(1)
        readSync(file, byte, 0, 1, at)
        byte[0]! ^= 1 << (fault % 8)
        writeSync(file, byte, 0, 1, at)
        closeSync(file)
      }
      told.push(await whatDevicesSay(flip))
    }
    report('bit flipped', told)
  })

  test('S3, P6: a write-ahead log cut anywhere, as a kill at each write leaves it, opens to a state that was acknowledged, or to the one before', async () => {
    const told: string[] = []
    let frames = 0
    for (let fault = 0; fault < FAULTS; fault++) {
      let seenN = -1
      const cut = (path: string) => {
        const { size } = statSync(`${path}-wal`)
        // Every write is a header of 24 bytes and a page of 4,096 behind the 32 of the log; every third cut is in the middle of one.
        frames = Math.floor((size - 32) / 4120)
        const at = (seed + fault * 7) % (frames + 1)
        truncateSync(`${path}-wal`, 32 + at * 4120 + (fault % 3 === 2 && at < frames ? 2000 : 0))
      }
      let core: ReturnType<AttackWorld['openDamaged']>
      try {
        core = world.openDamaged(cut)
      } catch (error) {
        told.push(`refused: ${(error as Error).name}`)
        continue
      }
      const answer = await readHead(core, world)
      if (answer !== null) {
        seenN = answer.n
        expect(heads.get(answer.n), `head ${answer.n}`).toBe(idText(answer.h))
      }
      told.push(seenN < 0 ? 'before the vault was there' : seenN === 12 ? 'the last state' : 'an earlier state')
    }
    expect(frames).toBeGreaterThan(20)
    report('kill at a write', told)
  })

  test('P3, P6: a file that was cut short is refused, or its older state is told by the devices as data that the server lost', async () => {
    const told: string[] = []
    for (let fault = 0; fault < Math.ceil(FAULTS / 3); fault++) {
      told.push(
        await whatDevicesSay((path) => {
          if (existsSync(`${path}-wal`) && fault % 2 === 0) rmSync(`${path}-wal`)
          const { size } = statSync(path)
          if (fault % 2 === 1) truncateSync(path, ((seed + fault) * STRIDE) % size)
        }),
      )
    }
    report('truncated tail', told)
    expect(told.some((each) => each !== 'synced')).toBe(true)
  })
})

/** The head of medications as the core has it; null where it does not know the vault or the account. */
async function readHead(core: ReturnType<AttackWorld['openDamaged']>, world: AttackWorld) {
  const session = await signInAt(core, world.owner.account, world.owner.first).catch(() => null)
  if (session === null) return null
  const stream = world.stream('medications')
  const answer = await core.pull(session, world.vault, { streams: [{ stream, after: 0 }], budget: 1 << 22 })
  if ('type' in answer) return null
  return answer.streams[0]?.head ?? null
}
