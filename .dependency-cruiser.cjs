/**
 * Who may import whom. Data flows one way, and this file is the proof: scripts/check-imports.mjs runs it, and
 * test/unit/architecture breaks each rule once and sees it refused.
 *
 * Paths are those that an import resolves to, from the root of the repository. A package is reached by its name; that a
 * name such as `@chartkeep/crypto/hash` is one of the allowed parts shows in the file it resolves to.
 */

/** Every part of ours that can be imported. */
const anyPart = '^(packages/[^/]+|sync-server|desktop)/'

/** @param {string[]} parts - each a path such as `packages/domain` */
const within = (...parts) => parts.map((part) => `^${part}/`)

/**
 * One row of the law: `part` may import `allowed` of ours, and nothing else of ours.
 *
 * @param {string} part
 * @param {string[]} allowed - regular expressions over paths
 * @param {string} why
 */
const mayImport = (part, allowed, why) => ({
  name: `${part.replace('packages/', '')}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${part}/` },
  to: { path: anyPart, pathNot: [`^${part}/`, ...allowed] },
})

/**
 * The folders of a package in order: each imports from itself and from those before it, and nothing from those after it. Files that lie directly in src
 * (its door, its program), as those in `packages/app/src/app`, import what they need, and no folder imports them.
 *
 * @type {Record<string, string[]>}
 */
const layers = {
  'packages/domain/src': [
    'dates',
    'elements',
    'values',
    'medicines',
    'schemas',
    'builders',
    'record-type',
    'types',
    'search',
    'records',
    'imports',
    'summary',
    'reminders',
    'practice',
    'messages',
    'calendar',
    'plans',
    'results',
    'notes',
    'work',
  ],
  'packages/protocol/src': [
    'base',
    'streams',
    'signed',
    'account',
    'pairing',
    'records',
    'audit',
    'control',
    'ended',
    'emergency',
    'messages',
  ],
  'packages/interop/src': [
    'bytes',
    'xml',
    'zip',
    'fhir-xml',
    'backup',
    'cards',
    'links',
    'table',
    'contract',
    'convert',
    'fhir',
    'people',
    'ccda',
    'nhi',
    'apple',
    'doors',
    'out',
  ],
  'packages/store/src': ['disk', 'keys', 'journal', 'memory', 'database', 'stores', 'sqlite'],
  'packages/sync/src': [
    'contract',
    'ports',
    'record',
    'account',
    'transport',
    'vault',
    'edit',
    'pull',
    'push',
    'consent',
    'files',
    'audit',
    'reseed',
    'replicate',
    'emergency',
    'chart',
    'backup',
    'session',
    'enrol',
  ],
  'packages/app/src': [
    'i18n',
    'platform',
    'ui/styles',
    'ui/display',
    'ui/dialogs',
    'ui/lists',
    'ui/plots',
    'ui/fields',
    'ui/passphrase',
    'ui/forms',
    'ui/scan',
    'ui/paper',
    'ui/frame',
    'ui/viewer',
    'record-forms',
    'app/hooks',
    'app/place',
    'app/actions',
    'app/words',
    'app/measures',
    'app/entry',
    'app/session',
    'app/context',
    'app/device',
    'app/drafts',
    'app/practice',
    'app/chart',
    'record-kinds',
    'app/glance',
    'app/enrol',
    'app/people',
    'app/search',
    'app/reminders',
    'app/backup',
    'app/care/sharing',
    'app/care/messages',
    'app/care/notes',
    'app/care/results',
    'app/care/amendments',
    'app/care/plans',
    'app/care/work',
    'app/frame',
    'features',
    'app/routes',
  ],
  'packages/app/src/features/records': ['list', 'timeline', 'documents', 'detail'],
  'sync-server/src': [
    'time',
    'guard',
    'storage',
    'sqlite',
    'signing',
    'access',
    'admission',
    'live',
    'audit',
    'reseed',
    'logs',
    'emergency',
    'blobs',
    'quarantine',
    'streams',
    'restore',
    'core',
    'http',
    'operate',
  ],
}

