import * as server from '@chartkeep/crypto/server'
import * as verification from '@chartkeep/crypto/verify'
import { expect, test } from 'vitest'

test('P1: what the server may use signs, seals to others, hashes, encodes, joins bytes and verifies, but can neither open nor derive', () => {
  expect(Object.keys(server).toSorted()).toEqual([
    'MAX_CHAIN',
    'base64UrlToBytes',
    'bytesToBase64Url',
    'bytesToHex',
    'concatBytes',
    'equalBytes',
    'generateSigningKeyPair',
    'hexToBytes',
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
