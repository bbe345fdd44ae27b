/**
 * Limits the open connections (H9g). Each takes a file descriptor and some memory, and a process without a free
 * descriptor accepts no connection at all. Before that happens, the network with the most connections loses its oldest;
 * connections that never carried a session go first.
 */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { totalmem } from 'node:os'
import type { NetworkOf } from './networks.ts'
import { createSharedPool, type Share } from './shared-pool.ts'

/** Assumed limit of open files where the system does not report one. */
const USUAL = 4096
const MOST = 50_000
/** The remaining descriptors are for files and for connections that are being closed. */
const PART_OF_FILES = 0.75
/** Memory of an idle connection in bytes, and the part of the memory that all connections may take. */
const BYTES_EACH = 32 * 1024
const PART_OF_MEMORY = 0.25

/** The memory that this process may use, in bytes. */
export function memoryOfProcess(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** The connections that the machine has descriptors and memory for. */
export function mostConnections(): number {
  const byMemory = (memoryOfProcess() * PART_OF_MEMORY) / BYTES_EACH
  return Math.floor(Math.min(MOST, byMemory, openFiles() * PART_OF_FILES))
}

function openFiles(): number {
  try {
    const limit = /^Max open files\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? USUAL : Number(limit)
  } catch {
    return USUAL
  }
}

export interface Connections {
  /** Call it with each connection that carried a request with a session. */
  known(socket: Socket): void
}

export interface ConnectionLimits {
  max: number
  networkOf: NetworkOf
  /** A trusted proxy carries everybody's requests and has its own limits. */
  isProxy: (address: string) => boolean
}

/** Counts the connections that `server` accepts from now on. */
export function limitConnections(server: Server, { max, networkOf, isProxy }: ConnectionLimits): Connections {
  const pool = createSharedPool({ max, ownGivesWay: true })
  const shares = new WeakMap<Socket, Share>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isProxy(address)) return
    const share = pool.begin(networkOf(address), 1, () => socket.destroy())
    if (share === null) return void socket.destroy()
    shares.set(socket, share)
    socket.once('close', () => share.change(0))
  })
  return { known: (socket) => shares.get(socket)?.known() }
}
