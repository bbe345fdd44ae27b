/** Push at the server (S1-S3, S5, S8, C5, E1, E6): every refusal and every outcome, on real storage. */
import { randomBytes } from '@chartkeep/crypto'
import { AMEND, APPEND, idText, MAX_ENVELOPE_BYTES, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import { emptyStream, hashEnvelope, nextStreamHash, streamStart, verifyHead } from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addCut,
  addDevice,
  addEpochs,
  addGrant,
  createDevice,
  createVault,
  createWriter,
  removeDevice,
  sealDrafts,
  type TestVault,
} from '../../support/author.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  pull,
  push,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
let owner: Member
let grantee: Member
let stranger: Member

beforeAll(async () => {
  world = createServerWorld()
  ;[owner, grantee, stranger] = [await newMember(world.core), await newMember(world.core), await newMember(world.core)]
})
afterAll(() => world.close())

const postedVault = () => newVault(world.core, owner)

const post = (vault: TestVault) => postNewest(world.core, owner.session, vault)

const hour = 3_600_000
const emptyDrafts = (count: number) => Array.from({ length: count }, () => ({}))

describe('S1, S2: numbers, chain and outcomes', () => {
  test('S1: entries are numbered 1..n and chained, and the answer names n, h and outcome of each under a signed head', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const drafts = await sealDrafts(createWriter(vault, owner.account, stream!), [{}, {}, {}])
    const { results, heads, refused } = await push(world.core, owner.session, vault, drafts)
    let h = streamStart(vault.id, stream!)
    for (const [index, result] of results.entries()) {
      h = nextStreamHash(h, index + 1, 'current', drafts[index]!.hash)
      expect(result).toEqual({ stream, hash: drafts[index]!.hash, n: index + 1, h, outcome: 'current' })
    }
    expect(refused).toBeNull()
    expect(heads).toHaveLength(1)
    expect(heads[0]).toMatchObject({ kind: 'stream', id: stream, n: 3, h })
    expect(await verifyHead(heads[0]!, world.serverKey)).toBe(true)
  })

  test('S2: an envelope whose parent is the current one becomes current; a second one on the same parent is stored as a conflict', async () => {
    const vault = await postedVault()
    const writer = createWriter(vault, owner.account, vault.streams[0]!)
    const [first] = await sealDrafts(writer, [{}])
    const { doc } = first!
    const more = await sealDrafts(writer, [{ doc, parent: first!.hash }, { doc, parent: first!.hash }, { doc }])
    const { results } = await push(world.core, owner.session, vault, [first!, ...more])
    expect(results.map(({ outcome }) => outcome)).toEqual(['current', 'current', 'conflict', 'conflict'])
  })

  test('S2: versions of one record in one push see each other: each gets the outcome that it would have got alone', async () => {
    const [together, alone] = await Promise.all([postedVault(), postedVault()])
    const answers: string[][] = []
    for (const vault of [together, alone]) {
      const writer = createWriter(vault, owner.account, vault.streams[0]!)
      const doc = randomBytes(16)
      const [first] = await sealDrafts(writer, [{ doc }])
      const [second] = await sealDrafts(writer, [{ doc, parent: first!.hash }])
      const [lost] = await sealDrafts(writer, [{ doc, parent: first!.hash }])
      const [over] = await sealDrafts(writer, [{ doc, parent: second!.hash, merged: [lost!.hash] }])
      const all = [first!, second!, lost!, over!, first!]
      const pushes = vault === together ? [all] : all.map((each) => [each])
      const results: PushAnswer['results'] = []
      for (const each of pushes) results.push(...(await push(world.core, owner.session, vault, each)).results)
      answers.push(results.map(({ n, outcome }) => `${n} ${outcome}`))
      const { entries } = await pull(world.core, owner.session, vault, vault.streams[0]!)
      answers.push(entries.map(({ body }) => (body === null ? 'bare' : 'open')))
    }
    expect(answers[0]).toEqual(['1 current', '2 current', '3 conflict', '4 current', '1 current'])
    expect(answers[1]).toEqual(['bare', 'bare', 'bare', 'open'])
    expect(answers.slice(2)).toEqual(answers.slice(0, 2))
  })

  test('S2: the same envelope again gets the same answer and is stored once', async () => {
    const vault = await postedVault()
    const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}, {}])
    const first = await push(world.core, owner.session, vault, drafts)
    const again = await push(world.core, owner.session, vault, drafts)
    expect(again.results).toEqual(first.results)
    expect((await pull(world.core, owner.session, vault, vault.streams[0]!)).head.n).toBe(2)
  })

  test('S2: two identical pushes at the same moment store each envelope once', async () => {
    const vault = await postedVault()
    const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}, {}])
    const [a, b] = await Promise.all([
      push(world.core, owner.session, vault, drafts),
      push(world.core, owner.session, vault, drafts),
    ])
    expect(a.results).toEqual(b.results)
    expect(a.heads[0]!.n).toBe(2)
  })

  test('S2: a refusal stops the request there; what came before stays stored', async () => {
    const vault = await postedVault()
    const writer = createWriter(vault, owner.account, vault.streams[0]!)
    const drafts = await sealDrafts(writer, [{}, { header: { deviceSeq: 7 } }, {}])
    const { results, refused } = await push(world.core, owner.session, vault, drafts)
    expect(results.map(({ n }) => n)).toEqual([1])
    expect(refused).toBe('sequence')
    expect((await pull(world.core, owner.session, vault, writer.stream)).entries).toHaveLength(1)
  })

  test.each([
    ['a gap', { deviceSeq: 3 }],
    ['a number used before', { deviceSeq: 1 }],
    ['a previous hash that is not its last envelope', { devicePrevious: randomBytes(32) }],
    ['voids that were none', { voids: 1 }],
  ])('S2: %s in the sequence of a device is refused', async (_name, header) => {
    const vault = await postedVault()
    const writer = createWriter(vault, owner.account, vault.streams[0]!)
    const first = await sealDrafts(writer, [{}])
    const next = await sealDrafts(writer, [{ header }])
    expect((await push(world.core, owner.session, vault, [...first, ...next])).refused).toBe('sequence')
  })

  test('S2: an envelope under an older epoch is stored as void, header and body hash only, and counted in voids by the next', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const writer = createWriter(vault, owner.account, stream!)
    const before = await sealDrafts(writer, [{ text: '{"a":1}' }, { text: '{"a":2}' }])
    await addEpochs(vault, [stream!])
    await post(vault)
    expect((await push(world.core, owner.session, vault, before)).results.map(({ outcome }) => outcome)).toEqual([
      'void',
      'void',
    ])

    const uncounted = await sealDrafts({ ...writer }, [{}])
    expect((await push(world.core, owner.session, vault, uncounted)).refused).toBe('sequence')
    const counted = await sealDrafts(writer, [{ header: { voids: 2 } }])
    expect((await push(world.core, owner.session, vault, counted)).results[0]!.outcome).toBe('current')

    const { entries } = await pull(world.core, owner.session, vault, stream!)
    expect(entries.map(({ outcome, body, proof }) => [outcome, body === null, proof === null])).toEqual([
      ['void', true, true],
      ['void', true, true],
      ['current', false, false],
    ])
    const fetched = accepted(
      await world.core.fetchBodies(owner.session, vault.id, { stream: stream!, numbers: [1, 2] }),
    )
    expect(fetched.entries.map(({ body }) => body)).toEqual([null, null])
  })

  test('C5: an envelope under an epoch that the control log does not hold yet is refused', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    await addEpochs(vault, [stream!])
    const drafts = await sealDrafts(createWriter(vault, owner.account, stream!), [
      { control: { n: 1, h: vault.state.hashes[0]! } },
    ])
    expect((await push(world.core, owner.session, vault, drafts)).refused).toBe('heads-unknown')
  })
})

