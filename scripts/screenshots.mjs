/**
 * `npm run screenshots`: copies the pictures that `npm run pictures` took (test-results/screenshots) to docs/screenshots, and removes there
 * what that run no longer takes.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './pinned-node.mjs'

const from = join(repository, 'test-results/screenshots')
const to = join(repository, 'docs/screenshots')
const pictures = (/** @type {string} */ folder) =>
  existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.png')) : []

const taken = pictures(from)
if (taken.length === 0) {
  console.error('There are no pictures in test-results/screenshots. Run npm run pictures first; it takes them.')
  process.exitCode = 1
} else {
  mkdirSync(to, { recursive: true })
  for (const file of pictures(to)) if (!taken.includes(file)) rmSync(join(to, file))
  for (const file of taken) copyFileSync(join(from, file), join(to, file))
  console.log(`Copied ${taken.length} ${taken.length === 1 ? 'picture' : 'pictures'} to docs/screenshots.`)
}
