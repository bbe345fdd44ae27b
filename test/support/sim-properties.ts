/** What must hold when everybody has come to rest; each fault names its property and rule. */
import {
  TABLE,
  conflictsOf,
  entryAt,
  entryKey,
  entryTable,
  hasEnded,
  outboxOf,
  readEntry,
  waitingCount,
  waitingToSubmit,
} from '@chartkeep/sync/testing'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf, streamHead, type StreamState } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import type { SimDevice } from './sim-device.ts'
import { readRow, sealedRows, type SealedRow } from './sim-disk.ts'
import { mergeFaults } from './sim-merges.ts'
import { isTakingOver, ownVersions } from './sim-own.ts'
import { PARTS } from './sim-parts.ts'
import { canonical, isTakenIn } from './sim-records.ts'
import { mayRead } from './sim-server.ts'
import type { Scenario } from './sim-types.ts'

export function checkAll(scenario: Scenario): void {
  // F3: of a device that was restored the only trace may be what the server took as void; it says so, and stands still (decision 0074).
  if (scenario.devices.some((device) => endsAtVoid(scenario, device))) return scenario.count('ends at a void')
  for (const device of scenario.owners) checkOwner(scenario, device)
  checkOwnersAgree(scenario)
  const there = scenario.devices.filter((device) => device !== scenario.removed)
  for (const device of there) checkNothingLost(scenario, device)
  scenario.faults.push(...mergeFaults(scenario.devices, scenario.count))
  for (const { machine } of scenario.owners.slice(0, 1))
    conflictsOf(machine).forEach(() => scenario.count('open conflict'))
  for (const device of scenario.devices) if (device.person.role === 'provider') checkProvider(scenario, device)
  for (const { check } of PARTS) check?.(scenario)
}

/** Whether the last envelope under the id of a copied device is a void that it does not remember. */
function endsAtVoid({ world, vault }: Scenario, { machine, isCopied, lastOutcome, secrets }: SimDevice): boolean {
  if (!isCopied || lastOutcome !== 'stopped withheld own') return false
  const { read } = world.server.storage()
  return [...machine.streams.values()].some(
    ({ stream }) => (read.deviceTail(vault, stream, secrets.id)?.voids ?? 0) > 0,
  )
}

/** C9: quarantined for a cut, or for having been written over what is. */
function isBeyondCut(machine: SimDevice['machine'], key: string): boolean {
  const { reason } = (machine.rows.get(TABLE.quarantine, key) ?? {}) as { reason?: string }
  if (reason !== 'no-right') return reason === 'cut'
  const [stream = '', n = ''] = key.split('.')
  const { envelopes } = machine.streams.get(stream)!
  const { parent } = decodeHeader(entryAt(machine, stream, n)!.header)!
  const before = envelopes.get(idText(parent))
  return before !== undefined && isBeyondCut(machine, entryKey(stream, before.n))
}

