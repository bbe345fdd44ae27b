/** `backup FOLDER`: a verified copy of the data, also while the server runs. */
import { makeBackup } from '../backup.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'

export async function backupCommand(config: Config, folder: string, print: (line: string) => void): Promise<number> {
  const { counts, files, fingerprint } = await makeBackup(dataFolder(config.data), folder)
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  print(`Backup made and verified: ${folder}`)
  print(
    `${counts.accounts} accounts, ${counts.vaults} vaults, ${counts.streams} streams, ${counts.entries} entries, ${counts.blobs ?? 0} files in ${counts.chunks} chunks; ${bytes} bytes.`,
  )
  print(`It holds the server's key (${fingerprint}): keep it where nobody else reads.`)
  return 0
}
