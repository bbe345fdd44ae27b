/**
 * Why mutants survive, for the list in docs/assurance.md: single ones by a piece of their line, and classes of them. A survivor that
 * is here was looked at; one that does not is a task.
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
  { file: 'verify.ts', code: "'Ed25519', false", why: 'equivalent: a public key' },
  { file: 'blob.ts', code: 'OperationError', why: 'Web Crypto throws nothing else for what can be passed here' },
  { file: 'blob.ts', code: 'length >= 0', why: 'equivalent: shorter bytes do not open either' },
  {
    file: 'blob.ts',
    code: 'isChunkLength(sealed.length',
    why: 'equivalent: bytes of another length do not open either',
  },
  { file: 'seal-large.ts', code: 'sealed.length <', why: 'equivalent: shorter bytes do not open either' },
  { file: 'box-chain.ts', code: 'fill(0)', why: 'wiping of memory: nothing outside can see it' },
  { file: 'seal-large.ts', code: 'fill(0)', why: 'wiping of memory: nothing outside can see it' },
  { file: 'cbor.ts', code: 'finally', why: 'wiping of memory: nothing outside can see it' },
  { file: 'cbor.ts', code: 'scratch.fill', why: 'wiping of memory: nothing outside can see it' },
  { file: 'sha2.ts', code: 'scratch.fill', why: 'wiping of memory: nothing outside can see it' },
  { file: 'box-chain.ts', code: 'known', why: 'equivalent but for time: the chain is then walked from its start' },
  { file: 'derive.ts', code: 'engine', why: 'equivalent: both ways give the same bytes, as the vectors show for each' },
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
  { file: 'edwards.ts', code: 'bytes[i]! < bound[i]!', why: 'equivalent: only reached where the two differ' },
  { file: 'merkle.ts', code: 'at !== 0', why: 'equivalent: a right edge is reached before' },
  { file: 'merkle.ts', code: 'isProved = true', why: 'equivalent but for time: hashes are then computed again' },
  { file: 'native.ts', code: 'scratch.length', why: 'equivalent: both ways give the same hash' },
  { file: 'native.ts', code: 'parts.length === 1', why: 'equivalent: both ways give the same hash' },
  {
    file: 'recovery.ts',
    code: 'SECRET_SYMBOLS; i++',
    why: 'equivalent: beyond the last byte of a typed array nothing is written',
  },
  { file: 'recovery.ts', code: 'bit < 5', why: 'equivalent: a symbol has no sixth bit that is set' },
  {
    file: 'cbor.ts',
    code: 'reserve(writer, expected)',
    why: 'equivalent: how much room there is at first changes no byte of an encoding',
  },
  { file: 'cbor.ts', code: 'form !== null', why: 'equivalent: chooses the quicker of two ways to the same bytes' },
  {
    file: 'cbor.ts',
    code: 'keys.length > MAX_FORM',
    why: 'equivalent: chooses the quicker of two ways to the same bytes',
  },
  {
    file: 'cbor.ts',
    code: 'formsKept',
    why: 'equivalent but for time or memory: fewer or more forms of maps are kept',
  },
  { file: 'cbor.ts', code: 'function isSameList', why: 'equivalent but for time: a form is then made anew' },
  { file: 'cbor.ts', code: 'a[i] !== b[i]', to: 'true', why: 'equivalent but for time: a form is then made anew' },
  {
    file: 'cbor.ts',
    code: 'function putShortAscii',
    why: 'equivalent: the text is then written by the system’s coder',
  },
  { file: 'cbor.ts', code: 'a < b ? -1 : 1', to: '<=', why: 'equivalent: two keys of one map differ' },
  {
    file: 'cbor.ts',
    code: 'needed <= writer.bytes.length',
    to: '<',
    why: 'equivalent: the room grows one byte earlier',
  },
  {
    file: 'cbor.ts',
    code: 'short > 27',
    why: 'equivalent: no argument of sixteen bytes or more is a safe number in its shortest form',
  },
  {
    file: 'cbor.ts',
    code: 'start < 0',
    why: 'equivalent: a head stands before, and what lies before the bytes is no number',
  },
  {
    file: 'cbor.ts',
    code: 'length > reader.bytes.length - start',
    why: 'equivalent: who goes beyond the end does not end at it',
  },
  { file: 'cbor.ts', code: 'previous >= 0', why: 'equivalent: the head of its map stands before a key' },
  { file: 'cbor.ts', code: 'length === undefined', why: 'equivalent: a text of no length is none' },
  { file: 'cbor.ts', code: 'difference > 0', to: '>=', why: 'equivalent: only reached where the two differ' },
  {
    file: 'cbor.ts',
    code: 'const names: (string',
    why: 'equivalent but for time: the places of names come when they are needed',
  },
  {
    file: 'cbor.ts',
    code: 'place = (Math.imul(place, 31)',
    why: 'equivalent but for time: names are then kept in other places',
  },
  { file: 'cbor.ts', code: 'function isName', why: 'equivalent but for time: names are then read each time' },
  {
    file: 'cbor.ts',
    code: 'name.length !== length',
    to: 'true',
    why: 'equivalent but for time: names are then read each time',
  },
  {
    file: 'cbor.ts',
    code: 'name.charCodeAt(i) !== bytes[at + i]!',
    why: 'equivalent but for time: names are then read each time',
  },
  { file: 'derive.ts', code: 'destroy()', why: 'wiping of memory: nothing outside can see it' },
  { file: 'sha2.ts', code: 'destroy()', why: 'wiping of memory: nothing outside can see it' },
  { file: 'sha2.ts', code: 'digestBytes.fill', why: 'wiping of memory: nothing outside can see it' },
  { file: 'sha2.ts', code: 'parts.length === 1', why: 'equivalent: both ways give the same hash' },
  { file: 'native.ts', code: '.fill(0', why: 'wiping of memory: nothing outside can see it' },
  { file: 'native.ts', code: '} finally {', why: 'wiping of memory: nothing outside can see it' },
  {
    file: 'native.ts',
    code: 'i < key.length ?',
    why: 'equivalent: beyond the end of the key the mask stands by itself',
  },
  { file: 'native.ts', code: 'key === undefined', why: 'equivalent but for time: the key is imported again' },
  {
    file: 'native.ts',
    code: "typeof argon2 === 'function'",
    why: 'another version of Node: with this one Argon2id is always there',
  },
  { file: 'secretbox.ts', code: '.fill(0', why: 'wiping of memory: nothing outside can see it' },
  {
    file: 'secretbox.ts',
    code: 'length <= room.length',
    why: 'equivalent but for memory: room of its own holds the same zeros',
  },
  {
    file: 'padding.ts',
    code: 'n <= PADDED_FLOOR',
    to: '<',
    why: 'equivalent: 256 is padded to 256 by the formula too',
  },
  { file: 'padding.ts', code: '!text.isWellFormed()', to: 'true', why: 'equivalent: both ways give the same bytes' },
  { file: 'padding.ts', code: 'read < text.length', why: 'equivalent: both ways give the same bytes' },
  { file: 'random.ts', code: 'at < length', to: '<=', why: 'equivalent: the last piece is empty' },
  {
    file: 'edwards.ts',
    code: 'check !== u && check !== mod(-u)',
    why: 'equivalent: what is on no curve is in no group either',
  },
  { file: 'edwards.ts', code: 'point.X === 0n', why: 'equivalent: on this curve Y = Z only where X = 0' },
  {
    file: 'merkle.ts',
    code: 'beside.length !== HASH_LENGTH',
    why: 'equivalent: a piece of another length leads to another root',
  },
  { file: 'merkle.ts', code: 'isProved', why: 'equivalent but for time: hashes are then computed again' },
  {
    file: 'merkle.ts',
    code: 'level + 1',
    why: 'equivalent but for time: what was proved is then kept in another place',
  },
  { file: 'merkle.ts', code: '#at(level', why: 'equivalent but for time: hashes are then computed again' },
  {
    file: 'merkle.ts',
    code: 'sibling === undefined',
    why: 'equivalent: beside a hash that was proved its sibling is kept',
  },
  {
    file: 'box-chain.ts',
    code: 'place >= MAX_CHAIN',
    why: 'equivalent for what is sealed: no chain goes as far, and the next place would need one more link',
  },
  {
    file: 'edwards.ts',
    code: 'SQRT_MINUS_ONE = power',
    to: 'P + 1n',
    why: 'equivalent: a quarter of P + 1, rounded, is that of P - 1',
  },
  {
    file: 'recovery.ts',
    code: 'symbols.length !== SECRET_SYMBOLS',
    why: 'equivalent: with symbols missing or left over the checksum is another one',
  },
  {
    file: 'secretbox.ts',
    code: 'before.length < BOX_ZEROS',
    why: 'for callers to come: none of today’s puts so little before a box, and nobody else reaches it',
  },
  {
    file: 'cbor.ts',
    code: 'head !== WITHIN_HEAD',
    why: 'equivalent but for time: bytes are moved to where they stand',
  },
  { file: 'cbor.ts', code: 'i < a.length', why: 'equivalent: beyond the ends of both lists there is nothing' },
  {
    file: 'cbor.ts',
    code: 'else for (let i = 0; i < length',
    why: 'equivalent: beyond the end of a typed array nothing is written',
  },
  {
    file: 'merkle.ts',
    code: 'const steps: {',
    why: 'equivalent: what is kept for no level is never looked up',
  },
  {
    file: 'merkle.ts',
    code: '[oldRoot, newRoot, ...path].some',
    why: 'equivalent: a piece of another length leads to another root',
  },
  {
    file: 'merkle.ts',
    code: 'first === undefined',
    why: 'equivalent: without a path the root of the newer tree is not reached',
  },
  {
    file: 'merkle.ts',
    code: 'if (last === 0) return false',
    why: 'equivalent: a path that is too long leads to another root',
  },
  {
    file: 'cbor.ts',
    code: 'reserve(writer, head - WITHIN_HEAD)',
    to: '+',
    why: 'equivalent: the room grows a few bytes earlier',
  },
  // packages/protocol
  {
    file: 'admit.ts',
    code: 'accepted.size > 0',
    why: 'equivalent but for time: the name of the hash is then made in vain',
  },
  {
    file: 'admit.ts',
    code: 'standing.set(control, known)',
    why: 'equivalent but for time: what stands is then worked out again',
  },
  {
    file: 'admit.ts',
    code: 'parent !== null && stream.before.has(parent)',
    why: 'equivalent: no hash of before is null',
  },
  { file: 'admit.ts', code: 'hash === null ? undefined', why: 'equivalent: nothing is kept under null' },
  {
    file: 'admit.ts',
    code: 'from: NEVER, byOwner: false',
    why: 'equivalent: of what stands nowhere nobody asks whose it is',
  },
  {
    file: 'admit.ts',
    code: "typeof continued === 'object'",
    why: 'equivalent: what builds on nothing, or on what stands nowhere, does not lean on an accept: it stands for everybody or for nobody',
  },
  {
    file: 'admit.ts',
    code: "roles === 'unknown' && !actsByRoles",
    to: 'true',
    why: 'equivalent: roles that are known give nothing in a vault in which the account acts by none',
  },
  { file: 'control-log.ts', code: 'hashes: []', why: 'equivalent: set anew before anybody reads it' },
  { file: 'control-log.ts', code: 'audit === undefined', why: 'equivalent: the number of lists says it as well' },
  {
    file: 'control-state.ts',
    code: 'stream === undefined ||',
    why: 'equivalent: without a stream there is no key either',
  },
  {
    file: 'stream-state.ts',
    code: 'state.envelopes.has(hashText)',
    why: 'equivalent: an entry that was there has a number of its device that was there',
  },
  { file: 'stream-state.ts', code: 'chain === undefined', why: 'equivalent: what came without a body has its record' },
  {
    file: 'stream-state.ts',
    code: 'isAside: (n: number) => boolean',
    why: 'equivalent: what answers nothing is as false as what answers false',
  },
  {
    file: 'header.ts',
    code: 'encoded.length < FIXED_LENGTH',
    why: 'equivalent: shorter bytes have no count of merged envelopes that fits their length',
  },
  {
    file: 'envelope.ts',
    code: 'proof.size === 0 || proof.index >= proof.size',
    why: 'equivalent: from such a place no path leads to a root',
  },
  { file: 'access-entry.ts', code: 'logIds.set(vault', why: 'equivalent but for time: the id is then computed again' },
  { file: 'access-entry.ts', code: 'id === undefined', why: 'equivalent but for time: the id is then computed again' },
  {
    file: 'account-entry.ts',
    code: "typeof type === 'string' && Object.hasOwn",
    why: 'equivalent: what is no word of an entry has no form',
  },
  {
    file: 'account-log.ts',
    code: 'body.roleKeys.length > 0 ?',
    why: 'equivalent: whose roles grow loses nothing that must wait',
  },
  {
    file: 'account-log.ts',
    code: 'device === null || recovery === null',
    why: 'equivalent: without a device there is no recovery device either',
  },
  {
    file: 'blob.ts',
    code: 'words.length > 1024',
    why: 'equivalent but for time: no link that a server signed is as long',
  },
  {
    file: 'blob.ts',
    code: 'if (link === null)',
    why: 'equivalent but for time: what is no link is none, signed or not',
  },
  { file: 'beacon.ts', code: 'index < size', why: 'equivalent: from outside of a tree no path leads to its root' },
  { file: 'checkpoint.ts', code: "= '', ", why: 'equivalent: a text without these lines is not the one spelling' },
  { file: 'checkpoint.ts', code: '?? []', why: 'equivalent: a text without these lines is not the one spelling' },
  { file: 'checkpoint.ts', code: 'note === null ||', why: 'equivalent: without a note there is no vault either' },
  {
    file: 'signed-note.ts',
    code: "name = '', encoded = ''",
    why: 'equivalent: what stands in their place is no base64 of a signature',
  },
  { file: 'signed-note.ts', code: "name === ''", why: 'equivalent: a line without a name has no signature either' },
  {
    file: 'content-signature.ts',
    code: 'member === undefined || version === undefined',
    why: 'equivalent: who is no member has no version',
  },
  {
    file: 'content-signature.ts',
    code: 'carried.length > MAX_CARRIED_BYTES',
    why: 'equivalent: no statement with its fields filled is as long, and before the last 64 bytes of a signature alone stands none',
  },
  { file: 'content-signature.ts', code: '(a < b ? -1 : 1)', to: '<=', why: 'equivalent: each stands there once' },
  { file: 'content-signature.ts', code: 'device.member === null', why: 'equivalent: nobody is a member under null' },
  { file: 'shape.ts', code: 'const MISFIT', why: 'text of an error that nobody reads' },
  { file: 'push-reader.ts', code: 'START', to: '- START', why: 'equivalent: START is 0' },
  {
    file: 'push-reader.ts',
    code: 'steps <= MAX_PATH',
    to: 'true',
    why: 'equivalent: no other envelope begins there, and the request does not end there',
  },
  {
    file: 'push-reader.ts',
    code: 'cursor.at <= cursor.bytes.length',
    why: 'equivalent: what goes over the end does not end where the request does',
  },
  {
    file: 'push-reader.ts',
    code: 'width === 0 ? Number.NaN',
    why: 'equivalent: 0 is less than any length of such a head',
  },
  { file: 'pairing.ts', code: 'typed.replace', why: 'equivalent: each white space goes, alone or together' },
  {
    file: 'push-reader.ts',
    code: 'body <= MAX_PUSH_BYTES',
    why: 'equivalent: a longer body ends beyond the request, which the end of an envelope is compared with',
  },
  {
    file: 'push-reader.ts',
    code: 'short === 2',
    why: 'equivalent but for time: what the quick reader leaves, the reader of all messages reads',
  },
  {
    file: 'push-reader.ts',
    code: 'const least = width',
    why: 'equivalent but for time: what the quick reader leaves, the reader of all messages reads',
  },
  {
    file: 'access.ts',
    code: 'const granted = live.flatMap',
    why: 'equivalent: what has no rights gives nothing to read',
  },
  {
    file: 'access.ts',
    code: 'body.grant !== null &&',
    why: 'equivalent: only the part that makes a grant names lists',
  },
  { file: 'control-entry.ts', code: 'EXTRAS_OF[body.type] ?? []', why: 'equivalent: no field has such a name' },
  { file: 'emergency.ts', code: 'member === null ? null', why: 'equivalent: nobody is a member under null' },
  {
    file: 'late.ts',
    code: 'account === null || author',
    why: 'equivalent: a log of another account has no head that this one names',
  },
  {
    file: 'blob.ts',
    code: 'body === null || count === null',
    why: 'equivalent: without a body there is no count either',
  },
  {
    file: 'envelope.ts',
    code: 'isSameBatch(batch, header',
    why: 'equivalent but for time: the batch is then found by its root',
  },
  { file: 'envelope.ts', code: '(batch) =>', why: 'equivalent but for time: a batch is found in two ways' },
  { file: 'envelope.ts', code: 'if (proved)', why: 'equivalent but for time: the batch is then found by its root' },
  { file: 'envelope.ts', code: 'if (known)', why: 'equivalent but for time: the batch is then found by its paths' },
  {
    file: 'envelope.ts',
    code: 'equalBytes(batch.signature',
    why: 'equivalent but for time: the batch is then found by its paths',
  },
  { file: 'envelope.ts', code: 'tree.proves(', why: 'equivalent but for time: the batch is then found by its root' },
  { file: 'envelope.ts', code: '): boolean {', why: 'equivalent but for time: the batch is then found by its root' },
  {
    file: 'envelope.ts',
    code: 'size === proof.size &&',
    why: 'equivalent but for time: the batch is then found by its root',
  },
  {
    file: 'header.ts',
    code: 'header.merged.length < 2',
    why: 'equivalent but for time: one hash is in order by itself',
  },
  { file: 'shape.ts', code: "typeof value !== 'number'", why: 'equivalent: what is no number is no safe integer' },
  {
    file: 'shape.ts',
    code: 'error instanceof ShapeError',
    why: 'a mistake inside a shape; of the two that share one, tests have none',
  },
  { file: 'signed-note.ts', code: 'own.bytes.length', why: 'equivalent: no signature of another length holds' },
  {
    file: 'control-log.ts',
    code: "entryHash('control-entry'",
    why: 'equivalent: what is no entry of an account is one of a chart',
  },
  {
    file: 'stream-state.ts',
    code: 'known === null ? !bodyMatches',
    why: 'equivalent but for time: the hash is computed again',
  },
  {
    file: 'stream-state.ts',
    code: 'header === null || !hasBody',
    why: 'equivalent: what is no header has another hash than what was chained',
  },
  {
    file: 'stream-state.ts',
    code: 'chain.current !== null',
    to: 'true',
    why: 'equivalent: without a current entry each entry of a record is an open conflict',
  },
  {
    file: 'practice-log.ts',
    code: 'roles ?? [])',
    why: 'equivalent: no role has the name that stands in the place of none',
  },
  {
    file: 'practice-log.ts',
    code: 'rolesAt(state, id, state.n) ?? []',
    why: 'equivalent: no role has the name that stands in the place of none',
  },
  {
    file: 'practice-log.ts',
    code: 'rolesAt(state, signer.id, state.n) ?? []',
    why: 'equivalent: no role has the name that stands in the place of none',
  },
  {
    file: 'practice-log.ts',
    code: 'WANTED[body.type] ?? []',
    why: 'equivalent: no field has the name that stands in the place of none',
  },
  {
    file: 'practice-log.ts',
    code: 'members.values() ?? []',
    why: 'equivalent: what stands in the place of none is no member that has not left',
  },
  {
    file: 'practice-log.ts',
    code: 'get(role)?.toReversed() ?? []',
    why: 'equivalent: a person’s account has no late wrap either',
  },
  {
    file: 'practice-log.ts',
    code: 'roleKeys = [], roleWraps = []',
    why: 'equivalent: what stands in the place of none is the key of no role',
  },
  {
    file: 'control-wait.ts',
    code: "return type === 'cut' && cut?.account",
    to: 'true',
    why: 'equivalent: no other entry has a cut',
  },
  {
    file: 'practice-log.ts',
    code: 'before === null ? [] : holdersOfRole',
    why: 'equivalent: in the first entry each role needs a key, whoever held one',
  },
  {
    file: 'practice-log.ts',
    code: 'at > found!.addedAt',
    to: '>=',
    why: 'equivalent: an entry that lets a device in takes no role from its member',
  },
  {
    file: 'practice-log.ts',
    code: 'found === undefined || member === undefined',
    to: 'false',
    why: 'equivalent: who is no device is nobody’s member either',
  },
  { file: 'practice-log.ts', code: 'last < 0 ? end', why: 'equivalent: the member was there before its device' },
  {
    file: 'practice-log.ts',
    code: '!isPractice && body.type.startsWith',
    why: 'equivalent: an entry about a member has a field that an account of a person has not',
  },
  {
    file: 'practice-log.ts',
    code: 'member !== null && signer.member !== null',
    why: 'equivalent: the kit signs nothing but new devices, which are looked at before',
  },
  {
    file: 'practice-log.ts',
    code: 'return signer.member !== null && equalBytes',
    why: 'equivalent: the kit signs no entry about a member',
  },
  {
    file: 'practice-log.ts',
    code: "case 'genesis':",
    why: 'a second first entry is refused either way, at most by another word',
  },
  {
    file: 'check-signed.ts',
    code: 'ordered.length === signatures.length',
    why: 'equivalent: of a signature that stands there twice the later one is kept, which is not the first',
  },
  {
    file: 'check-evidence.ts',
    code: "typeof value === 'object' && value !== null && !Array.isArray(value)",
    why: 'equivalent: what is no object has none of the fields that are asked for',
  },
  {
    file: 'check-evidence.ts',
    code: 'bytes?.length === length ? bytes : null',
    why: 'equivalent: bytes of another length hold under no key',
  },
  {
    file: 'check-evidence.ts',
    code: 'encoded.length > MAX_FILE_BYTES',
    why: 'a bound of memory: a test would take 64 MiB',
  },
  {
    file: 'check-evidence.ts',
    code: '} catch {',
    why: 'equivalent: who asks takes nothing for null',
  },
  {
    file: 'check-evidence.ts',
    code: 'said as unknown[]) : []',
    why: 'equivalent: one text that is no checkpoint is no head',
  },
  {
    file: 'check-evidence.ts',
    code: 'kind === undefined || id === null',
    why: 'equivalent: no signature holds over what is not there',
  },
  {
    file: 'check-evidence.ts',
    code: 'Number(n) < 0 || Number(time) < 0',
    why: 'equivalent: no server signs a time before 1970',
  },
  {
    file: 'check-evidence.ts',
    code: '.slice(at + 1)',
    why: 'equivalent: a head beside itself contradicts nothing, and a pair is one in either order',
  },
  {
    file: 'check-evidence.ts',
    code: 'heads',
    to: 'heads',
    why: 'equivalent: a head beside itself contradicts nothing, and a pair is one in either order',
  },
  {
    file: 'check-evidence.ts',
    code: '[[one, other] as const] : []',
    why: 'equivalent: a text is no pair of heads that contradict each other',
  },
  {
    file: 'check-evidence.ts',
    code: 'one.time <= other.time',
    why: 'equivalent: of one time neither came first, and the next line asks for a later one',
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
