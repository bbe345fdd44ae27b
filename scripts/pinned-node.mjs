/**
 * The Node that everything here runs on: version 24, installed as the npm package `node`, so that a machine with Node 20
 * needs nothing more than npm. Plain JavaScript that Node 20 understands; imports nothing that must be installed.
 */
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Where the pinned Node is once the packages are installed. */
export const pinnedNode = join(repository, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Where Node keeps what it compiled, TypeScript without its types too, by the content of each file: a server starts in half the time. */
const compileCache = join(repository, '.tsbuild/node-compile-cache')

/**
 * The tools by their own entry file. The shims in node_modules/.bin would take whichever Node comes first in PATH.
 */
export const tools = {
  depcruise: join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
  oxlint: join(repository, 'node_modules/oxlint/bin/oxlint'),
  prettier: join(repository, 'node_modules/prettier/bin/prettier.cjs'),
  tsc: join(repository, 'node_modules/@typescript/native/bin/tsc'),
  vite: join(repository, 'node_modules/vite/bin/vite.js'),
  vitest: join(repository, 'node_modules/vitest/vitest.mjs'),
}

/**
 * Whether a file is the program that was started, and not a part that another imports.
 *
 * @param {string} address - its import.meta.url
 */
export function isProgram(address) {
  const started = process.argv[1]
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(address))
}

/**
 * Runs a program under the pinned Node and waits for its end. A signal that reaches us is handed on, so that the
 * program can stop in its own way; Ctrl-C in a terminal reaches it by itself.
 *
 * @param {string[]} args - script and its arguments
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options] - env is added to ours
 * @returns {Promise<number>} its exit code; 128 + n where signal n ended it
 */
export function runPinned(args, { cwd = repository, env = {} } = {}) {
  if (!existsSync(pinnedNode)) {
    throw new Error(`The pinned Node is not installed (${pinnedNode}). Run npm start or npm test, which install it.`)
  }
  const child = spawn(pinnedNode, args, {
    cwd,
    stdio: 'inherit',
    env: {
      NODE_COMPILE_CACHE: compileCache,
      ...process.env,
      ...env,
      PATH: [dirname(pinnedNode), process.env.PATH ?? ''].join(delimiter),
    },
  })
  const handOn = (/** @type {NodeJS.Signals} */ signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, handOn)
  return new Promise((settle, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, handOn)
      settle(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137))
    })
  })
}
