/**
 * What a server can do with the bytes of a stream, alone or together with a grantee or a stolen device, against a reader that starts
 * from nothing. Each attack: seen, named, and nothing false admitted. Attacks on what a device remembers (rollback, dropped tail, fork of
 * two devices) are in packages/sync's tests.
 */
import { pad, sealBody } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { AMEND, APPEND, idText, READ } from '@chartkeep/protocol'
import type { Verdict } from '@chartkeep/protocol/control'
import { envelopeHashOf, encodeHeader, streamHead, type StreamEntry } from '@chartkeep/protocol/streams'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Person } from '../../support/protocol-people.ts'
import {
  createWriter,
  pull,
  read,
  serve,
  store,
  toEntry,
  write,
  type Sealed,
  type ServedStream,
} from '../../support/protocol-stream.ts'
import {
  controlBody,
  createVault,
  cutGrant,
  cutParts,
  extendVault,
  lookupOf,
  makeGrant,
  signControlBody,
  type Vault,
} from '../../support/protocol-vault.ts'

let owner: Person
let doctor: Person
let reader: Person
beforeAll(async () => {
  owner = await createPerson('attack-owner')
  doctor = await createPerson('attack-doctor')
  reader = await createPerson('attack-reader')
})

const admitted: Verdict = { type: 'admitted' }
const quarantine = (reason: string) => ({ type: 'quarantine', reason })
const bare = (entry: StreamEntry): StreamEntry => ({ ...entry, body: null, proof: null })

async function chart() {
  const vault = await createVault(owner)
  const stream = vault.streams[0]!
  const { grant } = await makeGrant(vault, { grantee: doctor, scopes: [{ stream, rights: READ | APPEND | AMEND }] })
  const { grant: readGrant } = await makeGrant(vault, { grantee: reader, scopes: [{ stream, rights: READ }] })
  const served = serve(vault, stream)
  const byOwner = createWriter(vault, stream, owner)
  const byDoctor = createWriter(vault, stream, doctor)
  return { vault, stream, served, byOwner, byDoctor, grant, readGrant }
}

const readAll = (vault: Vault, stream: Uint8Array, entries: StreamEntry[]) =>
  read(vault.state, stream, entries, lookupOf(owner, doctor, reader))

describe('content', () => {
  test("E4: a co-reader who knows the key seals other content under the owner's header; the server shows it: the stream stops", async () => {
    const { vault, stream, served, byOwner } = await chart()
    const sealed = await write(byOwner, {}, served.state, '{"dose":"1 mg"}')
    const [honest] = [store(served, sealed)]
    const key = vault.keys.get(idText(stream))![0]!
    const padded = pad(utf8ToBytes('{"dose":"100 mg"}'))
    const forged = sealBody(key, sealed.headerBytes, padded, new Uint8Array(24).fill(1))
    expect(forged).toHaveLength(sealed.body.length)
    expect((await readAll(vault, stream, [{ ...honest!, body: forged }])).fault).toBe('body')
    const rehashed = await readAll(vault, stream, [{ ...honest!, body: forged, bodyHash: sha256(forged) }])
    expect(rehashed.verdicts).toEqual([quarantine('signature')])
  })

  test('E5: the proof of one envelope carries no other', async () => {
    const { vault, stream, served, byOwner } = await chart()
    const [one, two] = [await write(byOwner), await write(byOwner)] as [Sealed, Sealed]
    store(served, one)
    store(served, two)
    const [first, second] = pull(served) as [StreamEntry, StreamEntry]
    const { verdicts } = await readAll(vault, stream, [
      { ...first, proof: second.proof },
      { ...second, proof: first.proof },
    ])
    expect(verdicts).toEqual([quarantine('signature'), quarantine('signature')])
  })

  test('E5: a signature made for one vault, account or device holds in no other', async () => {
    const { vault, stream, byOwner, byDoctor } = await chart()
    const sealed = await write(byOwner)
    for (const fields of [
      { account: doctor.state.account },
      { device: doctor.device.id },
      { account: doctor.state.account, device: doctor.device.id },
    ]) {
      const headerBytes = encodeHeader({ ...sealed.header, ...fields })
      const moved = { ...sealed, headerBytes, hash: envelopeHashOf(headerBytes, sha256(sealed.body)) }
      const { verdicts } = await readAll(vault, stream, [toEntry(moved, 1, 'current')])
      expect(verdicts[0]).toMatchObject({ type: 'quarantine' })
    }
    expect(byDoctor.seq).toBe(0)
  })
})

