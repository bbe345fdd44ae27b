/** The port of `npm start`: reading it from the environment, and telling in words who holds it already. */
import { createConnection } from 'node:net'

/**
 * @param {string | undefined} text
 * @returns {number} the port; 8787 where none is given
 * @throws when it is no port
 */
export function portFrom(text) {
  if (text === undefined || text === '') return 8787
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new Error(`CHARTKEEP_PORT must be a number from 1 to 65535, not "${text}".`)
  }
  return port
}

/**
 * Who listens on a port of this machine.
 *
 * @param {number} port
 * @returns {Promise<'free' | 'chartkeep' | 'other'>}
 */
export async function whoListens(port) {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => canConnect(host, port)))
  if (!answers.includes(true)) return 'free'
  try {
    const answer = await fetch(`http://localhost:${port}/healthz`, { signal: AbortSignal.timeout(2000) })
    const text = await answer.text()
    return /chartkeep/i.test(text) ? 'chartkeep' : 'other'
  } catch {
    return 'other'
  }
}

/** @returns {Promise<boolean>} */
function canConnect(/** @type {string} */ host, /** @type {number} */ port) {
  return new Promise((settle) => {
    const socket = createConnection({ host, port, timeout: 2000 })
    const end = (/** @type {boolean} */ answer) => {
      socket.destroy()
      settle(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** @returns {string} what a person is told about a port that is taken */
export function busyPortMessage(/** @type {number} */ port, /** @type {'chartkeep' | 'other'} */ who) {
  const another = `CHARTKEEP_PORT=${port === 65_535 ? port - 1 : port + 1} npm start`
  return who === 'chartkeep'
    ? `Chartkeep already runs at http://localhost:${port}. Stop it there with Ctrl-C, or start a second one: ${another}`
    : `Port ${port} is used by another program. Nothing was started. Stop that program, or choose another port: ${another}`
}
