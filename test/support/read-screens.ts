/** Lets Node import the app's screens: it reads TypeScript by itself, but no JSX and no style sheets. Of those a class is its own name. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'rolldown/utils'

const MARK = Symbol.for('chartkeep: reads screens')
const CLASSES = 'export default new Proxy({}, { get: (_, name) => name })'

// Files share processes: once in each.
if (!Reflect.has(globalThis, MARK)) {
  Reflect.set(globalThis, MARK, true)
  registerHooks({
    load(url, context, next) {
      const path = url.replace(/[?#].*$/u, '')
      if (path.endsWith('.css')) return { format: 'module', source: CLASSES, shortCircuit: true }
      if (!path.endsWith('.tsx')) return next(url, context)
      const file = fileURLToPath(path)
      const { code, errors } = transformSync(file, readFileSync(file, 'utf8'), {
        jsx: { runtime: 'automatic', importSource: '@chartkeep/app' },
      })
      if (errors.length > 0) throw new SyntaxError(`${file}: ${String(errors[0])}`)
      return { format: 'module', source: code, shortCircuit: true }
    },
  })
}
