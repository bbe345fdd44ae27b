/**
 * The running server: storage, core, app and monitoring, built from one configuration. A stop accepts no new requests,
 * lets open ones finish within `stopSeconds`, tells live connections why, and closes the database.
 */
import { existsSync, rmSync } from 'node:fs'
import { randomBytes, type SigningKeyPair } from '@chartkeep/crypto/server'
import { DAY_MS } from '@chartkeep/protocol'
import type { ServerState } from '@chartkeep/protocol/messages'
import Fastify, { type FastifyInstance } from 'fastify'
import { createApp } from '../http/app.ts'
import { isThisMachine, SettingError, variableOf, type Config } from './config.ts'
import { createServerCore } from '../core/core.ts'
import { dataFolder, diskFree, lastBackup, makeDataFolder, storageSizes, type DataFolder } from './data-folder.ts'
import { isDiskFull, type DiskRoom } from '../guard/disk-room.ts'
import { fullDiskWords, openOnFullDisk, watchDisk } from './disk-watch.ts'
import { createMetrics } from '../http/metrics.ts'
import type { Reserve } from '../guard/reserve.ts'
import { guardStorage } from '../storage/room-guard.ts'
import { readBySchema } from '../http/routes/params.ts'
import { metricsRoutes, type Operations, type Readiness } from '../http/routes/operations.ts'
import { systemClock } from '../time/server-clock.ts'
import { keyFingerprint, openSigningKey } from '../signing/signing-key.ts'
import { openSqliteStorage, StorageUnavailableError } from '../sqlite/sqlite-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { VERSION } from '../http/version.ts'

/** How long the storage may take to answer /readyz, and how long an answer is cached. */
const STORAGE_MS = 2000
const READY_MS = 1000
/** How often the server checks its clock while there are no requests. */
const KEEP_TIME_MS = 10_000

export interface RunningServer {
  fingerprint: string
  /** The actual addresses as host:port: of the app and, if they have their own port, of the metrics. */
  addresses: { app: string; metrics: string | null }
  restored: boolean
  stop(): Promise<void>
}

function refuseInsecureOrigin({ origin, insecureOrigin }: Config): void {
  if (origin.startsWith('https:') || isThisMachine(origin) || insecureOrigin) return
  throw new SettingError(
    `${variableOf('origin')} is ${origin}. Browsers switch cryptography off at an http address, so nobody could use the app there. Put a TLS proxy in front and name its https address, or set ${variableOf('insecureOrigin')}=true to serve it all the same.`,
  )
}

/** Throws {@link SettingError} and the errors of storage and key, whose messages are for the operator. */
export async function serve(config: Config): Promise<RunningServer> {
  refuseInsecureOrigin(config)
  makeDataFolder(config.data)
  const files = dataFolder(config.data)
  const isNew = !existsSync(files.database)
  // Nothing is counted if nobody may read it.
  const metrics = config.metricsPort === null && config.metricsToken === null ? null : createMetrics(VERSION)
  // S9: a key without data means that the server lost its disk. The new database starts with the mark, because a start
  // that failed before writing it would not recognize the loss again.
  const restored = existsSync(files.key)
    ? JSON.stringify({ at: new Date(systemClock.now()).toISOString(), backup: null })
    : null
  const { room, reserve, watch } = watchDisk(files, config)
  const open = () => openSqliteStorage(files.database, metrics?.commit, restored)
  const storage = openOnFullDisk(open, files, { room, reserve }, () => isNew && dropUnfinished(files))
  const draining = { stopping: false }
  try {
    const signingKey = keyOf(files, isNew)
    const core = createServerCore({
      storage: guardStorage(storage, room, reserve),
      signingKey,
      clock: systemClock,
      audience: config.origin,
      randomBytes,
      registration: config.registration,
      networks: config.networks,
      limits: {
        accountBytes: config.accountBytes,
        accountEntries: config.accountEntries,
        grantBytes: config.grantBytes,
        grantEntries: config.grantEntries,
        lateBytes: config.lateBytes,
        lateEntries: config.lateEntries,
        lateMs: config.lateDays * DAY_MS,
        socketsPerAccount: config.socketsPerAccount,
        waitingAccounts: config.waitingAccounts,
        waitingMs: config.waitingDays * DAY_MS,
      },
      accessLogDays: config.accessLogDays,
      accessLogEntries: config.accessLogEntries,
      isTight: () => room.refusesGrowth(),
    })
    const isRestored = () => storage.read.mark('restored') !== null
    const operations: Operations = {
      readiness: createReadiness(storage, () => core.state().clock, room, reserve, draining),
      metricsPage:
        metrics === null
          ? null
          : async () =>
              metrics.render({
                storage: storageSizes(files),
                diskFree: diskFree(files),
                room: room.state(),
                reserveBytes: reserve.size(),
                restored: isRestored(),
                clock: core.state(),
                backupAgeSeconds: ageSeconds(lastBackup(files)),
              }),
      metricsToken: config.metricsToken,
    }
    const app = await createApp({
      core,
      appFolder: config.app,
      demo: config.demo,
      logLevel: config.log,
      rates: config,
      socketsPerAddress: config.socketsPerAddress,
      trustedProxies: config.trustedProxies,
      ...(metrics === null ? {} : { metrics }),
      operations,
      draining,
      room,
    })
    const unwatch = watch(app.log)
    const metricsApp = config.metricsPort === null ? null : await createMetricsApp(operations)

    let told: ServerState['clock'] = 'sure'
    let watching: NodeJS.Timeout | undefined
    /** H8: logs the clock state, once per change. */
    async function tellClock(): Promise<void> {
      const { clock, time, machine } = await core.keepTime()
      if (clock === told) return
      told = clock
      const times = { machine: new Date(machine).toISOString(), server: new Date(time).toISOString() }
      if (clock === 'sure') app.log.info(times, "this machine's clock is the time again")
      if (clock === 'waiting') app.log.warn(times, "this machine's clock went forward; followed once it has stood")
      if (clock === 'unsure')
        app.log.error(
          times,
          "this machine's clock is not believed: the server goes on by its own time and removes nothing. Set the clock right, or say: clock accept",
        )
    }

    const stop = async () => {
      draining.stopping = true
      clearInterval(watching)
      app.log.info('stopping')
      unwatch()
      core.endConnections()
      await within(config.stopSeconds * 1000, [app.close(), metricsApp?.close()], () => {
        app.log.warn('requests under way were cut off')
        app.server.closeAllConnections()
        metricsApp?.server.closeAllConnections()
      })
      await core.close()
      await reserve.close()
      metrics?.close()
    }
    try {
      await listen(app, config.host, config.port, ['host', 'port'])
      if (metricsApp !== null)
        await listen(metricsApp, config.metricsHost, config.metricsPort!, ['metricsHost', 'metricsPort'])
    } catch (error) {
      await stop()
      throw error
    }
    await tellClock()
    // Nobody awaits this: a disk that fails for a moment must not end the process. The next look tries again.
    const watchClock = () =>
      void tellClock().catch((err: unknown) => app.log.error({ err }, 'the clock was not checked'))
    watching = setInterval(watchClock, KEEP_TIME_MS)
    watching.unref()
    for (const name of config.unknownVariables) app.log.warn(`${name} is no setting`)
    return {
      fingerprint: keyFingerprint(signingKey.publicKey),
      addresses: { app: addressOf(app), metrics: metricsApp === null ? null : addressOf(metricsApp) },
      restored: isRestored(),
      stop,
    }
  } catch (error) {
    await storage.close()
    metrics?.close()
    if (isNew) dropUnfinished(files)
    throw error
  }
}

