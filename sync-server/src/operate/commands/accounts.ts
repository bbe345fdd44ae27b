/**
 * `accounts sign-out --all`: invalidates every session token that the server has issued (H10). Devices sign in again
 * by themselves; no device is removed.
 */
import { withDatabase } from '../cli-database.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { systemClock } from '../../time/server-clock.ts'

export function signOutCommand(config: Config, print: (line: string) => void): number {
  withDatabase(dataFolder(config.data).database, (db) => {
    const before = Number(db.prepare("SELECT value FROM marks WHERE name = 'tokens-since'").get()?.['value'] ?? 0)
    // A new value each time, whatever the clock says: it only has to differ.
    const since = Math.max(systemClock.now(), before + 1)
    db.prepare(
      "INSERT INTO marks (name, value) VALUES ('tokens-since', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    ).run(String(since))
  })
  print(
    'Every session is over. Devices sign in again by themselves. To shut a device out, its person removes it in the app.',
  )
  return 0
}
