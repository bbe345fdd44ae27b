/** Fixtures: the examples of the specification and the faulty ones of its developer tools (each folder has a SOURCE.md). */
import { readdirSync, readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import { isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import { readFhir } from '@chartkeep/interop'
import {
  bundleFaults,
  cardCodeOf,
  payloadFaults,
  readHealthCards,
  readIssuerDirectory,
  readIssuerKeys,
  readIssuerList,
  readWithdrawals,
  type CardFault,
  type KeyFault,
  type KnownIssuer,
  type WithdrawalFault,
} from '@chartkeep/interop/cards'
import { Directory, SHCReader } from 'kill-the-clipboard'

const FOLDER = new URL('../../../fixtures/cards/', import.meta.url)
const NOW = Date.parse('2026-11-25T12:00:00Z')
const SPEC = 'https://spec.smarthealth.cards/examples/issuer'
const TESTDATA = 'https://raw.githubusercontent.com/smart-on-fhir/health-cards-dev-tools/main/testdata'

const text = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8')
const filesOf = (folder: string, ending: RegExp) =>
  readdirSync(new URL(folder, FOLDER)).filter((name) => ending.test(name))

async function issuer(iss: string, jwks: string, crl: string | null): Promise<KnownIssuer> {
  const { keys } = await readIssuerKeys(text(jwks), iss)
  const list = crl === null ? null : readWithdrawals(text(crl), null).list
  return { issuer: iss, name: 'An issuer', isTrusted: true, keys, withdrawals: list === null ? [] : [list] }
}

const ISSUERS = await Promise.all([
  issuer(SPEC, 'spec/gen2023-issuer-jwks.json', 'spec/gen2023-issuer-3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json'),
  ...['duplicate-rid', 'version-mismatch'].map((name) =>
    issuer(
      `${TESTDATA}/badcrl/${name}`,
      `negative/badcrl__${name}__.well-known__jwks.json`,
      `negative/badcrl__${name}__.well-known__crl__hrvC0uzB16UXK83BnPo7Glg685b1D6iYOyJd5hpRaAA.json`,
    ),
  ),
])

group('SMART Health Cards of the specification', () => {
  const whole = filesOf('spec', /(?:d-jws\.txt|smart-health-card|numeric-value-0\.txt)$/u).filter(
    (name) => !/example-02-f/u.test(name),
  )

  test.each(whole)('is read and judged: %s', async (name) => {
    const read = await readHealthCards(text(`spec/${name}`), ISSUERS, NOW)
    expect(read?.unreadable).toEqual([])
    expect(read?.cards).toHaveLength(1)
    // Example 03 is on the list of withdrawn cards.
    expect(read?.cards[0]?.verdict.verdict).toBe(/example-03/u.test(name) ? 'withdrawn' : 'verified')
    const expanded = text(`spec/${name.replace(/-[d-f]-.*$/u, '')}-b-jws-payload-expanded.json`)
    const bundle = (JSON.parse(expanded) as { vc: { credentialSubject: { fhirBundle: unknown } } }).vc.credentialSubject
      .fhirBundle
    expect(JSON.parse(read!.bundleText!)).toEqual(bundle)
  })

  test('three codes of one card come together in any order, and say what is missing before', async () => {
    const codes = [2, 0, 1].map((index) => text(`spec/ig2025-example-02-f-qr-code-numeric-value-${index}.txt`))
    const some = await readHealthCards(codes.slice(0, 2).join('\n'), ISSUERS, NOW)
    expect(some).toMatchObject({ cards: [], waiting: { have: [1, 3], count: 3 } })
    const all = await readHealthCards([...codes, codes[0]].join('\n'), ISSUERS, NOW)
    expect(all?.waiting).toBeNull()
    expect(all?.cards[0]?.content.jws).toBe(text('spec/ig2025-example-02-d-jws.txt').trim())
    expect(all?.cards[0]?.verdict.verdict).toBe('verified')
    const mixed = [codes[0], codes[1]!.replace('shc:/1/3/', 'shc:/1/4/')].join('\n')
    expect((await readHealthCards(mixed, ISSUERS, NOW))?.unreadable).toEqual([{ place: 1, fault: 'chunk-other-card' }])
  })

  test('a card behind the # of a link is found, and a card becomes the same code again', async () => {
    const code = text('spec/gen2023-example-00-f-qr-code-numeric-value-0.txt').trim()
    const read = await readHealthCards(`https://viewer.example/show#${code}`, ISSUERS, NOW)
    expect(read?.cards[0]?.verdict.verdict).toBe('verified')
    expect(cardCodeOf(read!.cards[0]!.content.jws)).toBe(code)
  })

  test('a card is only as good as what is known of its issuer', async () => {
    const jws = text('spec/gen2023-example-00-d-jws.txt')
    const judge = async (issuers: KnownIssuer[]) => (await readHealthCards(jws, issuers, NOW))?.cards[0]?.verdict
    expect(await judge([])).toEqual({ verdict: 'unchecked', reason: 'no-keys', issuer: SPEC })
    expect(await judge([{ ...ISSUERS[0]!, isTrusted: false }])).toMatchObject({ verdict: 'unlisted', issuer: SPEC })
    const others = { ...ISSUERS[0]!, keys: ISSUERS[0]!.keys.filter(({ keyId }) => !keyId.startsWith('3Kfdg')) }
    expect(await judge([others])).toMatchObject({ verdict: 'unchecked', reason: 'other-key' })
    const forged = { ...ISSUERS[0]!, keys: ISSUERS[0]!.keys.map((key) => ({ ...key, x: ISSUERS[0]!.keys[1]!.x })) }
    expect(await judge([forged])).toMatchObject({ verdict: 'wrong', reason: 'signature-wrong' })
  })

  test('one changed letter of what a card says is seen', async () => {
    const [head, body, signature] = text('spec/gen2023-example-00-d-jws.txt').trim().split('.') as [
      string,
      string,
      string,
    ]
    const payload = Buffer.from(
      JSON.stringify({ ...JSON.parse(text('spec/gen2023-example-00-c-jws-payload-minified.json')), exp: 4e9 }),
    )
    const packed = await new Response(
      new Blob([payload]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    ).arrayBuffer()
    const changed = [head, Buffer.from(packed).toString('base64url'), signature].join('.')
    expect(changed).not.toBe([head, body, signature].join('.'))
    expect((await readHealthCards(changed, ISSUERS, NOW))?.cards[0]?.verdict).toMatchObject({
      reason: 'signature-wrong',
    })
  })

  test('an expired card is shown as one, and a card of tomorrow is not believed', async () => {
    const jws = text('spec/gen2023-example-03-d-jws.txt')
    expect((await readHealthCards(jws, ISSUERS, NOW))?.cards[0]?.faults).toContain('expired')
    const early = (await readHealthCards(text('spec/gen2023-example-00-d-jws.txt'), ISSUERS, Date.parse('2020-01-01')))!
    expect(early.cards[0]?.verdict).toMatchObject({ verdict: 'wrong', reason: 'issued-in-future' })
  })
})

/** What each faulty card is found out by: a reason for which nothing is read, a verdict, or what is odd about it. */
const CARDS: [file: string, found: CardFault | `${'withdrawn' | 'unchecked'} ${string}` | 'signature-wrong'][] = [
  ['badcrl__duplicate-rid__jws-crl-duplicate-rid.txt', 'unchecked no-keys'],
  ['badcrl__version-mismatch__jws-crl-version-mismatch.txt', 'unchecked no-keys'],
  ['test-example-00-d-jws-bad-fhir-metadata.txt', 'bundle-meta'],
  ['test-example-00-d-jws-der-signature-rs-neg.txt', 'signature-der'],
  ['test-example-00-d-jws-der-signature-s-neg.txt', 'signature-der'],
  ['test-example-00-d-jws-invalid-signature.txt', 'signature-wrong'],
  ['test-example-00-d-jws-issuer-not-valid-with-smart-key.txt', 'unchecked no-keys'],
  ['test-example-00-d-jws-no_jws_header_alg.txt', 'header-alg'],
  ['test-example-00-d-jws-trailing_chars.txt', 'surrounding-space'],
  ['test-example-00-d-jws-wrong_jws_header_kid.txt', 'unchecked other-key'],
  ['test-example-00-e-file-bad_jwks.smart-health-card', 'unchecked no-keys'],
  ['test-example-00-e-file-invalid_deflate.smart-health-card', 'deflate-zlib'],
  ['test-example-00-e-file-invalid_issuer_url.smart-health-card', 'unchecked no-keys'],
  ['test-example-00-e-file-invalid_issuer_url_http.smart-health-card', 'issuer-not-https'],
  ['test-example-00-e-file-issuer_url_with_trailing_slash.smart-health-card', 'issuer-trailing-slash'],
  ['test-example-00-e-file-jws_too_long.smart-health-card', 'too-long-for-one-code'],
  ['test-example-00-e-file-multi-jws-issues.smart-health-card', 'header-alg'],
  ['test-example-00-f-qr-code-numeric-value-0-index-out-of-range.txt', 'chunk-index'],
  ['test-example-00-f-qr-code-numeric-value-0-number-too-big.txt', 'numeric-range'],
  ['test-example-00-f-qr-code-numeric-value-0-odd-count.txt', 'numeric-odd'],
  ['test-example-00-f-qr-code-numeric-value-0-trailing_chars.txt', 'surrounding-space'],
  ['test-example-00-f-qr-code-numeric-value-0-wrong-multi-chunk.txt', 'chunk-single'],
  ['test-example-02-f-qr-code-numeric-value-0-qr_chunk_too_big.txt', 'chunk-too-long'],
  ['test-example-02-f-qr-code-numeric-value-1-qr_chunk_too_big.txt', 'chunk-too-long'],
]

const PAYLOADS: [file: string, fault: CardFault | null][] = [
  ['test-example-00-b-jws-payload-expanded-exp_milliseconds.json', 'expires-milliseconds'],
  ['test-example-00-b-jws-payload-expanded-missing-imm-vc-type.json', 'vc-type-immunization'],
  ['test-example-00-b-jws-payload-expanded-nbf_milliseconds.json', 'issued-milliseconds'],
  ['test-example-00-b-jws-payload-expanded-nbf_not_yet_valid.json', 'issued-in-future'],
  // Neither is a fault: a type that the specification lets anybody add, and white space around JSON.
  ['test-example-00-b-jws-payload-expanded-optional-vc-type.json', null],
  ['test-example-00-b-jws-payload-expanded-trailing_chars.json', null],
  ['test-example-covid-lab-jwspayload-missing-lab-vc-type.json', 'vc-type-laboratory'],
]

const BUNDLES: [file: string, faults: CardFault[]][] = [
  ['test-example-00-a-fhirBundle-bad_meta_extra_key.json', ['bundle-meta', 'bundle-not-minimal']],
  ['test-example-00-a-fhirBundle-bad_meta_wrong_security.json', ['bundle-meta', 'bundle-not-minimal']],
  ['test-example-00-a-fhirBundle-occurrence-issues.json', ['immunization-time']],
  [
    'test-example-00-a-fhirBundle-profile-usa.json',
    [
      'bundle-not-minimal',
      'bundle-patients',
      'bundle-resource-type',
      'immunization-time',
      'immunization-status',
      'immunization-code',
    ],
  ],
  ['test-example-00-a-fhirBundle-trailing_chars.json', []],
  ['test-example-00-a-non-dm-properties.json', ['bundle-not-minimal', 'bundle-meta']],
  ['test-example-00-a-short-refs.json', ['bundle-url', 'bundle-reference']],
]

const KEYS: [file: string, fault: KeyFault | null][] = [
  ['badcrl__.well-known__jwks.json', 'keys-missing'],
  ['badcrl__public.json', 'keys-missing'],
  ['badjwks__.well-known__jwks.json', 'keys-not-json'],
  ['cert_mismatch.public.json', 'certificate-other-key'],
  ['invalid_DNS_SAN.public.json', 'certificate-address-not-a-link'],
  ['invalid_chain.public.json', 'certificate-chain'],
  ['invalid_no_SAN.public.json', 'certificate-no-address'],
  ['wrong_alg_key.json', 'key-algorithm'],
  ['wrong_curve_key.json', 'key-curve'],
  ['wrong_kid_key.json', 'key-id'],
  ['wrong_kty_key.json', 'key-type'],
  ['wrong_use_key.json', 'key-use'],
  ['valid_2_chain.public.json', null],
  ['valid_key.json', null],
  ['valid_key_with_x5c.json', null],
  ['valid_keys.json', null],
  // Right by themselves, and of no issuer that anybody trusts.
  ['issuer.jwks.public.not.smart.json', null],
  ['badcrl__duplicate-rid__.well-known__jwks.json', null],
  ['badcrl__version-mismatch__.well-known__jwks.json', null],
]

const LISTS: [file: string, fault: WithdrawalFault][] = [
  ['badcrl__duplicate-rid__.well-known__crl__hrvC0uzB16UXK83BnPo7Glg685b1D6iYOyJd5hpRaAA.json', 'list-name-twice'],
  ['badcrl__version-mismatch__.well-known__crl__hrvC0uzB16UXK83BnPo7Glg685b1D6iYOyJd5hpRaAA.json', 'list-version'],
]

/** These have nothing wrong. */
const GOOD = [
  'test-example-00-fhirhealthcard.json',
  'test-example-00-fhirhealthcard-multi-jws.json',
  'test-example-1195-byte-qrnumeric.txt',
]

group('faulty SMART Health Cards', () => {
  test('each fixture is in one of the tables', () => {
    const named = [...CARDS, ...PAYLOADS, ...BUNDLES, ...KEYS, ...LISTS].map(([file]) => file)
    const rest = filesOf('negative', /\.(?:txt|json|smart-health-card)$/u).filter((name) => !named.includes(name))
    expect(rest.sort()).toEqual([...GOOD, 'test-issuers.json'].sort())
  })

  test.each(CARDS)('%s is found out: %s', async (file, found) => {
    const read = await readHealthCards(text(`negative/${file}`), ISSUERS.slice(0, 1), NOW)
    const [verdict] = (read?.cards ?? []).map((card) => card.verdict)
    const words = verdict === undefined ? '' : `${verdict.verdict} ${'reason' in verdict ? verdict.reason : ''}`
    const told = [
      ...(read?.unreadable ?? []).map(({ fault }) => fault),
      ...(read?.cards ?? []).flatMap(({ faults }) => faults),
      ...(read?.waiting?.faults ?? []),
      words,
      words.replace('wrong ', ''),
    ]
    expect(told).toContain(found)
  })

  test.each(PAYLOADS)('the payload of %s: %s', (file, fault) => {
    const payload = parseJsonOrNull(text(`negative/${file}`))
    expect(isJsonObject(payload)).toBe(true)
    expect(isJsonObject(payload) ? payloadFaults(payload, NOW) : null).toEqual(fault === null ? [] : [fault])
  })

  test.each(BUNDLES)('the Bundle of %s: %s', (file, faults) => {
    const bundle = parseJsonOrNull(text(`negative/${file}`))
    expect(isJsonObject(bundle) ? bundleFaults(bundle).sort() : null).toEqual([...faults].sort())
  })

  test.each(KEYS)('the keys of %s: %s', async (file, fault) => {
    const { keys, faults } = await readIssuerKeys(text(`negative/${file}`), null)
    expect(faults.map((each) => each.fault)).toEqual(fault === null ? [] : [fault])
    expect(keys.length > 0).toBe(fault === null)
  })

  test.each(LISTS)('the list of withdrawn cards of %s: %s', (file, fault) => {
    expect(readWithdrawals(text(`negative/${file}`), 1).faults).toEqual([fault])
  })

  test('a certificate for another issuer does not vouch for a key', async () => {
    const [own, other] = await Promise.all(
      [SPEC.replace('/issuer', '/other'), null].map((iss) =>
        readIssuerKeys(text('negative/valid_key_with_x5c.json'), iss),
      ),
    )
    expect(own?.faults.map((each) => each.fault)).toEqual(['certificate-other-issuer'])
    expect(other?.faults).toEqual([])
  })

  test('a list of issuers is read', () => {
    expect(readIssuerList(text('negative/test-issuers.json'))).toEqual([
      { issuer: SPEC, name: 'SMART Health Card specification example issuer' },
    ])
    expect(readIssuerList('{"participating_issuers":[{"iss":"http://a.example","name":"A"}]}')).toEqual([])
    expect(readIssuerList('[]')).toBeNull()
  })

  test('a directory of issuers with their keys verifies cards, and its lists withdraw them', async () => {
    const directory = JSON.stringify({
      issuerInfo: [
        {
          issuer: { iss: SPEC, name: 'Example clinic' },
          keys: (JSON.parse(text('spec/gen2023-issuer-jwks.json')) as { keys: unknown[] }).keys,
          crls: [JSON.parse(text('spec/gen2023-issuer-3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json')) as unknown],
        },
        { issuer: { iss: 'http://a.example', name: 'Not https' }, keys: [] },
      ],
    })
    const issuers = (await readIssuerDirectory(directory))!
    expect(issuers).toHaveLength(1)
    const judged = async (path: string) => (await readHealthCards(text(path), issuers, NOW))?.cards[0]?.verdict
    expect(await judged('spec/gen2023-example-00-d-jws.txt')).toEqual({
      verdict: 'verified',
      issuer: SPEC,
      name: 'Example clinic',
    })
    expect(await judged('spec/gen2023-example-03-d-jws.txt')).toMatchObject({ verdict: 'withdrawn' })
    expect(await readIssuerDirectory('{}')).toBeNull()
  })

  test('no prefix and no flipped letter of a card makes the reader throw', async () => {
    const jws = text('spec/gen2023-example-00-d-jws.txt').trim()
    for (let end = 0; end < jws.length; end += 7) await readHealthCards(jws.slice(0, end), ISSUERS, NOW)
    for (let at = 0; at < jws.length; at += 11) {
      const read = await readHealthCards(`${jws.slice(0, at)}A${jws.slice(at + 1)}`, ISSUERS, NOW)
      if (jws[at] !== 'A') expect(read?.cards[0]?.verdict.verdict ?? 'unreadable').not.toBe('verified')
    }
  })

  test('a payload that unpacks to far more than a card is not unpacked', async () => {
    const packed = await new Response(
      new Blob([new Uint8Array(6 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    ).arrayBuffer()
    const head = text('spec/gen2023-example-00-d-jws.txt').split('.')[0]
    const read = await readHealthCards(`${head}.${Buffer.from(packed).toString('base64url')}.AAAA`, ISSUERS, NOW)
    expect(read?.unreadable).toEqual([{ place: 1, fault: 'too-large' }])
  })
})

group('records of several cards', () => {
  test('people who are written alike are one, and no record changes its person', async () => {
    const one = text('spec/gen2023-example-00-d-jws.txt').trim()
    const other = text('spec/gen2023-example-03-d-jws.txt').trim()
    const file = JSON.stringify({ verifiableCredential: [one, other, one] })
    const read = (await readHealthCards(file, ISSUERS, NOW))!
    expect(read.cards).toHaveLength(3)
    const types: string[] = []
    const people = new Map<string, string>()
    for await (const event of readFhir(new Blob([read.bundleText!]))) {
      if (event.type !== 'resource') continue
      types.push(event.item.resourceType)
      if (event.item.resourceType === 'Patient') people.set(event.item.fullUrl, event.item.text)
      else expect(people.has(event.item.patientReference)).toBe(true)
    }
    expect(types.join(' ')).toBe('Patient Immunization Immunization Immunization Patient Immunization Immunization')
    expect([...people.values()].map((each) => /Anyperson|Revoked/u.exec(each)?.[0])).toEqual(['Anyperson', 'Revoked'])
  })

  test('the same card gives the same records alone and among others', async () => {
    const names = async (jws: string[]) => {
      const read = (await readHealthCards(JSON.stringify({ verifiableCredential: jws }), ISSUERS, NOW))!
      const identities: string[] = []
      for await (const event of readFhir(new Blob([read.bundleText!])))
        if (event.type === 'resource') identities.push(event.item.identity)
      return identities
    }
    const one = text('spec/gen2023-example-00-d-jws.txt').trim()
    const other = text('spec/gen2023-example-03-d-jws.txt').trim()
    expect((await names([one, other])).slice(0, 4)).toEqual(await names([one]))
  })
})

group('a second reader of SMART Health Cards', () => {
  const key = JSON.parse(text('spec/gen2023-issuer-jwks.json')) as { keys: JsonWebKey[] }
  const crl = JSON.parse(text('spec/gen2023-issuer-3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json'))
  const names = [
    ...filesOf('spec', /d-jws\.txt$/u).map((name) => `spec/${name}`),
    ...CARDS.map(([name]) => `negative/${name}`).filter((name) => /d-jws/u.test(name)),
  ]

  test.each(names)('comes to the same verdict: %s', async (path) => {
    const jws = text(path).trim()
    const ours = (await readHealthCards(jws, ISSUERS.slice(0, 1), NOW))?.cards[0]?.verdict.verdict ?? 'unreadable'
    const kid = (JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString()) as { kid?: string }).kid
    const publicKey = key.keys.find((each) => (each as { kid?: string }).kid === kid)
    // It takes any key that it is handed: an issuer or a key that nobody knows is ours alone to tell.
    if (ours === 'unchecked') return expect(publicKey === undefined || !jws.includes(SPEC)).toBe(true)
    const reader = new SHCReader({
      publicKey: publicKey ?? null,
      verifyExpiration: false,
      issuerDirectory: Directory.fromJSON({ issuerInfo: [{ issuer: { iss: SPEC }, keys: [], crls: [crl] }] }),
    })
    const theirs = await reader.fromJWS(jws).then(
      () => 'verified',
      (error: Error) => (error.name === 'SHCRevokedError' ? 'withdrawn' : 'wrong'),
    )
    expect(theirs).toBe(ours)
  })
})
