/**
 * What a world of the simulation is on when nothing is in for a disk or a wire: the server's SQLite file behind Fastify on a port of
 * this machine, reached by the http client that ships, and for each device the sealed stores of the app over SQLite logs. Clocks, fates of
 * calls and of commits, people and chance are those of the core scenarios.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCbor } from '@chartkeep/crypto/encoding'
import { openAccountStore, openVaultStore, type AccountStore, type SyncRow, type VaultStore } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { accountRows, HttpServer, vaultRows, type VaultRows } from '@chartkeep/sync/testing'
import { createApp, openSqliteStorage } from '@chartkeep/sync-server/testing'
import { DiskFullError, readRow, type DiskGate, type SimDisk, type SimStore } from './sim-disk.ts'
import type { WorldGround } from './sim-world.ts'

const STORE_KEY = new Uint8Array(32).fill(5)
/** Asking without end is what a simulation does; limits of rate have tests of their own. */
const NO_LIMIT = 1_000_000_000

/** A place on this machine; `serverKey` is known once the server is there. */
export async function realGround(serverKey: () => Uint8Array): Promise<WorldGround> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chartkeep-real-'))
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  let stores = 0
  return {
    server: {
      audience: address,
      open: () => openSqliteStorage(join(folder, 'server.sqlite')),
      async listen(core) {
        const rates = { requestsPerMinute: NO_LIMIT, addressRequestsPerMinute: NO_LIMIT, signInsPerMinute: NO_LIMIT }
        const app = await createApp({ core, appFolder: null, demo: false, logLevel: 'silent', rates })
        await app.listen({ host: '127.0.0.1', port })
        return {
          reach: ({ account, id, signing }) => new HttpServer({ address, account, device: { id, signing }, serverKey }),
          close: () => app.close(),
        }
      },
      keep: () => copyFileSync(join(folder, 'server.sqlite'), join(folder, 'kept.sqlite')),
      putBack() {
        for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `server.sqlite${end}`), { force: true })
        copyFileSync(join(folder, 'kept.sqlite'), join(folder, 'server.sqlite'))
      },
      async remove() {
        rmSync(folder, { recursive: true, force: true })
      },
    },
    store: (device) => sealedStore(folder, `${++stores}-${device}`),
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** The sealed stores of one device. After a crash the files are opened as they were on the disk at that moment, as after a kill. */
function sealedStore(folder: string, name: string): SimStore {
  let life = 0
  let open: { vault: VaultStore; home: AccountStore } | null = null
  const path = (what: string, which: number) => join(folder, `${name}-${which}-${what}.sqlite`)

  async function close(): Promise<void> {
    await open?.vault.close()
    await open?.home.close()
    open = null
  }

  return {
    losesSuffix: false,
    async open(homeDisk, disk, gate) {
      life++
      if (open !== null) {
        for (const file of readdirSync(folder).filter((each) => each.startsWith(`${name}-${life - 1}-`)))
          copyFileSync(join(folder, file), join(folder, file.replace(`${name}-${life - 1}-`, `${name}-${life}-`)))
        await close()
      }
      const source = (what: string) => ({ name: `${name}.${what}`, key: STORE_KEY, log: sqliteLog(path(what, life)) })
      const [vault, home] = [await openVaultStore(source('vault')), await openAccountStore(source('home'))]
      if (vault.type !== 'vault' || home.type !== 'home') throw new Error(`${name}: ${vault.type} ${home.type}`)
      open = { vault, home }
      // Whom this device had met before the scenario began.
      if (life === 1)
        for (const { sync } of homeDisk)
          await home.commit({ sync: sync.map((row) => ({ ...row, value: readRow(row) })) })
      const rows = accountRows(home)
      const vaults = vaultRows(vault)
      return {
        rows: {
          ...vaults,
          commit: (change) => throughGate(disk, gate, async () => (await vaults.commit(change), change)),
        },
        home: {
          ...rows,
          commit: (given) =>
            throughGate(homeDisk, gate, async () => {
              let sync: SyncRow[] = []
              await rows.commit(() => {
                const write = typeof given === 'function' ? given() : { rows: given }
                sync = write?.rows ?? []
                return write
              })
              return { sync }
            }),
        },
      }
    },
    async close() {
      await close()
      for (const file of readdirSync(folder).filter((each) => each.startsWith(`${name}-`))) rmSync(join(folder, file))
    },
  }
}

/** A commit meets its fate before it reaches the store; what was written is kept in a list next to it, for the properties to read. */
async function throughGate(
  disk: SimDisk,
  gate: DiskGate,
  write: () => Promise<Parameters<VaultRows['commit']>[0]>,
): Promise<void> {
  const byPerson = gate.isPersonActing()
  const fate = gate.fate()
  if (fate === 'refuse') throw new DiskFullError('quota exceeded')
  if (fate !== 'die-before') {
    const { records = [], remove = [], sync = [], durability = 'strict' } = await write()
    disk.push({
      records: records.map((row) => ({ ...row })),
      remove,
      sync: sync.map(({ table, key, value }) => ({ table, key, bytes: value === null ? null : encodeCbor(value) })),
      strict: durability === 'strict',
      byPerson,
    })
  }
  if (fate !== 'write') {
    gate.die()
    await new Promise<never>(() => {})
  }
}
