/**
 * How the sync server's Node is started, by scripts, tests and benchmarks alike: it keeps what it has compiled, so that from the second
 * start on nothing is compiled and no TypeScript is read any more, and its young objects get 2 MiB instead of 16: a server lives long, and
 * what a request leaves behind is short-lived. docs/guides/systemd/chartkeep.service says the same. Plain JavaScript for Node 20.
 */
import { join } from 'node:path'
import { repository } from './pinned-node.mjs'

export const serverNode = {
  args: ['--max-semi-space-size=2'],
  env: { NODE_COMPILE_CACHE: join(repository, 'node_modules/.cache/chartkeep-server') },
}
