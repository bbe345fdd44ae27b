/**
 * All that the sync server may use besides verify: it signs its heads, knows its own tokens again, seals to others' keys, hashes and encodes. It opens
 * nothing and derives no key of content.
 */
export { sealToPublicKey } from './box.ts'
export { MAX_CHAIN, startBoxChain, type BoxChain } from './box-chain.ts'
export {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  utf8ToBytes,
} from './bytes.ts'
export { checkToken, macToken } from './mac.ts'
export { randomBytes } from './random.ts'
export { sha256, sha256Into, sha256OfMuch } from './sha2.ts'
export { generateSigningKeyPair, sign, signingKeyPairFromSeed, type SigningKeyPair } from './sign.ts'
