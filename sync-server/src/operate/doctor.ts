/**
 * `doctor` (H5) checks clock, disk, files, data, backup, address and Node for the operator. Each finding is `ok`,
 * `warn` or `fail`; the latter two say what to do. Contacts nothing outside but the server's own public address.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { equalBytes } from '@chartkeep/crypto/server'
import { decodeAs } from '@chartkeep/protocol'
import { ServerInfo, ServerState } from '@chartkeep/protocol/messages'
import { signedTimeIn, withDatabase } from './cli-database.ts'
import { isThisMachine, type Config } from './config.ts'
import { dataBytes, dataFolder, diskSpace, lastBackup, serverLimit } from './data-folder.ts'
import { AGREE_MS, firstTime, systemClock } from '../time/server-clock.ts'
import { openSigningKey } from '../signing/signing-key.ts'
import { checkStore } from './store-check.ts'

export interface Finding {
  level: 'ok' | 'warn' | 'fail'
  topic: string
  text: string
}

type Check = (config: Config) => Finding | Finding[] | Promise<Finding | Finding[]>

const HOUR_MS = 3_600_000
const MIB = 1024 ** 2
/** No correct clock shows a time before this program was written. */
const EARLIEST = Date.UTC(2026, 10, 1)
const CLOCK_SAMPLE_MS = 250
const OPEN_FILES = 4096
const ADDRESS_MS = 5000

const ok = (topic: string, text: string): Finding => ({ level: 'ok', topic, text })
const warn = (topic: string, text: string): Finding => ({ level: 'warn', topic, text })
const fail = (topic: string, text: string): Finding => ({ level: 'fail', topic, text })

export async function examine(config: Config): Promise<Finding[]> {
  const checks: [string, Check][] = [
    ['Node', nodeVersion],
    ['Settings', settings],
    ['Clock', clock],
    ['Disk', disk],
    ['Files', permissions],
    ['Data', data],
    ['Backup', backup],
    ['Address', address],
    ['Open files', openFiles],
  ]
  const findings: Finding[] = []
  for (const [topic, check] of checks) {
    try {
      findings.push(...[await check(config)].flat())
    } catch (error) {
      findings.push(fail(topic, error instanceof Error ? error.message : 'this could not be looked at.'))
    }
  }
  return findings
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24
    ? ok('Node', process.version)
    : fail('Node', `${process.version} is too old. Start it with npm start or npm run server, which take Node 24.`)
}

function settings(config: Config): Finding[] {
  const found = config.unknownVariables.map((name) =>
    warn('Settings', `${name} is no setting: a typing mistake? --help lists them.`),
  )
  if (config.file !== null && config.metricsToken !== null && isReadableByOthers(config.file, 0o007))
    found.push(warn('Settings', `${config.file} holds a token and others can read it: chmod 600 ${config.file}`))
  return found.length > 0 ? found : [ok('Settings', config.file ?? 'from the environment and the defaults')]
}

async function clock(config: Config): Promise<Finding[]> {
  const [wall, steady] = [systemClock.now(), systemClock.steady()]
  await new Promise((resolve) => setTimeout(resolve, CLOCK_SAMPLE_MS))
  const now = systemClock.now()
  const drift = Math.abs(now - wall - (systemClock.steady() - steady))
  const shown = new Date(now).toISOString()
  const repair = 'Let the system set its clock (NTP). Where it is right already, say: npm run server -- clock accept'
  if (now < EARLIEST) return [fail('Clock', `It says ${shown}, which is in the past. ${repair}`)]
  const { database } = dataFolder(config.data)
  const signed = existsSync(database) ? withDatabase(database, signedTimeIn) : null
  const time = firstTime(signed, now)
  if (Math.abs(time - now) > AGREE_MS)
    return [
      fail(
        'Clock',
        `It says ${shown}, but the time that this server signed last is ${new Date(time).toISOString()}: the server does not believe the clock, and removes nothing (H8). ${repair}`,
      ),
    ]
  const running = await stateOf(config)
  if (running !== null && running.clock !== 'sure')
    return [
      fail(
        'Clock',
        `The running server goes by ${new Date(running.time).toISOString()} and not by its machine's clock, ${new Date(running.machine).toISOString()}, and removes nothing (H8). ${repair}`,
      ),
    ]
  if (drift > CLOCK_SAMPLE_MS / 2)
    return [warn('Clock', `It is being moved as we look (by ${Math.round(drift)} ms). Let the system set it (NTP).`)]
  return [ok('Clock', `${shown}, zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`)]
}

/** The running server's clock state; null if it does not answer. */
async function stateOf(config: Config): Promise<ServerState | null> {
  try {
    const response = await fetch(new URL('/v1/server/state', config.origin), {
      signal: AbortSignal.timeout(ADDRESS_MS),
      redirect: 'error',
    })
    return decodeAs(ServerState, new Uint8Array(await response.arrayBuffer()))
  } catch {
    return null
  }
}

function disk(config: Config): Finding {
  const files = dataFolder(config.data)
  const space = diskSpace(files)
  if (space === null) return warn('Disk', 'The system does not say how much space is free.')
  const { free } = space
  const sizes = dataBytes(files)
  const text = `${Math.round(free / MIB)} MiB free, ${Math.ceil(sizes / MIB)} MiB used`
  const isSpent = config.reserveBytes > 0 && existsSync(files.database) && !existsSync(files.reserve)
  const spent = isSpent ? ' The reserve is spent: it is made again once more than twice the floor is free.' : ''
  if (free < config.diskFloorBytes)
    return fail(
      'Disk',
      `${text}: under the floor of ${Math.round(config.diskFloorBytes / MIB)} MiB, and nothing new is taken. Free some space.${spent}`,
    )
  const most = serverLimit(config.serverBytes, space)
  if (sizes > most)
    return fail(
      'Disk',
      `${text}: over the limit of ${Math.round(most / MIB)} MiB (serverBytes), and nothing new is taken.${spent}`,
    )
  if (isSpent && free <= 2 * Math.max(config.diskFloorBytes, config.reserveBytes))
    return warn('Disk', `${text}.${spent}`)
  if (free < sizes) return warn('Disk', `${text}: a backup onto this disk has no room.`)
  return ok('Disk', text)
}

