/** Fixtures: vectors of the HL7 guide, of its developer tools and of RFC 7520 (test/fixtures/links/SOURCE.md). */
import { readFileSync } from 'node:fs'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { SHLInvalidPasscodeError, SHLViewer } from 'kill-the-clipboard'
import { afterAll, beforeAll, describe as group, expect, test } from 'vitest'
import {
  linkTextOf,
  openJwe,
  openLink,
  readLink,
  sealJwe,
  type LinkFault,
  type LinkPayload,
} from '@chartkeep/interop/links'
import { fetchLink, openHealthLinkServer, type HealthLinkServer } from '../../../support/health-link-server.ts'

const FOLDER = new URL('../../../fixtures/links/', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8')
const json = (path: string) => JSON.parse(text(path)) as Record<string, unknown>
const base64Url = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
const linkOf = (payload: unknown) => `shlink:/${base64Url(payload)}`
const KEY = 'rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q'

group('the text of a SMART Health Link', () => {
  const cases: [file: string, payload: string, flags: Partial<LinkPayload>][] = [
    [
      'devtools-shlink-link.txt',
      'devtools-shlink-payload.txt',
      { hasPasscode: true, isDirect: false, isPrivate: true },
    ],
    ['devtools-shlink-link-with-viewer.txt', 'devtools-shlink-payload.txt', { hasPasscode: true, isPrivate: true }],
    ['devtools-shlink-link-direct.txt', 'devtools-shlink-payload-direct.txt', { isDirect: true, hasPasscode: false }],
    [
      'hl7ig-IPS_IG-bundle-01-shl.txt',
      'hl7ig-shl-payload-2.json',
      { isDirect: true, isLongTerm: true, isPrivate: false },
    ],
  ]

  test.each(cases)('is read: %s', (file, payload, flags) => {
    const told = json(payload) as { url: string; key: string; label?: string; exp?: number }
    const link = readLink(text(file), { allowsLoopback: true })
    if (typeof link === 'string') throw new Error(link)
    expect(link).toMatchObject({ url: told.url, label: told.label, expiresAt: told.exp ?? null, ...flags })
    expect(Buffer.from(link.key).toString('base64url')).toBe(told.key)
  })

  test('a time in milliseconds, written as a text, is read as what it means', () => {
    expect(readLink(linkOf(json('hl7ig-shl-payload-1.json')))).toMatchObject({
      expiresAt: 1_767_225_600,
      isLongTerm: true,
      hasPasscode: true,
      host: 'ehr.example.org',
    })
  })

  const good = { url: 'https://a.example/x', key: KEY }
  const faults: [what: string, link: string, fault: LinkFault][] = [
    ['no link', 'Dear Mrs Chen', 'not-a-link'],
    ['half a link', text('devtools-shlink-link.txt').slice(0, 60), 'payload-unreadable'],
    ['no address', linkOf({ key: KEY }), 'address-missing'],
    ['http', linkOf({ ...good, url: 'http://a.example/x' }), 'address-not-https'],
    ['http to this machine, where that is not allowed', text('devtools-shlink-link.txt'), 'address-not-https'],
    ['a script', linkOf({ ...good, url: 'javascript:alert(1)' }), 'address-not-https'],
    ['a name and a password in the address', linkOf({ ...good, url: 'https://a:b@a.example/x' }), 'address-not-https'],
    ['a short key', linkOf({ ...good, key: KEY.slice(2) }), 'key'],
    ['no key', linkOf({ url: good.url }), 'key'],
    ['a direct file with a passcode', linkOf({ ...good, flag: 'PU' }), 'direct-with-passcode'],
    ['a later version', linkOf({ ...good, v: 2 }), 'newer-version'],
  ]

  test.each(faults)('is refused with its reason: %s', (_what, link, fault) => {
    expect(readLink(link)).toBe(fault)
  })

  test('unknown flags and members change nothing, and a link that we write is read as it was meant', () => {
    const link = linkTextOf({
      url: good.url,
      key: Buffer.from(KEY, 'base64url'),
      expiresAt: 1.8e9,
      flags: 'LP',
      label: 'A'.repeat(99),
    })
    expect(readLink(`https://viewer.example/#${link}`)).toMatchObject({
      hasPasscode: true,
      isLongTerm: true,
      expiresAt: 1.8e9,
      label: 'A'.repeat(80),
    })
    expect(readLink(linkOf({ ...good, flag: 'LZ', extension: { a: 1 } }))).toMatchObject({ isLongTerm: true })
  })
})

group('the seal of files', () => {
  const key = Buffer.from(KEY, 'base64url')

  test('files of the HL7 guide and of the developer tools open to the texts that they were made of', async () => {
    const ips = await openJwe(text('hl7ig-IPS_IG-bundle-01-enc.txt'), key)
    expect(typeof ips === 'string' ? ips : JSON.parse(Buffer.from(ips.bytes).toString())).toEqual(
      json('hl7ig-IPS_IG-bundle-01.json'),
    )
    let files = 0
    for (const name of ['ERn18l4lL3_5yPXMSzx3ZejyMM_XIeWeseXa3DXsJD0', 'jvb42XYZTjY2BTZ2mcL6nozbTFT8Vs5G2_I-_IuxCZo']) {
      const { payload, jweFiles } = json(`devtools-${name}.json`) as { payload: { key: string }; jweFiles: string[] }
      for (const sealed of jweFiles) {
        const opened = await openJwe(sealed, Buffer.from(payload.key, 'base64url'))
        expect(typeof opened === 'string' ? opened : Buffer.from(opened.bytes).toString()).toMatch(
          /verifiableCredential|resourceType/u,
        )
        files += 1
      }
    }
    expect(files).toBeGreaterThanOrEqual(3)
  })

  test('what jose seals is opened here, and what is sealed here jose opens, packed or not', async () => {
    const plain = Buffer.from(JSON.stringify({ resourceType: 'Bundle', note: '檢驗結果 '.repeat(15_000) }))
    const theirs = await new CompactEncrypt(plain)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json' })
      .encrypt(key)
    const opened = await openJwe(theirs, key)
    expect(typeof opened === 'string' ? opened : [Buffer.from(opened.bytes).equals(plain), opened.contentType]).toEqual(
      [true, 'application/fhir+json'],
    )
    const seals = new Set<string>()
    for (const isPacked of [false, true, true]) {
      const sealed = await sealJwe(plain, key, { contentType: 'application/fhir+json', isPacked })
      seals.add(sealed)
      const again = await openJwe(sealed, key)
      expect(typeof again === 'string' ? again : Buffer.from(again.bytes).equals(plain)).toBe(true)
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key)
      expect(protectedHeader.cty).toBe('application/fhir+json')
      expect(Buffer.from(plaintext).equals(plain)).toBe(true)
    }
    // A fresh IV each time.
    expect(seals.size).toBe(3)
  })

  test('each way in which a file cannot be opened has its reason', async () => {
    const sealed = await sealJwe(Buffer.from('{"resourceType":"Bundle"}'), key, { contentType: '', isPacked: true })
    const [head, , iv, body, tag] = sealed.split('.')
    const changed = (part: string | undefined) => `${part!.startsWith('A') ? 'B' : 'A'}${part!.slice(1)}`
    const withHead = (header: unknown) => [base64Url(header), '', iv, body, tag].join('.')
    expect(await openJwe(sealed, Buffer.alloc(32))).toBe('key')
    expect(await openJwe([head, '', iv, changed(body), tag].join('.'), key)).toBe('key')
    expect(await openJwe([head, '', changed(iv), body, tag].join('.'), key)).toBe('key')
    expect(await openJwe(withHead({ alg: 'dir', enc: 'A256GCM' }), key)).toBe('key')
    expect(await openJwe(withHead({ alg: 'dir', enc: 'A256GCM', crit: ['b64'] }), key)).toBe('header')
    expect(await openJwe(withHead({ alg: 'none', enc: 'A256GCM' }), key)).toBe('header')
    const cookbook = json('jose-cookbook-5.6.json') as { output: { compact: string } }
    expect(await openJwe(cookbook.output.compact, key)).toBe('header')
    // A signed card where a sealed file should be, as one example of the guide has it.
    const card = readFileSync(new URL('../cards/spec/gen2023-example-00-d-jws.txt', FOLDER), 'utf8')
    expect(await openJwe(card, key)).toBe('signed')
    expect(await openJwe('Dear Mrs Chen', key)).toBe('not-sealed')
    for (let end = 0; end < sealed.length; end += 5)
      expect(typeof (await openJwe(sealed.slice(0, end), key))).toBe('string')
  })

  test('a file that unpacks to far more than a chart is not unpacked', async () => {
    const bomb = await sealJwe(new Uint8Array(65 * 1024 * 1024), key, { contentType: '', isPacked: true })
    expect(bomb.length).toBeLessThan(200_000)
    expect(await openJwe(bomb, key)).toBe('too-large')
  })
})

