/**
 * Loads files of tests and the sources that they reach into one process, many times over: each environment has its own copy of
 * every module of ours, as each file has under vitest. Node strips the types; packages of others are loaded once.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { repository } from './pinned-node.mjs'

/** What a file asks for that imports `vitest`. */
const standIn = new URL('./mutation-tests.mjs', import.meta.url).href

/** @type {Map<string, string>} path -> JavaScript; a source is read and stripped once */
const sources = new Map()

/**
 * Takes over the resolution of what is imported below `folder`, a copy of the repository whose node_modules is a link into the
 * original: a package of ours is taken from the copy, where its sources are the instrumented ones.
 *
 * @param {string} folder
 * @returns {(file: string, environment: number) => Promise<unknown>} imports a file of the copy, with all it reaches, in an environment
 */
export function loaderOf(folder) {
  const copy = realpathSync(folder) + sep
  const original = originalOf(folder) + sep
  registerHooks({
    resolve(specifier, context, next) {
      const environment = context.parentURL && new URL(context.parentURL).searchParams.get('environment')
      if (specifier === 'vitest' && environment) return { url: standIn, format: 'module', shortCircuit: true }
      const found = next(specifier, context)
      if (!environment || !found.url.startsWith('file:')) return found
      const path = fileURLToPath(found.url)
      if (path.includes(`${sep}node_modules${sep}`)) return found
      const own = path.startsWith(copy) ? path : path.startsWith(original) ? copy + path.slice(original.length) : null
      return own === null ? found : { ...found, url: addressOf(own, environment) }
    },
    load(url, context, next) {
      if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return next(url, context)
      const path = fileURLToPath(url)
      const source = sources.get(path) ?? stripTypeScriptTypes(readFileSync(path, 'utf8'))
      sources.set(path, source)
      return { format: 'module', source, shortCircuit: true }
    },
  })
  return (file, environment) => import(addressOf(join(copy, file), String(environment)))
}

/** The repository that a copy was made of: where its packages really lie. */
function originalOf(/** @type {string} */ folder) {
  const modules = join(folder, 'node_modules')
  return existsSync(modules)
    ? realpathSync(join(modules, '..', 'node_modules')).slice(0, -'/node_modules'.length)
    : repository
}

function addressOf(/** @type {string} */ path, /** @type {string} */ environment) {
  return `${pathToFileURL(path).href}?environment=${environment}`
}