describe('E6: heads, rights and signature', () => {
  test.each([
    ['control log, a position to come', () => ({ control: { n: 9, h: randomBytes(32) } })],
    ['control log, another hash', () => ({ control: { n: 1, h: randomBytes(32) } })],
    ['account log, a position to come', () => ({ accountLog: { n: 9, h: randomBytes(32) } })],
    ['account log, another hash', () => ({ accountLog: { n: 1, h: randomBytes(32) } })],
    ['stream, a position to come', () => ({ streamHead: { n: 9, h: randomBytes(32) } })],
    ['stream, another hash', () => ({ streamHead: { n: 0, h: randomBytes(32) } })],
  ])('E6: a head that the server does not have is refused: %s', async (_name, draft) => {
    const vault = await postedVault()
    const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [draft()])
    expect((await push(world.core, owner.session, vault, drafts)).refused).toBe('heads-unknown')
  })

  test('E5: a signature by another key, over other bytes, or moved to another envelope of the batch is refused', async () => {
    const vault = await postedVault()
    const writer = createWriter(vault, owner.account, vault.streams[0]!)
    const other = await sealDrafts(
      createWriter(vault, { ...owner.account }, writer.stream, {
        ...stranger.account.device,
        id: owner.account.device.id,
      }),
      [{}],
    )
    const drafts = await sealDrafts(writer, [{}, {}])
    const [first, second] = drafts
    const flipped = {
      ...first!,
      proof: {
        ...first!.proof,
        signature: Uint8Array.from(first!.proof.signature, (byte, i) => (i === 40 ? byte ^ 1 : byte)),
      },
    }
    const shortened = { ...first!, proof: { ...first!.proof, path: [] } }
    for (const wrong of [other[0]!, flipped, shortened, { ...first!, proof: second!.proof }])
      expect((await push(world.core, owner.session, vault, [wrong])).refused).toBe('refused')
    const { results } = await push(world.core, owner.session, vault, drafts)
    expect(results).toHaveLength(2)
  })

  test('E6: nobody pushes in the name of another account or device, nor a header of another vault', async () => {
    const vault = await postedVault()
    const second = await postedVault()
    const asStranger = await sealDrafts(createWriter(vault, stranger.account, vault.streams[0]!), [{}])
    const asOtherDevice = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!, createDevice()), [{}])
    const asOtherVault = await sealDrafts(createWriter(second, owner.account, second.streams[0]!), [{}])
    for (const [draft] of [asStranger, asOtherDevice, asOtherVault])
      expect((await push(world.core, owner.session, vault, [draft!])).refused).toBe('refused')
  })

  test('E6: a grantee with append adds records; it changes only its own, and with amend only', async () => {
    const vault = await postedVault()
    const [labs, meds] = vault.streams
    await addGrant(vault, grantee.account, {
      streams: [
        { stream: labs!, rights: READ | APPEND | AMEND },
        { stream: meds!, rights: READ | APPEND },
      ],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const owners = await sealDrafts(createWriter(vault, owner.account, labs!), [{}])
    await push(world.core, owner.session, vault, owners)

    const inLabs = createWriter(vault, grantee.account, labs!)
    const [own] = await sealDrafts(inLabs, [{}])
    const amended = await sealDrafts(inLabs, [{ doc: own!.doc, parent: own!.hash }])
    expect(
      (await push(world.core, grantee.session, vault, [own!, ...amended])).results.map(({ outcome }) => outcome),
    ).toEqual(['current', 'current'])
    const overOwner = await sealDrafts({ ...inLabs }, [{ doc: owners[0]!.doc, parent: owners[0]!.hash }])
    expect((await push(world.core, grantee.session, vault, overOwner)).refused).toBe('no-right')

    const inMeds = createWriter(vault, grantee.account, meds!)
    const [appended] = await sealDrafts(inMeds, [{}])
    const changed = await sealDrafts(inMeds, [{ doc: appended!.doc, parent: appended!.hash }])
    const answer = await push(world.core, grantee.session, vault, [appended!, ...changed])
    expect([answer.results.length, answer.refused]).toEqual([1, 'no-right'])

    const rewrite = await sealDrafts(createWriter(vault, owner.account, meds!), [
      { doc: appended!.doc, parent: appended!.hash },
    ])
    expect((await push(world.core, owner.session, vault, rewrite)).refused).toBe('no-right')
  })

  test('E6: a right of a grant that has expired does not come back by another grant in force', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    const soon = world.time.now() + 60_000
    await addGrant(vault, grantee.account, { streams: [{ stream: labs!, rights: READ | APPEND }], notAfter: soon })
    await post(vault)
    await addGrant(vault, grantee.account, { streams: [{ stream: labs!, rights: READ }], notAfter: soon + hour })
    await post(vault)
    const writer = createWriter(vault, grantee.account, labs!)
    expect((await push(world.core, grantee.session, vault, await sealDrafts(writer, [{}]))).refused).toBeNull()
    await world.time.advance(60_000)
    expect((await push(world.core, grantee.session, vault, await sealDrafts(writer, [{}]))).refused).toBe('no-right')
  })

  test('E6: what a grantee wrote under a grant that has expired stays its own: it amends it under the next', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    const soon = world.time.now() + 60_000
    await addGrant(vault, grantee.account, { streams: [{ stream: labs!, rights: READ | APPEND }], notAfter: soon })
    await post(vault)
    const writer = createWriter(vault, grantee.account, labs!)
    const [first] = await sealDrafts(writer, [{}])
    await push(world.core, grantee.session, vault, [first!])
    await world.time.advance(60_000)
    await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ | AMEND }],
      notAfter: soon + hour,
    })
    await post(vault)
    const next = await sealDrafts(writer, [{ doc: first!.doc, parent: first!.hash }])
    expect((await push(world.core, grantee.session, vault, next)).results.map(({ outcome }) => outcome)).toEqual([
      'current',
    ])
  })

  test('C5, C9: what names a grant that was cut is void under another that lets its author write, and else refused', async () => {
    for (const rights of [READ | APPEND, READ]) {
      const vault = await postedVault()
      const [labs] = vault.streams
      const given = (bits: number) => ({
        streams: [{ stream: labs!, rights: bits }],
        notAfter: world.time.now() + hour,
      })
      const first = await addGrant(vault, grantee.account, given(READ | APPEND))
      await post(vault)
      const writer = createWriter(vault, grantee.account, labs!)
      const before = await sealDrafts(writer, [{}, {}])
      const control = { n: vault.state.n, h: vault.state.h }
      const second = await addGrant(vault, grantee.account, given(rights))
      await post(vault)
      await addCut(vault, first, [second])
      await post(vault)
      const { results, refused } = await push(world.core, grantee.session, vault, before)
      const mayWrite = rights !== READ
      expect([results.map(({ outcome }) => outcome), refused]).toEqual(
        mayWrite ? [['void', 'void'], null] : [[], 'no-right'],
      )
      // Under the newest epoch the right is asked for where the envelope says.
      const counted = mayWrite ? writer : createWriter(vault, grantee.account, labs!)
      const backdated = await sealDrafts({ ...counted }, [{ control, header: { voids: mayWrite ? 2 : 0 } }])
      expect((await push(world.core, grantee.session, vault, backdated)).refused).toBe('no-right')
      if (!mayWrite) continue
      const again = await sealDrafts(counted, [{ header: { voids: 2 } }])
      expect((await push(world.core, grantee.session, vault, again)).results[0]!.outcome).toBe('current')
    }
  })

  test('E6: a grant to read only does not write', async () => {
    const vault = await postedVault()
    await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const drafts = await sealDrafts(createWriter(vault, grantee.account, vault.streams[0]!), [{}])
    expect((await push(world.core, grantee.session, vault, drafts)).refused).toBe('no-right')
  })

  test('S5: an append-only stream takes no parent, no deletion, no merge', async () => {
    const vault = await postedVault()
    const audit = vault.streams[2]!
    const writer = createWriter(vault, owner.account, audit)
    const [event] = await sealDrafts(writer, [{}])
    await push(world.core, owner.session, vault, [event!])
    for (const draft of [{ doc: event!.doc, parent: event!.hash }, { deleted: true }, { merged: [event!.hash] }]) {
      const drafts = await sealDrafts({ ...writer }, [draft])
      expect((await push(world.core, owner.session, vault, drafts)).refused).toBe('append-only')
    }
  })

  test("A1: an owner does not write in a grantee's audit stream; its grantee does", async () => {
    const vault = await postedVault()
    const grant = await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const forged = await sealDrafts(createWriter(vault, owner.account, grant.audit), [{}])
    expect((await push(world.core, owner.session, vault, forged)).refused).toBe('no-right')
    const own = await sealDrafts(createWriter(vault, grantee.account, grant.audit), [{}])
    expect((await push(world.core, grantee.session, vault, own)).results).toHaveLength(1)
  })
})

