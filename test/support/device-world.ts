/**
 * People with their devices in this process, on one real server, in the server's own process or behind a proxy that bends what it says: accounts are made,
 * restored by their kit and unlocked as the app does it. What is opened here is locked and removed at the end.
 */
import type { Chart, Practice, Session } from '@chartkeep/sync'
import { filter, firstValueFrom, throwError, timeout, type Observable } from 'rxjs'
import { startHostileProxy, type HostileProxy } from './hostile-proxy.ts'
import { startServer, type ListeningServer } from './listening-server.ts'
import { createNodeDevice, type NodeDevice } from './node-device.ts'

/** For everybody here. */
export const PASSPHRASE = 'correct horse battery staple'

export interface DeviceWorld {
  server: ListeningServer
  /** What people type as their server. */
  address: string
  device(name: string): NodeDevice
  /** Locks a session at the end, after those that came before it. */
  keep<S extends Session>(session: S): S
  /** The session that an answer of the account manager holds. Throws with the answer where it holds none. */
  unlocked(answer: { type: string }): Session
  /** A new account on `device`, not synced yet; `server` null for one without. */
  account(
    name: string,
    device?: NodeDevice,
    server?: string | null,
  ): Promise<{ session: Session; code: string; device: NodeDevice }>
  /** A new practice with its first member, who administers it and is a physician (C12), not synced yet. */
  practice(
    name: string,
    memberName: string,
    device?: NodeDevice,
  ): Promise<{ session: Session; practice: Practice; code: string; device: NodeDevice }>
  /** Another device of the account, admitted by its kit and synced. */
  restore(code: string, device?: NodeDevice): Promise<Session>
  /** What the account manager asks of a device that is to be admitted. */
  asked(server?: string): { label: string; passphrase: string; server: string }
  close(): Promise<void>
}

/** A server that people reach directly. */
export async function createDeviceWorld(): Promise<DeviceWorld> {
  const server = await startServer()
  return worldOf(server, server.address)
}

/** A server that people reach through a proxy, which tells the truth until it is bent. */
export async function createBentWorld(): Promise<DeviceWorld & { proxy: HostileProxy }> {
  const proxy = await startHostileProxy('')
  const server = await startServer({ audience: proxy.address })
  proxy.target = server.address
  const world = worldOf(server, proxy.address, () => proxy.close())
  return { ...world, proxy }
}

function worldOf(
  server: ListeningServer,
  address: string,
  closeProxy: () => Promise<void> = async () => {},
): DeviceWorld {
  const devices: NodeDevice[] = []
  const sessions: Session[] = []
  const keep = <S extends Session>(session: S) => {
    sessions.push(session)
    return session
  }
  const device = (name: string) => {
    const made = createNodeDevice(name)
    devices.push(made)
    return made
  }
  const asked = (at = address) => ({ label: 'Account 1', passphrase: PASSPHRASE, server: at })
  const unlocked = (answer: { type: string }) => {
    if (answer.type !== 'unlocked') throw new Error(JSON.stringify(answer))
    return keep((answer as unknown as { session: Session }).session)
  }
  return {
    server,
    address,
    device,
    keep,
    unlocked,
    asked,
    async account(name, on = device('Laptop'), at = address) {
      const { session, recoveryCode } = await on.accountManager.create({ ...asked(), name, server: at })
      return { session: keep(session), code: recoveryCode, device: on }
    },
    async practice(name, memberName, on = device('Desk')) {
      const { session, recoveryCode } = await on.accountManager.createPractice({
        ...asked(),
        name,
        memberName,
        roles: ['physician'],
      })
      const { practice } = keep(session)
      if (practice === null) throw new Error('the new account is no practice')
      return { session, practice, code: recoveryCode, device: on }
    },
    async restore(code, on = device('Phone')) {
      const session = unlocked(await on.accountManager.restore({ ...asked(), code }))
      await session.syncNow()
      return session
    },
    async close() {
      for (const session of sessions) await session.lock()
      for (const each of devices) each.remove()
      await closeProxy()
      await server.close()
    },
  }
}

/** The first value that the condition holds for; rejects after `ms`. */
export function until<T>(source: Observable<T>, condition: (value: T) => boolean, ms = 20_000): Promise<T> {
  // Made here, so that a failure shows which waiting it was.
  const late = new Error(`what is waited for did not come in ${ms} ms`)
  return firstValueFrom(source.pipe(filter(condition), timeout({ each: ms, with: () => throwError(() => late) })))
}

/** The first chart of a session, once it is there. */
export async function openFirst(session: Session): Promise<Chart> {
  const [summary] = await until(session.charts$, (charts) => charts.length > 0)
  const chart = await session.openChart(summary!.slot)
  if (chart === null) throw new Error('the first chart does not open')
  return chart
}

/** A sync after which the server has everything and this device too. */
export async function confirmed(session: Session): Promise<void> {
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'confirmed')
}
