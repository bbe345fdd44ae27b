/**
 * What `npm run assurance -- mutation` changes on purpose, and which tests are to see it. Of the rooms named here every source is in;
 * what is left out is below with its reason, and on the page.
 */

/**
 * @typedef {object} MutationPart
 * @property {'mutation'} area
 * @property {string} name - unique; under it the result is kept
 * @property {string} group - parts of one group share a score
 * @property {string[]} mutate - the sources, as Stryker takes them
 * @property {string[]} tests - the files of tests, or folders of them, that judge
 * @property {{ tests: string, judges: string[] }[]} slow - a pattern of names of tests that take long, and the only sources that they judge
 * @property {Record<string, string[]>} judges - of a source the only files of `tests` that judge it; of one that is not here, all
 */

/** The room of the bytes is reached by every test there is: a source is judged by the tests of its own name and by the frozen formats. */
const cryptoJudges = {
  'blob.ts': ['blob', 'mistakes', 'web-crypto-keys'],
  'body.ts': ['body', 'disclose', 'mistakes'],
  'box.ts': ['box', 'installed-engine', 'server', 'mistakes'],
  'box-chain.ts': ['box-chain', 'mistakes'],
  'bytes.ts': ['bytes', 'mistakes'],
  'cbor.ts': ['cbor', 'mistakes'],
  'derive.ts': ['derive', 'installed-engine', 'mistakes'],
  'disclose.ts': ['disclose', 'mistakes'],
  'edwards.ts': ['strict-check', 'verify', 'native'],
  'engine.ts': ['native', 'mistakes'],
  'exchange.ts': ['box', 'installed-engine', 'native'],
  'merkle.ts': ['merkle', 'mistakes'],
  'native.ts': ['native'],
  'padding.ts': ['body', 'disclose', 'mistakes'],
  'recent.ts': ['web-crypto-keys'],
  'recovery.ts': ['recovery', 'mistakes'],
  'seal.ts': ['seal', 'mistakes'],
  'secretbox.ts': ['body', 'box-chain', 'seal', 'mistakes'],
  'seal-large.ts': ['seal-large', 'seal-large-parts', 'mistakes', 'web-crypto-keys'],
  'sha2.ts': ['hash', 'installed-engine'],
  'sign.ts': ['sign', 'installed-engine', 'verify-without-ed25519', 'mistakes', 'web-crypto-keys'],
  'verify.ts': [
    'installed-engine',
    'native',
    'strict-check',
    'verify',
    'verify-with-cofactor',
    'verify-without-ed25519',
    'web-crypto-keys',
  ],
}

/** What decides who may do what with a chart (C1-C11), read alike by the server and by every device. */
const consent = [
  'base/rights',
  'control/admit',
  'control/control-entry',
  'control/control-log',
  'control/control-owners',
  'control/control-server',
  'control/control-state',
  'control/control-wait',
  'control/emergency-grant',
  'emergency/emergency',
  'emergency/emergency-end',
  'ended/departure',
  'streams/stream-state',
].map((name) => `packages/protocol/src/${name}.ts`)

/** What is declared as shapes: the bounds of each field are judged by one test, which writes a mebibyte here and there. */
const shapeSources = [
  'access-entry.ts',
  'account-entry.ts',
  'control-entry.ts',
  'device-statement.ts',
  'emergency-end.ts',
  'emergency.ts',
  'limits.ts',
  'messages.ts',
  'practice-entry.ts',
  'proof-file.ts',
  'shape.ts',
  'signed-entry.ts',
  'signed-file.ts',
]

/**
 * Sources that every test of the protocol reaches, many of them while modules are loaded: judged by the tests that ask them themselves. Of what decides
 * over consent every test judges.
 */
const protocolJudges = {
  'access-entry.ts': ['access-log', 'bounds', 'domains', 'messages'],
  'account-log.ts': ['account-log', 'control-wait', 'kit', 'practice', 'practice-leavers', 'practice-refusals'],
  'account-state.ts': [
    'account-log',
    'beacon',
    'control-refusals',
    'domains',
    'kit',
    'practice-leavers',
    'practice-refusals',
  ],
  'practice-log.ts': [
    'emergency',
    'practice',
    'practice-control',
    'practice-grants',
    'practice-leavers',
    'practice-refusals',
    'standing',
  ],
  'account-entry.ts': ['account-log', 'bounds', 'domains', 'kit', 'messages', 'practice', 'practice-refusals'],
  'audit-messages.ts': ['bounds', 'messages'],
  'audit-tree.ts': ['audit-tree'],
  'beacon.ts': ['beacon', 'domains', 'messages'],
  'blob.ts': ['blob', 'bounds', 'domains', 'messages'],
  'box-key.ts': ['access-log', 'account-log', 'control-refusals', 'pairing', 'practice', 'practice-refusals'],
  'chain.ts': ['domains', 'messages', 'stream-edges', 'stream-state'],
  'checkpoint.ts': ['audit-vectors', 'checkpoint'],
  'content-signature.ts': ['bounds', 'content-signature', 'domains'],
  'device-statement.ts': ['beacon', 'bounds', 'departure', 'emergency'],
  'envelope.ts': ['domains', 'envelope', 'messages', 'rights', 'stream-state'],
  'errors.ts': ['errors', 'messages'],
  'header.ts': ['header', 'push-reader', 'stream-state'],
  'ids.ts': ['account-log', 'domains', 'messages'],
  'invite.ts': ['invite', 'messages'],
  'late.ts': ['domains', 'late', 'messages', 'practice-control'],
  'limits.ts': ['bounds', 'messages'],
  'messages.ts': ['bounds', 'messages'],
  'pairing.ts': ['bounds', 'messages', 'pairing', 'pairing-vectors'],
  'practice-entry.ts': ['bounds', 'domains', 'messages', 'practice', 'practice-refusals'],
  'proof-file.ts': ['audit-vectors', 'bounds'],
  'push-reader.ts': ['messages', 'push-reader'],
  'refill.ts': ['messages', 'refill'],
  'shape.ts': ['bounds', 'from-now', 'messages', 'owners'],
  'sign-in.ts': ['domains', 'messages'],
  'signed-entry.ts': ['account-log', 'bounds', 'control-log', 'domains'],
  'signed-file.ts': ['bounds'],
  'signed-note.ts': ['audit-vectors', 'checkpoint'],
}

