/**
 * A live connection that the network has forgotten (S7): a computer that woke up elsewhere, a router that was started again. Nothing passes over
 * it any more, and no end of it hears so. A real device's connection and sync loop, over real TCP, with a real server.
 */
import { HttpServer, serverInfo, SyncLoop, type LiveNews } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount, createVault, createWriter, sealDrafts } from '../../support/author.ts'
import { noteOutcome } from '../../support/fault-report.ts'
import { connectDevice } from '../../support/http-device.ts'
import { startServer, type ListeningServer } from '../../support/listening-server.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

/** How long a device waits for an answer; 30 seconds in the app. */
const PATIENCE_MS = 250

let proxy: TcpProxy
let real: ListeningServer
beforeAll(async () => {
  proxy = await startTcpProxy()
  real = await startServer({ audience: proxy.address })
  proxy.target = Number(new URL(real.address).port)
})
afterAll(async () => {
  await proxy.close()
  await real.close()
})

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function member() {
  const account = await createAccount()
  const info = await serverInfo(proxy.address)
  if (info.type !== 'ok') throw new Error(info.type)
  const { key } = info.value
  const server = new HttpServer({
    address: proxy.address,
    account: account.id,
    device: account.device,
    serverKey: () => key,
    timeoutMs: PATIENCE_MS,
  })
  expect((await server.register(account.entries[0]!, null)).type).toBe('ok')
  return { account, server }
}

test('S7: a live connection on which no greeting comes back is given up, and the next pass opens another', async () => {
  const { server } = await member()
  expect((await server.vaults()).type).toBe('ok')
  proxy.set({ type: 'silent' })
  await new Promise<void>((resolve) => server.openLive(() => {}, resolve))
  proxy.set(null)
  const word = await new Promise<string>((resolve) => {
    const line = server.openLive(
      ({ type }) => {
        resolve(type)
        line.close()
      },
      () => resolve('closed'),
    )
  })
  expect(word).toBe('ready')
})

test('P6, S7: forgotten: a live connection that no network carries any more is found out by the next pass, and hints come again over a new one', async () => {
  const { account, server } = await member()
  const vault = await createVault(account)
  const writer = createWriter(vault, account, vault.streams[0]!)
  expect((await server.postControl(vault.id, vault.entries)).type).toBe('ok')

  /** It writes elsewhere too, in a session of its own. */
  const elsewhere = await connectDevice(real.address, account)
  const write = async () => {
    await elsewhere.push(vault.id, await sealDrafts(writer, [{}]))
  }

  const heard: string[] = []
  let lines = 0
  let tell = () => {}
  const loop = new SyncLoop({
    async pass() {
      loop.listen((onNews, onClosed) => {
        const line = ++lines
        const onHeard = (news: LiveNews) => {
          heard.push(`${line} ${news.type}`)
          onNews(news)
          tell()
        }
        return server.openLive(onHeard, onClosed)
      })
    },
    brief: async () => true,
    hasServer: () => true,
    isAway: () => false,
    makeReady: async () => {},
    mayWait: () => true,
    hasProblem: () => false,
  })
  /** What is heard next, once `work` was done. */
  async function after(work: () => Promise<void>): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>()
    tell = resolve
    await work()
    await promise
    return heard.at(-1)!
  }

  expect(await after(() => loop.syncNow())).toBe('1 ready')
  await loop.syncNow()
  await later(2 * PATIENCE_MS)
  expect(await after(write), 'one that answers stays').toBe('1 page')

  proxy.set({ type: 'forgotten' })
  await write()
  await later(2 * PATIENCE_MS)
  expect(heard, 'nothing says that it is over').toHaveLength(2)
  expect(await after(() => loop.syncNow())).toBe('2 ready')
  expect(await after(write)).toBe('2 page')
  await loop.stop()
  noteOutcome('forgotten', 'confirmed')
})
