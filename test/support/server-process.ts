/** The real server process, started as `npm start` starts it: the pinned Node on sync-server/src/main.ts. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { serverNode } from '../../scripts/server-node.mjs'

const SERVER_MAIN = join(import.meta.dirname, '../../sync-server/src/main.ts')

export interface ServerProcess {
  address: string
  pid: number
  /** Everything printed so far, both outputs. */
  output(): string
  stdout(): string
  /** Sends a signal and waits for the end; answers the exit code, null when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Sends a signal and waits for nothing. */
  signal(name: NodeJS.Signals): void
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Where a run of tests keeps what was compiled, if it says so. */
const keptCache = process.env['NODE_COMPILE_CACHE'] ? { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } : {}

/** Hundreds of servers need not write 32 MiB each; who tests the reserve asks for one. */
const NO_RESERVE = { CHARTKEEP_RESERVE_BYTES: '0' }

function launch(env: Record<string, string>, args: string[] = [], within: string[] = []) {
  const [program = '', ...rest] = [...within, process.execPath, ...serverNode.args, SERVER_MAIN, ...args]
  const child = spawn(program, rest, {
    env: { ...serverNode.env, PATH: process.env['PATH'] ?? '', ...keptCache, ...NO_RESERVE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const parts: string[] = []
  const printed: string[] = []
  child.stdout.on('data', (part: Buffer) => {
    printed.push(part.toString())
    parts.push(part.toString())
  })
  child.stderr.on('data', (part: Buffer) => parts.push(part.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return { child, ended, output: () => parts.join(''), stdout: () => printed.join('') }
}

/**
 * Starts the server and waits until it is ready. Throws with its output when it ends before. `within`: a program that is started with the server's
 * command line behind its own, and becomes it.
 */
export async function startServerProcess(
  data: string,
  port: number,
  env: Record<string, string> = {},
  args: string[] = [],
  within: string[] = [],
): Promise<ServerProcess> {
  const own = { CHARTKEEP_DATA: data, CHARTKEEP_PORT: String(port), ...env }
  const { child, ended, output, stdout } = launch(own, args, within)
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', () => {
      if (stdout().includes('Data folder:')) resolve()
    })
  })
  const first = await Promise.race([ready, ended])
  if (first !== undefined) throw new Error(`the server ended with ${first}: ${output()}`)
  return {
    address: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    output,
    stdout,
    signal: (name) => void child.kill(name),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs a server, or one of its commands, that is expected to end by itself. */
export async function runServerProcess(
  env: Record<string, string>,
  args: string[] = [],
  within: string[] = [],
): Promise<{ code: number | null; output: string }> {
  const { ended, output } = launch(env, args, within)
  return { code: await ended, output: output() }
}