describe('withholding', () => {
  async function twoRecords() {
    const at = await chart()
    const first = await write(at.byOwner, {}, at.served.state)
    store(at.served, first)
    const other = await write(at.byOwner, {}, at.served.state)
    store(at.served, other)
    return { ...at, first, other }
  }
  const without = (served: ServedStream, n: number, ...more: StreamEntry[]) => [
    ...pull(served).map((entry) => (entry.n === n ? bare(entry) : entry)),
    ...more,
  ]

  test('P3: one record withheld, its entry shown bare, is found', async () => {
    const { vault, stream, served } = await twoRecords()
    expect((await readAll(vault, stream, without(served, 1))).withheld).toEqual([1])
  })

  test('P3: a grantee who names the withheld record from a record of its own hides nothing', async () => {
    const { vault, stream, served, byDoctor, first } = await twoRecords()
    store(served, await write(byDoctor, { merged: [first.hash] }, served.state))
    const { verdicts, withheld } = await readAll(vault, stream, without(served, 1))
    expect(verdicts[2]).toEqual(admitted)
    expect(withheld).toEqual([1])
  })

  test('P3: a void that the server invents, under any device, hides nothing', async () => {
    const { vault, stream, served, first } = await twoRecords()
    const invented = createWriter(vault, stream, await createPerson('invented'))
    const forged = await write(invented, { doc: first.header.doc, parent: first.hash, epoch: 1 })
    const entry = toEntry(forged, 3, 'void')
    expect((await readAll(vault, stream, without(served, 1, entry))).withheld).toEqual([1])
  })

  test('P3: a quarantined envelope that names the withheld record hides nothing', async () => {
    const { vault, stream, served, first } = await twoRecords()
    const thief = createWriter(vault, stream, reader)
    store(served, await write(thief, { doc: first.header.doc, parent: first.hash }, served.state))
    const { verdicts, withheld } = await readAll(vault, stream, without(served, 1))
    expect(verdicts[2]).toEqual(quarantine('no-right'))
    expect(withheld).toEqual([1])
  })

  test('P3: an envelope of nobody, which would wait for a log for ever, keeps nothing from being found', async () => {
    const { vault, stream, served } = await twoRecords()
    const nobody = createWriter(vault, stream, await createPerson('nobody'))
    store(served, await write(nobody, {}, served.state))
    const { verdicts, withheld } = await readAll(vault, stream, without(served, 1))
    expect(verdicts[2]).toEqual(quarantine('no-right'))
    expect(withheld).toEqual([1])
  })

  test('P3: the server shows a current revision as void: the next envelope of that device contradicts it', async () => {
    const { vault, stream, served } = await twoRecords()
    const [first, second] = pull(served) as [StreamEntry, StreamEntry]
    expect((await readAll(vault, stream, [{ ...bare(first), outcome: 'void' }, second])).fault).toBe('voids')
  })

  test('P3: a deleted record is not brought back by its older revision', async () => {
    const { vault, stream, served, byOwner, first } = await twoRecords()
    const { doc } = first.header
    store(served, await write(byOwner, { doc, parent: first.hash, deleted: true }, served.state))
    const replayed = toEntry(first, 4, 'current')
    expect((await readAll(vault, stream, [...pull(served), replayed])).fault).toBe('sequence')
    expect(served.state.records.get(idText(doc))?.current?.deleted).toBe(true)
  })
})

describe('with a grantee who may write', () => {
  test("P2: an entry without a body between the owner's record and the grantee's change makes the record no grantee's", async () => {
    const { vault, stream, served, byOwner, byDoctor } = await chart()
    const record = await write(byOwner, {}, served.state)
    store(served, record)
    const { doc } = record.header
    // Signed or not, with rights or not: shown bare, so that nobody judges it, and named as the parent of what is shown.
    const between = await write(byDoctor, { doc, parent: record.hash }, served.state)
    store(served, between)
    const change = await write(byDoctor, { doc, parent: between.hash }, served.state)
    store(served, change)
    const { verdicts, fault } = await readAll(vault, stream, pull(served))
    expect(fault).toBeNull()
    expect(verdicts).toEqual([null, null, quarantine('no-right')])
  })

  test("P2: a bare beginning that claims the grantee's name lets it amend without the right to append", async () => {
    const vault = await createVault(owner)
    const stream = vault.streams[0]!
    await makeGrant(vault, { grantee: doctor, scopes: [{ stream, rights: READ | AMEND }] })
    const served = serve(vault, stream)
    const byDoctor = createWriter(vault, stream, doctor)
    const beginning = await write(byDoctor, {}, served.state)
    store(served, beginning)
    store(served, await write(byDoctor, { doc: beginning.header.doc, parent: beginning.hash }, served.state))
    const { verdicts } = await readAll(vault, stream, pull(served))
    expect(verdicts).toEqual([null, quarantine('no-right')])
  })

  test(
    'P2: the same over a line of 5,000 bare revisions is judged, and within seconds',
    { timeout: 60_000 },
    async () => {
      const { vault, stream, served, byOwner, byDoctor } = await chart()
      const record = await write(byOwner, {}, served.state)
      store(served, record)
      const { doc } = record.header
      let parent = record.hash
      for (let i = 0; i < 5000; i++) {
        const next = await write(byDoctor, { doc, parent }, served.state)
        store(served, next)
        parent = next.hash
      }
      const started = performance.now()
      const { verdicts } = await readAll(vault, stream, pull(served))
      console.log(`5,000 bare revisions judged in ${Math.round(performance.now() - started)} ms`)
      expect(verdicts.at(-1)).toEqual(quarantine('no-right'))
    },
  )

  test("P2: a grantee who hands the server a conflict against the owner's record gets none admitted", async () => {
    const { vault, stream, served, byOwner, byDoctor } = await chart()
    const record = await write(byOwner, {}, served.state)
    store(served, record)
    const own = await write(byDoctor, {}, served.state)
    store(served, own)
    const { doc } = record.header
    for (const fields of [{ doc }, { doc, parent: own.hash }, { doc, parent: own.hash, merged: [own.hash] }])
      expect(store(served, await write(byDoctor, fields, served.state)).outcome).toBe('conflict')
    const { verdicts } = await readAll(vault, stream, pull(served))
    expect(verdicts.slice(2)).toEqual([quarantine('no-right'), quarantine('no-right'), quarantine('no-right')])
  })
})

