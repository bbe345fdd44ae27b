import { randomBytes } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { chartProjection } from '@chartkeep/domain'
import { openAccountStore, openVaultStore } from '@chartkeep/store'
import {
  ChartProjections,
  createPageSizes,
  EndedCharts,
  ACCOUNT_TABLE,
  accountRows,
  TABLE,
  vaultRows,
  type Answer,
} from '@chartkeep/sync/testing'
import { idText } from '@chartkeep/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { bytesOnDisk, createMemoryDisk, memoryLog } from '../../support/memory-log.ts'
import { canBeRead } from '../../support/sealed-bytes.ts'

/** A home on a disk that never compacts by itself, and whether its bytes hold a text. */
async function openHome() {
  const key = randomBytes(32)
  const disk = createMemoryDisk()
  const home = await openAccountStore({ name: 'home', key, log: memoryLog(disk), compaction: { floorBytes: Infinity } })
  if (home.type !== 'home') throw new Error(home.type)
  onTestFinished(() => home.close())
  return { rows: accountRows(home), holds: (text: string) => canBeRead(bytesOnDisk(disk), key, utf8ToBytes(text)) }
}

test('C10, ST15: what a practice has at hand of a chart, and of lists that it no longer reads, leaves the disk when it is made again', async () => {
  const { rows, holds } = await openHome()
  const digests = new ChartProjections(rows)
  const digest = chartProjection([], { readable: ['profile'], account: '', reader: { now: 0, zone: 'UTC' } })
  expect(await digests.keep('chart', { ...digest, name: 'Penicillin' }, false)).toBe(true)
  expect(await digests.keep('chart', { ...digest, name: 'Chen Mei' }, false)).toBe(true)
  expect(await holds('Penicillin'), 'a change of what is read').toBe(true)
  expect(await digests.keep('chart', digest, true)).toBe(true)
  expect([await holds('Penicillin'), await holds('Chen Mei')]).toEqual([false, false])
  expect(digests.of('chart')).toEqual(digest)
})

test('C10, ST15: what a practice had at hand of a chart is no longer on the disk when access has ended, also while something of it waits to be submitted', async () => {
  const { rows, holds } = await openHome()
  const nothing = () => {
    throw new Error('an end asks for nothing else')
  }
  const ended = new EndedCharts({
    accountStore: rows,
    platform: {} as never,
    open: {} as never,
    device: nothing,
    serverKey: nothing,
    pageSizes: createPageSizes({ now: nothing }),
    isLocked: nothing,
    update: nothing,
    changed: () => {},
  })
  const digest = '{"allergies":"Penicillin"}'
  await rows.commit([
    { table: ACCOUNT_TABLE.vaults, key: 'chart', value: { slot: 's', ended: false } },
    { table: ACCOUNT_TABLE.care, key: 'chart', value: digest },
  ])
  expect(await holds('Penicillin')).toBe(true)
  await ended.end('chart', 2, { grants: [], own: {} })
  expect(rows.get(ACCOUNT_TABLE.vaults, 'chart')).toMatchObject({ ended: true, undelivered: 2 })
  expect(rows.get(ACCOUNT_TABLE.care, 'chart')).toBeUndefined()
  expect(await holds('Penicillin')).toBe(false)
})

test.each([
  ['server-error', 2],
  ['refilling', 2],
  ['too-late', 1],
] as const)(
  'C10, C11: what waits to be submitted is tried at the next contact where the server only failed, after the next unlock where it said no: %s',
  async (error, times) => {
    const { rows } = await openHome()
    const vault = idText(randomBytes(16))
    const key = randomBytes(32)
    const disk = createMemoryDisk()
    const store = await openVaultStore({ name: 'log', key, log: memoryLog(disk) })
    if (store.type !== 'vault') throw new Error(store.type)
    const hash = randomBytes(32)
    const envelope = { header: randomBytes(303), body: randomBytes(328), proof: {}, hash }
    await vaultRows(store).commit({ sync: [{ table: TABLE.undelivered, key: idText(hash), value: envelope }] })
    await store.close()
    const row = { slot: 's', log: 'log', key, ended: true, undelivered: 1, name: '', birthDate: '' }
    await rows.commit([{ table: ACCOUNT_TABLE.vaults, key: vault, value: row }])
    const ended = new EndedCharts({
      accountStore: rows,
      platform: { log: () => memoryLog(disk) } as never,
      open: { get: () => undefined, has: () => false } as never,
      device: () => randomBytes(16),
      serverKey: () => randomBytes(32),
      pageSizes: createPageSizes({ now: () => 0 }),
      isLocked: () => false,
      update: async () => {},
      changed: () => {},
    })
    let asked = 0
    const server = { submitLate: async (): Promise<Answer<never>> => (asked++, { type: 'error', error }) }
    await ended.submitLate(server as never)
    await ended.submitLate(server as never)
    expect(asked).toBe(times)
  },
)

/** A chart that had ended, with a store whose end takes as long as `destroyed` says, and screens that hold it until `closed`. */
async function endedChart({ destroyed = Promise.resolve(), closed = Promise.resolve() }) {
  const { rows } = await openHome()
  const vault = idText(randomBytes(16))
  const key = randomBytes(32)
  const row = { slot: 'old', log: 'log', key, ended: true, undelivered: 0, name: 'Mei', birthDate: '' }
  await rows.commit([{ table: ACCOUNT_TABLE.vaults, key: vault, value: row }])
  const gone: string[] = []
  const ended = new EndedCharts({
    accountStore: rows,
    platform: {
      log: (name: string) => ({ destroy: () => destroyed.then(() => void gone.push(name)) }),
      randomBytes,
      clock: { now: () => 1000 },
    } as never,
    open: { has: () => false, close: () => closed } as never,
    device: () => randomBytes(16),
    serverKey: () => null,
    pageSizes: createPageSizes({ now: () => 0 }),
    isLocked: () => false,
    async update(id, change) {
      await rows.commit(() => {
        const before = rows.get(ACCOUNT_TABLE.vaults, id) as never
        const next = typeof change === 'function' ? change(before) : change
        return { rows: [{ table: ACCOUNT_TABLE.vaults, key: id, value: { ...(before as object), ...next } as never }] }
      })
    },
    changed: () => {},
  })
  const now = () => rows.get(ACCOUNT_TABLE.vaults, vault) as unknown as typeof row
  return { ended, vault, key, gone, now }
}

test('C10, C13: a chart that is opened again while its old store is being destroyed has a new one, under a key of its own', async () => {
  let goOn = () => {}
  const destroyed = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const { ended, vault, key, gone, now } = await endedChart({ destroyed })
  const destroying = ended.destroy()
  const regaining = ended.regain(vault)
  goOn()
  await Promise.all([destroying, regaining])
  expect(gone).toEqual(['log'])
  expect(now()).toMatchObject({ ended: false, name: '' })
  expect(now().slot).not.toBe('old')
  expect(now().log).not.toBe('log')
  expect([now().key.every((byte) => byte === 0), idText(now().key) === idText(key)]).toEqual([false, false])
})

test('C10, C13: a chart that is being opened again is not destroyed, and twice at one time is once', async () => {
  let goOn = () => {}
  const closed = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const { ended, vault, key, gone, now } = await endedChart({ closed })
  const regaining = ended.regain(vault)
  const rest = [ended.destroy(), ended.submitLate({} as never), ended.regain(vault)]
  goOn()
  await regaining
  const { slot } = now()
  await Promise.all(rest)
  expect(gone).toEqual([])
  expect(now()).toMatchObject({ ended: false, log: 'log', key, slot, name: 'Mei' })
})
