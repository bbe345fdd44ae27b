/**
 * How the sync server's Node is started, by scripts, tests and benchmarks alike: it keeps what it compiled of each file as it was read, so that
 * from the second start on no TypeScript is read any more and functions alone are compiled, each at its first call; and its young objects get
 * 4 MiB instead of 16: a server lives long, and what a request leaves behind is short-lived. Every function is compiled plainly at its first
 * call, and with optimization only where it is called ten times (by Maglev) or a hundred times (by TurboFan) as often as V8 would wait for:
 * hashing, SQLite and the sockets do most of the work, and to compile for speed took more than it gave, with 10,000 records and with 50,000
 * (docs/benchmarks.md). Old objects are not collected before there are 32 MiB of them: a server that has just started has 15 to 20 that stay.
 * docs/guides/systemd/chartkeep.service says the same. Plain JavaScript for Node 20.
 */
import { join } from 'node:path'
import { repository } from './pinned-node.mjs'

export const serverNode = {
  args: [
    '--max-semi-space-size=4',
    '--initial-old-space-size=32',
    '--always-sparkplug',
    '--invocation-count-for-maglev=4000',
    '--invocation-count-for-turbofan=300000',
  ],
  env: { NODE_COMPILE_CACHE: join(repository, 'node_modules/.cache/chartkeep-server') },
}
