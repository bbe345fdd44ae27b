/**
 * Why mutants survive, for the list in docs/assurance.md: single ones by a piece of their line, and classes of them. A survivor that
 * stands here was looked at; one that does not is a task.
 */

/** @typedef {import('./mutation.mjs').Survivor} Survivor */
/**
 * @typedef {object} Note
 * @property {string} file - the end of its path
 * @property {string} code - a piece of the line where the mutant begins
 * @property {string} [to] - a piece of what takes its place, where one line has several mutants
 * @property {string} why
 */

/** @type {readonly Note[]} */
export const notes = [
  { file: 'check-proof.ts', code: 'MAX_PROOF_BYTES', why: 'a file of exactly 16 MiB; no test makes one' },
  {
    file: 'check-proof.ts',
    code: 'plain === null ? null',
    why: 'equivalent: what is no text reads as no record either',
  },
  {
    file: 'check-proof.ts',
    code: '?? -1',
    why: 'equivalent: without a text the next line gives null, whatever the place',
  },
  {
    file: 'check-proof.ts',
    code: "at < 0 || !text.endsWith('}')",
    why: 'equivalent: each of the two is refused by the JSON behind it as well; the check says it at once',
  },
  { file: 'check-proof.ts', code: 'found++', why: 'equivalent: only compared with 0' },
  { file: 'report.ts', code: 'hex.match', why: 'equivalent: fingerprints are never empty' },
  {
    file: 'report.ts',
    code: 'json.match',
    why: 'equivalent: the parts are put together again, and JSON is never empty',
  },
  // packages/crypto
  {
    file: 'blob.ts',
    code: "'HMAC', hash: 'SHA-256' }, false",
    why: 'equivalent outside: the key object never leaves the function',
  },
  { file: 'blob.ts', code: "'AES-GCM', false", why: 'equivalent outside: the key object never leaves the function' },
  { file: 'sign.ts', code: "'Ed25519', false", why: 'equivalent outside: the key object never leaves the module' },
  { file: 'verify.ts', code: "'Ed25519', false", why: 'equivalent: a public key' },
  { file: 'blob.ts', code: 'OperationError', why: 'Web Crypto throws nothing else for what can be passed here' },
  { file: 'seal-large.ts', code: 'OperationError', why: 'Web Crypto throws nothing else for what can be passed here' },
  { file: 'blob.ts', code: 'length >= 0', why: 'equivalent: shorter bytes do not open either' },
  {
    file: 'blob.ts',
    code: 'isChunkLength(sealed.length',
    why: 'equivalent: bytes of another length do not open either',
  },
  { file: 'body.ts', code: 'body.length <', why: 'equivalent: shorter bytes hold no commitment that fits' },
  { file: 'disclose.ts', code: 'body.length <', why: 'equivalent: shorter bytes hold no commitment that fits' },
  { file: 'box-chain.ts', code: 'sealed.length <', why: 'equivalent: shorter bytes do not open either' },
  { file: 'seal-large.ts', code: 'sealed.length <', why: 'equivalent: shorter bytes do not open either' },
  { file: 'seal.ts', code: 'sealed.length <', why: 'equivalent: shorter bytes do not open either' },
  { file: 'box.ts', code: 'sealed.length <', why: 'equivalent: shorter bytes do not open either' },
  { file: 'box-chain.ts', code: 'fill(0)', why: 'wiping of memory: nothing outside can see it' },
  { file: 'seal-large.ts', code: 'fill(0)', why: 'wiping of memory: nothing outside can see it' },
  { file: 'cbor.ts', code: 'finally', why: 'wiping of memory: nothing outside can see it' },
  { file: 'cbor.ts', code: 'scratch.fill', why: 'wiping of memory: nothing outside can see it' },
  { file: 'sha2.ts', code: 'scratch.fill', why: 'wiping of memory: nothing outside can see it' },
  { file: 'box-chain.ts', code: 'known', why: 'equivalent but for time: the chain is then walked from its start' },
  {
    file: 'box.ts',
    code: 'engine === null',
    why: 'equivalent: both ways give the same bytes, as the vectors show for each',
  },
  {
    file: 'box.ts',
    code: 'engine.x25519PublicKey',
    why: 'only with the engine of Node, which test/unit/crypto/native.test.ts asks; it does not judge this source',
  },
  { file: 'derive.ts', code: 'engine', why: 'equivalent: both ways give the same bytes, as the vectors show for each' },
  {
    file: 'sha2.ts',
    code: 'engine !== null',
    why: 'equivalent: both ways give the same bytes, as the vectors show for each',
  },
  { file: 'sha2.ts', code: 'scratch.length', why: 'equivalent: both ways give the same hash' },
  { file: 'sha2.ts', code: 'bytes === undefined', why: 'equivalent but for time: the bytes are made again' },
  {
    file: 'bytes.ts',
    code: 'length > LONG',
    why: 'a text of more than some ten thousand characters in one call fails on some platforms only',
  },
  { file: 'bytes.ts', code: 'left >', why: 'equivalent: beyond the end there are no bits' },
  { file: 'bytes.ts', code: 'at < bytes.length', why: 'equivalent: the last piece is empty' },
  { file: 'bytes.ts', code: 'i < ', why: 'equivalent: beyond the end of a typed array nothing is read or written' },
  {
    file: 'bytes.ts',
    code: 'value < BASE64URL.length',
    why: 'equivalent: beyond the end of a typed array nothing is written',
  },
  { file: 'cbor.ts', code: 'SHORT', why: 'equivalent: chooses the quicker of two ways to the same bytes' },
  { file: 'cbor.ts', code: '0x7f', why: 'equivalent: chooses the quicker of two ways to the same bytes' },
  { file: 'cbor.ts', code: 'PLAIN', why: 'equivalent: chooses the quicker of two ways to the same order' },
  { file: 'cbor.ts', code: 'isPlain', why: 'equivalent: chooses the quicker of two ways to the same order' },
  { file: 'cbor.ts', code: 'return true', why: 'equivalent: chooses the quicker of two ways to the same order' },
  { file: 'cbor.ts', code: 'at > 0', why: 'equivalent: before the first key there is nothing that would be greater' },
  { file: 'cbor.ts', code: 'LONGEST_NAME', why: 'equivalent but for time: names are then read each time' },
  { file: 'cbor.ts', code: 'known', why: 'equivalent but for time: names are then read each time' },
  { file: 'cbor.ts', code: 'default', why: 'equivalent: a tag is no value either way' },
  { file: 'edwards.ts', code: 'sign === 1n', why: 'equivalent: the strict check refuses x = -0 before' },
  { file: 'edwards.ts', code: 'bytes[i]! < bound[i]!', why: 'equivalent: only reached where the two differ' },
  { file: 'merkle.ts', code: 'at !== 0', why: 'equivalent: a right edge is reached before' },
  { file: 'merkle.ts', code: 'isProved = true', why: 'equivalent but for time: hashes are then computed again' },
  {
    file: 'native.ts',
    code: 'publicKeys',
    why: 'equivalent but for time or memory: keys are then imported again, or kept',
  },
  { file: 'native.ts', code: 'key !== undefined', why: 'equivalent but for time: keys are then imported again' },
  { file: 'native.ts', code: 'scratch.length', why: 'equivalent: both ways give the same hash' },
  { file: 'native.ts', code: 'parts.length === 1', why: 'equivalent: both ways give the same hash' },
  { file: 'native.ts', code: 'key = null', why: 'OpenSSL imports any 32 bytes here; it refuses them when it verifies' },
  {
    file: 'verify.ts',
    code: 'judgedKeys',
    why: 'equivalent but for time or memory: keys are then judged again, or kept',
  },
  {
    file: 'verify.ts',
    code: 'importedKeys',
    why: 'equivalent but for time or memory: keys are then imported again, or kept',
  },
  {
    file: 'recovery.ts',
    code: 'SECRET_SYMBOLS; i++',
    why: 'equivalent: beyond the last byte of a typed array nothing is written',
  },
  { file: 'recovery.ts', code: 'bit < 5', why: 'equivalent: a symbol has no sixth bit that is set' },
  // packages/protocol
  {
    file: 'control-entry.ts',
    code: "'control-part'",
    why: 'only making all vectors again would see it, which does not judge; the second reader checks the committed ones',
  },
  {
    file: 'control-entry.ts',
    code: "'key-id'",
    why: 'only making all vectors again would see it, which does not judge; the second reader checks the committed ones',
  },
  {
    file: 'control-entry.ts',
    code: "'wrap-context'",
    why: 'only making all vectors again would see it, which does not judge; the second reader checks the committed ones',
  },
  {
    file: 'departure.ts',
    code: 'chartkeep/departure/v1',
    why: 'only making all vectors again would see it, which does not judge; the second reader checks the committed ones',
  },
  {
    file: 'control-log.ts',
    code: "'control-entry'",
    why: 'only making all vectors again would see it, which does not judge',
  },
]

/** @returns {string | null} null for what nobody has explained */
export function whyOf(/** @type {Survivor} */ { file, code, mutator, to }) {
  const note = notes.find(
    (each) => file.endsWith(each.file) && code.includes(each.code) && (each.to === undefined || to.includes(each.to)),
  )
  if (note) return note.why
  if (mutator === 'StringLiteral' && /\bthrow new \w*Error\(/u.test(code))
    return 'text of an error for a mistake of the caller; tests ask that it throws, not for its words'
  if (mutator === 'OptionalChaining')
    return 'what is asked for is there wherever a test comes by: the types allow that it is not'
  if (/\b(\w+\.)*account !== null\b|\baccount === null\b/u.test(code))
    return 'a grant that this reader was not shown; no test of these judges this line with one'
  return null
}