describe('C6, C9: the rights of this moment', () => {
  test('C6: before notBefore and from notAfter on a grantee pushes nothing, by the clock of the server', async () => {
    const vault = await postedVault()
    const begin = world.time.now() + hour
    await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ | APPEND }],
      notBefore: begin,
      notAfter: begin + hour,
    })
    await post(vault)
    const drafts = await sealDrafts(createWriter(vault, grantee.account, vault.streams[0]!), [{}])
    expect(errorOf(await world.core.push(grantee.session, vault.id, { envelopes: drafts }))).toBe('not-found')
    await world.time.advance(hour)
    const session = await signIn(world.core, grantee.account)
    expect((await push(world.core, session, vault, drafts)).results).toHaveLength(1)
    await world.time.advance(hour - 1)
    const last = await signIn(world.core, grantee.account)
    expect((await push(world.core, last, vault, drafts)).results).toHaveLength(1)
    await world.time.advance(1)
    expect(errorOf(await world.core.push(last, vault.id, { envelopes: drafts }))).toBe('not-found')
    ;[owner.session, grantee.session, stranger.session] = (await Promise.all(
      [owner, grantee, stranger].map(({ account }) => signIn(world.core, account)),
    )) as [typeof owner.session, typeof owner.session, typeof owner.session]
  })

  test('C6: after its cut a grantee pushes nothing, not even what it sealed and sent before', async () => {
    const vault = await postedVault()
    const grant = await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ | APPEND }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const drafts = await sealDrafts(createWriter(vault, grantee.account, vault.streams[0]!), [{}])
    await push(world.core, grantee.session, vault, drafts)
    await addCut(vault, grant)
    await post(vault)
    expect(errorOf(await world.core.push(grantee.session, vault.id, { envelopes: drafts }))).toBe('not-found')
  })

  test('C6: an unknown vault, a forbidden vault, an unknown stream and a forbidden stream are answered with the same bytes', async () => {
    const vault = await postedVault()
    await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: READ | APPEND }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const unknown = await world.core.push(stranger.session, randomBytes(16), { envelopes: [] })
    const forbidden = await world.core.push(stranger.session, vault.id, { envelopes: [] })
    expect(forbidden).toEqual(unknown)
    expect(errorOf(forbidden)).toBe('not-found')

    const forbiddenStream = await sealDrafts(createWriter(vault, grantee.account, vault.streams[1]!), [{}])
    const elsewhere = { ...vault, keys: new Map(vault.keys) }
    const invented = randomBytes(16)
    elsewhere.keys.set(idText(invented), new Map([[1, randomBytes(32)]]))
    const unknownStream = await sealDrafts(createWriter(elsewhere, grantee.account, invented), [{ epoch: 1 }])
    const answers = [
      await push(world.core, grantee.session, vault, forbiddenStream),
      await push(world.core, grantee.session, vault, unknownStream),
    ]
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toEqual({ results: [], heads: [], refused: 'not-found' })
  })

  test('K5: a device that the account log has removed pushes nothing, whatever head its envelopes name', async () => {
    const { account, session } = await newMember(world.core)
    const second = createDevice()
    accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, second) }))
    const vault = await newVault(world.core, { account, session })
    const other = await signIn(world.core, account, second)
    const before = accountHead(account.state)
    const drafts = await sealDrafts(createWriter(vault, account, vault.streams[0]!, second), [{ accountLog: before }])
    accepted(await world.core.postAccount(session, account.id, { entry: await removeDevice(account, second.id) }))
    expect(other.ended).toBe(true)
    expect(errorOf(await world.core.push(other, vault.id, { envelopes: drafts }))).toBe('unauthenticated')
  })
})

