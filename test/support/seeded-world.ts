/**
 * Worlds that begin in the middle: an account with a full chart on a laptop and a phone, both confirmed by the server. It is made once for a
 * build, by hand as a person does it, in real Chromium; each world copies the profiles and the files of the server as they stood when all three
 * had been closed in their own way. Nothing in them is written by this module.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { buildApp, builtApp } from '../../scripts/app-build.mjs'
import { repository } from '../../scripts/pinned-node.mjs'
import { createAccount, importFile, listCounts, restoreAccount, unlock, waitForSync } from './app-deeds.ts'
import { type Device, type DeviceKind, filesOf, openWorld, waitFor, type World } from './app-world.ts'
import { FLETCHER, SAMPLES } from './fhir-samples.ts'

/**
 * IndexedDB belongs to scheme, name and port: every copy must be opened under the same. Each browser takes this name for its own world's server.
 * A name under localhost is a secure context.
 */
const ORIGIN = 'http://seeded.localhost'
/** A chart grows old (backups become due, sessions end): a later run makes its own. */
const LASTS_MS = 6 * 3_600_000
const SEEDS = join(repository, '.tsbuild/seeds')
/** What of a profile nobody misses. */
const LEFT_OUT = /\/(?:Singleton\w+|\w*ShaderCache|GPUCache|Dawn\w*Cache|component_crx_cache|GraphiteDawnCache)$/u

export interface SeededWorld extends World {
  /** The code of the account's recovery kit. */
  readonly kit: string
  /**
   * The laptop or the phone of Fletcher Hyatt, 1,111 entries and a profile, opened by {@link PASSPHRASE} and standing at Overview. `kind` is how
   * it is held now, the one that it was made as unless said. Each once in a world: a second copy of one profile beside the server would be a
   * copied device (F3), which signs nothing more. A further device of the account comes in by `device` and `kit`, another person by `device`.
   */
  seededDevice(name: DeviceKind, kind?: DeviceKind): Promise<Device>
}

/**
 * A world of its own, server and all, that begins with the full chart. Its server knows what its devices know, so they sync as ever; stop it, or
 * `context.setOffline(true)`, where a journey is offline. Programs ask the server at `server.address`, browsers at `server.origin`.
 */
export async function openSeededWorld({
  keepsShell = true,
  hasWindows = false,
  logLevel = 'warn',
} = {}): Promise<SeededWorld> {
  const seed = await madeSeed()
  const world = await openWorld({ keepsShell, hasWindows, logLevel, origin: ORIGIN, serverFiles: join(seed, 'server') })
  const lent = new Set<DeviceKind>()
  return {
    ...world,
    kit: readFileSync(join(seed, 'kit'), 'utf8'),
    async seededDevice(name, kind = name) {
      if (lent.has(name)) throw new Error(`The ${name} is lent already: a second copy of it would be a copied device.`)
      lent.add(name)
      const device = await world.device(name, kind, [], join(seed, name))
      await unlock(device.page)
      return device
    },
  }
}

/** The folder of the seed for the app and the server as they are; made by whoever asks first, while the others wait. */
async function madeSeed(): Promise<string> {
  if (!process.env['CHARTKEEP_BUILT_APP']) await buildApp()
  const folder = join(SEEDS, digestOfParts())
  const lock = `${folder}.lock`
  await waitFor(
    'the seeded profiles',
    async () => {
      if (isFresh(folder)) return true
      if (!takeLock(lock)) return false
      try {
        if (!isFresh(folder)) await makeSeed(folder)
      } finally {
        rmSync(lock, { recursive: true, force: true })
      }
      return true
    },
    380,
  )
  return folder
}

const isFresh = (folder: string) => existsSync(folder) && Date.now() - statSync(folder).mtimeMs < LASTS_MS

/** What the seed is made by and of. */
function digestOfParts(): string {
  const digest = createHash('sha256').update(readFileSync(import.meta.filename))
  const parts = [process.env['CHARTKEEP_BUILT_APP'] || builtApp, join(repository, 'sync-server/src')]
  for (const part of parts) for (const { path, bytes } of filesOf(part)) digest.update(path).update(bytes)
  return digest.digest('hex').slice(0, 16)
}

/** Answers false while another living process holds it. */
function takeLock(lock: string): boolean {
  const owner = join(lock, 'owner')
  try {
    mkdirSync(dirname(lock), { recursive: true })
    mkdirSync(lock)
    writeFileSync(owner, String(process.pid))
    return true
  } catch {
    const id = existsSync(owner) ? Number(readFileSync(owner, 'utf8')) : 0
    if (id > 0 && !existsSync(`/proc/${id}`)) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

async function makeSeed(folder: string): Promise<void> {
  for (const old of readdirSync(SEEDS)) {
    const path = join(SEEDS, old)
    if (!old.endsWith('.lock') && !isFresh(path)) rmSync(path, { recursive: true, force: true })
  }
  const world = await openWorld({ origin: ORIGIN })
  try {
    const laptop = await world.device('laptop')
    const kit = await createAccount(laptop.page, { name: 'Fletcher Hyatt' })
    await importFile(laptop.page, join(SAMPLES, FLETCHER))
    await waitForSync(laptop.page, /Confirmed/u)
    const counts = JSON.stringify(await listCounts(laptop.page))
    const phone = await world.device('phone', 'phone')
    await restoreAccount(phone.page, { code: kit })
    await waitFor(
      'the phone to hold the chart',
      async () => JSON.stringify(await listCounts(phone.page)) === counts,
      60,
    )
    for (const { page } of [phone, laptop]) {
      await waitForSync(page, /Confirmed/u)
      // A busy machine is still fetching the app's shell: a journey that goes offline at once needs all of it.
      await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    }
    for (const device of [phone, laptop]) await device.stop()
    await world.server.stop()
    const unfinished = `${folder}.lock/seed`
    for (const { name, folder: profile } of [phone, laptop])
      cpSync(profile, join(unfinished, name), { recursive: true, filter: (path) => !LEFT_OUT.test(path) })
    cpSync(world.server.data, join(unfinished, 'server'), { recursive: true })
    writeFileSync(join(unfinished, 'kit'), kit)
    renameSync(unfinished, folder)
  } catch (error) {
    await world.showFailure()
    throw error
  } finally {
    await world.close()
  }
}
