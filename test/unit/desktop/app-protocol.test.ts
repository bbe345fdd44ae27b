/** The shell's own protocol: what it serves, and above all what it does not. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerFor, createAppFiles } from '@chartkeep/desktop'

const get = (path: string) => answerFor('GET', `chartkeep://app${path}`)
const pathOf = (path: string) => {
  const answer = get(path)
  return answer.type === 'file' ? answer.path : answer.reason
}

describe('what is served', () => {
  test.each([
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/index.html', 'index.html', 'text/html; charset=utf-8'],
    ['/assets/index-B2c_-9.js', 'assets/index-B2c_-9.js', 'text/javascript; charset=utf-8'],
    ['/assets/index-DEADbeef.css', 'assets/index-DEADbeef.css', 'text/css; charset=utf-8'],
    ['/assets/argon2.min-1a.wasm', 'assets/argon2.min-1a.wasm', 'application/wasm'],
    ['/assets/noto-sans-tc.woff2', 'assets/noto-sans-tc.woff2', 'font/woff2'],
    ['/icon.svg', 'icon.svg', 'image/svg+xml'],
    ['/manifest.webmanifest', 'manifest.webmanifest', 'application/manifest+json'],
    ['/demo/family.json', 'demo/family.json', 'application/json; charset=utf-8'],
  ])('%s is %s with its content type', (path, file, contentType) => {
    expect(get(path)).toEqual({ type: 'file', path: file, contentType })
  })

  test.each(['/?lang=zh', '/#/labs/k3', '/index.html?v=1#top', '/?next=/../../etc/passwd', '/#../../secret'])(
    'query and fragment of %s change nothing',
    (path) => {
      expect(pathOf(path)).toBe('index.html')
    },
  )

  test.each(['/unlock', '/records/list', '/a-b_c'])('%s is a screen and gets the page', (path) => {
    expect(pathOf(path)).toBe('index.html')
  })

  test('a name may be percent-encoded once', () => {
    expect(pathOf('/%69con.svg')).toBe('icon.svg')
  })
})

describe('what is refused', () => {
  test.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'get', ''])('method %j', (method) => {
    expect(answerFor(method, 'chartkeep://app/')).toEqual({ type: 'refused', status: 405, reason: 'only GET' })
  })

  test.each([
    'chartkeep://app',
    'chartkeep://apps/',
    'chartkeep://app.evil/',
    'chartkeep://app:80/',
    'chartkeep://me@app/',
    'chartkeep://APP/',
    'CHARTKEEP://app/',
    'chartkeep:/app/',
    'chartkeep:app/',
    'chartkeep:///app/',
    'chartkeep://evil/chartkeep://app/',
    'chartkeepx://app/',
    'file:///etc/passwd',
    'https://app/',
    ' chartkeep://app/',
    '',
  ])('address %j, which is not the app', (address) => {
    expect(answerFor('GET', address)).toEqual({ type: 'refused', status: 404, reason: 'another address' })
  })

  test.each([
    // climbing
    '/..',
    '/../',
    '/../index.html',
    '/assets/../../package.json',
    '/assets/..',
    '/./index.html',
    '/.',
    '/...',
    '/assets/.../index.js',
    // climbing, encoded once
    '/%2e%2e/index.html',
    '/%2E%2E/index.html',
    '/.%2e/index.html',
    '/..%2findex.html',
    '/assets%2f..%2f..%2fpackage.json',
    '/%2e/index.html',
    // encoded twice and more
    '/%252e%252e/index.html',
    '/%25%32%65%25%32%65/index.html',
    '/..%252findex.html',
    '/%25252e%25252e/index.html',
    // separators of other systems
    '/..\\index.html',
    '/assets\\index.js',
    '/%5c%5cserver%5cshare%5ca.js',
    '/..%5c..%5cindex.html',
    '/..%255cindex.html',
    // absolute and drives
    '//etc/passwd',
    '//server/share/a.js',
    '/%2fetc/passwd.txt',
    '/C:/windows/win.ini',
    '/C:%5cwindows%5ca.txt',
    '/c%3a/a.txt',
    '/C|/a.txt',
    // streams and devices of Windows, short names, names that it trims
    '/index.html:stream.js',
    '/index.html::$DATA',
    '/con',
    '/NUL.txt',
    '/assets/com1.js',
    '/LPT9.css',
    '/PROGRA~1/a.js',
    '/index.html.',
    '/index.html ',
    '/index.html%20',
    '/assets./a.js',
    // ends and control characters
    '/index.html%00',
    '/index.html%00.js',
    '/%00',
    '/index.html\u0000.js',
    '/a%0ab.js',
    '/a%0d%0aset-cookie.js',
    '/a%7f.js',
    '/a\u2028b.js',
    // hidden files, and text that only looks like a separator
    '/.env',
    '/.git/config.txt',
    '/assets/.htaccess.js',
    '/..\u2215index.html',
    '/..\uff0findex.html',
    '/%c0%ae%c0%ae/index.html',
    '/%e2%88%95a.js',
    // empty parts and broken encoding
    '//index.html',
    '/assets//index.js',
    '/assets/',
    '/%',
    '/%2',
    '/%zz.js',
    '/%e0%a4%a.js',
    '/%ff.js',
    '/\ud800.js',
    // what no build is called
    '/a b.js',
    '/a;b.js',
    '/a,b.js',
    '/*.js',
    '/(a).js',
    `/${'a'.repeat(600)}.js`,
  ])('path %j', (path) => {
    expect(get(path)).toMatchObject({ type: 'refused', status: 400 })
  })

  test.each([
    '/index.js.map',
    '/server.ts',
    '/package.lock',
    '/a.exe',
    '/data.sqlite',
    '/a.HTML',
    '/a.constructor',
    '/a.__proto__',
  ])('kind of file %s', (path) => {
    expect(get(path)).toEqual({ type: 'refused', status: 404, reason: 'no such kind of file' })
  })

  test.each(['/assets', '/assets/index', '/assets/a/b', '/v1/demo', '/v1'])(
    '%s as a page, because it is a file or a server answers it',
    (path) => {
      expect(get(path)).toEqual({ type: 'refused', status: 404, reason: 'no such file' })
    },
  )
})

describe('whatever the address', () => {
  const pieces = fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%00',
    '%25',
    '%',
    ':',
    'C:',
    '~',
    'a',
    'index',
    '.js',
    '.html',
    '?',
    '#',
    'assets',
    'con',
    ' ',
    '\u0000',
    '\u2215',
  )
  const paths = fc.oneof(
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  )

  test('a file lies below the folder by the rules of both kinds of systems, and nothing throws', () => {
    let served = 0
    fc.assert(
      fc.property(paths, (path) => {
        const answer = get(`/${path}`)
        if (answer.type === 'refused') return
        served += 1
        expect(posix.join('/app', answer.path)).toBe(`/app/${answer.path}`)
        expect(win32.join('C:\\app', answer.path)).toBe(`C:\\app\\${answer.path.replaceAll('/', '\\')}`)
        expect(answer.path).toMatch(/^[\w-]+([./][\w-]+)*$/)
      }),
      { numRuns: 20_000 },
    )
    // Refusing everything would keep the property too.
    expect(served).toBeGreaterThan(200)
  })
})

describe('files of a built app', () => {
  let place: string
  let serve: (request: Request) => Promise<Response>
  const ask = (path: string) => serve(new Request(`chartkeep://app${path}`))

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'chartkeep-desktop-'))
    mkdirSync(join(place, 'dist/assets'), { recursive: true })
    mkdirSync(join(place, 'dist-other'))
    writeFileSync(join(place, 'dist/index.html'), '<title>Chartkeep</title>')
    writeFileSync(join(place, 'dist/assets/a.js'), 'export {}')
    writeFileSync(join(place, 'secret.txt'), 'secret')
    writeFileSync(join(place, 'dist-other/secret.txt'), 'secret')
    symlinkSync(join(place, 'secret.txt'), join(place, 'dist/link.txt'))
    symlinkSync(join(place, 'dist-other'), join(place, 'dist/other'))
    symlinkSync(join(place, 'dist/assets/a.js'), join(place, 'dist/inside.js'))
    serve = createAppFiles(join(place, 'dist'))
  })
  afterAll(() => rmSync(place, { recursive: true }))

  test('come with their type and the headers that confine the page', async () => {
    const page = await ask('/')
    expect(page.status).toBe(200)
    expect(await page.text()).toBe('<title>Chartkeep</title>')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await (await ask('/assets/a.js')).text()).toBe('export {}')
    expect((await ask('/inside.js')).status).toBe(200)
  })

  test.each(['/link.txt', '/other/secret.txt'])('a link out of the folder (%s) is not followed', async (path) => {
    const answer = await ask(path)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('no such file')
  })

  test.each(['/absent.js', '/assets/absent.png'])(
    'an absent file (%s) is 404, says no path, and is confined too',
    async (path) => {
      const answer = await ask(path)
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toContain(place)
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    },
  )

  test('a folder named like a file is 404', async () => {
    mkdirSync(join(place, 'dist/folder.js'))
    expect((await ask('/folder.js')).status).toBe(404)
  })

  test('a folder of the app that is absent gives 404 and does not reject', async () => {
    expect((await createAppFiles(join(place, 'nowhere'))(new Request('chartkeep://app/'))).status).toBe(404)
  })

  test('writing is refused', async () => {
    expect((await serve(new Request('chartkeep://app/', { method: 'POST', body: 'x' }))).status).toBe(405)
  })
})
