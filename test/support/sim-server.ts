/** The real server core on real SQLite files, with a clock that the simulation moves, restarts, and a record of what it answered to whom. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sign, signingKeyPairFromSeed, type SigningKeyPair } from '@chartkeep/crypto'
import {
  ControlBody,
  decodeAs,
  idText,
  PartOpen,
  signInMessage,
  type ControlEntry,
  type SyncError,
} from '@chartkeep/protocol'
import {
  createServerCore,
  openSqliteStorage,
  type ServerCore,
  type ServerSession,
  type Storage,
} from '@chartkeep/sync-server'
import { simRandom } from './sim-random.ts'

export const START = Date.UTC(2026, 5, 1, 12)
const AUDIENCE = 'http://localhost:8787'

/** What the simulation itself knows of a grant, read from the entries that the server has stored. */
export interface KnownGrant {
  id: string
  account: string
  streams: Map<string, number>
  notBefore: number
  notAfter: number
  /** Entries of each stream at the server when the cut was stored; null while it stands. */
  cut: boolean
  /** Epoch of each of its streams that the cut opened. */
  cutEpochs: Map<string, number>
}

export interface SimServer {
  now: number
  readonly key: Uint8Array
  readonly signing: SigningKeyPair
  core(): ServerCore
  storage(): Storage
  /** A session of the device; signs in when there is none that holds. */
  session(who: { account: Uint8Array; id: Uint8Array; signing: SigningKeyPair }): Promise<ServerSession | SyncError>
  /** Tells the model that these entries are stored. */
  noteControl(vault: Uint8Array, entries: ControlEntry[]): void
  grants: Map<string, KnownGrant>
  restart(): Promise<void>
  close(): Promise<void>
}

export function createSimServer(seed: string): SimServer {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chartkeep-sim-'))
  const random = simRandom(`${seed} server`)
  const signing = signingKeyPairFromSeed(random.bytes(32))
  let storage: Storage
  let core: ServerCore
  let sessions = new Map<string, { token: string; session: ServerSession }>()
  const start = () => {
    storage = openSqliteStorage(join(folder, 'chartkeep.sqlite'))
    core = createServerCore({
      storage,
      signingKey: signing,
      clock: { now: () => server.now },
      timers: { after: () => () => {} },
      audience: AUDIENCE,
      randomBytes: random.bytes,
    })
    sessions = new Map()
  }
  const server: SimServer = {
    now: START,
    key: signing.publicKey,
    signing,
    grants: new Map(),
    core: () => core,
    storage: () => storage,
    async session(who) {
      const name = idText(who.id)
      const known = sessions.get(name)
      const live = known === undefined ? null : core.session(known.token)
      if (live !== null) return live
      const challenge = core.challenge()
      const signature = await sign(who.signing, signInMessage(challenge, who.account, who.id))
      const answer = await core.signIn({ account: who.account, device: who.id, nonce: challenge.nonce, signature })
      if ('type' in answer) return answer
      const session = core.session(answer.token)
      if (session === null) throw new Error('a new session does not hold')
      sessions.set(name, { token: answer.token, session })
      return session
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
      await core.close()
      start()
    },
    async close() {
      await core.close()
      rmSync(folder, { recursive: true })
    },
  }
  start()
  return server
}

/** What the model says that an account may read now: grants that stand, within their window, with the read right. */
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
