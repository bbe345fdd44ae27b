import { bodyOpening, openBody, openDisclosed, OPENING_LENGTH, pad, sealBody, unpad } from '@chartkeep/crypto'
import { expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { countingBytes, flipBit } from '../../support/vectors.ts'

const random = seededBytes('disclose')
const contentKey = random(32)
const header = countingBytes(120)
const plaintext = countingBytes(50, 9)
const body = sealBody(contentKey, header, pad(plaintext), random(24))
const opening = bodyOpening(contentKey, header)

test('A4: the 64 bytes of a header open its body as the content key does', () => {
  expect(opening).toHaveLength(OPENING_LENGTH)
  expect(unpad(openDisclosed(opening, body)!)).toEqual(plaintext)
  expect(openDisclosed(opening, body)).toEqual(openBody(contentKey, header, body))
})

test('A4: they open no other body of the stream', () => {
  const other = sealBody(contentKey, countingBytes(120, 1), pad(plaintext), random(24))
  expect(openDisclosed(opening, other)).toBeNull()
  expect(openDisclosed(bodyOpening(random(32), header), body)).toBeNull()
})

test('A4: with one bit changed, in them or in the body, nothing opens', () => {
  for (let bit = 0; bit < opening.length * 8; bit++) expect(openDisclosed(flipBit(opening, bit), body)).toBeNull()
  for (let bit = 0; bit < body.length * 8; bit += 7) expect(openDisclosed(opening, flipBit(body, bit))).toBeNull()
  expect(openDisclosed(opening.subarray(1), body)).toBeNull()
  expect(openDisclosed(opening, body.subarray(0, 60))).toBeNull()
})

test('A4: an opening that is longer than one, and a body of any length that cannot be one, open nothing and throw nothing', () => {
  expect(openDisclosed(Uint8Array.of(...opening, 0), body)).toBeNull()
  for (let length = 0; length < 72; length++) {
    expect(openDisclosed(opening, body.subarray(0, length)), `${length} bytes`).toBeNull()
    expect(openBody(contentKey, header, body.subarray(0, length)), `${length} bytes`).toBeNull()
  }
})
