/** A real device asks a server that lies: what each call costs its thread. Runs in Node and in a page alike. */
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { HttpServer } from '@chartkeep/sync/testing'

const id = randomBytes(16)

/** By the message that answers it. */
export const CALLS: Record<string, (device: HttpServer) => Promise<{ type: string }>> = {
  AccountLogPage: (device) => device.accountLog(id, 0),
  AuditAnswer: (device) => device.audit(id, { known: 0, after: 0, newest: 1 }),
  BeaconPage: (device) => device.postBeacon(id, { body: id, signature: id, leaves: [], places: null }),
  ControlLogPage: (device) => device.control(id, 0),
  FetchAnswer: (device) => device.fetchBodies(id, id, [1]),
  LatePage: (device) => device.quarantineInbox(id, 0),
  PullAnswer: (device) => device.pull(id, { streams: [], budget: 4 * 1024 * 1024 }),
}

export interface Asked {
  type: string
  /** The longest that the thread was busy without a pause. */
  blockedMs: number
}

/** Asks once; meanwhile the thread is asked for its turn again and again. */
export async function ask(address: string, key: Uint8Array, name: string): Promise<Asked> {
  const device = { id: randomBytes(16), signing: generateSigningKeyPair() }
  const server = new HttpServer({ address, account: id, device, serverKey: () => key })
  const channel = new MessageChannel()
  let [last, blockedMs, isDone] = [performance.now(), 0, false]
  channel.port1.onmessage = () => {
    const now = performance.now()
    blockedMs = Math.max(blockedMs, now - last)
    last = now
    if (!isDone) channel.port2.postMessage(null)
  }
  channel.port2.postMessage(null)
  const { type } = await CALLS[name]!(server)
  await new Promise((resolve) => setTimeout(resolve, 5))
  isDone = true
  channel.port1.close()
  return { type, blockedMs }
}
