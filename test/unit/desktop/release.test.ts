/** The signed feed of updates: what is offered, and above all what is not. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { compareVersions, offerOf, readRelease, RELEASE_NAME, releaseText, type Release } from '@chartkeep/desktop'
import { noteSignature, writeNote } from '@chartkeep/protocol/signed'

const release: Release = {
  version: '0.10.0',
  from: '0.2.0',
  appRoot: 'a'.repeat(64),
  files: [
    { target: 'linux-x64', name: 'Chartkeep-0.10.0.AppImage', sizeBytes: 120_000_000, sha256: 'b'.repeat(64) },
    { target: 'darwin-arm64', name: 'Chartkeep-0.10.0.dmg', sizeBytes: 130_000_000, sha256: 'c'.repeat(64) },
  ],
}
const own = { version: '0.9.3', target: 'linux-x64' }

function key() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const bytes = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  return { bytes, privateKey }
}
const [first, second, stranger] = [key(), key(), key()]
const keys = [first.bytes, second.bytes]

async function feed(text: string, by: { bytes: Uint8Array; privateKey: KeyObject }, name = RELEASE_NAME) {
  const signature = await noteSignature(
    text,
    name,
    by.bytes,
    async (message) => new Uint8Array(sign(null, message, by.privateKey)),
  )
  return writeNote({ text, signatures: [signature] })
}
const typeOf = async (written: string, running = own) => (await offerOf(written, keys, running)).type

test('a newer release with a signature by any of our keys is offered with the file of this system', async () => {
  for (const by of [first, second]) {
    const offer = await offerOf(await feed(releaseText(release), by), keys, own)
    expect(offer).toEqual({ type: 'update', release, file: release.files[0] })
  }
})

describe('what is not offered', () => {
  test('a note of a key that we do not know, of another name, or with a changed byte', async () => {
    expect(await typeOf(await feed(releaseText(release), stranger))).toBe('unsigned')
    expect(await typeOf(await feed(releaseText(release), first, 'another-name'))).toBe('unsigned')
    const signed = await feed(releaseText(release), first)
    expect(await typeOf(signed.replace('0.10.0', '0.11.0'))).toBe('unsigned')
    expect(await typeOf(signed.replace('b'.repeat(64), 'd'.repeat(64)))).toBe('unsigned')
  })

  test('with no key at all, nothing', async () => {
    expect((await offerOf(await feed(releaseText(release), first), [], own)).type).toBe('unsigned')
  })

  test('an older version, the same version, and one that ours is too old for', async () => {
    const signed = await feed(releaseText(release), first)
    expect(await typeOf(signed, { ...own, version: '0.11.0' })).toBe('older')
    expect(await typeOf(signed, { ...own, version: '0.10.0' })).toBe('current')
    expect(await typeOf(signed, { ...own, version: '0.1.9' })).toBe('too-far')
  })

  test('a release without a file for this system', async () => {
    expect(await typeOf(await feed(releaseText(release), first), { ...own, target: 'win32-x64' })).toBe('no-file')
  })

  test.each([
    ['nothing', ''],
    ['a page', '<html>not found</html>'],
    ['text without a signature', releaseText(release)],
  ])('%s', async (_, written) => {
    expect(await typeOf(written)).toBe('unreadable')
  })

  test.each([
    ['a path as a name', releaseText(release).replace('Chartkeep-0.10.0.AppImage', '../evil')],
    ['a size of zero', releaseText(release).replace('120000000', '0')],
    ['a version of words', releaseText(release).replace('version 0.10.0', 'version latest')],
    ['no file', releaseText({ ...release, files: [] })],
    ['a line more', `${releaseText(release)}more\n`],
    ['another format', releaseText(release).replace('/v1', '/v2')],
  ])('a signed text with %s', async (_, text) => {
    expect(readRelease(text)).toBe(null)
    expect(await typeOf(await feed(text, first))).toBe('unreadable')
  })
})

test('versions are compared by numbers', () => {
  expect(compareVersions('1.2.3', '1.10.0')).toBeLessThan(0)
  expect(compareVersions('2.0.0', '1.99.99')).toBeGreaterThan(0)
  expect(compareVersions('1.0.0', '1.0.0')).toBe(0)
})
