/**
 * `npm run gateway -- --demo [--port 8790] [--folder FOLDER]`: starts the demo of the gateway (packages/gateway), with a sync server of its own on
 * a free port of this machine. Both keep their files in FOLDER (.chartkeep-gateway-demo), and end together. Plain JavaScript for Node 20.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { pinnedNode, repository, runPinned } from './pinned-node.mjs'
import { serverNode } from './server-node.mjs'

const args = process.argv.slice(2)
const gateway = join(repository, 'packages/gateway/src/main.ts')

/** @returns {Promise<number>} */
async function demo() {
  const at = args.indexOf('--folder')
  const given = at < 0 ? undefined : args[at + 1]
  const folder =
    given === undefined ? join(repository, '.chartkeep-gateway-demo') : resolve(process.env.INIT_CWD ?? '.', given)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const port = await serverPort(folder)
  const server = spawn(pinnedNode, [...serverNode.args, join(repository, 'sync-server/src/main.ts')], {
    env: {
      ...process.env,
      ...serverNode.env,
      CHARTKEEP_DATA: join(folder, 'server'),
      CHARTKEEP_PORT: String(port),
      CHARTKEEP_HOST: '127.0.0.1',
      CHARTKEEP_RESERVE_BYTES: '0',
      CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE: '100000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await new Promise((ready, fail) => {
      let said = ''
      server.stdout.on('data', (part) => {
        said += part
        if (said.includes('Data folder:')) ready(undefined)
      })
      server.once('close', () => fail(new Error(`The demo's sync server did not start.\n${said}`)))
    })
    const sample = join(repository, 'packages/app/public/sample/fletcher-hyatt.json.gz')
    const rest = at < 0 ? args : args.filter((_, place) => place !== at && place !== at + 1)
    return await runPinned([
      gateway,
      ...rest,
      '--folder',
      folder,
      '--server',
      `http://127.0.0.1:${port}`,
      '--sample',
      sample,
    ])
  } finally {
    server.kill('SIGTERM')
  }
}

/**
 * The port of the demo's sync server: the same at every start, because the accounts of the demo know their server by it.
 *
 * @param {string} folder
 * @returns {Promise<number>}
 */
async function serverPort(folder) {
  const file = join(folder, 'server-port')
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'))
  const probe = createServer()
  await new Promise((ready) => probe.listen(0, '127.0.0.1', () => ready(undefined)))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  const port = typeof address === 'object' && address !== null ? address.port : 0
  writeFileSync(file, String(port))
  return port
}

try {
  ensureInstalled()
  process.exitCode =
    args.includes('--demo') && !args.includes('--help') ? await demo() : await runPinned([gateway, ...args])
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
