/**
 * Preloaded into a server (`NODE_OPTIONS=--import`): while the file that FAILING_SQLITE names exists, every statement of SQLite and every question
 * for the size of a file fails as on a disk that does not answer.
 */
import fs, { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, StatementSync } from 'node:sqlite'

const file = process.env['FAILING_SQLITE'] ?? ''

/** https://sqlite.org/rescode.html#ioerr */
function refuse() {
  if (existsSync(file)) throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 })
}

for (const [prototype, names] of [
  [StatementSync.prototype, ['get', 'all', 'run', 'iterate']],
  [DatabaseSync.prototype, ['exec', 'prepare']],
])
  for (const name of names) {
    const whole = prototype[name]
    prototype[name] = function refused(...given) {
      refuse()
      return Reflect.apply(whole, this, given)
    }
  }

const { statSync, statfsSync } = fs
for (const [name, whole] of Object.entries({ statSync, statfsSync }))
  fs[name] = (...given) => {
    if (existsSync(file)) throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: 'EIO' })
    return whole(...given)
  }
syncBuiltinESMExports()
