/**
 * A process that writes to a vault until it is killed, compacting all the while, and tells each acknowledged write on
 * standard output.
 * Arguments: path of the log, key in base64url, number of the round.
 */
import { writeSync } from 'node:fs'
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import { openVaultStore } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { storedRecord } from '../../support/stored-record.ts'

const [path, key, round] = process.argv.slice(2)
const vault = await openVaultStore({
  name: 'w',
  key: base64UrlToBytes(key!)!,
  log: sqliteLog(path!),
  compaction: { floorBytes: 4_000, quietMs: 0 },
})
if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
for (let write = 1; ; write += 1) {
  const name = `${round}-${write}`
  if (write % 3 === 0) {
    await vault.records.insert(storedRecord(name))
  } else {
    const size = write % 7 === 0 ? 200 : 2
    const records = Array.from({ length: size }, (_, index) => storedRecord(index === 0 ? name : `${name}-${index}`))
    const sync = [{ table: 'sizes', key: name, value: size }]
    await vault.commit({ records, sync, durability: write % 2 === 0 ? 'relaxed' : 'strict' })
  }
  writeSync(1, `${name}\n`)
  if (write % 9 === 0) void vault.compact()
  if (write % 3 === 0) await new Promise((resolve) => setTimeout(resolve))
}