test('E6: a device pushes its own envelopes only, also among devices of one account', async () => {
  const { account, session } = await newMember(world.core)
  const second = createDevice()
  accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, second) }))
  const vault = await newVault(world.core, { account, session })
  const sealed = await sealDrafts(createWriter(vault, account, vault.streams[0]!, second), [{}])
  expect((await push(world.core, session, vault, sealed)).refused).toBe('refused')
  expect((await push(world.core, await signIn(world.core, account, second), vault, sealed)).refused).toBeNull()
})

test('K5: a push that comes in the same moment as the removal of its device, and after it, is not taken', async () => {
  const { account, session } = await newMember(world.core)
  const second = createDevice()
  accepted(await world.core.postAccount(session, account.id, { entry: await addDevice(account, second) }))
  const vault = await newVault(world.core, { account, session })
  const asSecond = await signIn(world.core, account, second)
  const sealed = await sealDrafts(createWriter(vault, account, vault.streams[0]!, second), [{}])
  const entry = await removeDevice(account, second.id)
  const [removed, pushed] = await Promise.all([
    world.core.postAccount(session, account.id, { entry }),
    world.core.push(asSecond, vault.id, { envelopes: sealed }),
  ])
  expect([errorOf(removed), errorOf(pushed)]).toEqual([null, 'unauthenticated'])
})

