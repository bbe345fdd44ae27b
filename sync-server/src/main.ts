/**
 * The sync server as a program. Without a command it serves; the others are for the person who runs it. Settings come from one file and
 * the environment, see config.ts; `--help` lists commands and settings.
 */
import { installNative } from '@chartkeep/crypto/native'
import { backupCommand } from './commands/backup.ts'
import { doctorCommand } from './commands/doctor.ts'
import { goOnCommand } from './commands/go-on.ts'
import { helpText, readArguments, UsageError, type Command } from './commands/arguments.ts'
import { inviteCommand } from './commands/invite.ts'
import { BackupError } from './backup.ts'
import { restoreCommand } from './commands/restore.ts'
import { serveCommand } from './commands/serve.ts'
import { verifyCommand } from './commands/verify.ts'
import { printConfig, readConfig, SettingError, type Config } from './config.ts'
import { SigningKeyError } from './signing-key.ts'
import { StorageUnavailableError } from './sqlite-storage.ts'

const print = (line: string) => console.log(line)

async function run(command: Command, config: Config): Promise<number> {
  switch (command.name) {
    case 'serve':
      return serveCommand(config, print, (line) => console.error(line))
    case 'invite':
      return inviteCommand(config, command, print)
    case 'backup':
      return backupCommand(config, command.folder, print)
    case 'restore':
      return restoreCommand(config, command.folder, print)
    case 'go-on':
      return goOnCommand(config, print)
    case 'verify':
      return verifyCommand(config, command.folder, print)
    case 'doctor':
      return doctorCommand(config, print)
    case 'openapi': {
      // Nothing else needs what it loads.
      const { openApiCommand } = await import('./commands/openapi.ts')
      return openApiCommand(command.file, print)
    }
  }
}

async function main(args: string[]): Promise<number> {
  installNative()
  const asked = readArguments(args)
  if (asked.help) {
    console.log(helpText())
    return 0
  }
  const config = readConfig(process.env, asked.config)
  if (asked.printConfig) {
    process.stdout.write(printConfig(config))
    return 0
  }
  return run(asked.command, config)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const expected = [UsageError, SettingError, SigningKeyError, StorageUnavailableError, BackupError]
    const isExpected = expected.some((kind) => error instanceof kind)
    console.error(isExpected ? (error as Error).message : error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