function checkOwner({ faults, world, vault, poisoner }: Scenario, device: SimDevice): void {
  const { machine, name } = device
  const expect = (holds: boolean, text: string) => void (holds || faults.push(`${text} (${name})`))
  expect(device.lastOutcome === 'synced', `1 Y1: ends with ${device.lastOutcome}`)
  expect(waitingCount(machine) === 0, `1 Y6: ${waitingCount(machine)} wait`)
  expect(outboxOf(machine).length === 0, '1 Y6: the outbox is not empty')
  for (const table of [TABLE.waiting, TABLE.stopped, TABLE.siblingVersions, TABLE.remoteCurrent, TABLE.merging])
    expect(machine.rows.table(table).size === 0, `1 Y2: ${machine.rows.table(table).size} rows in ${table}`)
  // 12: what nobody can read is quarantined, and nothing else is.
  const aside = [...machine.rows.table(TABLE.quarantine)]
    // C9: what a provider wrote between the position that a cut names and the cut itself is quarantined, for an owner to accept.
    .flatMap(([key]) => (isBeyondCut(machine, key) ? [] : [key]))
    .toSorted()
    .join()
  const poison = [...(poisoner?.stored ?? [])].toSorted().join()
  expect(aside === poison, `12 E6: put aside ${aside}, unreadable are ${poison}`)
  // 3: whoever an owner is shown as the author of a record is one, or had a grant on its stream.
  const grants = [...world.server.grants.values()]
  for (const { account, stream } of machine.rows.all()) {
    const mayHaveWritten =
      account === idText(device.person.account) ||
      grants.some((each) => each.account === account && each.streams.has(stream))
    expect(mayHaveWritten, `3 E6: a record of ${account}, who never had a right`)
  }
  // 14: no clock ends a share before its time (H8).
  for (const { cut, notAfter } of machine.control!.grants.values())
    expect(cut?.reason !== 'expired' || notAfter <= world.server.now, '14 H8: a share was ended before its time')
  // E1: what two devices import from one source is one record.
  const names = machine.rows.all().flatMap(({ resource }) => /import\d+\./.exec(resource)?.[0] ?? [])
  expect(new Set(names).size === names.length, '1 E1: an imported record is there twice')
  for (const [id, state] of machine.streams) {
    const head = world.server.storage().read.streamHead(vault, state.stream)
    expect((head?.n ?? 0) === state.n && (head === null || idText(head.h) === idText(state.h)), `5 F1: head of ${id}`)
    checkStream(device, id, state, expect)
  }
}

const NOTHING = idText(ZERO_HASH)

/** Y3, Y4: records and the conflict list are what the stream says. */
function checkStream(
  device: SimDevice,
  id: string,
  state: StreamState,
  expect: (holds: boolean, text: string) => void,
): void {
  const { rows } = device.machine
  const revisions = new Map<string, string>()
  const stands = new Map<string, string>()
  const sentAgain = new Set<number>()
  for (const [n, value] of [...rows.table(entryTable(id))].toSorted(([a], [b]) => Number(a) - Number(b))) {
    const entry = readEntry(value)
    const header = decodeHeader(entry.header)!
    if (entry.outcome !== 'void') {
      // S2 in plain words: a version is current when it replaces the effective version, and no other does.
      const doc = idText(header.doc)
      const isNext = (stands.get(doc) ?? NOTHING) === idText(header.parent)
      expect(isNext === (entry.outcome === 'current'), `6 S2: entry ${header.deviceSeq} is ${entry.outcome}`)
      if (isNext) stands.set(doc, idText(envelopeHashOf(entry.header, entry.bodyHash)))
    }
    if (entry.outcome === 'void') continue
    const version = `${idText(header.doc)} ${idText(header.revision)}`
    if (revisions.get(version) === 'current') sentAgain.add(Number(n))
    else revisions.set(version, entry.outcome)
  }
  for (const [doc, chain] of state.records) {
    const row = rows.read(`${id}.${doc}`)
    if (chain.current === null || rows.table(TABLE.quarantine).has(`${id}.${chain.current.n}`)) continue
    expect(row !== null, `1 Y4: a record of the stream is not here`)
    if (row === null) continue
    const current = entryAt(device.machine, id, chain.current.n)!
    expect(idText(decodeHeader(current.header)!.revision) === row.revision, '1 Y4: a record is not its current version')
    const shown = conflictsOf(device.machine, row.id).map(({ hash }) => hash)
    // F3: what a copied device sent once more is the version that was current already: there is nothing to choose between. C9: nor is what a cut quarantines.
    const isOpen = (n: number) => !sentAgain.has(n) && !rows.table(TABLE.quarantine).has(`${id}.${n}`)
    const open = [...chain.conflicts].flatMap(([hash, { n }]) => (isOpen(n) ? [hash] : []))
    expect(
      open.toSorted().join() === shown.toSorted().join(),
      `2 Y3: shows ${shown.length} conflicts, the stream has ${open.length}`,
    )
    for (const { row: other } of conflictsOf(device.machine, row.id))
      expect(revisions.has(`${doc} ${other.revision}`), '3 Y3: a conflict that the stream does not have')
  }
  for (const row of rows.all())
    if (row.stream === id) expect(state.records.has(row.doc), '3 Y4: a record that the stream does not have')
}

