/**
 * The real server core with a clock that the simulation moves, restarts, and a record of what it answered to whom. Over storage in memory
 * every scenario begins on a disk of its own; over SQLite files (sim-real.ts) the vaults of many scenarios are side by side.
 */
import { sign, signingKeyPairFromSeed, type SigningKeyPair } from '@chartkeep/crypto'
import { decodeAs, idText, type SyncError } from '@chartkeep/protocol'
import { signInMessage } from '@chartkeep/protocol/account'
import { ControlBody, PartOpen, type ControlEntry } from '@chartkeep/protocol/control'
import { createServerCore, type ServerCore, type ServerSession, type Storage } from '@chartkeep/sync-server/testing'
import {
  copyMemoryServerDisk,
  createMemoryServerDisk,
  memoryServerStorage,
  type MemoryServerDisk,
} from './memory-server-storage.ts'
import { coreApi, type SimApi, type SimCredentials } from './sim-core-api.ts'
import { signHeadAs } from './hostile-server.ts'
import { simRandom } from './sim-random.ts'
import { machineClock } from './timers.ts'

export const START = Date.UTC(2026, 5, 1, 12)
const AUDIENCE = 'http://localhost:8787'

/** What the simulation itself knows of a grant, read from the entries that the server has stored. */
export interface KnownGrant {
  id: string
  account: string
  streams: Map<string, number>
  notBefore: number
  notAfter: number
  /** Entries of each stream at the server when the cut was stored; null while it remains. */
  cut: boolean
  /** Epoch of each of its streams that the cut opened. */
  cutEpochs: Map<string, number>
}

export interface SimServer {
  now: number
  /** How far, in milliseconds, the server's clock is behind what the model goes by: 0, unless a mistake is planted. */
  lag: number
  /** How far, in milliseconds, the times of control heads are ahead of the server's clock: 0, unless it lies (H8). Only of a server that devices call. */
  signedAhead: number
  readonly key: Uint8Array
  readonly signing: SigningKeyPair
  core(): ServerCore
  storage(): Storage
  /** The server as this signer reaches it when nothing goes wrong on the way. */
  reach(who: SimCredentials): SimApi
  /** A session of the device; signs in when there is none that holds. */
  session(who: SimCredentials): Promise<ServerSession | SyncError>
  /** Tells the model that these entries are stored. */
  noteControl(vault: Uint8Array, entries: ControlEntry[]): void
  grants: Map<string, KnownGrant>
  /** What is on the disk now, and what the model knows of it; null where the disk is not in memory. */
  image(): ServerImage | null
  /** A new scenario: from an image where there is one, else over what is on the disk. `chance` seeds the server's own random bytes. */
  begin(chance: string, image: ServerImage | null): Promise<void>
  restart(): Promise<void>
  /** Keeps what is on a disk that is not in memory; `renew` goes back to it. */
  keep(): Promise<void>
  renew(): Promise<void>
  close(): Promise<void>
}

/** A disk and what the model knows of it. */
export interface ServerImage {
  disk: MemoryServerDisk
  grants: Map<string, KnownGrant>
  now: number
}

/** What a server of the simulation is on. */
export interface ServerGround {
  open(): Storage
  /** Null where the disk is in memory: then the device calls the core. */
  listen(core: ServerCore): Promise<{ reach(who: SimCredentials): SimApi; close(): Promise<void> } | null>
  audience: string
  /** Keeps what is on the disk now, and restores it. Called while nothing is open. */
  keep(): void
  putBack(): void
  remove(): Promise<void>
}

