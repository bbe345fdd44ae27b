/**
 * Worlds that begin in the middle: an account with a full chart on a laptop and a phone, both confirmed by the server. It is made once for a
 * build, by hand as a person does it, in real Chromium; each world copies the profiles and the files of the server as they were when all three
 * had been closed in their own way. Nothing in them is written by this module.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildApp } from '../../scripts/app-build.mjs'
import { createAccount, importFile, listCounts, restoreAccount, unlock, waitForSync } from './app-actions.ts'
import { type Device, type DeviceKind, openWorld, type World } from './app-world.ts'
import { livingFletcher } from './fhir-samples.ts'
import { keepProfile, madeOnce } from './made-once.ts'
import { waitFor } from './waiting.ts'

export interface SeededWorld extends World {
  /** The code of the account's recovery kit. */
  readonly kit: string
  /**
   * The laptop or the phone of Fletcher Hyatt, who lives, 1,111 entries and a profile, opened by {@link PASSPHRASE} and standing at Overview. `kind` is how
   * it is held now, the one that it was made as unless said. Each once in a world: a second copy of one profile next to the server would be a
   * copied device (F3), which signs nothing more. A further device of the account comes in by `device` and `kit`, another person by `device`.
   */
  seededDevice(name: DeviceKind, kind?: DeviceKind): Promise<Device>
}

/**
 * A world of its own, server and all, that begins with the full chart. Its server knows what its devices know, so they sync as ever; stop it, or
 * {@link Device.setOffline} in a world that `hasLines`, where a journey is offline. Programs ask the server at `server.address`, browsers at `server.origin`.
 */
export async function openSeededWorld({
  keepsShell = true,
  hasWindows = false,
  hasLines = false,
  logLevel = 'warn',
} = {}): Promise<SeededWorld> {
  const seed = await madeSeed()
  const world = await openWorld({ keepsShell, hasWindows, hasLines, logLevel, serverFiles: join(seed, 'server') })
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

/** The folder of the seed for the app and the server as they are. */
async function madeSeed(): Promise<string> {
  if (!process.env['CHARTKEEP_BUILT_APP']) await buildApp()
  return madeOnce('seed', [import.meta.filename], makeSeed)
}

async function makeSeed(folder: string): Promise<void> {
  const world = await openWorld()
  try {
    const laptop = await world.device('laptop')
    const kit = await createAccount(laptop.page, { name: 'Fletcher Hyatt' })
    await importFile(laptop.page, livingFletcher())
    await waitForSync(laptop.page, /Saved and synced/u)
    const counts = JSON.stringify(await listCounts(laptop.page))
    const phone = await world.device('phone', 'phone')
    await restoreAccount(phone.page, { code: kit })
    await waitFor(
      'the phone to hold the chart',
      async () => JSON.stringify(await listCounts(phone.page)) === counts,
      60,
    )
    for (const { page } of [phone, laptop]) {
      await waitForSync(page, /Saved and synced/u)
      // A busy machine is still fetching the app's shell: a journey that goes offline at once needs all of it.
      await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    }
    for (const device of [phone, laptop]) await device.stop()
    await world.server.stop()
    for (const { name, folder: profile } of [phone, laptop]) keepProfile(profile, join(folder, name))
    cpSync(world.server.data, join(folder, 'server'), { recursive: true })
    writeFileSync(join(folder, 'kit'), kit)
  } catch (error) {
    await world.showFailure()
    throw error
  } finally {
    await world.close()
  }
}
