/**
 * `clock` shows the machine's clock next to the newest time that the server has signed; `clock accept` confirms that
 * the machine's clock is right (H8).
 */
import { signedTimeIn, withDatabase } from '../cli-database.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { systemClock } from '../../time/server-clock.ts'

export function clockCommand(config: Config, accept: boolean, print: (line: string) => void): number {
  const machine = systemClock.now()
  const signed = withDatabase(dataFolder(config.data).database, (db) => {
    if (accept)
      db.prepare(
        "INSERT INTO marks (name, value) VALUES ('clock-accepted', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      ).run(String(machine))
    return signedTimeIn(db)
  })
  print(`This machine's clock: ${shown(machine)}`)
  print(`The server's time:    ${signed === null ? 'none was signed yet' : shown(signed)}`)
  print(
    accept
      ? 'The clock is accepted. A server that runs takes it within 10 seconds, one that does not at its next start; where they agree, nothing changes.'
      : 'They should agree, to the minute while the server runs. Set the clock right; only where it is right already, say: npm run server -- clock accept',
  )
  return 0
}

function shown(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
