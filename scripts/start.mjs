/**
 * `npm start [-- --demo]`: installs what is missing, builds the app if its sources changed, and starts the sync server,
 * which serves the app from the same address. Safe to repeat. Runs on Node 20; the server runs on the pinned Node.
 *
 * CHARTKEEP_PORT    port to listen on (8787)
 * CHARTKEEP_DATA    folder of the server's files (.chartkeep in the folder of the repository)
 * CHARTKEEP_CONFIG  file of settings, or `-- --config FILE`
 *
 * The server reads more settings: `npm run server -- --help` lists them. It prints address, key and data folder.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildApp, builtApp } from './app-build.mjs'
import { ensureInstalled } from './install.mjs'
import { repository, runPinned } from './pinned-node.mjs'
import { serverNode } from './server-node.mjs'
import { busyPortMessage, portFrom, whoListens } from './port.mjs'

/** @returns {{ isDemo: boolean, config: string | undefined }} */
function readArguments(/** @type {string[]} */ args) {
  const usage = 'Usage: npm start [-- [--demo] [--config FILE]]'
  let config = process.env.CHARTKEEP_CONFIG || undefined
  let isDemo = false
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--demo') isDemo = true
    else if (args[i] === '--config' && args[i + 1] !== undefined) config = args[++i]
    else throw new Error(`Unknown argument "${args[i]}". ${usage}`)
  }
  return { isDemo, config }
}

async function start(/** @type {string[]} */ args) {
  const { isDemo, config } = readArguments(args)
  // With a file of settings the server itself knows its port, and says when it is taken.
  if (config === undefined) {
    const port = portFrom(process.env.CHARTKEEP_PORT)
    const who = await whoListens(port)
    if (who !== 'free') throw new Error(busyPortMessage(port, who))
  }

  ensureInstalled()
  await buildApp()

  const server = join(repository, 'sync-server/src/main.ts')
  if (!existsSync(server)) throw new Error('sync-server/src/main.ts is missing from this copy of the project.')
  const data = process.env.CHARTKEEP_DATA || (config === undefined ? '.chartkeep' : '')
  const code = await runPinned([...serverNode.args, server], {
    env: {
      ...serverNode.env,
      ...(data === '' ? {} : { CHARTKEEP_DATA: resolve(repository, data) }),
      ...(config === undefined ? {} : { CHARTKEEP_CONFIG: resolve(config) }),
      ...(isDemo ? { CHARTKEEP_DEMO: '1' } : {}),
      CHARTKEEP_APP: builtApp,
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
