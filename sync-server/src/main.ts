/**
 * The command line of the sync server. Without a command it serves; the other commands are for the operator. Settings
 * come from one file and the environment (config.ts); `--help` lists commands and settings.
 */
import { installNative } from '@chartkeep/crypto/native'
import { helpText, readArguments, UsageError, type Command } from './operate/commands/arguments.ts'
import { serveCommand } from './operate/commands/serve.ts'
import { printConfig, readConfig, SettingError, type Config } from './operate/config.ts'
import { SigningKeyError } from './signing/signing-key.ts'
import { StorageUnavailableError } from './sqlite/sqlite-storage.ts'

const print = (line: string) => console.log(line)

async function run(command: Command, config: Config): Promise<number> {
  switch (command.name) {
    case 'serve':
      return serveCommand(config, print, (line) => console.error(line))
    // Each command loads its own modules, so that a serving process holds none of them.
    case 'invite': {
      const { inviteCommand } = await import('./operate/commands/invite.ts')
      return inviteCommand(config, command, print)
    }
    case 'backup': {
      const { backupCommand } = await import('./operate/commands/backup.ts')
      return backupCommand(config, command.folder, print)
    }
    case 'restore': {
      const { restoreCommand } = await import('./operate/commands/restore.ts')
      return restoreCommand(config, command.folder, print)
    }
    case 'mirror': {
      const { mirrorCommand } = await import('./operate/commands/mirror.ts')
      return mirrorCommand(config, print)
    }
    case 'restore-mirror': {
      const { restoreMirrorCommand } = await import('./operate/commands/mirror.ts')
      return restoreMirrorCommand(config, command.key, print)
    }
    case 'go-on': {
      const { goOnCommand } = await import('./operate/commands/go-on.ts')
      return goOnCommand(config, print)
    }
    case 'clock': {
      const { clockCommand } = await import('./operate/commands/clock.ts')
      return clockCommand(config, command.accept, print)
    }
    case 'accounts': {
      const { signOutCommand } = await import('./operate/commands/accounts.ts')
      return signOutCommand(config, print)
    }
    case 'verify': {
      const { verifyCommand } = await import('./operate/commands/verify.ts')
      return verifyCommand(config, command.folder, print)
    }
    case 'doctor': {
      const { doctorCommand } = await import('./operate/commands/doctor.ts')
      return doctorCommand(config, print)
    }
    case 'openapi': {
      const { openApiCommand } = await import('./operate/commands/openapi.ts')
      return openApiCommand(command.file, print)
    }
  }
}

// H7: a log on a full disk, or with nobody reading it, must not end the server.
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
    // Compared by name, because its module is loaded only where a backup is needed.
    const isBackup = error instanceof Error && error.name === 'BackupError'
    const isExpected = isBackup || expected.some((kind) => error instanceof kind)
    console.error(isExpected ? (error as Error).message : error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