function permissions(config: Config): Finding[] {
  const { folder, database, key } = dataFolder(config.data)
  if (!existsSync(folder)) return [warn('Files', `${folder} is not there yet: the first start makes it.`)]
  const found: Finding[] = []
  if (existsSync(key) && isReadableByOthers(key))
    found.push(fail('Files', `Others can read the server's key, and so pose as this server: chmod 600 ${key}`))
  if (isReadableByOthers(folder)) found.push(warn('Files', `Others can look into the data folder: chmod 700 ${folder}`))
  const uid = process.getuid?.()
  for (const path of [folder, database, key])
    if (uid !== undefined && existsSync(path) && statSync(path).uid !== uid && uid !== 0)
      found.push(
        warn('Files', `${path} belongs to another user than the one that asks. Run doctor as the user of the server.`),
      )
  return found.length > 0 ? found : [ok('Files', folder)]
}

async function data(config: Config): Promise<Finding[]> {
  const { database, folder } = dataFolder(config.data)
  if (!existsSync(database)) return [warn('Data', 'There are none yet: start the server once.')]
  const { faults, restored, accounts, vaults, entries, blobs } = await checkStore(database)
  openSigningKey(folder, false)
  const found = faults
    .slice(0, 10)
    .map((fault) => fail('Data', `${fault}. Keep the folder as it is, and restore the newest backup elsewhere.`))
  if (restored)
    found.push(
      warn(
        'Data',
        'The server was put back from a backup, or from its key alone, and takes back what its devices have. When the people whom you know have been back: npm run server -- go-on',
      ),
    )
  return found.length > 0
    ? found
    : [
        ok(
          'Data',
          `${accounts} accounts, ${vaults} vaults, ${entries} entries, ${blobs} files: every chain, signature and chunk holds`,
        ),
      ]
}

function backup(config: Config): Finding {
  const files = dataFolder(config.data)
  const made = lastBackup(files)
  if (made === null)
    return warn('Backup', 'None was made. Example: npm run server -- backup /var/backups/chartkeep/monday')
  const hours = Math.round((systemClock.now() - made) / HOUR_MS)
  return hours > config.backupMaxAgeHours
    ? warn('Backup', `The newest is ${hours} hours old; make one each day.`)
    : ok('Backup', `${hours} hours old`)
}

async function address(config: Config): Promise<Finding[]> {
  if (isThisMachine(config.origin))
    return [
      warn(
        'Address',
        `${config.origin} reaches only this machine. For others set CHARTKEEP_ORIGIN to an https address and put a TLS proxy in front.`,
      ),
    ]
  const found: Finding[] = []
  if (!config.origin.startsWith('https:'))
    found.push(
      fail(
        'Address',
        `${config.origin} is not secure: browsers switch cryptography off. Put a TLS proxy in front and name its https address.`,
      ),
    )
  if (config.trustedProxies.length === 0)
    found.push(
      warn(
        'Address',
        'No proxy is trusted: behind one, all devices count as one address. Example: CHARTKEEP_TRUSTED_PROXIES=loopback',
      ),
    )
  const isOpenToAll = config.host === '0.0.0.0' || config.host === '::'
  if (isOpenToAll)
    found.push(
      warn(
        'Address',
        `It listens on ${config.host} without TLS: whoever reaches port ${config.port} goes around the proxy. Set CHARTKEEP_HOST=127.0.0.1.`,
      ),
    )
  found.push(await reach(config))
  return found
}

/** Asks the public address for its identity. */
async function reach(config: Config): Promise<Finding> {
  try {
    const response = await fetch(new URL('/v1/server', config.origin), {
      signal: AbortSignal.timeout(ADDRESS_MS),
      redirect: 'error',
    })
    if (response.status === 429)
      return warn('Address', `${config.origin} is asked too often just now. Look again in a minute.`)
    const info = decodeAs(ServerInfo, new Uint8Array(await response.arrayBuffer()))
    if (info === null)
      return warn(
        'Address',
        `${config.origin} answers, but not as this server: does the proxy hand on to port ${config.port}?`,
      )
    if (!equalBytes(info.key, openSigningKey(config.data, false).publicKey))
      return fail('Address', `${config.origin} leads to another server.`)
    return info.audience === config.origin
      ? ok('Address', `${config.origin} leads here`)
      : fail('Address', `The running server names another address than these settings: restart it.`)
  } catch {
    return warn(
      'Address',
      `${config.origin} does not answer from here: is the server running, and does the proxy hand on to port ${config.port}?`,
    )
  }
}

function openFiles(): Finding {
  let limits: string
  try {
    limits = readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ok('Open files', 'the system does not say how many are allowed')
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1] ?? 'unlimited'
  return soft !== 'unlimited' && Number(soft) < OPEN_FILES
    ? warn(
        'Open files',
        `${soft} are allowed, one for each live connection. Allow more: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536`,
      )
    : ok('Open files', `${soft} are allowed`)
}

/** `bits`: permissions that must not be set; a group may read settings that root keeps for the service. */
function isReadableByOthers(path: string, bits = 0o077): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & bits) !== 0
}
