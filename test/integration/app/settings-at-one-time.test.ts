/** Two things that a person does at once to what the app keeps of them in sealed settings: a real store, no page. Both remain. */
import { createBackupLock } from '@chartkeep/interop/backup'
import type { Session } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepSchedule, scheduleOf, type Schedule } from '@chartkeep/app/src/app/backup/backup-schedule.ts'
import type { KeptFolder } from '@chartkeep/app/src/platform/kept-folder.ts'
import { keepReminderAction, reminderActions } from '@chartkeep/app/src/app/reminders/reminder-state.ts'
import { replaceSchedule, runSchedule } from '@chartkeep/app/src/app/backup/scheduled-run.ts'
import { createDeviceWorld, type DeviceWorld } from '../../support/device-world.ts'

const NOW = Date.UTC(2026, 10, 25, 8)

let world: DeviceWorld
let session: Session

beforeEach(async () => {
  world = await createDeviceWorld()
  ;({ session } = await world.account('Mei', world.device('Laptop'), null))
})
afterEach(() => world.close())

async function schedule(folder: string): Promise<Schedule> {
  const lock = await createBackupLock(`the passphrase of ${folder}`)
  return { interval: '1', folder, lock, files: [], writing: null, trouble: null }
}

/** A folder in memory, whose first write waits until it is let through. */
function slowFolder(): { folder: KeptFolder; files: Map<string, Blob>; writes: Promise<void>; goOn: () => void } {
  const files = new Map<string, Blob>()
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const folder: KeptFolder = {
    name: 'disk',
    access: async () => 'open',
    ask: async () => 'open',
    has: async (name) => files.has(name),
    remove: async (name) => void files.delete(name),
    async create(name) {
      const pieces: Uint8Array<ArrayBuffer>[] = []
      return {
        async write(piece) {
          begun.resolve()
          await gate.promise
          pieces.push(new Uint8Array(piece))
        },
        close: async () => void files.set(name, new Blob(pieces)),
        abort: async () => void pieces.splice(0),
        read: async () => files.get(name)!,
      }
    },
  }
  return { folder, files, writes: begun.promise, goOn: gate.resolve }
}

const run = ({ folder }: { folder: KeptFolder }) =>
  runSchedule(session, NOW, { signal: new AbortController().signal, onProgress: () => {} }, async () => folder)

test('K11: backups that are switched off while one is being written stay off, and none of the other is left', async () => {
  await keepSchedule(session, await schedule('disk'))
  const slow = slowFolder()
  const outcome = run(slow)
  await slow.writes
  const off = replaceSchedule(session, null)
  slow.goOn()
  await off
  expect(await outcome).toBe('stopped')
  expect(scheduleOf(session)).toBeNull()
  expect(slow.files.size).toBe(0)
})

test('K11: another folder and passphrase that are chosen while a backup is being written hold, and the next backup goes by them', async () => {
  const [first, second] = [await schedule('disk'), await schedule('other disk')]
  await keepSchedule(session, first)
  const [slow, other] = [slowFolder(), slowFolder()]
  const outcome = run(slow)
  await slow.writes
  const chosen = replaceSchedule(session, second)
  const next = run(other)
  slow.goOn()
  other.goOn()
  await chosen
  expect(scheduleOf(session)).toEqual(second)
  expect([await outcome, await next]).toEqual(['stopped', 'done'])
  expect(scheduleOf(session)).toEqual({ ...second, files: [...other.files.keys()] })
  expect([slow.files.size, other.files.size]).toEqual([0, 1])
})

test('K11: a backup that ends after the schedule became another one without its knowledge writes nothing over it', async () => {
  const [first, second] = [await schedule('disk'), await schedule('other disk')]
  await keepSchedule(session, first)
  const slow = slowFolder()
  const outcome = run(slow)
  await slow.writes
  await keepSchedule(session, second)
  slow.goOn()
  expect(await outcome).toBe('done')
  expect(scheduleOf(session)).toEqual(second)
})

test('Two reminders that are done at once, and one that is put off, are all kept', async () => {
  await Promise.all([
    keepReminderAction(session, 'visits 1', null, NOW),
    keepReminderAction(session, 'visits 2', null, NOW),
    keepReminderAction(session, 'vaccines 1', NOW + 3_600_000, NOW),
  ])
  expect(reminderActions(session)).toEqual({
    done: { 'visits 1': NOW, 'visits 2': NOW },
    later: { 'vaccines 1': NOW + 3_600_000 },
  })
})
