/** `restore FOLDER`: puts a backup in place of data that are gone. */
import { restoreBackup } from '../backup.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'

export async function restoreCommand(config: Config, folder: string, print: (line: string) => void): Promise<number> {
  const manifest = await restoreBackup(folder, dataFolder(config.data))
  print(`Restored to ${config.data}: the server of ${manifest.fingerprint} as it stood at ${manifest.made}.`)
  print(
    'Started now, it lets devices read and takes nothing new: what was written after the backup is on the devices only.',
  )
  print('When you are sure that there is no newer backup, run: npm run server -- go-on')
  return 0
}
