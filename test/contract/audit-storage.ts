/** What every adapter of the server's storage keeps to for the audit tree (A2, A3). */
import type { AuditHead, Storage, StoredLeaf } from '@chartkeep/sync-server/testing'
import { expect } from 'vitest'
import type { StorageRule } from './server-storage.ts'

const id = (byte: number) => new Uint8Array(16).fill(byte)
const hash = (byte: number) => new Uint8Array(32).fill(byte)
const vault = id(1)
const head = (size: number): AuditHead => ({ size, accessN: size, accessLeaf: hash(size) })
const leaf = (index: number, change: Partial<StoredLeaf> = {}): StoredLeaf => ({
  index,
  stream: null,
  n: index + 1,
  sealed: Uint8Array.of(index),
  time: 1000 * index,
  ...change,
})
const add = (storage: Storage, each: StoredLeaf, at = vault) =>
  storage.write((tx) => {
    tx.addAuditLeaf(at, each, [{ level: 0, index: each.index, hash: hash(each.index) }])
    tx.setAuditHead(at, head(each.index + 1))
  })
const sealedOf = (storage: Storage) => storage.read.auditLeaves(vault, 0, 99).map(({ sealed }) => sealed?.[0] ?? null)

export const auditStorageRules: StorageRule[] = [
  {
    name: 'A3: a vault without a tree has no head, no leaf, no node and no witness',
    async run(reopen) {
      const { read } = await reopen()
      expect([read.auditHead(vault), read.auditNode(vault, 0, 0)]).toEqual([null, null])
      expect([read.auditLeaves(vault, 0, 9), read.cosignatures(vault)]).toEqual([[], []])
    },
  },
  {
    name: 'A3: leaves, nodes and head read back in order, of their vault alone, also after closing',
    async run(reopen) {
      const first = await reopen()
      await add(first, leaf(0, { stream: id(7), n: 4, sealed: null }))
      await add(first, leaf(1))
      await add(first, leaf(0), id(2))
      const { read } = await reopen()
      expect(read.auditLeaves(vault, 0, 9)).toEqual([leaf(0, { stream: id(7), n: 4, sealed: null }), leaf(1)])
      expect(read.auditLeaves(vault, 1, 9)).toEqual([leaf(1)])
      expect(read.auditLeaves(vault, 0, 1)).toHaveLength(1)
      expect([read.auditHead(vault), read.auditHead(id(2))]).toEqual([head(2), head(1)])
      expect([read.auditNode(vault, 0, 1), read.auditNode(vault, 1, 0)]).toEqual([hash(1), null])
    },
  },
  {
    name: 'A3: a leaf that stands is never written over',
    async run(reopen) {
      const storage = await reopen()
      await add(storage, leaf(0))
      await expect(add(storage, leaf(0, { sealed: Uint8Array.of(99) }))).rejects.toThrow()
      expect(sealedOf(storage)).toEqual([0])
    },
  },
  {
    name: 'A2: what was sealed is dropped up to a leaf, the oldest are named in order, and every hash stays',
    async run(reopen) {
      const storage = await reopen()
      for (const index of [0, 1, 2, 3, 4])
        await add(storage, leaf(index, index === 1 ? { stream: id(7), sealed: null } : {}))
      expect(storage.read.oldestSealed(vault, 2)).toEqual([
        { index: 0, n: 1, time: 0 },
        { index: 2, n: 3, time: 2000 },
      ])
      await storage.write((tx) => tx.dropSealed(vault, 2))
      expect(sealedOf(storage)).toEqual([null, null, null, 3, 4])
      expect(storage.read.oldestSealed(vault, 9).map(({ index }) => index)).toEqual([3, 4])
      for (const index of [0, 1, 2, 3, 4]) expect(storage.read.auditNode(vault, 0, index)).toEqual(hash(index))
    },
  },
  {
    name: 'H8: what each device of a vault fetched last reads back, also after closing',
    async run(reopen) {
      const storage = await reopen()
      await storage.write((tx) => {
        tx.setAuditFetched(vault, id(8), { first: 0, next: 3 })
        tx.setAuditFetched(vault, id(9), { first: 2, next: 4 })
        tx.setAuditFetched(id(2), id(9), { first: 1, next: 2 })
        tx.setAuditFetched(vault, id(8), { first: 0, next: 7 })
      })
      const { read } = await reopen()
      expect(read.auditFetched(vault).toSorted((a, b) => a.first - b.first)).toEqual([
        { device: id(8), first: 0, next: 7 },
        { device: id(9), first: 2, next: 4 },
      ])
    },
  },
  {
    name: 'A3: of each device the newest cosigned head is kept',
    async run(reopen) {
      const storage = await reopen()
      const signed = (device: number, size: number) => ({
        account: id(50),
        device: id(device),
        size,
        checkpoint: `note ${size} — of ${device}`,
      })
      await storage.write((tx) => {
        tx.setCosignature(vault, signed(9, 1))
        tx.setCosignature(vault, signed(8, 2))
      })
      await storage.write((tx) => tx.setCosignature(vault, signed(9, 3)))
      const { read } = await reopen()
      expect(read.cosignatures(vault)).toEqual([signed(8, 2), signed(9, 3)])
      expect(read.cosignatures(id(2))).toEqual([])
    },
  },
  {
    name: 'S3: a job that fails leaves no leaf behind',
    async run(reopen) {
      const storage = await reopen()
      const job = storage.write((tx) => {
        tx.addAuditLeaf(vault, leaf(0), [{ level: 0, index: 0, hash: hash(0) }])
        tx.setAuditHead(vault, head(1))
        throw new Error('no')
      })
      await expect(job).rejects.toThrow('no')
      expect([storage.read.auditHead(vault), storage.read.auditLeaves(vault, 0, 9)]).toEqual([null, []])
    },
  },
]
