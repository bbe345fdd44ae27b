/** What a process took, read from /proc (Linux): processor time, memory, and the bytes that this process sent and got over TCP. */
import { channel } from 'node:diagnostics_channel'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'

/** Ticks of /proc in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100

/** Processor seconds that a process has used so far, its threads and the system's work for it included. */
export function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, which may hold spaces, ends at the last bracket.
  return usedBy(text.slice(text.lastIndexOf(')') + 2).split(' '))
}

/** Resident memory of a process in bytes: now, and the most that it ever was. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

const sockets = new Set<Socket>()
let closedBytes = 0
let isCounting = false

/** Counts from the first call on what TCP connections that this process opened sent and got; bytes so far. */
export function wireBytes(): number {
  if (!isCounting) {
    isCounting = true
    channel('net.client.socket').subscribe((message) => {
      const { socket } = message as { socket: Socket }
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        closedBytes += socket.bytesRead + socket.bytesWritten
      })
    })
  }
  return [...sockets].reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, closedBytes)
}

/** Bytes of all files in a folder. */
export function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** Processor seconds of a browser so far: the page's own thread, its workers, and all that the browser does for it in other threads and processes. */
export interface BrowserSeconds {
  page: number
  workers: number
  rest: number
}

/**
 * The sum over all processes of the group `group`; the page's thread is the busiest main thread of a renderer. What threads of a renderer used that
 * have ended counts as that of workers: a worker's thread ends with it.
 */
export function browserSecondsOf(group: number): BrowserSeconds {
  const seconds: BrowserSeconds = { page: 0, workers: 0, rest: 0 }
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const process = statFields(`/proc/${pid}`)
      if (Number(process.fields[2]) !== group) continue
      const isRenderer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')
      let ended = usedBy(process.fields)
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const { name, fields } = statFields(`/proc/${pid}/task/${thread}`)
        const used = usedBy(fields)
        ended -= used
        if (name.startsWith('DedicatedWorker')) seconds.workers += used
        else if (isRenderer && thread === pid && used > seconds.page) {
          seconds.rest += seconds.page
          seconds.page = used
        } else seconds.rest += used
      }
      seconds[isRenderer ? 'workers' : 'rest'] += Math.max(0, ended)
    } catch {
      // A process or thread that has just ended.
    }
  }
  return seconds
}

function usedBy(fields: readonly string[]): number {
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The name of a process or thread, and the fields of its `stat` after it. */
function statFields(folder: string): { name: string; fields: string[] } {
  const text = readFileSync(`${folder}/stat`, 'utf8')
  const end = text.lastIndexOf(')')
  return { name: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') }
}
