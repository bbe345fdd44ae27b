/**
 * Large files (B1, B3, K11) through real processes: devices that are given little memory, the real server, disks, and kill -9 on both sides.
 * `CHARTKEEP_FILE_MB=1024 npx vitest run test/integration/sync/large-files.test.ts` takes one of 1 GB; docs/benchmarks.md has its figures.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { afterAll, expect, test } from 'vitest'
import { freePort, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const MIB = 1024 * 1024
const ASKED = process.env['CHARTKEEP_FILE_MB']
const SIZE = Number(ASKED ?? 64) * MIB
/** Each kill costs the start of a process: the usual run kills a device and the server in mid-upload, one that was asked for kills everywhere. */
const KILLS_ALL = ASKED !== undefined
/** For a device's JavaScript heap: far less than the file. */
const HEAP_MB = 48
/** What may be alive at once next to what an unlocked chart holds: a few chunks, sealed and open. */
const LIVE_MB = 40
const DEVICE = join(import.meta.dirname, 'file-device.ts')

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-large-'))
const running = new Set<{ kill(): void }>()
afterAll(async () => {
  for (const each of running) each.kill()
  rmSync(folder, { recursive: true, force: true })
})

interface Told {
  event: string
  code?: string
  doneBytes?: number
  items?: number
  liveMb?: number
  maxRssMb?: number
  ms?: number
}

/** Starts a device; `onLine` may kill it. Resolves with what it told when it has ended. */
function device(args: string[], onLine: (line: Told, kill: () => void) => void = () => {}): Promise<Told[]> {
  // V8's threads that compile may wait, in so small a heap, for a collection that a process which ends makes none: it then never ends.
  const flags = ['--expose-gc', `--max-old-space-size=${HEAP_MB}`, '--no-concurrent-recompilation']
  const child = spawn(process.execPath, [...flags, DEVICE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const owned = { kill: () => void child.kill('SIGKILL') }
  running.add(owned)
  const told: Told[] = []
  let rest = ''
  let errors = ''
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()))
  child.stdout.on('data', (part: Buffer) => {
    const lines = (rest + part.toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const read = JSON.parse(line) as Told
      told.push(read)
      onLine(read, owned.kill)
    }
  })
  return new Promise((resolve, reject) => {
    child.once('close', (exit, signal) => {
      running.delete(owned)
      if (exit === 0 || signal === 'SIGKILL') resolve(told)
      else reject(new Error(`the device ended with ${exit}: ${errors}`))
    })
  })
}

function writeLargeFile(path: string): void {
  const out = openSync(path, 'w')
  const block = Buffer.from(randomBytes(60_000))
  const piece = Buffer.alloc(MIB)
  for (let at = 0; at < piece.length; at += block.length) block.copy(piece, at)
  for (let at = 0; at < SIZE; at += MIB) {
    piece.writeUInt32BE(at / MIB, 0)
    writeSync(out, piece)
  }
  closeSync(out)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('hex')
}

const lastOf = (told: Told[], event: string) => told.findLast((line) => line.event === event)
const firstOf = (told: Told[], event: string) => told.find((line) => line.event === event)

test('B1, B3, K11: a file far larger than the heap of the devices is sealed, sent, fetched and read, over kill -9 of a device and of the server, and continues where it was; then into a backup and out of it', async () => {
  const file = join(folder, 'film')
  const copy = join(folder, 'copy')
  writeLargeFile(file)
  const port = await freePort()
  const data = join(folder, 'server')
  let server: ServerProcess = await startServerProcess(data, port)
  running.add({ kill: () => server.signal('SIGKILL') })
  const at = server.address
  const first = join(folder, 'first')
  const second = join(folder, 'second')
  for (const each of [first, second]) mkdirSync(each)

  // Killed while it seals, in the second half of the work: the first is the hash of the whole file.
  const sealing = !KILLS_ALL
    ? []
    : await device(['add', at, first, file], ({ event, doneBytes }, kill) => {
        if (event === 'sealing' && doneBytes! > SIZE * 0.75) kill()
      })
  expect(lastOf(sealing, 'done')).toBeUndefined()
  // Killed while it sends; what was sealed was not sealed again, and what was sent is not sent again.
  const sending = await device(['add', at, first, file], ({ event, doneBytes }, kill) => {
    if (event === 'sending' && doneBytes! > SIZE / 4) kill()
  })
  expect(lastOf(sending, 'done')).toBeUndefined()
  const { code } = firstOf([...sealing, ...sending], 'account')!
  let serverKilled = false
  const sent = await device(['add', at, first, file], ({ event, doneBytes }) => {
    if (event !== 'sending' || doneBytes! < SIZE / 2 || serverKilled) return
    serverKilled = true
    void server.stop('SIGKILL').then(async () => {
      server = await startServerProcess(data, port)
    })
  })
  expect(serverKilled).toBe(true)
  expect(firstOf(sent, 'sending')!.doneBytes!).toBeGreaterThan(SIZE / 5)
  const added = lastOf(sent, 'done')!

  if (KILLS_ALL) {
    const reading = await device(['get', at, second, copy, code!], ({ event, doneBytes }, kill) => {
      if (event === 'read' && doneBytes! > SIZE / 3) kill()
    })
    expect(lastOf(reading, 'done')).toBeUndefined()
  }
  const read = await device(['get', at, second, copy, code!])
  if (KILLS_ALL) expect(firstOf(read, 'reading')!.doneBytes!).toBeGreaterThan(SIZE / 4)
  const got = lastOf(read, 'done')!
  expect(await hashOf(copy)).toBe(await hashOf(file))
  console.log(
    `${SIZE / MIB} MB: upload after the kills ${added.ms} ms, alive at most ${added.liveMb} MB more, ${added.maxRssMb} MB resident; ` +
      `download after the kill ${got.ms} ms, ${got.liveMb} MB, ${got.maxRssMb} MB`,
  )
  for (const { liveMb } of [added, got]) expect(liveMb).toBeLessThan(LIVE_MB)

  // K11: all of it into a backup and out of it again, the second time with no server, the first attempt killed in the middle.
  const sealedFile = join(folder, 'all.chartkeep')
  const third = join(folder, 'third')
  mkdirSync(third)
  const backedUp = lastOf(await device(['backup', at, first, sealedFile]), 'done')!
  await server.stop()
  const killed = await device(['restore', at, third, sealedFile, code!], ({ event, items }, kill) => {
    if (event === 'restoring' && items! > SIZE / MIB / 2) kill()
  })
  expect(lastOf(killed, 'done')).toBeUndefined()
  const restored = lastOf(await device(['restore', at, third, sealedFile, code!]), 'done')!
  expect(await hashOf(`${sealedFile}.out`)).toBe(await hashOf(file))
  console.log(
    `backup ${backedUp.ms} ms, alive at most ${backedUp.liveMb} MB more, ${backedUp.maxRssMb} MB resident; ` +
      `restore ${restored.liveMb} MB alive in all, ${restored.maxRssMb} MB resident`,
  )
  expect(backedUp.liveMb).toBeLessThan(LIVE_MB)
  expect(restored.liveMb).toBeLessThan(HEAP_MB + LIVE_MB)
}, 1_800_000)
