/**
 * Two devices of one person, as the app runs them, on one real server process: the laptop behind the fault under test, the phone next to it. Every test
 * writes on both while the fault lasts, and asks afterwards whether all of it is on both.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Chart, Session, SyncStatus } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { openFirst, PASSPHRASE, until } from './device-world.ts'
import { createNodeDevice, type NodeDevice } from './node-device.ts'
import { freePort, startServerProcess, type ServerProcess } from './server-process.ts'

export interface FaultDevice {
  node: NodeDevice
  session: Session
  chart: Chart
}

export interface FaultWorld {
  laptop: FaultDevice
  phone: FaultDevice
  server: ServerProcess
  port: number
  data: string
  /** Saves a record on a device; it must be found on both in the end. */
  save(device: FaultDevice): Promise<void>
  texts(device: FaultDevice): Promise<string[]>
  /** One pass; answers what the person reads. */
  sync(device: FaultDevice): Promise<SyncStatus>
  /** Everything that was saved is on both devices, once, with nothing quarantined and nothing waiting. */
  converges(): Promise<void>
  /** How many records were saved in all. */
  readonly saved: number
  close(): Promise<void>
}

export interface OwnDevice extends FaultDevice {
  /** Its recovery code. */
  code: string
  sync(): Promise<SyncStatus>
  /** Syncs until the server has everything. */
  confirmed(): Promise<void>
  /** What another device reads that enters by the kit. */
  readElsewhere(node: NodeDevice): Promise<string[]>
}

/** A new account on one device, with its chart open. */
export async function openSession(node: NodeDevice, address: string): Promise<OwnDevice> {
  const made = await node.accountManager.create({
    label: 'Account 1',
    name: 'Mei',
    passphrase: PASSPHRASE,
    server: address,
  })
  const { session, recoveryCode: code } = made
  const chart = await openFirst(session)
  const sync = async () => {
    await session.syncNow()
    return until(session.sync$, ({ state }) => state !== 'syncing')
  }
  return {
    node,
    session,
    chart,
    code,
    sync,
    async confirmed() {
      await sync()
      await until(session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
    },
    async readElsewhere(other) {
      const restored = await other.accountManager.restore({
        code,
        label: 'Account 1',
        passphrase: PASSPHRASE,
        server: address,
      })
      if (restored.type !== 'unlocked') throw new Error(restored.type)
      await restored.session.syncNow()
      await until(restored.session.sync$, ({ state }) => state === 'confirmed')
      const theirs = await openFirst(restored.session)
      const texts = await firstValueFrom(theirs.list$('allergies'))
      await restored.session.lock()
      return texts.map(({ resource }) => resource).toSorted()
    },
  }
}

/** `front`: an address before the server, which learns its port; devices sign that address. */
export async function createFaultWorld(front: { address: string; target: number }): Promise<FaultWorld> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-faults-'))
  const port = await freePort()
  const many = { CHARTKEEP_REQUESTS_PER_MINUTE: '1000000', CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE: '1000000' }
  const env = { CHARTKEEP_ORIGIN: front.address, CHARTKEEP_SIGN_INS_PER_MINUTE: '1000000', ...many }
  const server = await startServerProcess(data, port, env)
  front.target = port
  const nodes = [createNodeDevice('Laptop'), createNodeDevice('Phone')] as const
  const { session, recoveryCode } = await nodes[0].accountManager.create({
    label: 'Account 1',
    name: 'Mei',
    passphrase: PASSPHRASE,
    server: front.address,
  })
  const laptop = { node: nodes[0], session, chart: await openFirst(session) }
  const wanted: string[] = []

  const world: Omit<FaultWorld, 'phone' | 'saved'> = {
    laptop,
    server,
    port,
    data,
    async save({ chart }) {
      const text = `record ${wanted.length + 1}`
      const resource = `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${text}"}}`
      const saved = await chart.save({ collection: 'allergies', resource })
      if (saved.type !== 'saved') throw new Error(saved.type)
      wanted.push(resource)
    },
    texts: async ({ chart }) =>
      (await firstValueFrom(chart.list$('allergies'))).map(({ resource }) => resource).toSorted(),
    async sync({ session: of }) {
      await of.syncNow()
      return until(of.sync$, ({ state }) => state !== 'syncing')
    },
    async converges() {
      for (const device of [laptop, phone, laptop]) {
        await world.sync(device)
        await until(device.session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
      }
      for (const device of [laptop, phone]) {
        const found = await world.texts(device)
        const missing = wanted.filter((each) => !found.includes(each))
        if (missing.length > 0 || found.length !== wanted.length)
          throw new Error(`${found.length} of ${wanted.length} records, missing ${missing.join(' ')}`)
        const { quarantined, conflicts } = await firstValueFrom(device.session.sync$)
        if (quarantined + conflicts > 0) throw new Error(`${quarantined} quarantined, ${conflicts} conflicts`)
      }
    },
    async close() {
      for (const { session: each } of [laptop, phone]) await each.lock()
      for (const node of nodes) node.remove()
      await server.stop('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
  await world.save(laptop)
  await world.sync(laptop)
  await until(session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  const restored = await nodes[1].accountManager.restore({
    code: recoveryCode,
    label: 'Account 1',
    passphrase: PASSPHRASE,
    server: front.address,
  })
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  const phone: FaultDevice = {
    node: nodes[1],
    session: restored.session,
    chart: await openFirst(restored.session),
  }
  const full = Object.defineProperties({} as FaultWorld, {
    ...Object.getOwnPropertyDescriptors(world),
    phone: { value: phone },
    saved: { get: () => wanted.length },
  })
  await full.converges()
  return full
}
