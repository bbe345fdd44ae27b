/**
 * `npm start [-- --demo]`: installs what is missing, builds the app if its sources changed, and starts the sync server,
 * which serves the app from the same address. Safe to repeat. Runs on Node 20; the server runs on the pinned Node.
 *
 * CHARTKEEP_PORT  port to listen on (8787)
 * CHARTKEEP_DATA  folder of the server's files (.chartkeep in the folder of the repository)
 *
 * The server reads more settings, see the head of sync-server/src/main.ts; it prints address, key and data folder.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildApp, builtApp } from './app-build.mjs'
import { ensureInstalled } from './install.mjs'
import { repository, runPinned } from './pinned-node.mjs'
import { busyPortMessage, portFrom, whoListens } from './port.mjs'

async function start(/** @type {string[]} */ args) {
  const unknown = args.find((argument) => argument !== '--demo')
  if (unknown !== undefined) throw new Error(`Unknown argument "${unknown}". Usage: npm start [-- --demo]`)
  const port = portFrom(process.env.CHARTKEEP_PORT)
  const who = await whoListens(port)
  if (who !== 'free') throw new Error(busyPortMessage(port, who))

  ensureInstalled()
  await buildApp()

  const server = join(repository, 'sync-server/src/main.ts')
  if (!existsSync(server)) throw new Error('sync-server/src/main.ts is missing from this copy of the project.')
  const code = await runPinned([server], {
    env: {
      CHARTKEEP_PORT: String(port),
      CHARTKEEP_DATA: resolve(repository, process.env.CHARTKEEP_DATA || '.chartkeep'),
      CHARTKEEP_APP: builtApp,
      CHARTKEEP_DEMO: args.includes('--demo') ? '1' : '',
    },
  })
  if (code === 0) console.log('\nStopped. Everything is kept; npm start goes on from here.')
  return code
}

try {
  process.exitCode = await start(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
