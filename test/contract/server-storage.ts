/** What every adapter of the server's storage keeps to (H4, S3). */
import {
  packRun,
  type DeviceTail,
  type Storage,
  type StoredBlob,
  type StoredEnvelope,
} from '@chartkeep/sync-server/testing'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { BatchProof, StreamEntry } from '@chartkeep/protocol/streams'
import { expect, vi } from 'vitest'

/** One rule: a sentence, and a run over storages on one disk that did not exist before. `reopen` closes the one before. */
export interface StorageRule {
  name: string
  run(reopen: () => Promise<Storage>): Promise<void>
}

const id = (byte: number) => new Uint8Array(16).fill(byte)
const hash = (byte: number) => new Uint8Array(32).fill(byte)
const bytes = (...values: number[]) => Uint8Array.from(values)
const entry = (byte: number) => ({ body: bytes(byte), signature: new Uint8Array(64) })
const vault = id(1)
const stream = id(2)
const account = id(3)
const device = id(4)

function envelope(n: number, change: Partial<StoredEnvelope> = {}): StoredEnvelope {
  return {
    n,
    outcome: 'current',
    hash: hash(n),
    h: hash(100 + n),
    header: bytes(1, n),
    bodyHash: hash(200 + n),
    body: bytes(2, n),
    proof: bytes(3, n),
    open: true,
    ...change,
  }
}

function blob(change: Partial<StoredBlob>): StoredBlob {
  const signed = { hashes: hash(7), body: bytes(8), signature: new Uint8Array(64) }
  return { account, total: 2, size: 9, signed, payer: null, touched: 0, isComplete: false, ...change }
}

const tail = (seq: number): DeviceTail => ({ seq, previous: hash(seq), voids: 0 })

/** Adds to the record of its number, or another one. */
function add(
  storage: Storage,
  added: StoredEnvelope,
  closes: number[] = [],
  at: { vault?: Uint8Array; stream?: Uint8Array; doc?: Uint8Array } = {},
): Promise<void> {
  const { doc = id(50 + added.n) } = at
  const next = [{ envelope: added, doc, closes }]
  return storage.write((tx) =>
    tx.addEnvelopes(at.vault ?? vault, at.stream ?? stream, next, { id: device, tail: tail(added.n) }),
  )
}

const numbers = (storage: Storage, after = 0) =>
  [...storage.read.envelopesAfter(vault, stream, after)].map(({ n, body, proof }) => [
    n,
    body?.[1] ?? null,
    proof?.[1] ?? null,
  ])

