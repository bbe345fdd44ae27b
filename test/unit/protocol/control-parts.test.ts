/** Restricted parts of control entries (C1, C8, K9): what a reader must get, may miss, and never takes. */
import { openSealedBox, unpad } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { ALL_RIGHTS, APPEND, decodeAs, encodeMessage, idText, READ } from '@chartkeep/protocol'
import {
  applyControlEntry,
  makePart,
  partHash,
  PartOpen,
  ControlBody,
  showsAllGrants,
  WrapContent,
  wrapContext,
  type ControlEntry,
  type ControlPart,
} from '@chartkeep/protocol/control'
import { readParts } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { flipped } from '../../support/flipped.ts'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import {
  controlBody,
  createVault,
  grantParts,
  keysOf,
  lookupOf,
  makeGrant,
  signControlBody,
  withhold,
  type Vault,
} from '../../support/protocol-vault.ts'

let owner: Person
let grantee: Person
let vault: Vault
let entry: ControlEntry
let before: Vault['state']
beforeAll(async () => {
  owner = await createPerson('parts-owner')
  grantee = await createPerson('parts-grantee')
  vault = await createVault(owner)
  before = vault.state
  entry = (await makeGrant(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ | APPEND }] })).entry
})

const apply = (changed: ControlEntry) => applyControlEntry(before, changed, lookupOf(owner, grantee))
const badParts = { type: 'refused', reason: 'bad-parts' }

describe('parts hash into the entry', () => {
  const changes: [string, (parts: [ControlPart, ControlPart]) => ControlPart[]][] = [
    ['two parts swapped', ([a, b]) => [b, a]],
    ['a part left out', ([a]) => [a]],
    ['a part too many', ([a, b]) => [a, b, b]],
    ['no parts', () => []],
    ['an open half changed', ([a, b]) => [{ ...a, open: flipped(a.open!, 40) }, b]],
    ['an open half changed in its salt, so that it still reads', ([a, b]) => [{ ...a, open: flipped(a.open!, 10) }, b]],
    ['a wrap changed', ([a, b]) => [{ ...a, wrap: flipped(a.wrap!) }, b]],
    [
      'an open half changed together with its hash',
      ([a, b]) => {
        const open = flipped(a.open!, 40)
        return [{ ...a, open, openHash: sha256(open) }, b]
      },
    ],
    ['a wrap changed together with its hash', ([a, b]) => [makePart(a.open!, flipped(a.wrap!)), b]],
    ['the two halves of a part swapped', ([a, b]) => [makePart(a.wrap!, a.open!), b]],
    ['the wraps of two parts swapped', ([a, b]) => [makePart(a.open!, b.wrap!), makePart(b.open!, a.wrap!)]],
    ['a withheld half whose hash is another', ([a, b]) => [{ ...a, wrap: null, wrapHash: flipped(a.wrapHash) }, b]],
  ]
  test.each(changes)('C8: %s: the entry is refused', async (_, change) => {
    const [a, b] = entry.parts
    expect(await apply({ ...entry, parts: change([a!, b!]) })).toEqual(badParts)
  })

  test('C8: the salt of an open half is where the test above changes it', () => {
    const [a] = entry.parts
    expect(decodeAs(PartOpen, flipped(a!.open!, 10))).toMatchObject({ recipient: grantee.state.account })
  })

  test('C8: parts of another entry are refused', async () => {
    const foreign = grantParts(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: ALL_RIGHTS }] })
    expect(await apply({ ...entry, parts: foreign.parts })).toEqual(badParts)
  })

  test('C8: an open half that is not in its one encoding is refused, although its hash fits', async () => {
    const { body, parts } = grantParts(vault, { grantee, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const spoilt = [makePart(new Uint8Array([...parts[0]!.open!, 0]), parts[0]!.wrap!), parts[1]!]
    const signed = await signControlBody(controlBody(vault, body, spoilt), owner.device, spoilt)
    expect(await applyControlEntry(vault.state, signed, lookupOf(owner, grantee))).toEqual(badParts)
  })

  test('C8: the hash of a part is over both halves, so neither stands for the other', () => {
    const [a] = entry.parts
    expect(partHash(a!)).not.toEqual(partHash({ openHash: a!.wrapHash, wrapHash: a!.openHash }))
    expect(readParts(entry, decodeAs(ControlBody, entry.body)!)?.map((open) => open?.grant ?? null)).toEqual([
      decodeAs(ControlBody, entry.body)!.grant,
      null,
    ])
  })
})