const protocolTests = {
  tests: ['test/unit/protocol', 'test/attack/protocol'],
  slow: [
    { tests: '5,000 bare revisions|a chain of 20,000 bare', judges: [] },
    { tests: 'more than 64 live devices|small-order points agrees', judges: ['account-log.ts'] },
    { tests: 'audit-tree.test.ts: A3', judges: ['audit-tree.ts'] },
    { tests: 'with one bit changed anywhere', judges: ['checkpoint.ts', 'signed-note.ts'] },
    { tests: 'packages/ make every vector again', judges: [] },
    { tests: 'no single changed bit of a request', judges: ['emergency.ts'] },
    { tests: 'bounds.test.ts: S8: fields', judges: shapeSources },
  ],
  judges: protocolJudges,
}

/** @type {readonly MutationPart[]} */
export const mutationParts = [
  {
    area: 'mutation',
    name: 'mutation-verify',
    group: 'verification',
    mutate: ['packages/verify/src/check-*.ts', 'packages/verify/src/report*.ts'],
    tests: ['test/unit/verify', 'test/unit/protocol/audit-vectors.test.ts'],
    slow: [{ tests: 'a file of 32 MiB', judges: ['check-signed.ts'] }],
    judges: {},
  },
  {
    area: 'mutation',
    name: 'mutation-access',
    group: 'consent',
    mutate: ['sync-server/src/access/access.ts'],
    tests: ['test/unit/server/access.test.ts', 'test/unit/server/access-roles.test.ts'],
    slow: [],
    judges: {},
  },
  { area: 'mutation', name: 'mutation-consent', group: 'consent', mutate: consent, ...protocolTests },
  {
    area: 'mutation',
    name: 'mutation-protocol',
    group: 'protocol',
    mutate: ['packages/protocol/src/**/*.ts', ...consent.map((path) => `!${path}`)],
    ...protocolTests,
  },
  {
    area: 'mutation',
    name: 'mutation-crypto',
    group: 'crypto',
    mutate: ['packages/crypto/src/*.ts'],
    tests: ['test/unit/crypto'],
    slow: [
      {
        tests:
          'with more of everything|another passphrase, case|key of a passphrase|in all trees of|verdicts of both engines',
        judges: [],
      },
      { tests: 'passphrases >', judges: ['derive.ts'] },
      { tests: 'every tree of 1 to 64', judges: ['merkle.ts'] },
      { tests: 'published vectors|Wycheproof X25519', judges: ['box.ts', 'exchange.ts'] },
      { tests: 'keys that may become a device', judges: ['edwards.ts', 'verify.ts'] },
      { tests: 'more keys than are kept', judges: ['verify.ts', 'native.ts'] },
      { tests: 'a page of 200,000', judges: ['cbor.ts'] },
    ],
    judges: cryptoJudges,
  },
]

/** Sources of these rooms that are not changed, and tests of them that do not judge. */
export const leftOut = [
  'packages/verify/src/main.ts: reads arguments and prints; its tests (test/attack/proof-file.test.ts) run it as a program of its own, in which no mutant can be switched on.',
  'packages/verify by test/attack/proof-file.test.ts: its world of devices takes seconds for each mutant; test/unit/verify says the same in files that are made by hand.',
  'sync-server/src/access/access.ts by the tests over http: test/unit/server/access.test.ts and access-roles.test.ts ask it directly.',
  'Of packages/protocol and packages/crypto the sources that every test reaches by tests other than those that stand beside their names in scripts/mutation-parts.mjs: a mutant that only another test would see counts as survived.',
  'Sweeps over every tree up to 128 leaves, Argon2id beyond its smallest parameters, 5,000 and 20,000 bare revisions, and making all vectors again: seconds for each mutant. So a mutant that only they would see counts as survived.',
  'What packages/sync does with all this (admission, merging, sharing) is measured by the simulation and its planted mistakes, not here.',
]