describe('S8: limits', () => {
  test('S8: an envelope of 1 MiB of padded text is taken; one whose length is not the one of its header is refused', async () => {
    const vault = await postedVault()
    const writer = createWriter(vault, owner.account, vault.streams[0]!)
    const largest = await sealDrafts(writer, [{ bytes: new Uint8Array(MAX_ENVELOPE_BYTES) }])
    expect((await push(world.core, owner.session, vault, largest)).results).toHaveLength(1)
    const [lying] = await sealDrafts(writer, [{ bytes: new Uint8Array(256), header: { paddedLength: 512 } }])
    expect((await push(world.core, owner.session, vault, [lying!])).refused).toBe('refused')
  })

  test('S8: an envelope over 1 MiB is too large', async () => {
    const vault = await postedVault()
    const [draft] = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}])
    const large = { ...draft!, body: new Uint8Array(MAX_ENVELOPE_BYTES + 100) }
    expect((await push(world.core, owner.session, vault, [large])).refused).toBe('too-large')
  })

  test('S8: a push of more than 512 envelopes is too large', async () => {
    const vault = await postedVault()
    const [draft] = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}])
    const answer = await world.core.push(owner.session, vault.id, { envelopes: Array(513).fill(draft) })
    expect(errorOf(answer)).toBe('too-large')
  })

  test('S8: the space of an account is bounded; what was stored before stays', async () => {
    const small = createServerWorld({ limits: { accountBytes: 20_000 } })
    const { account, session } = await newMember(small.core)
    const vault = await newVault(small.core, { account, session })
    const sealed = await sealDrafts(createWriter(vault, account, vault.streams[0]!), emptyDrafts(40))
    const { results, refused } = await push(small.core, session, vault, sealed)
    expect(refused).toBe('quota')
    expect(results.length).toBeGreaterThan(0)
    expect((await pull(small.core, session, vault, vault.streams[0]!)).entries).toHaveLength(results.length)
    await small.close()
  })

  test('S8: a header that is no header of this protocol is refused', async () => {
    const vault = await postedVault()
    const [draft] = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}])
    const otherSuite = { ...draft!, header: Uint8Array.from(draft!.header, (byte, i) => (i === 2 ? 2 : byte)) }
    for (const header of [otherSuite.header, draft!.header.slice(0, -1), new Uint8Array(), randomBytes(1024)])
      expect((await push(world.core, owner.session, vault, [{ ...draft!, header }])).refused).toBe('refused')
  })
})

