import { randomBytes } from '@chartkeep/crypto'
import { COLLECTIONS } from '@chartkeep/domain'
import { accountIdOf } from '@chartkeep/protocol'
import {
  AccountBook,
  ACCESS_LOG,
  appendControl,
  createDevice,
  createPageSizes,
  genesisEntry,
  grantsToRoles,
  openBoxKeys,
  openVault,
  recoveryDevice,
  vaultEntry,
} from '@chartkeep/sync/testing'
import { expect, test } from 'vitest'
import { memoryHome, memoryRows, type RowsDisk } from '../../support/memory-rows.ts'

test('C12, C1: the vault of a practice comes to be with what its roles are granted in one durable entry: no pass finds a part of it, and no kill leaves one', async () => {
  const device = createDevice(randomBytes)
  const founder = { id: randomBytes(16), name: 'Dr Lin', roles: ['admin' as const] }
  const genesis = await genesisEntry(device, recoveryDevice(randomBytes(20)), 'Clinic', randomBytes, founder)
  const accounts = await AccountBook.open(memoryHome([]))
  await accounts.append(null, [genesis.entry])
  const account = accountIdOf(genesis.entry.body)
  const state = accounts.lookup(account)!
  const names = COLLECTIONS.filter((name) => name !== 'audit')
  const lists = names.map((name) => ({ name: name as string, appendOnly: false }))
  const logs = [
    { name: 'audit', appendOnly: true },
    { name: ACCESS_LOG, appendOnly: true },
  ]
  const { vault, entry } = await vaultEntry([...lists, ...logs], { account: state, device, time: 1000, randomBytes })
  const disk: RowsDisk = []
  const now = () => 1000
  const machine = await openVault({
    vault,
    rows: memoryRows(disk),
    clock: { now },
    randomBytes,
    accounts,
    account,
    device,
    boxKeys: () => openBoxKeys(state, device),
    serverKey: () => null,
    pageSizes: createPageSizes({ now }),
  })

  const granted = await grantsToRoles(machine, entry, 'Clinic')
  expect([machine.control, disk]).toEqual([null, []])
  expect((await appendControl(machine, [entry, ...granted])).type).toBe('ok')
  expect(disk.filter(({ sync }) => sync.some(({ table }) => table === 'control'))).toHaveLength(1)
  const roles = [...machine.control!.grants.values()].map(({ role }) => role)
  expect(roles).toEqual(['physician', 'nurse', 'scribe', 'auditor'])
  expect([...machine.keys.labels.values()].map(({ grantee }) => grantee)).toEqual(roles.map(() => 'Clinic'))
  for (const stream of machine.control!.streams.keys()) expect(machine.keys.streams.has(stream)).toBe(true)
})
