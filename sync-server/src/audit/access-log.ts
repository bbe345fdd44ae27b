/**
 * The access log of each vault (A2): what a device asked, from which address, and what it got or why not, sealed when
 * it is written. A push is noted in its own transaction, so its note may come before that of an earlier read. A read
 * is noted after the answer was made, and written a moment later with many other notes in one commit, so that no
 * reader waits for the disk; a crash may lose the notes of that moment.
 *
 * Not noted: an answer without anything new, and reads of the audit log itself, which would otherwise create new
 * entries forever.
 */
import { equalBytes, MAX_CHAIN, startBoxChain, type BoxChain } from '@chartkeep/crypto/server'
import { DAY_MS, encodeMessage, idText, MAX_PULL_STREAMS, type SyncErrorCode } from '@chartkeep/protocol'
import { accessLeafData, BLIND_LENGTH, type AccessEntry, type AccessKind } from '@chartkeep/protocol/audit'
import { accessLogKey, type ControlState } from '@chartkeep/protocol/control'
import { AuditLeaves, isAuditStream } from './audit-leaves.ts'
import type { SealedLeaf } from '../storage/audit-storage.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock, RandomBytes, Timers } from '../time/ports.ts'
import type { Retention } from '../time/server-days.ts'
import type { ServerSession } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

const HOUR_MS = 60 * 60_000
/** How long, and how many, sealed entries of a vault are kept; their hashes remain forever. */
const ACCESS_LOG_DAYS = 730
const ACCESS_LOG_ENTRIES = 50_000
/** Refusals of one account in one vault and hour that get their own entry. */
const REFUSALS_PER_HOUR = 60
/** Notes that may wait while the disk refuses writes; beyond that the oldest are dropped and counted. */
const MAX_WAITING = 10_000
/** The most sealed entries of a vault that one job prunes; and never more than one percent of them. */
const PRUNED = 256
const CHAINS_KEPT = 2000
/** How long a note may wait for others to share its commit, and how many are written at once. */
const WAIT_MS = 1000
/** H7: the same while the disk has no room; what one device reads in that time is merged into fewer notes. */
const TIGHT_WAIT_MS = 60_000
const WRITE_AT = 256
const COUNTERS_KEPT = 10_000

/** The device that asked, and its address. */
export type Asking = Pick<ServerSession, 'account' | 'device' | 'address'>

/** The part of a session that the log records. */
export function askedBy({ account, device, address }: Asking): Asking {
  return { account, device, address }
}

/** What a request received or stored; `outcome` is `ok` or the refusal. */
export interface AccessNote {
  kind: AccessKind
  outcome: 'ok' | SyncErrorCode
  streams: AccessEntry['streams']
  blob?: Uint8Array
  bytes: number
}

/** The facts about a stored envelope that the tree needs. */
export interface StoredPlace {
  stream: Uint8Array
  n: number
  hash: Uint8Array
  outcome: string
}

export interface AccessLog {
  /**
   * Inside the transaction of a push: makes its audit envelopes leaves and notes the push. Also for an opening (C13),
   * which stores no envelope.
   */
  pushed(tx: StorageWriter, control: ControlState, who: Asking, note: AccessNote, stored: StoredPlace[]): void
  /** Notes an answer that was made. Returns immediately. */
  noted(who: Asking, vault: Uint8Array, note: AccessNote): void
  /** Writes the waiting notes. Resolves once every note so far was written or has failed. */
  settled(): Promise<void>
}

export interface AccessLogOptions {
  storage: Storage
  control: LogStates<ControlState>
  clock: Clock
  retention: Retention
  timers: Timers
  randomBytes: RandomBytes
  /**
   * S9: while a vault's tree is being restored, its notes wait in memory, because the next leaf has to follow the ones
   * from before the loss.
   */
  isHeld: (vault: Uint8Array) => boolean
  /** H7: whether there is no room for growth. */
  isTight: () => boolean
  days?: number
  entries?: number
}

/** Counts notes without an entry of their own, until the next entry includes the count. */
interface Count {
  unlogged: number
}

interface Waiting {
  vault: Uint8Array
  who: Asking
  time: number
  note: AccessNote
  unlogged: number
}

