/** The real Fastify app over real storage, listening on a free port of this machine, inside the test's process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, type SigningKeyPair } from '@chartkeep/crypto'
import { createApp, createServerCore, openSqliteStorage, type Storage } from '@chartkeep/sync-server/testing'
import { machineClock } from './timers.ts'

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

export interface ListeningServer {
  address: string
  /** What it signs heads with. */
  signingKey: SigningKeyPair
  /** Milliseconds that its clock is ahead of the true time. */
  clock: { offset: number }
  /** Stops answering; what devices then see is a server that cannot be reached. */
  stop(): Promise<void>
  /** Answers again at the same address over the same storage. */
  start(): Promise<void>
  close(): Promise<void>
}

/** `audience`: the address that people open, where another process is before the server. `wrap`: what is between it and its storage. */
export async function startServer({
  audience = '',
  wrap = (storage) => storage,
}: { audience?: string; wrap?: (storage: Storage) => Storage } = {}): Promise<ListeningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-server-'))
  const storage = wrap(openSqliteStorage(join(folder, 'server.sqlite')))
  const signingKey = generateSigningKeyPair(randomBytes)
  const clock = { offset: 0 }
  let port = await freePort()
  let app: Awaited<ReturnType<typeof createApp>> | null = null
  const start = async () => {
    const core = createServerCore({
      storage,
      signingKey,
      clock: machineClock(() => Date.now() + clock.offset),
      audience: audience || `http://127.0.0.1:${port}`,
      randomBytes,
    })
    app = await createApp({ core, appFolder: null, demo: false, logLevel: 'silent' })
    await app.listen({ host: '127.0.0.1', port })
    port = (app.server.address() as { port: number }).port
  }
  const stop = async () => {
    await app?.close()
    app = null
  }
  await start()
  return {
    get address() {
      return `http://127.0.0.1:${port}`
    },
    signingKey,
    clock,
    start,
    stop,
    async close() {
      await stop()
      storage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
