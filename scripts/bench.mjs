/** `npm run bench [-- <name>]`: runs bench/<name>.ts under the pinned Node; without a name, lists what there is. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { repository, runPinned } from './pinned-node.mjs'

const folder = join(repository, 'bench')
const names = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort()

const [name, ...rest] = process.argv.slice(2)
if (name === undefined) {
  console.log(
    names.length > 0
      ? `Benchmarks:\n${names.map((each) => `  npm run bench -- ${each}`).join('\n')}`
      : 'There is no benchmark yet. One is a file bench/<name>.ts; its numbers go to docs/benchmarks.md.',
  )
} else if (!names.includes(name)) {
  console.error(
    `There is no benchmark "${name}". There ${names.length === 0 ? 'is none yet' : `are: ${names.join(', ')}`}.`,
  )
  process.exitCode = 1
} else {
  ensureInstalled()
  process.exitCode = await runPinned([join(folder, `${name}.ts`), ...rest])
}
