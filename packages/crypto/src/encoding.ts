/** How bytes become text, numbers and structures, and back: bytes.ts, cbor.ts and cbor-cursor.ts under one name. */
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
export {
  CBOR_BYTES,
  CBOR_FALSE,
  CBOR_LIST,
  CBOR_MAP,
  CBOR_NULL,
  CBOR_TEXT,
  CBOR_TRUE,
  CBOR_UNSIGNED,
  readBytes,
  readExactly,
  readHead,
  readText,
  type CborCursor,
} from './cbor-cursor.ts'
