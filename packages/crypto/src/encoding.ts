/** How bytes become text, numbers and structures, and back: bytes.ts and cbor.ts under one name. */
export {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToHex,
  bytesToUtf8,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  uint32ToBytes,
  uint64ToBytes,
  utf8ToBytes,
} from './bytes.ts'
export { cborWithin, decodeCbor, encodeCbor, isCborMap, type CborValue } from './cbor.ts'
