/**
 * The sync server as a program. Without a command it serves; the others are for the person who runs it. Settings come from one file and
 * the environment, see config.ts; `--help` lists commands and settings.
 */
import { installNative } from '@chartkeep/crypto/native'
import { helpText, readArguments, UsageError, type Command } from './commands/arguments.ts'
import { serveCommand } from './commands/serve.ts'
import { printConfig, readConfig, SettingError, type Config } from './config.ts'
import { SigningKeyError } from './signing-key.ts'
import { StorageUnavailableError } from './sqlite-storage.ts'

const print = (line: string) => console.log(line)

async function run(command: Command, config: Config): Promise<number> {
  switch (command.name) {
    case 'serve':
      return serveCommand(config, print, (line) => console.error(line))
    // What a command needs it loads itself: a server that serves holds none of it.
    case 'invite': {
      const { inviteCommand } = await import('./commands/invite.ts')
      return inviteCommand(config, command, print)
    }
    case 'backup': {
      const { backupCommand } = await import('./commands/backup.ts')
      return backupCommand(config, command.folder, print)
    }
    case 'restore': {
      const { restoreCommand } = await import('./commands/restore.ts')
      return restoreCommand(config, command.folder, print)
    }
    case 'mirror': {
      const { mirrorCommand } = await import('./commands/mirror.ts')
      return mirrorCommand(config, print)
    }
    case 'restore-mirror': {
      const { restoreMirrorCommand } = await import('./commands/mirror.ts')
      return restoreMirrorCommand(config, command.key, print)
    }
    case 'go-on': {
      const { goOnCommand } = await import('./commands/go-on.ts')
      return goOnCommand(config, print)
    }
    case 'clock': {
      const { clockCommand } = await import('./commands/clock.ts')
      return clockCommand(config, command.accept, print)
    }
    case 'accounts': {
      const { signOutCommand } = await import('./commands/accounts.ts')
      return signOutCommand(config, print)
    }
    case 'verify': {
      const { verifyCommand } = await import('./commands/verify.ts')
      return verifyCommand(config, command.folder, print)
    }
    case 'doctor': {
      const { doctorCommand } = await import('./commands/doctor.ts')
      return doctorCommand(config, print)
    }
    case 'openapi': {
      const { openApiCommand } = await import('./commands/openapi.ts')
      return openApiCommand(command.file, print)
    }
  }
}

// H7: a log on a full disk, or one whose reader is gone, must not end the server.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

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
    const expected = [UsageError, SettingError, SigningKeyError, StorageUnavailableError]
    // By its name: its file is loaded where a backup is asked for, and nowhere else.
    const isBackup = error instanceof Error && error.name === 'BackupError'
    const isExpected = isBackup || expected.some((kind) => error instanceof kind)
    console.error(isExpected ? (error as Error).message : error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
