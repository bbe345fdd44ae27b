/** How the audit box key is in a control log (A2), and the bytes of an access entry and its leaf. */
import { boxKeyPairFromSecretKey } from '@chartkeep/crypto'
import { merkleLeaf, sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, idText, MAX_PULL_STREAMS, READ } from '@chartkeep/protocol'
import {
  accessLeafData,
  accessLogId,
  BLIND_LENGTH,
  envelopeLeafData,
  readAccessLeaf,
  type AccessEntry,
} from '@chartkeep/protocol/audit'
import { accessLogKey, applyControlEntry, heldStreams, isAccessLog } from '@chartkeep/protocol/control'
import { MAX_ACCESS_ENTRY_BYTES } from '@chartkeep/protocol/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import {
  controlBody,
  createPart,
  createVault,
  cutParts,
  extendVault,
  grantedStreams,
  grantParts,
  lookupOf,
  makeGrant,
  signControlBody,
  streamOf,
  type BodyFields,
  type KeyOf,
  type Vault,
} from '../../support/protocol-vault.ts'
import { countingBytes } from '../../support/vectors.ts'

describe('A2: the audit box key in the control log', () => {
  let owner: Person
  let vault: Vault
  let access: KeyOf

  const publicKeyOf = ({ key }: KeyOf) => boxKeyPairFromSecretKey(key).publicKey
  const epochs = (key: KeyOf) => ({ stream: key.stream, epoch: key.epoch, keyId: publicKeyOf(key) })
  async function outcome(fields: BodyFields, keys: KeyOf[] = [access]) {
    const parts = [createPart({ vault: vault.id, recipient: owner, keys })]
    const entry = await signControlBody(controlBody(vault, fields, parts), owner.device, parts)
    const next = await applyControlEntry(vault.state, entry, lookupOf(owner, ...vault.people))
    return 'type' in next ? next.reason : { state: next, entry }
  }
  async function bring(): Promise<void> {
    const brought = await outcome({
      type: 'stream',
      streams: [streamOf(access, owner, true)],
      epochs: [epochs(access)],
    })
    if (typeof brought === 'string') throw new Error(brought)
    await extendVault(vault, brought.entry)
  }

  beforeEach(async () => {
    owner = await createPerson('access-log')
    vault = await createVault(owner)
    access = { stream: accessLogId(vault.id), epoch: 1, key: owner.random(32), name: 'access-log' }
  })

  test('A2: comes as a stream whose id follows from the vault, with the public key as its key id', async () => {
    expect(accessLogKey(vault.state)).toBeNull()
    await bring()
    expect(accessLogKey(vault.state)).toEqual({ epoch: 1, publicKey: publicKeyOf(access) })
    expect(isAccessLog(vault.state, idText(access.stream))).toBe(true)
    expect(isAccessLog(vault.state, idText(vault.streams[0]!))).toBe(false)
    expect(heldStreams(vault.state, owner.state.account)).toContain(idText(access.stream))
  })

  test('A2: a key to which nothing can be sealed is refused, so that no server is brought to a stop by it', async () => {
    const low = { ...epochs(access), keyId: new Uint8Array(32) }
    expect(await outcome({ type: 'stream', streams: [streamOf(access, owner, true)], epochs: [low] })).toBe(
      'bad-epochs',
    )
  })

  test('A2: it is append-only, and no grant brings it or names it', async () => {
    const brought = { type: 'stream', streams: [streamOf(access, owner, false)], epochs: [epochs(access)] } as const
    expect(await outcome(brought as unknown as BodyFields)).toBe('bad-streams')
    const grantee = await createPerson('access-log-grantee')
    vault.people.push(grantee)
    const { body, parts } = grantParts(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const stolen = { ...body, streams: [streamOf(access, owner, true)], epochs: [epochs(access)] }
    const entry = await signControlBody(controlBody(vault, stolen, parts), owner.device, parts)
    expect(await applyControlEntry(vault.state, entry, lookupOf(owner, grantee))).toMatchObject({
      reason: 'bad-streams',
    })

    await bring()
    const named = grantParts(vault, { grantee, scopes: [{ stream: access.stream, rights: READ }] })
    const grant = await signControlBody(controlBody(vault, named.body, named.parts), owner.device, named.parts)
    expect(await applyControlEntry(vault.state, grant, lookupOf(owner, grantee))).toMatchObject({ reason: 'bad-grant' })
  })

  test('A2: a cut renews it, and the next key is the one that counts', async () => {
    await bring()
    const grantee = await createPerson('access-log-cut')
    const { grant } = await makeGrant(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const { body, parts, keys } = cutParts(vault, { grant }, grantedStreams(vault, grant))
    const next = { ...access, epoch: 2, key: owner.random(32) }
    const all = { ...body, epochs: [...(body.epochs ?? []), epochs(next)] }
    await extendVault(vault, await signControlBody(controlBody(vault, all, parts), owner.device, parts), keys)
    expect(accessLogKey(vault.state)).toEqual({ epoch: 2, publicKey: publicKeyOf(next) })
  })
})

describe('A2: the leaf of an access entry', () => {
  const entry: AccessEntry = {
    v: 1,
    vault: countingBytes(16),
    n: 3,
    prev: countingBytes(32, 5),
    time: 1_800_000_000_000,
    kind: 'pull',
    outcome: 'ok',
    account: countingBytes(16, 1),
    device: countingBytes(16, 2),
    address: '192.0.2.7',
    streams: [{ stream: countingBytes(16, 3), first: 1, last: 9, count: 9 }],
    blob: null,
    bytes: 4711,
    unlogged: 0,
  }
  const blind = countingBytes(BLIND_LENGTH, 77)

  test('A2: is SHA-256(0x00 || entry || 32 random bytes), and reads back', () => {
    const data = accessLeafData(encodeMessage(entry), blind)
    expect(merkleLeaf(data)).toEqual(sha256(Uint8Array.of(0), encodeMessage(entry), blind))
    expect(readAccessLeaf(data)).toEqual(entry)
  })

  test('A2: with all the streams that a pull can name it stays within its size', () => {
    const streams = Array.from({ length: MAX_PULL_STREAMS }, () => ({
      stream: countingBytes(16),
      first: Number.MAX_SAFE_INTEGER,
      last: Number.MAX_SAFE_INTEGER,
      count: Number.MAX_SAFE_INTEGER,
    }))
    const large = { ...entry, streams, address: 'f'.repeat(64), blob: countingBytes(16) }
    expect(encodeMessage(large).length).toBeLessThan(MAX_ACCESS_ENTRY_BYTES)
    expect(readAccessLeaf(accessLeafData(encodeMessage(large), blind))).toEqual(large)
  })

  test('A2: a word of a newer server is kept as it is', () => {
    expect(readAccessLeaf(accessLeafData(encodeMessage({ ...entry, kind: 'glance' }), blind))?.kind).toBe('glance')
  })

  test('K10: what is no entry is not read as one', () => {
    const encoded = (change: object) => accessLeafData(encodeMessage({ ...entry, ...change }), blind)
    for (const change of [{ v: 2 }, { kind: 'g'.repeat(33) }, { n: -1 }, { prev: countingBytes(31) }, { more: 1 }])
      expect(readAccessLeaf(encoded(change))).toBeNull()
    expect(readAccessLeaf(blind)).toBeNull()
    expect(readAccessLeaf(envelopeLeafData(countingBytes(16), 1, countingBytes(32)))).toBeNull()
  })
})
