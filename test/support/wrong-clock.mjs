/**
 * Preloaded into a server (`NODE_OPTIONS=--import`): its time of day is ahead of the truth by as many milliseconds as are in the file that
 * WRONG_CLOCK names, read again every 50 milliseconds. Monotonic time, timers and files keep the true time.
 */
import { readFileSync } from 'node:fs'

const file = process.env['WRONG_CLOCK'] ?? ''
const trueNow = Date.now
let ahead = 0
let read = -Infinity

function now() {
  if (performance.now() - read > 50) {
    const written = readFileSync(file, 'utf8')
    // Empty while the test writes it.
    if (written !== '') ahead = Number(written)
    read = performance.now()
  }
  return trueNow() + ahead
}

globalThis.Date = class extends Date {
  constructor(...given) {
    if (given.length === 0) super(now())
    else super(...given)
  }

  static now() {
    return now()
  }
}
