/** F1: an account log that the server shows in two ways: none of the second is taken, and both signed heads are kept. Real book, real core, a server that lies. */
import { randomBytes } from '@chartkeep/crypto'
import { bytesToHex, decodeCbor, hexToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import { deviceNamedEntry, evidenceFile, evidenceViews, ACCOUNT_TABLE, openBoxKeys } from '@chartkeep/sync/testing'
import { checkEvidence } from 'chartkeep-verify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, type AttackWorld } from '../support/attack-world.ts'
import { signHeadAs, type Lies } from '../support/hostile-server.ts'
import { memoryHome } from '../support/memory-rows.ts'

let world: AttackWorld
beforeEach(async () => {
  world = await createAttackWorld()
  const { laptop, owner } = world
  expect(await laptop.book.refresh(owner.account, laptop.server, world.key.publicKey)).toMatchObject({ type: 'ok' })
})
afterEach(() => world.close())

/** As it is given away: bytes in hexadecimal. */
type HexHead = Pick<SignedHead, 'kind' | 'n' | 'time'> & Record<'id' | 'h' | 'signature', string>
interface EvidenceFile {
  format: string
  v: number
  kept: { place: string; id: string; fault: string; serverKey: string; said: { heads: HexHead[] } }[]
}

/** What home keeps of it: how the fault is called, and the heads in the order in which the server signed them. */
function kept(): { key: string; heads: SignedHead[] }[] {
  const rows = [...memoryHome(world.laptop.home).table(ACCOUNT_TABLE.evidence)] as unknown as [
    string,
    { evidence: Uint8Array },
  ][]
  return rows.map(([key, { evidence }]) => ({
    key,
    ...(decodeCbor(evidence)!.value as unknown as { heads: SignedHead[] }),
  }))
}

test.each(['another log of the same length', 'a shorter log of other entries', 'another end of it'])(
  'F1, K4: %s, under heads that the server signed, is a fork; both heads are kept, each lie once and eight of a kind at most',
  async (name) => {
    const { laptop, owner } = world
    const { book } = laptop
    const before = accountHead(book.lookup(owner.account))
    const what = name === 'another end of it' ? 'account-entry' : 'account-head'
    const lies: NonNullable<Lies['accountLog']> = async (honest) => {
      if (honest.type !== 'ok') return honest
      const time = honest.value.head.time + 1
      const head = (n: number) => signHeadAs(world.key, { ...honest.value.head, n, h: sha256(randomBytes(8)), time })
      if (name === 'another log of the same length')
        return { type: 'ok', value: { entries: [], head: await head(before.n) } }
      if (what === 'account-head') return { type: 'ok', value: { entries: [], head: await head(before.n - 1) } }
      const other = book.lookup(owner.account)!
      const keys = openBoxKeys(other, laptop.secrets)
      const entry = await deviceNamedEntry(other, laptop.secrets, laptop.secrets.id, 'other', keys, randomBytes)
      const entries = [{ ...entry, signature: randomBytes(64) }]
      return { type: 'ok', value: { entries, head: await head(before.n + 1) } }
    }
    laptop.server.lies = { accountLog: lies }
    const refresh = () => book.refresh(owner.account, laptop.server, world.key.publicKey)
    expect(await refresh()).toEqual({ type: 'fork' })
    expect(accountHead(book.lookup(owner.account))).toEqual(before)
    const [first] = kept()
    expect(first!.key).toBe(`account.${idText(owner.account)}.fork.${what}`)
    expect(first!.heads).toHaveLength(2)
    for (const head of first!.heads) expect(await verifyHead(head, world.key.publicKey)).toBe(true)
    expect(first!.heads[0]).toMatchObject(before)
    expect(idText(first!.heads[1]!.h)).not.toBe(idText(before.h))

    // What a person sees of it, and the file: whoever gets it needs nothing else to check the two heads.
    const rows = memoryHome(laptop.home).table(ACCOUNT_TABLE.evidence)
    const signed = Math.max(...first!.heads.map(({ time }) => time))
    expect(evidenceViews(rows)).toEqual([{ place: 'account', fault: 'fork', count: 1, signed }])
    const file = JSON.parse(Buffer.from(evidenceFile(rows)).toString()) as EvidenceFile
    expect(file).toMatchObject({ format: 'chartkeep-evidence', v: 1 })
    expect(file.kept).toHaveLength(1)
    const { place, id, fault, serverKey, said } = file.kept[0]!
    expect({ place, id, fault }).toEqual({ place: 'account', id: bytesToHex(owner.account), fault: 'fork' })
    expect(serverKey).toBe(bytesToHex(world.key.publicKey))
    const bytes = (hex: string) => hexToBytes(hex)!
    for (const [at, head] of said.heads.entries()) {
      const read = { ...head, id: bytes(head.id), h: bytes(head.h), signature: bytes(head.signature) }
      expect(read).toEqual(first!.heads[at])
      expect(await verifyHead(read, bytes(serverKey))).toBe(true)
    }
    // To somebody who has nothing but the file two hashes of one length are a proof; that one follows the other is not in it.
    const verdict = await checkEvidence(evidenceFile(rows))
    const proofs = verdict.type === 'read' ? verdict.items.map(({ proof }) => proof) : []
    const ofFile = { 'another log of the same length': 'two-histories', 'a shorter log of other entries': 'older' }[
      name
    ]
    expect(proofs).toEqual([ofFile ?? 'nothing'])

    for (let again = 0; again < 12; again++) expect(await refresh()).toEqual({ type: 'fork' })
    expect(kept()).toHaveLength(8)
    expect(evidenceViews(memoryHome(laptop.home).table(ACCOUNT_TABLE.evidence))).toMatchObject([{ count: 8 }])
    laptop.server.lies = {}
    expect(await refresh()).toMatchObject({ type: 'ok' })
  },
)
