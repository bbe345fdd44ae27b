/**
 * One process at a time, by a folder that only one can make. Who was killed holds nothing: its number is in the folder, and the next one
 * takes it over. Plain JavaScript for Node 20.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Takes the lock, unless another living process holds it.
 *
 * @param {string} lock - path of a folder that is there only while it is held
 * @returns {boolean} whether it is held now; {@link giveBack} it
 */
function takeLock(lock) {
  const owner = join(lock, 'owner')
  mkdirSync(dirname(lock), { recursive: true })
  try {
    mkdirSync(lock)
  } catch {
    const id = existsSync(owner) ? Number(readFileSync(owner, 'utf8')) : 0
    if (id > 0 && !lives(id)) giveBack(lock)
    return false
  }
  writeFileSync(owner, String(process.pid))
  return true
}

/** @param {string} lock - one that this process holds, or that nobody does */
function giveBack(lock) {
  rmSync(lock, { recursive: true, force: true })
}

/**
 * Does `work` while no other process does any under the same lock.
 *
 * @template T
 * @param {string} lock
 * @param {number} seconds - how long to wait for another process
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @throws when another process holds the lock for longer
 */
export async function withLock(lock, seconds, work) {
  const end = Date.now() + seconds * 1000
  while (!takeLock(lock)) {
    if (Date.now() > end)
      throw new Error(
        `Another process has held ${lock} for ${seconds} seconds. When none is at work, delete that folder.`,
      )
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  try {
    return await work()
  } finally {
    giveBack(lock)
  }
}

/** @param {number} id */
function lives(id) {
  try {
    // Sends nothing; fails where there is no such process.
    process.kill(id, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
