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
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
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
