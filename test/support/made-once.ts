/**
 * What journeys make once for a build of the app and then copy: folders under .tsbuild/seeds. Whoever asks first makes one, in whichever process,
 * while the others wait.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { builtApp } from '../../scripts/app-build.mjs'
import { repository } from '../../scripts/pinned-node.mjs'
import { withLock } from '../../scripts/process-lock.mjs'
import { filesOf } from './files-of.ts'

/** A chart grows old (backups become due, sessions end): a later run makes its own. */
const LASTS_MS = 6 * 3_600_000
const SEEDS = join(repository, '.tsbuild/seeds')
/** What of a profile nobody misses. */
const LEFT_OUT = /\/(?:Singleton\w+|\w*ShaderCache|GPUCache|Dawn\w*Cache|component_crx_cache|GraphiteDawnCache)$/u

/**
 * The folder called `name` for the app and the server as they are built now.
 *
 * @param makers - files that say how it is made
 * @param make - writes into the folder that it is given; when it throws, nothing is kept
 */
export async function madeOnce(
  name: string,
  makers: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(SEEDS, `${name}-${digestOfParts(makers)}`)
  const lock = `${folder}.lock`
  if (isFresh(folder)) return folder
  await withLock(lock, 380, async () => {
    if (isFresh(folder)) return
    removeOld()
    const unfinished = join(lock, 'seed')
    mkdirSync(unfinished)
    await make(unfinished)
    renameSync(unfinished, folder)
  })
  return folder
}

/** Keeps the profile of a browser that has ended. */
export function keepProfile(profile: string, folder: string): void {
  cpSync(profile, folder, { recursive: true, filter: (path) => !LEFT_OUT.test(path) })
}

const isFresh = (folder: string) => existsSync(folder) && Date.now() - statSync(folder).mtimeMs < LASTS_MS

function removeOld(): void {
  for (const old of readdirSync(SEEDS)) {
    const path = join(SEEDS, old)
    if (!old.endsWith('.lock') && !isFresh(path)) rmSync(path, { recursive: true, force: true })
  }
}

const digests = new Map<string, string>()

/** What it is made by and of, read once in a process. */
function digestOfParts(makers: readonly string[]): string {
  const known = digests.get(makers.join())
  if (known !== undefined) return known
  const digest = createHash('sha256')
  for (const maker of makers) digest.update(readFileSync(maker))
  const parts = [process.env['CHARTKEEP_BUILT_APP'] || builtApp, join(repository, 'sync-server/src')]
  for (const part of parts) for (const { path, bytes } of filesOf(part)) digest.update(path).update(bytes)
  const made = digest.digest('hex').slice(0, 16)
  digests.set(makers.join(), made)
  return made
}