describe('with a grantee who was cut', () => {
  test('P5: a write that is numbered after the cut and names a head before it is quarantined on every device', async () => {
    const { vault, stream, served, byDoctor, grant } = await chart()
    const whenGranted = { control: { n: vault.state.n, h: vault.state.h }, epoch: 1 }
    store(served, await write(byDoctor, {}, served.state))
    await cutGrant(vault, grant, new Map([[idText(stream), streamHead(served.state)]]))
    store(served, await write(byDoctor, whenGranted, served.state))
    expect((await readAll(vault, stream, pull(served))).verdicts).toEqual([admitted, quarantine('cut')])
  })

  test('P5: the cut that is withheld from a reader is missed in the heads that others name', async () => {
    const { vault, stream, served, byOwner, grant } = await chart()
    const before = vault.state
    await cutGrant(vault, grant)
    store(served, await write(byOwner, {}, served.state))
    const late = await read(before, stream, pull(served), lookupOf(owner, doctor))
    expect(late.verdicts).toEqual([{ type: 'waiting', for: 'control' }])
  })

  test('P4, F2: an author who was shown another control log, account log or stream is found by the heads it names', async () => {
    const { vault, stream, served, byOwner } = await chart()
    const off = new Uint8Array(32).fill(3)
    for (const fields of [
      { control: { n: vault.state.n, h: off } },
      { accountLog: { n: owner.state.n, h: off } },
      { streamHead: { n: served.state.n, h: off } },
    ])
      store(served, await write(byOwner, fields, served.state))
    const { verdicts } = await readAll(vault, stream, pull(served))
    expect(verdicts).toEqual([quarantine('heads'), quarantine('heads'), quarantine('heads')])
  })
})

describe('with a stolen device', () => {
  test('K5: after its removal and cut nothing that it writes counts, at any head, though the server numbers it', async () => {
    const person = await createPerson('robbed')
    const stolen = await addDevice(person)
    const vault = await createVault(person)
    const stream = vault.streams[0]!
    const served = serve(vault, stream)
    const whenLive = {
      control: { n: 1, h: vault.state.h },
      accountLog: { n: person.state.n, h: person.state.h },
      epoch: 1,
    }
    const byStolen = createWriter(vault, stream, person, stolen)
    store(served, await write(byStolen, {}, served.state))
    await removeDevice(person, stolen.id)
    const pins = new Map([[idText(stream), streamHead(served.state)]])
    const cut = { account: person.state.account, device: stolen.id, reason: 'device-removed' as const }
    const { body, parts, keys } = cutParts(vault, cut, vault.streams, pins)
    await extendVault(vault, await signControlBody(controlBody(vault, body, parts), person.device, parts), keys)
    for (const fields of [whenLive, { epoch: 1 }, {}, { ...whenLive, control: { n: 2, h: vault.state.h } }])
      store(served, await write(byStolen, fields, served.state))
    const { verdicts } = await read(vault.state, stream, pull(served), lookupOf(person))
    expect(verdicts[0]).toEqual(admitted)
    for (const verdict of verdicts.slice(1)) expect(verdict).toMatchObject({ type: 'quarantine' })
  })

  test('P5: the box key after a removal is not wrapped to the stolen device, so no later key reaches it', async () => {
    const person = await createPerson('robbed-again')
    const stolen = await addDevice(person)
    await removeDevice(person, stolen.id)
    const newest = person.state.boxKeys.at(-1)!
    expect(newest.wraps.map(({ device }) => idText(device))).not.toContain(idText(stolen.id))
    expect(newest.wraps).toHaveLength(2)
  })
})