group('opening a link at a server', () => {
  let server: HealthLinkServer
  const key = Buffer.from(KEY, 'base64url')
  const bundle = '{"resourceType":"Bundle","type":"collection","entry":[]}'
  const card = JSON.stringify({ verifiableCredential: ['eyJhbGciOiJFUzI1NiJ9.AA.AA'] })
  const seal = (content: string, contentType: string) =>
    sealJwe(Buffer.from(content), key, { contentType, isPacked: true })
  const link = (path: string, flags = '') =>
    linkTextOf({ url: `${server.origin}${path}`, key, expiresAt: null, flags, label: '' })
  const open = async (path: string, flags = '', passcode?: string) => {
    const read = readLink(link(path, flags), { allowsLoopback: true })
    if (typeof read === 'string') throw new Error(read)
    return await openLink(read, {
      fetch: fetchLink,
      recipient: 'Chartkeep user',
      allowsLoopback: true,
      ...(passcode === undefined ? {} : { passcode }),
    })
  }

  beforeAll(async () => {
    server = await openHealthLinkServer()
  })
  afterAll(() => server.close())

  test('a manifest with files by address and embedded', async () => {
    const sealed = await seal(bundle, 'application/fhir+json')
    server.links.set('/two', {
      files: [
        { contentType: 'application/fhir+json', sealed },
        { contentType: 'application/smart-health-card', sealed: await seal(card, ''), isEmbedded: true },
        { contentType: 'application/smart-api-access', sealed },
        { contentType: 'application/pdf', sealed },
      ],
      state: 'can-change',
    })
    expect(await open('/two')).toEqual({
      type: 'opened',
      canChange: true,
      files: [
        { contentType: 'application/fhir+json', text: bundle, fhirVersion: '', lastUpdated: '2026-11-25', status: '' },
        { contentType: 'application/smart-health-card', text: card, fhirVersion: '', lastUpdated: '', status: '' },
      ],
      left: [
        { place: 3, reason: 'api-access' },
        { place: 4, reason: 'other-type' },
      ],
    })
  })

  test('a direct file is one request, with the recipient and without a passcode', async () => {
    // As some servers have it: no type is told, and the content says it.
    server.links.set('/direct', { files: [{ contentType: '', sealed: await seal(card, '') }] })
    expect(await open('/direct', 'LU')).toMatchObject({
      type: 'opened',
      canChange: true,
      files: [{ contentType: 'application/smart-health-card', text: card }],
    })
    expect(server.asked.at(-1)).toMatchObject({ method: 'GET', path: '/direct?recipient=Chartkeep+user' })
  })

  test('a wrong passcode says how many tries are left, and the right one opens', async () => {
    const file = { contentType: 'application/fhir+json', sealed: await seal(bundle, '') }
    server.links.set('/code', { files: [file], passcode: '271828', triesLeft: 3 })
    expect(await open('/code', 'P')).toEqual({ type: 'passcode', remaining: 2 })
    expect(await open('/code', 'P', '000000')).toEqual({ type: 'passcode', remaining: 1 })
    expect(await open('/code', 'P', '271828')).toMatchObject({ type: 'opened', files: [{ text: bundle }] })
  })

  test('an address that was used up is asked for again', async () => {
    const sealed = await seal(bundle, '')
    server.links.set('/once', { files: [{ contentType: 'application/fhir+json', sealed, isOneTime: true }] })
    let first = true
    const read = readLink(link('/once'), { allowsLoopback: true }) as LinkPayload
    const opened = await openLink(read, {
      recipient: 'x',
      allowsLoopback: true,
      async fetch(request) {
        // Another reader was there first.
        if (request.method === 'GET' && first) await fetchLink(request)
        if (request.method === 'GET') first = false
        return await fetchLink(request)
      },
    })
    expect(opened).toMatchObject({ type: 'opened', files: [{ text: bundle }], left: [] })
  })

  test('what a server can answer instead has its words', async () => {
    server.links.set('/busy', { files: [], status: 429 })
    server.links.set('/broken', { files: [], status: 500 })
    expect(await open('/never')).toEqual({ type: 'ended' })
    expect(await open('/busy')).toEqual({ type: 'busy', retryAfter: 7 })
    expect(await open('/broken')).toEqual({ type: 'no-health-link' })
    const nobody = readLink(linkTextOf({ url: 'http://127.0.0.1:9/x', key, expiresAt: null, flags: '', label: '' }), {
      allowsLoopback: true,
    })
    expect(await openLink(nobody as LinkPayload, { fetch: fetchLink, recipient: 'x' })).toEqual({ type: 'unreachable' })
  })

  test('a manifest cannot send a reader to an address that is not https', async () => {
    const read = readLink(link('/x'), { allowsLoopback: true }) as LinkPayload
    const asked: string[] = []
    const opened = await openLink(read, {
      recipient: 'x',
      fetch: ({ url, method }) => {
        asked.push(url)
        const files = [
          { contentType: 'application/fhir+json', location: 'http://10.0.0.1/router' },
          { location: 'file:///etc/passwd' },
        ]
        return Promise.resolve({
          status: method === 'POST' ? 200 : 500,
          body: Buffer.from(JSON.stringify({ files })),
          retryAfter: null,
        })
      },
    })
    expect(opened).toMatchObject({ files: [], left: [{ reason: 'address' }, { reason: 'address' }] })
    expect(asked).toHaveLength(1)
  })

  test('no request to the server of the link holds its key, and neither key nor passcode is in an address', () => {
    expect(server.asked.length).toBeGreaterThan(5)
    for (const { path, body } of server.asked) {
      expect(`${path}${body}`).not.toContain(KEY)
      expect(path).not.toContain('271828')
    }
  })

  test('a viewer of an outside library reads the same server with what is sealed and written here', async () => {
    const sealed = await seal(bundle, 'application/fhir+json')
    server.links.set(`/${'o'.repeat(43)}`, { files: [{ contentType: 'application/fhir+json', sealed }], passcode: '1' })
    const shlinkURI = linkTextOf({
      url: `${server.origin}/${'o'.repeat(43)}`,
      key,
      expiresAt: null,
      flags: 'P',
      label: 'Ours',
    })
    const viewer = new SHLViewer({ shlinkURI })
    await expect(viewer.resolveSHL({ recipient: 'x', passcode: '2' })).rejects.toBeInstanceOf(SHLInvalidPasscodeError)
    const { fhirResources } = await viewer.resolveSHL({ recipient: 'x', passcode: '1' })
    expect(fhirResources).toEqual([JSON.parse(bundle)])
  })
})