function checkOwnersAgree({ owners, faults }: Scenario): void {
  const states = owners.map(({ machine }) => ({
    records: machine.rows
      .all()
      .map((row) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))))
      .toSorted()
      .join('\n'),
    conflicts: conflictsOf(machine)
      .map(({ hash, row }) => `${hash} ${row.revision} ${row.resource}`)
      .toSorted()
      .join('\n'),
    heads: [...machine.streams]
      .map(([id, state]) => `${id} ${state.n} ${idText(streamHead(state).h)}`)
      .toSorted()
      .join('\n'),
    aside: [...machine.rows.table(TABLE.quarantine).keys()].toSorted().join('\n'),
    control: `${machine.control?.n} ${idText(machine.control!.h)}`,
    keys: [...machine.keys.streams]
      .map(([id, { name, byEpoch }]) => `${id} ${name} ${[...byEpoch.keys()].toSorted((a, b) => a - b).join()}`)
      .toSorted()
      .join('\n'),
  }))
  for (const part of ['aside', 'records', 'conflicts', 'heads', 'control', 'keys'] as const) {
    const first = states[0]![part]
    const other = states.find((state) => state[part] !== first)?.[part]
    if (other === undefined) continue
    faults.push(
      `1 Y4: the owner's devices differ in their ${part}: ${linesOnlyIn(first, other).join()} <> ${linesOnlyIn(other, first).join()}`,
    )
  }
}

function linesOnlyIn(a: string, b: string): string[] {
  return a.split('\n').filter((line) => !b.split('\n').includes(line))
}

