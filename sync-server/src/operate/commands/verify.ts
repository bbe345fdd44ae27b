/** `verify [FOLDER]`: reads all of the data, or a backup; exit code 1 if something is invalid. */
import { existsSync } from 'node:fs'
import { verifyBackup } from '../backup.ts'
import type { Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { StorageUnavailableError } from '../../sqlite/sqlite-storage.ts'
import { checkStore, type StoreReport } from '../store-check.ts'

export async function verifyCommand(
  config: Config,
  folder: string | null,
  print: (line: string) => void,
): Promise<number> {
  if (folder !== null) {
    const { report, manifest } = await verifyBackup(folder)
    print(`The backup of ${manifest.made} holds: ${counted(report)}`)
    return 0
  }
  const { database } = dataFolder(config.data)
  if (!existsSync(database)) throw new StorageUnavailableError(`There are no data at ${database}.`)
  const report = await checkStore(database)
  for (const fault of report.faults) print(fault)
  print(
    report.faults.length === 0
      ? `All holds: ${counted(report)}`
      : `${report.faults.length} faults in ${counted(report)}`,
  )
  return report.faults.length === 0 ? 0 : 1
}

function counted({ accounts, vaults, streams, entries, blobs, chunks }: StoreReport): string {
  return `${accounts} accounts, ${vaults} vaults, ${streams} streams, ${entries} entries, ${blobs} files in ${chunks} chunks.`
}
