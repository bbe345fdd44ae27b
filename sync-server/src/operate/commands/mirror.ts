/** `mirror` and `restore-mirror KEYFILE`: a copy of the data in CouchDB, and restoring from it. */
import type { Config } from '../config.ts'
import { SettingError } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { makeMirror, type Progress, restoreMirror } from '../mirror.ts'
import { systemClock } from '../../time/server-clock.ts'
import { printNext } from './restore.ts'

type Print = (line: string) => void

/** How long a line of progress stays. */
const PROGRESS_MS = 2000

export async function mirrorCommand(config: Config, print: Print): Promise<number> {
  const files = dataFolder(config.data)
  const { mirror, pieces, sent, dropped, unnoted } = await makeMirror(
    files,
    mirrorOf(config),
    toldBy(print, 'looked at'),
  )
  const { accounts, vaults, streams, entries } = mirror.counts
  print(`Mirror up to date: ${accounts} accounts, ${vaults} vaults, ${streams} streams, ${entries} entries.`)
  print(`${pieces} pieces, ${sent} of them new; ${dropped} that nothing needs any more were taken out.`)
  if (unnoted !== null) print(`Warning: the mirror stands, but its date could not be noted: ${unnoted}.`)
  print(`It does not hold the server's key (${mirror.fingerprint}): keep a copy of ${files.key} apart from it.`)
  return 0
}

export async function restoreMirrorCommand(config: Config, key: string, print: Print): Promise<number> {
  const mirror = await restoreMirror(mirrorOf(config), key, dataFolder(config.data), toldBy(print, 'read'))
  print(`Restored to ${config.data}: the server of ${mirror.fingerprint} as it stood at ${mirror.made}.`)
  printNext(print)
  return 0
}

function mirrorOf({ mirror }: Config): string {
  if (mirror !== null) return mirror
  throw new SettingError(
    'No mirror is set. Example: CHARTKEEP_MIRROR=https://chartkeep:password@couch.example.org/chartkeep',
  )
}

function toldBy(print: Print, what: string): Progress {
  let last = systemClock.steady()
  return (pieces) => {
    if (systemClock.steady() - last < PROGRESS_MS) return
    last = systemClock.steady()
    print(`${pieces} pieces ${what} ...`)
  }
}
