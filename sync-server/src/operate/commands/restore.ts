/** `restore FOLDER`: restores a backup in place of lost data. */
import { restoreBackup } from '../backup.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'

export async function restoreCommand(config: Config, folder: string, print: (line: string) => void): Promise<number> {
  const manifest = await restoreBackup(folder, dataFolder(config.data))
  print(`Restored to ${config.data}: the server of ${manifest.fingerprint} as it stood at ${manifest.made}.`)
  printNext(print)
  return 0
}

/** Prints what to do after a restore. */
export function printNext(print: (line: string) => void): void {
  print(
    'Start it now: devices give back what was written after the backup, and it takes nothing new in a chart before that chart is whole.',
  )
  print('When the people whom you know have been back, run: npm run server -- go-on')
}
