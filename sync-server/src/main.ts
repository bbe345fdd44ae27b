/**
 * The sync server as a process: reads the environment, listens, prints where, stops on SIGINT and SIGTERM.
 *
 * CHARTKEEP_PORT   8787          CHARTKEEP_HOST  127.0.0.1         CHARTKEEP_DATA  .chartkeep
 * CHARTKEEP_APP    folder of the built app, none without           CHARTKEEP_LOG   silent, error, warn (default), info, debug
 * CHARTKEEP_ORIGIN the address that people open, http://localhost:<port>; devices refuse a challenge for another one (H1)
 * CHARTKEEP_DEMO   1: Welcome offers the sample family
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { randomBytes } from '@chartkeep/crypto/server'
import { createApp } from './app.ts'
import { createServerCore } from './core.ts'
import { systemClock } from './ports.ts'
import { keyFingerprint, openSigningKey, SigningKeyError } from './signing-key.ts'
import { openSqliteStorage, StorageUnavailableError } from './sqlite-storage.ts'

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug']

/** A setting that cannot be used; the message is for the operator. */
class SettingError extends Error {}

interface Settings {
  port: number
  host: string
  origin: string
  data: string
  app: string | null
  demo: boolean
  logLevel: string
}

function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = Number(env['CHARTKEEP_PORT'] || 8787)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SettingError(`CHARTKEEP_PORT must be a number from 0 to 65535, not "${env['CHARTKEEP_PORT']}".`)
  const logLevel = env['CHARTKEEP_LOG'] || 'warn'
  if (!LOG_LEVELS.includes(logLevel))
    throw new SettingError(`CHARTKEEP_LOG must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}".`)
  return {
    port,
    host: env['CHARTKEEP_HOST'] || '127.0.0.1',
    origin: env['CHARTKEEP_ORIGIN'] || `http://localhost:${port}`,
    data: resolve(env['CHARTKEEP_DATA'] || '.chartkeep'),
    app: env['CHARTKEEP_APP'] ? resolve(env['CHARTKEEP_APP']) : null,
    demo: env['CHARTKEEP_DEMO'] === '1',
    logLevel,
  }
}

async function start(): Promise<void> {
  const settings = readSettings(process.env)
  const { port, host, origin, data, demo, logLevel } = settings
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const file = join(data, 'chartkeep.sqlite')
  const isNew = !existsSync(file)
  const storage = openSqliteStorage(file)
  const signingKey = openSigningKey(data, isNew)
  const core = createServerCore({ storage, signingKey, clock: systemClock, audience: origin, randomBytes })
  const app = await createApp({ core, appFolder: settings.app, demo, logLevel })

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await app.close()
    await core.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

  try {
    await app.listen({ port, host })
  } catch (error) {
    await core.close()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new SettingError(
        `Port ${port} is already in use. Stop what runs there, or set CHARTKEEP_PORT to another port.`,
      )
    throw error
  }
  console.log(`Chartkeep is ready at ${origin}`)
  console.log(`Server key fingerprint: ${keyFingerprint(signingKey.publicKey)}`)
  console.log(`Data folder: ${data}`)
}

start().catch((error: unknown) => {
  const expected =
    error instanceof SettingError || error instanceof SigningKeyError || error instanceof StorageUnavailableError
  console.error(expected ? error.message : error)
  process.exitCode = 1
})
