import * as server from '@chartkeep/crypto/server'
import * as verification from '@chartkeep/crypto/verify'
import { expect, test } from 'vitest'

test('P1: what the server may use signs, knows its tokens again, seals to others, hashes, encodes, joins bytes and verifies, but can neither open nor derive keys of content', () => {
  expect(Object.keys(server).toSorted()).toEqual([
    'MAX_CHAIN',
    'base64UrlToBytes',
    'bytesToBase64Url',
    'bytesToHex',
    'checkToken',
    'concatBytes',
    'equalBytes',
    'generateSigningKeyPair',
    'hexToBytes',
    'macToken',
    'randomBytes',
    'sealToPublicKey',
    'sha256',
    'sha256Into',
    'sha256OfMuch',
    'sign',
    'signingKeyPairFromSeed',
    'startBoxChain',
    'utf8ToBytes',
  ])
  expect(Object.keys(verification).toSorted()).toEqual(['isSoundSigningKey', 'verify', 'verifyWith'])
})