export async function createSimServer(seed: string, ground: ServerGround | null = null): Promise<SimServer> {
  let random = simRandom(`${seed} server`)
  const signing = signingKeyPairFromSeed(random.bytes(32))
  let disk = createMemoryServerDisk()
  let storage: Storage
  let core: ServerCore
  let network: Awaited<ReturnType<ServerGround['listen']>> = null
  let sessions = new Map<string, { token: string; session: ServerSession }>()
  let reached = new WeakMap<Uint8Array, SimApi>()
  const start = async () => {
    storage = ground?.open() ?? memoryServerStorage(disk)
    core = createServerCore({
      storage,
      signingKey: signing,
      clock: machineClock(() => server.now - server.lag),
      timers: { after: () => () => {} },
      audience: ground?.audience ?? AUDIENCE,
      randomBytes: (length) => random.bytes(length),
    })
    sessions = new Map()
    reached = new WeakMap()
    network = (await ground?.listen(core)) ?? null
  }
  const lyingApi = (api: SimApi): SimApi => ({
    ...api,
    async control(vault, after) {
      const answer = await api.control(vault, after)
      if (server.signedAhead === 0 || answer.type !== 'ok') return answer
      const { entries, head } = answer.value
      const told = await signHeadAs(signing, { ...head, time: head.time + server.signedAhead })
      return { type: 'ok', value: { entries, head: told } }
    },
  })
  const stop = async () => {
    await network?.close()
    await core.close()
  }
  const server: SimServer = {
    now: START,
    lag: 0,
    signedAhead: 0,
    key: signing.publicKey,
    signing,
    grants: new Map(),
    core: () => core,
    storage: () => storage,
    reach(who) {
      let api = reached.get(who.id)
      if (api === undefined) {
        api = network?.reach(who) ?? lyingApi(coreApi(core, () => server.session(who)))
        reached.set(who.id, api)
      }
      return api
    },
    async session(who) {
      const name = idText(who.id)
      const known = sessions.get(name)
      const live = known === undefined ? null : await core.session(known.token)
      if (live !== null) return live
      const challenge = core.challenge()
      const signature = await sign(who.signing, signInMessage(challenge, who.account, who.id))
      const answer = await core.signIn({ account: who.account, device: who.id, nonce: challenge.nonce, signature })
      if ('type' in answer) return answer
      const session = await core.session(answer.token)
      if (session === null) throw new Error('a new session does not hold')
      sessions.set(name, { token: answer.token, session })
      return session
    },
    image() {
      if (ground !== null) return null
      return { disk: copyMemoryServerDisk(disk), grants: copyGrants(server.grants), now: server.now }
    },
    async begin(chance, image) {
      random = simRandom(`${seed} server ${chance}`)
      server.now = image?.now ?? START
      server.signedAhead = 0
      server.grants = image === null ? new Map() : copyGrants(image.grants)
      if (image === null) return
      await stop()
      disk = copyMemoryServerDisk(image.disk)
      await start()
    },
    noteControl(_vault, entries) {
      for (const entry of entries) {
        const body = decodeAs(ControlBody, entry.body)!
        if (body.type === 'grant') {
          const id = idText(body.grant!)
          const opens = entry.parts.map((part) => decodeAs(PartOpen, part.open!)!)
          const open = opens.find((part) => part.grant !== null && idText(part.grant) === id)!
          if (server.grants.has(id)) continue
          server.grants.set(id, {
            id,
            account: idText(open.recipient),
            streams: new Map(open.streams.map(({ stream, rights }) => [idText(stream), rights])),
            notBefore: open.notBefore,
            notAfter: open.notAfter,
            cut: false,
            cutEpochs: new Map(),
          })
        }
        if (body.type === 'cut' && body.cut?.grant) {
          const grant = server.grants.get(idText(body.cut.grant))!
          grant.cut = true
          for (const { stream, epoch } of body.epochs) grant.cutEpochs.set(idText(stream), epoch)
        }
      }
    },
    async restart() {
      await stop()
      await start()
    },
    async keep() {
      await stop()
      ground?.keep()
      await start()
    },
    async renew() {
      await stop()
      ground?.putBack()
      await start()
    },
    async close() {
      await stop()
      await ground?.remove()
    },
  }
  await start()
  return server
}

function copyGrants(grants: Map<string, KnownGrant>): Map<string, KnownGrant> {
  return new Map([...grants].map(([id, grant]) => [id, { ...grant, cutEpochs: new Map(grant.cutEpochs) }]))
}

/** What the model says that an account may read now: grants in force, within their window, with the read right. */
export function mayRead(server: SimServer, account: string, stream: string): boolean {
  return [...server.grants.values()].some(
    (grant) =>
      grant.account === account &&
      !grant.cut &&
      grant.notBefore <= server.now &&
      server.now < grant.notAfter &&
      ((grant.streams.get(stream) ?? 0) & 1) !== 0,
  )
}
