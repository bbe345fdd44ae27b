/**
 * `go-on`: ends the recovery that a restore began (S9). This server does not get back what is still missing; devices
 * that have seen more report it.
 */
import { withDatabase } from '../cli-database.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'

export function goOnCommand(config: Config, print: (line: string) => void): number {
  const changed = withDatabase(dataFolder(config.data).database, (db) =>
    Number(db.prepare("DELETE FROM marks WHERE name = 'restored'").run().changes),
  )
  print(
    changed === 0
      ? 'The server was not waiting; nothing was changed.'
      : 'The server takes new entries again. A device that had seen more says that the server lost data, keeps what it has, and sends nothing over the gap.',
  )
  return 0
}
