/**
 * Declares every setting of the server once: type, check, default, description. A setting comes from the environment
 * (`requestsPerMinute` as CHARTKEEP_REQUESTS_PER_MINUTE), otherwise from the JSON file, otherwise from its default. An
 * invalid setting is reported with the problem and an example; nothing is guessed.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { DAY_MS } from '@chartkeep/protocol'
import {
  array,
  boolean,
  fits,
  integer,
  nullable,
  object,
  oneOf,
  string,
  type JsonSchema,
  type ValueOf,
} from '../http/json-schema.ts'
import { DEFAULT_LIMITS } from '../storage/limits.ts'
import type { NamedNetwork } from '../guard/networks.ts'
import { DEFAULT_RATES } from '../http/rates.ts'

const whole = (minimum: number, maximum: number, fallback: number, description: string) =>
  integer({ minimum, maximum, default: fallback, description, examples: [fallback] })
const text = (fallback: string, description: string, example: string = fallback) =>
  string({ minLength: 1, maxLength: 1024, default: fallback, description, examples: [example] })
const words = <const T extends string>(options: readonly T[], fallback: NoInfer<T>, description: string) =>
  oneOf(options, { default: fallback, description, examples: [fallback] })
const optional = <T>(schema: JsonSchema<T>, description: string, example: unknown) =>
  nullable(schema, { default: null, description, examples: [example] })

export const Settings = object(
  {
    host: text('127.0.0.1', 'network address to listen on; 0.0.0.0 for all of this machine'),
    port: whole(0, 65_535, 8787, 'port to listen on'),
    origin: optional(
      string({ pattern: '^https?://[^/?#\\s]+$', maxLength: 256 }),
      'address that people open, without a path; http://localhost:<port> where it is not given. Devices sign it (H1)',
      'https://charts.example.org',
    ),
    insecureOrigin: boolean({
      default: false,
      description:
        'serves an http:// address other than this machine. Browsers switch cryptography off there, so the app does not run',
      examples: [true],
    }),
    data: text(
      '.chartkeep',
      'folder of the data; in the file it counts from the folder of the file',
      '/var/lib/chartkeep',
    ),
    app: optional(
      text('', ''),
      'folder of the built app to serve; none without. npm start serves the one it built',
      '/srv/chartkeep/app',
    ),
    demo: boolean({ default: false, description: 'the first screen offers the sample family', examples: [true] }),
    log: words(['silent', 'error', 'warn', 'info', 'debug'], 'warn', 'how much is written to the log (stderr, JSON)'),
    trustedProxies: array(text('', ''), {
      default: ['loopback'],
      maxItems: 32,
      description: 'addresses or networks whose X-Forwarded-For is believed; loopback stands for this machine',
      examples: [['loopback', '10.0.0.0/8']],
    }),
    registration: words(
      ['open', 'invite', 'closed'],
      'open',
      'who may come in (H2); a grant of an owner always admits',
    ),
    waitingAccounts: whole(
      0,
      1_000_000,
      DEFAULT_LIMITS.waitingAccounts,
      'places for accounts that are not admitted, so that an owner can share with them; of one network 2 %, at least 5',
    ),
    waitingDays: whole(
      1,
      3650,
      DEFAULT_LIMITS.waitingMs / DAY_MS,
      'days after which such an account makes room for another where it does not ask again, and after which a ticket ends',
    ),
    networks: array(
      object(
        {
          network: string({ minLength: 1, maxLength: 64 }),
          name: string({ minLength: 1, maxLength: 64 }),
          factor: integer({ minimum: 1, maximum: 10_000 }),
        },
        { closed: true },
      ),
      {
        default: [],
        maxItems: 256,
        description: 'networks that many people share: their limits by address are larger by a factor (H9)',
        examples: [[{ network: '203.0.113.0/24', name: 'hospital', factor: 50 }]],
      },
    ),
    requestsPerMinute: whole(10, 10_000_000, DEFAULT_RATES.requestsPerMinute, 'requests of one account in a minute'),
    devicesPerMinute: whole(
      10,
      10_000_000,
      DEFAULT_RATES.devicesPerMinute,
      'requests of one device of a practice in a minute, in place of those of its account',
    ),
    addressRequestsPerMinute: whole(
      10,
      10_000_000,
      DEFAULT_RATES.addressRequestsPerMinute,
      'requests without a session of one network address in a minute',
    ),
    signInsPerMinute: whole(
      1,
      10_000_000,
      DEFAULT_RATES.signInsPerMinute,
      'sign-ins and recoveries of one network address that fail in a minute',
    ),
    registrationsPerHour: whole(
      1,
      10_000_000,
      DEFAULT_RATES.registrationsPerHour,
      'new accounts of one network address in an hour, without those that somebody has invited or shared with',
    ),
    serverRegistrationsPerHour: whole(
      1,
      10_000_000,
      DEFAULT_RATES.serverRegistrationsPerHour,
      'the same of all addresses; after that each still has 2 % of them, at least 5',
    ),
    refillEntriesPerMinute: whole(
      256,
      10_000_000,
      6000,
      'entries of account logs that one network address gives back to a server that lost them, in a minute',
    ),
    accessLogDays: whole(1, 36_500, 730, 'days for which sealed entries of the access log are kept (A2)'),
    accessLogEntries: whole(100, 100_000_000, 50_000, 'sealed entries of the access log that are kept for each vault'),
    socketsPerAccount: whole(
      1,
      10_000,
      DEFAULT_LIMITS.socketsPerAccount,
      'live connections of one account, in a practice of one device; the oldest is closed',
    ),
    socketsPerAddress: whole(
      1,
      1_000_000,
      64,
      'live connections of one network address that have not signed in yet; more wait for a place',
    ),
    accountBytes: whole(1_000_000, 2 ** 50, DEFAULT_LIMITS.accountBytes, 'bytes that one account may store'),
    accountEntries: whole(100, 2 ** 40, DEFAULT_LIMITS.accountEntries, 'entries that one account may store'),
    grantBytes: whole(0, 2 ** 50, DEFAULT_LIMITS.grantBytes, 'bytes that the grantee of one grant may store'),
    grantEntries: whole(0, 2 ** 40, DEFAULT_LIMITS.grantEntries, 'entries that the grantee of one grant may store'),
    lateDays: whole(
      0,
      3650,
      DEFAULT_LIMITS.lateMs / DAY_MS,
      'days after the end of a grant in which its device may still submit what it had not sent (C11)',
    ),
    lateBytes: whole(0, 2 ** 50, DEFAULT_LIMITS.lateBytes, 'bytes that one grant may have in the quarantine inbox'),
    lateEntries: whole(
      0,
      2 ** 40,
      DEFAULT_LIMITS.lateEntries,
      'entries that one grant may have in the quarantine inbox',
    ),
    metricsHost: text('127.0.0.1', 'network address of the metrics'),
    metricsPort: optional(
      integer({ minimum: 0, maximum: 65_535 }),
      'port of its own for /metrics, without a token',
      9464,
    ),
    metricsToken: optional(
      string({ minLength: 16, maxLength: 256, pattern: '^[\\x21-\\x7e]+$' }),
      'with it /metrics also answers on the main port, to "Authorization: Bearer <token>"',
      'a-long-random-text',
    ),
    diskFloorBytes: whole(
      0,
      2 ** 50,
      256 * 1024 ** 2,
      'free space under which the server takes nothing new (H7), /readyz says no and doctor fails',
    ),
    serverBytes: optional(
      integer({ minimum: 0, maximum: 2 ** 50 }),
      'size of all data at which the server takes nothing new (H7); nine tenths of the disk where it is not given',
      500_000_000_000,
    ),
    reserveBytes: whole(
      0,
      2 ** 40,
      32 * 1024 ** 2,
      'space that the server keeps for itself, for what takes access away on a full disk (H7); 0 for none',
    ),
    backupMaxAgeHours: whole(1, 87_600, 48, 'age of the newest backup from which doctor warns'),
    mirror: optional(
      string({ pattern: '^https?://[^/?#\\s]+/[^?#\\s]+$', maxLength: 1024 }),
      'database of CouchDB that the commands mirror and restore-mirror use, with name and password in the address',
      'https://chartkeep:password@couch.example.org/chartkeep',
    ),
    stopSeconds: whole(1, 600, 10, 'how long a stop waits for requests under way'),
  },
  { closed: true },
)
export type Settings = ValueOf<typeof Settings>
type Key = keyof Settings

const SECRETS: ReadonlySet<string> = new Set<Key>(['metricsToken', 'mirror'])
/** Other environment variables that this project uses. */
const OTHER_VARIABLES = [
  'CHARTKEEP_CONFIG',
  'CHARTKEEP_BUILT_APP',
  'CHARTKEEP_SEED',
  'CHARTKEEP_SCENARIOS',
  'CHARTKEEP_TRACE',
]

