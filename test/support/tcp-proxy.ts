/** A proxy on raw TCP between devices and a real server: cuts after any byte, answers late, goes silent with connections open, forgets connections, resets all of them. */
import { connect, createServer, type Socket } from 'node:net'

export type TcpFault =
  /** The connection that carries byte `at` of one direction, counted over all connections since the fault was set, is reset behind it. */
  | { type: 'cut'; direction: Direction; at: number }
  | { type: 'late'; ms: number }
  /** Half-open: what devices send arrives, nothing comes back, no connection ends. */
  | { type: 'silent' }
  /** Nothing passes any more over the connections that are open now, in either direction, and neither end hears of it; new ones are sound. */
  | { type: 'forgotten' }
  /** Every connection is reset so many milliseconds after it began. */
  | { type: 'storm'; ms: number }

type Direction = 'up' | 'down'

export interface TcpProxy {
  address: string
  /** Port of the server behind it. */
  target: number
  /** Bytes and connections since the last {@link set}. */
  readonly passed: { up: number; down: number; connections: number }
  /** Another fault, or none; the counts start again. */
  set(fault: TcpFault | null): void
  /** Ends every connection without a goodbye. */
  resetAll(): void
  close(): Promise<void>
}

export async function startTcpProxy(): Promise<TcpProxy> {
  const open = new Set<Socket>()
  /** Of connections that the network has forgotten. */
  const forgotten = new WeakSet<Socket>()
  let fault: TcpFault | null = null

  function carry(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (data: Buffer) => {
      if (forgotten.has(from)) return
      const before = proxy.passed[direction]
      proxy.passed[direction] += data.length
      if (
        fault?.type === 'cut' &&
        fault.direction === direction &&
        before <= fault.at &&
        fault.at < before + data.length
      ) {
        to.write(data.subarray(0, fault.at - before), () => {
          from.resetAndDestroy()
          to.resetAndDestroy()
        })
        return
      }
      if (fault?.type === 'silent' && direction === 'down') return
      if (fault?.type === 'late') setTimeout(() => to.writable && to.write(data), fault.ms)
      else if (to.writable) to.write(data)
    })
  }

  const server = createServer({ noDelay: true }, (device) => {
    proxy.passed.connections++
    const inner = connect({ host: '127.0.0.1', port: proxy.target, noDelay: true })
    for (const [one, other] of [
      [device, inner],
      [inner, device],
    ] as const) {
      open.add(one)
      one.on('error', () => {
        if (!forgotten.has(one)) other.destroy()
      })
      one.on('end', () => {
        if (fault?.type !== 'silent' && !forgotten.has(one)) other.end()
      })
      one.on('close', () => {
        open.delete(one)
        if (forgotten.has(one)) return
        if (fault?.type !== 'silent' || one === device) other.destroy()
      })
    }
    carry(device, inner, 'up')
    carry(inner, device, 'down')
    if (fault?.type === 'storm') setTimeout(() => device.resetAndDestroy(), fault.ms)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const proxy: TcpProxy & { passed: { up: number; down: number; connections: number } } = {
    address: `http://127.0.0.1:${port}`,
    target: 0,
    passed: { up: 0, down: 0, connections: 0 },
    set(next) {
      fault = next
      if (next?.type === 'forgotten') for (const socket of open) forgotten.add(socket)
      proxy.passed = { up: 0, down: 0, connections: 0 }
    },
    resetAll() {
      for (const socket of open) socket.resetAndDestroy()
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return proxy
}
