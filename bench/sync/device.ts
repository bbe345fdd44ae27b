/** A device of ours in this process: the shipped account manager over sealed SQLite files, and a bell that rings when its store has written. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { holdStore, whoHolds, type SealedLog } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import { sqliteKeyringDisk, sqliteLog } from '@chartkeep/store/node'
import { createAccountManager, type Chart, type AccountManager, type Session } from '@chartkeep/sync'
import type { VaultMachine } from '@chartkeep/sync/testing'
import { filter, firstValueFrom, timeout } from 'rxjs'
import { threadOpeners } from './opener-thread.ts'
import { rest } from './phase.ts'

export const PASSPHRASE = 'a passphrase of five words'
const MINUTES = 60_000
/** A store is compacted by itself half a second after its last write, and steps of it follow each other more quickly than this. */
const REST_MS = 2_000

export interface Device {
  accountManager: AccountManager
  folder: string
  /** Resolves as soon as `isThere` says so; asked after each write of any of the device's stores. */
  until(isThere: () => boolean): Promise<void>
  /** Resolves when none of the device's stores has been written for so long that each has been compacted, if it was to be. */
  atRest(): Promise<void>
  remove(): void
}

/** `alone`: no thread next to this one opens what is pulled. */
export function newDevice(name: string, { alone = false }: { alone?: boolean } = {}): Device {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-sync-'))
  const waiting = new Set<() => void>()
  // Memory follows the log within the same turn, so whoever waits is asked in the next one.
  const ring = () => setImmediate(() => waiting.forEach((ask) => ask()))
  let written = performance.now()
  const noted = async <T>(work: Promise<T>): Promise<T> => work.finally(() => (written = performance.now()))
  const bell = (log: SealedLog): SealedLog => ({
    ...log,
    async append(...given) {
      await noted(log.append(...given))
      ring()
    },
    stage: (...given) => noted(log.stage(...given)),
    replace: (...given) => noted(log.replace(...given)),
  })
  return {
    folder,
    accountManager: createAccountManager({
      keyring: sqliteKeyringDisk(join(folder, 'k.sqlite')),
      log: (log) => bell(sqliteLog(join(folder, `${log}.sqlite`))),
      chunks: () => memoryChunks(),
      hold: (slot, options) => holdStore(slot, options),
      whoHolds: (slot) => whoHolds(slot),
      watchTrouble: () => () => {},
      clock: { now: () => Date.now() },
      randomBytes,
      deviceName: name,
      ...(alone ? {} : { decryptWorkers: threadOpeners() }),
    }),
    until: (isThere) =>
      new Promise((resolve) => {
        const ask = () => {
          if (!isThere()) return
          waiting.delete(ask)
          resolve()
        }
        waiting.add(ask)
        ask()
      }),
    async atRest() {
      while (performance.now() - written < REST_MS) await rest(REST_MS / 10)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A new account without a server, and its chart. */
export async function newPatient(device: Device): Promise<{ session: Session; chart: Chart; code: string }> {
  const { session, recoveryCode } = await device.accountManager.create({
    label: 'Account 1',
    name: 'Bench',
    passphrase: PASSPHRASE,
    server: null,
  })
  return { session, chart: await firstChart(session), code: recoveryCode }
}

/** The account of a slot of this device, unlocked again, and its chart. */
export async function unlockFirst(device: Device, slot: string): Promise<{ session: Session; chart: Chart }> {
  const unlocked = await device.accountManager.unlock(slot, PASSPHRASE)
  if (unlocked.type !== 'unlocked') throw new Error(`the device did not open again: ${unlocked.type}`)
  return { session: unlocked.session, chart: await firstChart(unlocked.session) }
}

/** The same account on another device, just entered by its kit: nothing is read yet. */
export async function enterByKit(device: Device, code: string, server: string): Promise<Session> {
  const restored = await device.accountManager.restore({ code, label: 'Account 1', passphrase: PASSPHRASE, server })
  if (restored.type !== 'unlocked') throw new Error(`the second device did not enter: ${restored.type}`)
  return restored.session
}

export async function firstChart(session: Session): Promise<Chart> {
  const [summary] = await firstValueFrom(session.charts$.pipe(filter(({ length }) => length > 0)))
  const chart = await session.openChart(summary!.slot)
  if (chart === null) throw new Error('the chart does not open')
  return chart
}

/** Until the server has confirmed everything; throws when the session says that something is wrong. */
export async function confirmed(session: Session): Promise<void> {
  const done = session.sync$.pipe(
    filter(({ state, waiting, problem }) => {
      if (state === 'problem') throw new Error(`sync stands still: ${JSON.stringify(problem)}`)
      return state === 'confirmed' && waiting === 0
    }),
    timeout(10 * MINUTES),
  )
  await firstValueFrom(done)
}

/** The state behind a chart, as packages/sync keeps it: what the floor is computed from, and what tells that a record is there. */
export function machineOf(chart: Chart): VaultMachine {
  return (chart as unknown as { machine: VaultMachine }).machine
}
