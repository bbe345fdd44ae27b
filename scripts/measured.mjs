/** Runs a tool under the pinned Node and measures the processor time of all that it waited for, as a POSIX shell counts it. */
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { pinnedNode, repository } from './pinned-node.mjs'

/**
 * CPU seconds out of what `times` of a POSIX shell prints: its own on the first line, its children's on the second.
 *
 * @returns {number | null}
 */
export function cpuSecondsOf(/** @type {string} */ times) {
  const second = times.trim().split('\n')[1]
  const found = second?.match(/(\d+)m([\d.]+)s/g)
  if (!found) return null
  return found.reduce((sum, text) => {
    const [minutes, seconds] = text.split('m')
    return sum + Number(minutes) * 60 + Number.parseFloat(seconds ?? '')
  }, 0)
}

/**
 * Runs a script and waits for its end; a signal to us ends it and all that it started.
 *
 * @param {string[]} args - script and its arguments
 * @param {Record<string, string>} [env] - added to ours
 * @returns {Promise<{ code: number, cpuSeconds: number | null }>}
 */
export function runMeasured(args, env = {}) {
  const child = spawn('/bin/sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', pinnedNode, ...args], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true,
    env: { ...process.env, ...env, PATH: `${dirname(pinnedNode)}:${process.env.PATH ?? ''}` },
  })
  // The shell would leave the tool running when it is ended alone: a signal goes to the whole group.
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    if (child.pid) process.kill(-child.pid, signal)
    process.exit(130)
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, end)
  let times = ''
  child.stdio[3]?.on('data', (data) => {
    times += String(data)
  })
  return new Promise((settle, fail) => {
    child.once('error', fail)
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, end)
      settle({ code: code ?? 1, cpuSeconds: cpuSecondsOf(times) })
    })
  })
}
