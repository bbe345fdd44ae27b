/**
 * `npm run dev`: the app from its sources at http://localhost:5173, drawn again at each change, and a server of its own with the sample family, started
 * again at each change of its sources. Its data is in .chartkeep-dev: delete the folder to begin again. Runs on Node 20; both run on the pinned Node.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { pinnedNode, repository, tools } from './pinned-node.mjs'
import { busyPortMessage, whoListens } from './port.mjs'
import { serverNode } from './server-node.mjs'

const APP_PORT = 5173
const SERVER_PORT = 8787

async function develop() {
  for (const port of [APP_PORT, SERVER_PORT]) {
    const who = await whoListens(port)
    if (who !== 'free') throw new Error(busyPortMessage(port, who))
  }
  ensureInstalled()
  const server = ['sync-server', 'packages/crypto', 'packages/protocol'].map((room) => `--watch-path=${room}/src`)
  const settings = {
    CHARTKEEP_DATA: join(repository, '.chartkeep-dev'),
    CHARTKEEP_PORT: String(SERVER_PORT),
    CHARTKEEP_ORIGIN: `http://localhost:${APP_PORT}`,
    CHARTKEEP_DEMO: '1',
  }
  const both = [
    start([...serverNode.args, ...server, 'sync-server/src/main.ts'], { ...serverNode.env, ...settings }),
    start([tools.vite, '--config', 'packages/app/vite.config.ts', '--port', String(APP_PORT), '--strictPort'], {}),
  ]
  const stop = () => both.forEach((child) => child.kill('SIGTERM'))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  const codes = both.map((child) => new Promise((settle) => child.once('exit', (code) => settle(code ?? 0))))
  // Where one ends, the other is of no use.
  await Promise.race(codes)
  stop()
  return Math.max(...(await Promise.all(codes)))
}

function start(/** @type {string[]} */ args, /** @type {Record<string, string>} */ env) {
  return spawn(pinnedNode, args, { cwd: repository, stdio: 'inherit', env: { ...process.env, ...env } })
}

try {
  process.exitCode = await develop()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