export const serverStorageRules: StorageRule[] = [
  {
    name: 'S3: a run of envelopes is stored as one by one: entries, head, device tail, and what each of them closes',
    async run(reopen) {
      const storage = await reopen()
      const run = [envelope(1), envelope(2), envelope(3)]
      const docs = [id(51), id(52), id(51)]
      await storage.write((tx) =>
        tx.addEnvelopes(
          vault,
          stream,
          run.map((each, at) => ({ envelope: each, doc: docs[at]!, closes: each.n === 3 ? [1] : [] })),
          { id: device, tail: tail(3) },
        ),
      )
      const { read } = await reopen()
      expect(numbers({ read } as Storage)).toEqual([
        [1, null, null],
        [2, 2, 2],
        [3, 3, 3],
      ])
      expect(read.streamHead(vault, stream)).toEqual({ n: 3, h: run[2]!.h })
      expect(read.deviceTail(vault, stream, device)).toEqual(tail(3))
      expect(read.envelopesOfDoc(vault, stream, id(51)).map(({ n }) => n)).toEqual([1, 3])
    },
  },
  {
    name: 'S3: entries of new records that were packed before are stored as one by one, and which records are known is told by place',
    async run(reopen) {
      const storage = await reopen()
      await add(storage, envelope(1))
      const packed = [envelope(2), envelope(3)].map((each) => packRun([each]))
      const docs = Uint8Array.from([...id(52), ...id(53)])
      const asked = Uint8Array.from([...id(50), ...id(51), ...id(99), ...id(53)])
      await storage.write((tx) => {
        expect(tx.knownDocs(vault, stream, asked)).toEqual([1])
        tx.addRuns(vault, stream, packed, docs, { id: device, tail: tail(3) })
        expect(tx.knownDocs(vault, stream, asked)).toEqual([1, 3])
        expect(tx.knownDocs(vault, id(98), asked)).toEqual([])
        expect(() => tx.addRuns(vault, stream, packed, docs, { id: device, tail: tail(3) })).toThrow('does not follow')
      })
      const { read } = await reopen()
      expect(numbers({ read } as Storage)).toEqual([
        [1, 1, 1],
        [2, 2, 2],
        [3, 3, 3],
      ])
      expect(read.envelopesOfDoc(vault, stream, id(53)).map(({ n, hash: each }) => [n, each])).toEqual([[3, hash(3)]])
      expect(read.currentOf(vault, stream, id(52))).toEqual(hash(2))
      expect(read.streamHead(vault, stream)).toEqual({ n: 3, h: envelope(3).h })
      expect(read.deviceTail(vault, stream, device)).toEqual(tail(3))
    },
  },
  {
    name: 'H4: a new storage holds nothing and says so without failing',
    async run(reopen) {
      const { read } = await reopen()
      expect([read.accountLength(account), read.controlLength(vault), read.bytesOf(account)]).toEqual([0, 0, 0])
      expect([read.accountEntries(account, 0, 9), read.controlEntries(vault, 0, 9), read.vaultsOf(account)]).toEqual([
        [],
        [],
        [],
      ])
      expect([read.accountOfLookup(id(9)), read.streamHead(vault, stream), read.envelopeAt(vault, stream, 1)]).toEqual([
        null,
        null,
        null,
      ])
      expect([read.envelopeByHash(vault, stream, id(1), hash(1)), read.currentOf(vault, stream, id(1))]).toEqual([
        null,
        null,
      ])
      expect([read.hashAt(vault, stream, 1), read.hasEnvelopes(vault, stream, [hash(1)])]).toEqual([null, false])
      expect([...read.runsAfter(vault, stream, 0)]).toEqual([])
      expect([
        read.deviceTail(vault, stream, device),
        read.chunk(vault, stream, id(1), 0),
        read.blobOf(vault, stream, id(1)),
      ]).toEqual([null, null, null])
      expect([[...read.envelopesAfter(vault, stream, 0)], read.envelopesOfDoc(vault, stream, id(1))]).toEqual([[], []])
      expect([read.admission(account), read.invite(hash(1)), read.mark('restored'), read.entriesOf(account)]).toEqual([
        null,
        null,
        null,
        0,
      ])
      expect(read.waitingAccounts()).toEqual({ count: 0, oldest: null })
    },
  },
  {
    name: 'H2: accounts wait, come by a grant or are members; one that waited can be forgotten and come again',
    async run(reopen) {
      const storage = await reopen()
      const waits = id(5)
      await storage.write((tx) => {
        tx.addAccountEntry(account, 1, entry(1))
        tx.setAdmission(account, { standing: 'member', since: 5 })
        for (const [each, since] of [
          [waits, 9],
          [id(6), 7],
        ] as const) {
          tx.addAccountEntry(each, 1, entry(2))
          tx.addEntries(each, 1)
          tx.setAdmission(each, { standing: 'waiting', since })
        }
      })
      expect(storage.read.admission(account)).toEqual({ standing: 'member', since: 5 })
      expect(storage.read.waitingAccounts()).toEqual({ count: 2, oldest: { account: id(6), since: 7 } })
      await storage.write((tx) => {
        tx.setAdmission(id(6), { standing: 'guest', since: 10 })
        tx.dropAccount(waits)
        expect(tx.admission(waits)).toBeNull()
      })
      const { read } = await reopen()
      expect(read.waitingAccounts()).toEqual({ count: 0, oldest: null })
      expect(read.admission(id(6))).toEqual({ standing: 'guest', since: 10 })
      expect([read.accountLength(waits), read.entriesOf(waits), read.accountLength(account)]).toEqual([0, 0, 1])
      const again = await reopen()
      await again.write((tx) => tx.addAccountEntry(waits, 1, entry(3)))
      expect(again.read.accountEntries(waits, 0, 9)).toEqual([entry(3)])
    },
  },
  {
    name: 'H9: places of the waiting room are counted by network; the widest with the most gives its oldest; tickets stand outside',
    async run(reopen) {
      const storage = await reopen()
      const network = (near: number, wide: number) => ({ near: id(near), wide: id(wide) })
      await storage.write((tx) => {
        const places = [
          [1, 90, network(10, 20)],
          [2, 10, network(11, 21)],
          [3, 80, network(10, 20)],
          [4, 85, network(12, 20)],
          [5, 1, null],
        ] as const
        for (const [each, since, from] of places) {
          tx.addAccountEntry(id(each), 1, entry(1))
          tx.setAdmission(id(each), { standing: 'waiting', since, network: from })
        }
        tx.addTicket({ account: id(5), member: id(40), since: 7 })
        tx.addTicket({ account: id(6), member: id(40), since: 6 })
        tx.addTicket({ account: id(5), member: id(41), since: 9 })
        expect(tx.isExpected(id(5))).toBe(true)
      })
      const { read, write } = await reopen()
      expect(read.waitingAccounts()).toEqual({ count: 4, oldest: { account: id(3), since: 80 } })
      expect(read.waitingOf(network(10, 20))).toEqual({ near: 2, wide: 3, oldest: { account: id(3), since: 80 } })
      expect(read.waitingOf(network(19, 29))).toEqual({ near: 0, wide: 0, oldest: null })
      expect(read.admission(id(1))).toEqual({ standing: 'waiting', since: 90, network: network(10, 20) })
      expect(read.admission(id(5))).toEqual({ standing: 'waiting', since: 1, network: null })
      expect(read.ticketsOf(id(40)).map(({ account: each }) => each)).toEqual([id(6), id(5)])
      expect(read.ticketsBefore(7)).toEqual([{ account: id(6), member: id(40), since: 6 }])
      await write((tx) => {
        tx.setAdmission(id(6), { standing: 'guest', since: 8 })
        tx.addTicket({ account: id(5), member: id(40), since: 20 })
        tx.dropTicket(id(5), id(41))
        tx.setAdmission(id(3), { standing: 'member', since: 8 })
      })
      const { read: after } = await reopen()
      // For one that is in there is no open ticket any more.
      expect(after.ticketsOf(id(40))).toEqual([{ account: id(5), member: id(40), since: 20 }])
      expect([after.isExpected(id(5)), after.isExpected(id(7)), after.ticketsOf(id(41))]).toEqual([true, false, []])
      expect(after.waitingAccounts()).toEqual({ count: 3, oldest: { account: id(4), since: 85 } })
      expect(after.admission(id(3))).toEqual({ standing: 'member', since: 8 })
      await (await reopen()).write((tx) => tx.putBackTimes(15, 5))
      expect((await reopen()).read.ticketsOf(id(40))).toEqual([{ account: id(5), member: id(40), since: 15 }])
    },
  },
  {
    name: 'H2: an invitation is there until it is dropped, and a job that throws drops none',
    async run(reopen) {
      const storage = await reopen()
      await storage.write((tx) => {
        tx.addInvite(hash(1), 100)
        tx.addInvite(hash(2), 200)
      })
      await expect(storage.write((tx) => tx.addInvite(hash(2), 300))).rejects.toThrow()
      await expect(
        storage.write((tx) => {
          tx.dropInvite(hash(1))
          throw new Error('on purpose')
        }),
      ).rejects.toThrow('on purpose')
      await storage.write((tx) => tx.dropInvite(hash(2)))
      const { read } = await reopen()
      expect([read.invite(hash(1)), read.invite(hash(2))]).toEqual([100, null])
    },
  },
  {
    name: 'S8, H5: what payers have stored is counted apart, and marks are kept until they are taken away',
    async run(reopen) {
      const storage = await reopen()
      await storage.write((tx) => {
        tx.addEntries(account, 2)
        tx.addBytes(account, 5)
        tx.addEntries(account, 3)
        tx.addBytes(id(9), 1)
        tx.setMark('head-time', '1')
        tx.setMark('head-time', '2')
        tx.setMark('restored', 'x')
      })
      await storage.write((tx) => tx.setMark('restored', null))
      const { read } = await reopen()
      expect([read.bytesOf(account), read.entriesOf(account), read.bytesOf(id(9)), read.entriesOf(id(9))]).toEqual([
        5, 5, 1, 0,
      ])
      expect([read.mark('head-time'), read.mark('restored')]).toEqual(['2', null])
    },
  },
  {
    name: 'H8: after an earlier clock was accepted what was noted later moves back with it, and what was noted before stays',
    async run(reopen) {
      const storage = await reopen()
      const [early, late] = [id(52), id(53)]
      const leaf = (index: number, time: number) => ({ index, stream: null, n: index + 1, sealed: hash(9), time })
      await storage.write((tx) => {
        tx.setAdmission(early, { standing: 'waiting', since: 50 })
        tx.setAdmission(late, { standing: 'waiting', since: 500 })
        tx.setGrantEnd(vault, early, 50)
        tx.setGrantEnd(vault, late, 500)
        tx.addAuditLeaf(vault, leaf(0, 500), [])
        tx.addAuditLeaf(vault, leaf(1, 50), [])
      })
      await storage.write((tx) => tx.putBackTimes(100, 420))
      const { read } = await reopen()
      expect([read.admission(early)?.since, read.admission(late)?.since]).toEqual([50, 80])
      expect([read.grantEnd(vault, early), read.grantEnd(vault, late)]).toEqual([50, 80])
      expect(read.oldestSealed(vault, 9).map(({ time }) => time)).toEqual([80, 50])
    },
  },
  {
    name: 'H8: the days that the server has lived through read back in order, one time each',
    async run(reopen) {
      const storage = await reopen()
      await storage.write((tx) => {
        for (const day of [10, 2, 1]) tx.setServerDay({ day, time: 1000 * day })
        tx.setServerDay({ day: 10, time: 7 })
      })
      const { read } = await reopen()
      expect(read.serverDays()).toEqual([
        { day: 1, time: 1000 },
        { day: 2, time: 2000 },
        { day: 10, time: 7 },
      ])
    },
  },
  {
    name: 'H10: a nonce is spent once until its time is over, also after opening again and in one transaction',
    async run(reopen) {
      const storage = await reopen()
      expect(await storage.write((tx) => [tx.spendNonce(hash(1), 100, 50), tx.spendNonce(hash(1), 100, 50)])).toEqual([
        true,
        false,
      ])
      const again = await reopen()
      const spend = (nonce: Uint8Array, now: number) => again.write((tx) => tx.spendNonce(nonce, now + 50, now))
      expect([await spend(hash(1), 100), await spend(hash(2), 100), await spend(hash(1), 101)]).toEqual([
        false,
        true,
        true,
      ])
    },
  },
  {
    name: 'S3: what a write resolved is there for readers, and after opening again',
    async run(reopen) {
      const storage = await reopen()
      const part = { open: null, openHash: hash(1), wrap: bytes(7), wrapHash: hash(2) }
      const control = { body: bytes(9), signature: new Uint8Array(64), parts: [part] }
      await storage.write((tx) => {
        tx.addAccountEntry(account, 1, entry(1))
        tx.addAccountEntry(account, 2, entry(2))
        tx.addLookup(id(9), account)
        tx.addControlEntry(vault, 1, control)
        tx.addMember(account, vault)
        tx.addMember(account, id(8))
        tx.addMember(account, vault)
        tx.addBytes(account, 5)
        tx.addBytes(account, 7)
        tx.setBlob(vault, stream, id(6), blob({}))
        tx.addChunk(vault, stream, id(6), 1, bytes(1, 2, 3))
      })
      await add(storage, envelope(1))
      const check = ({ read }: Storage) => {
        expect(read.accountEntries(account, 0, 9)).toEqual([entry(1), entry(2)])
        expect(read.accountEntries(account, 1, 9)).toEqual([entry(2)])
        expect(read.accountEntries(account, 0, 1)).toEqual([entry(1)])
        expect([read.accountLength(account), read.controlLength(vault), read.bytesOf(account)]).toEqual([2, 1, 12])
        expect(read.accountOfLookup(id(9))).toEqual(account)
        expect(read.controlEntries(vault, 0, 9)).toEqual([control])
        expect(read.vaultsOf(account)).toEqual([vault, id(8)])
        expect(read.chunk(vault, stream, id(6), 1)).toEqual(bytes(1, 2, 3))
        expect(read.chunk(vault, stream, id(6), 0)).toBeNull()
        expect(read.blobOf(vault, stream, id(6))).toEqual(blob({}))
        expect(read.chunksOf(vault, stream, id(6))).toEqual([1])
        expect(read.streamHead(vault, stream)).toEqual({ n: 1, h: hash(101) })
        expect(read.envelopeAt(vault, stream, 1)).toEqual(envelope(1))
        expect(read.deviceTail(vault, stream, device)).toEqual(tail(1))
      }
      check(storage)
      check(await reopen())
    },
  },
  {
    name: 'B4: blobs, their chunks in order, those that are not whole the oldest first, and what goes with one that is dropped',
    async run(reopen) {
      const storage = await reopen()
      await storage.write((tx) => {
        tx.setBlob(vault, stream, id(1), blob({ touched: 30 }))
        tx.setBlob(vault, stream, id(2), blob({ touched: 10, payer: account }))
        tx.setBlob(vault, stream, id(3), blob({ touched: 20, isComplete: true }))
        tx.setBlob(vault, stream, id(4), blob({ touched: 20, signed: null }))
        for (const index of [1, 0]) tx.addChunk(vault, stream, id(2), index, bytes(index))
        tx.addChunk(vault, stream, id(3), 0, bytes(9))
        expect([tx.chunksOf(vault, stream, id(2)), tx.chunkCount(vault, stream, id(2))]).toEqual([[0, 1], 2])
        tx.setBlob(vault, stream, id(2), blob({ touched: 10, payer: account, isComplete: false, size: 7 }))
      })
      const { read } = await reopen()
      expect(read.chunksOf(vault, stream, id(2))).toEqual([0, 1])
      expect(read.blobOf(vault, stream, id(2))).toEqual(blob({ touched: 10, payer: account, size: 7 }))
      expect(read.blobOf(vault, stream, id(4))?.signed).toBeNull()
      const place = (n: number) => ({ vault, stream, blob: id(n) })
      expect(read.unfinishedBlobs(30, 9)).toEqual([place(2), place(4)])
      expect(read.unfinishedBlobs(31, 1)).toEqual([place(2)])
      const again = await reopen()
      await again.write((tx) => tx.dropBlob(vault, stream, id(2)))
      expect(again.read.blobOf(vault, stream, id(2))).toBeNull()
      expect([again.read.chunk(vault, stream, id(2), 0), again.read.chunkCount(vault, stream, id(2))]).toEqual([
        null,
        0,
      ])
      expect(again.read.chunk(vault, stream, id(3), 0)).toEqual(bytes(9))
      expect(again.read.unfinishedBlobs(99, 9)).toEqual([place(4), place(1)])
    },
  },
  {
    name: 'S3: readers see nothing of a transaction under way; its own jobs do',
    async run(reopen) {
      const storage = await reopen()
      let seenOutside: unknown = 'not asked'
      const first = storage.write(async (tx) => {
        tx.addAccountEntry(account, 1, entry(1))
        await new Promise((resolve) => setTimeout(resolve, 5))
        seenOutside = storage.read.accountLength(account)
      })
      const second = storage.write((tx) => tx.accountLength(account))
      await first
      expect(seenOutside).toBe(0)
      expect(await second).toBe(1)
      expect(storage.read.accountLength(account)).toBe(1)
    },
  },
  {
    name: 'S3: what readers have asked for before they are shown anew after each commit, and neither sooner nor after a job that failed',
    async run(reopen) {
      const storage = await reopen()
      const { read } = storage
      const look = () => [
        read.accountLength(account),
        read.controlLength(vault),
        read.streamHead(vault, stream)?.n ?? 0,
        numbers(storage).length,
        read.refillOf(vault),
      ]
      /** Everything that {@link look} shows, as the `n`-th change; answers what readers see before it is durable. */
      const change = (n: number, fails = false) =>
        storage.write(async (tx) => {
          tx.addAccountEntry(account, n, entry(n))
          tx.addControlEntry(vault, n, { ...entry(n), parts: [] })
          const next = [{ envelope: envelope(n), doc: id(50 + n), closes: [] }]
          tx.addEnvelopes(vault, stream, next, { id: device, tail: tail(n) })
          tx.setRefill(vault, n % 2 === 1 ? 'moved' : 'open')
          const within = look()
          await new Promise((resolve) => setTimeout(resolve, 5))
          if (fails) throw new Error('on purpose')
          return [within, look()]
        })
      const nothing = [0, 0, 0, 0, null]
      expect(look()).toEqual(nothing)
      expect(await change(1)).toEqual([nothing, nothing])
      const first = [1, 1, 1, 1, 'moved']
      expect(look()).toEqual(first)
      await expect(change(2, true)).rejects.toThrow('on purpose')
      expect(look()).toEqual(first)
      expect(await change(2)).toEqual([first, first])
      expect(look()).toEqual([2, 2, 2, 2, 'open'])
    },
  },
  {
    name: 'S3: a job that throws leaves nothing behind, and the jobs beside it stand',
    async run(reopen) {
      const storage = await reopen()
      const committed: string[] = []
      const jobs = [
        storage.write((tx) => {
          tx.addAccountEntry(account, 1, entry(1))
          tx.afterCommit(() => committed.push('first'))
        }),
        storage.write((tx) => {
          tx.addAccountEntry(account, 2, entry(2))
          tx.addBytes(account, 9)
          tx.afterCommit(() => committed.push('second'))
          throw new Error('on purpose')
        }),
        storage.write((tx) => {
          tx.addAccountEntry(account, 2, entry(3))
          tx.afterCommit(() => committed.push('third'))
        }),
      ]
      const settled = await Promise.allSettled(jobs)
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(committed).toEqual(['first', 'third'])
      expect(storage.read.accountEntries(account, 0, 9)).toEqual([entry(1), entry(3)])
      expect(storage.read.bytesOf(account)).toBe(0)
    },
  },
  {
    name: 'S3: jobs of one transaction share its object, and no other transaction has the same one',
    async run(reopen) {
      const storage = await reopen()
      const seen: object[] = []
      const note = () => storage.write((tx) => void seen.push(tx.transaction))
      // A machine that is busy elsewhere may take longer over the first than the second would be waited for.
      const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
      await Promise.all([note(), note()]).finally(() => clock.mockRestore())
      await note()
      expect(seen[0]).toBe(seen[1])
      expect(seen[2]).not.toBe(seen[0])
    },
  },
  {
    name: 'S3: what follows a commit runs after readers can see it and before the write resolves',
    async run(reopen) {
      const storage = await reopen()
      const order: unknown[] = []
      await storage
        .write((tx) => {
          tx.addAccountEntry(account, 1, entry(1))
          tx.afterCommit(() => order.push(storage.read.accountLength(account)))
        })
        .then(() => order.push('resolved'))
      expect(order).toEqual([1, 'resolved'])
    },
  },
  {
    name: 'S3: jobs run one after the other, in the order of their calls',
    async run(reopen) {
      const storage = await reopen()
      const counts = Array.from({ length: 50 }, (_, index) =>
        storage.write(async (tx) => {
          if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
          const n = tx.accountLength(account) + 1
          tx.addAccountEntry(account, n, entry(index))
          return n
        }),
      )
      expect(await Promise.all(counts)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
      expect(storage.read.accountEntries(account, 0, 99).map(({ body }) => body[0])).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      )
    },
  },
  {
    name: 'S4: envelopes come in order from a cursor, with body and proof while they are open',
    async run(reopen) {
      const storage = await reopen()
      const doc = id(50)
      await add(storage, envelope(1), [], { doc })
      await add(storage, envelope(2, { outcome: 'conflict' }))
      await add(storage, envelope(3, { outcome: 'void', body: null, proof: null, open: false }))
      await add(storage, envelope(4), [1], { doc })
      await add(storage, envelope(5), [2], { doc: id(52) })
      expect(numbers(storage)).toEqual([
        [1, null, null],
        [2, null, null],
        [3, null, null],
        [4, 4, 4],
        [5, 5, 5],
      ])
      expect(numbers(storage, 3)).toEqual([
        [4, 4, 4],
        [5, 5, 5],
      ])
      expect(numbers(storage, 5)).toEqual([])
      expect(storage.read.envelopeAt(vault, stream, 1)).toEqual(envelope(1, { open: false }))
      expect(storage.read.currentOf(vault, stream, doc)).toEqual(hash(4))
      expect(storage.read.currentOf(vault, stream, id(52))).toEqual(hash(5))
      expect(storage.read.currentOf(vault, stream, id(53))).toBeNull()
      // S8: a record can have gigabytes of bodies, and whoever asks for its envelopes would have them all in memory.
      const bare = (n: number, open: boolean) => ({
        n,
        outcome: 'current',
        hash: hash(n),
        header: envelope(n).header,
        open,
      })
      expect(storage.read.envelopesOfDoc(vault, stream, doc)).toEqual([bare(1, false), bare(4, true)])
      expect(storage.read.envelopeByHash(vault, stream, id(53), hash(3))).toMatchObject({ n: 3, outcome: 'void' })
      expect(storage.read.envelopeByHash(vault, stream, id(52), hash(3))).toBeNull()
      expect([[3, 1], [5, 9], []].map((each) => storage.read.hasEnvelopes(vault, stream, each.map(hash)))).toEqual([
        true,
        false,
        true,
      ])
      expect([0, 1, 5, 6].map((n) => storage.read.hashAt(vault, stream, n))).toEqual([null, hash(101), hash(105), null])
      expect(storage.read.deviceTail(vault, stream, device)).toEqual(tail(5))
    },
  },
  {
    name: 'S4: runs hold the bytes that a pull sends, from the cursor on, each body as it came, and say what is closed',
    async run(reopen) {
      const storage = await reopen()
      const proof = encodeMessage({ size: 1, index: 0, path: [], signature: new Uint8Array(64).fill(7) })
      const large = (n: number, size: number) =>
        envelope(n, { header: new Uint8Array(303).fill(n), body: new Uint8Array(size).fill(n), proof })
      const sizes = [400, 70_000, 23, 24, 300, 30_000, 40_000, 1]
      const run = sizes.map((size, at) => large(at + 1, size))
      run.push(envelope(9, { outcome: 'void', header: new Uint8Array(303), body: null, proof: null, open: false }))
      const docs = run.map(({ n }) => id(50 + (n === 3 ? 1 : n)))
      await storage.write((tx) =>
        tx.addEnvelopes(
          vault,
          stream,
          run.map((each, at) => ({ envelope: each, doc: docs[at]!, closes: each.n === 3 ? [1] : [] })),
          { id: device, tail: tail(9) },
        ),
      )
      await add(storage, large(10, 600))
      const { read } = await reopen()
      for (const after of [0, 1, 4, 8, 9]) {
        const found: StreamEntry[] = []
        const closed: number[] = []
        for (const page of read.runsAfter(vault, stream, after)) {
          expect(page.run.last).toBeGreaterThan(after)
          closed.push(...page.closed)
          for (let n = page.run.first; n <= page.run.last; n += 1)
            if (n > after) found.push(decodeAs(StreamEntry, page.run.frameOf(n))!)
        }
        const wanted = [...run, large(10, 600)].filter(({ n }) => n > after)
        expect(found).toEqual(
          wanted.map(({ n, outcome, header, bodyHash, body, proof: encoded }) => {
            return {
              n,
              outcome,
              header,
              bodyHash,
              body,
              proof: encoded === null ? null : decodeAs(BatchProof, encoded),
            }
          }),
        )
        if (after === 0) expect(closed).toEqual([1])
      }
      for (const each of run)
        expect(read.envelopeAt(vault, stream, each.n)).toEqual({ ...each, open: each.open && each.n !== 1 })
    },
  },
  {
    name: 'S1: streams of the same id in two vaults, and two streams of a vault, are apart',
    async run(reopen) {
      const storage = await reopen()
      await add(storage, envelope(1))
      await add(storage, envelope(1), [], { vault: id(11), doc: id(70) })
      await add(storage, envelope(1), [], { stream: id(12) })
      await add(storage, envelope(2), [1], { stream: id(12), doc: id(51) })
      expect(numbers(storage)).toEqual([[1, 1, 1]])
      expect(storage.read.streamHead(id(11), stream)!.n).toBe(1)
      expect(storage.read.currentOf(id(11), stream, id(51))).toBeNull()
      expect(storage.read.currentOf(id(11), stream, id(70))).toEqual(hash(1))
    },
  },
  {
    name: 'S1: entries of a stream follow one another: one number has one envelope, and none is left out',
    async run(reopen) {
      const storage = await reopen()
      await add(storage, envelope(1))
      await expect(add(storage, envelope(1, { hash: hash(9) }))).rejects.toThrow('does not follow')
      await expect(add(storage, envelope(3))).rejects.toThrow('does not follow')
      expect(numbers(storage)).toEqual([[1, 1, 1]])
      expect(storage.read.streamHead(vault, stream)!.n).toBe(1)
    },
  },
  {
    name: 'C10: departures are kept once for each grant and device, newest first, each vault its own',
    async run(reopen) {
      let storage = await reopen()
      const departure = (seed: number) => ({ body: hash(seed), signature: new Uint8Array(64).fill(seed) })
      const depart = (of: Uint8Array, grant: number, by: number, seed: number) =>
        storage.write((tx) => tx.addDeparture(of, id(grant), id(by), departure(seed)))
      await depart(vault, 80, 81, 1)
      await depart(vault, 80, 82, 2)
      await depart(vault, 83, 81, 3)
      await depart(id(11), 80, 81, 4)
      await expect(depart(vault, 80, 81, 9)).rejects.toThrow()
      storage = await reopen()
      expect(storage.read.departure(vault, id(80), id(82))).toEqual(departure(2))
      expect(storage.read.departure(vault, id(83), id(82))).toBeNull()
      expect(storage.read.departures(vault, 2)).toEqual([departure(3), departure(2)])
      expect(storage.read.departures(id(11), 9)).toEqual([departure(4)])
    },
  },
  {
    name: 'C13: requests for emergency access are kept once, in the order in which they came, each vault its own, and say what each device may read',
    async run(reopen) {
      let storage = await reopen()
      const opening = (seed: number, grant: number, by: number, until: number) => ({
        hash: hash(seed),
        grant: id(grant),
        account: id(90),
        device: id(by),
        from: 1000,
        until,
        request: { body: hash(seed), signature: new Uint8Array(64).fill(seed) },
        signature: new Uint8Array(64).fill(seed + 1),
      })
      const open = (of: Uint8Array, ...given: Parameters<typeof opening>) =>
        storage.write((tx) => tx.addEmergency(of, opening(...given)))
      await open(vault, 1, 80, 81, 5000)
      await open(vault, 2, 80, 82, 6000)
      await open(id(11), 3, 80, 81, 7000)
      await expect(open(vault, 1, 80, 81, 9000)).rejects.toThrow()
      storage = await reopen()
      const { read } = storage
      expect(read.emergency(vault, hash(2))).toMatchObject({ ...opening(2, 80, 82, 6000), place: 1001 })
      expect(read.emergency(id(11), hash(2))).toBeNull()
      // Never below the time: a server without its disk gives no place that a device has read beyond.
      expect(read.emergenciesAfter(vault, 0, 9).map(({ place }) => place)).toEqual([1000, 1001])
      expect(read.emergenciesAfter(vault, 1000, 9).map(({ hash: each }) => each)).toEqual([hash(2)])
      expect(read.emergenciesAfter(vault, 0, 1)).toHaveLength(1)
      expect([read.emergencyLast(vault), read.emergencyLast(id(12))]).toEqual([1001, 0])
      const count = (grant: number, by: number, after: number) => read.emergencyCount(vault, id(grant), id(by), after)
      const times = [count(80, 81, 999), count(80, 81, 1000), count(80, 82, 0), count(80, 83, 0), count(83, 81, 0)]
      expect(times).toEqual([1, 0, 1, 0, 0])
      // An end before its time: of that device and grant, in that vault, of what was opened by then; never a later one.
      const end = (of: Uint8Array, grant: number, by: number, from: number, until: number) =>
        storage.write((tx) => tx.endEmergencies(of, id(grant), id(by), from, until))
      await end(vault, 80, 81, 999, 2000)
      await end(vault, 80, 83, 1000, 2000)
      await end(vault, 81, 81, 1000, 2000)
      await end(id(12), 80, 81, 1000, 2000)
      await end(vault, 80, 81, 1000, 5001)
      expect(read.openingsOf(id(90), id(81), 4999)).toEqual([
        { vault, grant: id(80), until: 5000 },
        { vault: id(11), grant: id(80), until: 7000 },
      ])
      expect(read.openingsOf(id(90), id(81), 5000)).toEqual([{ vault: id(11), grant: id(80), until: 7000 }])
      expect(read.openingsOf(id(91), id(81), 0)).toEqual([])
      expect([read.hasOpened(vault, id(80), id(82)), read.hasOpened(vault, id(80), id(83))]).toEqual([true, false])
      await end(vault, 80, 81, 1000, 2000)
      await end(vault, 80, 81, 1000, 3000)
      storage = await reopen()
      expect(storage.read.openingsOf(id(90), id(81), 1999)).toEqual([
        { vault, grant: id(80), until: 2000 },
        { vault: id(11), grant: id(80), until: 7000 },
      ])
      expect(storage.read.openingsOf(id(90), id(81), 2000)).toEqual([{ vault: id(11), grant: id(80), until: 7000 }])
      expect(storage.read.openingsOf(id(90), id(82), 5999)).toEqual([{ vault, grant: id(80), until: 6000 }])
    },
  },
  {
    name: 'C11: the late box keeps each envelope once, in the order in which it came, each vault its own, until it is taken out',
    async run(reopen) {
      let storage = await reopen()
      const late = (byte: number) => ({
        time: 1000 + byte,
        grant: id(80),
        hash: hash(byte),
        envelope: {
          header: bytes(1, byte),
          body: bytes(2, byte, 9),
          proof: { size: 1, index: 0, path: [], signature: new Uint8Array(64).fill(byte) },
        },
      })
      const hashes = (of: Uint8Array, after = 0) => [...storage.read.lateAfter(of, after)].map((each) => each.hash[0])
      const keep = (of: Uint8Array, byte: number) => storage.write((tx) => tx.addLate(of, late(byte)))
      expect([storage.read.lateLast(vault), storage.read.hasLate(vault, hash(1)), hashes(vault)]).toEqual([
        0,
        false,
        [],
      ])
      await keep(vault, 2)
      await keep(id(11), 9)
      await keep(vault, 1)
      await expect(keep(vault, 2)).rejects.toThrow()
      storage = await reopen()
      const [first, second] = [...storage.read.lateAfter(vault, 0)]
      expect(first).toEqual({ place: first!.place, ...late(2) })
      // S9: never below the time, so that a server without its disk gives none that a device has read beyond; nor the one before again.
      expect([first!.place, second!.place]).toEqual([1002, 1010])
      expect([hashes(vault, first!.place), hashes(id(11))]).toEqual([[1], [9]])
      expect(storage.read.lateLast(vault)).toBe(second!.place)
      expect(await storage.write((tx) => tx.dropLate(vault, hash(1)))).toEqual({ grant: id(80), bytes: 5 })
      expect(await storage.write((tx) => tx.dropLate(vault, hash(1)))).toBeNull()
      // A place is not given twice: a device that has read so far misses nothing.
      await keep(vault, 3)
      expect(storage.read.lateLast(vault)).toBeGreaterThan(second!.place)
      expect([hashes(vault), storage.read.hasLate(vault, hash(3))]).toEqual([[2, 3], true])
    },
  },
  {
    name: 'C11: when a grant ended is noted once, and the first note stays',
    async run(reopen) {
      let storage = await reopen()
      await storage.write((tx) => tx.setGrantEnd(vault, id(80), 500))
      await storage.write((tx) => tx.setGrantEnd(vault, id(80), 900))
      storage = await reopen()
      expect([storage.read.grantEnd(vault, id(80)), storage.read.grantEnd(vault, id(81))]).toEqual([500, null])
      expect(storage.read.grantEnd(id(11), id(80))).toBeNull()
    },
  },
  {
    name: 'F2: of each device in each vault the newest beacon is kept, in the order of devices',
    async run(reopen) {
      let storage = await reopen()
      const beacon = (seed: number) => ({
        body: hash(seed),
        signature: new Uint8Array(64).fill(seed),
        leaves: [{ stream, n: seed, h: hash(seed) }],
        places: null,
      })
      const set = (of: Uint8Array, by: number, counter: number) =>
        storage.write((tx) => tx.setBeacon(of, { device: id(by), account, counter, beacon: beacon(counter) }))
      await set(vault, 82, 1)
      await set(vault, 81, 2)
      await set(vault, 82, 3)
      await set(id(11), 81, 4)
      storage = await reopen()
      expect(storage.read.beacon(vault, id(82))).toEqual({ device: id(82), account, counter: 3, beacon: beacon(3) })
      expect(storage.read.beacon(id(11), id(82))).toBeNull()
      expect(storage.read.beacons(vault, 9).map(({ counter }) => counter)).toEqual([2, 3])
      expect(storage.read.beacons(vault, 1)).toHaveLength(1)
      // Those of some accounts come first, however many there are of others.
      const other = id(12)
      await storage.write((tx) =>
        tx.setBeacon(vault, { device: id(83), account: other, counter: 5, beacon: beacon(5) }),
      )
      expect(storage.read.beacons(vault, 2, [other, id(13)]).map(({ counter }) => counter)).toEqual([5, 2])
      expect(storage.read.beaconDevices(vault, account)).toEqual([id(81), id(82)])
      await storage.write((tx) => tx.dropBeacon(vault, id(81)))
      expect(storage.read.beaconDevices(vault, account)).toEqual([id(82)])
      expect(storage.read.beacon(id(11), id(81))).not.toBeNull()
    },
  },
  {
    name: 'S9: reports are counted once, each place has its stage, and a body that comes later is kept and never replaced',
    async run(reopen) {
      let storage = await reopen()
      await storage.write((tx) => {
        for (const reporter of [82, 81, 82]) tx.addReport(vault, id(reporter))
        tx.setRefill(account, 'proved')
        tx.setRefill(vault, 'moved')
        tx.setRefill(vault, 'open')
      })
      await add(storage, envelope(1, { body: null, proof: null }))
      await add(storage, envelope(2))
      await add(storage, envelope(3, { outcome: 'void', body: null, proof: null, open: false }))
      await add(storage, envelope(4, { body: null, proof: null }), [1], { doc: id(51) })
      storage = await reopen()
      expect(storage.read.reports(vault)).toEqual([id(81), id(82)])
      expect([storage.read.refillOf(account), storage.read.refillOf(vault), storage.read.refillOf(id(99))]).toEqual([
        'proved',
        'open',
        null,
      ])
      // First what a pull would bring.
      expect(storage.read.missingBodies(vault, stream, 9)).toEqual([4, 1])
      expect(storage.read.missingBodies(vault, stream, 1)).toEqual([4])
      const first = new Uint8Array([1])
      for (const body of [first, new Uint8Array([2])])
        await storage.write((tx) => {
          for (const n of [1, 2, 3]) tx.addBody(vault, stream, n, body, hash(9))
        })
      expect(storage.read.envelopeAt(vault, stream, 1)).toMatchObject({ body: first, proof: hash(9) })
      expect(storage.read.envelopeAt(vault, stream, 2)!.body).toEqual(envelope(2).body)
      expect(storage.read.envelopeAt(vault, stream, 3)!.body).toBeNull()
      expect(storage.read.missingBodies(vault, stream, 9)).toEqual([4])
    },
  },
  {
    name: 'H4: a closed storage takes no more writes; those under way are finished',
    async run(reopen) {
      const storage = await reopen()
      const last = storage.write((tx) => tx.addAccountEntry(account, 1, entry(1)))
      await storage.close()
      await last
      await expect(storage.write(() => {})).rejects.toThrow('closed')
      expect((await reopen()).read.accountLength(account)).toBe(1)
    },
  },
]
