/** Changes of one row of home that are made in the same moment, over the real store: each is made of what the one before it has left. */
import { randomBytes } from '@chartkeep/crypto'
import { accountIdOf, idText } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { openAccountStore } from '@chartkeep/store'
import {
  AccountBook,
  createDevice,
  createPageSizes,
  deviceNamedEntry,
  EndedCharts,
  genesisEntry,
  HeldCharts,
  ACCOUNT_TABLE,
  accountRows,
  openBoxKeys,
  postDepartures,
  recoveryDevice,
  ServerLosses,
  type AccountRows,
} from '@chartkeep/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createMemoryDisk, memoryLog } from '../../support/memory-log.ts'
import { memoryHome } from '../../support/memory-rows.ts'

const nothing = () => {
  throw new Error('this is not asked for')
}

async function openHome(): Promise<AccountRows> {
  const home = await openAccountStore({ name: 'home', key: randomBytes(32), log: memoryLog(createMemoryDisk()) })
  if (home.type !== 'home') throw new Error(home.type)
  onTestFinished(() => home.close())
  return accountRows(home)
}

test('C10, Y2: the end of a chart and its departures remain, whatever else is noted of it in the same moment', async () => {
  const home = await openHome()
  const vault = idText(randomBytes(16))
  const row = { slot: 's', ended: false, undelivered: 0, waiting: 1, conflicts: 0 }
  await home.commit([{ table: ACCOUNT_TABLE.vaults, key: vault, value: row }])
  const ended = new EndedCharts({
    accountStore: home,
    platform: {} as never,
    open: {} as never,
    device: nothing,
    serverKey: nothing,
    pageSizes: createPageSizes({ now: nothing }),
    isLocked: nothing,
    update: nothing,
    changed: () => {},
  })
  const departure = (n: number) => ({ body: Uint8Array.of(n), signature: Uint8Array.of(n) })
  const kept = (n: number) => ({ grants: [], own: {}, departures: { [`grant ${n}`]: departure(n) } })
  await Promise.all([ended.end(vault, 2, kept(1)), ended.end(vault, 3, kept(2))])
  expect(home.get(ACCOUNT_TABLE.vaults, vault)).toMatchObject({ ended: true, undelivered: 3, waiting: 0 })
  expect(Object.keys((home.get(ACCOUNT_TABLE.ended, vault) as { departures: object }).departures)).toEqual([
    'grant 1',
    'grant 2',
  ])

  // The server has one of them, and one more comes while it answers.
  const server = { depart: async () => (void ended.end(vault, 3, kept(3)), { type: 'ok', value: null }) }
  await postDepartures(home, server as never)
  expect(Object.keys((home.get(ACCOUNT_TABLE.ended, vault) as { departures: object }).departures)).toEqual(['grant 3'])
})

test('C13, Y2: the end of an opening remains, whatever is noted of the opening in the same moment', async () => {
  const home = await openHome()
  const held = new HeldCharts({
    accountStore: home,
    accounts: {} as never,
    account: randomBytes(16),
    boxKeys: nothing,
    serverKey: nothing,
  })
  const opening = { vault: 'v', from: 1000, until: 9000, reason: 'fall' }
  await held.keepOpening('grant', { ...opening, clockAhead: 500 })
  await Promise.all([
    held.noted('grant', 1000),
    held.end(['grant'], 5000, () => []),
    held.setClock('v', 1000, 1200),
    held.endTold('grant', 1000, 'noted'),
  ])
  const ended = { at: 5000, told: 'noted' }
  expect(held.opening('grant')).toEqual({ ...opening, reason: null, clockAhead: 200, ended })
  await Promise.all([held.endTold('grant', 1000, 6000), held.noted('grant', 1000), held.noted('grant', 999)])
  expect(held.opening('grant')).toMatchObject({ until: 5000, ended: { at: 5000, told: 'told' } })
})

test('K4, Y2: an entry of the account that comes by the answer to it and by a reading of the log is there once, and the later state stays', async () => {
  const home = await openHome()
  const first = createDevice(randomBytes)
  const { entry } = await genesisEntry(first, recoveryDevice(randomBytes(20)), 'Laptop', randomBytes)
  const book = await AccountBook.open(home)
  const account = accountIdOf(entry.body)
  expect(await Promise.all([book.append(null, [entry]), book.append(null, [entry])])).toEqual([true, true])
  const keys = openBoxKeys(book.lookup(account)!, first)
  const named = (state: AccountState, name: string) => deviceNamedEntry(state, first, first.id, name, keys, randomBytes)
  const aside = await AccountBook.open(memoryHome([]))
  await aside.append(null, [entry])
  const second = await named(aside.lookup(account)!, 'Desk')
  await aside.append(account, [second])
  const third = await named(aside.lookup(account)!, 'Study')
  const both = [book.append(account, [second, third]), book.append(account, [second])]
  expect(await Promise.all(both)).toEqual([true, true])
  expect(book.lookup(account)!.n).toBe(3)
  expect(await book.append(account, [entry, second])).toBe(true)
  // Another entry in the place of one that is here is no more than it was.
  expect(await book.append(account, [await named(aside.lookup(account)!, 'Other')])).toBe(false)
  expect((await AccountBook.open(home)).lookup(account)!.n).toBe(3)
})

test('S9, Y2: that a person has read of a loss remains, and so does that all is back, where both come in the same moment', async () => {
  const home = await openHome()
  let shown = 0
  const losses = new ServerLosses(home, () => shown++)
  expect(await losses.note(70, false)).toBe(true)
  expect(losses.shown).toMatchObject({ since: 70, whole: false })
  const [isWhole] = await Promise.all([losses.passed([]), losses.acknowledge()])
  expect([isWhole, losses.shown, shown]).toEqual([true, null, 3])
  expect(await losses.passed([])).toBe(false)
})