/** An invalid setting; the message is for the operator. */
export class SettingError extends Error {
  override name = 'SettingError'
}

export interface Config extends Omit<Settings, 'origin'> {
  origin: string
  /** The file that was read; null for none. */
  file: string | null
  /** Variables that look like settings but are not. */
  unknownVariables: string[]
}

const properties = Settings.properties as unknown as Record<
  Key,
  JsonSchema & { default: unknown; description: string; examples: unknown[] }
>
export const SETTING_KEYS = Object.keys(properties) as Key[]

/**
 * Whether an origin names only this machine, where browsers allow cryptography without TLS
 * (https://w3c.github.io/webappsec-secure-contexts/).
 */
export function isThisMachine(origin: string): boolean {
  const { hostname } = new URL(origin)
  return hostname === 'localhost' || hostname.endsWith('.localhost') || ['127.0.0.1', '[::1]'].includes(hostname)
}

/** `requestsPerMinute` is CHARTKEEP_REQUESTS_PER_MINUTE. */
export function variableOf(key: string): string {
  return `CHARTKEEP_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** One entry per setting, for the guides and for `--help`. */
export function describeSettings(): { key: string; variable: string; value: string; meaning: string }[] {
  return SETTING_KEYS.map((key) => ({
    key,
    variable: variableOf(key),
    value: JSON.stringify(properties[key].default),
    meaning: properties[key].description,
  }))
}

/**
 * Reads file and environment; throws {@link SettingError}. `file` null: the file that CHARTKEEP_CONFIG names, or none.
 */
export function readConfig(env: Record<string, string | undefined>, file: string | null = null): Config {
  const path = file ?? (env['CHARTKEEP_CONFIG'] || null)
  const given = path === null ? {} : readFile(path)
  const folder = path === null ? process.cwd() : dirname(resolve(path))
  const values: Record<string, unknown> = {}
  for (const key of SETTING_KEYS) {
    const variable = variableOf(key)
    const fromVariable = env[variable]
    if (fromVariable !== undefined && fromVariable !== '') {
      const value = parse(properties[key], fromVariable)
      check(key, value, fromVariable, variable, `${variable}=${plain(exampleOf(key))}`)
      values[key] = isPath(key) ? resolve(String(value)) : value
    } else if (Object.hasOwn(given, key)) {
      const value = given[key]
      const example = `"${key}": ${JSON.stringify(exampleOf(key))}`
      check(key, value, JSON.stringify(value), `"${key}" in ${path}`, example)
      values[key] = isPath(key) && value !== null ? resolve(folder, String(value)) : value
    } else {
      const fallback = properties[key].default
      values[key] = key === 'data' ? resolve(String(fallback)) : fallback
    }
  }
  const settings = values as unknown as Settings
  const known = new Set([...SETTING_KEYS.map(variableOf), ...OTHER_VARIABLES])
  return {
    ...settings,
    origin: settings.origin ?? `http://localhost:${settings.port}`,
    file: path === null ? null : resolve(path),
    unknownVariables: Object.keys(env).filter((name) => name.startsWith('CHARTKEEP_') && !known.has(name)),
  }
}

