/** `npm run build`: builds the app again, whether its sources changed or not. */
import { relative } from 'node:path'
import { buildApp, builtApp } from './app-build.mjs'
import { ensureInstalled } from './install.mjs'
import { repository } from './pinned-node.mjs'

ensureInstalled()
await buildApp({ always: true })
console.log(`The built app lies in ${relative(repository, builtApp)}.`)