test('S3: pushes at the same moment share commits, and each answer is in durable storage', async () => {
  const vault = await postedVault()
  const other = await newMember(world.core)
  const second = await createVault(other.account)
  accepted(await world.core.postControl(other.session, second.id, { entries: second.entries }))
  const batches = await Promise.all(
    vault.streams.slice(0, 2).map((stream) => sealDrafts(createWriter(vault, owner.account, stream), emptyDrafts(20))),
  )
  const theirs = await sealDrafts(createWriter(second, other.account, second.streams[0]!), emptyDrafts(20))
  const answers = await Promise.all([
    ...batches.flat().map((draft) => push(world.core, owner.session, vault, [draft])),
    ...theirs.map((draft) => push(world.core, other.session, second, [draft])),
  ])
  for (const { results, refused } of answers) {
    expect(refused).toBeNull()
    const of = [...batches.flat(), ...theirs].find(({ hash }) => idText(hash) === idText(results[0]!.hash))!
    expect(idText(hashEnvelope(of))).toBe(idText(results[0]!.hash))
  }
  expect(world.storage.read.streamHead(vault.id, vault.streams[0]!)!.n).toBe(20)
  expect(emptyStream(vault.id, vault.streams[0]!).n).toBe(0)
})

test('E6: an envelope with a merged list takes in open conflicts of its record only, as every reader counts them', async () => {
  const vault = await postedVault()
  const writer = createWriter(vault, owner.account, vault.streams[0]!)
  const [a, b] = await sealDrafts(writer, [{}, {}])
  const [a2, b2] = await sealDrafts(writer, [{ doc: a!.doc }, { doc: b!.doc }])
  const merged = [a2!.hash, b2!.hash].toSorted((x, y) => (Buffer.compare(x, y) < 0 ? -1 : 1))
  const [union] = await sealDrafts(writer, [{ doc: a!.doc, parent: a!.hash, merged }])
  await push(world.core, owner.session, vault, [a!, b!, a2!, b2!, union!])
  const { entries } = await pull(world.core, owner.session, vault, writer.stream)
  expect(entries.map(({ body }) => body !== null)).toEqual([false, true, false, true, true])
})
