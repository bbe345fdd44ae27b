/** Idle live devices on one server process: what each costs, how soon a change reaches a hundred of them, how soon a revocation closes a socket. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { APPEND, READ } from '@chartkeep/protocol'
import {
  addCut,
  addGrant,
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type TestGrant,
} from '../../test/support/author.ts'
import { connectDevice, helloFrame, openSocket, type HttpDevice, type Socket } from '../../test/support/http-device.ts'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { cpuSecondsOf, memoryOf } from '../support/process-figures.ts'

const HOUR_MS = 3_600_000
/** Who reads the shared chart, and of them whose access ends. */
const READERS = 100
const REVOKED = 10

export interface LiveFigures {
  devices: number
  /** Resident bytes of the server: with accounts and vaults and no socket, and with all sockets open. */
  before: number
  after: number
  /** Processor seconds of ten idle seconds with all of them. */
  idleCpu: number
  /** Until the last of the readers had the hint, and had pulled the change. */
  hintMs: number[]
  pulledMs: number[]
  /** From the request with the cut until the socket was closed. */
  revokedMs: number[]
}

export async function measureLive(devices: number, changes: number): Promise<LiveFigures> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-devices-'))
  const server = await startServerProcess(data, await freePort(), {
    CHARTKEEP_REGISTRATIONS_PER_HOUR: '100000',
    CHARTKEEP_SIGN_INS_PER_MINUTE: '1000000',
    CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE: '1000000',
  })
  const sockets: Socket[] = []
  try {
    const owner = await connectDevice(server.address, await createAccount())
    const vault = await createVault(owner.account)
    const stream = vault.streams[0]!
    await owner.postControl(vault.id, vault.entries)
    const readers: { device: HttpDevice; grant: TestGrant }[] = []
    for (let turn = 0; turn < READERS; turn += 1) {
      const device = await connectDevice(server.address, await createAccount())
      const grant = await addGrant(vault, device.account, {
        streams: [{ stream, rights: READ | APPEND }],
        notAfter: Date.now() + 24 * HOUR_MS,
      })
      await owner.postControl(vault.id, [grant.entry])
      readers.push({ device, grant })
    }
    const others: HttpDevice[] = []
    for (let turn = READERS; turn < devices; turn += 1) {
      const device = await connectDevice(server.address, await createAccount())
      const own = await createVault(device.account)
      await device.postControl(own.id, own.entries)
      others.push(device)
    }
    await rest(2000)
    const before = memoryOf(server.pid).now
    for (const { token } of [...readers.map(({ device }) => device), ...others]) {
      const socket = await openSocket(server.address, helloFrame(token))
      await socket.until('ready')
      sockets.push(socket)
    }
    await rest(2000)
    const after = memoryOf(server.pid).now
    const cpu = cpuSecondsOf(server.pid)
    await rest(10_000)
    const idleCpu = cpuSecondsOf(server.pid) - cpu

    const writer = createWriter(vault, owner.account, stream)
    const [hintMs, pulledMs]: [number[], number[]] = [[], []]
    for (let turn = 1; turn <= changes; turn += 1) {
      const sealed = await sealDrafts(writer, [{}])
      const started = performance.now()
      const hints = sockets.slice(0, READERS).map(async (socket, index) => {
        await socket.until('head', ({ n, stream: moved }) => moved !== null && n >= turn)
        const hinted = performance.now() - started
        const { streams } = await readers[index]!.device.pull(vault.id, {
          streams: [{ stream, after: turn - 1 }],
          budget: 1 << 20,
        })
        if (streams[0]?.entries.length !== 1) throw new Error('a change is missing')
        return { hinted, pulled: performance.now() - started }
      })
      await owner.push(vault.id, sealed)
      const reached = await Promise.all(hints)
      hintMs.push(Math.max(...reached.map(({ hinted }) => hinted)))
      pulledMs.push(Math.max(...reached.map(({ pulled }) => pulled)))
      await rest(100)
    }

    const revokedMs: number[] = []
    for (let turn = 0; turn < REVOKED; turn += 1) {
      const remaining = readers.slice(turn + 1).map(({ grant }) => grant)
      const entry = await addCut(vault, readers[turn]!.grant, remaining)
      const started = performance.now()
      const closed = sockets[turn]!.closed.then(() => performance.now() - started)
      await owner.postControl(vault.id, [entry])
      revokedMs.push(await closed)
    }
    return { devices, before, after, idleCpu, hintMs, pulledMs, revokedMs }
  } finally {
    for (const socket of sockets) socket.close()
    await server.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