/** Property 2: each version that a device saved and its disk kept is at the server, or was replaced by its own author, or exists as equal content. */
function checkNothingLost(scenario: Scenario, device: SimDevice): void {
  const { faults, world, vault } = scenario
  const current = new Map<string, StoredRecord>()
  const sides = new Map<string, StoredRecord>()
  const sealed = new Map<string, SealedRow>()
  const items = sealedRows(device.disk)
  const { isOwn, isRead } = ownVersions(device)
  const replaced = new Set<string>()
  const waiting = new Map<string, SealedRow>()
  /** Texts that unsent edits were written over, by record. */
  const bases = new Map<string, string>()
  const lost = (row: StoredRecord, how: string) =>
    faults.push(`2 Y5: ${device.name} lost ${row.collectionName} ${row.revision} ${row.resource}: ${how}`)
  for (const commit of device.disk) {
    for (const each of commit.sync) {
      if (each.table !== TABLE.outbox || each.bytes === null) continue
      const item = items.get(each)!
      sealed.set(item.row.revision, item)
    }
    const takesOver = isTakingOver(commit)
    const decided = new Set(commit.records.filter(isOwn).map((row) => row.id))
    // A version that is merged on its answer lives on in what was made of it; sim-merges.ts looks into that.
    const made = new Set(commit.byPerson || takesOver ? [] : decided)
    // F3: or in what its other life made of the same, which was read in the same breath.
    const isThere = ({ id, row: { resource }, base }: SealedRow) =>
      !takesOver &&
      device.isCopied &&
      commit.records.some((row) => row.id === id && isTakenIn(resource, row.resource, base))
    const unsealed: SealedRow[] = []
    for (const each of commit.sync) {
      const { table, key, bytes } = each
      if (table !== TABLE.outbox) continue
      if (bytes !== null) waiting.set(key, items.get(each)!)
      else if (waiting.has(key) && (made.has(waiting.get(key)!.id) || isThere(waiting.get(key)!)))
        replaced.add(waiting.get(key)!.row.revision)
      else if (takesOver) unsealed.push(waiting.get(key)!)
    }
    for (const each of commit.sync) {
      const { table, key, bytes } = each
      if (table !== TABLE.siblingVersions) continue
      const before = sides.get(key)
      if (bytes !== null) sides.set(key, readRow(each) as unknown as StoredRecord)
      // A person has chosen between it and what else there was.
      else if (before !== undefined && decided.has(before.id) && sides.delete(key)) replaced.add(key)
      else if (sides.delete(key) && before !== undefined && !sealed.has(key) && !isRead(key))
        lost(before, 'a version beside a record was dropped')
    }
    for (const row of commit.records) {
      const before = current.get(row.id)
      if (before !== undefined && isOwn(before) && before.revision !== row.revision) {
        // F3: or what its other life made of the same edit exists already; none of the edit is missing in it.
        const isTaken = device.isCopied && isTakenIn(before.resource, row.resource, bases.get(row.id))
        // Another's version with equal content, which the next one of the same page was written over.
        const isEqual = (version: StoredRecord) => canonical(before.resource) === canonical(version.resource)
        const isMet = commit.sync.some((each) => {
          const past =
            each.table === TABLE.supersededVersions && each.bytes !== null
              ? (readRow(each) as unknown as StoredRecord)
              : null
          return past?.id === row.id && past.revision !== before.revision && isEqual(past)
        })
        // F3: or its other life, which had the edit too, wrote this after it, under the id that both had then.
        const isKept = commit.sync.some(
          ({ table, key, bytes }) => table === TABLE.supersededVersions && key === before.revision && bytes !== null,
        )
        const isFormer = device.isCopied && isKept && row.device === before.device && row.clock > before.clock
        if (isOwn(row) || isTaken || isMet || isFormer || isEqual(row)) replaced.add(before.revision)
        else if (!sealed.has(before.revision) && !sides.has(before.revision) && !isRead(before.revision))
          lost(before, `overwritten by ${row.resource}`)
      }
      current.set(row.id, row)
    }
    for (const each of commit.sync) {
      if (each.table !== TABLE.base) continue
      const base = each.bytes === null ? null : (readRow(each) as unknown)
      if (typeof base === 'string') bases.set(each.key, base)
      else bases.delete(each.key)
    }
    for (const id of commit.remove) current.delete(id)
    for (const { id, row } of unsealed) {
      const { revision } = row
      const isHere = current.get(id)?.revision === revision || sides.has(revision) || replaced.has(revision)
      if (!isHere && !isRead(revision)) lost(row, 'unsealed for a new id, and not kept')
      if (!isRead(revision)) sealed.delete(revision)
    }
  }
  const isProvider = device.person.role === 'provider'
  const { read: store } = world.server.storage()
  // C10, C11: what came too late for a stream was submitted, or waits here for that.
  const waitingHere = new Set(waitingToSubmit(device.machine).map(({ hash }) => idText(hash)))
  const isKeptApart = ({ hash }: SealedRow) =>
    store.hasLate(vault, hash) ||
    waitingHere.has(idText(hash)) ||
    scenario.owners.some(({ machine }) => machine.rows.get(TABLE.late, idText(hash)) !== undefined)
  const isHandedIn = (revision: string) =>
    [...items.values()].some((each) => each.row.revision === revision && isKeptApart(each))
  // Y3: it only took other versions in, whose contents it did not keep, and an effective version has taken them in as well.
  const isSettled = ({ row, base, header }: SealedRow) => {
    const { stream, doc, merged } = decodeHeader(header)!
    const standing = store.envelopesOfDoc(vault, stream, doc).filter(({ outcome }) => outcome !== 'void')
    const settled = new Set(standing.flatMap((each) => decodeHeader(each.header)!.merged.map(idText)))
    return (
      base !== '' && canonical(row.resource) === canonical(base) && merged.every((each) => settled.has(idText(each)))
    )
  }
  for (const [revision, item] of sealed) {
    if (isProvider && isHandedIn(revision)) continue
    const stored = store.envelopesOfDoc(vault, decodeHeader(item.header)!.stream, decodeHeader(item.header)!.doc)
    const found = stored.filter(({ header }) => idText(decodeHeader(header)!.revision) === revision)
    const stands = found.some(({ outcome }) => outcome !== 'void')
    if (found.length === 0) lost(item.row, 'sealed, but not at the server')
    else if (!stands && !replaced.has(revision) && !isSettled(item)) lost(item.row, 'void, and not sealed again')
    // F3: two machines with one past may both send what that one had saved, and no device twice; but once more over what the other has sent, and
    // with what is next to that taken in.
    const takenIn = new Set(found.flatMap(({ header }) => decodeHeader(header)!.merged.map(idText)))
    const senders = found.flatMap(({ header, hash, outcome }) =>
      outcome === 'void' || takenIn.has(idText(hash)) ? [] : [idText(decodeHeader(header)!.device)],
    )
    if (senders.length > (device.isCopied ? new Set(senders).size : 1))
      faults.push(`4 Y6: ${revision} was stored twice`)
  }
}

