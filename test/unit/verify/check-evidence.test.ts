/** F1: what a saved file of evidence proves to somebody who has nothing else, and what it does not, whatever is in it. */
import { signingKeyPairFromSeed } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { SignedHead } from '@chartkeep/protocol/streams'
import { checkEvidence, isEvidenceFile, reportOfEvidence } from 'chartkeep-verify'
import { expect, test } from 'vitest'
import { signCheckpoint } from '../../support/hostile-audit.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import { countingBytes } from '../../support/vectors.ts'

const key = signingKeyPairFromSeed(countingBytes(32, 1))
const serverKey = bytesToHex(key.publicKey)
const fingerprint = bytesToHex(sha256(key.publicKey)).slice(0, 16)
const id = countingBytes(16, 0x10)
const [one, other] = [countingBytes(32, 0x20), countingBytes(32, 0x60)]
const NOON = Date.UTC(2026, 10, 21, 12)

async function head(n: number, h: Uint8Array, time = NOON, kind: SignedHead['kind'] = 'account', of = id) {
  const signed = await signHeadAs(key, { kind, id: of, n, h, time })
  return { ...signed, id: bytesToHex(of), h: bytesToHex(h), signature: bytesToHex(signed.signature) }
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const fileOf = (...kept: object[]) => utf8(JSON.stringify({ format: 'chartkeep-evidence', v: 1, kept }))
const kept = (heads: unknown[], more: object = {}) => ({
  place: 'account',
  id: bytesToHex(id),
  fault: 'fork',
  what: 'account-head',
  serverKey,
  said: { heads },
  ...more,
})
const proofOf = async (...heads: unknown[]) => {
  const verdict = await checkEvidence(fileOf(kept(heads)))
  return verdict.type === 'read' ? verdict.items[0]!.proof : verdict.type
}

test('F1: two hashes that the server signed for one number of entries prove two histories, and are told in words', async () => {
  const file = fileOf(kept([await head(12, one), await head(12, other, NOON + 60_000)]))
  expect(isEvidenceFile(file)).toBe(true)
  const { text, code } = reportOfEvidence(await checkEvidence(file), [
    `${fingerprint.slice(0, 4)} ${fingerprint.slice(4)}`,
  ])
  expect(code).toBe(0)
  expect(text).toBe(
    `PROVES TWO HISTORIES

Of who is in an account, and its devices (1011 1213 1415 1617 1819 1a1b 1c1d 1e1f) the server signed
  2026-11-21T12:00:00.000Z  12 entries, 2021 2223 2425 2627 ...
  2026-11-21T12:01:00.000Z  12 entries, 6061 6263 6465 6667 ...
One number of entries has one history: at least one of the two is not true.

Signed by the server ${fingerprint.match(/.{4}/gu)!.join(' ')} (named)
`,
  )
  const stranger = reportOfEvidence(await checkEvidence(file), ['0'.repeat(16)])
  expect(stranger.code).toBe(2)
  expect(stranger.text).toContain('PROVES TWO HISTORIES, under keys that you have not named as trusted\n')
  expect(stranger.text).toMatch(/Signed by the server [0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}\n$/u)
})

test('F1: fewer entries signed after more prove that the server went back, in whatever order they are, and no more than that', async () => {
  const [before, after] = [await head(12, one), await head(9, other, NOON + 1)]
  for (const heads of [
    [before, after],
    [after, before],
  ]) {
    const { text, code } = reportOfEvidence(await checkEvidence(fileOf(kept(heads))), [fingerprint])
    expect(code).toBe(0)
    expect(await proofOf(...heads)).toBe('older')
    expect(text).toMatch(/^PROVES THAT THE SERVER WENT BACK\n/u)
    expect(text.indexOf('12 entries')).toBeLessThan(text.indexOf('9 entries'))
    expect(text).toContain('it lost some, was put back from a backup, or held them back.')
  }
  // More entries later are how a log grows, and at one time of a clock neither came first.
  expect(await proofOf(await head(9, one), await head(12, other, NOON + 1))).toBe('nothing')
  expect(await proofOf(await head(12, one), await head(9, other))).toBe('nothing')
})

test('F1: heads of the log of whoever read what are judged alike', async () => {
  const checkpoint = (root: Uint8Array) => signCheckpoint(key, { vault: id, size: 40, root, time: NOON })
  const heads = [await checkpoint(one), await checkpoint(other)]
  expect(await proofOf(...heads)).toBe('two-histories')
  expect(await proofOf(heads[0], heads[0])).toBe('nothing')
  expect(await proofOf(heads[0], `${heads[1]!.slice(0, -8)}AAAAAA==`)).toBe('nothing')
})

test('F1: what the server did not sign, or signed of something else, proves nothing', async () => {
  const [a, b] = [await head(12, one), await head(12, other)]
  expect(await proofOf(a, b)).toBe('two-histories')
  expect(await proofOf(a)).toBe('nothing')
  expect(await proofOf(a, a)).toBe('nothing')
  expect(await proofOf(a, { ...b, n: 13 })).toBe('nothing')
  expect(await proofOf(a, { ...b, signature: a.signature })).toBe('nothing')
  expect(await proofOf(a, await head(12, other, NOON, 'account', countingBytes(16, 0x70)))).toBe('nothing')
  expect(await proofOf(a, await head(12, other, NOON, 'control'))).toBe('nothing')
  for (const broken of [null, 1, [], {}, { ...b, n: '12' }, { ...b, n: -1 }, { ...b, n: 1.5 }, { ...b, time: null }])
    expect(await proofOf(a, broken), JSON.stringify(broken)).toBe('nothing')
  for (const field of ['id', 'h', 'signature', 'kind', 'n', 'time'] as const)
    expect(await proofOf(a, { ...b, [field]: 'no' }), field).toBe('nothing')
  for (const wrong of [null, 'no', '00'.repeat(31), '00'.repeat(32)]) {
    const verdict = await checkEvidence(fileOf(kept([a, b], { serverKey: wrong })))
    expect(verdict).toMatchObject({ items: [{ proof: 'nothing' }] })
  }
  for (const said of [null, [], { heads: null }, { heads: {} }])
    expect(await checkEvidence(fileOf(kept([], { said })))).toMatchObject({ items: [{ proof: 'nothing' }] })
})

test.each([
  ['stream', 'a list of records of a chart'],
  ['control', 'who may read and write in a chart'],
] as const)('F1: a proof about a log of the kind %s says what that is', async (kind, words) => {
  const file = fileOf(kept([await head(12, one, NOON, kind), await head(12, other, NOON, kind)]))
  expect(reportOfEvidence(await checkEvidence(file), [fingerprint]).text).toContain(`Of ${words} (`)
})

test('F1: heads at their edges are read: of nothing yet, at the beginning of time; and every one is held against every other', async () => {
  expect(await proofOf(await head(0, one, 0), await head(0, other, 0))).toBe('two-histories')
  expect(await proofOf(await head(3, one), await head(5, one, NOON + 1), await head(3, other, NOON + 2))).toBe(
    'two-histories',
  )
  // For an audit log too: that it went back.
  const checkpoint = (size: number, time: number) => signCheckpoint(key, { vault: id, size, root: one, time })
  const file = fileOf(kept([await checkpoint(40, NOON), await checkpoint(9, NOON + 1)]))
  const { text } = reportOfEvidence(await checkEvidence(file), [fingerprint])
  expect(text).toMatch(/^PROVES THAT THE SERVER WENT BACK\n\nOf who read what in a chart \(/u)
  // The same number again is no step back, whatever the clock says.
  expect(await proofOf(await head(12, one), await head(12, one, NOON + 1))).toBe('nothing')
})

test('F1: two histories are named before a step back, wherever in the file they are', async () => {
  const back = kept([await head(12, one), await head(9, other, NOON + 1)])
  const two = kept([await head(7, one), await head(7, other)])
  const { text } = reportOfEvidence(await checkEvidence(fileOf(back, two)), [fingerprint])
  expect(text).toMatch(/^PROVES TWO HISTORIES\n/u)
})

test('F1: an entry without a key of a server or without what was said proves nothing, and hides none of the others', async () => {
  const [proof] = [kept([await head(12, one), await head(12, other)])]
  const { serverKey: _, ...keyless } = proof
  const { said: __, ...silent } = proof
  for (const each of [keyless, silent, { place: 'x' }])
    expect(await checkEvidence(fileOf(each, proof))).toMatchObject({
      items: [{ proof: 'nothing', heads: [] }, { proof: 'two-histories' }],
    })
})

test('F1: what proves nothing by itself is counted and is neither hidden nor told as proof', async () => {
  const nothing = kept([await head(12, one)])
  const alone = reportOfEvidence(await checkEvidence(fileOf(nothing)), [fingerprint])
  expect(alone.code).toBe(2)
  expect(alone.text).toMatch(/^PROVES NOTHING BY ITSELF\n\n1 more kept, which by itself proves nothing/u)
  expect(reportOfEvidence(await checkEvidence(fileOf()), []).text).toBe('PROVES NOTHING BY ITSELF\n')
  const proof = kept([await head(12, one), await head(12, other)])
  const { text, code } = reportOfEvidence(await checkEvidence(fileOf(nothing, proof, nothing)), [fingerprint])
  expect(code).toBe(0)
  expect(text).toMatch(/\n\n2 more kept, which by themselves prove nothing: [^\n]*\n\nSigned by/u)
})

test('F1: each server whose word a proof is has to be named', async () => {
  const second = signingKeyPairFromSeed(countingBytes(32, 2))
  const sign = async (h: Uint8Array) => {
    const signed = await signHeadAs(second, { kind: 'stream', id, n: 3, h, time: NOON })
    return { ...signed, id: bytesToHex(id), h: bytesToHex(h), signature: bytesToHex(signed.signature) }
  }
  const theirs = kept([await sign(one), await sign(other)], { serverKey: bytesToHex(second.publicKey) })
  const verdict = await checkEvidence(fileOf(kept([await head(12, one), await head(12, other)]), theirs))
  const whole = bytesToHex(sha256(second.publicKey))
  expect(reportOfEvidence(verdict, [fingerprint]).code).toBe(2)
  expect(reportOfEvidence(verdict, [fingerprint, whole]).code).toBe(0)
})

test('F1: a byte that is no UTF-8 is not read as another', async () => {
  const bytes = fileOf({ place: '?' })
  bytes[bytes.indexOf('?'.charCodeAt(0))] = 0xff
  expect(await checkEvidence(bytes)).toEqual({ type: 'refused' })
  expect(isEvidenceFile(bytes)).toBe(false)
})

test.each([
  ['no JSON', '{'],
  ['no UTF-8', '\u{fffd}'],
  ['another format', '{"format":"chartkeep-proof","v":1,"kept":[]}'],
  ['a newer version', '{"format":"chartkeep-evidence","v":2,"kept":[]}'],
  ['no list', '{"format":"chartkeep-evidence","v":1,"kept":{}}'],
  ['an entry that is none', '{"format":"chartkeep-evidence","v":1,"kept":[7]}'],
  ['nothing as an entry', '{"format":"chartkeep-evidence","v":1,"kept":[null]}'],
  ['a list as an entry', '{"format":"chartkeep-evidence","v":1,"kept":[["place"]]}'],
  ['nothing', 'null'],
  ['a list', '[]'],
])('F1: %s is no file of evidence, and is refused in words', async (_, text) => {
  const bytes = text === '\u{fffd}' ? Uint8Array.of(0xff, 0xfe) : utf8(text)
  const verdict = await checkEvidence(bytes)
  expect(verdict).toEqual({ type: 'refused' })
  expect(reportOfEvidence(verdict, [])).toMatchObject({ code: 1, text: expect.stringMatching(/^DOES NOT HOLD\n/u) })
  expect(isEvidenceFile(bytes)).toBe(text.includes('"chartkeep-evidence"'))
})

test('F1: a file that repeats its heads, in one piece or in many, is refused before they are compared with one another', async () => {
  const same = await head(12, one)
  expect(await proofOf(...Array.from({ length: 16 }, () => same))).toBe('nothing')
  for (const length of [17, 20_000]) expect(await proofOf(...Array.from({ length }, () => same))).toBe('refused')
  const pieces = Array.from({ length: 400 }, () => kept(Array.from({ length: 16 }, () => 'no head')))
  expect(await checkEvidence(fileOf(...pieces))).toEqual({ type: 'refused' })
  expect(await checkEvidence(fileOf(...pieces.slice(0, 256)))).toMatchObject({ type: 'read' })
})
