/** H7: the states of the disk, how often it is looked at, and which entries of the logs are relief. */
import type { AccountEntryBody } from '@chartkeep/protocol/account'
import type { ControlBody } from '@chartkeep/protocol/control'
import { createDiskRoom, guardStorage, isDiskFull, kindOf, ServerFullError } from '@chartkeep/sync-server/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryServerDisk, memoryServerStorage } from '../../support/memory-server-storage.ts'

const MIB = 1024 ** 2
let time = 0
let free: number | null = 0
let used = 0
let looks = 0
const createRoom = (floor = 10 * MIB, serverBytes = 1000 * MIB) =>
  createDiskRoom({
    free: () => {
      looks += 1
      return free
    },
    used: () => used,
    floorBytes: () => floor,
    serverBytes,
    now: () => time,
  })

beforeEach(() => {
  time = 1_000_000
  free = 100 * MIB
  used = 0
  looks = 0
})

describe('the states', () => {
  test.each([
    [100, 0, 'roomy'],
    [20, 0, 'roomy'],
    [19, 0, 'low'],
    [10, 0, 'low'],
    [9, 0, 'relief'],
    [0, 0, 'relief'],
    [100, 1000, 'roomy'],
    [100, 1001, 'relief'],
  ])('H7: with %i MiB free and %i used: %s', (freeMib, usedMib, state) => {
    free = freeMib * MIB
    used = usedMib * MIB
    const room = createRoom()
    expect(room.state()).toBe(state)
    expect(room.refusesGrowth()).toBe(state === 'relief')
  })

  test('H7: where the system does not say what is free, only the limit of the server and a failed write refuse', () => {
    free = null
    const room = createRoom()
    expect(room.state()).toBe('roomy')
    room.noteFull()
    expect(room.state()).toBe('full')
  })

  test('H7: the disk is looked at once a second, and before each write of over a megabyte', () => {
    const room = createRoom()
    for (let ask = 0; ask < 100; ask++) room.refusesGrowth(1000)
    expect(looks).toBe(1)
    free = 5 * MIB
    expect(room.refusesGrowth(MIB)).toBe(false)
    expect(room.refusesGrowth(MIB + 1)).toBe(true)
    expect(looks).toBe(2)
    free = 100 * MIB
    time += 1000
    expect(room.refusesGrowth()).toBe(false)
    // A clock that went back keeps nobody from looking.
    free = 5 * MIB
    time -= 500_000
    expect(room.refusesGrowth()).toBe(true)
  })

  test('H7: a write must fit above the floor', () => {
    free = 12 * MIB
    expect(createRoom().refusesGrowth(2 * MIB)).toBe(false)
    expect(createRoom().refusesGrowth(3 * MIB)).toBe(true)
  })

  test('H7: after a failed write nothing grows for 5 seconds, and then it is tried again', () => {
    const room = createRoom()
    room.noteFull()
    time += 4999
    expect([room.state(), room.refusesGrowth()]).toEqual(['full', true])
    time += 1
    expect(room.refusesGrowth()).toBe(false)
  })
})

const failure = (fields: object) => Object.assign(new Error('x'), fields)

test.each([
  ['SQLITE_FULL', failure({ errcode: 13 }), true],
  ['ENOSPC', failure({ code: 'ENOSPC' }), true],
  ['a quota of the user', failure({ code: 'EDQUOT' }), true],
  ['what the guard throws', new ServerFullError('x'), true],
  ['an I/O error', failure({ errcode: 10 }), false],
  ['any other', new Error('disk is full'), false],
  ['nothing', null, false],
])('H7: %s is a full disk: %s', (_name, error, isFull) => {
  expect(isDiskFull(error)).toBe(isFull)
})

test('H7: an I/O error on a disk without a free byte is a full disk', () => {
  const room = createRoom()
  // SQLITE_IOERR_SHMSIZE
  const error = failure({ errcode: 4874 })
  expect(room.wasFull(error)).toBe(false)
  free = 0
  expect(room.wasFull(error)).toBe(true)
})

describe('what is relief', () => {
  const control = (type: string, cut: object | null = null) => ({ vault: new Uint8Array(), type, cut }) as ControlBody
  const account = (type: string) => ({ type }) as AccountEntryBody
  const cut = {}

  test.each([
    ['a cut', [control('cut', cut)], 'relief'],
    ['a cut that brings more', [control('grant', cut)], 'relief'],
    ['an epoch', [control('epoch')], 'relief'],
    ['a grant', [control('grant')], 'growth'],
    ['a cut and a grant', [control('cut', cut), control('grant')], 'growth'],
    ...['device-removed', 'member-removed', 'member-changed', 'kit-replaced', 'box-key'].map(
      (type) => [type, [account(type)], 'relief'] as const,
    ),
    ...['genesis', 'device-added', 'member-added', 'device-named', 'vaults'].map(
      (type) => [type, [account(type)], 'growth'] as const,
    ),
  ] as const)('H7: %s: %s', (_name, bodies, kind) => {
    expect(kindOf(bodies as unknown as ControlBody[])).toBe(kind)
  })
})

describe('storage on a disk that fills up', () => {
  const full = failure({ errcode: 13 })
  function world() {
    const disk = createMemoryServerDisk()
    const room = createRoom()
    const reserve = {
      left: 1,
      spend() {
        if (this.left === 0) return false
        this.left -= 1
        disk.refuseWith = null
        return true
      },
    }
    return { disk, room, reserve, storage: guardStorage(memoryServerStorage(disk), room, reserve) }
  }
  const mark = (value: string) => (tx: { setMark(name: 'head-time', value: string): void }) =>
    tx.setMark('head-time', value)

  test('H7: a commit that fails for want of space fails as full, and what follows is refused without a try', async () => {
    const { disk, storage, reserve } = world()
    disk.refuseWith = full
    await expect(storage.write(mark('1'))).rejects.toThrow(ServerFullError)
    disk.refuseWith = null
    let hasRun = false
    await expect(storage.write(() => void (hasRun = true))).rejects.toThrow(ServerFullError)
    expect([hasRun, reserve.left]).toEqual([false, 1])
    time += 5000
    await storage.write(mark('2'))
    expect(storage.read.mark('head-time')).toBe('2')
  })

  test('H7: relief gets the reserve and is tried again at once; growth that shared its commit is not', async () => {
    const { disk, storage, reserve } = world()
    disk.refuseWith = full
    const grown = storage.write((tx) => tx.setMark('restored', 'x'))
    const cut = storage.write(mark('3'), 'relief')
    await expect(grown).rejects.toThrow(ServerFullError)
    await cut
    expect(reserve.left).toBe(0)
    expect([storage.read.mark('head-time'), storage.read.mark('restored')]).toEqual(['3', null])
  })

  test('H7: without a reserve relief fails as full, and goes through once there is room', async () => {
    const { disk, storage, reserve } = world()
    reserve.left = 0
    disk.refuseWith = full
    await expect(storage.write(mark('4'), 'relief')).rejects.toThrow(ServerFullError)
    disk.refuseWith = null
    await storage.write(mark('5'), 'relief')
    expect(storage.read.mark('head-time')).toBe('5')
  })

  test('H7: any other failure stays what it is', async () => {
    const { disk, storage, reserve, room } = world()
    disk.refuseWith = failure({ errcode: 11 })
    await expect(storage.write(mark('6'), 'relief')).rejects.toThrow('x')
    expect([reserve.left, room.state()]).toEqual([1, 'roomy'])
  })
})