/** Properties 7, 8, 9. */
function checkProvider({ faults, world, owners, vault }: Scenario, device: SimDevice): void {
  const { machine, name } = device
  const account = idText(device.person.account)
  const expect = (holds: boolean, text: string) => void (holds || faults.push(`${text} (${name})`))
  const own = [...world.server.grants.values()].filter((grant) => grant.account === account)
  const open = own.filter((grant) => !grant.cut && world.server.now < grant.notAfter)
  // C4: the next epoch of a stream does not open for one whose grant on it was cut.
  for (const grant of own) {
    for (const [stream, epoch] of grant.cutEpochs) {
      const stillHeld = own.some((each) => each !== grant && each.streams.has(stream))
      const keys = [...(machine.keys.streams.get(stream)?.byEpoch.keys() ?? [])]
      if (!stillHeld)
        expect(
          keys.every((known) => known < epoch),
          `7 C4: opens epoch ${epoch} after its cut`,
        )
    }
  }
  if (open.length === 0) {
    if (machine.control !== null)
      expect(hasEnded(machine) || device.lastOutcome === 'error not-found', `7 C10: ends with ${device.lastOutcome}`)
    return
  }
  expect(device.lastOutcome === 'synced', `8: ends with ${device.lastOutcome}`)
  expect(waitingCount(machine) === 0, `8 Y6: ${waitingCount(machine)} wait`)
  // C10: of what only an ended grant let it read nothing is here, though another grant continues.
  const ended = own.filter((grant) => !open.includes(grant)).flatMap(({ streams }) => [...streams.keys()])
  for (const id of ended.filter((each) => !open.some(({ streams }) => streams.has(each)))) {
    const left = machine.rows.all().filter((row) => row.stream === id).length
    expect(left + machine.rows.table(entryTable(id)).size === 0, `7 C10: keeps ${left} records of an ended part`)
  }
  const reference = owners[0]!.machine
  for (const [id, state] of reference.streams) {
    const rows = machine.rows.all().filter((row) => row.stream === id)
    if (!mayRead(world.server, account, id)) continue
    const known = machine.streams.get(id)
    expect(
      known?.n === state.n && idText(known.h) === idText(state.h),
      `8 C7: a granted stream is not read to its head`,
    )
    const listed = (shown: readonly StoredRecord[], conflicts: ReturnType<typeof conflictsOf>) =>
      [
        ...shown.map((row) => `${row.id} ${row.revision} ${row.resource}`),
        ...conflicts.flatMap(({ hash, row }) => (row.stream === id ? [`${hash} ${row.revision}`] : [])),
      ]
        .toSorted()
        .join('\n')
    const mine = listed(rows, conflictsOf(machine))
    const theirs = listed(
      reference.rows.all().filter((row) => row.stream === id),
      conflictsOf(reference),
    )
    expect(mine === theirs, `8 C3: a granted collection is not what the owner has: ${mine} <> ${theirs}`)
  }
  void vault
}
