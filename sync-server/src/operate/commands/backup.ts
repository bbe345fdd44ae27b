/** `backup FOLDER`: a verified copy of the data, also while the server runs. */
import { makeBackup } from '../backup.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'

export async function backupCommand(config: Config, folder: string, print: (line: string) => void): Promise<number> {
  const { manifest, warnings } = await makeBackup(dataFolder(config.data), folder)
  const { counts, files, fingerprint } = manifest
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  print(`Backup made and verified: ${folder}`)
  print(
    `${counts.accounts} accounts, ${counts.vaults} vaults, ${counts.streams} streams, ${counts.entries} entries, ${counts.blobs ?? 0} files in ${counts.chunks} chunks; ${bytes} bytes.`,
  )
  for (const warning of warnings) print(`Warning: ${warning}`)
  print(`It holds the server's key (${fingerprint}): keep it where nobody else reads.`)
  return 0
}
