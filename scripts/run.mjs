/** `node scripts/run.mjs <script> [arguments]`: runs a script (TypeScript too) under the pinned Node. */
import { ensureInstalled } from './install.mjs'
import { runPinned } from './pinned-node.mjs'
import { serverNode } from './server-node.mjs'

const args = process.argv.slice(2)
if (args.length === 0) {
  console.error('Usage: node scripts/run.mjs <script> [arguments]')
  process.exit(2)
}
try {
  ensureInstalled()
  const isServer = args[0]?.replaceAll('\\', '/').endsWith('sync-server/src/main.ts') === true
  process.exitCode = await (isServer
    ? runPinned([...serverNode.args, ...args], { env: serverNode.env })
    : runPinned(args))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