describe('withheld halves', () => {
  test('C8: a reader with no part at all follows the chain and knows that a grant exists, not whose', async () => {
    const state = await apply(withhold(entry, () => ({ open: true, wrap: true })))
    if ('type' in state) throw new Error(state.reason)
    const [grant] = state.grants.values()
    expect(state.h).toEqual(vault.state.h)
    expect(grant).toMatchObject({ account: null, notAfter: 0 })
    expect(grant?.streams.size).toBe(0)
    expect(state.received).toHaveLength(before.received.length)
  })

  test('C8: a co-reader sees who may write in its streams, and no key', async () => {
    const state = await apply(withhold(entry, (index) => ({ open: index !== 0, wrap: true })))
    if ('type' in state) throw new Error(state.reason)
    expect([...state.grants.values()][0]?.account).toEqual(grantee.state.account)
    expect(state.received).toHaveLength(before.received.length)
  })

  test('C1: an owner and the server can tell that an open half was withheld from them', () => {
    expect(showsAllGrants(entry)).toBe(true)
    expect(showsAllGrants(withhold(entry, (index) => ({ open: index === 0 })))).toBe(false)
    expect(showsAllGrants(withhold(entry, () => ({ wrap: true })))).toBe(true)
  })
})

describe('wraps', () => {
  const opened = (part: ControlPart, person: Person) => {
    const plain = openSealedBox(person.boxKeys[0]!, part.wrap!)
    return plain === null ? null : decodeAs(WrapContent, unpad(plain)!)
  }

  test('K9: a wrap opens for its recipient only, and holds keys that match their published ids', () => {
    const [forGrantee, forOwner] = entry.parts
    expect(opened(forGrantee!, owner)).toBeNull()
    expect(opened(forOwner!, grantee)).toBeNull()
    const content = opened(forGrantee!, grantee)!
    const open = decodeAs(PartOpen, forGrantee!.open!)!
    expect(content.context).toEqual(wrapContext(vault.id, content.keys, grantee.state.account, open.grant))
    expect(content.keys.map(({ key }) => idText(key))).toContain(idText(keysOf(vault, vault.streams[0]!)[0]!.key))
  })

  test('K9: the context of a wrap differs by vault, keys, order, recipient and grant', () => {
    const id = (byte: number) => new Uint8Array(16).fill(byte)
    const keys = [
      { stream: id(1), epoch: 1 },
      { stream: id(2), epoch: 1 },
    ]
    const contexts = [
      wrapContext(id(9), keys, id(3), id(4)),
      wrapContext(id(8), keys, id(3), id(4)),
      wrapContext(id(9), keys.toReversed(), id(3), id(4)),
      wrapContext(id(9), keys.slice(1), id(3), id(4)),
      wrapContext(id(9), [keys[0]!, { stream: id(2), epoch: 2 }], id(3), id(4)),
      wrapContext(id(9), keys, id(5), id(4)),
      wrapContext(id(9), keys, id(3), id(5)),
      wrapContext(id(9), keys, id(3), null),
    ]
    expect(new Set(contexts.map(idText)).size).toBe(contexts.length)
  })

  test('K9: the salt in an open half keeps two equal grants from having equal hashes', () => {
    const scopes = [{ stream: vault.streams[0]!, rights: READ }]
    const grant = new Uint8Array(16)
    const hashes = [0, 1].map(
      () => grantParts(vault, { grantee, scopes, grant, notAfter: vault.time + 9 }).parts[0]!.openHash,
    )
    expect(idText(hashes[0]!)).not.toBe(idText(hashes[1]!))
    expect(encodeMessage({}).length).toBe(1)
  })
})