export function createAccessLog(options: AccessLogOptions): AccessLog {
  const { storage, control: states, clock, retention, timers, randomBytes, isHeld, isTight } = options
  const { days = ACCESS_LOG_DAYS, entries = ACCESS_LOG_ENTRIES } = options
  const chains = new Map<string, { publicKey: string; since: number; chain: BoxChain }>()
  const refusals = new Map<string, Count & { hour: number; count: number }>()
  let waiting: Waiting[] = []
  /** By vault, the dropped notes. */
  const dropped = new Map<string, Count>()
  /** The counts that running jobs have taken, until their commit. */
  const taken = new Set<{ from: Count; unlogged: number }>()
  let takenIn: object | null = null
  let writing: Promise<void> | null = null
  let cancel: (() => void) | null = null

  function chainOf(vault: string, publicKey: Uint8Array): BoxChain {
    const now = clock.now()
    const known = chains.get(vault)
    const holds =
      known !== undefined &&
      known.publicKey === idText(publicKey) &&
      known.chain.length < MAX_CHAIN &&
      Math.abs(now - known.since) < HOUR_MS
    if (holds) return known.chain
    const chain = startBoxChain(publicKey, randomBytes)
    chains.delete(vault)
    chains.set(vault, { publicKey: idText(publicKey), since: now, chain })
    if (chains.size > CHAINS_KEPT) chains.delete(chains.keys().next().value!)
    return chain
  }

  /** The count that an entry of this job includes. If the job or its commit fails, the next one includes it. */
  function take(tx: StorageWriter, from: Count): number {
    if (takenIn !== tx.transaction) {
      for (const failed of taken) failed.from.unlogged += failed.unlogged
      taken.clear()
      takenIn = tx.transaction
    }
    const { unlogged } = from
    if (unlogged === 0) return 0
    from.unlogged = 0
    const one = { from, unlogged }
    taken.add(one)
    tx.afterCommit(() => void taken.delete(one))
    return unlogged
  }

  /** The count of refusals that this one belongs to; null if it gets no entry of its own. */
  function mayNote(who: Waiting['who'], vault: Uint8Array, { outcome, bytes }: AccessNote): Count | null {
    // A push that was refused half way has stored something, so it is always noted.
    if (outcome === 'ok' || bytes > 0) return { unlogged: 0 }
    const name = `${idText(vault)}.${idText(who.account)}`
    const hour = Math.floor(clock.now() / HOUR_MS)
    const known = refusals.get(name) ?? { hour, count: 0, unlogged: 0 }
    if (known.hour !== hour) Object.assign(known, { hour, count: 0 })
    refusals.delete(name)
    refusals.set(name, known)
    if (refusals.size > COUNTERS_KEPT) refusals.delete(refusals.keys().next().value!)
    if (++known.count > REFUSALS_PER_HOUR) {
      known.unlogged++
      return null
    }
    return known
  }

  const isBy = (who: Asking, vault: Uint8Array) => (item: Waiting) =>
    item.who.address === who.address &&
    equalBytes(item.who.account, who.account) &&
    equalBytes(item.who.device, who.device) &&
    equalBytes(item.vault, vault)

  /**
   * Merges what one device receives within a moment into one note: a film of 1 GB arrives in pieces, and somebody
   * typing in a shared chart sends each word; single notes would fill the log.
   */
  function joinsLast(who: Asking, vault: Uint8Array, note: AccessNote): boolean {
    const { kind, outcome, blob, bytes } = note
    if (outcome !== 'ok' || (blob === undefined && kind !== 'pull')) return false
    const isSame = isBy(who, vault)
    const last =
      blob === undefined
        ? waiting.findLast(isSame)
        : waiting.findLast(
            (item) => item.note.blob !== undefined && equalBytes(item.note.blob, blob) && item.note.kind === kind,
          )
    if (last === undefined || !isSame(last) || last.note.kind !== kind || last.note.outcome !== 'ok') return false
    const streams = joined(last.note.streams, note)
    if (streams === null) return false
    last.note = { ...last.note, streams, bytes: last.note.bytes + bytes }
    return true
  }

  function add(tx: StorageWriter, leaves: AuditLeaves, control: ControlState, item: Waiting): void {
    const key = accessLogKey(control)
    if (key === null) return
    const { vault } = control
    const { who, note, time } = item
    const lost = dropped.get(idText(vault))
    const unlogged = item.unlogged + (lost === undefined ? 0 : take(tx, lost))
    leaves.addAccess(time, (n, prev) => {
      const entry = encodeMessage({
        v: 1,
        vault,
        n,
        prev,
        time,
        kind: note.kind,
        outcome: note.outcome,
        account: who.account,
        device: who.device,
        address: who.address.slice(0, 64),
        streams: note.streams,
        blob: note.blob ?? null,
        bytes: note.bytes,
        unlogged,
      } satisfies AccessEntry)
      const data = accessLeafData(entry, randomBytes(BLIND_LENGTH))
      return { data, sealed: chainOf(idText(vault), key.publicKey).seal(data) }
    })
  }

  /**
   * Prunes the oldest sealed entries of a vault: those beyond the maximum number, and those that are old enough and
   * that an owner's device has fetched. Never more than one percent in one job, so that a mistake about the time costs
   * little.
   */
  function prune(tx: StorageWriter, vault: Uint8Array, newest: number): void {
    const before = retention.before(days * DAY_MS)
    const [oldest] = before === null ? [] : tx.oldestSealed(vault, 1)
    if (before === null || oldest === undefined) return
    const isOver = ({ n }: SealedLeaf) => n <= newest - entries
    if (!isOver(oldest) && oldest.time >= before) return
    const fetched = tx.auditFetched(vault)
    const isFetched = ({ index }: SealedLeaf) => fetched.some(({ first, next }) => first <= index && index < next)
    const most = Math.min(PRUNED, Math.max(1, Math.floor((newest - oldest.n + 1) / 100)))
    let last: SealedLeaf | null = null
    for (const leaf of tx.oldestSealed(vault, most)) {
      if (!isOver(leaf) && (leaf.time >= before || !isFetched(leaf))) break
      last = leaf
    }
    if (last !== null) tx.dropSealed(vault, last.index)
  }

  function drop(over: number): void {
    if (over <= 0) return
    for (const { vault, unlogged } of waiting.slice(0, over)) {
      const name = idText(vault)
      const count = dropped.get(name) ?? { unlogged: 0 }
      count.unlogged += 1 + unlogged
      dropped.delete(name)
      dropped.set(name, count)
      if (dropped.size > COUNTERS_KEPT) dropped.delete(dropped.keys().next().value!)
    }
    waiting = waiting.slice(over)
  }

  async function write(): Promise<void> {
    for (;;) {
      let batch: Waiting[] = []
      try {
        // Reads the disk, which may fail too: nobody awaits this promise, so it must not reject.
        const held = new Set(waiting.filter(({ vault }) => isHeld(vault)))
        batch = waiting.filter((item) => !held.has(item))
        if (batch.length === 0) return drop(waiting.length - MAX_WAITING)
        waiting = [...held]
        await storage.write(async (tx) => {
          for (const items of Map.groupBy(batch, ({ vault }) => idText(vault)).values()) {
            const control = await states.loadIn(tx, items[0]!.vault)
            // Without a key of the owners, or without a vault, nobody could ever open the note.
            if (control === null || accessLogKey(control) === null) continue
            AuditLeaves.within(tx, control, clock.now(), (leaves) => {
              for (const item of items) add(tx, leaves, control, item)
              prune(tx, control.vault, leaves.head.accessN)
            })
          }
        }, 'relief')
      } catch {
        // A full disk: what was already given out still has to be noted. The next request tries again.
        waiting = [...batch, ...waiting]
        drop(waiting.length - MAX_WAITING)
        return
      }
    }
  }

  function writeNow(): Promise<void> {
    cancel?.()
    cancel = null
    writing ??= write().finally(() => {
      writing = null
    })
    return writing
  }

  return {
    pushed(tx, control, who, note, stored) {
      const audit = stored.filter(({ stream, outcome }) => outcome !== 'void' && isAuditStream(control, stream))
      const refused = accessLogKey(control) === null ? null : mayNote(who, control.vault, note)
      if (audit.length === 0 && refused === null) return
      const time = clock.now()
      AuditLeaves.within(tx, control, time, (leaves, isNew) => {
        // A tree that begins with this push already includes its envelopes.
        if (!isNew) for (const each of audit) leaves.addEnvelope(each, time)
        if (refused === null) return
        const unlogged = take(tx, refused)
        add(tx, leaves, control, { vault: control.vault, who, time, note, unlogged })
        prune(tx, control.vault, leaves.head.accessN)
      })
    },

    noted(asking, vault, note) {
      const control = states.peek(vault)
      if (control === null || (control !== undefined && accessLogKey(control) === null)) return
      const who = askedBy(asking)
      const refused = mayNote(who, vault, note)
      if (refused === null) return
      const { unlogged } = refused
      if (unlogged === 0 && joinsLast(who, vault, note)) return
      refused.unlogged = 0
      waiting.push({ vault, who, time: clock.now(), note, unlogged })
      const tight = isTight()
      if (tight) drop(waiting.length - MAX_WAITING)
      if (waiting.length >= WRITE_AT && !tight) void writeNow()
      else cancel ??= timers.after(tight ? TIGHT_WAIT_MS : WAIT_MS, () => void writeNow())
    },

    async settled() {
      if (writing !== null) await writing
      await writeNow()
    },
  }
}

/**
 * Merges two ranges per stream: pieces of a file come in any order, entries one after another. Null if they do not
 * form one range.
 */
function joined(known: AccessNote['streams'], { streams, blob }: AccessNote): AccessNote['streams'] | null {
  const all = [...known]
  for (const more of streams) {
    const at = all.findIndex(({ stream }) => equalBytes(stream, more.stream))
    const before = all[at]
    if (before === undefined) {
      if (blob !== undefined || all.length === MAX_PULL_STREAMS) return null
      all.push(more)
      continue
    }
    if (blob === undefined && more.first !== before.last + 1) return null
    all[at] = {
      stream: before.stream,
      first: Math.min(before.first, more.first),
      last: Math.max(before.last, more.last),
      count: before.count + more.count,
    }
  }
  return all
}
