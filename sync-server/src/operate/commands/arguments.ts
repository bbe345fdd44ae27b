/** The command line: commands, their options, and the help that lists them with every setting. */
import { parseArgs } from 'node:util'
import { describeSettings } from '../config.ts'

export type Command =
  | { name: 'serve' }
  | { name: 'invite'; count: number; days: number; list: boolean; withdraw: boolean }
  | { name: 'backup'; folder: string }
  | { name: 'restore'; folder: string }
  | { name: 'mirror' }
  | { name: 'restore-mirror'; key: string }
  | { name: 'go-on' }
  | { name: 'accounts'; deed: 'sign-out' }
  | { name: 'clock'; accept: boolean }
  | { name: 'verify'; folder: string | null }
  | { name: 'doctor' }
  | { name: 'openapi'; file: string }

export interface Asked {
  command: Command
  config: string | null
  printConfig: boolean
  help: boolean
}

/** The command line is wrong; the message says how to use it. */
export class UsageError extends Error {
  override name = 'UsageError'
}

const USAGE = [
  ['', 'serves until SIGINT or SIGTERM'],
  ['invite [--count 1] [--days 7]', 'makes invitation codes; they work once'],
  ['invite --list | --withdraw', 'counts the open ones, or withdraws them all'],
  ['backup FOLDER', 'copies the data while the server runs, and checks the copy'],
  ['verify [FOLDER]', 'checks the data, or a backup, from the first entry on'],
  ['restore FOLDER', 'puts a backup in place of data that are gone; overwrites nothing'],
  ['mirror', 'brings the copy in CouchDB up to date while the server runs (setting mirror)'],
  ['restore-mirror KEYFILE', "puts that copy in place of data that are gone, with the server's key"],
  ['go-on', 'after a restore, when people have been back: waits for nobody any more'],
  ['clock [accept]', "shows the server's time; accept: this machine's clock is right, go by it"],
  ['accounts sign-out --all', 'ends every session; devices sign in again by themselves'],
  ['doctor', 'looks at clock, disk, files, data, backup, address and Node'],
  ['openapi FILE', 'writes the description of the HTTP interface'],
] as const

export function helpText(): string {
  const commands = USAGE.map(([command, meaning]) => `  ${command.padEnd(32)}${meaning}`)
  const settings = describeSettings().map(
    ({ key, variable, value, meaning }) => `  ${key} / ${variable}\n      ${meaning} (${value})`,
  )
  return [
    'Usage: npm run server -- [COMMAND] [--config FILE] [--print-config] [--help]',
    '',
    ...commands,
    '',
    'Settings, in the file of JSON that --config or CHARTKEEP_CONFIG names, or in the environment, which goes first:',
    '',
    ...settings,
  ].join('\n')
}

/** Throws {@link UsageError}. */
export function readArguments(args: string[]): Asked {
  let parsed
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        'print-config': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        count: { type: 'string' },
        days: { type: 'string' },
        list: { type: 'boolean' },
        withdraw: { type: 'boolean' },
        all: { type: 'boolean' },
      },
    })
  } catch (cause) {
    throw new UsageError(`${(cause as Error).message}\n\n${shortHelp()}`, { cause })
  }
  const { values, positionals } = parsed
  const [name = 'serve', ...rest] = positionals
  const onlyInvite = ['count', 'days', 'list', 'withdraw'].filter((option) => option in values)
  if (name !== 'invite' && onlyInvite.length > 0) refuse(`--${onlyInvite[0]} belongs to invite.`)
  if (name !== 'accounts' && 'all' in values) refuse('--all belongs to accounts sign-out.')
  return {
    command: commandOf(name, rest, values),
    config: values.config ?? null,
    printConfig: values['print-config'],
    help: values.help,
  }
}

function commandOf(
  name: string,
  rest: string[],
  values: { count?: string; days?: string; list?: boolean; withdraw?: boolean; all?: boolean },
): Command {
  const [first] = rest
  const takes = (most: number) => {
    if (rest.length > most) refuse(`"${rest[most]}" is one word too many for ${name}.`)
  }
  switch (name) {
    case 'serve':
    case 'mirror':
    case 'go-on':
    case 'doctor':
      takes(0)
      return { name }
    case 'invite':
      takes(0)
      return {
        name,
        count: numberOf('count', values.count, 1, 1000),
        days: numberOf('days', values.days, 7, 365),
        list: values.list ?? false,
        withdraw: values.withdraw ?? false,
      }
    case 'accounts':
      takes(1)
      if (first !== 'sign-out' || values.all !== true) refuse('accounts takes sign-out --all.')
      return { name, deed: first }
    case 'backup':
    case 'restore':
      takes(1)
      return { name, folder: first ?? refuse(`${name} needs a folder. Example: ${name} /var/backups/chartkeep/monday`) }
    case 'restore-mirror':
      takes(1)
      return { name, key: first ?? refuse(`${name} needs the server's key. Example: ${name} /root/server-key`) }
    case 'clock':
      takes(1)
      if (first !== undefined && first !== 'accept') refuse(`clock takes "accept" or nothing, not "${first}".`)
      return { name, accept: first === 'accept' }
    case 'verify':
      takes(1)
      return { name, folder: first ?? null }
    case 'openapi':
      takes(1)
      return { name, file: first ?? refuse('openapi needs a file. Example: openapi docs/openapi.json') }
    default:
      return refuse(`There is no command "${name}".`)
  }
}

function numberOf(option: string, text: string | undefined, fallback: number, most: number): number {
  const value = Number(text ?? fallback)
  if (!Number.isInteger(value) || value < 1 || value > most)
    refuse(`--${option} must be a whole number from 1 to ${most}, not "${text}". Example: --${option} ${fallback}`)
  return value
}

function refuse(message: string): never {
  throw new UsageError(`${message}\n\n${shortHelp()}`)
}

function shortHelp(): string {
  return ['Usage:', ...USAGE.map(([command]) => `  npm run server -- ${command}`.trimEnd())].join('\n')
}
