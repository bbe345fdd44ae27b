/** The real Fastify app over real storage, listening on a free port of this machine, inside the test's process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { createApp, createServerCore, openSqliteStorage } from '@chartkeep/sync-server'

export interface ListeningServer {
  address: string
  /** Stops answering; what devices then see is a server that cannot be reached. */
  stop(): Promise<void>
  /** Answers again at the same address over the same storage. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function startServer(): Promise<ListeningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-server-'))
  const storage = openSqliteStorage(join(folder, 'server.sqlite'))
  const signingKey = generateSigningKeyPair(randomBytes)
  let port = 0
  let app: Awaited<ReturnType<typeof createApp>> | null = null
  const start = async () => {
    const core = createServerCore({
      storage,
      signingKey,
      clock: { now: () => Date.now() },
      audience: `http://127.0.0.1:${port}`,
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
    start,
    stop,
    async close() {
      await stop()
      storage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