/** A database without its key could never be used; if the first start cannot write both, it removes everything. */
function dropUnfinished(files: DataFolder): void {
  if (existsSync(files.key)) return
  for (const end of ['', '-wal', '-shm']) rmSync(`${files.database}${end}`, { force: true })
}

/** The signing key; a first start creates it. Throws {@link StorageUnavailableError} if the disk has no room for it. */
function keyOf(files: DataFolder, isNew: boolean): SigningKeyPair {
  try {
    return openSigningKey(files.folder, isNew)
  } catch (cause) {
    throw isDiskFull(cause) ? new StorageUnavailableError(fullDiskWords(files), { cause }) : cause
  }
}

async function createMetricsApp(operations: Operations): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, forceCloseConnections: 'idle', ...readBySchema })
  await app.register(metricsRoutes, { operations })
  return app
}

/**
 * How many connections may wait until the server accepts them, where the system allows it. With Node's 511, half of
 * 3,000 devices that come back at once after a restart were dropped and waited for seconds before they tried again.
 */
const BACKLOG = 4096

async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  [hostKey, portKey]: [string, string],
): Promise<void> {
  try {
    await app.listen({ host, port, backlog: BACKLOG })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const variable = variableOf(portKey)
    if (code === 'EADDRINUSE')
      throw new SettingError(
        `Port ${port} is already in use. Stop what runs there, or set ${variable} to another port.`,
        { cause },
      )
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new SettingError(`This machine has no network address ${host}. Example: ${variableOf(hostKey)}=127.0.0.1`, {
        cause,
      })
    if (code === 'EACCES')
      throw new SettingError(
        `Port ${port} is reserved for the system. Take one over 1023, behind a proxy: ${variable}=8787`,
        { cause },
      )
    throw cause
  }
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address()
  return address === null || typeof address === 'string' ? '' : `${address.address}:${address.port}`
}

/** Waits for all; calls `cut` if it takes longer than `ms`, and then continues to wait. */
async function within(ms: number, all: readonly (Promise<unknown> | undefined)[], cut: () => void): Promise<void> {
  const timer = setTimeout(cut, ms)
  try {
    await Promise.all(all)
  } finally {
    clearTimeout(timer)
  }
}

function ageSeconds(time: number | null): number | null {
  return time === null ? null : Math.max(0, (systemClock.now() - time) / 1000)
}

/** Checks readiness with an empty write, which takes the path of every write and must return in time. */
function createReadiness(
  storage: Storage,
  clock: () => ServerState['clock'],
  room: DiskRoom,
  reserve: Reserve,
  draining: { stopping: boolean },
): () => Promise<Readiness> {
  let last: { at: number; answer: Promise<Readiness> } | null = null

  async function look(): Promise<Readiness> {
    const failing: string[] = []
    if (draining.stopping) failing.push('stopping')
    let restored = false
    try {
      restored = storage.read.mark('restored') !== null
      const answered = storage.write(() => true)
      const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), STORAGE_MS).unref())
      if (!(await Promise.race([answered, late]))) failing.push('storage')
    } catch {
      failing.push('storage')
    }
    if (room.refusesGrowth()) failing.push('disk')
    if (reserve.isSpent) failing.push('disk-reserve-spent')
    return { failing, restored, clock: clock() }
  }

  return () => {
    const now = systemClock.steady()
    if (last === null || draining.stopping || now - last.at >= READY_MS) last = { at: now, answer: look() }
    return last.answer
  }
}
