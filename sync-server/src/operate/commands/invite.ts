/** `invite`: creates codes that admit one account each (H2). They are printed once; the server stores their hashes. */
import { randomBytes } from '@chartkeep/crypto/server'
import { DAY_MS } from '@chartkeep/protocol'
import { INVITE_BYTES, inviteHash, writeInvite } from '@chartkeep/protocol/pairing'
import { signedTimeIn, withDatabase } from '../cli-database.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { firstTime, systemClock } from '../../time/server-clock.ts'

export interface InviteOptions {
  count: number
  days: number
  list: boolean
  withdraw: boolean
}

export function inviteCommand(config: Config, options: InviteOptions, print: (line: string) => void): number {
  const { database } = dataFolder(config.data)
  const { open, now } = withDatabase(database, (db) => {
    const signed = signedTimeIn(db)
    const time = firstTime(signed, systemClock.now())
    // H8: this machine's clock alone does not prove that an invitation has expired.
    db.prepare('DELETE FROM invites WHERE expires <= ?').run(Math.min(time, signed ?? 0))
    const count = options.withdraw
      ? Number(db.prepare('DELETE FROM invites').run().changes)
      : Number(db.prepare('SELECT count(*) AS count FROM invites WHERE expires > ?').get(time)!['count'])
    return { open: count, now: time }
  })
  if (options.withdraw) {
    print(`Withdrawn: ${open}`)
    return 0
  }
  if (options.list) {
    print(`Open invitations: ${open}`)
    return 0
  }
  const expires = now + options.days * DAY_MS
  const codes = Array.from({ length: options.count }, () => writeInvite(randomBytes(INVITE_BYTES)))
  withDatabase(database, (db) => {
    const add = db.prepare('INSERT INTO invites (hash, expires) VALUES (?, ?)')
    for (const code of codes) add.run(inviteHash(code), expires)
  })
  for (const code of codes) print(code)
  print(`Each lets one account in, until ${new Date(expires).toISOString().slice(0, 16)} UTC. They are shown only now.`)
  if (config.registration === 'closed')
    print('The server is closed: set CHARTKEEP_REGISTRATION=invite to have them work.')
  if (config.registration === 'open')
    print('The server is open: nobody needs them. CHARTKEEP_REGISTRATION=invite changes that.')
  return 0
}