/** One rule for each folder of {@link layers}. */
const layerRules = Object.entries(layers).flatMap(([source, folders]) =>
  folders.map((folder, at) => ({
    name: `${source.replace(/^packages\/|\/src(?=\/|$)/gu, '').replaceAll('/', '-')}-layer-${folder.replaceAll('/', '-')}`,
    comment: 'A folder imports from itself and from those before it.',
    severity: 'error',
    from: { path: `^${source}/${folder}/` },
    to: { path: `^${source}/`, pathNot: folders.slice(0, at + 1).map((earlier) => `^${source}/${earlier}/`) },
  })),
)

module.exports = {
  layers,
  forbidden: [
    ...layerRules,
    mayImport('packages/domain', [], 'domain says what a record is; it knows no key, no store, no wire.'),
    mayImport('packages/crypto', [], 'crypto takes bytes and gives bytes; it knows no record.'),
    mayImport(
      'packages/protocol',
      ['^packages/crypto/src/(hash|encoding|verify)\\.ts$'],
      'protocol runs on the server too: it hashes, reads bytes and verifies, and can neither open nor sign.',
    ),
    mayImport(
      'packages/store',
      within('packages/domain', 'packages/crypto'),
      'store keeps sealed rows; it knows no server.',
    ),
    mayImport(
      'packages/sync',
      within('packages/domain', 'packages/protocol', 'packages/crypto', 'packages/store'),
      'sync has the one place where a record becomes an envelope.',
    ),
    mayImport(
      'packages/interop',
      within('packages/domain', 'packages/crypto'),
      'interop reads and writes files of others.',
    ),
    mayImport(
      'packages/app',
      within('packages/domain', 'packages/store', 'packages/sync', 'packages/interop'),
      'app touches keys and bytes of the wire through store and sync only.',
    ),
    mayImport(
      'packages/gateway',
      [
        ...within('packages/domain', 'packages/store', 'packages/sync', 'packages/interop'),
        '^packages/crypto/src/native\\.ts$',
      ],
      'gateway is one unlocked device in Node, with another face than app.',
    ),
    mayImport(
      'sync-server',
      ['^packages/protocol/', '^packages/crypto/src/(verify|server|native)\\.ts$'],
      'The server orders what it cannot read.',
    ),
    mayImport(
      'packages/verify',
      ['^packages/protocol/', '^packages/crypto/src/(hash|encoding|verify|disclose)\\.ts$'],
      'A proof is checked by what checks, and by nothing that could make one.',
    ),
    mayImport(
      'desktop',
      ['^packages/app/src/index\\.ts$', '^packages/protocol/'],
      'desktop is a shell around the built app; it reads a release note as devices read a checkpoint.',
    ),
    {
      name: 'desktop-takes-types-only',
      comment:
        'What app gives to its shells is the type of the platform; code of the app comes built, over its own protocol.',
      severity: 'error',
      from: { path: '^desktop/' },
      to: {
        path: '^packages/',
        pathNot: [
          '^packages/app/src/(index|platform/platform)\\.ts$',
          '^packages/protocol/',
          '^packages/crypto/src/(hash|sha2|encoding|verify|bytes|engine|cbor|cbor-cursor|edwards|merkle|recent)\\.ts$',
        ],
        reachable: true,
      },
    },
    {
      name: 'server-cannot-open',
      comment:
        'Not over any detour either: nothing that the server loads opens a body, derives a key or reads a recovery code.',
      severity: 'error',
      from: { path: '^sync-server/' },
      to: { path: '^packages/crypto/src/(seal|body|derive|recovery|blob)\\.ts$', reachable: true },
    },
    {
      name: 'verifier-makes-nothing',
      comment:
        'Not over any detour either: what checks a proof (A4) seals, signs and derives nothing, and draws no random bytes.',
      severity: 'error',
      from: { path: '^packages/verify/' },
      to: {
        path: '^packages/crypto/src/(seal|body|box|box-chain|exchange|derive|recovery|blob|sign|random)\\.ts$',
        reachable: true,
      },
    },
    {
      name: 'primitives-only-in-crypto',
      comment: 'One package stands between us and the cryptography of others (K1).',
      severity: 'error',
      from: { path: '^(packages|sync-server|desktop|scripts|bench)/', pathNot: '^packages/crypto/' },
      to: { path: ['(^|/)node_modules/(tweetnacl|hash-wasm)/', '(^|/)node_modules/@noble/'] },
    },
    {
      name: 'no-node-in-browser-code',
      comment: 'These run in a browser. What a shell offers comes through app/src/platform/platform.ts.',
      severity: 'error',
      from: {
        path: '^packages/(domain|crypto|protocol|sync|interop|app)/src/',
        pathNot: '^packages/crypto/src/native\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'native-is-for-node',
      comment:
        'OpenSSL stands behind crypto/native, which a process of Node installs (K2); nothing that a browser loads reaches it.',
      severity: 'error',
      from: { path: '^(packages|desktop)/', pathNot: '^packages/(crypto/src/native\\.ts$|gateway/)' },
      to: { path: '^packages/crypto/src/native\\.ts$', reachable: true },
    },
    {
      name: 'gateway-has-one-way-in',
      comment: 'W1: every surface of the gateway reaches a chart through access/view.ts, which asks the grant.',
      severity: 'error',
      from: { path: '^packages/gateway/src/(search|fhir|live|graphql)/' },
      to: { path: ['^packages/(sync|store)/', '^packages/gateway/src/(device/(?!contract)|access/chart-index)'] },
    },
    {
      name: 'no-node-behind-the-store',
      comment: 'Browsers load the store by its index.ts; adapters for Node stand behind node.ts.',
      severity: 'error',
      from: { path: '^packages/store/src/index\\.ts$' },
      to: { path: '^node:|^(fs|path|crypto|os|sqlite|worker_threads)$', reachable: true },
    },
    {
      name: 'features-stand-alone',
      comment: 'A feature never imports another: what two need moves to a folder of app.',
      severity: 'error',
      from: { path: '^packages/app/src/features/([^/]+)/' },
      to: { path: '^packages/app/src/features/', pathNot: '^packages/app/src/features/$1/' },
    },
    {
      name: 'packages-by-name',
      comment:
        'A package is reached by its name, never by a path into its inside; tests reach it in the same way. ' +
        'But whoever plants a mistake to see it caught has to replace a file of the inside.',
      severity: 'error',
      from: {
        path: '^(packages/[^/]+|sync-server|desktop|test|scripts|bench)/',
        pathNot: '^test/simulation/planted-[^/]+\\.test\\.ts$',
      },
      to: { path: anyPart, pathNot: '^$1/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'testing-is-for-tests',
      comment:
        'The door `<package>/testing` opens the inside of a package to tests and benchmarks. Code that ships uses the other doors.',
      severity: 'error',
      from: { path: anyPart },
      to: { path: '/src/testing\\.ts$' },
    },
    {
      name: 'product-knows-no-test',
      comment: 'What ships imports neither tests nor scripts nor benchmarks.',
      severity: 'error',
      from: { path: anyPart },
      to: { path: '^(test|scripts|bench)/' },
    },
    {
      name: 'scripts-stand-apart',
      comment: 'Scripts run before anything is built or installed; they start parts, they do not import them.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: anyPart },
    },
    {
      name: 'declared-packages',
      comment: 'What a part imports of others stands in its own package.json, so that the root cannot hide a lack.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|sync-server)/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'second-reader-stands-alone',
      comment: 'It reads the committed vectors to check us; with code of ours it would repeat our mistakes.',
      severity: 'error',
      from: { path: '^test/.*/second-reader[^/]*\\.ts$' },
      to: { path: anyPart, reachable: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: { path: '^(packages|sync-server|desktop|test|scripts|bench)/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere would escape every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Types count: what a file knows of another in its types it knows.
    tsPreCompilationDeps: true,
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^packages/[^/]+/dist/|^test/(fixtures|vectors)/|^bench/pouchdb/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.css'],
    },
  },
}