/** The effective settings in the format of the settings file; secrets are masked. */
export function printConfig(config: Config): string {
  const shown = SETTING_KEYS.map((key) => [key, SECRETS.has(key) && config[key] !== null ? '********' : config[key]])
  return `${JSON.stringify(Object.fromEntries(shown), null, 2)}\n`
}

function readFile(path: string): Record<string, unknown> {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SettingError(
      `The configuration ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      { cause },
    )
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (cause) {
    throw new SettingError(`The configuration ${path} is no JSON: ${placeOf(cause, content)}`, { cause })
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new SettingError(`The configuration ${path} must be one object. Example: { "port": 8787 }`)
  for (const key of Object.keys(parsed)) {
    if (Object.hasOwn(properties, key)) continue
    const near = SETTING_KEYS.find((known) => known.toLowerCase() === key.toLowerCase()) ?? nearest(key)
    const hint = near === null ? `Known are: ${SETTING_KEYS.join(', ')}.` : `Did you mean "${near}"?`
    throw new SettingError(`"${key}" in ${path} is no setting. ${hint}`)
  }
  return parsed as Record<string, unknown>
}

/** The position of a syntax error, without quoting the text: the file may hold a token. */
function placeOf(cause: unknown, content: string): string {
  const position = Number(/position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1] ?? Number.NaN)
  if (Number.isNaN(position)) return 'it ends too early.'
  const before = content.slice(0, position).split('\n')
  return `look at line ${before.length}, column ${before.at(-1)!.length + 1}.`
}

function nearest(key: string): Key | null {
  const wanted = key.toLowerCase().replaceAll(/[^a-z]/g, '')
  return SETTING_KEYS.find((known) => distance(known.toLowerCase(), wanted) <= 2) ?? null
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries())
    row = row.reduce<number[]>(
      (next, up, j) =>
        j === 0 ? [i + 1] : [...next, Math.min(up + 1, next[j - 1]! + 1, row[j - 1]! + (letter === b[j - 1] ? 0 : 1))],
      [],
    )
  return row.at(-1)!
}

function isPath(key: Key): boolean {
  return key === 'data' || key === 'app'
}

function exampleOf(key: Key): unknown {
  return properties[key].examples[0]
}

/** As written in the environment. */
function plain(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.every((each) => typeof each === 'string') ? value.join(',') : JSON.stringify(value)
}

function kindOf(schema: JsonSchema): {
  type?: string
  minimum?: number
  maximum?: number
  enum?: unknown[]
  minLength?: number
} {
  const { anyOf } = schema as { anyOf?: JsonSchema[] }
  return (anyOf?.[0] ?? schema) as ReturnType<typeof kindOf>
}

/**
 * Parses a text from the environment by the setting's schema; if that fails, returns the text for the check to refuse.
 */
function parse(schema: JsonSchema, value: string): unknown {
  switch (kindOf(schema).type) {
    case 'integer':
      return /^\d+$/.test(value) ? Number(value) : value
    case 'boolean':
      return { '1': true, true: true, '0': false, false: false }[value.toLowerCase()] ?? value
    case 'array':
      if (value.trimStart().startsWith('[')) return parseJson(value)
      return value.split(',').map((each) => each.trim())
    default:
      return value
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

function check(key: Key, value: unknown, shown: string, where: string, example: string): void {
  if (fits(properties[key], value) && isUsable(key, value)) return
  const quoted = SECRETS.has(key) ? 'what is given' : `"${shown.replaceAll(/^"|"$/g, '').slice(0, 80)}"`
  throw new SettingError(`${where} must be ${wantedOf(key)}, not ${quoted}. Example: ${example}`)
}

/** Names of networks that Fastify knows. */
const NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal'])

function isNetwork(network: string): boolean {
  const [address = '', bits, ...more] = network.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function isUsable(key: Key, value: unknown): boolean {
  if (key === 'trustedProxies') return (value as string[]).every((each) => NETWORKS.has(each) || isNetwork(each))
  if (key === 'networks') return (value as NamedNetwork[]).every(({ network }) => isNetwork(network))
  if (value === null) return true
  if (key === 'mirror') return URL.canParse(String(value))
  if (key !== 'origin') return true
  return URL.canParse(String(value)) && new URL(String(value)).origin === value
}

function wantedOf(key: Key): string {
  const schema = properties[key]
  const kind = kindOf(schema)
  if (key === 'origin') return 'an http or https address in small letters without a path'
  if (key === 'mirror') return 'the http or https address of a database'
  if (kind.enum !== undefined) return `one of ${kind.enum.join(', ')}`
  if (kind.type === 'integer') return `a whole number from ${kind.minimum} to ${kind.maximum}`
  if (kind.type === 'boolean') return 'true or false'
  if (key === 'networks')
    return 'a list of networks, each with its name and by how much its limits are larger, a whole number from 1 to 10000'
  if (kind.type === 'array') return 'a list of addresses or networks such as 10.0.0.0/8, or loopback'
  return key === 'metricsToken' ? 'a text of 16 to 256 visible characters' : 'a text'
}
